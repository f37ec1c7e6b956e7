"""What may be on its way to the XMPP server at once, and who waits meanwhile:
the server is the test's own, and takes as much as it is told to."""
import time
import unittest

from lib.case import FakeCase
from lib.load import Load
from lib.metrics import Scrape
from lib.pacedserver import FarServer, SlowServer
from lib.phone import Phone
from lib.scene import free_port, until

LEAST = 64
LIMITS = "limits: {source_per_s: 0, sender_per_s: 0%s}\n"
DELAY = b"<delay xmlns='urn:xmpp:delay'"


class Crowd(FakeCase):
    # Nothing ends while the test looks.
    PATIENT = "xmpp: {taken_timeout_ms: 30000}\n"

    def open(self, more="", **kw):
        port = free_port()
        super().open(more=LIMITS % more + self.PATIENT +
                     "web: {address: 127.0.0.1, port: %d}\n" % port, **kw)
        self.scrape = Scrape(port)

    def untaken(self):
        return self.scrape.value("stox_link_untaken", component="sip.test")

    def written(self):
        """How many came over the link before its next turn: what is asked
        for behind them is answered behind them."""
        self.link.send("<iq type='get' from='juliet@xmpp.test/desk' "
                       "to='sip.test' id='behind'><ping xmlns='urn:xmpp:ping'"
                       "/></iq>")
        self.link.expect(rb"<iq [^>]*id='behind'")
        return len(self.link.bodies())

    def waiting(self):
        return self.scrape.value("stox_link_waiting", component="sip.test")


class Window(Crowd):
    def crowd(self, count):
        """So many have come, and none of them is taken."""
        self.link.is_answering = False
        for i in range(count):
            self.phone.send(self.phone.message(self.user_uri, "m%d" % i))
            if i % 50 == 49:
                until("them to come in", lambda: self.untaken() == i + 1)
        until("them to come in", lambda: self.untaken() == count)

    def answers(self, count):
        return [self.phone.responses.get(timeout=20).status
                for _ in range(count)]

    def test_no_more_than_so_many(self):
        """The rest follows in order, once each, and says nothing of it."""
        self.open()
        self.crowd(300)
        self.assertEqual(self.written(), LEAST)
        self.assertEqual(self.waiting(), 300 - LEAST)
        self.link.answer(self.fake)
        self.assertEqual(set(self.answers(300)), {202})
        self.assertEqual(self.link.bodies(), ["m%d" % i for i in range(300)])
        self.assertNotIn(DELAY, self.link.data)
        self.assertEqual(self.waiting(), 0)

    def test_killed(self):
        """Only what was on its way comes twice."""
        self.open(level="info")
        self.link.is_answering = False
        load = Load(self.phone, self.user_uri, 400, 4000)
        until("all to come", lambda: self.untaken() == 400)
        self.stox.kill()
        self.stox.start()
        again = self.fake.next_link()
        # What came again before the new link was up has its 503.
        status = load.wait(60).status
        self.assertLessEqual(set(status.values()), {202, 503})
        first = dict(zip(self.link.bodies(), self.ids(self.link)))
        second = dict(zip(again.bodies(), self.ids(again)))
        self.assertEqual(len(first), LEAST)
        self.assertEqual(len(second), len(again.bodies()))
        self.assertEqual(set(second), load.named(202))
        for name in set(first) & set(second):
            self.assertEqual(first[name], second[name])

    def ids(self, link):
        return [m[0] for m in link.messages()]

    def test_link_lost(self):
        """What was on its way is late then, the rest is not."""
        self.open()
        self.crowd(200)
        self.link.close()
        again = self.fake.next_link()
        self.assertEqual(set(self.answers(200)), {202})
        self.assertEqual(again.bodies(), ["m%d" % i for i in range(200)])
        late = [DELAY in data for _, _, data in again.messages()]
        self.assertEqual(late, [True] * LEAST + [False] * (200 - LEAST))

    def test_in_time(self):
        """Who waits has its answer in time, and never comes late."""
        self.PATIENT = ""
        self.open()
        self.link.is_answering = False
        for i in range(100):
            self.phone.send(self.phone.message(self.user_uri, "m%d" % i))
        got = [self.phone.responses.get(timeout=20) for _ in range(100)]
        self.assertEqual({m.status for m in got}, {503})
        for m in got:
            self.assertTrue(5 <= int(m.get("retry-after")) <= 15)
        # What timed out is on its way all the same.
        self.assertEqual(self.phone.say(self.user_uri, "more").status, 503)
        self.assertEqual(len(self.link.bodies()), LEAST)
        self.link.answer(self.fake)
        self.assertEqual(until("202", lambda: self.phone.say(
            self.user_uri, "end").status), 202)
        self.assertEqual(len(self.link.bodies()), LEAST + 1)

    def test_drain(self):
        """SIGTERM: who waits is served as well."""
        self.PATIENT = ""
        self.open()
        self.link.is_answering = False
        for i in range(100):
            self.phone.send(self.phone.message(self.user_uri, "m%d" % i))
        until("all to come", lambda: self.untaken() == 100)
        self.stox.process.send_signal(15)
        self.stox.wait_log("drain_ms")
        self.link.answer(self.fake)
        self.assertEqual(set(self.answers(100)), {202})
        until("the end", lambda: not self.stox.process.alive(), 8)
        self.assertEqual(len(self.link.bodies()), 100)


class Far(Crowd):
    def test_it_opens(self):
        """A server far away gets more at a time, so that its distance does
        not make it slow."""
        self.fake = FarServer(self.scene)
        self.open()
        self.link.is_answering = False
        load = Load(self.phone, self.user_uri, 1500, 100000)
        until("all to come", lambda: self.untaken() == 1500)
        self.assertEqual(self.written(), LEAST)
        self.link.answer(self.fake)
        self.assertEqual(set(load.wait(60).status.values()), {202})
        self.assertEqual(len(self.link.bodies()), 1500)
        self.assertLess(self.fake.pings, 1500 // LEAST * 2 // 3)


class Share(Crowd):
    PATIENT = ""

    def test_others_have_room(self):
        """One source sends six times what the server takes:
        it is refused what is too much, and nobody else is."""
        self.fake = SlowServer(self.scene)
        self.open(more=", queue_max_stanzas: 200")
        flood = Load(self.phone, self.user_uri, 100000, 900)
        until("refusals", lambda: len(flood.named(503)) > 100)
        other = Phone(self.scene, self.stox.address, host="127.0.0.2")
        for i in range(10):
            since = time.monotonic()
            self.assertEqual(other.say(self.user_uri, "o%d" % i).status, 202)
            self.assertLess(time.monotonic() - since, 2.5)
        refused = len(flood.named(503))
        self.assertGreater(refused, 300)
        flood.enough().wait(60)
        self.assertEqual(set(flood.status.values()), {202, 503})
        self.assertEqual(flood.no_retry_after, [])
        self.assertEqual(flood.accepted - set(self.link.bodies()), set())


if __name__ == "__main__":
    unittest.main()
