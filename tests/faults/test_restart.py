"""The XMPP server goes and comes back while messages flow: nothing accepted
is lost (reliability.md P1, P3)."""
import itertools
import time
import unittest

from lib.case import Case, FakeCase
from lib.load import SCALE, Books, Load
from lib.phone import Phone
from lib.scene import until

NO_RATES = "limits: {source_per_s: 0, sender_per_s: 0}\n"


class Restart(Case):
    # What a message may be answered with while the server goes and comes.
    answers = {202, 503}

    def balance(self, load, books, doubles_max=64):
        """Sent is accepted plus refused; accepted is delivered."""
        self.assertEqual(len(load.status), load.sent)
        self.assertLessEqual(set(load.status.values()), self.answers)
        self.assertEqual(load.no_retry_after, [])
        self.assertEqual(load.accepted - set(books.ids), set(), "lost")
        self.assertEqual(books.doubled_with_other_id(), set())
        self.assertLessEqual(len(books.doubled()), doubles_max)

    def flow_over(self, end_server):
        self.open(more=NO_RATES)
        books = Books()
        juliet = self.person()
        load = Load(self.phone, self.user_uri, 100000, 100)
        until("the first", lambda: len(load.accepted) > 20 * SCALE,
              30 + 5 * SCALE)
        books.take(juliet)
        end_server()
        until("a refusal", lambda: load.named(503))
        books.take(juliet)
        self.server.start()
        self.stox.wait_log("component_up", count=2)
        before = len(load.accepted)
        until("more", lambda: len(load.accepted) > before + 50)
        if SCALE == 1:
            load.enough().wait()
        # More than a hundred ejabberd does not keep for who is away.
        self.forget_people()
        after = self.person()
        until("more", lambda: len(load.accepted) > before + 50 * SCALE,
              30 + 5 * SCALE)
        load.enough().wait()
        books.take(juliet)
        self.assertEqual(self.phone.say(self.user_uri, "end").status, 202)
        after.expect_message("end")
        # What waited for her at the server comes with her presence; the last
        # of it is known by its name.
        until("the rest", lambda: not
              load.accepted - set(books.take(after).ids), 5 + 5 * SCALE)
        books.tell(self.id().partition(".")[2], load)
        self.balance(load, books)

    def test_stopped(self):
        self.flow_over(self.server.stop)

    def test_killed(self):
        self.flow_over(self.server.kill)


class RestartEjabberd(Restart):
    server_name = "ejabberd"
    # While it stops it may bounce what it reads: internal-server-error.
    answers = {202, 500, 503}


class Storm(Restart):
    """The server is killed again and again, stoxd too, under load."""
    test_stopped = test_killed = None

    def test_storm(self):
        self.open(more=NO_RATES)
        books = Books()
        juliet = self.person()
        load = Load(self.phone, self.user_uri, 100000, 100)
        probe = Phone(self.scene, self.stox.address, name="probe")
        for n in range(4):
            done = len(load.accepted)
            until("some more", lambda: len(load.accepted) > done + 30 * SCALE,
                  40 + 5 * SCALE)
            self.server.kill()
            until("what was delivered", lambda: not juliet.is_online())
            books.take(juliet)
            if n % 2:
                self.stox.kill()
                self.stox.start(wait=False)
            self.server.start()
            self.forget_people()
            juliet = self.person()
            since = time.monotonic()
            until("the link", lambda: self.stox.has_log("component_up") and
                  probe.say(self.user_uri, "up%d" % n).status == 202)
            self.assertLess(time.monotonic() - since, 8)
        load.enough().wait()
        self.assertEqual(self.phone.say(self.user_uri, "end").status, 202)
        until("the rest", lambda: not
              load.accepted - set(books.take(juliet).ids), 10 + 5 * SCALE)
        books.tell("storm of 4 restarts", load)
        self.balance(load, books, doubles_max=4 * 64)


class Flapping(FakeCase):
    """The link ends every half second: what the server has taken is 202, and
    what is 202 the server has taken."""

    def test_flapping(self):
        self.open(more=NO_RATES + "xmpp: {backoff_max_ms: 500}\n")
        links = [self.link]
        load = Load(self.phone, self.user_uri, 100000, 100)
        end = time.monotonic() + 10 * SCALE
        while time.monotonic() < end:
            done = len(load.accepted)
            until("some more", lambda: len(load.accepted) > done + 5, 20)
            links[-1].close()
            links.append(self.fake.next_link())
        load.enough().wait()
        self.assertGreater(len(links), 5)
        self.assertEqual(set(load.status.values()) - {202, 503}, set())
        self.assertEqual(load.no_retry_after, [])
        books = Books()
        for link in links:
            for id, kind, data in link.messages():
                books.note(data.partition(b"<body>")[2].partition(
                    b"<")[0].decode(), id)
        books.tell("cut %d times" % (len(links) - 1), load)
        self.assertEqual(load.accepted - set(books.ids), set(), "lost")
        self.assertEqual(books.doubled_with_other_id(), set())


class Outage(Case):
    def test_refused_at_once_while_it_is_away(self):
        self.open()
        self.server.stop()
        try:
            load = Load(self.phone, self.user_uri, 20, 100).wait()
            self.assertEqual(set(load.status.values()), {503})
            self.assertEqual(load.no_retry_after, [])
            self.assertLess(load.slowest_s, 1.5)
            options = self.phone.say("sip:127.0.0.1:%d" % self.stox.port, "",
                                     method="OPTIONS", type=None)
            self.assertEqual(options.status, 200)
        finally:
            self.server.start()
        since = time.monotonic()
        self.stox.wait_log("component_up", count=2)
        self.assertLess(time.monotonic() - since, 4)
        juliet = self.person()
        self.assertEqual(self.phone.say(self.user_uri, "back").status, 202)
        juliet.expect_message("back")


class Stall(Case):
    """A server that keeps its sockets and reads nothing: P11."""

    def test_stalled_server(self):
        self.open(more=NO_RATES,
                  level="info")
        juliet = self.person()
        self.assertEqual(self.phone.say(self.user_uri, "first").status, 202)
        rss = self.stox.rss_bytes()
        self.server.pause()
        try:
            load = Load(self.phone, self.user_uri, 6000, 600,
                        body="%s " + "x" * 500)
            until("a refusal", lambda: load.named(503))
            since = time.monotonic()
            probe = self.prober()
            self.assertEqual(probe.ask(probe.message(
                "sip:127.0.0.1:%d" % self.stox.port, "", method="OPTIONS",
                type=None)).status, 200)
            self.assertLess(time.monotonic() - since, 2)
            load.wait()
            self.assertLess(self.stox.rss_bytes() - rss, 32 << 20)
        finally:
            self.server.resume()
        self.assertEqual(load.no_retry_after, [])
        self.assertEqual(set(load.status.values()) - {202, 503}, set())
        self.assertGreater(len(load.named(503)), 5000)
        # One line for all of them, and one in ten seconds.
        self.assertLess(self.stox.log().count("xmpp_server_slow"), 4)
        tries = itertools.count()
        until("it to recover", lambda: self.phone.say(
            self.user_uri, "again%d" % next(tries)).status == 202)
        books = Books()
        until("what was accepted", lambda: not
              load.accepted - set(books.take(juliet).ids), 10)
        self.assertEqual(books.doubled_with_other_id(), set())

    def prober(self):
        return Phone(self.scene, self.stox.address, name="probe")


if __name__ == "__main__":
    unittest.main()
