"""What the SIP side asks of us and what we ask of it: RFC 3261, 3263, 3428,
8760, and who may speak (reliability.md 1.8, 1.9)."""
import gzip
import hashlib
import re
import secrets
import socket
import threading
import unittest
import zlib

from lib.case import Case
from lib.dns import Dns
from lib.person import text
from lib.phone import Phone
from lib.scene import until

SHORT = "  t1_ms: 50\n  t2_ms: 400\n  timeout_ms: 6000\n"


class Requests(Case):
    """Requests other than a good MESSAGE."""

    def own_uri(self):
        return "sip:127.0.0.1:%d" % self.stox.port

    def test_options(self):
        self.open()
        for uri in (self.own_uri(), self.user_uri):
            got = self.phone.say(uri, "", method="OPTIONS", type=None)
            self.assertEqual(got.status, 200)
            self.assertIn("MESSAGE", got.get("allow"))
            self.assertIn("text/plain", got.get("accept"))
            self.assertIn(";tag=", got.get("to"))

    def test_other_methods(self):
        self.open()
        for method, status in (("INVITE", 405), ("REGISTER", 405),
                               ("SUBSCRIBE", (405, 489)),
                               ("PUBLISH", (405, 489)),
                               ("REFER", 405), ("BYE", (405, 481)),
                               ("CANCEL", 481), ("ODDONE", 501),
                               ("message", 501)):
            with self.subTest(method=method):
                got = self.phone.say(self.user_uri, "", method=method,
                                     type=None)
                self.assertIn(got.status, status if isinstance(status, tuple)
                              else (status,))
                if got.status in (405, 501):
                    self.assertIn("MESSAGE", got.get("allow"))
        self.phone.send(self.phone.message(self.user_uri, "", method="ACK",
                                           type=None))
        self.assertEqual(self.phone.say(self.user_uri, "after").status, 202)
        self.assertTrue(self.phone.responses.empty())

    def test_refusals(self):
        self.open()
        for status, kw in (
                (420, {"extra": "Require: 100rel, odd\r\n"}),
                (416, {"uri": "odd:juliet@xmpp.test"}),
                (403, {"uri": "sips:juliet@xmpp.test"}),
                (403, {"to_uri": "sips:juliet@xmpp.test"}),
                (483, {"max_forwards": 0}),
                (400, {"max_forwards": 300}),
                (415, {"type": "image/png"}),
                (415, {"type": "text/plain; charset=klingon"}),
                (415, {"extra": "Content-Encoding: br\r\n"}),
                (400, {"extra": "Content-Encoding: deflate\r\n"}),
                (403, {"from_uri": "sip:nurse@xmpp.test"}),
                (403, {"from_uri": "sip:romeo@sip.test"}),
                (403, {"from_uri": "sip:romeo@elsewhere.example"}),
                (404, {"uri": "sip:romeo@sip.example"}),
                (404, {"uri": "sip:x@elsewhere.example"})):
            with self.subTest(**kw):
                kw.setdefault("uri", self.user_uri)
                got = self.phone.say(self.user_uri, "x", **kw)
                self.assertEqual(got.status, status)
                if status == 415:
                    self.assertIn("text/plain", got.get("accept"))
                if status == 420:
                    self.assertIn("odd", got.get("unsupported"))

    def test_deflated_body(self):
        """Linphone deflates without asking; a bomb is stopped at the limit."""
        self.open()
        juliet = self.person()
        body = "compressible " * 40 + "fin"
        bare = zlib.compressobj(wbits=-15)
        for name, data in (
                ("deflate", zlib.compress(body.encode())),
                ("gzip", gzip.compress(body.encode())),
                ("deflate", bare.compress(body.encode()) + bare.flush())):
            got = self.phone.say(self.user_uri, data,
                                 extra="Content-Encoding: %s\r\n" % name)
            self.assertEqual(got.status, 202)
            juliet.expect_message(body)
        got = self.phone.say(
            self.user_uri, zlib.compress(gzip.compress(b"twice coded")),
            extra="Content-Encoding: gzip\r\nContent-Encoding: deflate\r\n")
        self.assertEqual(got.status, 202)
        juliet.expect_message("twice coded")
        got = self.phone.say(self.user_uri, zlib.compress(bytes(40 << 20)),
                             extra="e: deflate\r\n", transport="tcp")
        self.assertEqual(got.status, 413)
        got = self.phone.say(self.user_uri, "x",
                             extra="Content-Encoding: zstd\r\n")
        self.assertEqual(got.status, 415)
        self.assertIn("deflate", got.get("accept-encoding"))

    def test_too_large(self):
        self.open(component_more="    message: {body_max_bytes: 1000}\n")
        self.phone.transport = "tcp"
        self.assertEqual(self.phone.say(self.user_uri, "x" * 1001).status, 413)
        # More than any message may be: before it has come.
        self.assertEqual(self.phone.say(self.user_uri, "x" * 70000).status,
                         413)
        # That ends its connection: what follows cannot be told apart.
        self.phone.tcp.close()
        self.phone.tcp = None
        self.assertEqual(self.phone.say(self.user_uri, "x" * 1000).status, 202)

    def test_charsets(self):
        self.open()
        juliet = self.person()
        for charset, body in (
                ("ISO-8859-1", "Grüße, señor"), ("windows-1252", "“€” – œuvre"),
                ("UTF-16", "жук 😀"), ("utf-16be", "жук 😀"),
                ("UTF-16LE", "жук 😀"), ("us-ascii", "plain"),
                ("\"UTF-8\"", "quoted 中")):
            with self.subTest(charset=charset):
                got = self.phone.say(
                    self.user_uri, body.encode(charset.strip('"')),
                    type="text/plain;charset=" + charset)
                self.assertEqual(got.status, 202)
                juliet.expect_message(body)
        got = self.phone.say(self.user_uri, b"bad \xff\xfe bytes")
        self.assertIn(got.status, (202, 400, 415))
        got = self.phone.say(self.user_uri, b"c\x00ntr\x01l \xef\xbf\xbe")
        self.assertEqual(got.status, 202)
        el = juliet.expect("it", lambda e: (text(e, "body") or "").startswith(
            "c"))
        self.assertEqual(text(el, "body"), "c\ufffdntr\ufffdl \ufffd")

    def test_multipart(self):
        self.open()
        juliet = self.person()
        got = self.phone.say(
            self.user_uri, "--b\r\nContent-Type: text/html\r\n\r\n<b>h</b>"
            "\r\n--b\r\nContent-Type: text/plain\r\n\r\nthe plain one\r\n"
            "--b--\r\n", type="multipart/alternative;boundary=b")
        self.assertEqual(got.status, 202)
        juliet.expect_message("the plain one")

    def test_compact_and_odd_forms(self):
        """rakia's compact headers without Max-Forwards, libpurple's Via with
        a foreign address, folding, no rport."""
        self.open()
        juliet = self.person()
        branch = "z9hG4bK" + secrets.token_hex(6)
        self.phone.send((
            "MESSAGE %s SIP/2.0\r\nv:SIP/2.0/UDP 192.0.2.77:4;rport;branch=%s"
            "\r\nf:<%s>;tag=1;epid=2\r\nt:%s\r\ni:compact\r\nCSeq:1001080071 "
            "MESSAGE\r\nc:text/plain;\r\n charset=utf-8\r\nl:7\r\n\r\ncompact"
            % (self.user_uri, branch, self.phone.uri, self.user_uri)).encode())
        got = self.phone.responses.get(timeout=5)
        self.assertEqual(got.status, 202)
        self.assertIn("received=127.0.0.1", got.get("via"))
        self.assertIn("rport=%d" % self.phone.port, got.get("via"))
        juliet.expect_message("compact")
        # libpurple gives no rport but listens at the port of its Via.
        data = self.phone.message(self.user_uri, "no rport").replace(
            b";rport", b"")
        self.assertEqual(self.phone.ask(data).status, 202)
        # Linphone sends no Content-Length over UDP.
        data = re.sub(rb"Content-Length: \d+\r\n", b"",
                      self.phone.message(self.user_uri, "no length"))
        self.assertEqual(self.phone.ask(data).status, 202)
        juliet.expect_message("no length")

    def test_route_of_strangers_is_not_followed(self):
        self.open()
        juliet = self.person()
        other = Phone(self.scene, None)
        got = self.phone.say(self.user_uri, "routed", extra="Route: "
                             "<sip:%s;lr>\r\n" % other.address)
        self.assertEqual(got.status, 202)
        juliet.expect_message("routed")
        self.assertTrue(other.requests.empty())

    def test_keepalive(self):
        self.open()
        self.phone.udp.sendto(b"\r\n\r\n", self.stox.address)
        self.phone.transport = "tcp"
        self.phone.send(b"\r\n\r\n" + self.phone.message(self.user_uri, "k"))
        self.assertEqual(self.phone.responses.get(timeout=5).status, 202)


class Strangers(Case):
    PEERS = '    - addresses: ["127.0.0.1"]\n'

    def try_from(self, host, timeout):
        stranger = Phone(self.scene, self.stox.address, host=host)
        return stranger.ask(stranger.message(self.user_uri, "let me in"),
                            timeout=timeout)

    def test_refused(self):
        self.open(peers=self.PEERS)
        juliet = self.person()
        self.assertEqual(self.try_from("127.0.0.2", 5).status, 403)
        stranger = Phone(self.scene, self.stox.address, host="127.0.0.2",
                         transport="tcp")
        stranger.tcp = socket.create_connection(
            self.stox.address, 5, source_address=("127.0.0.2", 0))
        stranger.tcp.sendall(stranger.message(self.user_uri, "tcp"))
        data = stranger.tcp.recv(4096)
        self.assertIn(b" 403 ", data)
        self.assertEqual(self.try_from("127.0.0.1", 5).status, 202)
        juliet.expect_message("let me in")

    def test_silence(self):
        self.open(peers=self.PEERS, sip_more="  strangers: silent\n")
        with self.assertRaises(AssertionError):
            self.try_from("127.0.0.2", 1)
        self.assertEqual(self.try_from("127.0.0.1", 5).status, 202)

    def test_domains_of_a_peer(self):
        self.open(peers='    - addresses: ["127.0.0.1"]\n'
                        '      domains: ["*.example", "example"]\n'
                        '    - addresses: ["127.0.0.2"]\n'
                        '      domains: ["other.example"]\n')
        self.assertEqual(self.try_from("127.0.0.2", 5).status, 403)
        self.assertEqual(self.try_from("127.0.0.1", 5).status, 202)


def digest(name, text):
    return hashlib.new(name, text.encode()).hexdigest()


class Guard:
    """A phone that serves only who answers its challenge."""

    def __init__(self, phone, status=401, algorithm="MD5", qop=True,
                 user="stox", password="sesame", offers=None):
        self.phone, self.status = phone, status
        self.hash = "sha256" if "SHA-256" in algorithm else "md5"
        self.algorithm, self.qop = algorithm, qop
        self.user, self.password = user, password
        self.offers = offers
        self.nonce = secrets.token_hex(8)
        self.challenges = self.accepted = 0
        self.counts = []
        self.stale_next = False
        phone.on_request = self.check

    def check(self, msg):
        name = "authorization" if self.status == 401 else \
            "proxy-authorization"
        value = msg.get(name)
        if value and not self.stale_next and self.is_right(msg, value):
            self.accepted += 1
            return 200
        self.challenges += 1
        more = ""
        if self.stale_next:
            self.stale_next = False
            self.nonce = secrets.token_hex(8)
            more = ", stale=true"
        header = "WWW-Authenticate" if self.status == 401 else \
            "Proxy-Authenticate"
        offers = self.offers or [self.algorithm]
        return self.status, "".join(
            '%s: Digest realm="sip.example", nonce="%s", opaque="op", '
            'algorithm=%s%s%s\r\n' % (
                header, self.nonce, a,
                ', qop="auth,auth-int"' if self.qop else "", more)
            for a in offers)

    def is_right(self, msg, value):
        f = {k.lower(): v.strip('"') for k, v in re.findall(
            r'(\w+)=("(?:[^"\\]|\\.)*"|[^,\s]+)', value)}
        ha1 = digest(self.hash, "%s:sip.example:%s" % (self.user,
                                                       self.password))
        ha2 = digest(self.hash, "%s:%s" % (msg.method, f.get("uri")))
        if self.qop:
            self.counts.append(f.get("nc"))
            want = ":".join((ha1, self.nonce, f.get("nc", ""),
                             f.get("cnonce", ""), "auth", ha2))
        else:
            want = ":".join((ha1, self.nonce, ha2))
        return (f.get("response") == digest(self.hash, want) and
                f.get("username") == self.user and
                f.get("opaque") == "op" and
                f.get("uri") == msg.line.split()[1] and
                f.get("algorithm", "MD5") == self.algorithm)


class Digest(Case):
    ACCOUNT = "  account: {username: stox, password: sesame}\n"

    def through(self, *guard, **kw):
        self.open(sip_more=self.ACCOUNT)
        g = Guard(self.phone, *guard, **kw)
        juliet = self.person()
        for i in range(3):
            juliet.say(self.contact, "d%d" % i)
        until("three through", lambda: g.accepted == 3)
        self.assertEqual(g.challenges, 1)
        return g, juliet

    def test_md5_401(self):
        g, _ = self.through()
        self.assertEqual(g.counts, ["00000001", "00000002", "00000003"])

    def test_md5_407(self):
        self.through(407)

    def test_sha256(self):
        self.through(401, "SHA-256")

    def test_sha256_407(self):
        self.through(407, "SHA-256")

    def test_without_qop(self):
        self.through(401, "MD5", False)

    def test_the_stronger_of_two(self):
        """RFC 8760: the topmost that we know."""
        self.through(401, "SHA-256", offers=["SHA-256", "MD5"])

    def test_stale(self):
        g, juliet = self.through()
        g.stale_next = True
        juliet.say(self.contact, "d3")
        until("through", lambda: g.accepted == 4)
        self.assertEqual(g.challenges, 2)

    def test_cseq_grows(self):
        """RFC 3261 §22.2: same Call-ID and From tag, CSeq one higher."""
        self.open(sip_more=self.ACCOUNT)
        Guard(self.phone)
        self.person().say(self.contact, "x")
        first, second = self.phone.expect("one"), self.phone.expect("two")
        self.assertEqual(first.get("call-id"), second.get("call-id"))
        self.assertEqual(first.get("from"), second.get("from"))
        self.assertEqual(int(first.get("cseq").split()[0]) + 1,
                         int(second.get("cseq").split()[0]))
        self.assertNotEqual(first.get("via"), second.get("via"))

    def test_wrong_password(self):
        self.open(sip_more=self.ACCOUNT.replace("sesame", "wrong"))
        g = Guard(self.phone)
        juliet = self.person()
        juliet.say(self.contact, "x", id="w")
        juliet.expect_error("w", "not-authorized")
        self.assertLessEqual(g.challenges, 3)

    def test_another_realm(self):
        self.open(sip_more=self.ACCOUNT.replace("}", ", realm: elsewhere}"))
        g = Guard(self.phone)
        juliet = self.person()
        juliet.say(self.contact, "x", id="r")
        juliet.expect_error("r", "not-authorized")
        self.assertEqual(g.challenges, 1)


class Targets(Case):
    """Where requests go: RFC 3263, redirects, the MTU rule."""

    def zone(self, first, second):
        return Dns(self.scene, {
            ("sip.example", "NAPTR"): [
                (10, 10, "s", "SIP+D2U", "_sip._udp.sip.example")],
            ("_sip._udp.sip.example", "SRV"): [
                (10, 0, first, "a.sip.example"),
                (20, 0, second, "b.sip.example")],
            ("_sip._tcp.sip.example", "SRV"): [
                (10, 0, first, "a.sip.example")],
            ("a.sip.example", "A"): ["127.0.0.1"],
            ("b.sip.example", "A"): ["127.0.0.1"]})

    def pair(self, **kw):
        a, b = Phone(self.scene, None, **kw), Phone(self.scene, None, **kw)
        dns = self.zone(a.port, b.port)
        self.open(phone=False, sip_more=dns.option + SHORT)
        return a, b, dns

    def test_first_target(self):
        a, b, dns = self.pair()
        juliet = self.person()
        juliet.say(self.contact, "one")
        a.expect_message("one")
        self.assertTrue(b.requests.empty())
        self.assertTrue(dns.asked["sip.example", "NAPTR"])

    def test_over_to_the_next_when_silent(self):
        a, b, _ = self.pair()
        a.on_request = lambda m: None
        juliet = self.person()
        juliet.say(self.contact, "one")
        b.expect_message("one")
        # The second message does not wait for the dead one again.
        while not a.requests.empty():
            a.requests.get()
        juliet.say(self.contact, "two")
        b.expect_message("two", 1)

    def test_over_to_the_next_at_503(self):
        a, b, _ = self.pair(answer=200)
        a.on_request = lambda m: 503
        self.person().say(self.contact, "one")
        b.expect_message("one")

    def test_over_to_the_next_when_refused(self):
        a, b, _ = self.pair()
        a.close()
        self.person().say(self.contact, "one")
        b.expect_message("one")

    def test_a_404_is_final(self):
        a, b, _ = self.pair()
        a.on_request = lambda m: 404
        juliet = self.person()
        juliet.say(self.contact, "one", id="i")
        juliet.expect_error("i", "item-not-found")
        self.assertTrue(b.requests.empty())

    def test_proxy_restarts(self):
        """Within Timer F nothing is lost."""
        self.open(sip_more=SHORT)
        port = self.phone.port
        self.phone.close()
        juliet = self.person()
        juliet.say(self.contact, "wait", id="w")
        self.stox.wait_log(" to_sip ")
        phone = Phone(self.scene, self.stox.address, port=port)
        phone.expect_message("wait")
        self.stox.wait_log("to_sip_done")
        self.assertEqual([e for e in juliet.seen if e.get("id") == "w"], [])

    def test_tcp_proxy_restarts(self):
        phone = Phone(self.scene, None, transport="tcp")
        self.open(phone=False, proxy=phone.address + ";transport=tcp",
                  sip_more=SHORT)
        juliet = self.person()
        juliet.say(self.contact, "one")
        phone.expect_message("one")
        phone.close()
        juliet.say(self.contact, "two")
        phone = Phone(self.scene, self.stox.address, port=phone.port,
                      transport="tcp")
        phone.expect_message("two")

    def test_cut_each_time(self):
        """Whoever reads a MESSAGE and cuts the connection gets it three
        times, and its sender one error."""
        server = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(server.close)
        got = []

        def serve():
            while True:
                try:
                    conn = server.accept()[0]
                except OSError:
                    return
                with conn:
                    if b"MESSAGE sip:" in conn.recv(65536):
                        got.append(1)
        threading.Thread(target=serve, daemon=True).start()
        self.open(phone=False, sip_more=SHORT,
                  proxy="127.0.0.1:%d;transport=tcp" % server.getsockname()[1])
        juliet = self.person()
        juliet.say(self.contact, "cut", id="c")
        juliet.expect_error("c", "remote-server-timeout")
        self.assertEqual(len(got), 3)

    def test_redirect(self):
        a, other, _ = self.pair()
        a.on_request = lambda m: (
            302, "Contact: <sip:mobile@%s>\r\n" % other.address)
        juliet = self.person()
        juliet.say(self.contact, "moved", id="m")
        got = other.expect_message("moved")
        self.assertEqual(got.line.split()[1], "sip:mobile@" + other.address)
        self.stox.wait_log("to_sip_done")
        self.assertEqual([e for e in juliet.seen if e.get("id") == "m"], [])

    def test_redirect_by_the_proxy(self):
        """The new address, the same next hop."""
        self.open()
        self.phone.on_request = lambda m: 200 if "mobile" in m.line else (
            302, "Contact: <sip:mobile@192.0.2.1>\r\n")
        juliet = self.person()
        juliet.say(self.contact, "moved", id="m")
        self.phone.expect("it again", lambda m: m.line.split()[1] ==
                          "sip:mobile@192.0.2.1")
        self.stox.wait_log("to_sip_done")
        self.assertEqual([e for e in juliet.seen if e.get("id") == "m"], [])

    def test_redirect_in_a_circle(self):
        self.open()
        self.phone.on_request = lambda m: (
            302, "Contact: <sip:again@%s>\r\n" % self.phone.address)
        juliet = self.person()
        juliet.say(self.contact, "round", id="m")
        juliet.expect_error("m", "redirect")
        self.assertLess(self.phone.requests.qsize(), 10)

    def test_long_goes_by_tcp(self):
        self.open()
        juliet = self.person()
        for size in (800, 1100, 1300, 5000, 60000):
            juliet.say(self.contact, "x" * size)
            got = self.phone.expect_message("x" * size)
            self.assertIn("/TCP" if len(got.data) > 1300 else "/UDP",
                          got.get("via"))

    def test_long_without_tcp(self):
        self.open(sip_more=SHORT)
        self.phone.stop_listening()
        juliet = self.person()
        juliet.say(self.contact, "x" * 5000, id="l")
        juliet.expect_error("l", "policy-violation")
        juliet.say(self.contact, "short")
        self.phone.expect_message("short")


if __name__ == "__main__":
    unittest.main()
