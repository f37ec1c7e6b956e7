"""Lists of users as one subscription (RFC 4662)."""
import email
import secrets
import time
import unittest
import xml.etree.ElementTree as ET

from lib.case import Case, FakeCase
from lib.handset import NOWHERE, REGISTRAR, USERS, Handset
from lib.scene import until

LIST = "sip:friends@sip.example"
SUPPORTED = "Supported: eventlist\r\n"
ACCEPT = ("application/pidf+xml, application/rlmi+xml, multipart/related")
NS = "{urn:ietf:params:xml:ns:rlmi}"
LISTS = """
      lists:
        - { name: friends, members: [%s] }
"""


def start(case, members, every_ms=100, **kw):
    case.open(phone=False, peers=NOWHERE, sip_more=USERS,
              component_more=REGISTRAR + LISTS % ", ".join(
                  "'%s'" % m for m in members),
              more="presence: {notify_every_ms: %d}\n" % every_ms,
              name=secrets.token_hex(4) + ".yml", **kw)


class Notify:
    """What a NOTIFY of a list says."""

    def __init__(self, msg):
        whole = email.message_from_bytes(
            b"Content-Type: " + msg.get("content-type").encode() +
            b"\r\n\r\n" + msg.body)
        parts = {p["content-id"]: p for p in whole.get_payload()}
        root = parts[whole.get_param("start")]
        assert root.get_content_type() == "application/rlmi+xml"
        assert whole.get_param("type") == "application/rlmi+xml"
        tree = ET.fromstring(root.get_payload().strip())
        self.msg = msg
        self.uri, self.version = tree.get("uri"), int(tree.get("version"))
        self.is_full = tree.get("fullState") == "true"
        self.states, self.bodies = {}, {}
        for r in tree.findall(NS + "resource"):
            uri, i = r.get("uri"), r.find(NS + "instance")
            if i is None:
                self.states[uri] = None
                continue
            self.states[uri] = (i.get("state"), i.get("reason"))
            if i.get("cid"):
                part = parts["<%s>" % i.get("cid")]
                assert part.get_content_type() == "application/pidf+xml"
                self.bodies[uri] = part.get_payload()
                ET.fromstring(self.bodies[uri].strip())


def seen(handset, what, test):
    """The next NOTIFY of a list of which that is true."""
    got = []

    def is_it(m):
        if m.method != "NOTIFY" or not m.body:
            return False
        n = Notify(m)
        got.append((n.states, n.bodies, m.get("subscription-state")))
        return test(n)
    try:
        return Notify(handset.expect(what, is_it))
    except Exception:
        print(got)
        raise


def subscribe(handset, extra=SUPPORTED, accept=ACCEPT, **kw):
    return handset.watch(LIST, accept=accept, extra=extra, **kw)


class Lists(FakeCase):
    JULIET, MERCUTIO = "juliet@xmpp.test", "mercutio@xmpp.test"
    J, M = "sip:" + JULIET, "sip:" + MERCUTIO

    def start(self, **kw):
        start(self, [self.JULIET, self.M], **kw)
        self.alice = Handset(self.scene, self.stox.address, "alice",
                             transport="tcp")

    def say(self, who, type="", more=""):
        self.link.send("<presence from='%s' to='alice@sip.test' %s>%s"
                       "</presence>" % (who, type and "type='%s'" % type,
                                        more))

    def asked(self, type, who):
        until("%s of %s" % (type, who), lambda: any(
            s.startswith(b"<presence ") and b"type='%s'" % type.encode() in s
            and b"to='%s'" % who.encode() in s
            for s in self.link.data.replace(b"/>", b"/>\n").split(b"\n")))

    def test_needs_the_extension(self):
        self.start()
        answer = subscribe(self.alice, "")
        self.assertEqual((answer.status, answer.get("require")),
                         (421, "eventlist"))
        answer = subscribe(self.alice, accept="application/pidf+xml")
        self.assertEqual((answer.status, answer.get("accept")),
                         (406, "multipart/related"))
        answer = subscribe(self.alice, "Require: eventlist\r\n")
        self.assertEqual((answer.status, answer.get("require")),
                         (200, "eventlist"))

    def test_life(self):
        self.start()
        answer = subscribe(self.alice, call_id="life", tag="life")
        self.assertEqual((answer.status, answer.get("require")),
                         (200, "eventlist"))
        first = seen(self.alice, "the first NOTIFY", lambda n: True)
        self.assertEqual(first.msg.get("require"), "eventlist")
        self.assertEqual((first.uri, first.version, first.is_full),
                         (LIST, 0, True))
        self.assertEqual(first.states, {self.J: ("pending", None),
                                        self.M: ("pending", None)})
        self.assertEqual(first.bodies, {})
        self.assertTrue(first.msg.get("subscription-state")
                        .startswith("active"))
        # Each user is asked, and decides.
        self.asked("subscribe", self.JULIET)
        self.asked("subscribe", self.MERCUTIO)
        self.say(self.JULIET, "subscribed")
        self.say(self.JULIET + "/x", more="<status>on the balcony</status>")
        self.say(self.MERCUTIO, "unsubscribed")
        last = seen(self.alice, "both words", lambda n: n.states == {
            self.J: ("active", None), self.M: ("terminated", "rejected")} and
            "on the balcony" in n.bodies.get(self.J, ""))
        self.assertGreater(last.version, first.version)
        self.assertNotIn(self.M, last.bodies)
        # She goes.
        self.say(self.JULIET + "/x", "unavailable")
        seen(self.alice, "juliet to go", lambda n: "<basic>closed</basic>"
             in n.bodies.get(self.J, ""))
        # Refreshed: all is said again. Then ended.
        to = answer.get("to").split(";tag=")[1]
        target = answer.get("contact").strip("<>")
        more = self.in_dialog(target, to, 600, 10)
        self.assertEqual(more.status, 200)
        again = seen(self.alice, "the state again", lambda n: True)
        self.assertEqual(again.states[self.J], ("active", None))
        self.assertEqual(self.in_dialog(target, to, 0, 20).status, 200)
        end = seen(self.alice, "the end", lambda n: n.msg.get(
            "subscription-state").startswith("terminated"))
        self.assertIn("timeout", end.msg.get("subscription-state"))
        self.assertEqual(self.in_dialog(target, to, 600, 30).status, 481)

    def in_dialog(self, target, tag, expires, cseq):
        data = self.alice.message(
            target, "", method="SUBSCRIBE", to_uri=LIST, call_id="life",
            tag="life", cseq=cseq, type=None,
            extra="Event: presence\r\nAccept: %s\r\nContact: <%s>\r\n"
            "Expires: %d\r\n%s%s" % (
                ACCEPT, self.alice.contact, expires, SUPPORTED,
                self.alice.proof("SUBSCRIBE", target)))
        line = ("To: <%s>" % LIST).encode()
        return self.alice.ask(data.replace(
            line, line + (";tag=%s" % tag).encode()))

    def test_paced(self):
        self.start(every_ms=2000)
        subscribe(self.alice)
        self.asked("subscribe", self.JULIET)
        self.say(self.JULIET, "subscribed")
        self.say(self.JULIET + "/x", more="<status>0</status>")
        seen(self.alice, "her", lambda n: self.J in n.bodies)
        begin = time.monotonic()
        versions = []
        for i in range(1, 40):
            self.say(self.JULIET + "/x", more="<status>n%d.</status>" % i)
            time.sleep(0.02)
        last = seen(self.alice, "the last word",
                    lambda n: versions.append(n.version) or
                    "n39." in n.bodies.get(self.J, ""))
        self.assertGreater(time.monotonic() - begin, 1.5)
        self.assertLessEqual(len(set(versions)), 3)
        self.assertEqual(last.version, max(versions))

    def test_restart(self):
        self.start()
        subscribe(self.alice)
        self.asked("subscribe", self.JULIET)
        self.say(self.JULIET, "subscribed")
        self.say(self.JULIET + "/x", more="<status>before</status>")
        before = seen(self.alice, "before", lambda n: "before" in
                      n.bodies.get(self.J, ""))
        self.stox.kill()
        self.stox.start()
        self.link = self.fake.next_link()
        self.asked("probe", self.JULIET)
        self.say(self.JULIET + "/x", more="<status>after</status>")
        after = seen(self.alice, "after", lambda n: "after" in
                     n.bodies.get(self.J, ""))
        self.assertEqual(after.msg.get("call-id"), before.msg.get("call-id"))
        self.assertGreater(after.version, before.version)
        self.assertEqual(after.states[self.M], ("pending", None))

    def test_fetch(self):
        self.start()
        self.assertEqual(subscribe(self.alice, expires=0).status, 200)
        n = seen(self.alice, "the answer", lambda n: True)
        self.assertEqual(n.states, {self.J: None, self.M: None})
        self.assertTrue(n.msg.get("subscription-state")
                        .startswith("terminated"))

    def test_strangers(self):
        self.start()
        stranger = Handset(self.scene, self.stox.address, "mallory")
        self.assertEqual(subscribe(stranger).status, 403)
        other = self.alice.watch("sip:foes@sip.example", extra=SUPPORTED)
        self.assertNotEqual(other.get("require"), "eventlist")


class OnProsody(Case):
    """With people, and another phone on the list."""

    def test_it(self):
        start(self, ["sip:bob@sip.example"])
        alice, bob = (Handset(self.scene, self.stox.address, name)
                      for name in ("alice", "bob"))
        self.assertEqual(subscribe(alice).status, 200)
        uri = "sip:bob@sip.example"
        seen(alice, "bob away", lambda n: "<basic>closed</basic>" in
             n.bodies.get(uri, ""))
        self.assertEqual(bob.register().status, 200)
        seen(alice, "bob here", lambda n: "<basic>open</basic>" in
             n.bodies.get(uri, ""))
        self.assertEqual(bob.register(expires=0).status, 200)
        seen(alice, "bob gone", lambda n: "<basic>closed</basic>" in
             n.bodies.get(uri, ""))


if __name__ == "__main__":
    unittest.main()
