"""Text both ways between an XMPP user and a SIP user agent, over every
transport (RFC 7572, RFC 3428)."""
import unittest

from lib.case import Case
from lib.person import child, text
from lib.phone import Phone

TEXTS = [
    "Art thou not Romeo, and a Montague?",
    "ünïcödé, 中文, עברית, 👩‍👩‍👧 and e\u0301",
    "<b>bold</b> & \"quotes\" 'single' ]]> &amp; &#13;",
    "line one\nline two\n\n  indented\ttab",
    "x" * 98,
]


class Messages(Case):
    def converse(self, phone):
        juliet = self.person()
        for body in TEXTS:
            juliet.say(self.contact, body)
            got = phone.expect_message(body)
            self.assertEqual(got.line.split()[1], "sip:romeo@sip.example")
            self.assertIn("<sip:juliet@xmpp.test;gr=desk>", got.get("from"))
            self.assertTrue(got.get("content-type").lower().startswith(
                "text/plain"))
            self.assertIsNone(got.get("contact"))
            self.assertEqual(got.get("via").split()[0],
                             "SIP/2.0/" + phone.transport.upper())
            answer = phone.say(self.user_uri, body)
            self.assertEqual(answer.status, 202)
            self.assertEqual(answer.body, b"")
            self.assertIsNone(answer.get("contact"))
            el = juliet.expect_message(body)
            self.assertEqual(el.get("from"), "romeo@sip.test")
            self.assertIn(el.get("type"), (None, "normal"))
        juliet.expect_nothing("more", lambda e: child(e, "body") is not None,
                              0.1)
        self.assertTrue(phone.requests.empty())

    def test_udp(self):
        self.open()
        self.converse(self.phone)

    def test_tcp(self):
        phone = Phone(self.scene, None, transport="tcp")
        self.open(phone=False, proxy=phone.address + ";transport=tcp")
        phone.gateway = self.stox.address
        self.converse(phone)

    def test_ipv6(self):
        phone = Phone(self.scene, None, host="::1")
        self.open(phone=False, proxy=phone.address, ipv6=True)
        phone.gateway = self.stox.address6
        self.converse(phone)

    def test_ipv6_tcp(self):
        phone = Phone(self.scene, None, host="::1", transport="tcp")
        self.open(phone=False, proxy=phone.address + ";transport=tcp",
                  ipv6=True)
        phone.gateway = self.stox.address6
        self.converse(phone)

    def test_each_user_gets_his_own(self):
        self.open()
        juliet, other = self.person(), self.person("romeo")
        self.assertEqual(self.phone.say("sip:romeo@xmpp.test", "for him")
                         .status, 202)
        self.assertEqual(self.phone.say(self.user_uri, "for her").status, 202)
        other.expect_message("for him")
        juliet.expect_message("for her")
        juliet.expect_nothing("his message", lambda e: child(e, "body")
                              is not None, 0.1)

    def test_resource_both_ways(self):
        """gr <-> resource (RFC 7247 §6.3, RFC 7572 Table 1 note 1)."""
        self.open()
        juliet, away = self.person(), self.person(resource="the balcony;1")
        answer = self.phone.say(
            "sip:juliet@xmpp.test;gr=the%20balcony%3B1", "up there")
        self.assertEqual(answer.status, 202)
        away.expect_message("up there")
        juliet.expect_nothing("it", lambda e: text(e, "body") == "up there",
                              0.1)
        away.say(self.contact, "who goes?")
        got = self.phone.expect_message("who goes?")
        self.assertIn("<sip:juliet@xmpp.test;gr=the%20balcony%3B1>",
                      got.get("from"))
        away.say(self.contact + "/phone=1", "you?")
        got = self.phone.expect_message("you?")
        self.assertEqual(got.line.split()[1],
                         "sip:romeo@sip.example;gr=phone%3D1")
        self.phone.say(self.user_uri, "I",
                       from_uri="sip:romeo@sip.example;gr=abc")
        self.assertEqual(juliet.expect_message("I").get("from"),
                         "romeo@sip.test/abc")


class MessagesEjabberd(Messages):
    server_name = "ejabberd"


if __name__ == "__main__":
    unittest.main()
