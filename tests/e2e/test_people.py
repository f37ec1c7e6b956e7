"""What users see of the gateway in their client: its presence, how a number
becomes a contact, vCards, names."""
import base64
import hashlib
import os
import struct
import unittest
import zlib

from lib import caps
from lib.case import Case, FakeCase
from lib.person import child, local, text
from lib.simple import Notifier, Watcher, pidf

LANG = "{http://www.w3.org/XML/1998/namespace}lang"
GATEWAY = "<query xmlns='jabber:iq:gateway'>%s</query>"
VCARD = "<vCard xmlns='vcard-temp'/>"
VCARD4 = "<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'/>"
PUBSUB = ("<pubsub xmlns='http://jabber.org/protocol/pubsub'><items "
          "node='%s'>%s</items></pubsub>")
NUMBERS = """
    numbers: [{sip: '0', sip_host: sip.example, jid: '+49', jid_domain: sip.test, digits: 4-14}]
    aliases: [{jid: front.desk@sip.test, uri: 'sip:100@sip.example'}]
"""
ABOUT = """
about:
  name: Bridge of Verona
  admin_addresses: ['mailto:admin@xmpp.test', 'xmpp:admin@xmpp.test']
  abuse_addresses: ['mailto:abuse@xmpp.test']
"""


def png():
    """One pixel."""
    def chunk(kind, data):
        return (struct.pack(">I", len(data)) + kind + data +
                struct.pack(">I", zlib.crc32(kind + data)))
    return (b"\x89PNG\r\n\x1a\n" +
            chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b""))


def condition(el):
    return local(child(el, "error")[0])


def from_gateway(kind=None):
    return lambda e: (local(e) == "presence" and e.get("from") == "sip.test"
                      and e.get("type") == kind)


class Addresses(Case):
    """A SIP address or a number, as people type it, becomes a contact."""

    def prompt(self, juliet, typed):
        return juliet.ask("sip.test", GATEWAY % (
            "<prompt>%s</prompt>" % typed), "set")

    def test_prompt(self):
        self.open(component_more=NUMBERS)
        juliet = self.person()
        el = juliet.ask("sip.test", GATEWAY % "")
        self.assertIn("SIP", text(el[0], "desc"))
        self.assertTrue(text(el[0], "prompt"))
        for typed, jid in (
                ("romeo@sip.example", "romeo@sip.test"),
                ("sip:romeo@sip.example", "romeo@sip.test"),
                ("tel:+49-30-123456", "+4930123456@sip.test"),
                ("+49 (30) 123456", "+4930123456@sip.test"),
                ("030123456", "+4930123456@sip.test"),
                ("romeo", "romeo@sip.test"),
                ("100", "front.desk@sip.test")):
            el = self.prompt(juliet, typed)
            self.assertEqual(text(el[0], "jid"), jid, typed)
        # And what was typed can be written to.
        juliet.say("+4930123456@sip.test", "by number")
        got = self.phone.expect_message("by number")
        self.assertIn("sip:030123456@sip.example", got.line)

    def test_prompt_errors(self):
        self.open(component_more=NUMBERS)
        juliet = self.person()
        for typed, what in (("", "not-acceptable"),
                            ("Romeo Montague", "not-acceptable"),
                            ("romeo@elsewhere.example", "forbidden"),
                            ("sip:", "jid-malformed")):
            el = self.prompt(juliet, typed)
            self.assertEqual(condition(el), what, typed)
            self.assertTrue(text(child(el, "error"), "text"))
        el = juliet.ask("sip.test", GATEWAY % "", "set")
        self.assertEqual(condition(el), "bad-request")
        el = juliet.ask(self.contact, GATEWAY % "")
        self.assertEqual(condition(el), "service-unavailable")

    def test_languages(self):
        self.open()
        juliet = self.person()
        juliet.send("<iq type='get' to='sip.test' id='de1' xml:lang='de-AT'>"
                    "%s</iq>" % (GATEWAY % ""))
        el = juliet.expect("the prompt", lambda e: e.get("id") == "de1")
        self.assertEqual(text(el[0], "prompt"), "SIP-Adresse oder Nummer")
        self.assertEqual(el[0].get(
            "{http://www.w3.org/XML/1998/namespace}lang"), "de")

    def test_search(self):
        self.open(component_more=NUMBERS)
        juliet = self.person()
        el = juliet.ask("sip.test", "<query xmlns='jabber:iq:search'/>")
        self.assertTrue(text(el[0], "instructions"))
        self.assertIsNotNone(child(el[0], "nick"))
        fields = [f.get("var") for f in child(el[0], "x")
                  if local(f) == "field"]
        self.assertEqual(fields, ["FORM_TYPE", "address"])
        for typed, jids in (("+49 30 123456", ["+4930123456@sip.test"]),
                            ("romeo@sip.example", ["romeo@sip.test"]),
                            ("DESK", ["front.desk@sip.test"]),
                            ("no such one", [])):
            el = juliet.ask("sip.test", "<query xmlns='jabber:iq:search'>"
                            "<nick>%s</nick></query>" % typed, "set")
            self.assertEqual([i.get("jid") for i in el[0]], jids)
        el = juliet.ask(
            "sip.test", "<query xmlns='jabber:iq:search'><x xmlns="
            "'jabber:x:data' type='submit'><field var='address'><value>desk"
            "</value></field></x></query>", "set")
        form = child(el[0], "x")
        item = child(form, "item")
        self.assertEqual({f.get("var"): text(f, "value") for f in item},
                         {"jid": "front.desk@sip.test", "nick": "front.desk",
                          "sip": "sip:100@sip.example"})
        el = juliet.ask("sip.test", "<query xmlns='jabber:iq:search'>"
                        "<nick>x</nick></query>", "set")
        self.assertEqual(condition(el), "not-acceptable")


class Faces(Case):
    """vCards, pictures, names, capabilities, contact addresses."""

    def test_vcards(self):
        self.open()
        juliet = self.person()
        el = juliet.ask(self.contact, VCARD)
        self.assertEqual(text(el[0], "FN"), "romeo")
        self.assertEqual(text(el[0], "URL"), "sip:romeo@sip.example")
        self.assertEqual(text(el[0], "JABBERID"), self.contact)
        self.assertIsNone(child(el[0], "TEL"))
        el = juliet.ask("+4930@sip.test", VCARD)
        self.assertEqual(text(child(el[0], "TEL"), "NUMBER"), "+4930")
        el = juliet.ask("sip.test", VCARD)
        self.assertEqual(text(el[0], "FN"), "Stox SIP/SIMPLE gateway")
        for to in ("sip.test", self.contact):
            self.assertEqual(condition(juliet.ask(to, VCARD, "set")),
                             "forbidden")
        el = juliet.ask("a\\20@sip.test", VCARD)
        self.assertEqual(el.get("type"), "error")

    def test_picture(self):
        path = os.path.join(self.scene.dir, "phone.png")
        with open(path, "wb") as f:
            f.write(png())
        self.open(more="about: {contact_avatar_file: %s}\n" % path)
        juliet = self.person()
        el = juliet.ask(self.contact, VCARD)
        photo = child(el[0], "PHOTO")
        self.assertEqual(text(photo, "TYPE"), "image/png")
        self.assertTrue(text(photo, "BINVAL"))
        self.assertIsNone(child(juliet.ask("sip.test", VCARD)[0], "PHOTO"))

    def test_vcard4(self):
        """Asked for by iq, and as clients do that look into PEP."""
        self.open()
        juliet = self.person()
        el = juliet.ask("+4930@sip.test", VCARD4)
        for card in (el[0], self.items(juliet, "+4930@sip.test",
                                       "urn:xmpp:vcard4")[0]):
            self.assertEqual(text(child(card, "fn"), "text"), "+4930")
            self.assertEqual([text(u, "uri") for u in card
                              if local(u) in ("impp", "tel")],
                             ["xmpp:+4930@sip.test",
                              "sip:+4930@sip.example", "tel:+4930"])
        el = juliet.ask("sip.test", VCARD4)
        self.assertEqual(text(child(el[0], "fn"), "text"),
                         "Stox SIP/SIMPLE gateway")
        for to in ("sip.test", self.contact):
            self.assertEqual(condition(juliet.ask(to, VCARD4, "set")),
                             "forbidden")
            info = juliet.ask(to, "<query xmlns='http://jabber.org/protocol/"
                              "disco#info'/>")[0]
            self.assertIn("urn:ietf:params:xml:ns:vcard-4.0",
                          {f.get("var") for f in info})
        self.assertEqual(juliet.ask("a\\20@sip.test", VCARD4).get("type"),
                         "error")

    def items(self, juliet, to, node, id=None):
        item = "<item id='%s'/>" % id if id else ""
        el = juliet.ask(to, PUBSUB % (node, item))
        self.assertEqual(el.get("type"), "result", el)
        items = el[0][0]
        self.assertEqual((local(items), items.get("node")), ("items", node))
        return items[0]

    def test_avatar_items(self):
        """XEP-0084: the picture that is configured, for who looks there."""
        path = os.path.join(self.scene.dir, "gateway.png")
        with open(path, "wb") as f:
            f.write(png())
        self.open(more="about: {avatar_file: %s}\n" % path)
        juliet = self.person()
        item = self.items(juliet, "sip.test", "urn:xmpp:avatar:metadata")
        digest = hashlib.sha1(png()).hexdigest()
        info = child(item[0], "info")
        self.assertEqual((item.get("id"), info.get("id"), info.get("type"),
                          info.get("bytes")),
                         (digest, digest, "image/png", str(len(png()))))
        item = self.items(juliet, "sip.test", "urn:xmpp:avatar:data", digest)
        self.assertEqual(base64.b64decode(item[0].text), png())
        photo = child(juliet.ask("sip.test", VCARD)[0], "PHOTO")
        self.assertEqual(base64.b64decode(text(photo, "BINVAL")), png())
        for to, node, id in (
                ("sip.test", "urn:xmpp:avatar:data", "another"),
                (self.contact, "urn:xmpp:avatar:data", None),
                (self.contact, "urn:xmpp:avatar:metadata", None),
                (self.contact, "eu.siacs.conversations.axolotl.devicelist",
                 None)):
            el = juliet.ask(to, PUBSUB % (
                node, "<item id='%s'/>" % id if id else ""))
            self.assertEqual(condition(el), "item-not-found")
        for inside in ("<subscriptions/>", ""):
            el = juliet.ask("sip.test", "<pubsub xmlns='http://jabber.org/"
                            "protocol/pubsub'>%s</pubsub>" % inside)
            self.assertEqual(condition(el), "feature-not-implemented")

    def test_contact_addresses(self):
        self.open(more=ABOUT)
        juliet = self.person()
        el = juliet.ask("sip.test", "<query xmlns='http://jabber.org/"
                        "protocol/disco#info'/>")[0]
        self.assertEqual(child(el, "identity").get("name"),
                         "Bridge of Verona")
        fields = {f.get("var"): [v.text for v in f] for f in child(el, "x")}
        self.assertEqual(fields, {
            "FORM_TYPE": ["http://jabber.org/network/serverinfo"],
            "admin-addresses": ["mailto:admin@xmpp.test",
                                "xmpp:admin@xmpp.test"],
            "abuse-addresses": ["mailto:abuse@xmpp.test"]})

    def test_nick(self):
        """XEP-0172: with the first message only, and then in the vCard."""
        self.open()
        juliet = self.person()
        for body, nick in (("one", "Romeo M."), ("two", None)):
            data = self.phone.message(self.user_uri, body)
            self.phone.send(data.replace(b"From: <", b'From: "Romeo M." <'))
            el = juliet.expect_message(body)
            self.assertEqual(text(el, "nick"), nick)
        el = juliet.ask(self.contact, VCARD)
        self.assertEqual(text(el[0], "FN"), "Romeo M.")


class Contacts(Case):
    """What comes with a contact's presence."""

    def test_caps(self):
        path = os.path.join(self.scene.dir, "phone.png")
        with open(path, "wb") as f:
            f.write(png())
        self.open(more="about: {contact_avatar_file: %s}\n" % path)
        juliet = self.person()
        self.phone.on_request = lambda m: (
            200, "Expires: 3600\r\nContact: <sip:romeo@%s>\r\n"
            % self.phone.address)
        juliet.send("<presence to='%s' type='subscribe'/>" % self.contact)
        got = self.phone.expect("SUBSCRIBE", lambda m:
                                m.method == "SUBSCRIBE")
        Notifier(self.phone, got).notify(body=pidf(self.phone.uri))
        el = juliet.expect("his presence", lambda e:
                           local(e) == "presence" and e.get("type") is None
                           and e.get("from").startswith(self.contact))
        info = caps.check(juliet, el)
        self.assertEqual(child(info, "identity").get("type"), "phone")
        with open(path, "rb") as f:
            digest = hashlib.sha1(f.read()).hexdigest()
        self.assertEqual(text(child(el, "x"), "photo"), digest)
        photo = child(juliet.ask(self.contact, VCARD)[0], "PHOTO")
        self.assertEqual(text(photo, "TYPE"), "image/png")
        self.assertIsNone(child(el, "nick"))

    def test_subscribe_says_the_name(self):
        self.open()
        juliet = self.person()
        data = Watcher(self.phone, self.user_uri).bytes()
        answer = self.phone.ask(
            data.replace(b"From: <", b'From: "Romeo M." <'))
        self.assertLess(answer.status, 300)
        el = juliet.expect("his request", lambda e: e.get("type") ==
                           "subscribe" and e.get("from") == self.contact)
        self.assertEqual(text(el, "nick"), "Romeo M.")


class Reception(Case):
    """The gateway's own presence."""

    def test_subscribe(self):
        self.open(more=ABOUT)
        juliet = self.person()
        juliet.send("<presence to='sip.test' type='subscribe'/>")
        juliet.expect("subscribed", from_gateway("subscribed"))
        el = juliet.expect("available", from_gateway())
        self.assertIsNone(child(el, "show"))
        self.assertEqual({s.get(LANG): s.text for s in el
                          if local(s) == "status"},
                         {None: "Ready", "de": "Bereit"})
        info = caps.check(juliet, el)
        self.assertEqual(child(info, "identity").get("category"), "gateway")
        # A restart of the gateway: gone, and back by itself.
        self.stox.stop()
        juliet.expect("unavailable", from_gateway("unavailable"))
        self.stox.start()
        juliet.expect("available", from_gateway())
        juliet.send("<presence to='sip.test' type='unsubscribe'/>")
        juliet.expect("unavailable", from_gateway("unavailable"))

    def test_sip_side(self):
        """xa while the SIP side is silent, and back."""
        self.open(sip_more="  check_s: 1\n  timeout_ms: 4000\n")
        juliet = self.person()
        self.phone.on_request = lambda msg: None
        juliet.send("<presence to='sip.test' type='subscribe'/>")
        juliet.expect("xa", lambda e: from_gateway()(e) and
                      text(e, "show") == "xa", 20)
        self.phone.on_request = lambda msg: 200
        juliet.expect("back", lambda e: from_gateway()(e) and
                      child(e, "show") is None and
                      text(e, "status") == "Ready", 20)
        juliet.send("<presence to='sip.test' type='unsubscribe'/>")
        juliet.expect("unavailable", from_gateway("unavailable"))


class ReceptionStrangers(FakeCase):
    def test_foreign_domains(self):
        """They get an error, nobody gets presence that he did not ask for."""
        self.open()
        self.link.send("<presence from='eve@evil.test' to='sip.test' "
                       "type='subscribe' id='s1'/>")
        self.link.expect(rb"<presence [^>]*id='s1'[^>]*type='error'|"
                         rb"<presence [^>]*type='error'[^>]*id='s1'")
        self.link.send("<iq from='eve@evil.test/a' to='sip.test' type='get' "
                       "id='g1'>%s</iq>" % (GATEWAY % ""))
        self.link.expect(rb"id='g1'[^>]*><error [^>]*><forbidden")
        self.link.send("<iq from='eve@evil.test/a' to='romeo@sip.test' "
                       "type='get' id='g2'><query xmlns='http://jabber.org/"
                       "protocol/disco#info'/></iq>")
        self.link.expect(rb"id='g2'[^>]*><error [^>]*><service-unavailable")


class ReceptionEjabberd(Reception):
    server_name = "ejabberd"


class AddressesEjabberd(Addresses):
    server_name = "ejabberd"


if __name__ == "__main__":
    unittest.main()
