"""A store whose rows somebody has changed, or another version has written:
stoxd starts, leaves what it does not understand, and works."""
import random
import sqlite3
import unittest

from lib.case import Case
from lib.mutate import bend
from lib.scene import until
from lib.simple import Watcher

ROWS = 400


class Rows(Case):
    def fill(self):
        """Some good rows of each kind."""
        self.juliet = self.person()
        self.open()
        self.watcher = Watcher(self.phone, self.user_uri)
        self.assertEqual(self.watcher.subscribe(600).status, 200)
        self.juliet.send("<presence to='%s' type='subscribed'/>" % self.contact)
        self.watcher.expect("active")
        self.juliet.send("<presence to='%s' type='subscribe'/>" % self.contact)
        self.phone.expect("SUBSCRIBE", lambda m: m.method == "SUBSCRIBE")
        self.stox.stop()

    def spoil(self):
        rng = random.Random(4)
        db = sqlite3.connect(self.stox.config + ".db")
        good = db.execute("SELECT * FROM record").fetchall()
        self.assertGreater(len(good), 2)
        names = [c[1] for c in db.execute("PRAGMA table_info(record)")]
        at = {n: names.index(n) for n in ("kind", "key", "value")}
        odd = [b"", b"o", b"i", b"o\n", b"i" + b"a" * 8000 + b"@xmpp.test\n"
               b"romeo@sip.test", b"o" + b"a" * 3000 + b"\n" + b"b" * 3000 +
               b"@sip.test", b"x", b"\0" * 100, b"o@\n@sip.test",
               b"ijuliet@xmpp.test\n\n\n@sip.test", b"q\xff\xfe\n@sip.test"]
        for i in range(ROWS):
            row = list(rng.choice(good))
            for name in ("key", "value"):
                data = row[at[name]]
                data = bytearray(data.encode() if isinstance(data, str)
                                 else data)
                for _ in range(rng.randrange(3)):
                    bend(rng, data)
                row[at[name]] = bytes(data)[:8000]
            if i % 4 == 0:
                row[at["key"]] = rng.choice(odd)
            if i % 7 == 0:
                row[at["kind"]] = rng.randrange(12)
            db.execute("INSERT OR IGNORE INTO record VALUES (%s)"
                       % ",".join("?" * len(row)), row)
        db.commit()
        db.close()

    def test_spoiled(self):
        self.fill()
        self.spoil()
        self.stox.start()
        self.stox.wait_log("store_records_not_understood")
        # What was good still is.
        self.juliet.send("<presence><status>good</status></presence>")
        self.watcher.seen("active", "good")
        self.assertEqual(self.phone.say(self.user_uri, "good").status, 202)
        self.juliet.expect_message("good")


if __name__ == "__main__":
    unittest.main()
