"""Who may send to us, and as whom: peers by address and by certificate, users
by digest, strangers; no relay, no loop, no amplification."""
import os
import socket
import time
import unittest
from hashlib import md5

from lib.baresip import Baresip
from lib.case import FakeCase
from lib.digest import authorization, parse
from lib.phone import Phone
from lib.scene import can_connect, free_port, until
from lib.tls import Authority, TlsPhone

# Nothing on this machine is a peer by its address.
NOWHERE = """
    - addresses: [192.0.2.1]
"""
ONE = """
    - tls_names: [sip.example]
"""
TWO = """
    - tls_names: [sip.example]
      domains: [sip.example]
    - tls_names: [other.example]
      domains: [other.example]
"""
TRUNK = """
    - tls_names: [sip.example]
      domains: [sip.example]
      tls_ca_file: %s
    - tls_names: [other.example]
      domains: [other.example]
"""
SILENT_PEER = """
    - addresses: [127.0.0.0/8]
      domains: [sip.example]
      asserts: false
"""
ANYBODY = """
    - addresses: [127.0.0.0/8]
      domains: ["*"]
"""
MD5_USER = """
  md5: true
  users:
    - { uri: "sip:romeo@sip.example", ha1_md5: %s }
"""
USERS = """
  users:
    - { uri: "sip:romeo@sip.example", password: wherefore }
    - { uri: "sip:tybalt@sip.example", username: prince, password: cats }
"""


class Frame(FakeCase):  # no scenario
    def delivered(self, body):
        return body in self.link.bodies()

    def never(self, body):
        """Nothing of it has come through, and what is sent now does not
        overtake it."""
        time.sleep(0.3)
        self.assertFalse(self.delivered(body))


class Certificates(Frame):
    """Peers that are known by TLS, RFC 5922."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ca = Authority(cls.scene)
        cls.trunk_ca = Authority(cls.scene, "trunk")
        cls.gateway = cls.ca.issue("gateway", "DNS:xmpp.test,IP:127.0.0.1")

    def open_tls(self, peers, more=""):
        port = free_port()
        self.open(phone=False, listens=["tls:127.0.0.1:%d" % port],
                  peers=peers, sip_more="  tls:\n    certificate_file: %s\n"
                  "    key_file: %s\n    ca_file: %s\n%s" % (
                      self.gateway.pem, self.gateway.key, self.ca.pem, more))
        self.tls_address = ("127.0.0.1", port)
        until("stoxd to listen", lambda: can_connect(port))

    def ask(self, identity, body, **kw):
        phone = TlsPhone(self.scene, self.tls_address, identity)
        answer = phone.say(self.user_uri, body, **kw).status
        phone.close()
        self.assertEqual(self.delivered(body), answer == 202)
        return answer

    def test_names(self):
        self.open_tls(TWO)
        issue = self.ca.issue
        for san, sender, status in (
                ("DNS:sip.example", "sip:a@sip.example", 202),
                ("DNS:x.example,URI:sip:sip.example", "sip:a@sip.example",
                 202),
                # A DNS name beside a sip name does not count.
                ("DNS:sip.example,URI:sip:x.example", "sip:a@sip.example",
                 403),
                ("URI:sip:a@sip.example", "sip:a@sip.example", 403),
                ("DNS:*.example", "sip:a@sip.example", 403),
                ("DNS:other.example", "sip:a@sip.example", 403),
                ("DNS:sip.example", "sip:juliet@xmpp.test", 403)):
            with self.subTest(san=san, sender=sender):
                body = "m-%d" % time.monotonic_ns()
                self.assertEqual(self.ask(issue("x", san), body,
                                          from_uri=sender), status)
        # Without a certificate: a stranger, and so over UDP and TCP.
        self.assertEqual(self.ask(None, "none"), 403)
        for transport in ("udp", "tcp"):
            phone = Phone(self.scene, self.stox.address, transport=transport)
            self.assertEqual(phone.say(self.user_uri, transport).status, 403)
            self.never(transport)

    def test_certificates_that_are_no_good(self):
        self.open_tls(ONE)
        for identity in (self.trunk_ca.issue("a", "DNS:sip.example"),
                         self.ca.issue("b", "DNS:sip.example", days=-1)):
            with self.assertRaises(AssertionError):
                phone = TlsPhone(self.scene, self.tls_address, identity)
                try:
                    phone.say(self.user_uri, "bad", timeout=2)
                except OSError as e:
                    raise AssertionError from e
            self.never("bad")
        self.assertTrue(self.stox.has_log("tls_failed"))

    def test_require(self):
        self.open_tls(ONE, more="    clients: require\n")
        with self.assertRaises(AssertionError):
            phone = TlsPhone(self.scene, self.tls_address, None)
            try:
                phone.say(self.user_uri, "bare", timeout=2)
            except OSError as e:
                raise AssertionError from e
        self.never("bare")
        self.assertEqual(self.ask(self.ca.issue("c", "DNS:sip.example"), "ok"),
                         202)

    def test_authority_of_one_peer(self):
        # The trunk's authority must not speak for anybody else.
        self.open_tls(TRUNK % self.trunk_ca.pem)
        for ca, san, sender, status in (
                (self.trunk_ca, "DNS:sip.example", "sip:a@sip.example", 202),
                (self.ca, "DNS:sip.example", "sip:a@sip.example", 403),
                (self.trunk_ca, "DNS:other.example", "sip:a@other.example",
                 403),
                (self.trunk_ca, "DNS:sip.example", "sip:a@other.example",
                 403)):
            with self.subTest(san=san, sender=sender):
                body = "m-%d" % time.monotonic_ns()
                self.assertEqual(self.ask(ca.issue("y", san), body,
                                          from_uri=sender), status)


class Asserted(Frame):
    """P-Asserted-Identity, RFC 3325."""

    def ask(self, body, **kw):
        answer = self.phone.say(self.user_uri, body, **kw)
        sender = None
        if answer.status == 202:
            sender = self.link.expect(
                b"<message [^>]*from='([^']*)'[^>]*>(?:(?!</message>).)*"
                + body.encode()).group(1).decode()
        return answer.status, sender

    def test_of_a_peer(self):
        self.open()
        extra = "P-Asserted-Identity: <sip:mercutio@sip.example>\r\n"
        self.assertEqual(self.ask("one", extra=extra),
                         (202, "mercutio@sip.test"))
        # Not beyond its domains, and never one of ours.
        for uri in ("sip:x@other.example", "sip:juliet@xmpp.test"):
            extra = "P-Asserted-Identity: <%s>\r\n" % uri
            self.assertEqual(self.ask("two", extra=extra), (403, None))
        self.never("two")

    def test_where_it_does_not_count(self):
        self.open(peers=SILENT_PEER)
        extra = "P-Asserted-Identity: <sip:mercutio@sip.example>\r\n"
        self.assertEqual(self.ask("one", extra=extra),
                         (202, "romeo@sip.test"))


class Users(Frame):
    def open_users(self, more="", **kw):
        self.open(peers=NOWHERE, sip_more=USERS + more, **kw)

    def challenged(self, phone=None, **kw):
        phone = phone or self.phone
        data = phone.message(self.user_uri, "challenge me", **kw)
        answer = phone.ask(data)
        self.assertEqual(answer.status, 401)
        return answer

    def say(self, body, challenge, username="romeo", password="wherefore",
            phone=None, nc=1, auth=None, **kw):
        phone = phone or self.phone
        extra = authorization(challenge, "MESSAGE", self.user_uri, username,
                              password, nc, **(auth or {}))
        return phone.say(self.user_uri, body, extra=extra, **kw)

    def test_sha256(self):
        for transport in ("udp", "tcp"):
            self.open_users()
            phone = Phone(self.scene, self.stox.address, transport=transport)
            got = self.challenged(phone).all("www-authenticate")
            self.assertEqual(len(got), 1)
            c = parse(got[0])
            self.assertEqual((c["realm"], c["algorithm"], c["qop"]),
                             ("sip.example", "SHA-256", "auth"))
            self.assertNotIn("stale", c)
            self.never("challenge me")
            answer = self.say("one", got[0], phone=phone)
            self.assertEqual(answer.status, 202)
            self.link.expect_message("one")
            # The same nonce, counted on, also out of order.
            for nc in (2, 4, 3):
                answer = self.say("nc%d" % nc, got[0], phone=phone, nc=nc)
                self.assertEqual(answer.status, 202)
            self.stox.stop()
            self.setUp()

    def test_md5_only_where_allowed(self):
        self.open_users()
        got = self.challenged().get("www-authenticate")
        answer = self.say("no", got.replace("SHA-256", "MD5"))
        self.assertEqual(answer.status, 401)
        self.never("no")
        self.stox.stop()
        self.setUp()
        self.open_users("  md5: true\n")
        # Room for both in the answer.
        got = self.challenged(extra="User-Agent: %s\r\n" % ("x" * 300)).all(
            "www-authenticate")
        self.assertEqual([parse(x)["algorithm"] for x in got],
                         ["SHA-256", "MD5"])
        for one in got:
            body = parse(one)["algorithm"]
            self.assertEqual(self.say(body, one, nc=len(body)).status, 202)
            self.link.expect_message(body)

    def test_without_qop(self):
        """A phone of RFC 2069 is never let in, and the log says why, once."""
        self.open_users()
        for _ in range(3):
            got = self.challenged().get("www-authenticate")
            answer = self.say("no qop", got, auth={"qop": None, "nc": None,
                                                   "cnonce": None,
                                                   "response": "0" * 64})
            self.assertEqual(answer.status, 401)
        self.never("no qop")
        lines = [x for x in self.stox.log().splitlines()
                 if "sip_digest_useless" in x]
        self.assertEqual(len(lines), 1)
        self.assertIn("address=127.0.0.1", lines[0])
        self.assertIn("RFC 2069", lines[0])

    def test_only_as_himself(self):
        self.open_users()
        got = self.challenged().get("www-authenticate")
        for kw in ({"username": "prince", "password": "cats"},
                   {"from_uri": "sip:tybalt@sip.example"},
                   {"from_uri": "sip:Romeo@sip.example"},
                   {"password": "wrong"}, {"username": "nobody"},
                   {"auth": {"uri": "sip:other@xmpp.test"}, "status": 400}):
            with self.subTest(kw):
                status = kw.pop("status", 403)
                answer = self.say("not he", got, **kw)
                self.assertEqual(answer.status, status)
                self.assertIsNone(answer.get("www-authenticate"))
        self.never("not he")
        line = [x for x in self.stox.log().splitlines()
                if "sip_user_refused" in x][0]
        self.assertIn("address=127.0.0.1", line)
        # What he asserts is nothing.
        extra = ("P-Asserted-Identity: <sip:tybalt@sip.example>\r\n" +
                 authorization(got, "MESSAGE", self.user_uri, "romeo",
                               "wherefore", 1))
        self.assertEqual(self.phone.say(self.user_uri, "he", extra=extra)
                         .status, 202)
        m = self.link.expect_message("he")
        self.assertIn(b"from='romeo@sip.test'", m[2])

    def test_other_domains_are_strangers(self):
        self.open_users()
        for sender in ("sip:a@other.example", "sip:juliet@xmpp.test"):
            answer = self.phone.say(self.user_uri, "x", from_uri=sender)
            self.assertEqual(answer.status, 403)
            self.assertIsNone(answer.get("www-authenticate"))

    def test_replay(self):
        self.open_users()
        got = self.challenged().get("www-authenticate")
        extra = authorization(got, "MESSAGE", self.user_uri, "romeo",
                              "wherefore", 1)
        data = self.phone.message(self.user_uri, "once", extra=extra)
        self.assertEqual(self.phone.ask(data).status, 202)
        # A copy gets the same answer and is not delivered again.
        self.assertEqual(self.phone.ask(data).status, 202)
        # What was overheard does not carry another message.
        answer = self.phone.say(self.user_uri, "twice", extra=extra)
        self.assertEqual(answer.status, 401)
        self.assertEqual(parse(answer.get("www-authenticate"))["stale"],
                         "true")
        self.never("twice")
        self.assertEqual(self.link.bodies().count("once"), 1)

    def test_nonces(self):
        self.open_users("  nonce_s: 10\n")
        got = self.challenged().get("www-authenticate")
        c = parse(got)
        forged = got.replace(c["nonce"], "0" * len(c["nonce"]))
        answer = self.say("x", forged)
        self.assertEqual(answer.status, 401)
        self.assertEqual(parse(answer.get("www-authenticate"))["stale"],
                         "true")
        answer = self.say("x", forged, password="wrong")
        self.assertEqual(answer.status, 401)
        self.assertNotIn("stale", parse(answer.get("www-authenticate")))
        # Another's nonce is of no use: it is bound to the address.
        other = Phone(self.scene, self.stox.address, host="127.0.0.2")
        answer = self.say("x", got, phone=other)
        self.assertEqual(answer.status, 401)
        time.sleep(11)
        answer = self.say("x", got)
        self.assertEqual(answer.status, 401)
        self.assertEqual(parse(answer.get("www-authenticate"))["stale"],
                         "true")
        self.never("x")
        self.assertEqual(self.say("y", answer.get("www-authenticate")).status,
                         202)

    def test_malformed(self):
        self.open_users()
        got = self.challenged().get("www-authenticate")
        good = authorization(got, "MESSAGE", self.user_uri, "romeo",
                             "wherefore", 1)
        for extra in (good.replace("Digest", "Basic"),
                      good.replace("qop=auth", "qop=auth-int"),
                      good.replace(", qop=auth", ""),
                      good.replace("nc=00000001", "nc=x"),
                      good.replace("nc=00000001", "nc=00000000"),
                      good.replace('realm="', 'realm="x'),
                      "Authorization: Digest\r\n", "Authorization: \r\n",
                      "Authorization: Digest username=\"romeo\r\n",
                      "Authorization: Digest %s\r\n" % ("a=b," * 500)):
            with self.subTest(extra[:80]):
                answer = self.phone.say(self.user_uri, "odd", extra=extra)
                self.assertIn(answer.status, (400, 401, 403))
        self.never("odd")

    def test_silent(self):
        self.open_users("  strangers: silent\n")
        self.phone.send(self.phone.message(
            self.user_uri, "x", from_uri="sip:a@other.example"))
        got = self.challenged().get("www-authenticate")
        self.assertEqual(self.say("y", got).status, 202)

    def test_what_is_not_challenged(self):
        self.open_users()
        for method in ("ACK", "CANCEL"):
            self.phone.send(self.phone.message(self.user_uri, "",
                                               method=method, type=None))
        self.assertEqual(self.challenged().status, 401)
        self.assertEqual(self.phone.responses.qsize(), 0)
        answer = self.phone.ask(self.phone.message(
            self.user_uri, "", method="OPTIONS", type=None,
            extra="User-Agent: %s\r\n" % ("x" * 100)))
        self.assertEqual(answer.status, 401)


class Clients(Frame):
    """A real phone answers the challenge; baresip 1.0 knows MD5 alone, and
    gives up where SHA-256 is offered beside it."""

    def test_baresip(self):
        self.open(peers=NOWHERE, phone=False, sip_more=MD5_USER % md5(
            b"romeo:sip.example:x").hexdigest())
        phone = Baresip(self.scene, "127.0.0.1:%d" % self.stox.port,
                        self.user_uri)
        for words in ("Hello", "again", "and again"):
            phone.send(words)
            self.link.expect_message(words)

    def test_baresip_with_another_password(self):
        self.open(peers=NOWHERE, phone=False, sip_more=MD5_USER % md5(
            b"romeo:sip.example:y").hexdigest())
        phone = Baresip(self.scene, "127.0.0.1:%d" % self.stox.port,
                        self.user_uri)
        phone.send("Hello")
        self.stox.wait_log("sip_user_refused")
        self.never("Hello")


class Amplification(Frame):
    """P18: an address that has proved nothing gets no more than it sent."""

    def receive(self, data):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.bind(("127.0.0.1", 0))
            s.settimeout(0.3)
            s.sendto(data, self.stox.address)
            got = []
            try:
                while True:
                    got.append(len(s.recv(65536)))
            except OSError:
                pass
            return got

    def requests(self):
        phone = Phone(self.scene, self.stox.address)
        yield b"OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/UDP h\r\n\r\n"
        for sender in ("sip:romeo@sip.example", "sip:a@b"):
            for extra in ("", "User-Agent: %s\r\n" % ("x" * 150),
                          "Require: a\r\n", "Max-Forwards: x\r\n"):
                for method in ("MESSAGE", "OPTIONS", "SUBSCRIBE", "INVITE",
                               "REGISTER", "ODD"):
                    yield phone.message(self.user_uri, "", method=method,
                                        from_uri=sender, type=None,
                                        extra=extra)
        yield phone.message(self.user_uri, "x", type="image/png")
        small = phone.message("sip:x@xmpp.test", "", type=None, tag="1",
                              from_uri="sip:romeo@sip.example", call_id="1",
                              branch="z9hG4bK1")
        yield small
        yield small.replace(b";rport", b"")
        yield small.replace(b"Via: ", b"v:").replace(b"From: ", b"f:") \
            .replace(b"To: ", b"t:").replace(b"Call-ID: ", b"i:") \
            .replace(b"Max-Forwards: 70\r\n", b"") \
            .replace(b"Content-Length: 0\r\n", b"")

    def check(self, sip_more):
        self.open(peers=NOWHERE, sip_more=sip_more, level="info",
                  phone=False)
        answered = 0
        for data in self.requests():
            got = sum(self.receive(data))
            answered += got > 0
            self.assertLessEqual(got, len(data), data)
        return answered

    def test_strangers(self):
        self.assertGreater(self.check(""), 10)

    def test_users(self):
        self.assertGreater(self.check("  md5: true\n" + USERS), 10)

    def test_peers(self):
        """A listed address is answered in full: once, and that is not much
        (docs/security.md has these figures)."""
        self.open(phone=False)
        for data in self.requests():
            got = self.receive(data)
            self.assertLessEqual(len(got), 1, data)
            most = 1.5
            if data.startswith(b"OPTIONS") or b"image/png" in data:
                most = 2.5
            if len(data) > 150:
                self.assertLessEqual(sum(got), most * len(data), data)


OWN_NAMES = """
log: {{level: debug}}
components:
  - domain: {component}
    server: {server}
    host: 127.0.0.1
    port: {port}
    secret: {secret}
    contacts: escaped
    users: escaped
    user_host: gw.test
    xmpp_domains: [{server}, "b\u00fccher.test"]
sip:
  listen: ["udp:127.0.0.1:{sip}"]
  outbound_proxy: "sip:{proxy}"
  peers: [{{addresses: [127.0.0.0/8], domains: ["*"]}}]
store: {{path: "{store}"}}
"""


class Wide(Frame):  # no scenario
    def open_wide(self):
        server, port = self.server, free_port()
        store = os.path.join(self.scene.dir, "own.db")
        self.open(port=port, text=OWN_NAMES.format(
            component=server.component, server=server.domain, store=store,
            port=server.component_port, secret=server.secret, sip=port,
            proxy="127.0.0.1:%d" % free_port()))
        self.phone.gateway = self.stox.address


class OwnNames(Wide):
    """Nobody on the SIP side is one of our users, however he writes it."""

    def test_every_spelling(self):
        self.open_wide()
        user = "sip:juliet%40" + self.server.domain + "@gw.test"
        self.assertEqual(self.phone.say(user, "heard").status, 202)
        self.link.expect(b"<body>heard</body>")
        # And his host in any of its spellings is that user.
        for host in ("GW.Test", "gw.test.", "gw.test:5060", "gw.test.:5099"):
            with self.subTest(to=host):
                to = user.replace("gw.test", host)
                self.assertEqual(self.phone.say(to, "to " + host).status, 202)
                self.link.expect(b"<body>to " + host.encode() + b"</body>")
        for host in ("xmpp.test", "XMPP.Test", "xmpp.test.", "xmpp.test:5061",
                     "xmpp.test.:5060", "xmpp.test;transport=tcp", "gw.test",
                     "GW.TEST.", "sip.test", "sip.test.",
                     "xn--bcher-kva.test", "XN--Bcher-KVA.TEST",
                     "xn--bcher-kva.test."):
            for scheme in ("sip", "sips", "im", "pres"):
                with self.subTest(host=host, scheme=scheme):
                    sender = "%s:paris@%s" % (scheme, host)
                    got = self.phone.say(user, "mask", from_uri=sender)
                    self.assertEqual(got.status, 403)
                    got = self.phone.say(
                        user, "mask", extra="P-Asserted-Identity: <%s>\r\n"
                        % sender)
                    self.assertIn(got.status, (403,) if scheme == "sip"
                                  else (403, 202))
        # No host at all: 400.
        for host in ("xmpp%2etest", "xmpp.test..", ".xmpp.test", "xmpp..test",
                     "xmpp.test%00", "[xmpp.test]", "b\u00fccher.test"):
            with self.subTest(host=host):
                got = self.phone.say(user, "mask",
                                     from_uri="sip:paris@" + host)
                self.assertEqual(got.status, 400)
        self.assertNotIn(b"paris", self.link.data)


class Circles(Wide):
    """Another gateway leads back to us, and drops the thread on the way, or
    the first leg here is from SIP to XMPP."""

    def test_thread_is_dropped(self):
        self.open(xmpp_domains=["other.test"])
        rounds = []

        def other_gateway(m):
            rounds.append(m.text)
            self.link.send(
                "<message from='juliet\\40xmpp.test@other.test' id='r%d' "
                "to='romeo@sip.test'><body>%s</body></message>"
                % (len(rounds), m.text))
            return 200
        self.phone.on_request = other_gateway
        self.link.say("romeo@sip.test", "round", "id-1")
        until("its end", lambda: self.link.errors() ==
              {"r9": "not-acceptable"})
        self.assertEqual(rounds, ["round"] * 9)
        self.assertTrue(self.stox.has_log("message_came_back"))
        # Who says the same over and over has not been anywhere.
        self.phone.on_request = lambda m: 200
        for i in range(30):
            self.link.say("romeo@sip.test", "ok", "ok%d" % i)
            self.phone.expect_message("ok")
        self.assertEqual(len(self.link.errors()), 1)

    def test_from_sip(self):
        self.open(xmpp_domains=["other.test"])
        user = "sip:nurse@other.test"
        self.assertEqual(self.phone.say(user, "round").status, 202)
        got = [self.phone.say(user, "round", from_uri="sip:romeo%40sip.example"
                              "@sip.example").status for _ in range(9)]
        self.assertEqual(got, [202] * 8 + [482])
        self.assertEqual(self.link.bodies(), ["round"] * 9)
        self.assertTrue(self.stox.has_log("message_came_back"))
        for _ in range(30):
            self.assertEqual(self.phone.say(user, "ok").status, 202)

    def test_call_id_from_sip(self):
        """It came back as the thread that we made of it, and is a Call-ID
        again: known the first time."""
        self.open_wide()
        user = "sip:nurse%40" + self.server.domain + "@gw.test"
        for body, sender, status in (
                ("round", "romeo@sip.example", 202),
                ("on", "romeo@sip.example", 202),
                ("round", "tybalt@sip.example", 202),
                ("round", "x@other.example", 482),
                ("end", "x@other.example", 202)):
            got = self.phone.say(user, body, call_id="one@phone",
                                 from_uri="sip:" + sender)
            self.assertEqual(got.status, status, (body, sender))
        self.assertEqual(self.link.bodies(), ["round", "on", "round", "end"])


class Relay(Frame):
    """P17: nothing goes from SIP to SIP, and nothing goes round."""

    def test_no_relay(self):
        self.open()
        for kw in ({"uri": "sip:tybalt@other.example"},
                   {"uri": "sip:tybalt@sip.example"},
                   {"uri": "sip:tybalt@127.0.0.1"},
                   {"extra": "Route: <sip:127.0.0.1:%d;lr>\r\n"
                    % self.phone.port, "uri": "sip:x@other.example"}):
            with self.subTest(kw):
                answer = self.phone.say(self.user_uri, "go on", **kw)
                self.assertGreaterEqual(answer.status, 400)
        self.never("go on")
        self.assertTrue(self.phone.requests.empty())

    def test_max_forwards(self):
        self.open()
        answer = self.phone.say(self.user_uri, "x", max_forwards=0)
        self.assertEqual(answer.status, 483)
        self.assertEqual(self.phone.say(self.user_uri, "y", max_forwards=1)
                         .status, 202)
        # RFC 5393 §5.3.5: a user agent passes it over.
        for value in ("0", "1", "x"):
            answer = self.phone.say(self.user_uri, "b" + value,
                                    extra="Max-Breadth: %s\r\n" % value)
            self.assertEqual(answer.status, 202)
        self.never("x")

    def test_own_mark(self):
        self.open()
        self.link.say("romeo@sip.test", "out", "id-1")
        got = self.phone.expect_message("out")
        via = got.get("via").partition(";received")[0]
        data = self.phone.message(self.user_uri, "back",
                                  extra="Via: %s\r\n" % via)
        answer = self.phone.ask(data)
        self.assertEqual(answer.status, 482)
        self.never("back")
        # RFC 3428 §4, RFC 3261 §8.1.1.6: it goes with hops of its own.
        self.assertLessEqual(int(got.get("max-forwards")), 70)

    def test_circle_through_another_gateway(self):
        """One that leads back to us by XMPP, under names of its own: what
        goes round ends when it comes the second time, whoever made the
        thread."""
        self.open(xmpp_domains=["other.test"])
        rounds = []

        def other_gateway(m):
            rounds.append(m.text)
            self.link.send(
                "<message from='her-%d@other.test' to='romeo@sip.test' "
                "id='r%d'><body>%s</body><thread>%s</thread></message>"
                % (len(rounds), len(rounds), m.text, m.get("call-id")))
            return 200
        self.phone.on_request = other_gateway
        self.link.say("romeo@sip.test", "round", "id-1")
        self.phone.expect_message("round")
        until("its end", lambda: self.link.errors() ==
              {"r1": "not-acceptable"})
        self.link.send("<message from='juliet@xmpp.test' to='romeo@sip.test' "
                       "id='id-2'><body>again</body><thread>mine</thread>"
                       "</message>")
        self.phone.expect_message("again")
        until("its end", lambda: self.link.errors() ==
              {"r1": "not-acceptable", "r2": "not-acceptable"})
        self.assertEqual(rounds, ["round", "again"])
        self.assertTrue(self.stox.has_log("message_came_back"))
        # A conversation in one Call-ID is none.
        self.phone.on_request = lambda m: 200
        self.link.say("romeo@sip.test", "you there?", "id-3")
        call_id = self.phone.expect_message("you there?").get("call-id")
        self.phone.say(self.user_uri, "yes", call_id=call_id)
        for i in range(3):
            self.link.send("<message from='juliet@xmpp.test/%d' id='i%d' "
                           "to='romeo@sip.test'><body>fine</body><thread>%s"
                           "</thread></message>" % (i, i, call_id))
            self.phone.expect_message("fine")
        self.assertEqual(len(self.link.errors()), 2)

    def test_spiral_through_a_proxy(self):
        # A proxy that sends all that we send back to us.
        self.open(peers=ANYBODY)
        phone = self.phone

        def bounce(msg):
            via = "Via: SIP/2.0/UDP %s;branch=z9hG4bKproxy%d\r\n" % (
                phone.address, time.monotonic_ns())
            head, _, rest = msg.data.partition(b"\r\n")
            back = head.replace(b"romeo@sip.example", b"juliet@xmpp.test")
            phone.send(back + b"\r\n" + via.encode() + rest)
        phone.on_request = bounce
        self.link.say("romeo@sip.test", "round", "id-1")
        phone.expect_message("round")
        until("an answer", lambda: phone.responses.qsize())
        self.assertEqual(phone.responses.get().status, 482)
        self.never("round")


if __name__ == "__main__":
    unittest.main()
