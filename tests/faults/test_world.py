"""The world goes wrong (world.c): the wall clock jumps, the store's disk is
full, read-only or slow, memory runs out, names cannot be looked up, the SIP
side is dead (reliability.md §1.7, P20)."""
import errno
import itertools
import mmap
import os
import resource
import signal
import struct
import subprocess
import sys
import time
import unittest

from lib.case import Case, FakeCase
from lib.dns import Dns
from lib.person import local, text
from lib.phone import Phone
from lib.scene import Failed, free_port, until
from lib.simple import Watcher

HERE = os.path.dirname(os.path.abspath(__file__))
NO_RATES = "limits: {source_per_s: 0, sender_per_s: 0}\n"
NO_LEAKS = {"ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0:"
                            "abort_on_error=0:exitcode=77",
            "UBSAN_OPTIONS": "halt_on_error=1:exitcode=77"}
LAYOUT = "<qiiiii"


class World:
    """What is wrong; 0 is well."""

    def __init__(self, scene):
        self.shim = os.path.join(scene.dir, "world.so")
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", self.shim,
                        os.path.join(HERE, "world.c"), "-ldl"], check=True)
        self.path = os.path.join(scene.dir, "world")
        with open(self.path, "wb") as f:
            f.write(b"\0" * 4096)
        self.file = open(self.path, "r+b")
        self.map = mmap.mmap(self.file.fileno(), 4096)
        self.now = {"clock_s": 0, "disk_errno": 0, "slow_ms": 0,
                    "alloc_left": 0, "failed": 0, "disk_left": 0}
        self.env = {"LD_PRELOAD": self.shim, "STOX_WORLD_FILE": self.path,
                    **NO_LEAKS}
        scene.at_end(self.close)

    def close(self):
        self.map.close()
        self.file.close()

    def be(self, **kw):
        self.now = dict(zip(self.now, struct.unpack_from(LAYOUT, self.map)))
        self.now.update(kw)
        struct.pack_into(LAYOUT, self.map, 0, *self.now.values())

    def failures(self):
        return struct.unpack_from(LAYOUT, self.map)[4]


class Base(Case):
    def begin(self, **kw):
        self.world = World(self.scene)
        self.open(start=False, **kw)
        self.stox.start(env=self.world.env)
        self.tries = itertools.count()

    def subscribe(self):
        """The answer to a new watcher's SUBSCRIBE."""
        self.watcher = Watcher(self.phone, self.user_uri)
        return self.watcher.subscribe(600)

    def messages_flow(self):
        juliet = self.person()
        word = "m%d" % next(self.tries)
        self.assertEqual(self.phone.say(self.user_uri, word).status, 202)
        juliet.expect_message(word)
        juliet.say(self.contact, word)
        self.phone.expect_message(word)


class Clock(Base):
    JUMPS = (7200, -7200, 86400 * 400, 2147483648 + 86400 - 1790000000,
             -1700000000, 0)

    def test_jumps(self):
        """Nothing spins, ends or is forgotten: subscriptions, streams,
        transactions go by the monotonic clock."""
        self.begin(sip_more="  t1_ms: 200\n")
        juliet = self.person()
        self.assertEqual(self.subscribe().status, 200)
        juliet.send("<presence to='%s' type='subscribed'/>" % self.contact)
        self.watcher.expect("active")
        conn = Phone(self.scene, self.stox.address, transport="tcp")
        self.assertEqual(conn.say(self.user_uri, "tcp").status, 202)
        for n, jump in enumerate(self.JUMPS):
            with self.subTest(jump=jump):
                # One waits for its answer while the clock jumps.
                self.phone.on_request = lambda m: None
                juliet.say("slow@" + self.server.component, "slow", id="slow")
                self.phone.expect_message("slow")
                cpu = self.stox.cpu_s()
                self.world.be(clock_s=jump)
                self.phone.expect_message("slow")  # sent again, in time
                self.phone.on_request = lambda m: 200
                self.messages_flow()
                self.assertIn(time.strftime("%Y-%m-%dT", time.gmtime(
                    time.time() + jump)), self.stox.log())
                words = "jump %d" % n
                juliet.send("<presence><status>%s</status></presence>" % words)
                self.watcher.seen("active", words)
                self.assertLess(self.stox.cpu_s() - cpu, 3)
                self.assertEqual([e for e in juliet.seen
                                  if e.get("type") == "error"], [])
        self.assertEqual(conn.say(self.user_uri, "tcp again").status, 202)
        self.assertEqual(len(conn.accepted), 0)
        self.assertEqual(self.stox.log().count("component_up"), 1)

    def test_restart_in_another_time(self):
        """The stored wall time counts, once: two hours on, a subscription of
        ten minutes is over, and its watcher is told."""
        self.begin()
        juliet = self.person()
        self.assertEqual(self.subscribe().status, 200)
        juliet.send("<presence to='%s' type='subscribed'/>" % self.contact)
        self.watcher.expect("active")
        first = self.watcher
        self.stox.kill()
        self.world.be(clock_s=-7200)
        self.stox.start(env=self.world.env)
        juliet.send("<presence><status>back</status></presence>")
        first.seen("active", "back")
        self.stox.kill()
        self.world.be(clock_s=7200)
        self.stox.start(env=self.world.env)
        first.expect("terminated")
        self.assertEqual(self.subscribe().status, 200)
        self.messages_flow()


class Disk(Base):
    """SUBSCRIBE 503, messages flow, and normal within 5 s of room."""

    def trouble(self, begin, end):
        self.assertEqual(self.subscribe().status, 200)
        begin()
        answer = until("a refusal", lambda: (
            lambda a: a if a.status != 200 else None)(self.subscribe()))
        self.assertEqual(answer.status, 503)
        self.assertTrue(answer.get("retry-after"))
        for _ in range(3):
            self.messages_flow()
        self.assertTrue(self.stox.has_log("store_not_well"))
        end()
        since = time.monotonic()
        until("SUBSCRIBEs to be taken", lambda:
              self.subscribe().status == 200)
        self.assertLess(time.monotonic() - since, 5)
        self.messages_flow()
        self.assertTrue(self.stox.has_log("store_well"))
        self.assertEqual(self.stox.log().count("component_up"), 1)

    def test_each_error(self):
        self.begin()
        for error in (errno.ENOSPC, errno.EROFS, errno.EIO, errno.EDQUOT):
            with self.subTest(error=errno.errorcode[error]):
                self.trouble(lambda e=error: self.world.be(disk_errno=e),
                             lambda: self.world.be(disk_errno=0))

    def test_slow(self):
        """Commits that take long hold up nothing but what waits for them."""
        self.begin()
        self.world.be(slow_ms=300)
        self.subscribe()
        for _ in range(5):
            since = time.monotonic()
            self.messages_flow()
            self.assertLess(time.monotonic() - since, 5)
        self.world.be(slow_ms=0)
        until("SUBSCRIBEs to be taken", lambda: self.subscribe().status == 200)

    def test_file_size(self):
        """SIGXFSZ is no end. (stderr is a file too: its lines are lost.)"""
        self.begin()
        self.assertEqual(self.subscribe().status, 200)
        pid = self.stox.process.process.pid
        _, most = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, most))
        until("a refusal", lambda: self.subscribe().status == 503)
        for _ in range(3):
            self.messages_flow()
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, most))
        since = time.monotonic()
        until("SUBSCRIBEs to be taken", lambda: self.subscribe().status == 200)
        self.assertLess(time.monotonic() - since, 5)

    def test_nothing_that_was_promised_is_lost(self):
        """Subscriptions before, while and after the disk is full: over a
        kill -9 those are there that were told so."""
        self.begin()
        juliet = self.person()
        granted = []
        for i in range(9):
            self.world.be(disk_errno=errno.ENOSPC if 3 <= i < 6 else 0)
            name = "w%d" % i
            phone = self.phone
            phone.uri, phone.name = "sip:%s@sip.example" % name, name
            w = Watcher(phone, self.user_uri)
            until("an answer", lambda w=w: self.is_settled(w, i))
            if w.remote_tag:
                granted.append((name, w))
        self.assertEqual(len(granted), 6)
        for name, w in granted:
            juliet.send("<presence to='%s@%s' type='subscribed'/>"
                        % (name, self.server.component))
            w.expect("active")
        self.stox.kill()
        self.stox.start(env=self.world.env)
        juliet.send("<presence><status>after</status></presence>")
        for _, w in granted:
            w.seen("active", "after")

    def test_each_write(self):
        """The n-th write fails, once, for each n of some SUBSCRIBEs: what got
        200 is there after kill -9, what got 503 is not."""
        self.begin()
        juliet = self.person()
        granted, refused = [], []
        for n in range(1, 40):
            name = "n%d" % n
            self.phone.uri, self.phone.name = "sip:%s@sip.example" % name, name
            w = Watcher(self.phone, self.user_uri)
            self.world.be(disk_left=1 + n % 20)
            status = w.subscribe(600).status
            self.assertIn(status, (200, 503))
            (granted if status == 200 else refused).append((name, w))
            self.world.be(disk_left=0)
            if status == 503:  # it recovers by itself
                until("it to be well", lambda: self.stox.log().count(
                    "store_well") >= self.stox.log().count("store_not_well"))
        self.assertGreater(len(granted), 4)
        self.assertGreater(len(refused), 2)
        self.stox.kill()
        self.stox.start(env=self.world.env)
        for name, _ in granted:
            juliet.send("<presence to='%s@%s' type='subscribed'/>"
                        % (name, self.server.component))
        juliet.send("<presence><status>after</status></presence>")
        for _, w in granted:
            w.seen("active", "after")
        known = {m.get("call-id") for m in self.phone.history
                 if m.method == "NOTIFY"}
        self.assertEqual([n for n, w in refused if w.call_id in known], [])

    def is_settled(self, w, i):
        status = w.subscribe(600).status
        return status == (503 if 3 <= i < 6 else 200)


class Memory(Base):
    """The n-th allocation from a moment on finds nothing, in stoxd or in a
    library: it goes on, or ends at once and says so. Nothing in between."""
    POINTS = int(os.environ.get("STOX_TEST_POINTS", "40"))
    STEP = int(os.environ.get("STOX_TEST_STEP", "17"))
    FIRST = int(os.environ.get("STOX_TEST_FIRST", "1"))
    # One life may need fewer than n. STOX_TEST_POINTS=0: one allocation after
    # the other, until four lives need no more.
    LIVES = 4

    def life(self):
        """Something of everything; whatever comes of it."""
        juliet = self.person()
        phone = self.phone
        word = "l%d" % next(self.tries)
        phone.send(phone.message(self.user_uri, word))
        juliet.say("x%s@%s" % (word, self.server.component), word)
        phone.send(Watcher(phone, self.user_uri).bytes(600))
        juliet.send("<presence to='y%s@%s' type='subscribe'/>"
                    % (word, self.server.component))
        juliet.send("<iq type='get' to='%s' id='d'><query xmlns='http://jabber"
                    ".org/protocol/disco#info'/></iq>" % self.server.component)
        conn = Phone(self.scene, self.stox.address, transport="tcp")
        try:
            conn.send(conn.message(self.user_uri, word + "t"))
        except OSError:
            pass
        end = time.monotonic() + 1
        until("it to fail", lambda: self.has_failed() or
              time.monotonic() > end)
        conn.close()

    def has_failed(self):
        return (self.world.failures() > self.failed or
                not self.stox.process.alive())

    def test_each_allocation(self):
        self.begin()
        self.messages_flow()
        survived = ended = 0
        last = self.POINTS * self.STEP if self.POINTS else 1 << 20
        for n in range(self.FIRST, last, self.STEP):
            with self.subTest(n=n):
                self.failed = self.world.failures()
                self.world.be(alloc_left=n, failed=self.failed)
                for _ in range(self.LIVES):
                    if not self.has_failed():
                        self.life()
                is_enough = not self.POINTS and not self.has_failed()
                self.world.be(alloc_left=0)
                if not self.POINTS and n % 50 == 0:
                    print("to the %dth: survived %d, ended %d"
                          % (n, survived, ended), file=sys.stderr)
                if is_enough:
                    break
                if self.goes_on():
                    survived += 1
                    continue
                ended += 1
                code = self.stox.process.process.wait(5)
                log = self.stox.log()
                self.stox.start(env=self.world.env)
                self.assertEqual(code, -signal.SIGABRT, log[-3000:])
                self.assertIn("aborted", log[-300:])
        self.assertGreater(self.world.failures(), self.POINTS // 2)
        print("of %d: survived %d, ended %d" % (n, survived, ended),
              file=sys.stderr)

    def goes_on(self):
        """It answers, or it has ended."""
        def settled():
            if not self.stox.process.alive():
                return "ended"
            try:
                return "goes on" if self.phone.say(
                    self.user_uri, "still%d" % next(self.tries), 2,
                    ).status == 202 else None
            except Failed:
                return None
        return until("an answer or an end", settled, 30) == "goes on"


ANY_DOMAIN = """
components:
  - domain: {component}
    server: {server}
    host: 127.0.0.1
    port: {port}
    secret: {secret}
    contacts: escaped
    users: escaped
    user_host: gw.test
    outbox: {{to_sip: on}}
sip:
  listen: ["udp:127.0.0.1:{sip}", "tcp:127.0.0.1:{sip}"]
  nameserver: "127.0.0.1:{dns}"
store: {{path: "{store}"}}
"""


class DeadNames(FakeCase):
    def begin(self, silent):
        dns = Dns(self.scene, {})
        dns.is_silent = silent
        self.open(phone=False, sip_more=dns.option, more=NO_RATES)
        self.phone = Phone(self.scene, self.stox.address)

    def test_silent(self):
        """No lookup blocks the loop; each message ends within 5 s."""
        self.begin(True)
        since = time.monotonic()
        for i in range(20):
            self.link.say("c%d@sip.test" % i, "x", "i%d" % i)
        for i in range(5):
            self.assertEqual(self.phone.say(self.user_uri, "s%d" % i).status,
                             202)
        self.assertLess(time.monotonic() - since, 3)
        until("the errors", lambda: len(self.link.errors()) == 20, 10)
        self.assertLess(time.monotonic() - since, 6.5)
        self.assertEqual(set(self.link.errors().values()),
                         {"remote-server-not-found"})

    def test_kept_meanwhile(self):
        """No answer from DNS says nothing about the domain: a message to it
        waits, also a long one. One to a domain that is not there does not."""
        dns, sip, server = Dns(self.scene, {}), free_port(), self.server
        dns.is_silent = True
        self.open(phone=False, port=sip, text=ANY_DOMAIN.format(
            component=server.component, server=server.domain, sip=sip,
            port=server.component_port, secret=server.secret, dns=dns.port,
            store=os.path.join(self.scene.dir, "names.db")))
        self.link.say("romeo\\40a.example@sip.test", "x", "kept")
        self.link.say("romeo\\40b.example@sip.test", "x" * 2000, "long")
        self.stox.wait_log('why="no answer from DNS"')
        dns.is_silent = False
        self.link.say("romeo\\40c.example@sip.test", "x", "gone")
        until("its error", lambda: "gone" in self.link.errors(), 10)
        self.assertEqual(self.link.errors(),
                         {"gone": "remote-server-not-found"})

    def test_no_such_name(self):
        self.begin(False)
        since = time.monotonic()
        self.link.say("romeo@sip.test", "x", "i")
        until("the error", self.link.errors)
        self.assertLess(time.monotonic() - since, 5)


class DeadPeer(FakeCase):
    """The SIP side is away or says so: one error for each, none is lost."""

    def send(self, n, prefix):
        for i in range(n):
            self.link.say("c%d@sip.test" % (i % 10), "%s%d" % (prefix, i),
                          "%s%d" % (prefix, i))

    def errors(self, n):
        until("%d errors" % n, lambda: len(self.link.errors()) >= n, 40)
        ids = [id for id, kind, _ in self.link.messages() if kind == "error"]
        self.assertEqual(len(ids), len(set(ids)), "two errors for one")
        self.assertEqual(len(ids), n)

    def test_nobody_there(self):
        """Who waits behind a message to the same contact waits no longer
        for that: all end in the time of one."""
        self.open(phone=False, proxy="127.0.0.1:%d" % free_port(),
                  more=NO_RATES, sip_more="  timeout_ms: 6000\n")
        self.send(100, "d")
        self.errors(100)

    def test_silent(self):
        self.open(None, more=NO_RATES, sip_more="  timeout_ms: 4000\n")
        self.send(50, "s")
        self.errors(50)
        self.assertEqual(set(self.link.errors().values()),
                         {"remote-server-timeout"})

    def test_more_than_may_be_under_way(self):
        """Those that never went are told so by another word."""
        self.open(None, more=NO_RATES.replace("}", ", running_max: 5}"),
                  sip_more="  timeout_ms: 4000\n")
        for i in range(30):
            self.link.say("d%d@sip.test" % i, "x%d" % i, "x%d" % i)
        self.errors(30)
        words = list(self.link.errors().values())
        # Some find the room that the first ones leave in the end.
        sent = {m.text for m in list(self.phone.requests.queue)}
        self.assertEqual({id for id, word in self.link.errors().items()
                          if word == "remote-server-timeout"}, sent)
        self.assertGreaterEqual(words.count("resource-constraint"), 10)
        self.assertEqual(words.count("resource-constraint") + len(sent), 30)

    def test_503(self):
        """A next hop that is not well is let be for as long as it asks, and
        asked again after that."""
        self.open((503, "Retry-After: 1\r\n"), more=NO_RATES)
        self.send(50, "u")
        self.errors(50)
        self.assertLess(self.phone.requests.qsize(), 51)
        self.phone.on_request = lambda m: 200
        tries = itertools.count(1000)

        def again():
            word = "again%d" % next(tries)
            self.link.say("c0@sip.test", word, word)
            end = time.monotonic() + 1
            while time.monotonic() < end:
                if any(m.text == word
                       for m in list(self.phone.requests.queue)):
                    return True
                time.sleep(0.05)
            return False
        until("it to be asked again", again, 40)

    def test_restart(self):
        """It is away for two seconds: what was sent then arrives (Timer F)."""
        self.open(more=NO_RATES)
        port = self.phone.port
        self.phone.on_request = lambda m: None
        self.send(30, "r")
        until("the first copies", lambda: self.phone.requests.qsize() >= 10)
        self.phone.on_request = lambda m: 200
        until("all", lambda: len({m.text for m in list(
            self.phone.requests.queue)}) == 30, 30)
        self.assertEqual(self.link.errors(), {})
        self.assertEqual(self.phone.port, port)


if __name__ == "__main__":
    unittest.main()
