"""What the component answers itself, and what it must not answer."""
import time
import unittest

from lib.case import Case
from lib.person import child, local, text

NS = {"info": "http://jabber.org/protocol/disco#info",
      "items": "http://jabber.org/protocol/disco#items",
      "version": "jabber:iq:version", "last": "jabber:iq:last",
      "time": "urn:xmpp:time", "ping": "urn:xmpp:ping"}


def query(name, more=""):
    return "<query xmlns='%s'%s/>" % (NS[name], more)


class Services(Case):
    def test_disco(self):
        self.open()
        juliet = self.person()
        el = juliet.ask("sip.test", query("info"))[0]
        identity = [(i.get("category"), i.get("type")) for i in el
                    if local(i) == "identity"]
        self.assertEqual(identity, [("gateway", "simple")])
        features = {f.get("var") for f in el if local(f) == "feature"}
        self.assertLessEqual({NS["info"], NS["items"], NS["version"],
                              NS["last"], NS["time"], NS["ping"]}, features)
        self.assertIn("jid\\20escaping", features)
        items = juliet.ask("sip.test", query("items"))
        self.assertEqual(items.get("type"), "result")
        self.assertEqual(len(items[0]), 0)
        el = juliet.ask(self.contact, query("info"))
        self.assertEqual(el.get("type"), "result")
        el = juliet.ask("sip.test", query("info", " node='x'"))
        self.assertEqual(local(child(el, "error")[0]), "item-not-found")

    def test_version_time_last_ping(self):
        self.open()
        juliet = self.person()
        el = juliet.ask("sip.test", query("version"))[0]
        self.assertEqual(text(el, "name"), "Stox")
        self.assertRegex(text(el, "version"), r"^\d")
        el = juliet.ask("sip.test", "<time xmlns='urn:xmpp:time'/>")[0]
        stamp = time.mktime(time.strptime(text(el, "utc"),
                                          "%Y-%m-%dT%H:%M:%SZ"))
        self.assertLess(abs(stamp - time.mktime(time.gmtime())), 5)
        el = juliet.ask("sip.test", query("last"))[0]
        self.assertLess(int(el.get("seconds")), 60)
        for to in ("sip.test", self.contact, self.contact + "/x"):
            el = juliet.ask(to, "<ping xmlns='urn:xmpp:ping'/>")
            self.assertEqual((el.get("type"), el.get("from")),
                             ("result", to))

    def test_every_iq_is_answered_once(self):
        self.open()
        juliet = self.person()
        odd = ("<x xmlns='urn:odd'/>", "<query xmlns='jabber:iq:register'/>",
               "<query xmlns='http://jabber.org/protocol/disco#info2'/>")
        for to in ("sip.test", self.contact, "sip.test/x"):
            for kind in ("get", "set"):
                for payload in odd:
                    el = juliet.ask(to, payload, kind)
                    self.assertEqual(local(child(el, "error")[0]),
                                     "service-unavailable")
        el = juliet.ask("sip.test", "<ping xmlns='urn:xmpp:ping'/>", "set")
        self.assertEqual(el.get("type"), "error")
        # None for results and errors; the ping behind them proves it.
        for kind in ("result", "error"):
            juliet.send("<iq type='%s' to='sip.test' id='zz'/>" % kind)
        juliet.ask("sip.test", "<ping xmlns='urn:xmpp:ping'/>")
        self.assertEqual([e for e in juliet.seen if local(e) == "iq"], [])


class Silence(Case):
    """What must not become a MESSAGE, or an answer."""

    def nothing_came(self, juliet):
        """The message behind it is the first that the phone sees."""
        juliet.say(self.contact, "behind")
        first = self.phone.expect("a request")
        self.assertEqual(first.body, b"behind")

    def test_without_a_body(self):
        self.open()
        juliet = self.person()
        for inside in (
                "", "<composing xmlns='http://jabber.org/protocol/chatstates'"
                "/>", "<received xmlns='urn:xmpp:receipts' id='1'/>",
                "<displayed xmlns='urn:xmpp:chat-markers:0' id='1'/>",
                "<subject> </subject>", "<body/>",
                "<store xmlns='urn:xmpp:hints'/>",
                "<encrypted xmlns='eu.siacs.conversations.axolotl'><header "
                "sid='1'/></encrypted><store xmlns='urn:xmpp:hints'/>",
                "<event xmlns='http://jabber.org/protocol/pubsub#event'/>",
                "<body xmlns='urn:odd'>not ours</body>"):
            with self.subTest(inside=inside):
                juliet.send("<message to='%s' type='chat' id='e'>%s</message>"
                            % (self.contact, inside))
                self.nothing_came(juliet)

    def test_what_cannot_be_read(self):
        """Encrypted, without a text beside it: its sender learns it, once;
        of a headline and of what is encrypted typing nobody does."""
        self.open()
        juliet = self.person()
        lost = ("<encrypted xmlns='urn:xmpp:omemo:2'><header sid='1'/>"
                "<payload>aGk=</payload></encrypted>")
        unknown = ("<x xmlns='urn:odd'/>"
                   "<request xmlns='urn:xmpp:receipts'/>")
        for to in (self.contact, "sip.test"):
            for i, inside in enumerate((lost, unknown)):
                juliet.send("<message to='%s' id='l%d' type='chat'>%s"
                            "</message>" % (to, i, inside))
                e = juliet.expect_error("l%d" % i, "service-unavailable")
                self.assertIn("message", text(child(e, "error"), "text"))
        for kind, inside in (("headline", lost), ("error", lost),
                             ("chat", lost + "<no-store xmlns='urn:xmpp:hints"
                              "'/>"), ("chat", "<x xmlns='urn:odd'/>")):
            juliet.send("<message to='%s' id='n' type='%s'>%s</message>"
                        % (self.contact, kind, inside))
        self.nothing_came(juliet)
        juliet.expect_nothing("an answer to it", lambda e:
                              e.get("id") == "n", 0.1)
        # With a text for clients that cannot read it, that is what goes.
        juliet.send("<message to='%s' id='f' type='chat'>%s<body>I wrote you "
                    "an OMEMO message</body></message>" % (self.contact, lost))
        self.phone.expect_message("I wrote you an OMEMO message")

    def test_a_subject_alone(self):
        """Words of a person, in whatever field they stand."""
        self.open()
        juliet = self.person()
        juliet.send("<message to='%s' id='s'><subject>Come at once</subject>"
                    "</message>" % self.contact)
        got = self.phone.expect_message("Come at once")
        self.assertEqual(got.get("subject"), "Come at once")
        self.phone.say(self.user_uri, "", extra="Subject: I am here\r\n")
        el = juliet.expect_message("I am here")
        self.assertEqual(text(el, "subject"), "I am here")

    def test_errors_are_never_answered(self):
        self.open(404)
        juliet = self.person()
        for body in ("<body>bounce</body>", ""):
            juliet.send("<message to='%s' type='error' id='e1'>%s<error "
                        "type='cancel'><gone xmlns='urn:ietf:params:xml:ns:"
                        "xmpp-stanzas'/></error></message>"
                        % (self.contact, body))
        self.nothing_came(juliet)
        juliet.expect_nothing("an answer to it", lambda e:
                              e.get("id") == "e1", 0.1)

    def test_groupchat_is_refused(self):
        self.open()
        juliet = self.person()
        juliet.send("<message to='%s' type='groupchat' id='g1'><body>all"
                    "</body></message>" % self.contact)
        juliet.expect_error("g1")
        self.nothing_came(juliet)

    def test_no_room_to_enter(self):
        """Who enters a chat room waits for an answer (XEP-0045 7.2)."""
        self.open()
        juliet = self.person()
        juliet.send("<presence to='%s/nick' id='j1'><x xmlns='http://jabber."
                    "org/protocol/muc'/></presence>" % self.contact)
        e = juliet.expect("an error", lambda e: e.get("id") == "j1")
        self.assertEqual((local(e), e.get("type"), e.get("from")),
                         ("presence", "error", self.contact + "/nick"))
        juliet.send("<presence to='%s/nick' id='j2' type='unavailable'/>"
                    % self.contact)
        self.nothing_came(juliet)

    def test_headlines(self):
        self.open()
        self.person().send("<message to='%s' type='headline'><body>news"
                           "</body></message>" % self.contact)
        self.phone.expect_message("news")
        self.stox.stop()
        self.open(component_more="    message: {headlines: false}\n")
        juliet = self.person()
        juliet.send("<message to='%s' type='headline'><body>news"
                    "</body></message>" % self.contact)
        self.nothing_came(juliet)

    def test_to_the_component_itself(self):
        self.open()
        juliet = self.person()
        juliet.say("sip.test", "anybody?", id="c1")
        juliet.expect("a hint", lambda e: e.get("from") == "sip.test" and
                      "help" in (text(e, "body") or ""))
        self.nothing_came(juliet)

    def test_wrong_addresses(self):
        self.open()
        juliet = self.person()
        for local_part in ("a\\20", "\\20a"):
            juliet.say(local_part + "@sip.test", "x", id="w1")
            juliet.expect_error("w1")


class ServicesEjabberd(Services):
    server_name = "ejabberd"


if __name__ == "__main__":
    unittest.main()
