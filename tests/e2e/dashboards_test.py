"""Every query of every built dashboard returns data from the real litewatch in a real Prometheus with
the shipped rules in compressed time; the few that need a fault return none before and some under it.
Prints the coverage, which must be 100 %."""
import glob
import os
import time
import unittest

import yaml

from dashboard_coverage import (fill_in, has_data, numbers_of, queries_of, read_built, table,
                                values_of, variables_of, without_data)
from dashboard_scene import CLUSTER, FAULTS, NAMESPACE, Scene
from support import ROOT, TOOLS, TestCase, litetool, skip, wait_until

# What is chosen, beside "All": the installation that has the labels, and the one that has not.
LABELLED = {"cluster": CLUSTER, "namespace": NAMESPACE}
UNLABELLED = {"cluster": "", "namespace": ""}
# Annotations have no `needs` in their source.
ANNOTATIONS = {"Firing alerts": "app_down", "Firing alerts about litewatch": "blind"}
PATIENCE_S = 60


def needs():
    """{(dashboard, panel): fault} as the sources say it."""
    found = {}
    for path in glob.glob(os.path.join(ROOT, "dashboards", "*.yml")):
        with open(path) as file:
            source = yaml.safe_load(file)
        name = os.path.splitext(os.path.basename(path))[0]
        rows = source.get("rows", ()) if isinstance(source, dict) else ()
        found.update({(name, panel["title"]): panel["needs"]
                      for row in rows for panel in row["panels"] if "needs" in panel})
    return found


class Dashboards(TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dashboards = read_built()
        cls.needs = needs()

    def setUp(self):
        super().setUp()
        if not os.path.exists(os.path.join(TOOLS, "prometheus")):
            skip(self, "no Prometheus under build/tools; tests/run.sh unpacks Debian's")
        self.scene = Scene(self.ordinary_folder())
        self.addCleanup(self.scene.close)
        self.prometheus = self.scene.prometheus

    def fault_of(self, query):
        if query.kind == "annotation":
            return ANNOTATIONS.get(query.title)
        return self.needs.get((query.dashboard, query.title))

    def excused(self, fault=None):
        """The queries that need a fault, or that fault."""
        return [query for name, dashboard in self.dashboards.items()
                for query in queries_of(name, dashboard)
                if (self.fault_of(query) == fault if fault else self.fault_of(query))]

    def numbers(self, query, choices):
        return numbers_of(self.prometheus, query, self.dashboards[query.dashboard], choices)

    def missing(self, choices):
        """The queries without data that need no fault."""
        return [query for query in without_data(self.prometheus, self.dashboards, choices)
                if not self.fault_of(query)]

    def test_every_query_has_data(self):
        self.assertEqual(set(self.needs.values()) | set(ANNOTATIONS.values()), set(FAULTS))
        self.wait_for_data()
        self.assert_variables()
        self.assert_nothing_needlessly_excused()
        for name, fault in FAULTS.items():
            with self.subTest(fault=name):
                self.play(name, fault(self.scene))

    def wait_for_data(self):
        """Until all have some, for every choice; then the table is printed."""
        end = time.monotonic() + PATIENCE_S
        choices = {"all": {}, "labelled": LABELLED, "unlabelled": UNLABELLED}
        missing = {}
        for name, chosen in choices.items():
            missing[name] = self.missing(chosen)
            while missing[name] and time.monotonic() < end:
                time.sleep(1)
                missing[name] = self.missing(chosen)
        print("\n" + table(self.dashboards, missing["all"], self.excused()), flush=True)
        for name, queries in missing.items():
            with self.subTest(chosen=name):
                self.assertEqual([], [str(query) for query in queries])

    def assert_variables(self):
        """Each offers what it should, with the labels, without them, and among both."""
        for name, dashboard in self.dashboards.items():
            for variable in variables_of(dashboard):
                with self.subTest(dashboard=name, variable=variable["name"]):
                    self.assert_variable(dashboard, variable)

    def assert_variable(self, dashboard, variable):
        offered = {chosen: values_of(self.prometheus, dashboard, variable, choices)
                   for chosen, choices in (("all", {}), ("labelled", LABELLED),
                                           ("unlabelled", UNLABELLED))}
        if variable["name"] in LABELLED:
            self.assertEqual(offered["all"], {LABELLED[variable["name"]]})
            return
        for chosen, values in offered.items():
            self.assertTrue(values, chosen)
        self.assertEqual(fill_in(f"${variable['name']}", dashboard, {}), variable["allValue"])

    def assert_nothing_needlessly_excused(self):
        for query in self.excused():
            with self.subTest(str(query)):
                self.assertEqual(self.numbers(query, {}), [])

    def play(self, name, fault):
        """All that need it have data under it, with and without the labels."""
        fault.break_it()
        try:
            for query in self.excused(name):
                for choices in (LABELLED, UNLABELLED):
                    wait_until(lambda: has_data(self.numbers(query, choices)), PATIENCE_S,
                               f"data under fault {name} for {query} {choices}")
        finally:
            fault.mend()

    def test_built_are_up_to_date(self):
        done = litetool("build", "dashboards", f"--root={ROOT}", "--check")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
