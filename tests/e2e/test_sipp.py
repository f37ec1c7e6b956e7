"""SIPp on the SIP side."""
from hashlib import md5
import secrets
import unittest

from lib.case import Case
from lib.handset import NOWHERE, PASSWORDS, REGISTRAR
from lib.person import local, text
from lib.scene import Failed
from lib.sipp import Sipp

SHORT = "  t1_ms: 100\n  t2_ms: 400\n  timeout_ms: 2000\n"


class Answers(Case):
    def meet(self, scenario, more="", **kw):
        sipp = Sipp(self.scene, scenario, **kw)
        self.open(phone=False, proxy=sipp.address, sip_more=more)
        self.juliet = self.person()
        return sipp

    def errors(self):
        self.juliet.ask("sip.test", "<ping xmlns='urn:xmpp:ping'/>")
        return [e for e in self.juliet.seen if e.get("type") == "error"]

    def test_late(self):
        sipp = self.meet("answer_late")
        self.juliet.say(self.contact, "late")
        sipp.wait()
        self.stox.wait_log("to_sip_done")
        self.assertEqual(self.errors(), [])

    def test_twice(self):
        sipp = self.meet("answer_twice")
        self.juliet.say(self.contact, "twice")
        sipp.wait()
        self.stox.wait_log("to_sip_done")
        self.assertEqual(self.errors(), [])

    def test_moved(self):
        sipp = self.meet("answer_moved")
        self.juliet.say(self.contact, "moved")
        sipp.wait()
        self.stox.wait_log("to_sip_done")
        self.assertEqual(self.errors(), [])

    def test_never(self):
        sipp = self.meet("answer_never", SHORT)
        self.juliet.say(self.contact, "never", id="n")
        sipp.wait()
        self.juliet.expect_error("n", "remote-server-timeout")

    def test_statuses(self):
        for answer, condition in (
                ("480 Away", "recipient-unavailable"),
                ("500 Broken", "internal-server-error"),
                ("603 Declined", "recipient-unavailable")):
            with self.subTest(answer):
                sipp = self.meet("answer_with", words={
                    "2.0 ANSWER": "2.0 " + answer})
                self.juliet.say(self.contact, "x", id="s")
                self.juliet.expect_error("s", condition)
                sipp.wait()
                self.stox.stop()


class Asks(Case):
    def ask(self, scenario, **kw):
        self.open(more="limits: {source_per_s: 0}\n")
        Sipp(self.scene, scenario, self.stox.address, **kw).wait()

    def got(self, juliet, count):
        """Each once, in any order: SIPp's calls run side by side."""
        bodies = {"sipp %d" % i for i in range(1, count + 1)}
        while bodies:
            el = juliet.expect("one more", lambda e: local(e) == "message")
            bodies.remove(text(el, "body").strip())

    def test_many(self):
        juliet = self.person()
        self.ask("ask", count=200, rate=200, user="juliet")
        self.got(juliet, 200)

    def test_many_tcp(self):
        juliet = self.person()
        self.ask("ask", count=100, rate=200, user="juliet", transport="t1")
        self.got(juliet, 100)

    def test_nobody(self):
        self.ask("ask_nobody", count=20, user="nobody")


class Registers(Case):
    """As a phone of ours, which proves itself by MD5, all that it can."""

    def start(self):
        users = "".join(
            '    - { uri: "sip:%s@sip.example", ha1_md5: %s }\n' % (
                name, md5(("%s:sip.example:%s" % (name, word)).encode())
                .hexdigest()) for name, word in PASSWORDS.items())
        self.open(phone=False, peers=NOWHERE, component_more=REGISTRAR,
                  sip_more="  md5: true\n  users:\n" + users,
                  more="presence: {notify_every_ms: 100}\n",
                  name=secrets.token_hex(4) + ".yml")
        self.juliet = self.person()

    def act(self, scenario, user, target, password=None, **kw):
        return Sipp(self.scene, "phone_" + scenario, self.stox.address,
                    user=user, proof=(password or PASSWORDS[user], target),
                    **kw)

    def register(self, user):
        """The port that is now the phone's."""
        phone = self.act("register", user, "sip.example")
        phone.wait()
        return phone.port

    def expect_presence(self, kind, user, words=None):
        who = "%s@%s" % (user, self.server.component)
        self.juliet.expect("%s of %s" % (kind, who), lambda e: local(e) ==
                           "presence" and e.get("type") == kind and
                           e.get("from", "").split("/")[0] == who and
                           words in (None, text(e, "status")))
        return who

    def test_messages(self):
        self.start()
        port = self.register("bob")
        self.act("message", "bob", "juliet@xmpp.test", port=port).wait()
        el = self.juliet.expect("the message", lambda e: local(e) == "message")
        self.assertEqual(text(el, "body").strip(), "from a phone")
        bob = "bob@" + self.server.component
        self.assertEqual(el.get("from").split("/")[0], bob)
        # It is reached where it registered.
        phone = Sipp(self.scene, "answer_with", port=port,
                     words={"2.0 ANSWER": "2.0 200 OK"})
        phone.wait_listening()
        self.juliet.say(bob, "to a phone")
        phone.wait()
        self.stox.wait_log("to_sip_done")

    def test_wrong_password(self):
        self.start()
        phone = self.act("register", "bob", "sip.example", "wonder")
        self.assertRaisesRegex(Failed, "SIP/2.0 40[13] ", phone.wait)
        self.juliet.say("bob@" + self.server.component, "x", id="w")
        self.juliet.expect_error("w", "recipient-unavailable")

    def test_publish(self):
        self.start()
        self.juliet.send("<presence to='alice@%s' type='subscribe'/>"
                         % self.server.component)
        self.expect_presence("subscribed", "alice")
        port = self.register("alice")
        self.act("publish", "alice", "alice@sip.example", port=port).wait()
        self.expect_presence(None, "alice", "published by SIPp")

    def test_subscribe(self):
        self.start()
        port = self.register("carol")
        phone = self.act("subscribe", "carol", "juliet@xmpp.test", port=port)
        carol = self.expect_presence("subscribe", "carol")
        self.juliet.send("<presence to='%s' type='subscribed'/>" % carol)
        phone.wait()


if __name__ == "__main__":
    unittest.main()
