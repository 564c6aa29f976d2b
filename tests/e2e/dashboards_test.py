"""Every query of every built dashboard returns data from the real litewatch in a real Prometheus
with the shipped rules in compressed time; the few that need a fault return none before and some
under it. Prints the coverage, which must be 100 %."""
import glob
import os
import time
import unittest

import yaml

from dashboard_coverage import (Query, has_data, numbers_of, queries_of, read_built, split, table,
                                values_of, variables_of)
from dashboard_faults import FAULTS
from dashboard_scene import CLUSTER, NAMESPACE, Scene
from support import ROOT, TOOLS, TestCase, litetool, skip, wait_until

# What is chosen, beside "All": the installation that has the labels, and the one that has not.
LABELLED = {"cluster": CLUSTER, "namespace": NAMESPACE}
UNLABELLED = {"cluster": "", "namespace": ""}
# They offer the same on all dashboards, also what one of them has nothing to show of.
SHARED = ("app", "job")
# Annotations cannot say it in their source.
ANNOTATIONS = {"Firing alerts": ("app_down", "nothing fires"),
               "Firing alerts about litewatch": ("blind", "nothing fires")}
PATIENCE_S = 60


def excuses():
    """{(dashboard, panel): (fault, why it is empty without it)} as the sources say it."""
    found = {}
    for path in glob.glob(os.path.join(ROOT, "dashboards", "*.yml")):
        with open(path) as file:
            source = yaml.safe_load(file)
        name = os.path.splitext(os.path.basename(path))[0]
        rows = source.get("rows", ()) if isinstance(source, dict) else ()
        found.update({(name, panel["title"]): (panel["needs"], panel["empty"])
                      for row in rows for panel in row["panels"] if "needs" in panel})
    return found


class Built(unittest.TestCase):
    def test_is_what_the_sources_say(self):
        done = litetool("build", "dashboards", f"--root={ROOT}", "--check")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


class Dashboards(TestCase):
    def setUp(self):
        super().setUp()
        if not os.path.exists(os.path.join(TOOLS, "prometheus")):
            skip(self, "no Prometheus under build/tools; tests/run.sh unpacks Debian's")
        self.dashboards, self.excuses = read_built(), excuses()
        self.assertTrue(self.dashboards)
        self.scene = Scene(self.ordinary_folder())
        self.addCleanup(self.scene.close)
        self.prometheus = self.scene.prometheus

    def excuse_of(self, query):
        """(fault, reason); None where it must always have data."""
        if query.kind == "annotation":
            return ANNOTATIONS.get(query.title)
        return self.excuses.get((query.dashboard, query.title))

    def excused(self):
        return [query for name, dashboard in self.dashboards.items()
                for query in queries_of(name, dashboard) if self.excuse_of(query)]

    def numbers(self, query, choices):
        return numbers_of(self.prometheus, query, self.dashboards[query.dashboard], choices)

    def test_every_query_has_data(self):
        faults = [fault for fault, _ in [*self.excuses.values(), *ANNOTATIONS.values()]]
        self.assertEqual(set(faults), set(FAULTS))
        well = self.wait_for_data()
        self.assert_lack_is_seen()
        self.assert_variables()
        self.assert_excuses_are_needed()
        proven = [query for name, fault in FAULTS.items()
                  for query in self.play(name, fault(self.scene))]
        self.print_coverage(well, proven)

    def wait_for_data(self):
        """Until all that need no fault have some, whatever is chosen."""
        end = time.monotonic() + PATIENCE_S
        for name, chosen in (("unlabelled", UNLABELLED), ("labelled", LABELLED), ("all", {})):
            missing = ["not asked yet"]
            while missing and time.monotonic() < end:
                well, without = split(self.prometheus, self.dashboards, chosen)
                missing = [str(query) for query in without if not self.excuse_of(query)]
                time.sleep(0.5 if missing else 0)
            with self.subTest(chosen=name):
                self.assertEqual(missing, [])
        return [query for query in well if not self.excuse_of(query)]

    def assert_lack_is_seen(self):
        """A query of a metric that nobody publishes, and one that is not a number."""
        name = next(iter(self.dashboards))
        for expr in ("sqlite_no_such_metric", "vector(0) / 0"):
            for instant in (True, False):
                numbers = self.numbers(Query(name, "panel", "of a test", expr, instant), {})
                self.assertFalse(has_data(numbers), expr)

    def assert_variables(self):
        """Each offers what it should, with the labels, without them, and among both."""
        for name, dashboard in self.dashboards.items():
            for variable in variables_of(dashboard):
                with self.subTest(dashboard=name, variable=variable["name"]):
                    self.assert_variable(name, dashboard, variable)

    def assert_variable(self, name, dashboard, variable):
        offered = {chosen: values_of(self.prometheus, dashboard, variable, choices)
                   for chosen, choices in (("all", {}), ("labelled", LABELLED),
                                           ("unlabelled", UNLABELLED))}
        if variable["name"] in LABELLED:
            self.assertEqual(offered["all"], {LABELLED[variable["name"]]})
        else:
            self.assertTrue(all(offered.values()), offered)
        shown = {value for value in offered["all"]
                 if self.has_shown(name, dashboard, variable["name"], value)}
        if variable["name"] in SHARED:
            self.assertTrue(shown)
        else:
            self.assertEqual(shown, offered["all"])

    def has_shown(self, name, dashboard, variable, value):
        """Whether some query that asks for the variable has data where that value is chosen."""
        return any(has_data(self.numbers(query, {variable: value}))
                   for query in queries_of(name, dashboard) if "$" + variable in query.expr)

    def assert_excuses_are_needed(self):
        """When all is well they have no data. A busy machine may have been slow for a moment."""
        for query in self.excused():
            with self.subTest(str(query)):
                wait_until(lambda: not self.numbers(query, {}), PATIENCE_S, "quiet")

    def play(self, name, fault):
        """All that need it have data under it, with and without the labels; returns them."""
        needing = [query for query in self.excused() if self.excuse_of(query)[0] == name]
        fault.break_it()
        try:
            for query in needing:
                for choices in (LABELLED, UNLABELLED):
                    wait_until(lambda: has_data(self.numbers(query, choices)), PATIENCE_S,
                               f"data under fault {name} for {query} {choices}")
        finally:
            fault.mend()
        return needing

    def print_coverage(self, well, proven):
        print("\n" + table(self.dashboards, well, proven))
        for query in proven:
            fault, reason = self.excuse_of(query)
            print(f"under fault {fault:<8} {query.dashboard}: {query.title}: {reason}")
        if self.scene.real_cgroups_missing:
            print(f"no control group of this machine: {self.scene.real_cgroups_missing}")
        print(flush=True)


if __name__ == "__main__":
    unittest.main()
