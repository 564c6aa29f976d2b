"""What deploy/ and the READMEs name of litewatch exists: flags, variables, ports, paths, endpoints,
metrics, alerts, settings, values, presets, files; and a wrong one of each kind would be found."""
import unittest

import facts
import references
import references_allowed
from texts import Text

DOCUMENTS = ("README.md", "rules/README.md", "dashboards/README.md")

# (kind, file, text, what is found): the finding names what is wrong.
PLANTED = (
    ("flag", "deploy/x.md", "    litewatch --config.fil=/x\n", "no flag --config.fil"),
    ("flag", "deploy/x.md", "    sudo litewatch \\\n      --web.listen=:1\n", "--web.listen"),
    ("flag", "deploy/x.md", "see `litetool probe --config.check`", "litetool has no flag"),
    ("flag", "deploy/x.md", "    docker run --init litewatch:0.1.0 --init\n", "--init"),
    ("flag", "deploy/x.md", "    kubectl exec x -- litewatch --container=x\n", "--container"),
    ("flag", "deploy/x.md", "with `--web.reload` it does", "neither program"),
    ("flag", "deploy/x.md", "    deploy/demo.sh --brake\n", "demo.sh has no flag --brake"),
    ("flag", "deploy/x.yaml", "args: [--config.files=/x]\n", "--config.files"),
    ("flag", "deploy/x.service", "ExecStart=/usr/bin/litewatch --systemd\n", "--systemd"),
    ("flag", "deploy/x.sh", '"$build/litewatch" --config.checks\n', "--config.checks"),
    ("flag", "deploy/image/Dockerfile", 'CMD ["--config.filed=/etc/x"]\n', "--config.filed"),
    ("variable", "deploy/compose/compose.yml", "ports: ['${APPS_PORT:-1}:1']\n", "APPS_PORT"),
    ("variable", "deploy/x.yaml", "env: [{name: POD_NAMES}]\n", "POD_NAMES"),
    ("variable", "deploy/x.md", "set `CONTAINER_NAMED`", "CONTAINER_NAMED"),
    ("port", "deploy/x.yml", "targets: [litewatch:9817]\n", "9817"),
    ("port", "deploy/x.yml", "containerPort: 9870\n", "9870"),
    ("port", "deploy/Dockerfile", "EXPOSE 9872\n", "9872"),
    ("port", "deploy/x.socket", "ListenStream=9781\n", "9781"),
    ("version", "deploy/x.yml", "image: litewatch:0.0.9\n", "0.0.9"),
    ("preset", "deploy/x.md", "    litetool probe --app giteo\n", "giteo"),
    ("preset", "README.md", "Presets are there for gitea and rails.", "prisma"),
    ("metric", "deploy/x.md", "look at `sqlite_wal_size`", "sqlite_wal_size"),
    ("metric", "deploy/x.md", "all of `probe_sql_*`", "probe_sql_*"),
    ("metric", "deploy/x.yaml", "regex: litewatch_build_data\n", "litewatch_build_data"),
    ("metric", "deploy/x.sh", "ask 'container_cpu_total{a=\"b\"}'\n", "container_cpu_total"),
    ("recorded series", "deploy/x.md", "`db:sqlite_wal:size`", "db:sqlite_wal:size"),
    ("alert", "deploy/x.sh", "wait_for AppDowned\n", "AppDowned"),
    ("alert", "deploy/x.yaml", "disabled: [SqliteWalLarge]\n", "SqliteWalLarge"),
    ("endpoint", "deploy/x.yaml", "httpGet: {path: /-/healthz, port: http}\n", "/-/healthz"),
    ("endpoint", "deploy/x.md", "    curl -s localhost:9871/metric\n", "/metric"),
    ("endpoint", "deploy/x.md", "`GET /sd/https` lists", "/sd/https"),
    ("endpoint", "deploy/x.yaml", "metricsPath: /metricz\n", "/metricz"),
    ("setting", "deploy/x.md", "set `containers.viewed`", "containers.viewed"),
    ("setting", "deploy/x.md", "`targets[].objectives.speed` is", "speed"),
    ("configuration", "deploy/x.md", "So:\n\n    targets:\n      - {name: a, ulr: b}\n", "ulr"),
    ("configuration", "deploy/x.md", "```yaml\ncontainers: {view: pod}\n```\n", "view"),
    ("configuration", "deploy/x.md", "```yaml\nmode: sidecar\nconfig: {limit: {}}\n```\n", "limit"),
    ("configuration", "deploy/x.yaml", "data: {litewatch.yml: 'collectors: {sql: on}'}\n", "sql"),
    ("value", "deploy/x.md", "    helm upgrade l c --set image.digests=x\n", "image.digests"),
    ("value", "deploy/x.md", "the key `serviceMonitor.label`", "serviceMonitor.label"),
    ("value", "deploy/x.md", "```yaml\nmode: deployment\nimage: {named: x}\n```\n", "image.named"),
    ("value", "deploy/helm/litewatch/templates/x.yaml", "{{ .Values.imag.tag }}", "imag.tag"),
    ("link", "deploy/x.md", "[a](images/README.md)", "images/README.md"),
    ("link", "README.md", "[a](#no-such-heading)", "no-such-heading"),
    ("link", "deploy/x.md", "[a](../README.md#containering)", "containering"),
    ("file", "deploy/x.md", "run `deploy/demos.sh`", "deploy/demos.sh"),
    ("file", "deploy/x.yml", "# see rules/alert/*.yml\n", "rules/alert/*.yml"),
    ("installed path", "deploy/x.yml", "command: [/usr/local/bin/litewatch]\n", "/usr/local/bin"),
    ("installed path", "deploy/x.md", "`/usr/share/litewatch/rule/`", "/usr/share/litewatch/rule"),
)

# Right ones that look similar.
RIGHT = (
    ("flag", "deploy/x.md", "    litewatch --config.file=/x --config.check\n"),
    ("flag", "deploy/x.md", "    helm upgrade --install litewatch deploy/helm/litewatch --wait\n"),
    ("flag", "deploy/x.md", "    kubectl logs deploy/litewatch --previous\n"),
    ("flag", "deploy/x.md", "    sudo systemctl enable litewatch --now\n"),
    ("flag", "deploy/x.md", "    docker run --rm litewatch:0.1.0 --version\n"),
    ("flag", "deploy/x.yaml",
     "a: {image: prom/prometheus, args: [--storage.tsdb.path=/x]}\nb: {image: litewatch}\n"),
    ("variable", "deploy/x.yaml", "env: [{name: POD_NAME}]\n"),
    ("port", "deploy/x.yml", "targets: [litewatch:9871, 'localhost:9090']\n"),
    ("version", "deploy/x.yml", "image: litewatch\n"),
    ("preset", "deploy/x.md", "    litetool probe --app gitea\n"),
    ("metric", "deploy/x.md", "`sqlite_up`, `probe_*`, `probe_http_duration_seconds`"),
    ("metric", "deploy/x.sh", "litewatch_port=1; probe_app() { :; }; probe_app $litewatch_port\n"),
    ("alert", "deploy/x.md", "`AppDown` and `Watchdog`"),
    ("endpoint", "deploy/x.md", "http://prometheus:9090/-/reload and localhost:9871/metrics"),
    ("setting", "deploy/x.md", "`containers.view` and `targets[].objectives.latency`"),
    ("configuration", "deploy/x.md", "So:\n\n    targets:\n      - http://app.example.org/\n"),
    ("link", "deploy/x.md", "[a](../README.md#containers) [b](https://example.org/x)"),
    ("file", "deploy/x.md", "`deploy/demo.sh`, `rules/tests/NAME.yml`, `rules/alerts/*.yml`"),
    ("installed path", "deploy/x.yml", "command: [/usr/bin/litewatch]\n"),
)


def corpus():
    """The texts that are held against the program."""
    for path in facts.files():
        if path.startswith("deploy/") or path in DOCUMENTS:
            yield Text(path, facts.read(path))


def findings(kind, text):
    return [f"{text.path}:{number}: {finding}"
            for number, finding in references.KINDS[kind](text)]


class ReferencesTest(unittest.TestCase):
    @classmethod
    def tearDownClass(cls):
        facts.stop_service()

    def test_what_is_named_exists(self):
        references_allowed.used.clear()
        texts = list(corpus())
        for kind in references.KINDS:
            with self.subTest(kind):
                found = [line for text in texts for line in findings(kind, text)]
                self.assertEqual([], found, "\n" + "\n".join(found))
        self.no_entry_is_idle()

    def no_entry_is_idle(self):
        """What is allowed is needed: for this, everything has been looked at."""
        tables = ("FLAGS", "VARIABLES", "PORTS", "METRICS", "ALERTS", "ENDPOINTS", "SETTINGS",
                  "VALUES", "INSTALLED", "FILES", "CONFIGURATIONS")
        idle = [(table, entry) for table in tables
                for entry in getattr(references_allowed, table)
                if (table, entry) not in references_allowed.used]
        self.assertEqual([], idle, "references_allowed.py has entries that nothing needs")

    def test_a_wrong_one_of_each_kind_is_found(self):
        for kind, path, content, wrong in PLANTED:
            with self.subTest(kind, text=content):
                found = findings(kind, Text(path, content))
                self.assertTrue(any(wrong in finding for finding in found), found)

    def test_every_kind_is_planted(self):
        self.assertEqual(set(references.KINDS), {planted[0] for planted in PLANTED})

    def test_a_right_one_is_not_found(self):
        for kind, path, content in RIGHT:
            with self.subTest(kind, text=content):
                self.assertEqual([], findings(kind, Text(path, content)))


if __name__ == "__main__":
    unittest.main()
