"""The store fails while messages are in the outbox: each has one end all the
same."""
import errno
import os
import sqlite3
import unittest

from lib.case import Case, FakeCase
from lib.person import local
from lib.scene import until
from test_world import World


class Disk:
    def begin(self, outbox, **kw):
        self.world = World(self.scene)
        Case.open(self, start=False, component_more="    outbox: {%s}\n"
                  % outbox, name=self.id() + ".yml", **kw)
        self.start()

    def start(self):
        self.stox.start(env=self.world.env)

    def fill(self):
        self.world.be(disk_errno=errno.ENOSPC)

    def clear(self):
        self.world.be(disk_errno=0)

    def rows(self):
        path = os.path.join(self.scene.dir, self.id() + ".yml.db")
        with sqlite3.connect(path) as db:
            return db.execute("SELECT count(*) FROM record WHERE kind=4"
                              ).fetchone()[0]


class ToSip(Disk, Case):
    def errors(self, ids):
        """One for each, and no more."""
        for id in ids:
            self.juliet.expect_error(id)
        self.juliet.expect_nothing("an error", lambda e: local(e) == "message"
                                   and e.get("type") == "error", 0.5)

    def test_drain(self):
        """One is under way and others are behind it: a drain tells of all."""
        self.begin("to_sip: on", phone_answer=None)
        self.phone.forget_copies()
        self.juliet = self.person()
        self.fill()
        ids = ["d%d" % i for i in range(4)]
        for id in ids:
            self.juliet.say(self.contact, "body " + id, id=id)
        self.phone.expect_message("body d0")
        self.stox.wait_log("outbox_not_kept", count=4)
        self.stox.stop()
        self.errors(ids)
        self.assertTrue(self.phone.requests.empty())
        self.clear()
        self.phone.on_request = lambda m: 200
        self.start()
        self.juliet.say(self.contact, "after", id="after")
        self.assertEqual(self.phone.expect("MESSAGE").text, "after")
        until("no row", lambda: self.rows() == 0)

    def test_behind_one_that_waits(self):
        """What cannot be kept goes back at once; what is kept stays."""
        self.begin("to_sip: on, retry_min_s: 3600, retry_max_s: 3600",
                   phone_answer=480)
        self.phone.forget_copies()
        self.juliet = self.person()
        self.juliet.say(self.contact, "first", id="b0")
        self.phone.expect_message("first")
        until("its row", lambda: self.rows() == 1)
        self.stox.wait_log("outbox_away")
        self.fill()
        for id in ("b1", "b2", "b3"):
            self.juliet.say(self.contact, "body " + id, id=id)
        self.errors(["b1", "b2", "b3"])
        self.clear()
        self.stox.wait_log("store_well")
        self.juliet.say(self.contact, "last", id="b4")
        until("its row", lambda: self.rows() == 2)
        self.phone.on_request = lambda m: 200
        self.assertEqual(self.phone.say(self.user_uri, "back").status, 202)
        for body in ("first", "last"):
            self.assertEqual(self.phone.expect("MESSAGE").text, body)
        until("no row", lambda: self.rows() == 0)
        self.errors([])


class ToXmpp(Disk, FakeCase):
    def test_the_row_goes_when_it_can(self):
        """It is delivered while its row cannot be removed: not again after a
        restart."""
        self.begin("to_xmpp: on", more="xmpp: { backoff_max_ms: 1000 }\n")
        self.link = self.fake.next_link()
        self.fake.is_refusing = True
        self.link.close()
        self.stox.wait_log("component_lost")
        self.assertEqual(self.phone.say(self.user_uri, "once").status, 202)
        self.fill()
        self.fake.is_refusing = False
        self.link = self.fake.next_link(30)
        self.link.expect_message("once")
        self.stox.wait_log("store_not_well")
        self.assertEqual(self.rows(), 1)
        self.clear()
        until("the row to go", lambda: self.rows() == 0)
        self.stox.kill()
        self.start()
        self.link = self.fake.next_link(30)
        self.assertEqual(self.phone.say(self.user_uri, "next").status, 202)
        self.link.expect_message("next")
        self.assertEqual(self.link.bodies(), ["next"])


if __name__ == "__main__":
    unittest.main()
