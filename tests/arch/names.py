#!/usr/bin/env python3
"""Do our names stay clear of Sofia's, and do files and functions stay small?

usage: names.py [--nm NM] ROOT LIBRARY...

A global of ours that has the name of one of Sofia's replaces it at run time,
inside Sofia too. Before ROOT is looked at, the rules are tried on bad samples.
"""
import os
import re
import subprocess
import sys
import tempfile

ROOMS = ("gateway", "xmpp", "sip", "mapping")
SOFIAS = ("su_ sip_ msg_ url_ nta_ nea_ nua_ nth_ tport_ tls_ auth_ http_ sdp_ "
          "soa_ stun_ sres_ sl_ tl_ host_").split()
FILE_MAX_LINES = 500
FUNCTION_MAX_LINES = 100


def bad_symbols(listing):
    """listing: what nm -g --defined-only -P says, a symbol a line."""
    names = {line.split()[0] for line in listing.splitlines()
             if len(line.split()) >= 2}
    return sorted(n for n in names if n.startswith(tuple(SOFIAS)))


def symbols_of(nm, library):
    done = subprocess.run([nm, "-g", "--defined-only", "-P", library],
                          check=True, capture_output=True, text=True)
    return done.stdout


def function_name(lines, brace):
    """The name before the parameters, on the lines above the brace."""
    head = ""
    for i in range(brace - 1, max(brace - 12, -1), -1):
        line = lines[i].rstrip()
        if line == "" or line.endswith(("}", ";", "*/")) or \
                line.startswith("#"):
            break
        head = line + " " + head
    m = re.search(r"(\w+)\s*\(", head)
    return m.group(1) if m else "?"


def long_functions(text, limit=FUNCTION_MAX_LINES):
    """[(line, name, length)]. By our style a function's body is what stands
    between a lone { and a lone } in the first column; a table's is not."""
    lines, found, start = text.split("\n"), [], None
    for i, line in enumerate(lines):
        if line == "{":
            start = i
        elif line == "}" and start is not None:
            if i - start + 1 > limit:
                found.append((start + 1, function_name(lines, start),
                              i - start + 1))
            start = None
    return found


def check_text(path, text):
    wrong = []
    count = text.count("\n")
    if count > FILE_MAX_LINES:
        wrong.append(f"{path}: {count} lines, more than {FILE_MAX_LINES}")
    for line, name, length in long_functions(text):
        wrong.append(f"{path}:{line}: {name} has {length} lines, more than "
                     f"{FUNCTION_MAX_LINES}")
    return wrong


def check_sources(root):
    wrong, count = [], 0
    for top in ROOMS:
        for folder, _, names in os.walk(os.path.join(root, top)):
            for name in sorted(names):
                if not name.endswith((".c", ".h")):
                    continue
                full = os.path.join(folder, name)
                count += 1
                with open(full, encoding="utf-8") as f:
                    wrong += check_text(os.path.relpath(full, root), f.read())
    return count, wrong


def check_libraries(nm, libraries):
    return [f"{os.path.basename(library)}: {name} would replace Sofia's"
            for library in libraries
            for name in bad_symbols(symbols_of(nm, library))]


def body(lines):
    return "int f(void)\n{\n" + "\treturn 0;\n" * (lines - 2) + "}\n"


def try_samples(nm):
    table = "static const int t[] = {\n" + "\t1,\n" * 150 + "};\n"
    assert not check_text("good.c", body(100) + table + body(3))
    assert check_text("long.c", table + body(101))
    assert check_text("file.c", "\n" * 501)
    assert not check_text("file.c", "\n" * 500)
    assert long_functions("static struct x *\nname(int a,\n     int b)\n" +
                          body(150).split("\n", 1)[1])[0][1] == "name"
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, "bad.c")
        with open(source, "w", encoding="utf-8") as f:
            f.write("int sip_bad(void);\nint sip_bad(void) { return 0; }\n"
                    "int tls_bad = 1;\n"
                    "static int su_own(void) { return 0; }\n"
                    "int sipmsg_good(void);\n"
                    "int sipmsg_good(void) { return su_own(); }\n")
        target = os.path.join(folder, "bad.o")
        subprocess.run([os.environ.get("CC", "cc"), "-fvisibility=hidden",
                        "-c", source, "-o", target], check=True)
        assert bad_symbols(symbols_of(nm, target)) == ["sip_bad", "tls_bad"]


def main():
    args = sys.argv[1:]
    nm = "nm"
    if args[:1] == ["--nm"]:
        nm, args = args[1], args[2:]
    if len(args) < 1:
        sys.exit(__doc__)
    try_samples(nm)
    count, wrong = check_sources(args[0])
    wrong += check_libraries(nm, args[1:])
    print("\n".join(wrong))
    print(f"{count} files and {len(args) - 1} libraries, {len(wrong)} wrong")
    sys.exit(1 if wrong or count == 0 else 0)


main()
