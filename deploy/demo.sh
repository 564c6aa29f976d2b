#!/usr/bin/env bash
# Starts a real app on a live SQLite file, litewatch beside it, which watches the file, probes the app
# and shows its control group, a real Prometheus with the rules of rules/, and a real Alertmanager, whose
# notifications are printed here; says where to look, and how to make the app fail. Ctrl-C leaves
# nothing behind.
#
#   deploy/demo.sh                until Ctrl-C
#   deploy/demo.sh --break CAUSE  breaks something, waits until the alert arrives, mends it, waits until
#                                 word of that arrives, and stops; exit code 0 if all came
#   deploy/demo.sh --break list   the causes
#   deploy/demo.sh --smoke        until values flow into Prometheus, failures are seen there and an alert
#                                 has arrived and is resolved, then stop; exit code 0 if so
#
# Time is compressed: each "for" and each range of the rules is 30 times shorter (for: 10 s at most), so
# that an alert arrives within a minute. Never run them so in production: they would cry wolf.
set -euo pipefail
cd "$(dirname "$0")/.."
source deploy/dependencies.sh
source deploy/demo_faults.sh

smoke=false cause=
case "${1-}" in
  "") ;;
  --smoke) smoke=true ;;
  --break)
    cause=${2-list}
    if [ "$cause" = list ]; then printf '%s\n' "${CAUSES[@]}"; exit 0; fi
    alert_of "$cause" >/dev/null ||
      { echo "no cause \"$cause\"; there are:" >&2; printf '  %s\n' "${CAUSES[@]}" >&2; exit 2; }
    ;;
  -h | --help) sed -n '2,16s/^# \{0,1\}//p' "$0"; exit 0 ;;
  *) sed -n '2,16s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac

app_port=${DEMO_APP_PORT:-3000}
litewatch_port=${DEMO_LITEWATCH_PORT:-9871}
prometheus_port=${DEMO_PROMETHEUS_PORT:-9090}
alertmanager_port=${DEMO_ALERTMANAGER_PORT:-9093}
webhook_port=${DEMO_WEBHOOK_PORT:-9095}

mkdir -p build
install_packages "${BUILD_PACKAGES[@]}" python3 curl ca-certificates
unpack_tool prometheus
unpack_alertmanager
echo "building litewatch (the first time takes a few minutes)"
build_preset release -- litewatch litetool >build/demo-build.log 2>&1 ||
  { tail -n 40 build/demo-build.log; exit 1; }

for port in "$app_port" "$litewatch_port" "$prometheus_port" "$alertmanager_port" "$webhook_port"; do
  if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
    echo "port $port is taken; set DEMO_APP_PORT, DEMO_LITEWATCH_PORT, DEMO_PROMETHEUS_PORT," \
      "DEMO_ALERTMANAGER_PORT or DEMO_WEBHOOK_PORT" >&2
    exit 1
  fi
done

work=$(mktemp -d)
declare -A children=()  # name to process
groups=()
stop_all() {
  trap - EXIT
  trap '' INT TERM  # a second Ctrl-C does not leave things behind
  for child in "${children[@]}"; do kill "$child" 2>/dev/null || true; done
  for child in "${children[@]}"; do wait "$child" 2>/dev/null || true; done
  for group in "${groups[@]}"; do drop_group "$group"; done
  rm -rf "$work"
}
trap stop_all EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# start NAME COMMAND...: in the background, its output in a file.
start() {
  local name=$1
  shift
  "$@" >>"$work/$name.log" 2>&1 &
  children[$name]=$!
}

stop_child() {
  kill "${children[$1]}"
  wait "${children[$1]}" || true
  unset "children[$1]"
}

# give_group PID: a control group like that of a service "shop", with a limit, so that litewatch shows
# the app beside its database and its probe. Does nothing where this user may not make one.
give_group() {
  local mount slice limit
  while read -r mount; do
    slice=$mount/litewatch-demo-$$.slice
    mkdir "$slice" 2>/dev/null || continue
    for controller in cpu io memory pids; do
      { echo "+$controller" >"$slice/cgroup.subtree_control"; } 2>/dev/null || true
    done
    if mkdir "$slice/shop.service" 2>/dev/null; then groups+=("$slice/shop.service"); fi
    groups+=("$slice")
    for limit in memory.max memory.limit_in_bytes; do
      if [ -e "$slice/shop.service/$limit" ]; then echo 256M >"$slice/shop.service/$limit"; fi
    done
    { echo "$1" >"$slice/shop.service/cgroup.procs"; } 2>/dev/null || true
  done < <(awk '$3 == "cgroup2" || ($3 == "cgroup" && $4 ~ /(^|,)(cpu|cpuacct|memory|pids)(,|$)/) \
    { print $2 }' /proc/mounts)
}

# drop_group FOLDER: the kernel may need a moment after the last process has ended.
drop_group() {
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    if rmdir "$1" 2>/dev/null; then return; fi
    sleep 0.1
  done
}

# wait_for WHAT SECONDS COMMAND...: until the command succeeds.
wait_for() {
  local what=$1 deadline=$((SECONDS + $2))
  shift 2
  until "$@" >/dev/null 2>&1; do
    for child in "${children[@]}"; do
      kill -0 "$child" 2>/dev/null || { echo "a program ended early:" >&2; tail -n 20 "$work"/*.log >&2; exit 1; }
    done
    if [ $SECONDS -ge $deadline ]; then
      echo "no $what in time" >&2
      tail -n 20 "$work"/*.log >&2
      exit 1
    fi
    sleep 0.3
  done
}

cat >"$work/litewatch.yml" <<EOF
databases:
  - path: $work/shop.db
    name: main
    app: shop
    objectives:
      oldest_reader: 5s
      write_lock_held: 5s
  - path: $work/archive.db
    app: archive
targets:
  - name: shop-health
    app: shop
    url: http://127.0.0.1:$app_port/healthz
    health: draft
    interval: 2s
    failing_interval: 1s
    timeout: 1s
    objectives:
      latency: 500ms
      availability: 0.999
  - name: shop-front  # a page that does not need the database
    app: shop
    url: http://127.0.0.1:$app_port/fail
    interval: 2s
    timeout: 1s
EOF
cat >"$work/prometheus.yml" <<EOF
global:
  scrape_interval: 2s
  scrape_timeout: 2s
  evaluation_interval: 2s
scrape_configs:
  - job_name: litewatch
    static_configs:
      - targets: ["127.0.0.1:$litewatch_port"]
  - job_name: blackbox-exporter  # what the public blackbox dashboards and alerts expect
    http_sd_configs:
      - url: http://127.0.0.1:$litewatch_port/sd/http
        refresh_interval: 5s
rule_files: ["$work/rules/recording/*.yml", "$work/rules/alerts/*.yml"]
alerting:
  alertmanagers:
    - static_configs:
        - targets: ["127.0.0.1:$alertmanager_port"]
EOF
build/release/litetool build rules --output="$work" --speed=30 --least-range=10s --most-for=10s >"$work/rules.log"
# The shipped routes and inhibitions, without their patience, and with our webhook.
sed -E -e 's/^( *group_(wait|interval)):.*/\1: 1s/' \
  -e "s#http://127.0.0.1:9095/#http://127.0.0.1:$webhook_port/#" rules/alertmanager.yml >"$work/alertmanager.yml"

start_app() {
  start app python3 tests/demo_app/demo_app.py --db "$work/shop.db" --listen "127.0.0.1:$app_port"
  wait_for "answer of the app" 30 curl -fsS "http://127.0.0.1:$app_port/healthz"
}

python3 -c 'import sqlite3, sys
sqlite3.connect(sys.argv[1]).execute("CREATE TABLE orders(id INTEGER PRIMARY KEY, total REAL)")' "$work/archive.db"
start_app
give_group "${children[app]}"
start litewatch build/release/litewatch --config.file="$work/litewatch.yml" \
  --web.listen-address="127.0.0.1:$litewatch_port"
wait_for "ready litewatch" 30 curl -fsS "http://127.0.0.1:$litewatch_port/-/ready"
touch "$work/told"
python3 tests/demo_app/notifications.py --listen "127.0.0.1:$webhook_port" --note "$work/told" &
children[notifications]=$!
start alertmanager build/tools/usr/bin/prometheus-alertmanager --config.file="$work/alertmanager.yml" \
  --storage.path="$work/alertmanager" --web.listen-address="127.0.0.1:$alertmanager_port" \
  --cluster.listen-address= --log.level=warn
wait_for "ready Alertmanager" 30 curl -fsS "http://127.0.0.1:$alertmanager_port/-/ready"
start prometheus build/tools/usr/bin/prometheus --config.file="$work/prometheus.yml" \
  --storage.tsdb.path="$work/prometheus" --web.listen-address="127.0.0.1:$prometheus_port" \
  --rules.alert.resend-delay=5s --log.level=warn
wait_for "ready Prometheus" 30 curl -fsS "http://127.0.0.1:$prometheus_port/-/ready"

cat <<EOF

  the app          http://127.0.0.1:$app_port/healthz
  litewatch        http://127.0.0.1:$litewatch_port/          (what a person reads)
                   http://127.0.0.1:$litewatch_port/metrics   (what Prometheus reads)
  Prometheus       http://127.0.0.1:$prometheus_port/graph?g0.expr=rate(sqlite_write_transactions_total%5B1m%5D)&g0.tab=0
  alerts           http://127.0.0.1:$prometheus_port/alerts   (in compressed time)
  Alertmanager     http://127.0.0.1:$alertmanager_port/   (its notifications are printed here)
  one database     build/release/litetool inspect $work/shop.db
  one endpoint     build/release/litetool probe http://127.0.0.1:$app_port/healthz
  make it fail     curl 'http://127.0.0.1:$app_port/fail?how=database'   (how else: /fail; mend: how=none)
  see an alert     deploy/demo.sh --break reader   (what else can be broken: --break list)

EOF

# has_value EXPRESSION: Prometheus has a value above 0 for it.
has_value() {
  curl -fsS --get "http://127.0.0.1:$prometheus_port/api/v1/query" --data-urlencode "query=$1 > 0" |
    grep -q '"value":\['
}

# tell_app HOW: it fails like that from now on.
tell_app() { curl -fsS -X POST "http://127.0.0.1:$app_port/fail?how=$1" >/dev/null; }

# was_told LINE [SINCE]: such a notification has arrived, after the first SINCE ones.
was_told() { tail -n "+$((${2-0} + 1))" "$work/told" | grep -qx "$1"; }

# break_and_mend CAUSE: and waits for word of both.
break_and_mend() {
  local alert began reason
  alert=$(alert_of "$1")
  reason=$(why_not "$1")
  if [ -n "$reason" ]; then echo "$1: not here: $reason" >&2; exit 1; fi
  wait_for "heartbeat of the alerts" 60 was_told "firing Watchdog"
  wait_for "probe in Prometheus" 40 has_value 'probe_success{app="shop",target="shop-health"}'
  began=$(wc -l <"$work/told")
  printf '\n  broken: %s; waiting for %s\n' "$(words_of "$1")" "$alert"
  break_cause "$1"
  wait_for "notification of $alert" 90 was_told "firing $alert" "$began"
  printf '\n'
  sed 's/^/  | /' "rules/runbooks/$alert.md"
  printf '\n  mended; waiting for word that %s is resolved\n' "$alert"
  mend_cause "$1"
  wait_for "word that $alert is resolved" 90 was_told "resolved $alert" "$began"
}

if [ -n "$cause" ]; then
  break_and_mend "$cause"
  printf '\ndemo: %s: the alert came, and went\n' "$cause"
  exit 0
fi
if $smoke; then
  group_shown=()
  if [ ${#groups[@]} -gt 0 ]; then
    group_shown=('container_running{app="shop",container="shop.service"}')
  fi
  for expression in "${group_shown[@]}" 'sqlite_up{app="shop",db="main"}' 'sqlite_database_open{app="shop"}' \
    'sqlite_wal_frames{app="shop"}' 'rate(sqlite_write_transactions_total{app="shop"}[1m])' \
    'up{job="litewatch"}' 'litewatch_config_last_reload_successful' \
    'probe_success{app="shop",target="shop-health"}' \
    'probe_health_component_status{app="shop",component="database",status="pass"}' \
    'probe_health_component_observed_value{app="shop",component="orders"}' \
    "probe_success{job=\"blackbox-exporter\",instance=\"http://127.0.0.1:$app_port/healthz\"}"; do
    wait_for "value of $expression in Prometheus" 40 has_value "$expression"
    echo "  flows: $expression"
  done
  for failure in database:health_fail hang:response_timeout; do
    tell_app "${failure%:*}"
    wait_for "reason of the failure $failure in Prometheus" 40 \
      has_value "probe_failure_reason{app=\"shop\",reason=\"${failure#*:}\"}"
    echo "  seen: the app fails by ${failure%:*}, the probe says ${failure#*:}"
  done
  tell_app none
  wait_for "success after the mending in Prometheus" 40 \
    has_value 'probe_success{app="shop",target="shop-health"}'
  echo "  seen: the app is mended"
  break_and_mend down
  echo "demo: ok"
  exit 0
fi
echo "Ctrl-C ends it all."
wait -n
echo "a program ended:" >&2
tail -n 20 "$work"/*.log >&2
exit 1
