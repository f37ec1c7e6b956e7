"""What keeps an authorisation and what ends it, with an XMPP server of the
test's own: each stanza is seen, and each answer is the test's."""
import re
import time
import unittest

from lib.case import FakeCase
from lib.scene import TIMEOUT, Failed
from lib.simple import Notifier, Watcher, address, pidf, tag

USER = "juliet@xmpp.test"
STANZA = re.compile(rb"<presence ([^>]*?)(?:/>|>(.*?)</presence>)", re.S)


def attrs(text):
    return dict(re.findall(r"(\w+)='([^']*)'", text))


class Base(FakeCase):
    """Each test has a folder, and so a store, of its own."""

    def tearDown(self):
        super().tearDown()
        cls = type(self)
        cls.scene.close(cls.is_failed)
        cls.setUpClass()

    def start(self, presence="", every_ms=200, **kw):
        self.open(more="presence:\n  notify_every_ms: %d\n%s" % (every_ms,
                                                               presence), **kw)
        self.phone.on_request = self.on_request
        self.read = 0
        self.answers = {}

    def on_request(self, msg):
        if msg.method == "SUBSCRIBE":
            return self.answers.get("SUBSCRIBE", 200), (
                "Expires: %s\r\nContact: <sip:romeo@%s>\r\n"
                % (msg.get("expires"), self.phone.address))
        return 200

    def say(self, kind, to=None, who=USER, inside=""):
        self.link.send("<presence %sfrom='%s' to='%s'>%s</presence>" % (
            "type='%s' " % kind if kind else "", who, to or self.contact,
            inside))

    def hear(self, kind, who=None, timeout=None):
        """The next presence of that type from that JID; what came before it
        is passed over."""
        end = time.monotonic() + (timeout or TIMEOUT)
        who = who or self.contact
        while time.monotonic() < end:
            for m in STANZA.finditer(self.link.data, self.read):
                a = attrs(m.group(1).decode())
                if a.get("type") == kind and (
                        a["from"] == who or a["from"].startswith(who + "/")):
                    self.read = m.end()
                    return a, (m.group(2) or b"").decode()
            time.sleep(0.02)
        raise Failed("no presence %s from %s, but %r" % (
            kind, who, self.link.data[self.read:]))

    def heard(self, kind):
        """Was there one of that type, read or not?"""
        return [m for m in STANZA.finditer(self.link.data)
                if attrs(m.group(1).decode()).get("type") == kind]

    def expect_subscribe(self, fits=lambda m: True, timeout=None):
        return self.phone.expect("SUBSCRIBE", lambda m:
                                 m.method == "SUBSCRIBE" and fits(m), timeout)

    def silent(self, seconds, fits=lambda m: True):
        self.assertRaises(AssertionError, self.phone.expect, "nothing", fits,
                          seconds)

    def follow(self, state="active;expires=3600"):
        self.say("subscribe")
        dialog = Notifier(self.phone, self.expect_subscribe())
        self.assertEqual(dialog.notify(state,
                                       pidf(self.phone.uri)).status, 200)
        self.hear("subscribed")
        self.hear(None)
        return dialog

    def watched(self):
        watcher = Watcher(self.phone, self.user_uri)
        self.assertEqual(watcher.subscribe().status, 200)
        watcher.expect("pending")
        self.hear("subscribe")
        self.say("subscribed")
        watcher.expect("active")
        return watcher

    @property
    def gateway(self):
        return self.server.component


class ProbeBeforeRefresh(Base):
    """RFC 8048 8.1: the user's server is probed by the gateway before a
    subscription is refreshed."""

    def due(self):
        """A dialog whose refresh is near: the probe for it has come."""
        dialog = self.follow("active;expires=9")
        probe, _ = self.hear("probe", self.gateway, 15)
        self.assertEqual(probe["from"], self.gateway)
        self.assertEqual(probe["to"], USER)
        return dialog

    def test_here(self):
        self.start()
        dialog = self.due()
        self.say(None, self.gateway, USER + "/desk")
        again = self.expect_subscribe()
        self.assertEqual(again.get("call-id"), dialog.call_id)
        self.assertEqual(again.get("expires"), "3600")
        dialog.notify()

    def test_not_known(self):
        """A server that does not tell, and one that is silent: it goes on."""
        self.start()
        dialog = self.due()
        self.say("unsubscribed", self.gateway)
        again = self.expect_subscribe()
        self.assertEqual(again.get("call-id"), dialog.call_id)
        dialog.notify()
        self.assertFalse(self.heard("unsubscribed"))

    def test_away(self):
        """Offline: the dialog ends, the roster stays, and his next login
        opens another."""
        self.start()
        dialog = self.due()
        self.say("unavailable", self.gateway)
        end = self.expect_subscribe()
        self.assertEqual(end.get("call-id"), dialog.call_id)
        self.assertEqual(end.get("expires"), "0")
        dialog.notify("terminated;reason=timeout")
        self.assertFalse(self.heard("unsubscribed"))
        self.say("probe", who=USER + "/desk")
        again = self.expect_subscribe()
        self.assertNotEqual(again.get("call-id"), dialog.call_id)
        Notifier(self.phone, again).notify(
            body=pidf(self.phone.uri, note="back"))
        self.assertIn("back", self.hear(None)[1])

    def test_one_probe_for_all_his_contacts(self):
        self.start()
        for name in ("romeo", "paris", "tybalt"):
            self.say("subscribe", name + "@" + self.gateway)
            Notifier(self.phone, self.expect_subscribe(
                lambda m: name in m.get("to"))).notify(
                    "active;expires=9", pidf("sip:%s@x" % name))
        again = {self.expect_subscribe(timeout=15).get("call-id")
                 for _ in range(3)}
        self.assertEqual(len(again), 3)
        self.assertEqual(len(self.heard("probe")), 1)


class Denied(Base):
    def deny(self):
        watcher = Watcher(self.phone, self.user_uri)
        self.assertEqual(watcher.subscribe().status, 200)
        watcher.expect("pending")
        self.hear("subscribe")
        self.say("unsubscribed")
        watcher.expect("terminated;reason=rejected")

    def again(self, expires=3600):
        return Watcher(self.phone, self.user_uri).subscribe(expires).status

    def test_remembered(self):
        """Also over a restart; neither request nor poll reaches the user."""
        self.start()
        self.deny()
        self.assertEqual(self.again(), 403)
        self.assertEqual(self.again(0), 403)
        self.stox.kill()
        self.stox.start()
        self.link, self.read = self.fake.next_link(), 0
        self.stox.wait_log("component_up")
        self.assertEqual(self.again(), 403)
        self.assertFalse(self.heard("subscribe"))
        self.assertFalse(self.heard("probe"))

    def test_taken_back(self):
        self.start()
        self.deny()
        self.say("subscribed")
        self.link.answer(self.fake)
        end = time.monotonic() + TIMEOUT
        while self.again(0) == 403 and time.monotonic() < end:
            time.sleep(0.05)
        watcher = Watcher(self.phone, self.user_uri)
        self.assertEqual(watcher.subscribe().status, 200)
        watcher.expect("active")

    def test_forgotten_when_the_user_subscribes(self):
        self.start()
        self.deny()
        self.follow()
        watcher = Watcher(self.phone, self.user_uri)
        self.assertEqual(watcher.subscribe().status, 200)
        watcher.expect("pending")
        self.hear("subscribe")

    def test_for_a_while(self):
        self.start("  denied_for_s: 1\n")
        self.deny()
        end = time.monotonic() + TIMEOUT
        while self.again() == 403:
            self.assertLess(time.monotonic(), end)
            time.sleep(0.2)
        self.hear("subscribe")


class UsualMistakes(Base):
    """spec/stox-presence.md 11, those that no other scenario looks at."""

    def test_202_is_200(self):
        self.start()
        self.answers["SUBSCRIBE"] = 202
        self.say("subscribe")
        dialog = Notifier(self.phone, self.expect_subscribe())
        self.silent(0.3)
        self.assertEqual(self.heard("subscribed"), [])
        dialog.notify("pending;expires=3600")
        self.assertEqual(self.heard("subscribed"), [])
        dialog.notify(body=pidf(self.phone.uri))
        self.hear("subscribed")

    def test_who_says_it(self):
        """NOTIFY is from the user with our tag, to the watcher with his, and
        sent to his Contact; a changed Contact is taken over."""
        self.start()
        watcher = self.watched()
        self.say(None, who=USER + "/desk")
        got = watcher.expect("active")
        self.assertEqual(address(got.get("from")), self.user_uri)
        self.assertEqual(tag(got.get("from")), watcher.remote_tag)
        self.assertEqual(tag(got.get("to")), watcher.local_tag)
        self.assertEqual(got.line.split()[1],
                         "sip:%s@%s" % (self.phone.name, self.phone.address))
        self.phone.name = "moved"
        self.assertEqual(watcher.subscribe().status, 200)
        got = watcher.expect("active")
        self.assertEqual(got.line.split()[1],
                         "sip:moved@" + self.phone.address)

    def test_no_notify_of_a_subscriber(self):
        """unsubscribe: SUBSCRIBE with Expires 0, and no NOTIFY of ours
        (Example 10 of RFC 8048 is the wrong way round)."""
        self.start()
        dialog = self.follow()
        self.say("unsubscribe")
        self.expect_subscribe(lambda m: m.get("expires") == "0")
        dialog.notify("terminated;reason=timeout")
        self.silent(0.5, lambda m: m.method == "NOTIFY")
        self.hear("unsubscribed")

    def test_target_of_the_notifier(self):
        """A NOTIFY with another Contact: the refresh goes there."""
        self.start()
        dialog = self.follow()
        self.phone.name = "moved"
        dialog.notify(body=pidf(self.phone.uri, note="x"))
        self.say("unsubscribe")
        end = self.expect_subscribe(lambda m: m.get("expires") == "0")
        self.assertEqual(end.line.split()[1],
                         "sip:moved@" + self.phone.address)
        dialog.notify("terminated;reason=timeout")

    def test_poll_decides_nothing(self):
        """The terminated answer to a poll is no refusal and no consent."""
        self.start()
        self.say("probe", who=USER + "/desk")
        poll = self.expect_subscribe()
        self.assertEqual(poll.get("expires"), "0")
        Notifier(self.phone, poll).notify("terminated;reason=timeout",
                                          pidf(self.phone.uri))
        self.hear(None)
        self.assertEqual(self.heard("unsubscribed"), [])
        self.assertEqual(self.heard("subscribed"), [])

    def test_one_question(self):
        """Refreshes and more phones while he is asked: no second one."""
        self.start()
        watcher = Watcher(self.phone, self.user_uri)
        for _ in range(3):
            self.assertEqual(watcher.subscribe().status, 200)
            watcher.expect("pending")
        other = Watcher(self.phone, self.user_uri)
        self.assertEqual(other.subscribe().status, 200)
        other.expect("pending")
        self.assertEqual(len(self.heard("subscribe")), 1)

    def test_resource_of_any_name(self):
        """Ids of tuples are NCNames, and each resource has its own."""
        self.start()
        watcher = self.watched()
        self.say(None, who=USER + "/1 a")
        self.say(None, who=USER + "/1_x20_a")
        body = watcher.seen("active", "x5F").text
        ids = re.findall(r'<tuple id="([^"]*)"', body)
        self.assertEqual(len(set(ids)), 2)
        for one in ids:
            self.assertRegex(one, r"^[A-Za-z_][A-Za-z0-9._-]*$")

    def test_reasons(self):
        """noresource ends it, as rejected does; timeout asks again;
        invariant leaves what is known."""
        self.start()
        dialog = self.follow()
        dialog.notify("terminated;reason=timeout")
        dialog = Notifier(self.phone, self.expect_subscribe())
        dialog.notify(body=pidf(self.phone.uri, note="again"))
        self.assertIn("again", self.hear(None)[1])
        dialog.notify("terminated;reason=invariant")
        self.silent(1, lambda m: m.method == "SUBSCRIBE")
        self.assertEqual(self.heard("unsubscribed"), [])
        self.assertEqual(self.heard("unavailable"), [])
        self.say("probe", who=USER + "/desk")
        dialog = Notifier(self.phone, self.expect_subscribe())
        dialog.notify("terminated;reason=noresource")
        self.hear("unavailable")
        self.hear("unsubscribed")

    def test_refused_refresh(self):
        """403 to a refresh takes the authorisation away."""
        self.start()
        self.follow("active;expires=6")
        self.answers["SUBSCRIBE"] = 403
        self.hear("unavailable", timeout=15)
        self.hear("unsubscribed")

    def test_no_addresses_of_machines(self):
        """RFC 2779 5.1.17: what the other side's Via and Contact say stays
        there, in both directions."""
        self.start()
        self.watched()
        self.follow()
        self.phone.say(self.user_uri, "good day")
        self.link.expect(b"good day")
        self.assertNotIn(b"127.0.0.1", self.link.data)
        self.assertNotIn(str(self.phone.address.split(":")[1]).encode(),
                         self.link.data)
        for m in self.phone.history:
            self.assertNotIn(str(self.fake.port), m.data.decode())

    def test_pause_and_last_state(self):
        """NOTIFYs of changes keep their distance, and the last is sent."""
        self.start(every_ms=1500)
        watcher = self.watched()
        self.say(None, who=USER + "/desk", inside="<status>n0</status>")
        watcher.seen("active", "n0")
        since = time.monotonic()
        for n in range(1, 20):
            self.say(None, who=USER + "/desk",
                     inside="<status>n%d</status>" % n)
        watcher.seen("active", "n19")
        self.assertGreater(time.monotonic() - since, 1.0)
        changes = [m for m in self.phone.history if m.method == "NOTIFY" and
                   re.search(r">n\d+</note>", m.text)]
        self.assertEqual(len(changes), 2)


if __name__ == "__main__":
    unittest.main()
