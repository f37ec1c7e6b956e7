#!/usr/bin/env python3
"""Is everything that we declare used? Functions of headers by another file
than the one that has them, constants of enums by anything, settings by a file
that does more than read them.

usage: used.py ROOT
"""
import collections
import os
import re
import sys

ROOMS = ("gateway", "xmpp", "sip", "mapping")
COMMENT_OR_LITERAL = re.compile(r"/\*.*?\*/|'(?:\\.|[^'\\])+'|"
                                r"\"(?:\\.|[^\"\\])*\"", re.S)
FUNCTION = re.compile(r"^[a-z][\w \t*]*?\b(\w+)\s*\([^;{]*\)"
                      r"(?:\s*__attribute__[^;]*)?;", re.M)
ENUM = re.compile(r"\benum\b[^{;()]*\{(.*?)\}", re.S)
CONSTANT = re.compile(r"\b([A-Z][A-Z0-9_]*)\b\s*(?:=|,|$)", re.M)
SETTING = re.compile(r"\.offset = IN_\w+\(([\w.]+)\)")
# These read settings, tell them apart and check them; they are no use of them.
READERS = re.compile(r"gateway/config/(?:option\w*|settle\w*|config|"
                     r"configdiff)\.[ch]$")


def bare(text):
    return COMMENT_OR_LITERAL.sub(" ", text)


def sources(root, tops):
    """{path: text without comments and literals}"""
    found = {}
    for top in tops:
        for folder, _, names in os.walk(os.path.join(root, top)):
            for name in sorted(names):
                if name.endswith((".c", ".h")):
                    path = os.path.join(folder, name)
                    with open(path, encoding="utf-8") as f:
                        found[os.path.relpath(path, root)] = bare(f.read())
    return found


def words(text):
    return collections.Counter(re.findall(r"\w+", text))


def idle_functions(ours, others):
    count = collections.Counter()
    for path, text in list(ours.items()) + list(others.items()):
        if path.endswith(".c") or path in others:
            count.update(set(words(text)))
    for path, text in ours.items():
        if path.endswith(".h"):
            # What an inline function or a macro of a header uses is used.
            inline = words(text)
            for name in FUNCTION.findall(text):
                if "typedef" not in text[:text.index(name)].split(";")[-1] \
                        and count[name] < 2 and inline[name] < 2:
                    yield "%s: nobody else uses %s()" % (path, name)


def idle_constants(ours, others):
    count = collections.Counter()
    for text in list(ours.values()) + list(others.values()):
        count.update(words(text))
    for path, text in ours.items():
        for body in ENUM.findall(text):
            for name in CONSTANT.findall(body):
                if count[name] < 2:
                    yield "%s: nobody uses %s" % (path, name)


def idle_settings(ours):
    count = collections.Counter()
    for path, text in ours.items():
        if not READERS.search(path):
            count.update(words(text))
    for path, text in ours.items():
        for field in SETTING.findall(text):
            if count[field.split(".")[-1]] == 0:
                yield "%s: nobody looks at %s" % (path, field)


def complaints(ours, others):
    yield from idle_functions(ours, others)
    yield from idle_constants(ours, others)
    yield from idle_settings(ours)


def can_fail():
    good = {"a.h": "enum { ONE_MAX = 1 };\nint a_do(void);\n"
                   "typedef void a_fn(int x);\n",
            "a.c": "int a_do(void)\n{ return ONE_MAX; }\n",
            "b.c": "x = a_do(); y = c->kept;",
            "gateway/config/options.c": ".offset = IN_CONFIG(of.kept)"}
    assert not list(complaints(good, {}))
    for path, old, new in (("b.c", "a_do", "b_do"), ("b.c", "kept", "lost"),
                           ("a.c", "ONE_MAX", "1")):
        bad = dict(good)
        bad[path] = bad[path].replace(old, new)
        assert len(list(complaints(bad, {}))) == 1, (path, old)
    assert not list(complaints(dict(good, **{"b.c": "c->kept"}),
                               {"t.h": "a_do()"}))
    assert bare("f('\"') /* g() */ \"*/*\" k '\\''").split() == \
        ["f(", ")", "k"]


def main():
    can_fail()
    root = sys.argv[1]
    ours, others = sources(root, ROOMS), sources(root, ("tests",))
    wrong = list(complaints(ours, others))
    print("\n".join(wrong))
    print("%d files, %d wrong" % (len(ours), len(wrong)))
    return 1 if wrong or len(ours) < 100 else 0


if __name__ == "__main__":
    sys.exit(main())
