"""litetool's parser of PromQL accepts what promtool accepts and rejects what it rejects.

The corpus are all queries of rules/ and dashboards/, and tests/fixtures/promql/corpus.txt; the rest
are mutations of it, the same in each run."""
import glob
import json
import os
import random
import re
import subprocess
import unittest

import yaml
from support import LITETOOL, ROOT, TOOLS, TestCase, skip

PROMTOOL = os.path.join(TOOLS, "promtool")
CORPUS = os.path.join(ROOT, "tests", "fixtures", "promql", "corpus.txt")
MUTATIONS = int(os.environ.get("LITEWATCH_PARITY_MUTATIONS", "4000"))
SEED = int(os.environ.get("LITEWATCH_PARITY_SEED", "1"))
# A finding's line tells its query: each has so many lines to itself, more than a query has of them.
LINES = 10

# What litetool rejects although promtool 2.42 accepts it, and why that is meant.
STRICTER = {
    r"\[[^\]]*[0-9][a-z]+\s+[A-Za-z_]":
        "a word behind a range's duration: Prometheus' lexer drops it and does not say so",
}

TOKEN = re.compile(r'"[^"]*"|[A-Za-z_:$][\w:]*|\d+\w*|\s+|.', re.S)
PIECES = ["(", ")", "{", "}", "[", "]", ",", "+", "-", "*", "/", "^", "==", ">", "and", "or",
          "unless", "bool", "on", "ignoring", "group_left", "(x)", "by", "without", "offset", "5m",
          "[5m]", "[5m:1m]", "@", "1", "1.5", "0x1", "sum", "rate", "topk", "a", 'b{c="d"}',
          '"s"', "inf", "start()", "time()", "vector(1)", "%", "atan2", ":", "=~", "!=", "=",
          "#", "'", "`"]


def expressions(node):
    """Every `expr` of a YAML document, wherever it stands."""
    if isinstance(node, list):
        for child in node:
            yield from expressions(child)
    elif isinstance(node, dict):
        for key, child in node.items():
            if key == "expr" and isinstance(child, str):
                yield child
            else:
                yield from expressions(child)


def without_macros(query):
    """Grafana's macros that are no PromQL, as Grafana would fill them in."""
    return re.sub(r"\$\{?__(rate_interval|range|interval)\}?", "5m", query)


def shipped():
    """All queries of rules/ and dashboards/."""
    for path in sorted(glob.glob(os.path.join(ROOT, "rules", "*", "*.yml")) +
                       glob.glob(os.path.join(ROOT, "dashboards", "*.yml"))):
        if os.path.basename(os.path.dirname(path)) == "tests":
            continue
        with open(path) as file:
            for query in expressions(yaml.safe_load(file)):
                yield without_macros(query).strip()


def fixture():
    with open(CORPUS) as file:
        for line in file:
            if not line.startswith("# "):
                yield line.rstrip("\n").replace("\\n", "\n")


class Mutator:
    """Changes one or two tokens of a query, or puts a piece of another one into it."""

    def __init__(self, corpus, seed):
        self.corpus = corpus
        self.random = random.Random(seed)

    def mutant(self):
        tokens = TOKEN.findall(self.random.choice(self.corpus))
        for _ in range(self.random.choice([1, 1, 1, 2])):
            change = self.random.choice([self.drop, self.insert, self.replace, self.swap,
                                         self.graft])
            change(tokens)
        return "".join(tokens)

    def place(self, tokens):
        return self.random.randrange(max(len(tokens), 1))

    def drop(self, tokens):
        if tokens:
            del tokens[self.place(tokens)]

    def insert(self, tokens):
        tokens.insert(self.random.randrange(len(tokens) + 1), self.random.choice(PIECES))

    def replace(self, tokens):
        if tokens:
            tokens[self.place(tokens)] = self.random.choice(PIECES)

    def swap(self, tokens):
        if tokens:
            a, b = self.place(tokens), self.place(tokens)
            tokens[a], tokens[b] = tokens[b], tokens[a]

    def graft(self, tokens):
        other = TOKEN.findall(self.random.choice(self.corpus))
        start = self.place(other)
        at = self.random.randrange(len(tokens) + 1)
        tokens[at:at] = [" ", *other[start:start + self.random.randint(1, 6)], " "]


def is_query(text):
    """Neither a rule file nor its YAML can hold others, whatever PromQL says of them."""
    return bool(text.strip()) and text.count("\n") < LINES and text.replace("\n", " ").isprintable()


class PromqlParityTest(TestCase):
    def setUp(self):
        super().setUp()
        if not os.path.exists(PROMTOOL):
            skip(self, "promtool is not there")

    def write(self, queries):
        """One file of recording rules, each query with LINES lines to itself."""
        rules = ("," + "\n" * LINES).join(
            json.dumps({"record": f"r:{i}", "expr": query}, ensure_ascii=False)
            for i, query in enumerate(queries))
        path = self.path("queries.yml")
        with open(path, "w") as file:
            file.write('{"groups": [{"name": "g", "rules": [\n' + rules + "\n]}]}\n")
        return path

    def rejected_by_promtool(self, path):
        """What it says of each query that it rejects, by the query's number."""
        done = subprocess.run([PROMTOOL, "check", "rules", path], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=60)
        found = {int(number): what for number, what in
                 re.findall(r'rule \d+, "r:(\d+)": (.*)', done.stdout)}
        self.assertTrue(found, done.stdout[-1000:])
        return found

    def rejected_by_litetool(self, path):
        done = subprocess.run([LITETOOL, "check", "rules", path, "--format=sarif"],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60)
        self.assertEqual((done.returncode, done.stderr), (1, ""))
        found = {}
        for result in json.loads(done.stdout)["runs"][0]["results"]:
            if result["ruleId"] == "promql/syntax":
                place = result["locations"][0]["physicalLocation"]
                found[(place["region"]["startLine"] - 2) // LINES] = result["message"]["text"]
            self.assertNotEqual(result["ruleId"], "file/invalid", result["message"])
        return found

    def disagreements(self, queries):
        path = self.write(queries)
        theirs = self.rejected_by_promtool(path)
        ours = self.rejected_by_litetool(path)
        both = sum(i in ours and i in theirs for i in range(len(queries)))
        print(f"\n{len(queries)} queries, {both} rejected by both", flush=True)
        self.assertGreater(both, len(queries) // 20)
        self.assertLess(both, len(queries) * 19 // 20)
        return [f"{query!r}: litetool: {ours.get(i, 'accepted')}, promtool: "
                f"{theirs.get(i, 'accepted')}" for i, query in enumerate(queries)
                if (i in ours) != (i in theirs) and not (i in ours and self.is_stricter(query))]

    @staticmethod
    def is_stricter(query):
        return any(re.search(pattern, query) for pattern in STRICTER)

    def test_corpus_and_its_mutations(self):
        corpus = list(dict.fromkeys([*shipped(), *fixture()]))
        self.assertGreater(len(corpus), 300)
        mutator = Mutator(corpus, SEED)
        queries = dict.fromkeys(corpus + [mutator.mutant() for _ in range(MUTATIONS)])
        different = self.disagreements([query for query in queries if is_query(query)])
        self.assertEqual(different, [], "\n" + "\n".join(different[:20]))

    def test_shipped_queries_are_accepted(self):
        queries = list(dict.fromkeys(shipped()))
        path = self.write([*queries, "rejected("])
        self.assertEqual(set(self.rejected_by_promtool(path)), {len(queries)})
        self.assertEqual(set(self.rejected_by_litetool(path)), {len(queries)})


if __name__ == "__main__":
    unittest.main()
