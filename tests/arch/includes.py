#!/usr/bin/env python3
"""Do the includes obey the arrows of the house?

usage: includes.py ROOT

Before ROOT is looked at, the rules are tried on bad samples: a check that
cannot fail proves nothing.
"""
import os
import re
import sys
import tempfile

ROOMS = ("gateway", "xmpp", "sip", "mapping")
# Values of the two sides: what mapping/ may see. The .c files come from the
# build, which links the two rooms apart.
VALUE_HEADERS = {"xmpp/xml.h", "xmpp/jid.h", "xmpp/prep.h", "xmpp/stanza.h",
                 "xmpp/ns.h",
                 "sip/uri.h", "sip/urichar.h", "sip/sipmsg.h",
                 "sip/coding.h"}
# Who may include whom. The roof sees all.
ARROWS = {
    "base": {"base"},
    "xmpp values": {"base", "xmpp values"},
    "sip values": {"base", "sip values"},
    "mapping": {"base", "xmpp values", "sip values", "mapping"},
    "xmpp": {"base", "xmpp values", "xmpp"},
    "sip": {"base", "sip values", "sip"},
    "gateway": {"base", "xmpp values", "sip values", "mapping", "xmpp", "sip",
                "gateway"},
}
PURE = ("mapping", "xmpp values", "sip values")
# Parts of the floor that are no values: they have a clock, descriptors or
# state of their own.
NOT_PURE = {"gateway/base/" + f for f in
            ("loop.h", "wheel.h", "mailbox.h", "secure.h", "securecontext.h",
             "certificate.h", "log.h")}
# Of the floor, these alone stand on OpenSSL's TLS.
TLS = {"gateway/base/" + f for f in
       ("secure.c", "securecontext.c", "securecontext.h", "certificate.c")}
# inet_pton and struct in6_addr are values; what opens a socket is not.
NOT_PURE_SYSTEM = re.compile(
    r"^(sofia-sip/|expat|openssl/|ares|time\.h|sys/(time|timerfd|socket|un|"
    r"epoll|poll|select|eventfd|signalfd|random)\.h|netdb\.h|poll\.h|signal\.h"
    r"|pthread\.h|threads\.h|stdio_ext\.h|syslog\.h|systemd/|sqlite|libpq)")
LIBC_ONLY = re.compile(r"^(sofia-sip/|expat|openssl/|ares|stringprep|idna|"
                       r"yaml|systemd/|sqlite|libpq|microhttpd)")
INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')


def includes_of(root, path):
    """[(line number, is it quoted, name)]"""
    found = []
    with open(os.path.join(root, path), encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            m = INCLUDE.match(line)
            if m:
                found.append((number, m.group(1) == '"', m.group(2)))
    return found


def value_sources(root):
    """The .c files of the rooms xmpp_values and sip_values of the build."""
    path = os.path.join(root, "CMakeLists.txt")
    if not os.path.exists(path):
        return set()
    with open(path, encoding="utf-8") as f:
        text = f.read()
    rooms = re.findall(r"room\(\w+_values\s+FILES\s+([^)]*?)\s+LINK", text)
    return {name for room in rooms for name in room.split()}


def room_of(path, values):
    top = path.split("/")[0]
    if path.startswith("gateway/base/"):
        return "base"
    if top not in ROOMS:
        return None
    if path in VALUE_HEADERS or path in values:
        return top + " values"
    return top


def sources(root):
    for top in ROOMS:
        for folder, _, names in os.walk(os.path.join(root, top)):
            for name in sorted(names):
                if name.endswith((".c", ".h")):
                    yield os.path.relpath(os.path.join(folder, name),
                                          root).replace(os.sep, "/")


def check_own(root, path, name, room, values):
    """The arrows: an include of a file of ours."""
    target = room_of(name, values)
    if target is None or not os.path.exists(os.path.join(root, name)):
        return f'"{name}" is not written from the root of the repository'
    if target not in ARROWS[room]:
        return f"{room} must not see {target}: {name}"
    if room in PURE and name in NOT_PURE:
        return f"{room} is pure and must not see {name}"
    return None


def check_library(path, name, room):
    """An include of somebody else's file."""
    if name == "uthash.h" and path != "gateway/base/table.h":
        return "uthash only through gateway/base/table.h, for the keyed hash"
    if room in PURE and NOT_PURE_SYSTEM.match(name):
        return f"{room} is pure and must not see <{name}>"
    if name.startswith("sofia-sip/"):
        if path == "gateway/base/loop.c" and name.startswith("sofia-sip/su"):
            return None
        if room != "sip":
            return f"Sofia stays in sip/ (and su in the loop): <{name}>"
        if name.startswith("sofia-sip/sip") and \
                not path.startswith("sip/reader."):
            return f"only sip/reader knows Sofia's messages: <{name}>"
    if room == "base" and LIBC_ONLY.match(name):
        if path in TLS and name.startswith("openssl/"):
            return None
        return f"the floor stands on libc: <{name}>"
    return None


def reach(root, path, seen):
    """All includes of path, through our own headers: [(via, name)]."""
    found = []
    for _, quoted, name in includes_of(root, path):
        if not quoted:
            found.append((path, name))
        elif name not in seen and os.path.exists(os.path.join(root, name)):
            seen.add(name)
            found += reach(root, name, seen)
    return found


def check_reach(root, path, room):
    """What a pure file, or one with our SIP values, gets by way of another."""
    found = reach(root, path, {path})
    for via, name in found:
        if via != path and room in PURE and NOT_PURE_SYSTEM.match(name):
            return f"{room} is pure and gets <{name}> through {via}"
        if via != path and room != "gateway" and \
                not path.startswith("sip/reader.") and \
                name.startswith("sofia-sip/sip"):
            return f"gets Sofia's messages through {via}"
    return None


def check(root):
    values = value_sources(root)
    if not values:
        sys.exit("the build does not say which files hold values")
    wrong, count = [], 0
    for path in sources(root):
        count += 1
        room = room_of(path, values)
        for number, quoted, name in includes_of(root, path):
            why = check_own(root, path, name, room, values) if quoted \
                else check_library(path, name, room)
            if why:
                wrong.append(f"{path}:{number}: {why}")
        why = check_reach(root, path, room)
        if why:
            wrong.append(f"{path}: {why}")
    return count, wrong


# (file, its text): each of them must be refused.
BAD = [
    ("mapping/a.c", '#include "xmpp/stream.h"'),
    ("mapping/a.c", '#include "sip/client.h"'),
    ("mapping/a.c", '#include "gateway/trust/policy.h"'),
    ("mapping/a.c", '#include "gateway/base/loop.h"'),
    ("mapping/a.c", '#include "gateway/base/log.h"'),
    ("mapping/a.c", "#include <time.h>"),
    ("mapping/a.c", "#include <sys/socket.h>"),
    ("mapping/a.c", "# include  <expat.h>"),
    ("mapping/a.c", "#include <openssl/evp.h>"),
    ("mapping/a.c", "#include <sofia-sip/sip.h>"),
    ("mapping/a.c", '#include "gateway/base/clocked.h"'),
    ("mapping/a.c", '#include "b.h"'),
    ("xmpp/jid.c", '#include "sip/uri.h"'),
    ("xmpp/jid.c", '#include "xmpp/stream.h"'),
    ("xmpp/jid.h", '#include "mapping/status.h"'),
    ("xmpp/xml.c", "#include <expat.h>"),
    ("sip/uri.c", "#include <sofia-sip/url.h>"),
    ("sip/uri.c", '#include "sip/client.h"'),
    ("xmpp/stream.c", '#include "sip/sipmsg.h"'),
    ("xmpp/stream.c", '#include "mapping/status.h"'),
    ("xmpp/stream.c", '#include "gateway/trust/policy.h"'),
    ("xmpp/stream.c", "#include <sofia-sip/su.h>"),
    ("sip/client.c", '#include "xmpp/xml.h"'),
    ("sip/client.c", '#include "mapping/status.h"'),
    ("sip/client.c", "#include <sofia-sip/sip_header.h>"),
    ("sip/client.c", '#include "sip/leaky.h"'),
    ("sip/client.c", "#include <uthash.h>"),
    ("gateway/base/str.c", '#include "xmpp/xml.h"'),
    ("gateway/base/str.c", '#include "gateway/trust/policy.h"'),
    ("gateway/base/str.c", "#include <sofia-sip/su.h>"),
    ("gateway/base/loop.c", "#include <sofia-sip/sip.h>"),
    ("gateway/base/log.c", "#include <openssl/rand.h>"),
    ("gateway/trust/policy.c", "#include <sofia-sip/su.h>"),
    ("gateway/trust/policy.c", "#include <uthash.h>"),
]
GOOD = [
    ("mapping/a.c", '#include "sip/uri.h"\n#include "xmpp/ns.h"'),
    ("mapping/a.c", '#include "gateway/base/table.h"\n#include <string.h>'),
    ("sip/reader.c", '#include "sip/sipmsg.h"\n#include <sofia-sip/sip.h>'),
    ("sip/client.c", '#include "gateway/base/loop.h"\n#include <time.h>'),
    ("gateway/base/loop.c", "#include <sofia-sip/su_wait.h>"),
    ("gateway/base/secure.c", "#include <openssl/ssl.h>"),
    ("gateway/trust/policy.c",
     '#include "mapping/status.h"\n#include "sip/uri.h"\n'
     '#include "xmpp/stream.h"'),
]
BACKGROUND = {
    "CMakeLists.txt": "room(xmpp_values FILES xmpp/xml.c xmpp/jid.c LINK base)"
                      "\nroom(sip_values FILES sip/uri.c LINK base)\n",
    "gateway/base/table.h": "#include <uthash.h>\n",
    "gateway/base/loop.h": "", "gateway/base/log.h": "",
    "gateway/base/clocked.h": "#include <time.h>\n",
    "gateway/trust/policy.h": "", "mapping/status.h": "", "mapping/b.h": "",
    "xmpp/xml.h": "", "xmpp/ns.h": "", "xmpp/stream.h": "",
    "sip/uri.h": "", "sip/sipmsg.h": "", "sip/client.h": "",
    "sip/leaky.h": "", "sip/reader.h": "",
}


def try_sample(path, text):
    with tempfile.TemporaryDirectory() as root:
        files = dict(BACKGROUND)
        files[path] = text + "\n"
        if "leaky.h" in text:
            files["sip/leaky.h"] = "#include <sofia-sip/sip.h>\n"
        for name, content in files.items():
            full = os.path.join(root, name)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, "w", encoding="utf-8") as f:
                f.write(content)
        return [w for w in check(root)[1] if w.startswith(path + ":")]


def try_samples():
    for path, text in BAD:
        if not try_sample(path, text):
            sys.exit(f"this check cannot fail: {path} with {text!r} passed")
    for path, text in GOOD:
        if try_sample(path, text):
            sys.exit(f"this check is too strict: {try_sample(path, text)}")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    try_samples()
    count, wrong = check(sys.argv[1])
    print("\n".join(wrong))
    print(f"{count} files, {len(wrong)} wrong includes "
          f"({len(BAD)} bad samples were refused)")
    sys.exit(1 if wrong or count == 0 else 0)


main()
