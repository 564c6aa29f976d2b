"""Every query of the built dashboards as Grafana would send it, and what came back as a table.

Variables are replaced as Grafana does: "All" is the variable's allValue, a choice is a regular
expression of it; $__rate_interval is four scrapes long.
"""
import glob
import json
import math
import os
import re
import time

from support import ROOT

BUILT = os.path.join(ROOT, "dashboards", "grafana")
SCRAPE_S = 0.5
RANGE_S = 20
MACROS = {"__rate_interval": f"{int(4 * SCRAPE_S)}s", "__interval": "1s", "__range": f"{RANGE_S}s"}
INSTANT = ("stat", "bargauge", "table")


class Query:
    """One query: `kind` is panel, variable or annotation."""

    def __init__(self, dashboard, kind, title, expr, instant=True):
        self.dashboard, self.kind, self.title = dashboard, kind, title
        self.expr, self.instant = expr, instant

    def __str__(self):
        return f"{self.dashboard}: {self.kind} {self.title!r}: {self.expr}"


def read_built():
    """{name: JSON} of what users import."""
    found = {}
    for path in sorted(glob.glob(os.path.join(BUILT, "*.json"))):
        with open(path) as file:
            found[os.path.splitext(os.path.basename(path))[0]] = json.load(file)
    return found


def panels_of(dashboard):
    """Its panels, those of collapsed rows as well, without the rows."""
    for panel in dashboard["panels"]:
        if panel["type"] == "row":
            yield from panel.get("panels", ())
        else:
            yield panel


def variables_of(dashboard):
    """Its query variables."""
    return [one for one in dashboard["templating"]["list"] if one["type"] == "query"]


def queries_of(name, dashboard):
    """Those of its panels and annotations."""
    found = [Query(name, "panel", panel["title"], target["expr"], panel["type"] in INSTANT)
             for panel in panels_of(dashboard) for target in panel.get("targets", ())]
    return found + [Query(name, "annotation", one["name"], one["expr"], False)
                    for one in dashboard["annotations"]["list"]]


def fill_in(text, dashboard, choices):
    """With the variables' values; `choices` are the regular expressions of what is chosen."""
    values = {**MACROS, **{one["name"]: one["allValue"] for one in variables_of(dashboard)},
              **choices}
    filled = re.sub(r"\$(\w+)", lambda found: values[found.group(1)], text)
    assert "$" not in filled, filled
    return filled


def values_of(prometheus, dashboard, variable, choices):
    """What label_values(SELECTOR, LABEL) offers."""
    selector, label = re.fullmatch(r"label_values\((.*),\s*(\w+)\)", variable["query"]["query"],
                                   re.DOTALL).groups()
    series = prometheus.api("series", **{"match[]": fill_in(selector, dashboard, choices)})
    return {one[label] for one in series if one.get(label)}


def numbers_of(prometheus, query, dashboard, choices):
    """The last value of each series of the answer."""
    expr = fill_in(query.expr, dashboard, choices)
    if query.instant:
        rows = prometheus.api("query", query=expr)["result"]
        return [float(row["value"][1]) for row in rows]
    now = time.time()
    rows = prometheus.api("query_range", query=expr, start=now - RANGE_S, end=now, step=1)["result"]
    return [float(row["values"][-1][1]) for row in rows]


def has_data(numbers):
    """Some, and none of them NaN, which Grafana would draw as a gap."""
    return bool(numbers) and not any(map(math.isnan, numbers))


def split(prometheus, dashboards, choices):
    """The queries of all dashboards as two lists: those with data, and those without."""
    with_data, without = [], []
    for name, dashboard in dashboards.items():
        for query in queries_of(name, dashboard):
            there = has_data(numbers_of(prometheus, query, dashboard, choices))
            (with_data if there else without).append(query)
    return with_data, without


def table(dashboards, well, under_fault):
    """Coverage by dashboard as text: of the queries that had data when all was well, and of those
    that had some under a fault."""
    lines = [f"{'dashboard':<12} panels queries well fault percent"]
    for name, dashboard in dashboards.items():
        queries = len(queries_of(name, dashboard))
        counts = [sum(query.dashboard == name for query in some) for some in (well, under_fault)]
        lines.append(f"{name:<12} {len(list(panels_of(dashboard))):>6} {queries:>7} {counts[0]:>4} "
                     f"{counts[1]:>5} {100 * sum(counts) / queries:>6.1f}%")
    return "\n".join(lines)
