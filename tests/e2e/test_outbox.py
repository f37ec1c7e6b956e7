"""Messages that wait: the outbox, both ways (DESIGN.md 4)."""
import os
import re
import subprocess
import time
import unittest
from email.utils import parsedate_to_datetime

from lib.case import Case, FakeCase
from lib.person import local, text
from lib.scene import until
from lib.simple import Notifier, pidf
from lib.stox import BINARY, SANITIZE

FAST = "  t1_ms: 50\n  t2_ms: 400\n  timeout_ms: 2000\n"


class Box(Case):
    def open_box(self, outbox, phone_answer=480, **kw):
        self.ctl_socket = os.path.join(self.scene.dir, "ctl.sock")
        kw.setdefault("sip_more", FAST)
        kw.setdefault("more", "admin: { socket: %s }\n" % self.ctl_socket)
        self.open(component_more="    outbox: {%s}\n" % outbox,
                  phone_answer=phone_answer, name=self.id() + ".yml", **kw)
        if kw.get("phone", True):
            self.phone.forget_copies()
        self.juliet = self.person()

    def answer(self, status):
        self.phone.on_request = lambda m: status

    def tried(self, body, timeout=None):
        return self.phone.expect_message(body, timeout)

    def no_more(self, seconds=1.5):
        """Nothing more to the phone, and no error to juliet."""
        self.juliet.expect_nothing("a stanza", lambda e:
                                   local(e) == "message", seconds)
        self.assertTrue(self.phone.requests.empty(),
                        list(self.phone.requests.queue))

    def ctl(self, *words, code=0):
        done = subprocess.run(
            [os.path.abspath(BINARY), "-c", self.stox.config, "ctl", *words],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=30,
            stdin=subprocess.DEVNULL, check=False,
            env={**os.environ, **SANITIZE, "LC_ALL": "C"})
        out = done.stdout.decode()
        self.assertEqual(done.returncode, code, out)
        return out

    def is_empty(self):
        return "to SIP: 0 wait" in self.ctl("outbox")

    def rows(self):
        """Of the store, with stoxd stopped."""
        import sqlite3
        path = os.path.join(self.scene.dir, self.id() + ".yml.db")
        with sqlite3.connect(path) as db:
            return db.execute("SELECT count(*) FROM record WHERE kind=4"
                              ).fetchone()[0]


class ToSip(Box):
    def test_away_then_online(self):
        """In order, once, as they were written, with the time of then."""
        self.open_box("to_sip: on, retry_min_s: 3600, retry_max_s: 3600")
        written = time.time()
        for i in range(5):
            self.juliet.say(self.contact, "wait %d" % i, id="w%d" % i)
        first = self.tried("wait 0")
        until("it to wait", lambda: "5 messages" in self.ctl("outbox"))
        self.assertIsNone(first.get("date"))
        time.sleep(2)
        self.answer(200)
        got = self.phone.say(self.user_uri, "I am back")
        self.assertEqual(got.status, 202)
        self.juliet.expect_message("I am back")
        for i in range(5):
            m = self.phone.expect("MESSAGE", lambda m: m.method == "MESSAGE")
            self.assertEqual(m.text, "wait %d" % i)
            date = parsedate_to_datetime(m.get("date")).timestamp()
            self.assertLess(abs(date - written), 2)
        self.no_more()
        self.assertTrue(self.is_empty())
        self.stox.stop()
        self.assertEqual(self.rows(), 0)

    def test_retry_by_itself_and_new_ones_behind(self):
        self.open_box("to_sip: on, retry_min_s: 1, retry_max_s: 2")
        self.juliet.say(self.contact, "one", id="r1")
        self.tried("one")
        self.tried("one")  # the second try
        self.juliet.say(self.contact, "two", id="r2")
        self.answer(200)
        self.assertEqual(self.phone.expect(
            "MESSAGE", lambda m: m.text != "one").text, "two")
        self.no_more(1)

    def test_presence_brings_it(self):
        self.open_box("to_sip: on, retry_min_s: 3600, retry_max_s: 3600")
        dialogs = []

        def robot(m):
            if m.method == "SUBSCRIBE":
                if ";tag=" not in m.get("to"):
                    dialogs.append(Notifier(self.phone, m))
                return 200, "Contact: <sip:romeo@%s>\r\nExpires: 3600\r\n" % (
                    self.phone.address)
            return 480
        self.phone.on_request = robot
        self.juliet.send("<presence to='%s' type='subscribe'/>" % self.contact)
        until("the dialog", lambda: dialogs)
        self.phone.send(dialogs[0].bytes(
            "active;expires=3600", pidf("sip:romeo@sip.example", "closed")))
        self.juliet.say(self.contact, "are you there", id="p1")
        self.tried("are you there")
        until("it to wait", lambda: "1 messages" in self.ctl("outbox"))
        time.sleep(0.5)
        self.assertTrue(all(m.method != "MESSAGE"
                            for m in self.phone.requests.queue))
        self.phone.on_request = lambda m: (
            200 if m.method == "MESSAGE" else robot(m))
        self.phone.send(dialogs[0].bytes(
            "active;expires=3600", pidf("sip:romeo@sip.example", "open")))
        self.tried("are you there", 6)
        until("all gone", self.is_empty)
        self.juliet.send("<presence to='%s' type='unsubscribe'/>"
                         % self.contact)

    def test_final_refusals_are_told_at_once(self):
        self.open_box("to_sip: on, retry_min_s: 1")
        for status, condition in ((403, "forbidden"), (404, "item-not-found"),
                                  (415, "not-acceptable"),
                                  (603, "recipient-unavailable"),
                                  (500, "internal-server-error")):
            with self.subTest(status=status):
                self.answer(status)
                self.juliet.say(self.contact, "no", id="f%d" % status)
                self.juliet.expect_error("f%d" % status, condition)
        self.assertTrue(self.is_empty())

    def test_what_is_away(self):
        self.open_box("to_sip: on, retry_min_s: 3600, retry_max_s: 3600, "
                      "not_found_is_away: true")
        for n, answer in enumerate((404, 408, 430, 480, 486, 502, 503, 504,
                                    (500, "Retry-After: 5\r\n"), None)):
            with self.subTest(answer=answer):
                self.answer(answer)
                self.juliet.say(self.contact, "away %d" % n, id="a%d" % n)
                self.tried("away %d" % n)
                until("it to wait", lambda:
                      "the next in" in self.ctl("outbox") and
                      "; 1 tries" in self.ctl("outbox"))
                self.answer(200)
                self.ctl("outbox-retry", self.contact)
                self.tried("away %d" % n, 8)
                until("all gone", self.is_empty)
        self.juliet.expect_nothing("an error", lambda e: e.get("type") ==
                                   "error", 0.5)

    def test_off_is_as_ever(self):
        self.open_box("to_sip: off")
        self.juliet.say(self.contact, "x", id="o1")
        self.juliet.expect_error("o1", "recipient-unavailable")

    def test_expires(self):
        self.open_box("to_sip: on, age_max_s: 3, retry_min_s: 3600, "
                      "retry_max_s: 3600")
        self.juliet.say(self.contact, "too late", id="e1")
        e = self.juliet.expect_error("e1", "recipient-unavailable", 15)
        self.assertIn("not delivered within", "".join(e.itertext()))
        self.assertEqual(e.get("from"), self.contact)
        self.assertTrue(self.is_empty())
        self.answer(200)
        self.juliet.say(self.contact, "in time", id="e2")
        self.tried("in time")
        self.no_more(1)

    def test_limits(self):
        self.open_box("to_sip: on, retry_min_s: 3600, retry_max_s: 3600, "
                      "per_contact_max: 3, count_max: 5")
        other = "mercutio@" + self.server.component
        for i in range(4):
            self.juliet.say(self.contact, "m", id="l%d" % i)
        self.juliet.expect_error("l3", "resource-constraint")
        for i in range(3):
            self.juliet.say(other, "m", id="k%d" % i)
        self.juliet.expect_error("k2", "resource-constraint")
        self.no_errors = self.juliet.take(
            lambda e: e.get("type") == "error", 0.5)
        self.assertIsNone(self.no_errors)

    def test_not_kept(self):
        """What says that it must not be stored (XEP-0334); what is no text."""
        self.open_box("to_sip: on, retry_min_s: 3600")
        self.juliet.send(
            "<message to='%s' id='n1' type='chat'><body>x</body>"
            "<no-store xmlns='urn:xmpp:hints'/></message>" % self.contact)
        self.juliet.expect_error("n1", "recipient-unavailable")
        self.juliet.send("<message to='%s' id='n2' type='headline'>"
                         "<body>x</body></message>" % self.contact)
        self.juliet.expect_error("n2", "recipient-unavailable")
        self.assertTrue(self.is_empty())

    def test_admin(self):
        self.open_box("to_sip: on, retry_min_s: 3600, retry_max_s: 3600")
        for i in range(2):
            self.juliet.say(self.contact, "adm", id="f%d" % i)
        self.juliet.say("mercutio@" + self.server.component, "adm", id="f9")
        until("they wait", lambda: "to SIP: 3 wait" in self.ctl("outbox"))
        out = self.ctl("outbox", "sip:romeo@sip.example")
        self.assertIn("%s -> %s: 2 messages" % (self.juliet.jid, self.contact),
                      out)
        self.assertNotIn("mercutio", out)
        self.assertIn("given up: 2",
                      self.ctl("outbox-flush", "sip:romeo@sip.example"))
        for i in range(2):
            e = self.juliet.expect_error("f%d" % i, "recipient-unavailable")
            self.assertIn("removed", "".join(e.itertext()))
        self.assertIn("given up: 1", self.ctl("outbox-flush", "all"))
        self.juliet.expect_error("f9", "recipient-unavailable")
        until("all gone", self.is_empty)
        self.stox.stop()
        self.assertEqual(self.rows(), 0)

    def test_no_answer_is_the_same_request_again(self):
        """The phone can tell a second copy: 482 then means it has it."""
        self.open_box("to_sip: on, retry_min_s: 1, retry_max_s: 1",
                      phone_answer=None)
        self.juliet.say(self.contact, "heard?", id="u1")
        m = self.tried("heard?")
        name = (m.get("call-id"), m.get("from"), m.get("cseq"))
        self.stox.wait_log("outbox_away", 15)
        self.answer(482)
        again = self.phone.expect("another try", lambda x: x.get("via") !=
                                  m.get("via"))
        self.assertEqual((again.get("call-id"), again.get("from"),
                          again.get("cseq")), name)
        until("all gone", self.is_empty)
        self.juliet.expect_nothing("an error", lambda e: e.get("id") == "u1",
                                   1)

    def test_answered_is_another_request(self):
        self.open_box("to_sip: on, retry_min_s: 1, retry_max_s: 1")
        self.juliet.say(self.contact, "busy?", id="u2")
        m = self.tried("busy?")
        self.answer(482)
        again = self.tried("busy?")
        self.assertEqual(again.get("call-id"), m.get("call-id"))
        self.assertNotEqual(again.get("cseq"), m.get("cseq"))
        self.juliet.expect_error("u2", "not-acceptable")

    def test_with_a_receipt(self):
        """One that asks for a receipt goes as CPIM, also when it was late."""
        self.open_box("to_sip: on, retry_min_s: 1, retry_max_s: 1}\n"
                      "    message: {cpim: always")
        self.juliet.send(
            "<message to='%s' id='c1' type='chat'><body>got it?</body>"
            "<request xmlns='urn:xmpp:receipts'/></message>" % self.contact)

        def is_it(m):
            return m.method == "MESSAGE" and b"got it?" in m.body
        first = self.phone.expect("the CPIM", is_it)
        self.assertIn("message/cpim", first.get("content-type"))
        self.answer(200)
        again = self.phone.expect("the CPIM again", is_it)
        self.assertIn("message/cpim", again.get("content-type"))
        until("all gone", self.is_empty)
        self.juliet.expect_nothing("an error", lambda e: e.get("type") ==
                                   "error", 1)

    def test_nobody_listens(self):
        """The next hop is not there at all, and then it is."""
        self.open_box("to_sip: on, retry_min_s: 1, retry_max_s: 1",
                      phone=False, proxy="127.0.0.1:%d" % self.free())
        self.juliet.say(self.contact, "anybody", id="h1")
        self.stox.wait_log("outbox_away", 15)
        from lib.phone import Phone
        self.phone = Phone(self.scene, self.stox.address, port=self.port)
        self.tried("anybody", 15)
        until("all gone", self.is_empty)

    def free(self):
        from lib.scene import free_port
        self.port = free_port()
        return self.port

    def test_restart_and_kill(self):
        self.open_box("to_sip: on, retry_min_s: 1, retry_max_s: 1")
        written = time.time()
        for i in range(20):
            self.juliet.say(self.contact, "keep %d" % i, id="s%d" % i)
        until("they wait", lambda: "to SIP: 20 wait" in self.ctl("outbox"))
        self.stox.stop()
        self.stox.start()
        until("they wait", lambda: "to SIP: 20 wait" in self.ctl("outbox"))
        self.juliet.say(self.contact, "keep 20", id="s20")
        until("they wait", lambda: "to SIP: 21 wait" in self.ctl("outbox"))
        time.sleep(0.3)  # its commit is a matter of milliseconds
        self.stox.kill()
        while not self.phone.requests.empty():
            self.phone.requests.get()
        self.answer(200)
        self.stox.start()
        bodies = []
        while len(bodies) < 21:
            m = self.phone.expect("MESSAGE")
            bodies.append(m.text)
            date = parsedate_to_datetime(m.get("date")).timestamp()
            self.assertLess(abs(date - written), 30)
        self.assertEqual(bodies, ["keep %d" % i for i in range(21)])
        self.no_more(1)
        self.stox.stop()
        self.assertEqual(self.rows(), 0)


class ToXmpp(FakeCase):
    """A message from SIP whose XMPP server is away is in the store when it is
    answered."""

    def open_box(self, outbox="to_xmpp: on", **kw):
        self.open(component_more="    outbox: {%s}\n" % outbox, name=self.id()
                  + ".yml", more="xmpp: { backoff_max_ms: 1000 }\n", **kw)

    def rows(self):
        import sqlite3
        path = os.path.join(self.scene.dir, self.id() + ".yml.db")
        with sqlite3.connect(path) as db:
            return db.execute("SELECT count(*) FROM record WHERE kind=4"
                              ).fetchone()[0]

    def go_away(self):
        self.fake.is_refusing = True
        self.link.close()
        self.stox.wait_log("component_lost")

    def come_back(self):
        self.fake.is_refusing = False
        self.link = self.fake.next_link(30)

    def expect_bodies(self, bodies, late=True):
        self.link.expect_message(bodies[-1])
        self.assertEqual(self.link.bodies(), bodies)
        for _, _, data in self.link.messages():
            self.assertEqual(b"<delay " in data, late, data)

    def test_server_away(self):
        self.open_box()
        self.go_away()
        bodies = ["late %d" % i for i in range(8)]
        for b in bodies:
            self.assertEqual(self.phone.say(self.user_uri, b).status, 202)
        self.come_back()
        self.expect_bodies(bodies)
        self.assertEqual(self.phone.say(self.user_uri, "now").status, 202)
        self.link.expect_message("now")
        self.assertEqual(self.link.bodies(), bodies + ["now"])
        self.stox.stop()
        self.assertEqual(self.rows(), 0)

    def test_kill_while_it_is_away(self):
        self.open_box()
        self.go_away()
        bodies = ["kept %d" % i for i in range(8)]
        for b in bodies:
            self.assertEqual(self.phone.say(self.user_uri, b).status, 202)
        self.stox.kill()
        self.stox.start(wait=False)
        self.come_back()
        self.expect_bodies(bodies)
        self.stox.wait_up()
        until("the store to be empty", lambda: self.rows() == 0)

    def test_a_copy_after_a_kill(self):
        """The 202 was lost with the process: the phone sends it again."""
        self.open_box()
        self.go_away()
        data = self.phone.message(self.user_uri, "once")
        self.assertEqual(self.phone.ask(data).status, 202)
        self.stox.kill()
        self.stox.start(wait=False)
        self.stox.wait_log("inbox_loaded")
        self.assertEqual(self.phone.ask(data, 15).status, 202)
        self.come_back()
        self.link.expect_message("once")
        self.assertEqual(self.phone.say(self.user_uri, "more").status, 202)
        self.link.expect_message("more")
        self.assertEqual(self.link.bodies(), ["once", "more"])

    def test_kill_before_it_is_taken(self):
        """Written, but the server has not said that it has it: again, under
        the same id."""
        self.open_box()
        self.go_away()
        self.assertEqual(self.phone.say(self.user_uri, "twice").status, 202)
        self.fake.is_answering = False
        self.fake.is_refusing = False
        first = self.fake.next_link(30)
        one = first.expect_message("twice")
        self.stox.kill()
        self.fake.is_answering = True
        self.stox.start(wait=False)
        self.link = self.fake.next_link(30)
        two = self.link.expect_message("twice")
        self.assertEqual(one[0], two[0])

    def test_server_stalls(self):
        """It takes nothing: 202 from the store, and no second copy when it
        goes on."""
        self.open_box()
        self.link.is_answering = False
        self.assertEqual(self.phone.say(self.user_uri, "slow", 12).status, 202)
        self.assertEqual(self.rows(), 1)
        self.link.answer(self.fake)
        until("the store to be empty", lambda: self.rows() == 0)
        self.assertEqual(self.link.bodies(), ["slow"])

    def test_off_and_what_is_not_kept(self):
        self.open_box("to_xmpp: off")
        self.go_away()
        got = self.phone.say(self.user_uri, "x")
        self.assertEqual(got.status, 503)
        self.assertIsNotNone(got.get("retry-after"))
        self.stox.stop()
        self.fake.is_refusing = False
        self.open_box("to_xmpp: on, per_contact_max: 2")
        self.go_away()
        got = self.phone.say(self.user_uri, "x", extra="Expires: 0\r\n")
        self.assertEqual(got.status, 503)
        statuses = [self.phone.say(self.user_uri, "x").status
                    for _ in range(3)]
        self.assertEqual(statuses, [202, 202, 503])

    def test_expires(self):
        self.open_box("to_xmpp: on, age_max_s: 2")
        self.go_away()
        self.assertEqual(self.phone.say(self.user_uri, "old").status, 202)
        self.stox.wait_log("inbox_expired")
        until("the store to be empty", lambda: self.rows() == 0)
        self.come_back()
        self.assertEqual(self.phone.say(self.user_uri, "new").status, 202)
        self.link.expect_message("new")
        self.assertEqual(self.link.bodies(), ["new"])

    def test_who_asked_hears_that_it_expired(self):
        self.open_box("to_xmpp: on, age_max_s: 2")
        self.go_away()
        got = self.phone.say(
            self.user_uri, type="message/cpim",
            body="From: <%s>\r\nTo: <%s>\r\nNS: imdn "
            "<urn:ietf:params:imdn>\r\nimdn.Message-ID: m1\r\n"
            "DateTime: 2026-01-01T00:00:00Z\r\n"
            "imdn.Disposition-Notification: negative-delivery\r\n\r\n"
            "Content-Type: text/plain\r\n\r\nold"
            % (self.phone.uri, self.user_uri))
        self.assertEqual(got.status, 202)
        notice = self.phone.expect("a notice", lambda m:
                                   b"<message-id>m1<" in m.body)
        self.assertIn(b"<failed", notice.body)

    def test_as_long_as_a_stanza_may_be(self):
        """What has no room for <delay/> goes without; none blocks those
        behind it."""
        self.open_box("to_xmpp: on}\n    message: {body_max_bytes: 9999")
        self.stox.stop()
        with open(self.stox.config, "a", encoding="utf-8") as f:
            f.write("limits: { stanza_max_bytes: 10000, source_per_s: 0, "
                    "sender_per_s: 0 }\n")
        self.stox.start()
        self.link = self.fake.next_link()
        self.go_away()
        taken = []
        for n in range(9500, 10000, 10):
            body = ("%05d" % n).ljust(n, "x")
            status = self.phone.say(self.user_uri, body).status
            self.assertIn(status, (202, 413))
            if status == 202:
                taken.append(body)
        self.assertEqual(self.phone.say(self.user_uri, "end").status, 202)
        self.come_back()
        self.link.expect_message("end")
        self.assertEqual(self.link.bodies(), taken + ["end"])
        late = [b"<delay " in data for _, _, data in self.link.messages()]
        self.assertIn(True, late)
        self.assertIn(False, late)


if __name__ == "__main__":
    unittest.main()
