#!/usr/bin/env python3
"""Is every error, warn and info event of the source in docs/operations.md,
with its levels, what it means and, for errors and warnings, what to do, and
nothing else?

usage: events.py ROOT
"""
import os
import re
import sys

ROOMS = ("gateway", "xmpp", "sip")
# log_warn("event" and LOG_AT(level, "event"; the event may be a variable: then
# all literals count that the file gives to it, as a value or as the argument of
# a function that has it for its first parameter.
CALL = re.compile(r'\b(?:log_(error|warn|info)\(|LOG_AT\()\s*([^;]*?);', re.S)
GIVEN = re.compile(r'\bevent\s*=\s*([^;]*);')
TAKER = re.compile(r'\b(\w+)\(const char \*event,')
ROW = re.compile(r'^\| `([a-z_]+)` \| ([a-z, ]+) \|([^|\n]*)\|([^|\n]*)\|$',
                 re.M)
LITERAL = re.compile(r'"([a-z_]+)"')


def variable_events(text):
    for given in GIVEN.findall(text):
        yield from LITERAL.findall(given)
    for taker in TAKER.findall(text):
        yield from re.findall(r'\b%s\(\s*"([a-z_]+)"' % taker, text)


def events_of(text):
    """{event: set of levels}; a level that is reckoned is 'any'."""
    found = {}
    for m in CALL.finditer(text):
        level, rest = m.groups()
        if level is None:
            rest = rest.partition(",")[2]
            level = "any"
        name = LITERAL.match(rest.strip())
        names = [name.group(1)] if name else []
        if re.match(r"event\b", rest.strip()):
            names = variable_events(text)
        for n in names:
            found.setdefault(n, set()).add(level)
    return found


def source_events(root):
    found = {}
    for room in ROOMS:
        for folder, _, names in os.walk(os.path.join(root, room)):
            for name in sorted(n for n in names if n.endswith(".c")):
                path = os.path.join(folder, name)
                with open(path, encoding="utf-8") as f:
                    text = f.read()
                if name == "log.c":  # the log's own line
                    found.setdefault("log_held_back", set()).add("warn")
                    continue
                for event, levels in events_of(text).items():
                    found.setdefault(event, set()).update(levels)
    return found


def complaints(found, doc):
    part = doc.partition("<!-- events:")[2].partition("<!-- end of events")[0]
    rows = {}
    for name, levels, means, do in ROW.findall(part):
        if name in rows:
            yield "%s is there twice" % name
        rows[name] = set(levels.split(", "))
        if not means.strip():
            yield "%s: what does it mean?" % name
        if rows[name] & {"error", "warn"} and not do.strip():
            yield "%s: what is to be done?" % name
    for name in sorted(set(found) - set(rows)):
        yield "%s is not in docs/operations.md" % name
    for name in sorted(set(rows) - set(found)):
        yield "%s is in docs/operations.md and in no source" % name
    for name in sorted(set(rows) & set(found)):
        if "any" not in found[name] and found[name] != rows[name]:
            yield "%s has the levels %s" % (name, ", ".join(found[name]))


SAMPLE = '''
	log_warn("one", F_NUM("a", b));
	log_info(
		"two", F_Z("x", y));
	const char *event = is ? "three" : "four";
	LOG_AT(level, event, F_Z("why", z));
	LOG_AT(is ? LOG_LEVEL_WARN : LOG_LEVEL_INFO,
	       "five", F_Z("why", z));
	log_debug("six", F_Z("why", z));
	static void tell(const char *event, int x)
	{
		log_error(event, F_NUM("x", x));
	}
	tell("seven", 7);
'''
GOOD = ("<!-- events: -->\n| `one` | warn | m | d |\n| `two` | info | m | |\n"
        "| `three` | info, warn | m | d |\n| `four` | info | m | |\n"
        "| `five` | info, warn | m | d |\n| `seven` | error | m | d |\n"
        "<!-- end of events -->")


def can_fail():
    found = events_of(SAMPLE)
    assert set(found) == {"one", "two", "three", "four", "five",
                          "seven"}, found
    assert not list(complaints(found, GOOD))
    assert list(complaints(found, GOOD.replace("`one`", "`won`")))
    assert list(complaints(found, GOOD.replace("| warn |", "| info |")))
    assert list(complaints(found, GOOD.replace("two", "one")))
    assert list(complaints(found, GOOD.replace("error | m | d", "error | m | ")))
    assert list(complaints(found, GOOD.replace("info | m |", "info | |")))


def main():
    can_fail()
    root = sys.argv[1]
    with open(os.path.join(root, "docs", "operations.md"),
              encoding="utf-8") as f:
        doc = f.read()
    found = source_events(root)
    wrong = list(complaints(found, doc))
    for w in wrong:
        print(w)
    print("%d events, %d wrong" % (len(found), len(wrong)))
    return 1 if wrong or len(found) < 10 else 0


if __name__ == "__main__":
    sys.exit(main())
