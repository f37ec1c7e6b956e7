"""Two stoxd with one PostgreSQL and one node name: the second cannot start
while the first lives, and takes all over when it has died."""
import time
import unittest

from lib.postgres import Postgres
from lib.scene import TIMEOUT
from lib.stox import Stoxd
from test_presence import Base, Notifier, local, pidf, text

TAKE_OVER_S = 45


class TakeOver(Base):
    def instance(self, name, **kw):
        one = Stoxd(self.scene, self.server, proxy=self.phone.address,
                    name=name, start=False,
                    more="presence: {notify_every_ms: 300}\n", **kw)
        with open(one.config, encoding="utf-8") as f:
            words = f.read()
        start = words.index("store:\n")
        end = words.index("\n", words.index("path:", start)) + 1
        with open(one.config, "w", encoding="utf-8") as f:
            f.write(words[:start] + "store:\n  backend: postgresql\n"
                    "  connection: '%s'\n" % self.db.conninfo + words[end:])
        return one

    def start(self, **kw):
        self.db = Postgres(self.scene)
        super().start(**kw)
        self.stox.stop()
        self.stox = self.instance("first.yml")
        self.phone.gateway = self.stox.address
        self.stox.start()
        self.juliet.forget()

    def test_a_dead_one_is_replaced(self):
        self.start()
        watcher = self.watched()
        self.follow()
        cseq = int(watcher.phone.history[-1].get("cseq").split()[0])
        # The port moves with the service, as an address of a cluster does.
        second = self.instance("second.yml", port=self.stox.port)
        second.start(wait=False)
        self.assertEqual(second.process.process.wait(TIMEOUT), 1)
        self.assertIn("in use", second.log())
        self.assertTrue(self.stox.process.alive())
        self.stox.kill()
        since = time.monotonic()
        while True:
            second.start(wait=False)
            time.sleep(0.5)
            if second.process.alive():
                break
            self.assertLess(time.monotonic() - since, TAKE_OVER_S)
        self.stox = second
        again = self.expect_subscribe(timeout=TAKE_OVER_S)
        self.assertLess(time.monotonic() - since, TAKE_OVER_S)
        Notifier(self.phone, again).notify(
            body=pidf(self.phone.uri, note="taken over"))
        self.juliet.expect("the contact", lambda e: local(e) == "presence" and
                           text(e, "status") == "taken over")
        # The watcher's dialog goes on where it was.
        self.juliet.send("<presence><status>still</status></presence>")
        got = watcher.seen("active", "still")
        self.assertGreater(int(got.get("cseq").split()[0]), cseq)
        # Once: nobody else has rows of this node.
        self.assertEqual(self.db.ask(
            "SELECT count(DISTINCT node) FROM stox_record"), "1")
        self.assertEqual(watcher.subscribe().status, 200)


if __name__ == "__main__":
    unittest.main()
