"""stoxd killed at each commit and each send while a notice of delivery goes
from one side to the other (crash.c): it comes once or, where it had been
promised by nothing yet, when it is said again; never twice."""
import re
import secrets
import sqlite3
import time
import unittest

from lib.case import FakeCase
from lib.scene import until
from test_outbox_crash import Crash

ASKS = "positive-delivery, display, negative-delivery"
REQUEST = "<request xmlns='urn:xmpp:receipts'/>"
RECEIVED = "<received xmlns='urn:xmpp:receipts' id='%s'/>"


def cpim(body, id):
    return ("From: <sip:romeo@sip.example>\r\nTo: <sip:juliet@xmpp.test>\r\n"
            "DateTime: 2026-01-01T00:00:00Z\r\n"
            "NS: imdn <urn:ietf:params:imdn>\r\nimdn.Message-ID: %s\r\n"
            "imdn.Disposition-Notification: %s\r\n\r\n"
            "Content-Type: text/plain\r\n\r\n%s" % (id, ASKS, body))


def imdn(id):
    return ("<imdn xmlns='urn:ietf:params:xml:ns:imdn'><message-id>%s"
            "</message-id><datetime>2026-01-01T00:00:00Z</datetime>"
            "<delivery-notification><status><delivered/></status>"
            "</delivery-notification></imdn>" % id)


class NoticeCrash(Crash, FakeCase):
    def begin(self):
        self.open(more="xmpp: { backoff_max_ms: 1000 }\n")
        self.links = []

    def next_link(self):
        self.link = self.fake.next_link()
        self.links.append(self.link)

    def notes(self):
        """The bits of done of each row."""
        path = self.stox.config + ".db"
        with sqlite3.connect(path) as db:
            return [int(bytes(r[0]).split(b"\t")[3]) for r in db.execute(
                "SELECT value FROM record WHERE kind = 5")]

    def say(self, children, id="x"):
        self.link.send("<message from='juliet@xmpp.test/desk' to='%s' id='%s'"
                       " type='chat'>%s</message>"
                       % (self.contact, id, children))

    def imdns(self, id):
        return [m for m in list(self.phone.requests.queue)
                if "<message-id>%s</message-id>" % id in m.text]

    def ask(self, word):
        """The stanza id of a message that asks for notices."""
        answer = self.phone.say(self.user_uri, cpim(word, word),
                                type="message/cpim")
        self.assertEqual(answer.status, 202)
        return self.link.expect_message(word)[0]

    def fence(self):
        """All that was said before has been dealt with."""
        word = "fence" + secrets.token_hex(4)
        self.say(RECEIVED % self.ask(word))
        until("the fence", lambda: self.imdns(word))

    def test_to_the_contact(self):
        self.begin()

        def live(n):
            self.next_link()
            self.word = "crash%d" % n
            self.id = self.ask(self.word)
            until("its row", lambda: self.notes() == [0])
            self.arm(n)
            self.say(RECEIVED % self.id)
            until("the end or death", lambda: self.is_dead() or (
                self.imdns(self.word) and self.notes() == [1]), 15)
            if not self.is_dead():
                time.sleep(0.1)  # what is behind the last point
            return not self.is_dead()

        def check(is_done):
            time.sleep(0.05)
            told, done = self.imdns(self.word), self.notes()
            # What was told had been kept.
            self.assertTrue(done == [1] or not told)
            self.stox.start()
            self.next_link()
            self.say(RECEIVED % self.id)  # another device
            self.fence()
            count = len(self.imdns(self.word))
            self.assertLessEqual(count, 1)
            if is_done or done == [0]:
                self.assertEqual(count, 1)
        self.each_point(live, check)

    def test_to_the_user(self):
        self.begin()

        def received():
            word = b"id='%s'" % self.id.encode()
            return [m for k in self.links
                    for m in re.findall(rb"<received [^>]*>", k.data)
                    if word in m]

        def statuses():
            while not self.phone.responses.empty():
                self.seen.append(self.phone.responses.get().status)
            return self.seen

        def live(n):
            self.next_link()
            self.seen = []
            self.id = "r%d" % n
            self.say("<body>%s</body>%s" % (self.id, REQUEST), id=self.id)
            call_id = self.phone.expect_message(self.id).get("call-id")
            until("its row", lambda: self.notes() == [0])
            self.notice = self.phone.message(
                self.user_uri, imdn(call_id), type="message/imdn+xml")
            self.arm(n)
            self.phone.send(self.notice)
            until("the end or death", lambda: self.is_dead() or (
                received() and statuses() and self.notes() == []), 15)
            if not self.is_dead():
                time.sleep(0.1)
            return not self.is_dead()

        def check(is_done):
            time.sleep(0.05)
            told, done, seen = received(), self.notes(), list(statuses())
            # What was told had been kept, and what was taken was told.
            self.assertTrue(done == [] or not told)
            self.assertTrue(202 not in seen or told)
            self.stox.start()
            self.next_link()
            # The phone has no answer: the same again.
            self.assertEqual(self.phone.ask(self.notice).status, 202)
            self.fence()
            self.assertLessEqual(len(received()), 1)
            if is_done or done == [0]:
                self.assertEqual(len(received()), 1)
        self.each_point(live, check)


if __name__ == "__main__":
    unittest.main()
