"""stoxd killed at each commit and each send of a message's life in the outbox
(crash.c): after the restart it has one end, in either direction."""
import os
import subprocess
import time
import unittest

from lib.case import Case, FakeCase
from lib.person import local
from lib.scene import until

HERE = os.path.dirname(os.path.abspath(__file__))
POINTS_MAX = 40
STEP = int(os.environ.get("STOX_CRASH_STEP", "1"))
SHORT = "  t1_ms: 50\n  t2_ms: 400\n  timeout_ms: 2000\n"


class Crash:
    def prepare(self):
        self.stox.stop()
        self.shim = os.path.join(self.scene.dir, "crash.so")
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", self.shim,
                        os.path.join(HERE, "crash.c")], check=True)
        self.armed = os.path.join(self.scene.dir, "armed")

    def fresh(self):
        for end in ("", "-wal", "-shm"):
            path = os.path.join(self.scene.dir, "stox.yml.db" + end)
            if os.path.exists(path):
                os.unlink(path)
        if os.path.exists(self.armed):
            os.unlink(self.armed)
        self.stox.start(env={
            "LD_PRELOAD": self.shim, "STOX_CRASH_FILE": self.armed,
            "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0"})

    def arm(self, n):
        with open(self.armed + ".new", "w", encoding="ascii") as f:
            f.write("%d" % n)
        os.rename(self.armed + ".new", self.armed)

    def is_dead(self):
        return not self.stox.process.alive()

    def each_point(self, live, check):
        self.prepare()
        for sign in (1, -1):
            for n in range(1, POINTS_MAX, STEP):
                is_done = False
                with self.subTest(point=n * sign):
                    self.fresh()
                    try:
                        is_done = live(n * sign)
                        self.stox.kill()
                        check(is_done)
                    finally:
                        self.stox.kill()
                if is_done:
                    break
            else:
                self.fail("the life has more than %d points" % POINTS_MAX)
            self.assertGreater(n, 2)

    def rows(self):
        import sqlite3
        path = os.path.join(self.scene.dir, "stox.yml.db")
        with sqlite3.connect(path) as db:
            return db.execute("SELECT count(*) FROM record WHERE kind=4"
                              ).fetchone()[0]


class ToSipCrash(Crash, Case):
    """A message waits, is tried again, and is delivered, or given up."""

    def open_box(self, outbox):
        self.open(phone_answer=480, sip_more=SHORT,
                  component_more="    outbox: {%s}\n" % outbox)
        self.juliet = self.person()

    def forget(self):
        self.juliet.forget()
        while not self.phone.requests.empty():
            self.phone.requests.get()

    def wait_row(self):
        self.phone.expect_message("keep me")
        until("its row", lambda: self.rows() == 1)
        self.stox.wait_log("outbox_away")

    def test_taken(self):
        """Killed while it comes in: from its commit on it is not lost, and
        before it has no row, so nothing is half there."""
        self.open_box("to_sip: on, retry_min_s: 1, retry_max_s: 1")
        tried, fates = [], set()

        def live(n):
            self.forget()
            tried.clear()
            self.phone.on_request = lambda m: (tried.append(
                (m.get("call-id"), m.get("via"))), 480)[1]
            self.arm(n)
            self.juliet.say(self.contact, "keep me", id="t%d" % n)
            until("the row or death", lambda: self.is_dead() or
                  (tried and self.rows() == 1), 15)
            return not self.is_dead()

        def check(is_done):
            row = self.rows()
            self.assertLessEqual(row, 1)
            if is_done:
                self.assertEqual(row, 1)
            fates.add(row)
            before = {c for c, _ in tried}
            arrived = []
            self.phone.on_request = lambda m: (arrived.append(
                m.get("call-id")), 200)[1]
            self.stox.start()
            if row:
                until("the end", lambda: arrived and self.rows() == 0, 15)
                self.assertEqual(len(before | set(arrived)), 1)
            self.juliet.expect_nothing("an error", lambda e: e.get("type") ==
                                       "error", 0.3)
            self.assertEqual(self.rows(), 0)
        self.each_point(live, check)
        self.assertEqual(fates, {0, 1})

    def test_delivered(self):
        self.open_box("to_sip: on, retry_min_s: 1, retry_max_s: 1")
        taken = []

        def live(n):
            self.forget()
            taken.clear()
            self.phone.on_request = lambda m: 480
            self.juliet.say(self.contact, "keep me", id="k%d" % n)
            self.wait_row()
            self.phone.on_request = lambda m: (taken.append(
                (m.get("call-id"), m.get("via"))), 200)[1]
            self.arm(n)
            until("the end or death", lambda: self.is_dead() or
                  (taken and self.rows() == 0), 15)
            return not self.is_dead()

        def check(is_done):
            before = len(taken)
            self.stox.start()
            until("the end", lambda: taken and self.rows() == 0, 15)
            # Twice only when it was killed between the answer and the commit,
            # and then as the same request.
            if is_done or before == 0:
                self.assertEqual(len({v for _, v in taken}), 1)
            self.assertLessEqual(len({v for _, v in taken}), 2)
            self.assertEqual(len({c for c, _ in taken}), 1)
            self.juliet.expect_nothing("an error", lambda e: e.get("type") ==
                                       "error", 0.3)
        self.each_point(live, check)

    def test_given_up(self):
        self.open_box("to_sip: on, retry_min_s: 1, retry_max_s: 1")

        def has_error(id):
            while not self.juliet.stanzas.empty():
                self.juliet.seen.append(self.juliet.stanzas.get_nowait())
            return [e for e in self.juliet.seen if local(e) == "message" and
                    e.get("type") == "error" and e.get("id") == id]

        def live(n):
            self.forget()
            self.id_now = "g%d" % n
            self.phone.on_request = lambda m: 480
            self.juliet.say(self.contact, "keep me", id=self.id_now)
            self.wait_row()
            self.phone.on_request = lambda m: 403
            self.arm(n)
            until("the end or death", lambda: self.is_dead() or
                  (has_error(self.id_now) and self.rows() == 0), 15)
            return not self.is_dead()

        def check(is_done):
            self.stox.start()
            until("the error", lambda: has_error(self.id_now) and
                  self.rows() == 0, 15)
            # Told twice only when it was killed before the server had it.
            self.assertLessEqual(len(has_error(self.id_now)),
                                 1 if is_done else 2)
        self.each_point(live, check)


class ToXmppCrash(Crash, FakeCase):
    def test_each_point(self):
        self.open(component_more="    outbox: {to_xmpp: on}\n",
                  more="xmpp: { backoff_max_ms: 1000 }\n")
        links = []

        def copies(body):
            return [m for k in links for m in k.messages()
                    if body.encode() in m[2]]

        def take_links():
            while not self.fake.links.empty():
                links.append(self.fake.links.get())

        def cut():
            """The link may be in the queue a little later than it is up."""
            take_links()
            for link in links:
                link.close()
            return self.stox.has_log("component_lost")

        def live(n):
            self.body = "crash %d" % n
            self.fake.is_refusing = True
            until("the link to be lost", cut)
            self.arm(n)
            data = self.phone.message(self.user_uri, self.body)
            self.status = None
            for _ in range(4):
                self.phone.send(data)
                end = time.monotonic() + 0.6
                while time.monotonic() < end and not self.is_dead():
                    if not self.phone.responses.empty():
                        self.status = self.phone.responses.get().status
                        break
                    time.sleep(0.02)
                if self.status or self.is_dead():
                    break
            self.fake.is_refusing = False
            until("the end or death", lambda: self.is_dead() or (
                take_links() or copies(self.body) and self.rows() == 0), 15)
            return not self.is_dead()

        def check(is_done):
            time.sleep(0.1)
            while not self.phone.responses.empty():
                self.status = self.phone.responses.get().status
            self.stox.start()
            take_links()
            if self.status == 202:
                until("the message", lambda: take_links() or
                      copies(self.body), 15)
            until("no row", lambda: self.rows() == 0, 15)
            take_links()
            got = copies(self.body)
            self.assertLessEqual(len(got), 1 if is_done else 2)
            self.assertLessEqual(len({id for id, _, _ in got}), 1)
        self.each_point(live, check)


if __name__ == "__main__":
    unittest.main()
