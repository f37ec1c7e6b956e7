"""Whatever fails is told to whoever sent the message (RFC 7247 §7)."""
import unittest

from lib.case import Case
from lib.dns import Dns
from lib.person import child, local, text
from lib.scene import free_port

SHORT = "  t1_ms: 100\n  t2_ms: 400\n  timeout_ms: 1500\n"

# RFC 7247 Table 3 with the types of RFC 6120 §8.3.3. 401 and 407 come without
# a challenge.
TABLE = [
    (300, "redirect", "modify"),
    (301, "item-not-found", "cancel"),  # gone would need an address
    (302, "redirect", "modify"), (305, "redirect", "modify"),
    (380, "not-acceptable", "modify"), (400, "bad-request", "modify"),
    (401, "not-authorized", "auth"), (402, "bad-request", "modify"),
    (403, "forbidden", "auth"), (404, "item-not-found", "cancel"),
    (405, "feature-not-implemented", "cancel"),
    (406, "not-acceptable", "modify"),
    (407, "registration-required", "auth"),
    (408, "remote-server-timeout", "wait"), (410, "gone", "cancel"),
    (413, "policy-violation", "modify"), (414, "policy-violation", "modify"),
    (415, "not-acceptable", "modify"), (416, "not-acceptable", "modify"),
    (420, "feature-not-implemented", "modify"),
    (421, "not-acceptable", "modify"),
    (423, "resource-constraint", "wait"),
    (430, "recipient-unavailable", "wait"),
    (439, "feature-not-implemented", "cancel"),
    (440, "policy-violation", "modify"),
    (480, "recipient-unavailable", "wait"),
    (481, "item-not-found", "cancel"), (482, "not-acceptable", "modify"),
    (483, "not-acceptable", "modify"), (484, "item-not-found", "cancel"),
    (485, "item-not-found", "cancel"),
    (486, "recipient-unavailable", "wait"),
    (487, "recipient-unavailable", "wait"),
    (488, "not-acceptable", "modify"), (489, "policy-violation", "modify"),
    (491, "unexpected-request", "wait"), (493, "bad-request", "modify"),
    (499, "bad-request", "modify"),
    (500, "internal-server-error", "cancel"),
    (501, "feature-not-implemented", "cancel"),
    (502, "remote-server-not-found", "cancel"),
    (503, "internal-server-error", "cancel"),
    (504, "remote-server-timeout", "wait"),
    (505, "not-acceptable", "modify"), (513, "policy-violation", "modify"),
    (580, "internal-server-error", "cancel"),
    (600, "recipient-unavailable", "wait"),
    (603, "recipient-unavailable", "wait"),
    (604, "item-not-found", "cancel"), (606, "not-acceptable", "modify"),
    (699, "recipient-unavailable", "wait"),
]


class ErrorsFromSip(Case):
    def refused(self, id, timeout=None):
        """Sends a message; its error as (condition, type, text)."""
        self.juliet.say(self.contact, "try", id=id)
        el = self.juliet.expect_error(id, timeout=timeout)
        error = child(el, "error")
        return local(error[0]), error.get("type"), text(error, "text")

    def test_every_status(self):
        self.open()
        self.juliet = self.person()
        for status, condition, kind in TABLE:
            with self.subTest(status=status):
                self.phone.on_request = lambda m: self.phone.response(
                    m, status, "", "Reason of %d" % status)
                self.assertEqual(
                    self.refused("id-%d" % status),
                    (condition, kind, "Reason of %d" % status))
        self.phone.on_request = lambda m: 200
        self.juliet.say(self.contact, "and now?")
        self.phone.expect_message("and now?")

    def test_the_error_is_from_the_contact(self):
        self.open(404)
        juliet = self.person()
        odd = "an id with <>&\"' and ü"
        juliet.say(self.contact + "/there", "try", id=odd)
        el = juliet.expect_error(odd, "item-not-found")
        self.assertEqual(el.get("from"), self.contact + "/there")
        self.assertEqual(el.get("to"), juliet.full)

    def test_moved_for_good(self):
        """301 with an address (RFC 7247 Table 3 note 3) that is not to be
        followed: the element carries it."""
        self.open()
        self.juliet = self.person()
        self.phone.on_request = lambda m: (
            301, "Contact: <mailto:romeo@example.org>\r\n")
        self.juliet.say(self.contact, "try", id="m1")
        gone = child(self.juliet.expect_error("m1", "gone"), "error")[0]
        self.assertIn(gone.text or "", ("", "mailto:romeo@example.org"))

    def test_no_answer(self):
        self.open(None, sip_more=SHORT)
        self.juliet = self.person()
        condition, kind, _ = self.refused("slow")
        self.assertEqual((condition, kind), ("remote-server-timeout", "wait"))
        self.assertGreaterEqual(self.phone.requests.qsize(), 3)

    def test_nobody_there(self):
        self.open(phone=False, sip_more=SHORT,
                  proxy="127.0.0.1:%d;transport=tcp" % free_port())
        self.juliet = self.person()
        condition, _, words = self.refused("gone")
        self.assertEqual(condition, "remote-server-not-found")
        self.assertTrue(words)

    def test_nobody_there_udp(self):
        self.open(phone=False, sip_more=SHORT,
                  proxy="127.0.0.1:%d" % free_port())
        self.juliet = self.person()
        self.assertIn(self.refused("gone")[0],
                      ("remote-server-not-found", "remote-server-timeout"))
        self.assertTrue(self.stox.has_log("warn sip_unanswered"))

    def test_no_such_domain(self):
        dns = Dns(self.scene)
        self.open(phone=False, sip_more=dns.option)
        self.juliet = self.person()
        condition, kind, _ = self.refused("dns")
        self.assertEqual((condition, kind),
                         ("remote-server-not-found", "cancel"))
        self.assertTrue(dns.asked["sip.example", "A"] or
                        dns.asked["_sip._udp.sip.example", "SRV"])

    def test_silent_dns(self):
        """reliability.md 1.7: 480/404 in 5 s, and nobody else waits."""
        dns = Dns(self.scene)
        dns.is_silent = True
        self.open(phone=False, sip_more=dns.option)
        self.juliet = self.person()
        self.juliet.say(self.contact, "try", id="dns")
        answer = self.juliet.ask("sip.test",
                                 "<ping xmlns='urn:xmpp:ping'/>", timeout=1)
        self.assertEqual(answer.get("type"), "result")
        self.juliet.expect_error("dns", timeout=12)


class ErrorsToSip(Case):
    def test_unknown_user(self):
        """404, and before any 2xx."""
        self.open()
        self.assertEqual(self.phone.say("sip:nobody@xmpp.test", "you?").status,
                         404)
        juliet = self.person()
        self.assertEqual(self.phone.say(self.user_uri, "you?").status, 202)
        juliet.expect_message("you?")

    def test_unknown_among_known(self):
        """One barrier serves many; each gets its own answer."""
        self.open()
        juliet = self.person()
        asked = {}
        for i in range(40):
            uri = self.user_uri if i % 2 else "sip:nobody%d@xmpp.test" % i
            data = self.phone.message(uri, "m%d" % i, call_id="c%d" % i)
            asked["c%d" % i] = 202 if i % 2 else 404
            self.phone.send(data)
        while asked:
            got = self.phone.responses.get(timeout=20)
            if got.status >= 200:
                self.assertEqual(got.status, asked.pop(got.get("call-id")))
        for i in range(1, 40, 2):
            juliet.expect_message("m%d" % i)

    def test_unknown_resource(self):
        self.open()
        self.person()
        status = self.phone.say("sip:nobody@xmpp.test;gr=x", "you?").status
        self.assertIn(status, (404, 480))

    def test_wrong_addresses(self):
        self.open()
        for uri, statuses in (
                ("sip:juliet@elsewhere.test", (404,)),
                ("sip:xmpp.test", (400, 404, 484, 604)),
                ("sip:a%00b@xmpp.test", (400, 404)),
                ("sip:%ff@xmpp.test", (400, 404)),
                ("sip:" + "x" * 1100 + "@xmpp.test", (400, 404, 414)),
                ("sip:%20juliet@xmpp.test", (400, 404))):
            with self.subTest(uri=uri[:40]):
                self.assertIn(self.phone.say(uri, "x").status, statuses)

    def test_server_down(self):
        self.open()
        self.server.stop()
        try:
            answer = self.phone.say(self.user_uri, "x")
            self.assertEqual(answer.status, 503)
            self.assertTrue(5 <= int(answer.get("retry-after")) <= 15)
        finally:
            self.server.start()
            self.forget_people()
        self.stox.wait_log("component_up", count=2)


class ErrorsToSipEjabberd(ErrorsToSip):
    server_name = "ejabberd"


if __name__ == "__main__":
    unittest.main()
