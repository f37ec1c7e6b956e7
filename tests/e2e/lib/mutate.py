"""Messages of real clients and of the torture RFCs, broken in many ways. The
same seed breaks them in the same ways."""
import glob
import os
import random
import re

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.join(HERE, "..", "..")

PIECES = [
    b"\r\n", b"\n", b"\r", b"\0", b"%", b"%00", b"%0d%0aX-Evil: 1", b"\"",
    b"<", b">", b";", b",", b"\\", b"\xff", b"\xc3\xa9", b"\xed\xa0\x80",
    b" " * 50, b"\t", b"x" * 300, b"(" * 40, b"@", b"[::1]", b"[", b":",
    b"Content-Length: 99999999999\r\n", b"Content-Length: 0\r\n", b"l: 5\r\n",
    b"Via: SIP/2.0/UDP h;branch=z9hG4bKx\r\n", b"Via: SIP/2.0/TCP [\r\n",
    b"Require: x\r\n", b"Max-Forwards: 0\r\n", b"Max-Forwards: 9999999999\r\n",
    b"CSeq: 4294967296 MESSAGE\r\n", b"Route: <sip:evil.example;lr>\r\n",
    b"Contact: *\r\n", b"Expires: 99999999999999999999\r\n", b"Event: a;b=c\r\n",
    b"Content-Type: multipart/mixed;boundary=\"\"\r\n",
    b"Content-Encoding: gzip\r\n", b"P-Asserted-Identity: <sip:a@b>,<tel:1>\r\n",
    b"Subject: " + b"\xf0\x9f\x98\x80" * 100 + b"\r\n",
    b"</body></message><message to='x@y'>", b"]]>", b"&#0;", b"&a;",
]
SPARSE = [
    b"0", b"-1", b"4294967295", b"4294967296", b"2147483648",
    b"18446744073709551616", b"1" * 400, b"", b" ", b"a" * 2000, b"*",
    b"<>", b"\"\"", b"sip:", b"sip:@", b"tel:", b"sips:a@b", b"<sip:%00@%00>",
    b"<sip:" + b"a" * 1100 + b"@sip.example>;tag=1", b"http://x/",
    b"<sip:a@[::1]>;tag=a;tag=b", b"=?utf-8?q?x?=", b"\xff\xfe",
]


def read_all(*patterns):
    out = []
    for pattern in patterns:
        for path in sorted(glob.glob(os.path.join(TESTS, pattern))):
            with open(path, "rb") as f:
                out.append(f.read())
    return out


def sip_corpus():
    return read_all("torture/rfc*/*.sip", "fuzz/corpus/reader/*",
                    "fuzz/corpus/message_sip/*")


def bend(rng, data):
    """One change of some bytes."""
    at = rng.randrange(len(data) + 1)
    how = rng.randrange(7)
    if how == 0:
        data[at:at + 1] = bytes([rng.randrange(256)])
    elif how == 1:
        del data[at:at + rng.randrange(1, 40)]
    elif how == 2:
        data[at:at] = rng.choice(PIECES)
    elif how == 3:
        data[at:at] = data[at:at + rng.randrange(1, 60)] * rng.randrange(1, 5)
    elif how == 4:
        del data[at + rng.randrange(200):]
    elif how == 5:
        line = data.rfind(b"\r\n", 0, at)
        data[max(line, 0):at] = b"\r\n"
    else:
        line = data.rfind(b"\r\n", 0, at)
        data[line + 2 if line >= 0 else 0:0] = rng.choice(PIECES)


def replace_value(rng, data):
    """Some header's value becomes another's, or odd; its name may too."""
    lines = bytes(data).split(b"\r\n")
    at = rng.randrange(len(lines))
    name, colon, _ = lines[at].partition(b":")
    if colon:
        other = rng.choice(lines).partition(b":")[2]
        lines[at] = name + b":" + rng.choice(SPARSE + [other, other])
    else:
        lines.insert(at, rng.choice(lines))
    data[:] = b"\r\n".join(lines)


def with_body(data, body, type=None):
    head, _, _ = bytes(data).partition(b"\r\n\r\n")
    lines = [l for l in head.split(b"\r\n") if not re.match(
        rb"(?i)(content-length|l)[ \t]*:", l) and not (type and re.match(
            rb"(?i)(content-type|c)[ \t]*:", l))]
    if type:
        lines.append(b"Content-Type: " + type)
    lines.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def reach(data, user_uri):
    """Sent to a user of ours, from a domain that may; a share of what is
    broken then goes all the way."""
    data = re.sub(rb"^([A-Z]+) \S+ SIP/2.0", rb"\1 " + user_uri + rb" SIP/2.0",
                  data, count=1)
    data = re.sub(rb"(?m)^(Via: SIP/2.0/\w+ [^;,\s]+)", rb"\1;rport", data,
                  count=1)
    data = re.sub(rb"(?im)^route[ \t]*:.*\r\n", b"", data)
    return re.sub(rb"(?im)^(f|from)([ \t]*):.*$",
                  rb"\1\2: <sip:romeo@sip.example>;tag=r", data, count=1)


class Mutator:
    def __init__(self, seed, corpus, user_uri="", bodies=(), good=()):
        """good: messages that would be taken, a third of all seeds."""
        self.rng = random.Random(seed)
        self.good = list(good)
        self.corpus = corpus
        self.user_uri = user_uri.encode()
        self.bodies = list(bodies)

    def next(self):
        rng = self.rng
        data = rng.choice(self.good if rng.randrange(3) == 0 and self.good
                          else self.corpus)
        if self.user_uri and rng.randrange(3):
            data = reach(data, self.user_uri)
        if self.bodies and rng.randrange(4) == 0:
            type, body = rng.choice(self.bodies)
            data = with_body(data, body, type)
        # Else the replay table answers most of them.
        fresh = b"%x" % rng.randrange(1 << 40)
        data = re.sub(rb"z9hG4bK", b"z9hG4bK" + fresh, data, count=1)
        data = bytearray(re.sub(rb"(?im)^(call-id|i)([ \t]*:[ \t]*)",
                                rb"\1\g<2>" + fresh, data, count=1))
        for _ in range(rng.choice((1, 1, 1, 1, 2, 2, 3, 6))):
            if rng.randrange(4) == 0 and data:
                replace_value(rng, data)
            else:
                bend(rng, data)
        return bytes(data)
