"""Commands of users and admins, as ad-hoc commands and as chat lines."""
import time
import unittest

from lib import servers
from lib.case import Case, FakeCase
from lib.person import child, local, text
from lib.profanity import Profanity
from lib.scene import until
from lib.simple import Watcher

COMMANDS = "http://jabber.org/protocol/commands"
FORM = "<x xmlns='jabber:x:data' type='submit'>%s</x>"
FIELD = "<field var='%s'><value>%s</value></field>"
ADMIN = "admin:\n  jids: [juliet@xmpp.test]\n"
USERS = {"whoami", "test", "lookup", "add", "remove", "block", "unblock",
         "blocked", "watchers", "withdraw", "typing", "receipts"}


def submit(**fields):
    return FORM % "".join(FIELD % (k, v) for k, v in fields.items())


class Base(Case):
    def command(self, who, node, inside="", action=None, session=None,
                lang=None):
        attrs = "".join(" %s='%s'" % (k, v) for k, v in (
            ("action", action), ("sessionid", session), ("xml:lang", lang))
            if v)
        return who.ask("sip.test", "<command xmlns='%s' node='%s'%s>%s"
                       "</command>" % (COMMANDS, node, attrs, inside), "set")

    def lines(self, el):
        """What a completed command says."""
        self.assertEqual(el.get("type"), "result", el)
        self.assertEqual(el[0].get("status"), "completed")
        note, form = child(el[0], "note"), child(el[0], "x")
        if note is not None:
            return [note.text]
        return [v.text or "" for f in form if local(f) == "field" for v in f
                if local(v) == "value"]

    def conditions(self, el):
        self.assertEqual(el.get("type"), "error", el)
        return [local(c) for c in child(el, "error")]

    def line(self, who, body, lang=None, **kw):
        """A chat line, and its answer."""
        more = {"{http://www.w3.org/XML/1998/namespace}lang": lang} \
            if lang else {}
        who.say("sip.test", body, **more)
        el = who.expect("an answer to %r" % body, lambda e:
                        local(e) == "message" and
                        e.get("from") == "sip.test", **kw)
        self.assertEqual(el.get("type"), "chat")
        return text(el, "body")


class Adhoc(Base):
    def nodes(self, who):
        el = who.ask("sip.test", "<query xmlns='http://jabber.org/protocol/"
                     "disco#items' node='%s'/>" % COMMANDS)
        return {i.get("node"): i.get("name") for i in el[0]}

    def test_discovery(self):
        self.open(more=ADMIN)
        juliet, romeo = self.person(), self.person("romeo")
        self.assertEqual(set(self.nodes(romeo)), USERS)
        self.assertLess(USERS | {"status", "reload"}, set(self.nodes(juliet)))
        for node, kind in ((COMMANDS, "command-list"),
                           ("lookup", "command-node")):
            el = romeo.ask("sip.test", "<query xmlns='http://jabber.org/"
                           "protocol/disco#info' node='%s'/>" % node)
            identity = child(el[0], "identity")
            self.assertEqual((identity.get("category"),
                              identity.get("type")), ("automation", kind))
            self.assertIn(COMMANDS, {f.get("var") for f in el[0]})
        el = romeo.ask("sip.test", "<query xmlns='http://jabber.org/protocol"
                       "/disco#info' node='reload'/>")
        self.assertEqual(self.conditions(el)[0], "item-not-found")
        el = romeo.ask("sip.test", "<query xmlns='http://jabber.org/protocol"
                       "/disco#info'/>")
        self.assertIn(COMMANDS, {f.get("var") for f in el[0]})

    def test_at_once(self):
        self.open()
        juliet = self.person()
        got = self.lines(self.command(juliet, "whoami"))
        self.assertIn("XMPP: juliet@xmpp.test", got)
        self.assertIn("SIP: sip:juliet@xmpp.test", got)

    def test_form(self):
        self.open()
        juliet = self.person()
        el = self.command(juliet, "lookup")
        cmd = el[0]
        self.assertEqual(cmd.get("status"), "executing")
        self.assertIsNotNone(child(child(cmd, "actions"), "complete"))
        form = child(cmd, "x")
        field = child(form, "field")
        self.assertIsNotNone(child(field, "required"))
        el = self.command(juliet, "lookup", submit(
            **{field.get("var"): "romeo@sip.example"}), "complete",
            cmd.get("sessionid"))
        got = self.lines(el)
        self.assertEqual(el[0].get("sessionid"), cmd.get("sessionid"))
        self.assertEqual(got, ["XMPP: romeo@sip.test",
                               "SIP: sip:romeo@sip.example"])
        # It is over: the same again is another session.
        el = self.command(juliet, "lookup", submit(ADDRESS="x"), "complete",
                          cmd.get("sessionid"))
        self.assertEqual(self.conditions(el), ["bad-request",
                                               "bad-sessionid"])

    def test_german(self):
        self.open()
        juliet = self.person()
        el = self.command(juliet, "lookup", lang="de")
        self.assertIn("Adresse", text(child(el[0], "x"), "instructions"))
        el = self.command(juliet, "blocked", lang="de-AT")
        self.assertEqual(self.lines(el), ["Niemand ist gesperrt"])
        el = self.command(juliet, "blocked", lang="fr")
        self.assertEqual(self.lines(el), ["nobody is blocked"])

    def test_errors(self):
        self.open(more=ADMIN)
        juliet, romeo = self.person(), self.person("romeo")
        session = self.command(juliet, "lookup")[0].get("sessionid")
        other = self.person("juliet", "phone")
        for who, node, inside, action, sid, want in (
                (romeo, "status", "", None, None, ["forbidden"]),
                (romeo, "nosuch", "", None, None, ["item-not-found"]),
                # No form asks for a secret.
                (juliet, "account-add", "", None, None, ["forbidden"]),
                (romeo, "whoami", "", "dance", None,
                 ["bad-request", "malformed-action"]),
                (romeo, "lookup", "", "complete", None,
                 ["bad-request", "bad-action"]),
                (romeo, "lookup", "", "cancel", None,
                 ["bad-request", "bad-sessionid"]),
                (romeo, "lookup", "", None, "guess",
                 ["bad-request", "bad-sessionid"]),
                (other, "lookup", "", "complete", session,
                 ["bad-request", "bad-sessionid"]),
                (romeo, "lookup", "", "complete", session,
                 ["bad-request", "bad-sessionid"]),
                (juliet, "block", "", "complete", session,
                 ["bad-request", "bad-sessionid"]),
                (juliet, "lookup", "", "prev", session,
                 ["bad-request", "bad-action"]),
                (juliet, "lookup", "", "complete", session,
                 ["bad-request", "bad-payload"])):
            el = self.command(who, node, inside, action, sid)
            self.assertEqual(self.conditions(el), want, (node, action))
        # None of that ended it.
        el = self.command(juliet, "lookup", "", "cancel", session)
        self.assertEqual((el.get("type"), el[0].get("status")),
                         ("result", "canceled"))
        el = self.command(juliet, "lookup", "", "cancel", session)
        self.assertEqual(self.conditions(el), ["bad-request",
                                               "bad-sessionid"])
        el = self.command(juliet, "lookup", submit(ADDRESS="a b"))
        self.assertEqual(child(el[0], "note").get("type"), "error")

    def test_many_sessions(self):
        """A user's oldest ones go; nothing grows."""
        self.open()
        juliet = self.person()
        ids = [self.command(juliet, "lookup")[0].get("sessionid")
               for _ in range(12)]
        self.assertEqual(len(set(ids)), 12)
        el = self.command(juliet, "lookup", "", "cancel", ids[0])
        self.assertEqual(self.conditions(el)[-1], "bad-sessionid")
        el = self.command(juliet, "lookup", "", "cancel", ids[-1])
        self.assertEqual(el[0].get("status"), "canceled")

    def test_admin(self):
        self.open(more=ADMIN)
        juliet = self.person()
        got = self.lines(self.command(juliet, "status"))
        self.assertTrue(any(g.startswith("version: ") for g in got), got)

    def test_the_link(self):
        self.open()
        juliet = self.person()
        got = self.lines(self.command(juliet, "test"))
        self.assertEqual(got[0], "XMPP: the link is up")
        self.assertIn("answers: 200", got[1])
        self.assertEqual(self.phone.expect("OPTIONS").method, "OPTIONS")
        self.phone.on_request = lambda m: None
        started = time.monotonic()
        el = self.command(juliet, "test")
        self.assertLess(time.monotonic() - started, 8)
        note = child(el[0], "note")
        self.assertEqual(note.get("type"), "error")
        self.assertIn("no answer in time", note.text)


class Chat(Base):
    def test_help(self):
        self.open(more=ADMIN)
        romeo, juliet = self.person("romeo"), self.person()
        got = self.line(romeo, "help")
        for name in USERS:
            self.assertRegex(got, r"(?m)^%s\b" % name)
        self.assertNotRegex(got, r"(?m)^reload\b")
        self.assertRegex(self.line(juliet, "HELP"), r"(?m)^reload\b")
        got = self.line(romeo, "help lookup")
        self.assertIn("ADDRESS", got)
        self.assertIn("Sagt", self.line(romeo, "hilfe"))
        self.assertIn("Sagt", self.line(romeo, "help", lang="de"))

    def test_lines(self):
        self.open()
        juliet = self.person()
        self.assertEqual(self.line(juliet, "lookup romeo@sip.example"),
                         "XMPP: romeo@sip.test\nSIP: "
                         "sip:romeo@sip.example")
        self.assertEqual(self.line(juliet, "lookup +49 30 1234"),
                         "XMPP: +49301234@sip.test\nSIP: "
                         "sip:+49301234@sip.example")
        self.assertEqual(self.line(juliet, "lookup romeo@xmpp.test"),
                         "XMPP: romeo@xmpp.test\nSIP: "
                         "sip:romeo@xmpp.test")
        self.assertIn("SIP: sip:juliet@xmpp.test",
                      self.line(juliet, "whoami"))
        self.assertIn("answers: 200", self.line(juliet, "test"))

    def test_unknown_words(self):
        """A few hints; then silence, whatever a program would go on to
        say."""
        self.open()
        juliet = self.person()
        hint = self.line(juliet, "anybody?")
        self.assertIn("help", hint)
        self.assertIn("usage: block", self.line(juliet, "block"))
        self.assertIn("usage: lookup", self.line(juliet, "lookup"))
        self.assertIn("admins", self.line(juliet, "status"))
        self.assertIn("help", self.line(juliet, hint))
        for body in (hint, "what?", "two\nlines", "lookup", "status"):
            juliet.say("sip.test", body)
        for inside in ("<body>x</body><error type='cancel'><gone xmlns="
                       "'urn:ietf:params:xml:ns:xmpp-stanzas'/></error>",):
            juliet.send("<message to='sip.test' type='error'>%s</message>"
                        % inside)
        juliet.send("<message to='sip.test' type='chat'><composing xmlns="
                    "'http://jabber.org/protocol/chatstates'/></message>")
        juliet.send("<message to='sip.test' type='headline'><body>help</body>"
                    "</message>")
        # A command is answered all the same, as the next thing.
        self.assertEqual(self.line(juliet, "blocked"), "nobody is blocked")

    def test_an_echo_ends(self):
        """Whoever sends back what he gets is not answered for ever."""
        self.open()
        juliet = self.person()
        body, n = "help", 0
        while n < 60:
            juliet.say("sip.test", body)
            el = juliet.take(lambda e: local(e) == "message" and
                             e.get("from") == "sip.test", 1.5)
            if el is None:
                break
            body = text(el, "body")
            n += 1
        self.assertLess(n, 10)

    def test_wishes(self):
        """Kept over a restart."""
        self.open()
        juliet = self.person()
        self.assertEqual(self.line(juliet, "typing"), "typing: on")
        self.assertEqual(self.line(juliet, "typing off"), "done")
        self.assertEqual(self.line(juliet, "typing"), "typing: off")
        self.stox.kill()
        self.stox.start()
        self.assertEqual(self.line(juliet, "typing"), "typing: off")
        self.assertEqual(self.line(juliet, "receipts"), "receipts: on")
        self.assertEqual(self.line(juliet, "typing on"), "done")
        self.assertEqual(self.line(juliet, "typing"), "typing: on")


class Blocking(Base):
    def test_block(self):
        self.open()
        juliet = self.person()
        self.assertEqual(self.phone.say(self.user_uri, "one").status, 202)
        juliet.expect_message("one")
        self.assertEqual(self.line(juliet, "block romeo@sip.example"), "done")
        self.assertEqual(self.line(juliet, "blocked"), "romeo@sip.test")
        self.assertEqual(self.phone.say(self.user_uri, "two").status, 403)
        answer = Watcher(self.phone, self.user_uri).subscribe()
        self.assertEqual(answer.status, 403)
        # Not for others, and after kill -9 as before.
        self.assertEqual(self.phone.say("sip:romeo@xmpp.test",
                                        "other").status, 202)
        self.stox.kill()
        self.stox.start()
        self.assertEqual(self.phone.say(self.user_uri, "three").status, 403)
        self.assertEqual(self.line(juliet, "unblock romeo"), "done")
        self.assertEqual(self.line(juliet, "unblock romeo"),
                         "nobody of that address is blocked")
        self.assertEqual(self.phone.say(self.user_uri, "four").status, 202)
        juliet.expect_message("four")

    def watch(self, juliet):
        watcher = Watcher(self.phone, self.user_uri)
        self.assertLess(watcher.subscribe().status, 300)
        juliet.expect("his request", lambda e: e.get("type") == "subscribe"
                      and e.get("from") == self.contact)
        juliet.send("<presence to='%s' type='subscribed'/>" % self.contact)
        watcher.seen("active", "open")
        return watcher

    def gone(self, juliet):
        juliet.expect("his end", lambda e: local(e) == "presence" and
                      e.get("type") == "unsubscribe" and
                      e.get("from") == self.contact)

    def test_watchers(self):
        self.open()
        juliet = self.person()
        self.assertEqual(self.line(juliet, "watchers"), "nobody watches you")
        self.assertEqual(self.line(juliet, "withdraw romeo"),
                         "he does not watch you")
        watcher = self.watch(juliet)
        self.assertEqual(self.line(juliet, "watchers"),
                         "romeo@sip.test (sip:romeo@sip.example): "
                         "watches you")
        self.assertEqual(self.line(juliet, "withdraw romeo@sip.example"),
                         "he does not see you any more")
        self.assertIn("rejected", watcher.seen("terminated").get(
            "subscription-state"))
        self.gone(juliet)
        self.assertEqual(self.line(juliet, "watchers"), "nobody watches you")

    def test_block_ends_watching(self):
        self.open()
        juliet = self.person()
        watcher = self.watch(juliet)
        self.assertEqual(self.line(juliet, "block romeo"), "done")
        watcher.seen("terminated")
        self.gone(juliet)
        self.assertEqual(self.line(juliet, "unblock romeo"), "done")


class TurnedAway(Base):
    def asks(self, juliet):
        self.assertLess(Watcher(self.phone, self.user_uri).subscribe().status,
                        300)
        juliet.expect("his request", lambda e: e.get("type") == "subscribe"
                      and e.get("from") == self.contact)

    def is_refused(self):
        return Watcher(self.phone, self.user_uri).subscribe().status == 403

    def test_may_ask_again(self):
        """Prosody keeps `subscribed` to itself where nobody asks, so the
        client alone has no way back."""
        self.open()
        juliet = self.person()
        self.asks(juliet)
        self.assertEqual(self.line(juliet, "block romeo"), "done")
        self.assertTrue(self.is_refused())
        self.assertEqual(self.line(juliet, "unblock romeo"), "done")
        self.asks(juliet)
        juliet.send("<presence to='%s' type='unsubscribed'/>" % self.contact)
        until("her refusal to count", self.is_refused)
        self.assertEqual(self.line(juliet, "watchers"),
                         "romeo@sip.test (sip:romeo@sip.example): "
                         "turned away; unblock lets him ask again")
        self.assertEqual(self.line(juliet, "unblock romeo"), "done")
        self.assertEqual(self.line(juliet, "watchers"), "nobody watches you")
        self.asks(juliet)


class Strangers(FakeCase):
    def test_foreign_domains(self):
        self.open()
        self.link.send("<iq from='eve@evil.test/a' to='sip.test' type='set' "
                       "id='c1'><command xmlns='%s' node='whoami'/></iq>"
                       % COMMANDS)
        self.link.expect(rb"id='c1'[^>]*><error [^>]*><forbidden")
        self.link.send("<message from='eve@evil.test/a' to='sip.test' "
                       "type='chat' id='c2'><body>help</body></message>")
        self.link.expect(rb"id='c2'[^>]*>.*<forbidden")


class WithCommands(servers.Prosody):  # a server, no test
    """profanity lists commands only if its own server has the feature."""

    def prepare(self):
        super().prepare()
        with open(self.config, encoding="utf-8") as f:
            text = f.read()
        self.scene.write("prosody/prosody.cfg.lua",
                         text.replace('"pep" }', '"pep", "adhoc" }'))


servers.SERVERS["prosody-commands"] = WithCommands


class RealClient(Case):
    """profanity, as people type it."""
    server_name = "prosody-commands"

    def test_commands_and_chat(self):
        self.open(more=ADMIN)
        client = Profanity(self.scene, self.server, "juliet")
        client.type("/cmd list sip.test")
        client.wait("whoami")
        client.wait("lookup")
        client.wait("reload")
        client.type("/cmd exec whoami sip.test")
        client.wait("SIP: sip:juliet@xmpp.test")
        # One with a form.
        client.type("/cmd exec lookup sip.test")
        client.wait("See '/form help'")  # the last line of it
        client.type('/field1 "+49 30 1234"')
        client.type("/form submit")
        client.wait("field1 Answer")
        client.wait("SIP: sip:+49301234@sip.example")
        # And as lines of chat.
        client.type("/msg sip.test help")
        client.wait("whoami -")
        client.type("/msg sip.test lookup romeo@sip.example")
        client.wait("XMPP: romeo@sip.test")
        client.wait("SIP: sip:romeo@sip.example")


class AdhocEjabberd(Adhoc):
    server_name = "ejabberd"


class ChatEjabberd(Chat):
    server_name = "ejabberd"


if __name__ == "__main__":
    unittest.main()
