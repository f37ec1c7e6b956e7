"""The messages of RFC 4475 and RFC 5118 as they stand, over UDP and TCP, and
a flood of broken ones: each answered as the RFCs say, nothing delivered that
must not be, and stoxd as good as before."""
import glob
import os
import random
import re
import socket
import unittest

from lib.case import Case
from lib.person import local, text
from lib.phone import Msg, Phone
from lib.scene import until

FOLDER = os.path.join(os.path.dirname(__file__), "..", "torture")
OK, NONE = (200, 202), ()

# What may be answered (RFC 4475 §3, RFC 5118 §4), for a server that knows
# MESSAGE and OPTIONS, is not responsible for the domains in them, and lets
# any peer here say any domain. () is silence, None: either.
ANSWERS = {
    # §3.1.1: valid; of other methods than ours
    "wsinv": (405,), "intmeth": (501, 400), "esc01": (405,),
    "escnull": (405,), "esc02": (501, 400), "lwsdisp": (200, 404),
    "longreq": (405,), "dblreq": (405,), "semiuri": (200, 404),
    "transports": (200, 404), "mpart01": (202, 404, 415, 400),
    "unreason": NONE, "noreason": NONE,
    # §3.1.2: invalid
    "badinv01": (400, 405), "clerr": (400, 405), "ncl": (400,),
    "scalar02": (400,), "scalarlg": NONE, "quotbal": (400, 405),
    "ltgtruri": (400,), "lwsruri": (400,), "lwsstart": (400, 405),
    "trws": (400, 200, 404), "escruri": (400, 405), "baddate": (400, 405),
    "regbadct": (400, 405), "badaspec": (400, 200, 404),
    "baddn": (400, 200, 404), "badvers": (505, 400),
    "mismatch01": (400,), "mismatch02": (400, 501), "bigcode": NONE,
    # §3.2 transaction layer, §3.3 application layer, §3.4 older forms
    "badbranch": (200, 400, 404), "insuf": (400,), "unkscm": (416, 400),
    "novelsc": (416, 400), "unksm2": (405, 400, 416), "bext01": (420,),
    "invut": (405, 415), "regaut01": (405, 401), "multi01": (400,),
    "mcl01": (400,), "bcast": NONE, "zeromf": (200, 404, 483),
    "cparam01": (405,), "cparam02": (405,), "regescrt": (405,),
    "sdp01": (405,), "inv2543": (405, 400),
    # RFC 5118
    "ipv6-good": (405,), "ipv6-bad": (400,), "port-ambiguous": (405,),
    "port-unambiguous": (405,), "via-received-param-with-delim": (405, 200),
    "via-received-param-no-delim": (405, 200, 400), "ipv6-in-sdp": (405,),
    "mult-ip-in-header": (405, 481), "mult-ip-in-sdp": (405,),
    "ipv4-mapped-ipv6": (405,),
    "ipv6-bug-abnf-3-colons": (400, 405, 200),
    "ipv6-correct-abnf-2-colons": (405, 200),
}


def messages():
    for path in sorted(glob.glob(os.path.join(FOLDER, "rfc*", "*.sip"))):
        with open(path, "rb") as f:
            yield os.path.basename(path)[:-4], f.read()


def with_rport(data):
    """The same with rport in its top Via, so that the answer comes here; the
    rest stays as it is."""
    return re.sub(rb"(?im)^((?:via|v)[ \t]*:\s*SIP\s*/\s*2\.0\s*/\s*\w+\s+)"
                  rb"([^\s;,]+)", rb"\1\2;rport", data, count=1)


class Torture(Case):
    PEERS = ('    - addresses: ["127.0.0.0/8"]\n      domains: ["*"]\n')

    def good(self):
        """A good message passes both ways."""
        juliet = self.person()
        self.assertEqual(self.phone.say(self.user_uri, "good").status, 202)
        juliet.expect_message("good")
        juliet.say(self.contact, "good")
        self.phone.expect_message("good")
        self.assertEqual([text(e, "body") for e in juliet.seen
                          if local(e) == "message"], [])

    def final(self, seconds):
        """The status of the next final response, or None."""
        import queue
        while True:
            try:
                msg = self.phone.responses.get(timeout=seconds)
            except queue.Empty:
                return None
            if msg.status != 100:
                return msg.status

    def fence(self):
        """What comes before the answer to this was for what was before."""
        probe = self.phone.message("sip:%s:%d" % self.stox.address, "",
                                   method="OPTIONS", type=None)
        call_id = Msg(probe, None).get("call-id")
        self.phone.send(probe)
        before = []
        while True:
            msg = self.phone.responses.get(timeout=10)
            if msg.get("call-id") == call_id:
                return before
            before.append(msg.status)

    def test_udp(self):
        self.open(peers=self.PEERS, more="limits: {source_per_s: 0}\n")
        seen = set()
        for name, data in messages():
            with self.subTest(name):
                seen.add(name)
                self.phone.send(with_rport(data))
                got = self.fence()
                self.assertLessEqual(len(got), 1)
                want = ANSWERS[name]
                if want == NONE:
                    self.assertEqual(got, [])
                elif got:
                    self.assertIn(got[0], want)
                else:
                    self.assertIn(name, MAY_BE_DROPPED)
        self.assertEqual(seen, set(ANSWERS))
        self.good()

    def test_tcp(self):
        """The same answers; behind a message whose end cannot be told the
        stream is closed, else it goes on."""
        self.open(peers=self.PEERS, more="limits: {source_per_s: 0}\n",
                  sip_more="  tcp: {message_ms: 1500}\n")
        for name, data in messages():
            with self.subTest(name):
                got, goes_on = self.over_tcp(data)
                want = TCP_ANSWERS.get(name, ANSWERS[name])
                self.assertEqual(goes_on, name not in STREAM_ENDS)
                if want == NONE:
                    self.assertEqual(got, [])
                else:
                    self.assertTrue(got, "no answer")
                    for status in got:
                        self.assertIn(status, want)
                self.assertEqual(len(got), 2 if name == "dblreq" else
                                 int(want != NONE))
        self.good()

    def over_tcp(self, data):
        """The statuses for it, and whether an OPTIONS behind it was read."""
        fence = self.phone.message(
            "sip:%s:%d" % self.stox.address, "", method="OPTIONS", type=None,
            transport="TCP")
        call_id = Msg(fence, None).get("call-id")
        seen, pending = [], b""
        with socket.create_connection(self.stox.address, 5) as s:
            s.sendall(data + fence)
            s.settimeout(10)
            while True:
                try:
                    more = s.recv(65536)
                except ConnectionError:
                    more = b""
                pending += more
                while b"\r\n\r\n" in pending:
                    one, _, pending = pending.partition(b"\r\n\r\n")
                    msg = Msg(one, None)
                    if msg.get("call-id") == call_id:
                        return seen, True
                    if msg.status > 100:
                        seen.append(msg.status)
                if not more:
                    return seen, False


# Where a stream cannot be read on: no Content-Length that holds, or more than
# one; text behind a message that is no message.
STREAM_ENDS = {"clerr", "dblreq", "inv2543", "mcl01", "ncl",
               "ipv4-mapped-ipv6", "ipv6-in-sdp", "mult-ip-in-sdp"}
# clerr: the rest of its body is waited for.
TCP_ANSWERS = {"clerr": (), "inv2543": (400,)}

# Too broken to tell where an answer would go, or what it answers.
MAY_BE_DROPPED = {
    "badinv01", "scalar02", "insuf", "badvers", "mismatch01", "multi01",
    "lwsstart", "ncl", "ipv6-bad", "ipv6-bug-abnf-3-colons", "clerr",
    "mult-ip-in-header", "trws",
}


class Flood(Torture):
    """Mutations of good and of torture messages, always the same ones."""
    SEED = 20261122
    test_udp = test_tcp = None

    def mutants(self, count):
        rng = random.Random(self.SEED)
        corpus = [d for _, d in messages()]
        for i in range(6):
            corpus.append(self.phone.message(
                self.user_uri, "hello", call_id="flood%d" % i))
        for _ in range(count):
            data = bytearray(rng.choice(corpus))
            for _ in range(rng.randrange(1, 8)):
                at = rng.randrange(len(data) or 1)
                how = rng.randrange(6)
                if how == 0:
                    data[at:at + 1] = bytes([rng.randrange(256)])
                elif how == 1:
                    del data[at:at + rng.randrange(1, 40)]
                elif how == 2:
                    data[at:at] = rng.choice(
                        [b"\r\n", b"\0", b"%", b"\"", b"<", b";", b"\xff",
                         b"Content-Length: 99999999999\r\n", b" " * 50,
                         b"Via: SIP/2.0/UDP h;branch=z9hG4bKx\r\n",
                         b"x" * 300])
                elif how == 3:
                    piece = data[at:at + rng.randrange(1, 60)]
                    data[at:at] = piece * rng.randrange(1, 5)
                elif how == 4:
                    del data[at:]
                else:
                    line = data.rfind(b"\r\n", 0, at)
                    data[max(line, 0):at] = b"\r\n"
            yield bytes(data)

    def test_datagrams(self):
        self.open(peers=self.PEERS, level="info",
                  more="limits: {source_per_s: 0, sender_per_s: 0}\n")
        rss = self.stox.rss_bytes()
        for i, data in enumerate(self.mutants(4000)):
            if data:
                self.phone.send(data[:60000])
            if i % 200 == 199:
                self.fence()
        self.assertLess(self.stox.rss_bytes() - rss, 64 << 20)
        self.after()

    def test_streams(self):
        self.open(peers=self.PEERS, level="info",
                  more="limits: {source_per_s: 0, sender_per_s: 0}\n")
        rss = self.stox.rss_bytes()
        for data in self.mutants(600):
            with socket.create_connection(self.stox.address, 5) as s:
                try:
                    s.sendall(data)
                except ConnectionError:
                    pass
        self.assertLess(self.stox.rss_bytes() - rss, 64 << 20)
        self.after()

    def test_endless_streams(self):
        """Nothing grows without a limit: header, line, announced body."""
        self.open(peers=self.PEERS, level="info")
        rss = self.stox.rss_bytes()
        head = self.phone.message(self.user_uri, "").partition(
            b"Content-Length")[0]
        for piece in (b"x" * 65536, b"X-Header: y\r\n" * 5000,
                      b"\r\n\r\n" * 10000, b"\0" * 65536,
                      head + b"Content-Length: 4000000000\r\n\r\n",
                      head + b"Content-Length: -1\r\n\r\n",
                      head + b"Content-Length: 99999999999999999999\r\n\r\n"):
            with socket.create_connection(self.stox.address, 5) as s:
                try:
                    for _ in range(100):
                        s.sendall(piece)
                except OSError:
                    pass
        self.assertLess(self.stox.rss_bytes() - rss, 64 << 20)
        self.after()

    def after(self):
        """Some mutants are good messages; then a good one passes."""
        juliet = self.person()
        phone = Phone(self.scene, self.stox.address)
        self.assertEqual(until("it to answer", lambda: phone.say(
            self.user_uri, "good").status), 202)
        juliet.expect_message("good")
        juliet.say(self.contact, "good")
        self.phone.expect_message("good")
        self.assertLess(self.stox.cpu_s(), 20)


if __name__ == "__main__":
    unittest.main()
