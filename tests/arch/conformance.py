#!/usr/bin/env python3
"""Is every test that docs/conformance.md and docs/reliability.md name there, and
does every line that claims something name one?

usage: conformance.py ROOT
"""
import os
import re
import sys

STATUS = re.compile(r"(done|partial|not)\b")
NAMED = re.compile(r"`((?:unit|golden|fuzz|arch|e2e|faults)/[^`]*)`")


def text_of(root, *path):
    try:
        with open(os.path.join(root, *path), encoding="utf-8") as f:
            return f.read()
    except OSError:
        return None


def class_body(text, name):
    """(the first base's name, the lines of the class), or None."""
    m = re.search(r"^class %s\(([\w.]*)[^)]*\):\n((?:[ \t].*\n|\n)*)" % name,
                  text, re.M)
    return m.groups() if m else None


def has_scenario(text, name):
    """Class.test, its own or of a base in the same file."""
    cls, _, test = name.partition(".")
    while True:
        found = class_body(text, cls)
        if found is None:
            return False
        if not test or re.search(r"^    def %s\(" % test, found[1], re.M):
            return True
        cls = found[0]


def exists(root, name):
    path, _, part = name.partition(":")
    kind, _, stem = path.partition("/")
    if kind == "unit":
        text = text_of(root, "tests", "unit", "test_%s.c" % stem)
        return text is not None and (not part or re.search(
            r"\bvoid %s\(void \*\*" % part, text) is not None)
    if kind in ("e2e", "faults"):
        text = text_of(root, "tests", kind, "test_%s.py" % stem)
        return text is not None and part != "" and has_scenario(text, part)
    if part:
        return False
    if kind == "golden":
        pairs = text_of(root, "tests", "golden", "pairs.txt") or ""
        return re.search(r"^%s\s" % re.escape(stem), pairs, re.M) is not None
    if kind == "fuzz":
        return text_of(root, "tests", "fuzz", "fuzz_%s.c" % stem) is not None
    lists = text_of(root, "tests", "arch", "CMakeLists.txt") or ""
    return "NAME arch/%s " % stem in lists


def complaints(root, doc):
    """What is wrong, and the number of claims."""
    wrong, claims = [], 0
    for number, line in enumerate(doc.splitlines(), 1):
        cells = [c.strip() for c in line.strip().strip("|").split(" | ")]
        if not line.startswith("|") or len(cells) < 3:
            continue
        status = STATUS.match(cells[2])
        if status is None:
            if cells[2] not in ("status", "---"):
                wrong.append("%d: neither done nor partial nor not" % number)
            continue
        claims += 1
        names = NAMED.findall(line)
        if status.group(1) != "not" and not names:
            wrong.append("%d: no test for what is claimed" % number)
        wrong += ["%d: there is no test %s" % (number, n) for n in names
                  if not exists(root, n)]
    return wrong, claims


def can_fail(root):
    good = "| a | b | done | `arch/conformance` |"
    assert complaints(root, good) == ([], 1)
    for bad in ("| a | b | done | |", "| a | b | maybe | `arch/conformance` |",
                good.replace("mance", "mity"),
                good.replace("arch/conformance", "unit/nosuch"),
                good.replace("arch/conformance", "unit/jid:nosuch"),
                good.replace("arch/conformance", "e2e/messages:Nosuch.test"),
                good.replace("arch/conformance", "e2e/messages:Messages.no"),
                good.replace("arch/conformance", "golden/nosuch"),
                good.replace("arch/conformance", "fuzz/nosuch")):
        assert complaints(root, bad)[0], bad
    assert exists(root, "unit/jid:test_read")
    assert exists(root, "e2e/messages:MessagesEjabberd.test_udp")


def main():
    root = sys.argv[1]
    can_fail(root)
    is_bad = False
    for name in ("conformance.md", "reliability.md"):
        wrong, claims = complaints(root, text_of(root, "docs", name))
        for w in wrong:
            print("docs/%s:%s" % (name, w))
        print("docs/%s: %d lines, %d wrong" % (name, claims, len(wrong)))
        is_bad = is_bad or bool(wrong) or claims < 50
    return 1 if is_bad else 0


if __name__ == "__main__":
    sys.exit(main())
