"""Roster help: by the server where it grants it (XEP-0356), by subscriptions
where it does not. Nothing of it is configured at the gateway."""
import unittest

from lib import servers
from lib.case import Case, FakeCase
from lib.person import child, local, text
from lib.simple import Notifier

GRANT = ("<message from='xmpp.test' to='sip.test' id='p1'><privilege "
         "xmlns='urn:xmpp:privilege:%d'><perm access='roster' type='%s'/>"
         "</privilege></message>")


class Privileged(servers.Ejabberd):  # a server, no test
    def prepare(self):
        self.config = self.scene.write(
            "ejabberd/ejabberd.yml", self.fill(servers.EJABBERD) +
            "  mod_privilege:\n    roster:\n      both: all\n")


class PrivilegedProsody(servers.Prosody):  # a server, no test
    """With mod_privilege of Debian's prosody-modules, as
    docs/guides/servers.md has it."""

    def prepare(self):
        super().prepare()
        with open(self.config, encoding="utf-8") as f:
            text = f.read()
        host = 'VirtualHost "%s"\n' % self.domain
        self.assert_in(host, text)
        text = text.replace('"pep" }', '"pep", "privilege" }').replace(
            host, host + '  privileged_entities = { ["%s"] = { roster = '
            '"both" } }\n' % self.component)
        self.scene.write("prosody/prosody.cfg.lua", text +
                         '  modules_enabled = { "privilege" }\n')

    @staticmethod
    def assert_in(part, text):
        assert part in text, text


servers.SERVERS["ejabberd-privileged"] = Privileged
servers.SERVERS["prosody-privileged"] = PrivilegedProsody


class Base(Case):
    def line(self, who, body):
        who.say("sip.test", body)
        el = who.expect("an answer to %r" % body, lambda e:
                        local(e) == "message" and
                        e.get("from") == "sip.test")
        return text(el, "body")

    def push(self, who, jid):
        el = who.expect("a roster push of " + jid, lambda e:
                        local(e) == "iq" and e.get("type") == "set" and
                        any(i.get("jid") == jid for i in e[0]))
        return el[0][0]


class ByTheServer(Base):
    """ejabberd 23.01 grants it and lets rosters be read, but fails at every
    change (module_not_loaded of mod_roster for the component's name; its issue
    3942, mended in later versions): then it is done by subscriptions."""
    server_name = "ejabberd-privileged"

    def test_add(self):
        self.open()
        self.stox.wait_log("privileges")
        self.assertTrue(self.stox.has_log("roster=yes"))
        juliet = self.person()
        got = self.line(juliet, 'add "+49 30 1234" "Oma Erna"')
        if got == "done":
            self.assertEqual(self.push(juliet, "+49301234@sip.test").get(
                "name"), "Oma Erna")
            return
        self.assertIn("accept it in your client", got)
        self.assertTrue(self.stox.has_log("privilege_refused"))
        juliet.expect("his request", lambda e: e.get("type") == "subscribe"
                      and e.get("from") == "+49301234@sip.test")
        # It costs nothing else: the same link, and messages go on.
        self.assertEqual(self.stox.log().count("component_up"), 1)
        juliet.say(self.contact, "still there")
        self.phone.expect_message("still there")


class ByProsody(Base):
    """The real one does as it says."""
    server_name = "prosody-privileged"

    def open(self, **kw):
        super().open(**kw)
        self.stox.wait_log("privileges")
        self.assertTrue(self.stox.has_log("roster=yes"))

    def roster(self, who):
        el = who.ask("juliet@xmpp.test", "<query xmlns='jabber:iq:roster'/>")
        return {i.get("jid"): (i.get("name"), i.get("subscription"))
                for i in el[0]}

    def test_add_and_remove(self):
        self.open()
        juliet = self.person()
        self.roster(juliet)  # who has asked for it gets pushes
        self.assertEqual(self.line(juliet, 'add "+49 30 1234" "Oma Erna"'),
                         "done")
        item = self.push(juliet, "+49301234@sip.test")
        self.assertEqual((item.get("name"), item.get("subscription")),
                         ("Oma Erna", "none"))
        self.assertEqual(self.roster(juliet)["+49301234@sip.test"],
                         ("Oma Erna", "none"))
        self.assertEqual(self.line(juliet, "remove +49301234"), "done")
        self.assertEqual(self.push(juliet, "+49301234@sip.test").get(
            "subscription"), "remove")
        self.assertNotIn("+49301234@sip.test", self.roster(juliet))
        # One who is not there is removed as well, and that is no reason to
        # do without the server's help.
        self.assertEqual(self.line(juliet, "remove +49301234"), "done")
        self.assertFalse(self.stox.has_log("privilege_refused"))
        self.assertEqual(self.line(juliet, "add romeo@sip.example"), "done")
        self.push(juliet, "romeo@sip.test")
        self.line(juliet, "remove romeo@sip.example")

    def test_name(self):
        """A contact without a name gets the one that he calls himself by, and
        keeps his group."""
        self.open()
        juliet = self.person()
        self.roster(juliet)
        juliet.ask("juliet@xmpp.test", "<query xmlns='jabber:iq:roster'><item jid='%s'>"
                   "<group>SIP</group></item></query>" % self.contact, "set")
        self.push(juliet, self.contact)
        data = self.phone.message(self.user_uri, "hello")
        self.phone.send(data.replace(b"From: <", b'From: "Romeo M." <'))
        juliet.expect_message("hello")
        item = self.push(juliet, self.contact)
        self.assertEqual(item.get("name"), "Romeo M.")
        self.assertEqual([g.text for g in item], ["SIP"])

    def test_granted_again(self):
        """After each handshake, by itself."""
        self.open()
        juliet = self.person()
        self.server.kill()
        self.server.start()
        self.forget_people()
        self.stox.wait_log("privileges", count=2)
        juliet = self.person()
        self.assertEqual(self.line(juliet, "add tybalt@sip.example"), "done")
        self.line(juliet, "remove tybalt@sip.example")


class BySubscriptions(Base):
    def test_add_and_remove(self):
        self.open()
        juliet = self.person()
        self.assertIn("accept it in your client",
                      self.line(juliet, "add romeo@sip.example"))
        juliet.expect("his request", lambda e: e.get("type") == "subscribe"
                      and e.get("from") == self.contact)
        self.assertIn("you do not see each other",
                      self.line(juliet, "remove romeo@sip.example"))
        self.assertIn("no:", self.line(juliet, "add nobody@elsewhere.test"))


class Grants(FakeCase):
    """What a server says, and what it must not be told by."""

    def add(self, id):
        self.link.say("sip.test", "add romeo", id)

    def test_versions(self):
        for version in (1, 2):
            with self.subTest(version=version):
                self.open()
                self.link.send(GRANT % (version, "both"))
                self.stox.wait_log("privileges")
                self.add("a1")
                m = self.link.expect(
                    rb"<iq [^>]*id='(\w+)' type='set'[^>]*><query xmlns="
                    rb"'jabber:iq:roster'><item jid='romeo@sip.test'")
                self.link.send("<iq type='result' id='%s' from='juliet@"
                               "xmpp.test' to='sip.test'/>"
                               % m.group(1).decode())
                self.link.expect_message("done")
                self.stox.stop()

    def test_refusals(self):
        self.open()
        for grant in (GRANT % (2, "get"),
                      (GRANT % (2, "both")).replace(
                          "from='xmpp.test'", "from='eve@xmpp.test'"),
                      (GRANT % (2, "both")).replace(
                          "from='xmpp.test'", "from='evil.test'")):
            self.link.send(grant)
        self.add("a1")
        self.link.expect(rb"<presence [^>]*type='subscribe'")
        self.assertNotIn(b"jabber:iq:roster", self.link.data)

    def test_denied_and_silent(self):
        self.open()
        self.link.send(GRANT % (2, "both"))
        self.add("a1")
        m = self.link.expect(rb"<iq [^>]*id='(\w+)' type='set'")
        self.link.send("<iq type='error' id='%s' from='juliet@xmpp.test' "
                       "to='sip.test'><error type='auth'><forbidden xmlns="
                       "'urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"
                       % m.group(1).decode())
        # Then by subscriptions, and it is not tried again.
        self.link.expect(rb"<presence from='romeo@sip.test'[^>]*subscribe'")
        before = self.link.data.count(b"jabber:iq:roster")
        self.link.say("sip.test", "add tybalt", "a2")
        self.link.expect(rb"<presence from='tybalt@sip.test'[^>]*subscribe'")
        self.assertEqual(self.link.data.count(b"jabber:iq:roster"), before)
        # Granted again, and taken back.
        self.link.send(GRANT % (2, "both"))
        self.link.say("sip.test", "remove tybalt", "a3")
        self.link.expect(rb"<item jid='tybalt@sip.test' "
                         rb"subscription='remove'")
        self.link.send(GRANT % (2, "none"))
        self.link.say("sip.test", "remove nurse", "a4")
        self.link.expect(rb"<presence from='nurse@sip.test'[^>]*"
                         rb"unsubscribed'")

    def watch_and_restart(self):
        """Juliet watches romeo, before a restart and after it."""
        self.open()
        self.phone.on_request = lambda m: (
            200, "Expires: 3600\r\nContact: <sip:romeo@%s>\r\n"
            % self.phone.address)
        self.link.send("<presence from='juliet@xmpp.test' "
                       "to='romeo@sip.test' type='subscribe'/>")
        asked = self.phone.expect("SUBSCRIBE",
                                  lambda m: m.method == "SUBSCRIBE")
        self.assertEqual(Notifier(self.phone, asked).notify().status, 200)
        self.link.expect(rb"type='subscribed'")
        self.stox.kill()
        self.stox.start()
        self.link = self.fake.next_link()
        asked = self.phone.expect("SUBSCRIBE",
                                  lambda m: m.method == "SUBSCRIBE")
        self.assertEqual(Notifier(self.phone, asked).notify().status, 200)

    def test_remove_what_is_no_more(self):
        """She took him off her roster while nobody heard of it: her server
        passes over what the contact says, and the SIP side is let go of."""
        self.watch_and_restart()
        self.link.say("sip.test", "remove romeo", "a1")
        self.link.expect(rb"you do not see each other")
        self.phone.expect("the end", lambda m: m.method == "SUBSCRIBE" and
                          m.get("expires") == "0")

    def test_server_has_it_no_more(self):
        """The same where the server lets rosters be changed: it knows of no
        such entry, and so has nothing to say."""
        self.watch_and_restart()
        self.link.send(GRANT % (2, "both"))
        self.stox.wait_log("privileges")
        self.link.say("sip.test", "remove romeo", "a1")
        m = self.link.expect(rb"<iq [^>]*id='(\w+)' type='set'[^>]*><query "
                             rb"xmlns='jabber:iq:roster'>")
        self.link.send("<iq type='error' id='%s' from='juliet@xmpp.test' "
                       "to='sip.test'><error type='cancel'><item-not-found "
                       "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
                       "</iq>" % m.group(1).decode())
        self.link.expect_message("done")
        self.phone.expect("the end", lambda m: m.method == "SUBSCRIBE" and
                          m.get("expires") == "0")

    def test_names(self):
        """A contact without a name gets the one that he calls himself by,
        with his groups; one that has a name keeps it."""
        self.open()
        self.link.send(GRANT % (2, "both"))
        self.stox.wait_log("privileges")
        for name, item in (("romeo", "<item jid='romeo@sip.test'><group>SIP"
                            "</group></item>"),
                           ("tybalt", "<item jid='tybalt@sip.test' "
                            "name='T'/>")):
            start = len(self.link.data)
            self.phone.uri = "sip:%s@sip.example" % name
            data = self.phone.message(self.user_uri, "hello")
            self.phone.send(data.replace(b"From: <", b'From: "A Name" <'))
            id = self.link.expect(
                rb"(?s)\A.{%d}.*<iq [^>]*id='(\w+)' type='get'[^>]*><query "
                rb"xmlns='jabber:iq:roster'/>" % start).group(1).decode()
            self.link.send("<iq type='result' id='%s' from='juliet@xmpp.test'"
                           " to='sip.test'><query xmlns='jabber:iq:roster'>%s"
                           "</query></iq>" % (id, item))
        self.link.expect(rb"<item jid='romeo@sip.test' name='A Name'>"
                         rb"<group>SIP</group></item>")
        self.link.say("sip.test", "blocked", "b1")
        self.link.expect_message("nobody is blocked")
        self.assertNotIn(b"<item jid='tybalt@sip.test'", self.link.data)

    def test_push(self):
        """Answered where it may come from, refused else."""
        self.open()
        push = ("<iq type='set' from='juliet@xmpp.test' to='sip.test' "
                "id='%s'><query xmlns='jabber:iq:roster'><item jid="
                "'a@xmpp.test'/></query></iq>")
        self.link.send(push % "r1")
        self.link.expect(rb"<iq [^>]*id='r1' type='error'|"
                         rb"<iq [^>]*type='error'[^>]*id='r1'")
        self.link.send(GRANT % (2, "both"))
        self.link.send(push % "r2")
        self.link.expect(rb"<iq [^>]*id='r2' type='result'|"
                         rb"<iq [^>]*type='result'[^>]*id='r2'")


if __name__ == "__main__":
    unittest.main()
