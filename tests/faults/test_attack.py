"""Strangers and peers at their worst, against stoxd between a real XMPP server
and a phone: tens of thousands of broken messages over UDP and TCP, hostile
bodies in dialogs that are open, broken streams. After it all stoxd is the same
process on the same stream, as small as before, and good messages pass
(reliability.md P5, P7, P8, P16).

STOX_TEST_ATTACKS=N: that many messages, instead of 20,000."""
import os
import queue
import random
import re
import socket
import time
import unittest
from xml.sax.saxutils import quoteattr

from lib import hostile
from lib.case import Case, FakeCase
from lib.mutate import Mutator, bend, sip_corpus
from lib.person import local, text
from lib.phone import Msg, Phone
from lib.scene import until
from lib.simple import Notifier, pidf

ATTACKS = int(os.environ.get("STOX_TEST_ATTACKS", "20000"))
SEED = int(os.environ.get("STOX_TEST_SEED", "4"))
NO_RATES = "limits: {source_per_s: 0, sender_per_s: 0}\n"
GROWTH_MAX = 64 << 20


class Watch:
    """Asked again and again: is it the same stoxd, on the same stream?"""

    def begin(self, limits="", **kw):
        self.open(more=NO_RATES + limits, level="info", peers=(
            '    - addresses: ["127.0.0.0/8"]\n      domains: ["*"]\n'), **kw)
        self.probe = Phone(self.scene, self.stox.address, name="probe")
        self.rss = self.stox.rss_bytes()

    def fence(self):
        """What was sent before has been read when this is answered. A flood
        fills the socket's buffer, so it is asked again, as a client would."""
        data = self.probe.message("sip:%s:%d" % self.stox.address, "",
                                  method="OPTIONS", type=None)
        since = time.monotonic()
        self.assertEqual(self.probe.ask(data, 10).status, 200)
        self.slowest = max(getattr(self, "slowest", 0),
                           time.monotonic() - since)

    def check(self):
        self.assertTrue(self.stox.process.alive(), "stoxd has ended")
        self.fence()
        self.assertLess(self.stox.rss_bytes() - self.rss, GROWTH_MAX)

    def finish(self):
        self.check()
        self.assertEqual(self.stox.log().count("component_up"), 1)
        self.assertNotIn("component_lost", self.stox.log())
        juliet = self.person()
        self.assertEqual(self.probe.say(self.user_uri, "good").status, 202)
        juliet.expect_message("good")
        juliet.say(self.contact, "good")
        self.phone.expect_message("good")


class Flood(Watch):  # of the two below
    """What is shared by the two floods of broken messages."""

    def mutants(self, seed):
        good = [self.phone.message(self.user_uri, "hello", **kw) for kw in (
            {}, {"type": "text/plain;charset=utf-8"}, {"type": "text/html"},
            {"extra": "Subject: s\r\nIn-Reply-To: a@b\r\nExpires: 60\r\n"
             "Date: Sat, 13 Nov 2010 23:29:00 GMT\r\nContent-Language: en\r\n"},
            {"extra": "P-Asserted-Identity: \"R\" <sip:romeo@sip.example>\r\n"
             "User-Agent: x\r\nSupported: a, b\r\nOrganization: o\r\n"})]
        good += [self.phone.message(self.user_uri, body, type=kind)
                 for kind, body in hostile.GOOD]
        good += [self.phone.message(
            self.user_uri, "", method=method, type=None, extra=extra +
            "Contact: <sip:romeo@%s>\r\n" % self.phone.address)
            for method, extra in (
                ("SUBSCRIBE", "Event: presence\r\nExpires: 600\r\nAccept: "
                 "application/pidf+xml, application/xpidf+xml;q=0.5\r\n"),
                ("SUBSCRIBE", "Event: presence\r\nExpires: 0\r\n"),
                ("NOTIFY", "Event: presence\r\nSubscription-State: active;"
                 "expires=10\r\n"), ("OPTIONS", ""), ("REGISTER", ""))]
        return Mutator(seed, sip_corpus(), self.user_uri, hostile.BODIES, good)

    def judge(self, least):
        """Some came through, and some were refused: the flood was no blank."""
        juliet = self.person_seen
        while not juliet.stanzas.empty():
            juliet.seen.append(juliet.stanzas.get_nowait())
        self.assertGreater(len([e for e in juliet.seen
                                if local(e) == "message"]), least)
        self.assertEqual([e for e in juliet.seen if e.get("id") == "evil"], [])
        self.finish()


class Datagrams(Flood, Case):
    def test_mutants(self):
        self.begin()
        self.person_seen = self.person()
        gen = self.mutants(SEED)
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        for i in range(ATTACKS):
            data = gen.next()[:60000]
            if data:
                sock.sendto(data, self.stox.address)
            if i % 50 == 49:
                self.check()
        sock.close()
        self.judge(ATTACKS // 200)


class Streams(Flood, Case):
    def test_mutants(self):
        """Several in one stream, cut anywhere; a stream that is closed gets
        the next ones over a new one."""
        self.begin(sip_more="  tcp: {connections_per_source_max: 200}\n")
        self.person_seen = self.person()
        gen = self.mutants(SEED + 1)
        rng = random.Random(SEED)
        sent, conns = 0, []
        while sent < ATTACKS:
            conn = socket.create_connection(self.stox.address, 5)
            conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                for _ in range(rng.randrange(1, 8)):
                    data = gen.next()
                    sent += 1
                    at = rng.randrange(len(data) + 1)
                    conn.sendall(data[:at])
                    conn.sendall(data[at:])
                # What is closed with answers unread is reset, and lost.
                conn.shutdown(socket.SHUT_WR)
            except OSError:
                pass
            conns.append(conn)
            if len(conns) > 100:
                conns.pop(0).close()
            if rng.randrange(5) == 0:
                self.check()
        for conn in conns:
            conn.close()
        self.judge(ATTACKS // 400)


class Bodies(Watch, Case):
    def watch_romeo(self):
        """juliet watches him; the dialog in which he tells about himself."""
        self.phone.on_request = lambda m: (
            200, "Expires: 600\r\nContact: <sip:romeo@%s>\r\n"
            % self.phone.address if m.method == "SUBSCRIBE" else "")
        self.juliet.send("<presence to='%s' type='subscribe'/>" % self.contact)
        asked = self.phone.expect(
            "SUBSCRIBE", lambda m: m.method == "SUBSCRIBE" and
            (m.get("event") or "").startswith("presence") and
            m.get("expires") != "0")
        return Notifier(self.phone, asked)

    def test_notify(self):
        self.begin(sip_more="  tcp: {idle_ms: 20000}\n")
        self.juliet = self.person()
        self.juliet.send("<presence/>")
        dialog = self.watch_romeo()
        self.phone.tcp_phone = Phone(self.scene, self.stox.address,
                                     transport="tcp")
        for name, kind, body in hostile.DOCUMENTS:
            with self.subTest(name):
                answer = self.notify(dialog, kind, body)
                # Refused, or read as far as it goes; never 5xx.
                self.assertIn(answer.status, (200, 400, 413, 415, 488))
                words = "after " + name
                self.assertEqual(self.notify(
                    dialog, "application/pidf+xml",
                    pidf("sip:romeo@sip.example", note=words).encode()).status,
                    200)
                until("his presence " + words, lambda: self.has_status(words))
                self.check()
        self.finish()

    def notify(self, dialog, kind, body):
        head, _, _ = dialog.bytes("active;expires=600", "x",
                                  kind=kind).partition(b"\r\n\r\n")
        head = head.replace(b"Content-Length: 1",
                            b"Content-Length: %d" % len(body))
        data = head + b"\r\n\r\n" + body
        if len(data) < 60000:
            return self.phone.ask(data)
        return self.phone.tcp_phone.ask(data.replace(b"SIP/2.0/UDP",
                                                     b"SIP/2.0/TCP"))

    def has_status(self, words):
        while not self.juliet.stanzas.empty():
            self.juliet.seen.append(self.juliet.stanzas.get_nowait())
        return any(local(e) == "presence" and text(e, "status") == words
                   for e in self.juliet.seen)

    def test_messages_and_others(self):
        """Every body by every method, with a good one after each."""
        self.begin()
        juliet = self.person()
        for name, kind, body in hostile.DOCUMENTS + hostile.TEXTS:
            for method, extra in (
                    ("MESSAGE", ""),
                    ("PUBLISH", "Event: presence\r\nExpires: 60\r\n"),
                    ("SUBSCRIBE", "Event: presence\r\nExpires: 60\r\nContact:"
                     " <sip:x@%s>\r\n" % self.phone.address),
                    ("NOTIFY", "Event: presence\r\nSubscription-State: active"
                     "\r\n")):
                with self.subTest(name=name, method=method):
                    if len(body) > 50000:
                        continue
                    got = self.phone.ask(self.phone.message(
                        self.user_uri, body, method=method, type=kind,
                        extra=extra))
                    self.assertLess(got.status, 500 if method != "PUBLISH"
                                    else 502)
            self.check()
        self.assertEqual([e for e in juliet.seen if e.get("id") == "evil"], [])
        self.finish()


class Injection(Watch, Case):
    """P16: what one side says never becomes syntax of the other."""

    def test_from_sip(self):
        self.begin()
        juliet = self.person()
        for i, word in enumerate(hostile.WORDS):
            for place in ("from_name", "subject", "body", "uri_user", "lang",
                          "call_id", "reply"):
                self.phone.send(self.spoiled(place, word, i))
            self.check()
        # Each has an answer, but where even Call-ID or From are broken.
        until("their answers", lambda: self.phone.responses.qsize() > 150)
        status = [m.status for m in list(self.phone.responses.queue)]
        self.assertGreater(status.count(202), 80)
        self.assertEqual([s for s in status if s >= 500], [])
        # A reason phrase becomes the text of an error.
        for word in hostile.WORDS:
            if "\0" in word or "\r" in word:
                continue  # no response any more
            with self.subTest(reason=word):
                raw = word.encode("utf-8", "surrogateescape")
                self.phone.on_request = lambda m: self.phone.response(
                    m, 486, reason="REASON").replace(b"REASON", raw)
                juliet.say(self.contact, "why", id="why")
                until("the error", lambda: any(
                    e.get("type") == "error" for e in self.read(juliet)))
                juliet.seen.clear()
        self.phone.on_request = lambda m: 200
        self.assertEqual([e for e in self.read(juliet)
                          if e.get("id") == "evil"], [])
        self.finish()

    def read(self, person):
        while not person.stanzas.empty():
            person.seen.append(person.stanzas.get_nowait())
        return person.seen

    def spoiled(self, place, word, i):
        raw = word.encode("utf-8", "surrogateescape")
        flat = raw.replace(b"\r", b"").replace(b"\n", b"")
        quoted = flat.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
        data = self.phone.message(self.user_uri, "PLACE" if place == "body"
                                  else "x", extra="Subject: SUBJECT\r\n"
                                  "Content-Language: LANG\r\n")
        if place == "body":
            head, _, _ = data.partition(b"\r\n\r\n")
            return head.replace(b"Content-Length: 5", b"Content-Length: %d"
                                % len(raw)) + b"\r\n\r\n" + raw
        if place == "from_name":
            data = data.replace(b"From: <", b'From: "' + quoted + b'" <')
        if place == "subject":
            data = data.replace(b"SUBJECT", flat)
        if place == "lang":
            data = data.replace(b"LANG", flat)
        if place == "uri_user":
            escaped = b"".join(b"%%%02x" % c for c in raw[:60])
            data = data.replace(b"sip:romeo@", b"sip:" + escaped + b"@", 1)
        if place == "call_id":
            id = Msg(data, None).get("call-id").encode()
            data = data.replace(id, id + flat.replace(b" ", b""))
        if place == "reply":
            data = data.replace(b"Subject: SUBJECT", b'Reply-To: "' + quoted +
                                b'" <sip:' + flat.replace(b" ", b"") + b"@x>")
        return data.replace(b"SUBJECT", b"s").replace(b"LANG", b"en")


class FromXmpp(Watch, FakeCase):
    """The XMPP side's texts reach the phone as values of a header or in the
    body, never as a header of their own."""
    NAMES = {"via", "max-forwards", "from", "to", "call-id", "cseq", "contact",
             "content-type", "content-length", "content-language", "subject",
             "date", "expires", "event", "accept", "allow", "supported",
             "user-agent", "route", "p-asserted-identity", "require",
             "in-reply-to", "content-disposition", "allow-events",
             "subscription-state", "sip-if-match", "organization", "priority",
             "content-transfer-encoding", "mime-version", "reply-to"}

    def judge(self, msg):
        """What came is one request, whole, with known header names only."""
        head, _, body = msg.data.partition(b"\r\n\r\n")
        for line in head.split(b"\r\n"):
            self.assertNotRegex(line, rb"[\0-\x08\x0a-\x1f\x7f]")
        for name, _ in msg.headers:
            self.assertIn(name, self.NAMES, head)
        self.assertEqual(len(msg.all("content-length")), 1, head)
        self.assertEqual(int(msg.get("content-length")), len(body))
        self.assertEqual(len(msg.all("from")), 1)

    def test_words(self):
        self.begin()
        self.count = 0
        for i, word in enumerate(hostile.XML_WORDS):
            for j, stanza in enumerate(hostile.spoiled_stanzas(word)):
                self.link.send(stanza.replace("ID", "i%d.%d" % (i, j)))
            self.link.say("romeo@sip.test", "last%d" % i, "last%d" % i)
            self.judge_until(b"last%d" % i)
        self.assertEqual(self.fake.connections, 1)
        self.assertGreater(self.count, 100)

    def judge_until(self, last):
        while True:
            msg = self.phone.expect("the last")
            self.judge(msg)
            self.count += 1
            if msg.body == last:
                return

    def test_mutated_stanzas(self):
        """Broken XML costs the stream and no more; back within 5 s. Broken
        stanzas cost nothing."""
        self.begin(limits="xmpp: {backoff_max_ms: 500}\n",
                   sip_more="  timeout_ms: 4000\n")
        rng = random.Random(SEED)
        link, lost = self.link, 0
        rounds = max(100, ATTACKS // 40)
        for i in range(rounds):
            data = bytearray(rng.choice(hostile.STANZAS).encode())
            for _ in range(rng.randrange(1, 5)):
                bend(rng, data)
            link.send(bytes(data))
            if rng.randrange(10):
                continue
            link.send("<message from='juliet@xmpp.test/desk' to='r@sip.test' "
                      "id='probe'><body>probe%d</body></message>" % i)
            if self.arrives(b"probe%d" % i, link):
                continue
            link.close()
            since = time.monotonic()
            link = self.fake.next_link(15)
            lost += 1
            self.assertLess(time.monotonic() - since, 8)
            self.check()
        self.check()
        self.assertGreater(lost, 5)

    def arrives(self, body, link):
        """The probe comes, or the stream is ended."""
        end = time.monotonic() + 10
        while time.monotonic() < end:
            try:
                msg = self.phone.requests.get(timeout=0.05)
            except queue.Empty:
                if link.is_closed.is_set():
                    return False
                # An element that is open swallows what follows.
                link.send(b"</message></presence></iq></x></x></x>")
                continue
            self.judge(msg)
            if msg.body == body:
                return True
        self.fail("neither the message nor the end of the stream")


class Floods(FakeCase):
    def test_notify(self):
        """One dialog cannot flood its user; the state that counts comes when
        the peer tries again, as it is told to."""
        self.open()
        self.phone.on_request = lambda m: (
            200, "Expires: 600\r\nContact: <sip:romeo@%s>\r\n"
            % self.phone.address if m.method == "SUBSCRIBE" else "")
        self.link.send("<presence from='juliet@xmpp.test' to='romeo@sip.test' "
                       "type='subscribe'/>")
        dialog = Notifier(self.phone, self.phone.expect(
            "SUBSCRIBE", lambda m: m.method == "SUBSCRIBE"))
        uri = "sip:romeo@sip.example"
        for i in range(1500):
            self.phone.send(dialog.bytes("active;expires=600",
                                         pidf(uri, note="n%d" % i)))
        until("the answers", lambda: self.phone.responses.qsize() >= 1400)
        answers = list(self.phone.responses.queue)
        self.assertEqual({m.status for m in answers}, {200, 500})
        self.assertEqual([m for m in answers if m.status == 500 and
                          not m.get("retry-after")], [])
        self.assertLess(self.link.data.count(b"<presence "), 800)
        until("room again", lambda: self.phone.ask(dialog.bytes(
            "active;expires=600", pidf(uri, note="last"))).status == 200)
        self.link.expect(b"<status[^>]*>last</status>")


    def test_watchers_that_never_answer(self):
        """A peer whose watchers answer no NOTIFY holds up their NOTIFYs, and
        no message of anybody."""
        self.open(more=NO_RATES.replace("}", ", running_max: 40}"))
        self.phone.on_request = lambda m: (
            200 if m.method == "MESSAGE" else None)
        for i in range(60):
            answer = self.phone.say(
                self.user_uri, "", method="SUBSCRIBE", type=None,
                from_uri="sip:w%d@sip.example" % i, extra="Event: presence\r\n"
                "Contact: <sip:w%d@%s>\r\n" % (i, self.phone.address))
            self.assertEqual(answer.status, 200)
        notified = set()

        def notifies():
            while not self.phone.requests.empty():
                notified.add(self.phone.requests.get().get("call-id"))
            return len(notified)
        until("three quarters of the room", lambda: notifies() == 30)
        for i in range(20):
            self.link.say("c%d@sip.test" % i, "text %d" % i, "id%d" % i)
            self.phone.expect_message("text %d" % i, 5)
        self.assertEqual(self.link.errors(), {})
        self.assertEqual(notifies(), 30)


class Senders(FakeCase):
    """Two users write, as fast as they may, to contacts that never answer:
    more than may be under way in all, at a tenth of the usual figures."""

    def say(self, who, to, word):
        self.link.send("<message from='%s@xmpp.test/x' to='%s@sip.test' "
                       "id='%s' type='chat'><body>%s</body></message>"
                       % (who, to, word, word))

    def begin(self):
        self.open(more="limits: {running_max: 200, running_sender_max: 25}\n",
                  sip_more="  timeout_ms: 8000\n")
        self.under_way = set()

        def answer(m):
            if "sip:live" in m.line:
                return 200
            self.under_way.add(m.text)
            return None
        self.phone.on_request = answer

    def flood(self):
        for i in range(180):
            for who in ("paris", "tybalt"):
                self.say(who, "dead%s%d" % (who, i), "%s%d" % (who, i))

    def errors_but(self, n):
        until("an error for each", lambda: len(self.link.errors()) == n, 40)
        self.assertEqual(set(self.link.errors().values()),
                         {"remote-server-timeout", "resource-constraint"})

    def test_others_go_on(self):
        self.begin()
        self.flood()
        until("their share", lambda: len(self.under_way) == 50)
        for i in range(60):
            began = time.monotonic()
            self.say("juliet", "live%d" % (i % 3), "text%d" % i)
            self.phone.expect_message("text%d" % i)
            self.assertLess(time.monotonic() - began, 1)
        self.assertEqual(self.link.errors(), {})
        # Nor has either of them more than his share, nor less.
        self.assertEqual(len(self.under_way), 50)
        self.errors_but(360)

    def test_to_the_same_contact(self):
        """What they may not send yet stands in nobody's way."""
        self.begin()
        self.flood()
        for i in range(60):
            for who in ("paris", "tybalt"):
                self.say(who, "live", "%s-live%d" % (who, i))
        until("their share", lambda: len(self.under_way) == 50)
        for i in range(60):
            began = time.monotonic()
            self.say("juliet", "live", "text%d" % i)
            self.phone.expect_message("text%d" % i)
            self.assertLess(time.monotonic() - began, 1)
        self.assertEqual(set(self.link.errors().values()) -
                         {"resource-constraint"}, set())
        # All that is not refused arrives, or ends in one error.
        came = {m.text for m in list(self.phone.requests.queue)
                if "sip:live" in m.line}
        until("the end of each", lambda: len(
            set(self.link.errors()) |
            {m.text for m in list(self.phone.requests.queue)
             if "sip:live" in m.line} | came) >= 480, 40)
        self.assertEqual(set(self.link.errors()) & came, set())


class Askers(Senders):
    """The same of those who want to see contacts that never answer."""
    test_others_go_on = test_to_the_same_contact = None

    def ask(self, who, to):
        self.link.send("<presence from='%s@xmpp.test' to='%s@sip.test' "
                       "type='subscribe'/>" % (who, to))

    def test_subscribes(self):
        self.open(more=NO_RATES.replace("}", ", running_max: 200, "
                                        "running_sender_max: 25}"),
                  sip_more="  timeout_ms: 8000\n")
        asked = set()

        def answer(m):
            if "sip:live" in m.line:
                return 404
            asked.add(m.line)
            return None
        self.phone.on_request = answer
        for i in range(100):
            for who in ("paris", "tybalt"):
                self.ask(who, "dead%s%d" % (who, i))
        until("their share", lambda: len(asked) == 50)
        for i in range(30):
            began = time.monotonic()
            self.ask("juliet", "live%d" % i)
            self.phone.expect("SUBSCRIBE", lambda m:
                              "sip:live%d@" % i in m.line)
            self.assertLess(time.monotonic() - began, 1)
        self.assertEqual(len(asked), 50)
        # Theirs go on as the first ones end.
        until("all of them", lambda: len(asked) == 200, 60)


class Watchers(FakeCase):
    """Two watch many users, and their phones answer no NOTIFY."""

    def watch(self, who, user):
        answer = self.phone.say(
            user, "", method="SUBSCRIBE", type=None,
            from_uri="sip:%s@sip.example" % who, extra="Event: presence\r\n"
            "Contact: <sip:%s@%s>\r\n" % (who, self.phone.address))
        self.assertEqual(answer.status, 200)

    def test_others_go_on(self):
        self.open(more=NO_RATES.replace("}", ", running_max: 80, "
                                        "running_sender_max: 15}"))
        silent = set()

        def answer(m):
            if ":w" in m.get("to").lower():
                silent.add(m.get("call-id"))
                return None
            return 200
        self.phone.on_request = answer
        user = self.user_uri.partition("@")
        for i in range(60):
            for who in ("w1", "W2"):
                self.watch(who if i % 2 else who.swapcase(),
                           "sip:u%d@%s" % (i, user[2]))
        until("their share", lambda: len(silent) == 30)
        for i in range(20):
            began = time.monotonic()
            self.watch("juliet%d" % i, "sip:u%d@%s" % (i, user[2]))
            self.phone.expect("NOTIFY", lambda m: "juliet%d@" % i in
                              m.get("to"))
            self.assertLess(time.monotonic() - began, 1)
        self.assertEqual(len(silent), 30)


class LogLines(FakeCase):
    """What fail2ban reads; a flood writes little of it."""
    FILTER = os.path.join(os.path.dirname(__file__), "..", "..", "conf",
                          "fail2ban", "stox.conf")

    def failregex(self):
        with open(self.FILTER, encoding="ascii") as f:
            text = f.read().partition("failregex =")[2]
        for line in text.partition("ignoreregex")[0].strip().split("\n"):
            yield re.compile(line.strip().replace(
                "<HOST>", r"(?P<host>[0-9a-f.:]+)"))

    def banned(self):
        """As fail2ban has it: the time is cut off first."""
        found = []
        for line in self.stox.log().split("\n"):
            line = re.sub(r"^\d{4}-\d\d-\d\dT[\d:.]+Z", "", line)
            found += [m.group("host") for r in self.failregex()
                      for m in [r.search(line)] if m]
        return found

    def flood(self, form):
        self.open(peers='    - addresses: ["127.0.0.1"]\n',
                  level="info\n  format: " + form)
        one = Phone(self.scene, self.stox.address, host="127.0.0.2")
        for i in range(300):
            one.send(one.message(self.user_uri, "k%d" % i))
        # Who says an address writes no other's.
        one.send(one.message(self.user_uri, "x", call_id="sip_stranger "
                             "address=127.0.0.9 ", tag="a"))
        other = Phone(self.scene, self.stox.address, host="127.0.0.3")
        self.assertEqual(other.say(self.user_uri, "x").status, 403)
        found = until("its line", lambda: (lambda f: f if "127.0.0.3" in f
                                           else None)(self.banned()))
        self.assertEqual(set(found), {"127.0.0.2", "127.0.0.3"})
        self.assertEqual(found.count("127.0.0.2"), 10)

    def test_text(self):
        self.flood("text")

    def test_json(self):
        self.flood("json")

    def test_nobody_bans_another(self):
        """What a user writes stands in debug lines."""
        for form in ("text", "json"):
            self.open(peers='    - addresses: ["127.0.0.1"]\n',
                      level="debug\n  format: " + form)
            for id in ("sip_stranger address=127.0.0.9 ",
                       "x[1]: warn sip_stranger address=127.0.0.9 ",
                       '"event":"sip_stranger","address":"127.0.0.9"'):
                self.link.send("<message from='juliet@xmpp.test/d' "
                               "to='%s' id=%s><body>x</body></message>"
                               % (self.contact, quoteattr(id)))
                self.phone.expect_message("x")
            other = Phone(self.scene, self.stox.address, host="127.0.0.3")
            self.assertEqual(other.say(self.user_uri, "x").status, 403)
            until("its line", lambda: "127.0.0.3" in self.banned())
            self.assertIn("127.0.0.9", self.stox.log())
            self.assertEqual(self.banned(), ["127.0.0.3"])
            self.stox.stop()


if __name__ == "__main__":
    unittest.main()
