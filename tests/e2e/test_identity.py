"""Who a request is from, and in whose name we answer."""
import unittest

from lib.case import FakeCase

PEERS = """
    - addresses: ["127.0.0.0/8"]
      domains: [sip.example, partner.example]
"""
NUMBERS = ("    numbers:\n"
           "      - { sip: '0', jid: '+49', digits: 4-14 }\n")
# Phones have the XMPP domain's own name; users are called otherwise there.
SAME_NAME = "    users: fixed\n    user_host: gw.xmpp.test\n"


class Asserted(FakeCase):
    """P-Asserted-Identity (RFC 3325) of a peer that we trust."""

    def sender(self, **kw):
        """The status, and from of the stanza that came of it."""
        self.link.data = b""
        status = self.phone.say(self.user_uri, "x", **kw).status
        messages = self.link.messages()
        return status, (messages[0][2].split(b"'")[1].decode()
                        if messages else None)

    def identity(self, value, more="", **kw):
        return self.sender(extra="P-Asserted-Identity: %s\r\n%s"
                           % (value, more), **kw)

    def test_it_goes_before_from(self):
        self.open(peers=PEERS, component_more=NUMBERS)
        for value, kw, want in (
                ("<sip:tybalt@sip.example>", {}, (202, "tybalt@sip.test")),
                ("\"T, y\" <sip:tybalt@sip.example>, <tel:+49301>", {},
                 (202, "tybalt@sip.test")),
                ("<sip:tybalt@sip.example>",
                 {"from_uri": "sip:anonymous@anonymous.invalid"},
                 (202, "tybalt@sip.test")),
                # The same person, and From says on which device.
                ("<sip:romeo@sip.example;user=phone>",
                 {"from_uri": "sip:romeo@sip.example;gr=desk"},
                 (202, "romeo@sip.test/desk")),
                # A domain that the peer may not speak for, and ours.
                ("<sip:tybalt@elsewhere.example>", {}, (403, None)),
                ("<sip:nurse@xmpp.test>", {}, (403, None)),
                # A bare address names no domain.
                ("<sip:tybalt@192.0.2.1>", {}, (202, "romeo@sip.test")),
                # A number where a rule has it, else From.
                ("<tel:030123456>", {}, (202, "+4930123456@sip.test"))):
            with self.subTest(value=value, **kw):
                self.assertEqual(self.identity(value, **kw), want)

    def test_it_is_not_told_when_private(self):
        self.open(peers=PEERS)
        self.assertEqual(
            self.identity("<sip:tybalt@sip.example>", "Privacy: id\r\n",
                          from_uri="sip:anonymous@anonymous.invalid"),
            (403, None))
        # Nor does it let him take another's name.
        self.assertEqual(
            self.identity("<sip:tybalt@sip.example>", "Privacy: id\r\n",
                          from_uri="sip:romeo@sip.example"), (403, None))
        self.assertEqual(
            self.identity("<sip:romeo@sip.example>", "Privacy: id\r\n",
                          from_uri="sip:romeo@sip.example"),
            (202, "romeo@sip.test"))


class OneNameOnBothSides(FakeCase):
    def test_both_ways(self):
        """sip_domain is the XMPP domain itself, users have another host."""
        self.open(sip_domain="xmpp.test", component_more=SAME_NAME)
        got = self.phone.say("sip:juliet@gw.xmpp.test", "from a phone",
                             from_uri="sip:romeo@xmpp.test")
        self.assertEqual(got.status, 202)
        self.assertIn(b"from='romeo@sip.test' to='juliet@xmpp.test'",
                      self.link.expect_message("from a phone")[2])
        self.link.say("romeo@sip.test", "to a phone", "i1")
        msg = self.phone.expect_message("to a phone")
        self.assertEqual(msg.line.split()[1], "sip:romeo@xmpp.test")
        self.assertIn("<sip:juliet@gw.xmpp.test;gr=desk>", msg.get("from"))
        # Users' own addresses are nobody's to say.
        self.assertEqual(
            self.phone.say("sip:juliet@gw.xmpp.test", "x",
                           from_uri="sip:nurse@gw.xmpp.test").status, 403)


class InOurName(FakeCase):
    """Whatever goes to the server is from within our domain: it ends the
    stream else."""

    def test_answers(self):
        self.open()
        for to in ("@sip.test", "a@other.test", "a b@sip.test", "other.test"):
            for body in ("<message %s><body>x</body></message>",
                         "<iq type='get' %s><ping xmlns='urn:xmpp:ping'/>"
                         "</iq>", "<presence type='subscribe' %s/>"):
                with self.subTest(to=to, body=body):
                    self.link.data = b""
                    self.link.send(body % (
                        "from='juliet@xmpp.test/desk' to='%s' id='n1'" % to))
                    self.link.send("<iq from='xmpp.test' to='sip.test' "
                                   "type='get' id='fence'>"
                                   "<ping xmlns='urn:xmpp:ping'/></iq>")
                    self.link.expect(b"id='fence'")
                    head = self.link.data.partition(b"id='fence'")[0]
                    if b"id='n1'" in head:
                        self.assertIn(b"from='sip.test' to='juliet@xmpp.test",
                                      head)


    def test_elsewhere(self):
        """What is for another domain is neither carried nor taken for a word
        to the gateway: one error."""
        self.open()
        for to in ("a@other.test", "other.test"):
            with self.subTest(to):
                self.link.data = b""
                self.link.send("<message from='juliet@xmpp.test/desk' to='%s' "
                               "id='n1'><body>help</body></message>" % to)
                self.link.say("romeo@sip.test", "fence", "n2")
                self.phone.expect_message("fence")
                self.link.expect(b"id='n1'.*</message>")
                self.assertEqual(self.link.errors(),
                                 {"n1": "item-not-found"})
                self.assertEqual(self.link.bodies(), [])


class MovedUsers(FakeCase):
    """gone and redirect with an address (RFC 7247 §7.1)."""

    def bounced(self, error):
        self.link.is_answering = False
        self.phone.send(self.phone.message(self.user_uri, "x"))
        id = self.link.expect_message("x")[0]
        self.link.send(
            "<message type='error' from='juliet@xmpp.test' "
            "to='romeo@sip.test' id='%s'><error type='cancel'>%s</error>"
            "</message>" % (id, error.replace(
                "/>", " xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>")
                .replace("=U>", "='urn:ietf:params:xml:ns:xmpp-stanzas'>")))
        got = self.phone.responses.get(timeout=5)
        return got.status, got.get("contact")

    def test_contact(self):
        self.open()
        for error, want in (
                ("<gone xmlns=U>xmpp:nurse@xmpp.test</gone>",
                 (301, "<sip:nurse@xmpp.test>")),
                ("<gone xmlns=U>xmpp:nurse@elsewhere.test</gone>",
                 (301, "<xmpp:nurse@elsewhere.test>")),
                ("<gone/>", (410, None)),
                ("<redirect xmlns=U>xmpp:nurse@xmpp.test/x</redirect>",
                 (302, "<sip:nurse@xmpp.test;gr=x>")),
                ("<redirect xmlns=U>xmpp:nurse@elsewhere.test</redirect>",
                 (480, None))):
            with self.subTest(error=error):
                self.link.data = b""
                self.assertEqual(self.bounced(error), want)

    def test_long_words(self):
        """What a user says goes into one status line, cut to a size that a
        datagram carries."""
        self.open()
        self.link.is_answering = False
        self.phone.send(self.phone.message(self.user_uri, "x"))
        id = self.link.expect_message("x")[0]
        ns = "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'"
        self.link.send("<message type='error' from='juliet@xmpp.test' "
                       "to='romeo@sip.test' id='%s'><error type='cancel'>"
                       "<item-not-found %s/><text %s>%s</text></error>"
                       "</message>" % (id, ns, ns, "\u00fc\u20ac" * 30000))
        got = self.phone.responses.get(timeout=5)
        self.assertEqual(got.status, 604)
        self.assertLess(len(got.data), 1300)
        self.assertNotIn("\ufffd", got.line)


if __name__ == "__main__":
    unittest.main()
