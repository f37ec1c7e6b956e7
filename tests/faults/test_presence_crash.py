"""A subscription's life, and stoxd killed at each commit and each send of it
(crash.c): after the restart what was confirmed is served, in the same dialog
where it is the watcher's, and nothing is there twice (reliability.md §1.6)."""
import os
import random
import re
import sqlite3
import subprocess
import threading
import time
import unittest

from lib.person import local, text
from lib.scene import Failed, until
from lib.simple import Notifier, Watcher, pidf
from test_presence import Base

HERE = os.path.dirname(os.path.abspath(__file__))
POINTS_MAX = 60
STEP = int(os.environ.get("STOX_CRASH_STEP", "1"))


class CrashBase(Base):
    """Contacts are romeo1, romeo2, ...: one for each point."""

    def prepare(self):
        self.start()
        self.stox.stop()
        self.shim = os.path.join(self.scene.dir, "crash.so")
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", self.shim,
                        os.path.join(HERE, "crash.c")], check=True)
        self.armed = os.path.join(self.scene.dir, "armed")
        self.seen = {}      # Call-ID -> {CSeq: first line and state}
        self.opened = {}    # contact -> Call-IDs of SUBSCRIBEs with a life
        self.note = "first"
        self.answers = True
        self.phone.on_request = self.robot

    def robot(self, m):
        if m.method == "SUBSCRIBE":
            name = re.search(r"sip:([^@]+)@", m.line).group(1)
            if m.get("expires") == "0":
                return self.on_request(m)
            if ";tag=" not in m.get("to"):
                self.opened.setdefault(name, set()).add(m.get("call-id"))
                threading.Thread(target=self.notify, args=(m, name),
                                 daemon=True).start()
            return self.on_request(m)
        if m.method == "NOTIFY":
            cseq = int(m.get("cseq").split()[0])
            what = (m.get("subscription-state").split(";")[0], m.body)
            old = self.seen.setdefault(m.get("call-id"), {}).setdefault(
                cseq, what)
            if old != what:
                self.twice.append((old, what))
        return 200

    def notify(self, m, name):
        dialog = Notifier(self.phone, m)
        data = dialog.bytes("active;expires=3600", pidf(
            "sip:%s@sip.example" % name, note=self.note))
        for _ in range(4):  # as a phone would, until somebody answers
            self.phone.send(data)
            time.sleep(0.4)

    def fresh(self, n, sign):
        """A stoxd with an empty store, to end at point n."""
        for end in ("", "-wal", "-shm"):
            path = os.path.join(self.scene.dir, "stox.yml.db" + end)
            if os.path.exists(path):
                os.unlink(path)
        if os.path.exists(self.armed):
            os.unlink(self.armed)
        self.twice = []
        self.note = "first"
        self.stox.start(env={
            "LD_PRELOAD": self.shim, "STOX_CRASH_FILE": self.armed,
            "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0"})
        self.juliet.forget()
        self.name = "romeo%d" % (n if sign > 0 else 1000 + n)
        self.contact = "%s@%s" % (self.name, self.server.component)
        with open(self.armed + ".new", "w", encoding="ascii") as f:
            f.write("%d" % (n * sign))
        os.rename(self.armed + ".new", self.armed)

    def is_dead(self):
        return not self.stox.process.alive()

    def stored(self):
        """What the store has of what juliet wants to see."""
        with sqlite3.connect(os.path.join(self.scene.dir,
                                          "stox.yml.db")) as db:
            rows = db.execute("SELECT CAST(value AS TEXT) FROM record WHERE "
                              "kind = 0 AND CAST(key AS TEXT) = ?",
                              ("o%s\n%s" % (self.juliet.jid, self.contact),))
            return "".join(value for value, in rows)

    def again(self):
        self.note = "second"
        self.was = self.stored()
        self.stox.start()

    def each_point(self, live, check):
        """live(): the life; true when it ended well. check(): afterwards."""
        self.prepare()
        for sign in (1, -1):
            for n in range(1, POINTS_MAX, STEP):
                with self.subTest(point=n * sign):
                    self.fresh(n, sign)
                    is_done = live()
                    if os.environ.get("STOX_CRASH_SHOW"):
                        print(n * sign, is_done, self.is_dead(), flush=True)
                    self.stox.kill()  # what is left of n is for the life
                    self.again()
                    try:
                        check()
                    finally:
                        self.stox.kill()
                    self.assertEqual(self.twice, [])
                    if is_done:
                        break
            else:
                self.fail("the life has more than %d points" % POINTS_MAX)
            self.assertGreater(n, 4)

    def until_dead_or(self, what, condition):
        until(what, lambda: self.is_dead() or condition(), 12)
        return not self.is_dead()

    def has(self, fits):
        while not self.juliet.stanzas.empty():
            self.juliet.seen.append(self.juliet.stanzas.get_nowait())
        return any(fits(e) for e in self.juliet.seen)

    def has_presence(self, kind, status=None):
        return self.has(lambda e: local(e) == "presence" and
                        e.get("type") == kind and
                        e.get("from", "").startswith(self.contact) and
                        (status is None or text(e, "status") == status))


class UserCrash(CrashBase):
    def live(self):
        self.juliet.send("<presence to='%s' type='subscribe'/>" % self.contact)
        return self.until_dead_or("subscribed and a state", lambda:
                                  self.has_presence("subscribed") and
                                  self.has_presence(None, "first"))

    def check(self):
        # Nobody asks again by himself, and where his consent is written down
        # nobody needs to.
        if not self.has_presence("subscribed") and "ACTIVE" not in self.was:
            self.juliet.send("<presence to='%s' type='subscribe'/>"
                             % self.contact)
        until("subscribed", lambda: self.has_presence("subscribed"))
        if self.note == "second":
            until("the second state", lambda:
                  self.has_presence(None, "second"))
        self.assertTrue(self.is_in_roster("to"))
        self.assertFalse(self.has_presence("unsubscribed"))

    def test_each_point(self):
        self.each_point(self.live, self.check)


class ContactCrash(CrashBase):
    def fresh(self, n, sign):
        super().fresh(n, sign)
        self.phone.name = self.name
        self.phone.uri = "sip:%s@sip.example" % self.name
        self.watcher = Watcher(self.phone, self.user_uri)
        self.answer = None

    def send_subscribe(self):
        self.answer = None
        while not self.phone.responses.empty():
            self.phone.responses.get_nowait()
        data = self.watcher.bytes()

        def ask():
            try:
                self.answer = self.phone.ask(data, 3)
            except Failed:
                pass

        threading.Thread(target=ask, daemon=True).start()

    def states(self, call_id=None):
        return self.seen.get(call_id or self.watcher.call_id, {})

    def has_state(self, words):
        return any(words.encode() in body
                   for _, body in self.states().values())

    def is_granted(self):
        """The test's client asks back by itself: both is right too."""
        return self.is_in_roster("from") or self.is_in_roster("both")

    def live(self):
        self.send_subscribe()
        if not self.until_dead_or("the question", lambda:
                                  self.has_presence("subscribe")):
            return False
        self.juliet.send("<presence to='%s' type='subscribed'/>"
                         % self.contact)
        if not self.until_dead_or("active", lambda: any(
                s == "active" for s, _ in self.states().values())):
            return False
        words = "alive-%s" % self.name
        self.juliet.send("<presence><status>%s</status></presence>" % words)
        return self.until_dead_or("the state", lambda: self.has_state(words))

    def check(self):
        time.sleep(0.1)
        last = max(self.states() or [0])
        if self.answer is None or self.answer.status != 200:
            # Nothing was promised: the phone tries again.
            if not self.states():
                self.watcher = Watcher(self.phone, self.user_uri)
                self.assertEqual(self.watcher.subscribe().status, 200)
        if not self.is_granted():
            until("the question", lambda: self.has_presence("subscribe"))
            self.juliet.send("<presence to='%s' type='subscribed'/>"
                             % self.contact)
        words = "after-%s" % self.name
        until("active", lambda: any(s == "active" for s, _ in
                                    self.states().values()))
        self.juliet.send("<presence><status>%s</status></presence>" % words)
        until("the state in the same dialog",
              lambda: self.has_state(words), 15)
        self.assertGreater(max(self.states()), last)
        until("from in the roster", self.is_granted, 3)

    def test_each_point(self):
        self.each_point(self.live, self.check)


class RandomKills(CrashBase):
    """kill -9 at random moments of many set-ups in both directions."""

    def test_loop(self):
        self.prepare()
        self.twice = []
        dice = random.Random(5)
        names = []
        self.stox.start()
        for n in range(12):
            self.name = "tybalt%d" % n
            self.contact = "%s@%s" % (self.name, self.server.component)
            names.append(self.contact)
            self.juliet.send("<presence to='%s' type='subscribe'/>"
                             % self.contact)
            time.sleep(dice.random() * 0.15)
            self.stox.kill()
            self.stox.start()
        self.note = "second"
        self.stox.kill()
        self.stox.start()
        for contact in names:
            self.contact = contact
            # What was lost before its row is asked for again by the client.
            if not self.has_presence("subscribed"):
                self.juliet.send("<presence to='%s' type='subscribe'/>"
                                 % contact)
            until("subscribed " + contact, lambda:
                  self.has_presence("subscribed"), 40)
            until("a state of " + contact, lambda:
                  self.has_presence(None, "second"), 40)
            self.assertFalse(self.has_presence("unsubscribed"))
        self.assertEqual(self.twice, [])


if __name__ == "__main__":
    unittest.main()
