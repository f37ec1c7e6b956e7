"""The link to the XMPP server at its worst moments, exactly: what the server
has taken is known, because the server is the test's own."""
import re
import signal
import socket
import time
import unittest

from lib.case import FakeCase
from lib.fakeserver import attr
from lib.scene import until
from lib.simple import Notifier, pidf

# RFC 7247 Table 2, for a message to a bare JID and to a full one.
CONDITIONS = [
    ("bad-request", 400, 400), ("conflict", 400, 400),
    ("feature-not-implemented", 501, 405), ("forbidden", 603, 403),
    ("gone", 410, 410), ("internal-server-error", 500, 500),
    ("item-not-found", 604, 404), ("jid-malformed", 400, 400),
    ("not-acceptable", 606, 406), ("not-allowed", 403, 403),
    ("not-authorized", 403, 403), ("policy-violation", 403, 403),
    ("recipient-unavailable", 600, 480), ("redirect", 480, 480),
    ("registration-required", 403, 403),
    ("remote-server-not-found", 404, 404),
    ("remote-server-timeout", 408, 408),
    ("resource-constraint", 500, 500), ("service-unavailable", 404, 480),
    ("subscription-required", 400, 400), ("undefined-condition", 400, 400),
    ("unexpected-request", (400, 491), (400, 491)),
]
BOUNCE = ("<message type='error' from='juliet@xmpp.test%s' to='romeo@sip.test'"
          " id='%s'><error type='cancel'><%s xmlns='urn:ietf:params:xml:ns:"
          "xmpp-stanzas'/><text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>"
          "said why</text></error></message>")

PRESENCE = re.compile(rb"<presence [^>]*>")


class Barrier(FakeCase):
    def hold(self):
        self.link.is_answering = False

    def test_every_condition(self):
        self.open()
        self.hold()
        for i, (name, bare, full) in enumerate(CONDITIONS):
            for status, gr in ((bare, ""), (full, "/desk")):
                with self.subTest(condition=name, gr=gr):
                    body = "b%d%s" % (i, gr[1:])
                    self.phone.send(self.phone.message(
                        self.user_uri + gr.replace("/", ";gr="), body))
                    id = self.link.expect_message(body)[0]
                    self.link.send(BOUNCE % (gr, id, name))
                    got = self.phone.responses.get(timeout=5)
                    self.assertIn(got.status, status if isinstance(
                        status, tuple) else (status,))
                    self.assertIn("said why", got.line)

    def test_an_error_of_somebody_else(self):
        """Whom it did not go to cannot say that it failed."""
        self.open()
        self.hold()
        error = ("<message type='error' from='%s' to='romeo@sip.test' id='%s'>"
                 "<error type='cancel'><item-not-found xmlns='urn:ietf:params:"
                 "xml:ns:xmpp-stanzas'/></error></message>")
        for i, who in enumerate(("mallory@elsewhere.test", "elsewhere.test",
                                 "mallory@xmpp.test/x", "romeo@sip.test")):
            with self.subTest(who):
                self.link.data = b""
                self.phone.send(self.phone.message(self.user_uri, "f%d" % i))
                id = self.link.expect_message("f%d" % i)[0]
                self.link.send(error % (who, id))
                ping = self.link.expect(b"<iq [^>]*id='([^']*)'><ping")
                self.link.send("<iq type='result' id='%s'/>"
                               % ping.group(1).decode())
                self.assertEqual(self.phone.responses.get(timeout=5).status,
                                 202)
        self.stox.wait_log("error_from_another")
        for i, who in enumerate(("juliet@xmpp.test", "juliet@xmpp.test/any",
                                 "xmpp.test")):
            with self.subTest(who):
                self.phone.send(self.phone.message(self.user_uri, "g%d" % i))
                self.link.send(error % (
                    who, self.link.expect_message("g%d" % i)[0]))
                self.assertEqual(self.phone.responses.get(timeout=5).status,
                                 604)

    def test_a_ping_is_lost(self):
        """A server that answers all pings but one is well."""
        self.open()
        self.hold()
        self.phone.send(self.phone.message(self.user_uri, "lost"))
        self.link.expect(b"<iq [^>]*id='([^']*)'><ping")
        self.link.data = b""
        self.link.is_answering = True
        self.assertEqual(self.phone.responses.get(timeout=5).status, 202)
        self.assertEqual(self.phone.say(self.user_uri, "next").status, 202)

    def test_one_ping_serves_many(self):
        self.open(more="limits: {source_per_s: 0, sender_per_s: 0}\n")
        for i in range(300):
            self.phone.send(self.phone.message(self.user_uri, "p%d" % i))
        for _ in range(300):
            self.assertEqual(self.phone.responses.get(timeout=20).status, 202)
        self.assertLess(self.link.data.count(b"<ping "), 150)
        self.assertEqual(self.link.bodies(), ["p%d" % i for i in range(300)])

    def test_answers_of_all_kinds(self):
        """A result or an error, with addresses or without."""
        self.open()
        self.hold()
        for i, answer in enumerate((
                "<iq type='result' id='%s'/>", "<iq type='error' id='%s'/>",
                "<iq type='result' id='%s' to='sip.test'/>",
                "<iq type='result' id='%s' from='xmpp.test' to='sip.test'/>",
                "<iq type='error' id='%s' from='@' to='sip.test'><error "
                "type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:"
                "xmpp-stanzas'/></error></iq>")):
            with self.subTest(answer):
                self.link.data = b""
                self.phone.send(self.phone.message(self.user_uri, "k%d" % i))
                id = self.link.expect(b"<iq [^>]*id='([^']*)'><ping").group(1)
                for other in (answer % "another", answer % id.decode()):
                    self.link.send(other)
                self.assertEqual(self.phone.responses.get(timeout=5).status,
                                 202)

    def test_not_taken_in_time(self):
        self.open()
        self.hold()
        since = time.monotonic()
        answer = self.phone.say(self.user_uri, "slow")
        self.assertEqual(answer.status, 503)
        self.assertTrue(5 <= int(answer.get("retry-after")) <= 15)
        self.assertTrue(1.8 < time.monotonic() - since < 3.5)
        self.link.answer(self.fake)
        self.assertEqual(self.phone.say(self.user_uri, "fast").status, 202)
        self.assertEqual(self.link.bodies(), ["slow", "fast"])

    def test_link_lost_before_it_was_taken(self):
        """Again with the same id and a delay stamp over the next stream, in
        order, then 202."""
        self.open()
        self.hold()
        for i in range(5):
            self.phone.send(self.phone.message(self.user_uri, "r%d" % i))
        self.link.expect(b"<body>r4</body>")
        first = self.link.messages()
        self.link.close()
        again = self.fake.next_link()
        for _ in range(5):
            self.assertEqual(self.phone.responses.get(timeout=5).status, 202)
        second = again.messages()
        self.assertEqual([m[0] for m in first], [m[0] for m in second])
        for _, _, data in second:
            self.assertIn(b"urn:xmpp:delay", data)

    def test_an_error_that_comes_late(self):
        self.open()
        self.assertEqual(self.phone.say(self.user_uri, "late").status, 202)
        id = self.link.messages()[0][0]
        self.link.send(BOUNCE % ("", id, "item-not-found"))
        self.stox.wait_log("bounced_late")
        self.assertEqual(self.phone.say(self.user_uri, "next").status, 202)
        self.assertTrue(self.phone.requests.empty())
        self.assertEqual(self.link.errors(), {})

    def test_an_error_reaches_its_sender_over_the_next_link(self):
        self.open(None)
        self.link.say("romeo@sip.test", "x", "late-id")
        msg = self.phone.expect_message("x")
        self.link.close()
        self.phone.udp.sendto(self.phone.response(msg, 486), msg.source)
        again = self.fake.next_link()
        until("the error", again.errors)
        self.assertEqual(again.errors(),
                         {"late-id": "recipient-unavailable"})

    def test_each_message_before_the_cut_ends_in_one_thing(self):
        """P13: a 2xx from SIP, or one error, over this link or the next."""
        self.open(more="limits: {sender_per_s: 0, source_per_s: 0}\n")
        self.phone.on_request = lambda m: 486 if int(m.text) % 2 else 200
        for i in range(200):
            self.link.say("c%d@sip.test" % (i % 9), str(i), str(i))
        self.link.conn.shutdown(socket.SHUT_WR)
        again = self.fake.next_link()

        def balance():
            errors = {int(id): c for link in (self.link, again)
                      for id, c in link.errors().items()}
            return set(errors) == set(range(1, 200, 2))
        until("an error for each refused one", balance)
        seen = sorted(int(m.text) for m in self.phone.requests.queue)
        self.assertEqual(seen, list(range(200)))
        ids = [id for link in (self.link, again)
               for id, kind, _ in link.messages() if kind == "error"]
        self.assertEqual(len(ids), len(set(ids)))

    def test_half_open(self):
        self.open(more="xmpp: {ping_idle_ms: 600, ping_timeout_ms: 600}\n")
        self.hold()
        self.fake.next_link(timeout=5)
        self.stox.wait_log("component_up", count=2)
        self.assertEqual(self.phone.say(self.user_uri, "x").status, 202)

    def test_half_open_with_the_times_as_they_come(self):
        """P12: left within 30 s, and what was not taken gets 503."""
        self.open()
        self.hold()
        answer = self.phone.say(self.user_uri, "into nothing")
        self.assertEqual(answer.status, 503)
        self.assertTrue(self.link.is_closed.wait(30))
        self.fake.next_link()
        self.stox.wait_log("component_up", count=2)
        self.assertEqual(self.phone.say(self.user_uri, "x").status, 202)

    def test_dropped_at_once(self):
        """P10."""
        self.open()
        self.fake.is_refusing = True
        before = self.fake.connections
        self.link.close()
        end = time.monotonic() + 8
        until("eight seconds", lambda: time.monotonic() > end)
        self.assertLessEqual(self.fake.connections - before, 16)
        self.assertGreaterEqual(self.fake.connections - before, 2)
        self.assertLess(self.stox.cpu_s(), 2)
        self.fake.is_refusing = False
        self.fake.next_link(15)


class Drain(FakeCase):
    """SIGTERM: what is under way ends first, within 5 s."""

    def term(self):
        self.stox.process.send_signal(signal.SIGTERM)
        self.since = time.monotonic()

    def ended(self):
        until("stoxd to end", lambda: not self.stox.process.alive(), 8)
        self.assertEqual(self.stox.process.process.returncode, 0)
        self.assertLess(time.monotonic() - self.since, 5.5)

    def test_idle(self):
        self.open()
        self.term()
        self.ended()
        self.assertLess(time.monotonic() - self.since, 2)
        self.assertIn(b"</stream:stream>", self.link.data)

    def test_a_message_from_sip(self):
        self.open()
        self.link.is_answering = False
        self.phone.send(self.phone.message(self.user_uri, "x"))
        self.link.expect(b"<body>x</body>")
        self.term()
        refused = self.phone.say(self.user_uri, "too late")
        self.assertEqual(refused.status, 503)
        self.assertTrue(refused.get("retry-after"))
        self.link.answer(self.fake)
        self.assertEqual(self.phone.responses.get(timeout=5).status, 202)
        self.ended()
        self.assertEqual(self.link.bodies(), ["x"])

    def test_a_message_to_sip(self):
        self.open(None)
        self.link.say("romeo@sip.test", "x", "i1")
        msg = self.phone.expect_message("x")
        self.term()
        self.stox.wait_log("drain_ms")
        self.phone.udp.sendto(self.phone.response(msg, 404), msg.source)
        self.ended()
        self.assertEqual(self.link.errors(), {"i1": "item-not-found"})

    def test_a_phone_that_never_answers(self):
        """It cannot be waited for: its sender is told so."""
        self.open(None)
        for i in range(3):
            self.link.say("romeo@sip.test", "x%d" % i, "i%d" % i)
        self.phone.expect_message("x0")
        self.term()
        self.ended()
        self.assertEqual(set(self.link.errors()), {"i0", "i1", "i2"})

    CONTACTS = 1000

    def follow(self):
        """A user for each hundred of the contacts, all of them there."""
        def on_request(m):
            if m.method != "SUBSCRIBE":
                return 200
            dialog = Notifier(self.phone, m)
            self.phone.send(dialog.bytes("active;expires=3600",
                                         pidf(self.phone.uri)))
            return 200, ("Expires: 3600\r\nContact: <sip:c@%s>\r\n"
                         % self.phone.address)

        self.open(more="limits: {sender_per_s: 0, source_per_s: 0}\n")
        self.phone.on_request = on_request
        self.link.send("".join(
            "<presence from='u%d@xmpp.test' to='c%d@sip.test' "
            "type='subscribe'/>" % (i // 100, i)
            for i in range(self.CONTACTS)))
        until("all to be there", lambda: len(self.said(b"")) >=
              self.CONTACTS, 60)

    def said(self, kind):
        """Contacts of whom that was said: unavailable, or b"" available."""
        word = b" type='" + kind + b"'" if kind else b""
        return {attr(m, b"from") for m in PRESENCE.findall(self.link.data)
                if (word in m if kind else b" type=" not in m)}

    def test_contacts_go(self):
        """Each user hears that his contacts have gone, and only that."""
        self.follow()
        mark = len(self.link.data)
        self.term()
        self.ended()
        self.assertEqual(self.said(b"unavailable"), self.said(b""))
        self.assertFalse(self.stox.has_log("farewell_cut"))
        tail = self.link.data[mark:]
        self.assertTrue(tail.endswith(b"</stream:stream>"))
        self.assertEqual(len(PRESENCE.findall(tail)),
                         tail.count(b" type='unavailable'"))

    def test_contacts_go_and_the_server_is_slow(self):
        """The time is kept, and the log says how many were not said."""
        self.follow()
        self.link.choke()
        self.term()
        self.ended()
        self.assertRegex(self.stox.log(), "farewell_cut contacts=[1-9]")

    def test_messages_cross_the_end(self):
        """Each ends in a 2xx or in one error."""
        self.open(more="limits: {sender_per_s: 0, source_per_s: 0}\n")
        for i in range(150):
            self.link.say("c%d@sip.test" % (i % 10), "x%d" % i, "i%d" % i)
            if i == 75:
                self.term()
        self.ended()
        taken = set()
        while not self.phone.requests.empty():
            taken.add("i" + self.phone.requests.get().text[1:])
        errors = set(self.link.errors())
        self.assertEqual(taken & errors, set())
        self.assertEqual({"i%d" % i for i in range(150)} - taken - errors,
                         set())


if __name__ == "__main__":
    unittest.main()
