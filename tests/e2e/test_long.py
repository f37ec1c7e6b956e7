"""Texts over 1300 bytes where no TCP leads there, in parts (message.long)."""
import os
import re
import time
import unittest

from lib.case import Case
from lib.person import local
from lib.scene import until

FAST = "  t1_ms: 50\n  t2_ms: 400\n  timeout_ms: 3000\n"
FAMILY = "\U0001F468\u200d\U0001F469\u200d\U0001F467"
MARK = re.compile(r"\((\d+)/(\d+)\) ", re.ASCII)
RECEIPT = "<request xmlns='urn:xmpp:receipts'/>"


class Long(Case):
    """Without an outbox."""

    def open_udp(self, message="long: split", more="", sip_more=FAST, **kw):
        self.open(component_more="    message: {%s}\n%s" % (message, more),
                  sip_more=sip_more, name=self.id() + ".yml", **kw)
        self.phone.stop_listening()
        # With a T1 of 50 ms a busy machine answers after the second copy.
        self.phone.forget_copies()
        self.juliet = self.person()

    def message(self):
        return self.phone.expect("MESSAGE", lambda m: m.method == "MESSAGE")

    def parts(self, first=1):
        """Those of one message, as they come: [(request, its text)]"""
        found = []
        while True:
            m = self.message()
            mark = MARK.match(m.text)
            self.assertIsNotNone(mark, m.text[:20])
            self.assertLessEqual(len(m.data), 1300)
            self.assertIn("/UDP", m.get("via"))
            self.assertEqual(int(mark[1]), first + len(found))
            found.append((m, m.text[mark.end():]))
            if mark[1] == mark[2]:
                return found

    def no_more(self, seconds=1):
        """Nothing more to the phone, and no error to juliet."""
        self.juliet.expect_nothing("a stanza", lambda e:
                                   local(e) == "message", seconds)
        self.assertTrue(self.phone.requests.empty(),
                        list(self.phone.requests.queue))


class Parts(Long):
    def test_in_order_and_before_what_came_later(self):
        self.open_udp()
        for text in ("0123456789 " * 300, FAMILY * 150, "e\u0301" * 900,
                     "\u05e9\u05b8\u05dc\u05d5\u05b9\u05dd " * 200):
            text = text.strip()
            self.juliet.say(self.contact, text, id="whole")
            self.juliet.say(self.contact, "later")
            found = self.parts()
            self.assertEqual("".join(t for _, t in found), text)
            self.assertGreater(len(found), 2)
            self.assertEqual(self.message().text, "later")
            cseqs = [int(m.get("cseq").split()[0]) for m, _ in found]
            self.assertEqual(cseqs, sorted(set(cseqs)))
            self.assertEqual(len({m.get("call-id") for m, _ in found}), 1)
            for _, t in found:  # whole characters
                self.assertNotIn(t[0], "\u0301\u200d\u05b8\u05b9")
                self.assertNotEqual(t[-1], "\u200d")
                if FAMILY in text:
                    self.assertEqual(t.replace(FAMILY, ""), "")
        self.no_more()

    def test_what_fits_is_no_part(self):
        self.open_udp()
        for size in range(100, 1200, 100):
            text = "x" * size
            self.juliet.say(self.contact, text)
            m = self.message()
            if m.text != text:
                self.assertGreater(size, 500)
                self.assertTrue(m.text.startswith("(1/2) "), m.text[:20])
                break
        else:
            self.fail("1100 bytes and no parts")

    def test_tcp_first(self):
        self.open(component_more="    message: {long: split}\n",
                  sip_more=FAST)
        juliet = self.person()
        juliet.say(self.contact, "x" * 5000)
        self.assertIn("/TCP",
                      self.phone.expect_message("x" * 5000).get("via"))

    def test_a_part_fails(self):
        """One error, and the parts behind it are not sent."""
        self.open_udp()
        self.phone.on_request = lambda m: (
            603 if m.text.startswith("(2/") else 200)
        self.juliet.say(self.contact, "x" * 5000, id="f")
        self.juliet.expect_error("f")
        self.juliet.say(self.contact, "behind it")
        self.assertTrue(self.message().text.startswith("(1/"))
        self.assertTrue(self.message().text.startswith("(2/"))
        self.assertEqual(self.message().text, "behind it")
        self.no_more()

    def test_nobody_answers_a_part(self):
        self.open_udp()
        self.phone.on_request = lambda m: (
            None if m.text.startswith("(2/") else 200)
        self.juliet.say(self.contact, "x" * 5000, id="n")
        self.juliet.expect_error("n", "remote-server-timeout")
        self.assertFalse([m for m in self.phone.requests.queue
                          if m.text.startswith("(3/")])
        self.juliet.expect_nothing("another error", lambda e:
                                   e.get("id") == "n", 1)

    def test_too_many(self):
        self.open_udp("long: split, parts_max: 3")
        self.juliet.say(self.contact, "x" * 20000, id="t")
        self.juliet.expect_error("t", "policy-violation")
        self.juliet.say(self.contact, "short")
        self.assertEqual(self.message().text, "short")
        self.no_more()

    def test_a_receipt_is_not_asked_for(self):
        """Plain text, whatever the whole would have been."""
        self.open_udp("long: split, cpim: always, html: alternative")
        text = "y" * 3000
        self.juliet.send(
            "<message to='%s' id='r' type='chat'><body>%s</body>%s"
            "<html xmlns='http://jabber.org/protocol/xhtml-im'><body "
            "xmlns='http://www.w3.org/1999/xhtml'><p><em>%s</em></p></body>"
            "</html></message>" % (self.contact, text, RECEIPT, text))
        found = self.parts()
        self.assertEqual("".join(t for _, t in found), text)
        for m, _ in found:
            self.assertTrue(m.get("content-type").startswith("text/plain"))
        self.no_more()

    def test_with_credentials(self):
        """They are counted in."""
        challenge = ('Proxy-Authenticate: Digest realm="sip.example", '
                     'nonce="%s", opaque="%s", algorithm=SHA-256, '
                     'qop="auth"\r\n' % ("n" * 40, "o" * 32))
        self.open_udp(sip_more=FAST + "  account: {username: stox, "
                      "password: sesame}\n")
        self.phone.on_request = lambda m: (
            200 if m.get("proxy-authorization") else (407, challenge))
        text = "z" * 4000
        self.juliet.say(self.contact, text)
        taken = []
        while not taken or "(%d/%d) " % (len(taken), len(taken)) not in \
                taken[-1].text:
            m = self.message()
            self.assertLessEqual(len(m.data), 1300)
            if m.get("proxy-authorization"):
                taken.append(m)
        self.assertEqual("".join(MARK.sub("", m.text) for m in taken), text)
        self.no_more()


class Waiting(Long):
    """With an outbox: what has been taken is not sent again."""

    def open_box(self):
        self.ctl_socket = os.path.join(self.scene.dir, "ctl.sock")
        self.open_udp(more="    outbox: {to_sip: on, retry_min_s: 1, "
                           "retry_max_s: 1}\n")

    def rows(self):
        import sqlite3
        path = os.path.join(self.scene.dir, self.id() + ".yml.db")
        with sqlite3.connect(path) as db:
            return db.execute("SELECT count(*) FROM record WHERE kind=4"
                              ).fetchone()[0]

    def away_at(self, n):
        self.phone.on_request = lambda m: (
            480 if m.text.startswith("(%d/" % n) else 200)

    def begin(self):
        """Two parts of text are through, then the contact is away."""
        text = " ".join("word%d" % i for i in range(500))
        self.away_at(3)
        self.juliet.say(self.contact, text, id="w")
        self.juliet.say(self.contact, "later", id="l")
        got = [self.message().text for _ in range(3)]
        self.assertEqual([t[:3] for t in got], ["(1/", "(2/", "(3/"])
        return text, "".join(MARK.sub("", t) for t in got[:2])

    def finish(self, text, got):
        while not self.phone.requests.empty():
            self.assertTrue(self.phone.requests.get().text.startswith("(3/"))
        self.phone.on_request = lambda m: 200
        m = self.message()
        tries = 1
        while m.text.startswith("(3/") and not self.phone.requests.empty() \
                and self.phone.requests.queue[0].text == m.text:
            m, tries = self.message(), tries + 1
        self.assertTrue(m.text.startswith("(3/"), m.text[:20])
        rest = MARK.sub("", m.text)
        rest += "".join(t for _, t in self.parts(first=4))
        self.assertEqual(got + rest, text)
        self.assertEqual(self.message().text, "later")
        self.no_more()
        until("the store to be empty", lambda: self.rows() == 0)

    def test_goes_on_where_it_was(self):
        self.open_box()
        text, got = self.begin()
        self.assertTrue(self.message().text.startswith("(3/"))  # a retry
        self.finish(text, got)

    def test_goes_on_after_a_kill(self):
        self.open_box()
        text, got = self.begin()
        self.assertTrue(self.message().text.startswith("(3/"))
        time.sleep(0.3)  # its commit is a matter of milliseconds
        self.stox.kill()
        self.stox.start()
        self.finish(text, got)

    def test_goes_on_after_a_stop(self):
        self.open_box()
        text, got = self.begin()
        self.stox.stop()
        self.stox.start()
        self.finish(text, got)

    def test_refused_then(self):
        self.open_box()
        self.begin()
        self.phone.on_request = lambda m: 603
        self.juliet.expect_error("w")
        self.juliet.expect_error("l")
        until("the store to be empty", lambda: self.rows() == 0)


if __name__ == "__main__":
    unittest.main()
