"""SIPp on the SIP side."""
import unittest

from lib.case import Case
from lib.person import local, text
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


if __name__ == "__main__":
    unittest.main()
