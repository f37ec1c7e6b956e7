"""SIP over TLS, both ways: RFC 3261 §26.3, names by RFC 5922, mutual
authentication, certificates that change, and peers that misbehave."""
import os
import random
import signal
import socket
import ssl
import sys
import time
import unittest

from lib.case import Case, FakeCase
from lib.dns import Dns
from lib.phone import Phone
from lib.scene import can_connect, free_port, until
from lib.tls import Authority, TlsPhone, client_context

GATEWAY = "URI:sip:xmpp.test,DNS:xmpp.test,IP:127.0.0.1"
ROMEO = "DNS:sip.example,IP:127.0.0.1"
PEERS = """
    - addresses: [127.0.0.0/8]
    - tls_names: [sip.example]
      tls_ca_file: %s
"""


class Bed:
    """What the cases share: two authorities, and stoxd with TLS."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ca = Authority(cls.scene)
        cls.between = Authority(cls.scene, "between", cls.ca)
        cls.stranger = Authority(cls.scene, "stranger")
        cls.gateway = cls.between.issue("gateway", GATEWAY)
        cls.romeo = cls.ca.issue("romeo", ROMEO)

    def tls(self, identity=None, ca=None, more=""):
        identity = identity or self.gateway
        return ("  tls:\n    certificate_file: %s\n    key_file: %s\n"
                "    ca_file: %s\n%s"
                % (identity.pem, identity.key, (ca or self.ca).pem, more))

    def open_tls(self, proxy=None, sip_more="", tls=None, **kw):
        self.port = free_port()
        self.open(phone=False, proxy=proxy,
                  listens=["tls:127.0.0.1:%d" % self.port],
                  sip_more=(tls or self.tls()) + sip_more, **kw)
        self.tls_address = ("127.0.0.1", self.port)
        until("stoxd to listen", lambda: can_connect(self.port))

    def phone_of(self, identity=None, **kw):
        return TlsPhone(self.scene, None, identity or self.romeo,
                        ca=self.ca, **kw)


class Conversation(Bed, Case):
    """The whole way, with a real server."""

    def test_both_ways(self):
        phone = self.phone_of(wants_client=True)
        self.open_tls(phone.hop)
        phone.gateway = self.tls_address
        juliet = self.person()
        for body in ("Hello", "ünïcödé " * 20, "z" * 3000):
            juliet.say(self.contact, body)
            got = phone.expect_message(body)
            self.assertTrue(got.get("via").startswith("SIP/2.0/TLS "))
            answer = phone.say(self.user_uri, body)
            self.assertEqual(answer.status, 202)
            juliet.expect_message(body)
        # One connection for all, with our certificate shown on it.
        self.assertEqual(len(phone.certificates), 1)
        self.assertIn(("URI", "sip:xmpp.test"),
                      phone.certificates[0]["subjectAltName"])


class Incoming(Bed, FakeCase):
    def ask(self, phone, body="Hello", **kw):
        answer = phone.say(self.user_uri, body, **kw)
        if answer.status == 202:
            self.link.expect_message(body)
        return answer.status

    def test_versions_names_and_protocols(self):
        self.open_tls()
        for version, kw in (
                (ssl.TLSVersion.TLSv1_2, {}),
                (ssl.TLSVersion.TLSv1_3, {}),
                (ssl.TLSVersion.TLSv1_3, {"server_name": "xmpp.test"}),
                (ssl.TLSVersion.TLSv1_3, {"server_name": "other.test",
                                          "alpn": ["h2", "sip"]})):
            phone = self.phone_of(**kw)
            phone.gateway = self.tls_address
            phone.client.minimum_version = version
            phone.client.maximum_version = version
            # The chain leads over an authority between.
            self.assertEqual(self.ask(phone, version.name + str(len(kw))), 202)
        old = client_context()
        old.set_ciphers("ALL:@SECLEVEL=0")
        old.minimum_version = ssl.TLSVersion.TLSv1
        old.maximum_version = ssl.TLSVersion.TLSv1_1
        with socket.create_connection(self.tls_address, 5) as plain:
            with self.assertRaises((ssl.SSLError, OSError)):
                old.wrap_socket(plain)

    def test_version_min(self):
        self.open_tls(tls=self.tls(more='    version_min: "1.3"\n'))
        phone = self.phone_of()
        phone.gateway = self.tls_address
        phone.client.maximum_version = ssl.TLSVersion.TLSv1_2
        with self.assertRaises((ssl.SSLError, OSError)):
            self.ask(phone)
        phone = self.phone_of()
        phone.gateway = self.tls_address
        self.assertEqual(self.ask(phone), 202)

    def test_close_notify(self):
        self.open_tls(sip_more="  tcp: { idle_ms: 1000 }\n")
        with socket.create_connection(self.tls_address, 5) as plain:
            with client_context().wrap_socket(
                    plain, suppress_ragged_eofs=False) as conn:
                conn.settimeout(10)
                # Raises SSLEOFError without a close_notify.
                self.assertEqual(conn.recv(100), b"")

    def test_slow_handshake(self):
        self.open_tls(sip_more="  tcp: { connect_ms: 500 }\n")
        for first in (b"", b"\x16", b"\x16\x03\x01\x02\x00\x01"):
            with socket.create_connection(self.tls_address, 5) as plain:
                plain.sendall(first)
                plain.settimeout(5)
                began = time.monotonic()
                self.assertEqual(plain.recv(100), b"")
                self.assertGreater(time.monotonic() - began, 0.3)
                self.assertLess(time.monotonic() - began, 3)
        phone = self.phone_of()
        phone.gateway = self.tls_address
        self.assertEqual(self.ask(phone), 202)

    def test_reload(self):
        identity = self.ca.issue("changing", GATEWAY)
        self.open_tls(tls=self.tls(identity))
        old = self.phone_of()
        old.gateway = self.tls_address
        self.assertEqual(self.ask(old, "one"), 202)
        before = old.tcp.sock.getpeercert()["serialNumber"]

        def serial():
            with socket.create_connection(self.tls_address, 5) as plain:
                with client_context(self.ca).wrap_socket(plain) as conn:
                    return conn.getpeercert()["serialNumber"]

        self.assertEqual(serial(), before)
        self.ca.issue("changing", GATEWAY)
        self.assertEqual(serial(), before)
        self.stox.process.send_signal(signal.SIGHUP)
        self.stox.wait_log("certificates_reloaded")
        after = serial()
        self.assertNotEqual(after, before)
        # A key that does not fit is not taken.
        Authority.new_key(identity.key)
        self.stox.process.send_signal(signal.SIGHUP)
        self.stox.wait_log("certificates_kept")
        self.assertTrue(self.stox.has_log("changing.key"))
        self.assertEqual(serial(), after)
        os.unlink(identity.pem)
        self.stox.process.send_signal(signal.SIGHUP)
        self.stox.wait_log("certificates_kept", count=3)
        self.assertEqual(serial(), after)
        # The connection of before has seen nothing of all this.
        self.assertEqual(self.ask(old, "two"), 202)
        self.assertEqual(len(old.certificates), 0)

    def nasty(self, i):
        """One connection that comes to nothing."""
        kind = i % 5
        with socket.create_connection(self.tls_address, 5) as plain:
            if kind == 0:
                client_context().wrap_socket(plain).close()
            elif kind == 1:
                plain.sendall(random.randbytes(random.randrange(1, 400)))
            elif kind == 2:  # half a ClientHello
                context = client_context()
                hello = ssl.MemoryBIO()
                conn = context.wrap_bio(ssl.MemoryBIO(), hello)
                try:
                    conn.do_handshake()
                except ssl.SSLWantReadError:
                    pass
                data = hello.read()
                plain.sendall(data[:random.randrange(1, len(data))])
            elif kind == 3:
                plain.sendall(b"OPTIONS sip:x SIP/2.0\r\n\r\n")
                plain.settimeout(5)
                try:
                    while plain.recv(1000):
                        pass
                except OSError:
                    pass
            else:
                with client_context().wrap_socket(plain) as conn:
                    conn.settimeout(5)
                    try:
                        conn.sendall(b"GET / HTTP/1.0\r\n\r\n")
                        while conn.recv(1000):
                            pass
                    except OSError:
                        pass

    def test_many_that_come_to_nothing(self):
        rounds = int(os.environ.get("STOX_TEST_CONNECTS", "1000"))
        self.open_tls(level="info")
        for i in range(rounds):
            self.nasty(i)
        time.sleep(1)
        before = self.stox.rss_bytes()
        for i in range(rounds):
            self.nasty(i)
        time.sleep(1)
        grown = self.stox.rss_bytes() - before
        print("resident: %d KiB after %d connects, %+d KiB after as many more"
              % (before >> 10, rounds, grown >> 10), file=sys.stderr)
        self.assertLess(grown, 6 << 20)
        fds = len(os.listdir("/proc/%d/fd" % self.stox.process.process.pid))
        self.assertLess(fds, 60)
        phone = self.phone_of()
        phone.gateway = self.tls_address
        self.assertEqual(self.ask(phone), 202)


class Outgoing(Bed, FakeCase):
    def say(self, body):
        self.link.say("romeo@sip.test", body, "id-" + body)

    def error(self, body, timeout=None):
        """The condition that the message came back with."""
        return until("an error for " + body,
                     lambda: self.link.errors().get("id-" + body), timeout)

    def zone(self, phone, host="proxy.sip.example"):
        return Dns(self.scene, {
            ("sip.example", "NAPTR"): [
                (10, 10, "s", "SIPS+D2T", "_sips._tcp.sip.example")],
            ("_sips._tcp.sip.example", "SRV"): [(1, 1, phone.port, host)],
            (host, "A"): ["127.0.0.1"]})

    def test_by_dns(self):
        phone = self.phone_of(self.ca.issue("dns", "DNS:sip.example"))
        self.open_tls(sip_more=self.zone(phone).option)
        self.say("one")
        got = phone.expect_message("one")
        self.assertTrue(got.get("via").startswith("SIP/2.0/TLS "))
        self.assertEqual(got.line.split()[1], "sip:romeo@sip.example")
        # SNI is the domain of the address, not the host that DNS names.
        self.assertEqual(phone.names, ["sip.example"])

    def test_name_must_be_that_of_the_address(self):
        # RFC 5922 §7.3: what DNS says is not to be believed.
        phone = self.phone_of(self.ca.issue("host", "DNS:proxy.sip.example"))
        self.open_tls(sip_more=self.zone(phone).option)
        began = time.monotonic()
        self.say("one")
        self.assertEqual(self.error("one", 5), "remote-server-not-found")
        self.assertLess(time.monotonic() - began, 5)
        self.stox.wait_log("tls_failed")
        line = [x for x in self.stox.log().splitlines()
                if "warn tls_failed" in x][0]
        for word in ("address=127.0.0.1", "name=sip.example",
                     "not for sip.example", "DNS:proxy.sip.example"):
            self.assertIn(word, line)
        self.assertEqual(len(phone.requests.queue), 0)

    def refused(self, identity, **kw):
        phone = self.phone_of(identity, **kw)
        self.open_tls(phone.hop)
        self.say("one")
        self.assertEqual(self.error("one", 5), "remote-server-not-found")
        self.assertTrue(phone.requests.empty())
        self.stox.stop()
        return self.stox.log()

    def test_certificates_that_do_not_do(self):
        for identity, why in (
                (self.stranger.issue("x", ROMEO), "unable to get local issuer"),
                (self.ca.issue("other", "DNS:other.example"),
                 "DNS:other.example"),
                (self.ca.issue("wild", "DNS:*.0.0.1"), "DNS:*.0.0.1"),
                (self.ca.issue("old", ROMEO, days=-1), "expired")):
            with self.subTest(why):
                self.assertIn(why, self.refused(identity))

    def test_verify_off(self):
        phone = self.phone_of(self.stranger.issue("y", "DNS:z.example"))
        self.open_tls(phone.hop, tls=self.tls(more="    verify: false\n"))
        self.say("one")
        phone.expect_message("one")

    def test_next_target(self):
        bad = self.phone_of(self.stranger.issue("bad", "DNS:sip.example"))
        good = self.phone_of(self.ca.issue("good", "DNS:sip.example"))
        dns = Dns(self.scene, {
            ("_sips._tcp.sip.example", "SRV"): [
                (1, 1, bad.port, "a.sip.example"),
                (2, 1, good.port, "b.sip.example")],
            ("a.sip.example", "A"): ["127.0.0.1"],
            ("b.sip.example", "A"): ["127.0.0.1"]})
        self.open_tls("sip.example;transport=tls", sip_more=dns.option)
        began = time.monotonic()
        self.say("one")
        good.expect_message("one")
        self.assertLess(time.monotonic() - began, 3)
        self.assertTrue(bad.requests.empty())

    def test_sips_hop(self):
        phone = self.phone_of()
        self.open_tls(component_more='    next_hop: "sips:%s"\n'
                      % phone.address)
        self.say("one")
        got = phone.expect_message("one")
        self.assertTrue(got.get("via").startswith("SIP/2.0/TLS "))

    def test_common_name(self):
        # Only where there is no subjectAltName at all.
        phone = self.phone_of(self.ca.issue("sip.example", ""))
        self.open_tls(sip_more=self.zone(phone).option)
        self.say("one")
        phone.expect_message("one")

    def test_trust_of_one_peer(self):
        # Its own authority, and no other, proves its name.
        def run(identity):
            phone = self.phone_of(identity)
            self.open_tls(sip_more=self.zone(phone).option,
                          peers=PEERS % self.stranger.pem)
            self.say("one")
            return phone
        run(self.stranger.issue("own", "DNS:sip.example")).expect_message("one")
        self.stox.stop()
        self.setUp()
        phone = run(self.ca.issue("general", "DNS:sip.example"))
        self.assertEqual(self.error("one", 5), "remote-server-not-found")
        self.assertTrue(phone.requests.empty())

    def test_our_certificate_is_refused(self):
        phone = TlsPhone(self.scene, None, self.romeo, ca=self.stranger,
                         wants_client=True)
        phone.client = None
        self.open_tls(phone.hop)
        self.say("one")
        self.assertEqual(self.error("one", 5), "remote-server-not-found")
        self.assertTrue(phone.requests.empty())

    def test_server_of_plain_tcp(self):
        phone = Phone(self.scene, None, transport="tcp")
        self.open_tls(phone.address + ";transport=tls",
                      more="", sip_more="  timeout_ms: 5000\n")
        self.say("one")
        self.assertIn(self.error("one", 10),
                      ("remote-server-not-found", "remote-server-timeout"))

    def test_server_comes_back(self):
        phone = self.phone_of()
        self.open_tls(phone.hop)
        self.say("one")
        phone.expect_message("one")
        port = phone.port
        self.stox.wait_log("to_sip_done")
        phone.close()
        self.stox.wait_log('why="closed by the peer"')
        self.say("two")
        time.sleep(0.5)
        again = self.phone_of(port=port)
        again.expect_message("two")


if __name__ == "__main__":
    unittest.main()
