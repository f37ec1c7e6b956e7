#!/usr/bin/env python3
"""Does every metric that the dashboard and the alert rules name exist, with
the labels that they ask for?

usage: dashboards.py ROOT
"""
import json
import os
import re
import sys

ROW = re.compile(r"^\| `([a-z_]+)` \| (\w+) \| ([a-z, ]*) \|", re.M)
NAME = re.compile(r"\b((?:stox|process)_[a-z_]+)\b(?:\{([^}]*)\})?")
FOREIGN = {"job", "instance", "le"}  # of Prometheus itself


def known_metrics(doc):
    """{sample name: labels}"""
    found = {}
    for name, kind, labels in ROW.findall(doc):
        labels = {one for one in labels.replace(" ", "").split(",") if one}
        ends = ("_bucket", "_count", "_sum") if kind == "histogram" else ("",)
        for end in ends:
            found[name + end] = labels
    return found


def complaints(known, expr):
    for name, matchers in NAME.findall(expr):
        if name not in known:
            yield "there is no %s" % name
            continue
        for label in re.findall(r"([a-z_]+)\s*(?:=~|!~|!=|=)", matchers):
            if label not in known[name] | FOREIGN:
                yield "%s has no label %s" % (name, label)


def expressions(root):
    path = os.path.join(root, "conf", "grafana", "stox.json")
    with open(path, encoding="utf-8") as f:
        board = json.load(f)
    ids = [p["id"] for p in board["panels"]]
    assert len(ids) == len(set(ids))
    for panel in board["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["expr"]
    for var in board["templating"]["list"]:
        yield var["name"], var.get("definition", "")
    path = os.path.join(root, "conf", "prometheus", "stox.rules.yml")
    with open(path, encoding="utf-8") as f:
        text = f.read()
    for rule in re.split(r"- alert: ", text)[1:]:
        name = rule.split()[0]
        assert "summary:" in rule and "severity:" in rule, name
        yield name, rule


def can_fail():
    known = {"stox_a_total": {"x"}, "stox_h_bucket": {"d"}}
    assert not list(complaints(known, 'rate(stox_a_total{x="1",job="j"}[5m])'))
    assert not list(complaints(known, 'stox_h_bucket{d="1",le="+Inf"}'))
    for bad in ("stox_a", "stox_b_total", 'stox_a_total{y="1"}',
                "stox_h_sum"):
        assert list(complaints(known, bad)), bad


def main():
    can_fail()
    root = sys.argv[1]
    with open(os.path.join(root, "docs", "metrics.md"),
              encoding="utf-8") as f:
        known = known_metrics(f.read())
    seen, wrong = 0, 0
    for where, expr in expressions(root):
        seen += 1
        for w in complaints(known, expr):
            wrong += 1
            print("%s: %s" % (where, w))
    print("%d expressions, %d metrics, %d wrong" % (seen, len(known), wrong))
    return 1 if wrong or seen < 20 or len(known) < 20 else 0


if __name__ == "__main__":
    sys.exit(main())
