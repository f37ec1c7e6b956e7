"""The three plans, aliases and numbers, several components and several
servers in one process (DESIGN.md §5)."""
import unittest

from lib.case import Case
from lib.person import local, text
from lib.phone import Phone
from lib.scene import free_port
from lib.servers import Ejabberd
from lib.simple import Watcher
from lib.stox import Stoxd

PLANS = """
log: {level: debug}
components:
  - domain: sip.test
    server: xmpp.test
    port: %(component)d
    secret: s3cret
    contacts: fixed
    sip_domain: sip.example
    aliases:
      - {jid: boss@sip.test, uri: "sip:7000@sip.example"}
      - {jid: juliet@xmpp.test, uri: "sip:7001@sip.example"}
    numbers:
      - {sip: "+", jid: "+", digits: 5-14}
      - {sip: "8", jid_domain: xmpp.test, digits: 3}
  - domain: esc.test
    server: xmpp.test
    port: %(component)d
    secret: s3cret
    contacts: escaped
    users: escaped
    user_host: gw.example
  - domain: sip.other
    server: xmpp.test
    port: %(component)d
    secret: s3cret
    contacts: transparent
sip:
  listen: ["udp:127.0.0.1:%(port)d", "tcp:127.0.0.1:%(port)d"]
  outbound_proxy: "sip:%(proxy)s"
  peers:
    - addresses: [127.0.0.0/8]
      domains: ["*"]
store:
  path: %(store)s
"""


class Plans(Case):
    server_options = {"others": ("esc.test", "sip.other"),
                      "users": ("juliet", "123")}

    def setUp(self):
        super().setUp()
        server, port = self.server, free_port()
        self.phone = Phone(self.scene, ("127.0.0.1", port))
        self.stox = Stoxd(self.scene, server, port=port, text=PLANS % {
            "component": server.component_port, "port": port,
            "proxy": self.phone.address, "store": self.scene.dir + "/s.db"})
        self.stox.wait_log("component_up", count=3)
        self.juliet = self.person()

    def both_ways(self, jid, uri, own_uri):
        """Juliet writes to jid: it goes to uri, from own_uri; and back."""
        self.juliet.say(jid, "to " + jid)
        got = self.phone.expect_message("to " + jid)
        self.assertEqual(got.line.split()[1], uri)
        self.assertIn("<%s;gr=desk>" % own_uri, got.get("from"))
        answer = self.phone.say(own_uri, "from " + uri, from_uri=uri)
        self.assertEqual(answer.status, 202)
        el = self.juliet.expect_message("from " + uri)
        self.assertEqual(el.get("from"), jid)

    def test_fixed(self):
        self.both_ways("romeo@sip.test", "sip:romeo@sip.example",
                       "sip:7001@sip.example")

    def test_alias(self):
        self.both_ways("boss@sip.test", "sip:7000@sip.example",
                       "sip:7001@sip.example")

    def test_number(self):
        self.both_ways("+15551234567@sip.test",
                       "sip:+15551234567@sip.example", "sip:7001@sip.example")

    def test_number_of_a_user(self):
        u = self.person("123")
        self.assertEqual(self.phone.say("sip:8123@sip.example", "dial")
                         .status, 202)
        u.expect_message("dial")
        u.say("romeo@sip.test", "who")
        self.assertIn("<sip:8123@sip.example;gr=desk>",
                      self.phone.expect_message("who").get("from"))

    def test_tel(self):
        answer = self.phone.say("sip:7001@sip.example", "ring",
                                from_uri="tel:+15551234567")
        self.assertEqual(answer.status, 202)
        self.assertEqual(self.juliet.expect_message("ring").get("from"),
                         "+15551234567@sip.test")

    def test_escaped(self):
        own = "sip:juliet%40xmpp.test@gw.example"
        self.both_ways("romeo\\40far.example@esc.test",
                       "sip:romeo@far.example", own)
        self.both_ways("o\\27malley\\40far.example@esc.test",
                       "sip:o'malley@far.example", own)
        self.both_ways("f\u00fc\\26x\\40far.example@esc.test",
                       "sip:f%C3%BC&x@far.example", own)

    def test_transparent(self):
        """RFC 7247 as written: both keep their names."""
        self.both_ways("romeo@sip.other", "sip:romeo@sip.other",
                       "sip:juliet@xmpp.test")

    def test_nobody_elses(self):
        for uri, from_uri in (
                ("sip:juliet@xmpp.test", "sip:x@far.example"),
                ("sip:7001@sip.other", "sip:romeo@sip.example")):
            answer = self.phone.say(uri, "x", from_uri=from_uri)
            self.assertIn(answer.status, (403, 404))

    def command(self, component, body):
        self.juliet.say(component, body)
        return text(self.juliet.expect("an answer", lambda e: local(e) ==
                                       "message" and e.get("from") ==
                                       component), "body")

    def test_watchers_are_of_their_component(self):
        watcher = Watcher(self.phone, "sip:7001@sip.example")
        self.assertEqual(watcher.subscribe().status, 200)
        self.juliet.expect("his request", lambda e: e.get("type") ==
                           "subscribe" and e.get("from") == "romeo@sip.test")
        self.assertIn("waits for your answer",
                      self.command("sip.test", "watchers"))
        self.assertEqual(self.command("esc.test", "watchers"),
                         "nobody watches you")

    def test_explain(self):
        for address, words in (
                ("romeo@sip.test", "sip:romeo@sip.example"),
                ("sip:romeo@sip.example", "romeo@sip.test"),
                ("boss@sip.test", "sip:7000@sip.example"),
                ("sip:7000@sip.example", "boss@sip.test"),
                ("juliet@xmpp.test", "sip:7001@sip.example"),
                ("tel:+15551234567", "+15551234567@sip.test"),
                ("romeo\\40far.example@esc.test", "sip:romeo@far.example"),
                ("sip:o'malley@far.example",
                 "o\\27malley\\40far.example@esc.test"),
                ("romeo@sip.other", "sip:romeo@sip.other")):
            with self.subTest(address):
                code, out = self.stox.run("-c", self.stox.config,
                                          "--explain", address)
                self.assertEqual(code, 0, out)
                self.assertIn(words, out)
        code, _ = self.stox.run("-c", self.stox.config, "--explain",
                                "x@nowhere.test")
        self.assertEqual(code, 4)


TWO = """
log: {level: debug}
components:
  - {domain: sip.test, server: xmpp.test, port: %(one)d, secret: s3cret,
     contacts: fixed, sip_domain: sip.example}
  - {domain: two.other, server: other, port: %(two)d, secret: s3cret,
     contacts: fixed, sip_domain: sip.two, next_hop: "sip:%(hop)s"}
sip:
  listen: ["udp:127.0.0.1:%(port)d", "tcp:127.0.0.1:%(port)d"]
  outbound_proxy: "sip:%(proxy)s"
store:
  path: %(store)s
"""


class TwoServers(Case):
    def test_two_servers(self):
        one, port = self.server, free_port()
        two = Ejabberd(self.scene, component="two.other", domain="other")
        a = Phone(self.scene, ("127.0.0.1", port))
        b = Phone(self.scene, ("127.0.0.1", port), domain="sip.two")
        self.stox = Stoxd(self.scene, one, port=port, text=TWO % {
            "one": one.component_port, "two": two.component_port,
            "port": port, "proxy": a.address, "hop": b.address,
            "store": self.scene.dir + "/two.db"})
        self.stox.wait_log("component_up", count=2)
        from lib.person import Person
        here, there = self.person(), Person(self.scene, two, "juliet")
        here.say("romeo@sip.test", "one")
        a.expect_message("one")
        there.say("romeo@two.other", "two")
        got = b.expect_message("two")
        self.assertEqual(got.line.split()[1], "sip:romeo@sip.two")
        self.assertEqual(a.say("sip:juliet@xmpp.test", "1").status, 202)
        here.expect_message("1")
        self.assertEqual(b.say("sip:juliet@other", "2").status, 202)
        self.assertEqual(there.expect_message("2").get("from"),
                         "romeo@two.other")
        # One server's absence is the other's no matter.
        two.stop()
        self.stox.wait_log("sip.test", count=1)
        self.assertEqual(b.say("sip:juliet@other", "3").status, 503)
        self.assertEqual(a.say("sip:juliet@xmpp.test", "4").status, 202)
        here.expect_message("4")


if __name__ == "__main__":
    unittest.main()
