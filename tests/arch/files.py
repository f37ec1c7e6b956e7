#!/usr/bin/env python3
"""Does docs/architecture.md name each file of each folder, once, and no other?

usage: files.py ROOT
"""
import fnmatch
import os
import re
import sys

HEAD = re.compile(r"^\| `([\w/]+)/` \| \|\n\|---\|---\|\n((?:\|.*\n)+)", re.M)
ROOMS = ("gateway", "mapping", "sip", "xmpp")
NAME = re.compile(r"`([\w.*]+)`")


def tables(doc):
    """{room: patterns of the first column}"""
    return {room: [name for row in rows.splitlines()
                   for name in NAME.findall(row.split("|")[1])]
            for room, rows in HEAD.findall(doc)}


def folders(root):
    """Each room, and the folders in it."""
    for room in ROOMS:
        yield room
        for name in sorted(os.listdir(os.path.join(root, room))):
            if os.path.isdir(os.path.join(root, room, name)):
                yield room + "/" + name


def nouns(root, room):
    """Each file once: its header alone where it has no other."""
    names = [n for n in os.listdir(os.path.join(root, room))
             if n.endswith((".c", ".h"))]
    sources = {n[:-2] for n in names if n.endswith(".c")}
    return sources | {n for n in names if n.endswith(".h") and
                      n[:-2] not in sources}


def complaints(room, patterns, found):
    for pattern in sorted({p for p in patterns if patterns.count(p) > 1}):
        yield "%s/: %s is there twice" % (room, pattern)
    for pattern in patterns:
        if not fnmatch.filter(found, pattern):
            yield "%s/: there is no %s" % (room, pattern)
    for noun in sorted(found):
        if not any(fnmatch.fnmatch(noun, p) for p in patterns) and \
                not noun.endswith(("_inner.h", "_bench.h")):
            yield "%s/: %s is not in docs/architecture.md" % (room, noun)


def can_fail():
    doc = "| `a/b/` | |\n|---|---|\n| values: `one`, `two*` | `x` |\n\n"
    assert tables(doc) == {"a/b": ["one", "two*"]}
    assert not list(complaints("r", ["one", "two*"],
                               {"one", "two", "two_more", "x_inner.h"}))
    assert len(list(complaints("r", ["one"], {"one", "two"}))) == 1
    assert len(list(complaints("r", ["one", "two"], {"one"}))) == 1
    assert len(list(complaints("r", ["one", "one"], {"one"}))) == 1


def main():
    can_fail()
    root = sys.argv[1]
    with open(os.path.join(root, "docs", "architecture.md"),
              encoding="utf-8") as f:
        named = tables(f.read())
    wrong, count = [], 0
    for room in folders(root):
        found = nouns(root, room)
        count += len(found)
        wrong += complaints(room, named.get(room, []), found)
    print("\n".join(wrong))
    print("%d files, %d wrong" % (count, len(wrong)))
    return 1 if wrong or count < 100 else 0


if __name__ == "__main__":
    sys.exit(main())
