"""stoxd as the presence server of its phones: what they publish, composed,
and who sees it."""
import re
import secrets
import time
import unittest

from lib.case import Case, FakeCase
from lib.handset import NOWHERE, REGISTRAR, USERS, Handset
from lib.scene import until
from lib.simple import pidf

BOB = "sip:bob@sip.example"
JULIET = "juliet@xmpp.test"
BUSY = """<?xml version="1.0"?>
<presence xmlns="urn:ietf:params:xml:ns:pidf"
  xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model"
  xmlns:rpid="urn:ietf:params:xml:ns:pidf:rpid" entity="sip:bob@sip.example">
<tuple id="%s"><status><basic>open</basic></status>%s</tuple>
<dm:person id="p"><rpid:activities><rpid:busy/></rpid:activities></dm:person>
</presence>"""


def start(case, more="", limits="", **kw):
    case.open(phone=False, peers=NOWHERE, sip_more=USERS,
              component_more=REGISTRAR + more,
              more="presence: {notify_every_ms: 100}\n" + limits,
              name=secrets.token_hex(4) + ".yml", **kw)


class Published(FakeCase):
    """RFC 3903 6."""

    def start(self, more=""):
        start(self, more)
        self.bob = Handset(self.scene, self.stox.address, "bob")

    def restart(self):
        self.stox.kill()
        self.stox.start()
        self.link = self.fake.next_link()

    def presences(self):
        """(type, from, show, status) of what juliet was told, in order."""
        out = []
        for m in re.finditer(rb"<presence ([^>]*?)(/>|>(.*?)</presence>)",
                             self.link.data, re.S):
            head, body = m.group(1).decode(), (m.group(3) or b"").decode()

            def attr(name):
                got = re.search(r"\b%s='([^']*)'" % name, head)
                return got.group(1) if got else ""

            def child(name):
                got = re.search("<%s[^>]*>([^<]*)<" % name, body)
                return got.group(1) if got else ""
            if attr("to").startswith(JULIET):
                out.append((attr("type"), attr("from"), child("show"),
                            child("status")))
        return out

    def watch(self):
        self.link.send("<presence from='%s' to='bob@sip.test' "
                       "type='subscribe'/>" % JULIET)
        self.link.expect(b"type='subscribed'")

    def sees(self, type, show="", status=""):
        """That is the last that juliet was told of bob."""
        def last():
            got = [p for p in self.presences() if p[0] != "subscribed"]
            return got and (got[-1][0], got[-1][2], got[-1][3]) == (
                type, show, status)
        try:
            until("juliet to see %s %s %s" % (type, show, status), last)
        except Exception:
            print(self.presences())
            raise

    def test_life(self):
        self.start()
        self.watch()
        self.sees("unavailable")
        answer = self.bob.publish(pidf(BOB, note="first"))
        self.assertEqual((answer.status, answer.get("expires")),
                         (200, "600"))
        first = answer.get("sip-etag")
        self.sees("", "", "first")
        # A refresh says nothing new, and has another tag.
        answer = self.bob.publish(etag=first)
        second = answer.get("sip-etag")
        self.assertEqual(answer.status, 200)
        self.assertNotEqual(first, second)
        self.assertEqual(self.bob.publish(etag=first).status, 412)
        # Modified.
        answer = self.bob.publish(pidf(BOB, note="second"), etag=second)
        third = answer.get("sip-etag")
        self.sees("", "", "second")
        # Removed.
        answer = self.bob.publish(etag=third, expires=0)
        self.assertEqual((answer.status, answer.get("expires")), (200, "0"))
        self.sees("unavailable")
        self.assertEqual(self.bob.publish(etag=third).status, 412)

    def test_refusals(self):
        self.start("      contacts_max: 2\n")
        bob, doc = self.bob, pidf(BOB)
        answer = bob.publish(doc, expires=5)
        self.assertEqual((answer.status, answer.get("min-expires")),
                         (423, "60"))
        answer = bob.publish(doc, event="dialog")
        self.assertEqual((answer.status, answer.get("allow-events")),
                         (489, "presence"))
        answer = bob.publish(doc, kind="text/plain")
        self.assertEqual((answer.status, answer.get("accept")),
                         (415, "application/pidf+xml"))
        # RFC 3261 20.12: what Content-Encoding says is undone, or refused.
        answer = bob.publish(doc, extra="Content-Encoding: br\r\n")
        self.assertEqual((answer.status, answer.get("accept-encoding")),
                         (415, "identity, deflate, gzip"))
        answer = bob.publish(doc, extra="Content-Encoding: gzip\r\n")
        self.assertEqual(answer.status, 400)
        self.assertEqual(bob.publish().status, 400)
        self.assertEqual(bob.publish("<presence").status, 400)
        self.assertEqual(bob.publish("<x/>").status, 400)
        self.assertEqual(bob.publish(doc, etag="nonsense").status, 412)
        self.assertEqual(bob.publish(doc, uri="sip:alice@sip.example").status,
                         403)
        self.assertEqual(bob.publish(doc, uri="sip:x@other.example").status,
                         404)
        self.assertEqual(bob.publish(doc, from_uri="sip:alice@sip.example")
                         .status, 403)
        self.assertEqual(bob.publish(doc, expires=0).status, 200)
        for _ in range(2):
            self.assertEqual(bob.publish(doc).status, 200)
        self.assertEqual(bob.publish(doc).status, 403)

    def test_full(self):
        """What is there goes on, and goes, where nothing more may come."""
        start(self, limits="limits: {bindings_max: 1}\n")
        bob = Handset(self.scene, self.stox.address, "bob")
        tag = bob.publish(pidf(BOB)).get("sip-etag")
        answer = bob.publish(pidf(BOB))
        self.assertEqual(answer.status, 503)
        self.assertIsNotNone(answer.get("retry-after"))
        answer = bob.publish(etag=tag)
        self.assertEqual(answer.status, 200)
        answer = bob.publish(etag=answer.get("sip-etag"), expires=0)
        self.assertEqual(answer.status, 200)
        self.assertEqual(bob.publish(pidf(BOB)).status, 200)

    def test_a_copy_gets_the_same_answer(self):
        self.start()
        self.bob.publish(pidf(BOB))
        data = self.bob.message(
            BOB, pidf(BOB), method="PUBLISH", type="application/pidf+xml",
            extra="Event: presence\r\n" + self.bob.proof("PUBLISH", BOB))
        answers = [self.bob.ask(data).data for _ in range(2)]
        self.assertEqual(answers[0], answers[1])

    def test_expiry(self):
        self.start("      expires_min_s: 1\n")
        self.watch()
        self.assertEqual(self.bob.publish(pidf(BOB, note="short"),
                                          expires=2).status, 200)
        self.sees("", "", "short")
        self.sees("unavailable")

    def test_restart(self):
        self.start()
        self.watch()
        note = "line \\ one\nline two\ttab"
        etag = self.bob.publish(pidf(BOB, note=note)).get("sip-etag")
        until("juliet to see it", lambda: any("line two" in p[3]
                                              for p in self.presences()))
        self.restart()
        self.link.send("<presence from='%s/x' to='bob@sip.test' "
                       "type='probe'/>" % JULIET)
        until("juliet to see it again", lambda: any(
            "line two" in p[3] for p in self.presences()))
        answer = self.bob.publish(etag=etag)
        self.assertEqual(answer.status, 200)

    def test_composed(self):
        # RFC 4479: any open tuple is open; the newest that says anything of
        # the person is right; a contact of its own is a resource of its own.
        self.start()
        self.watch()
        desk = Handset(self.scene, self.stox.address, "bob")
        first = self.bob.publish(pidf(BOB, id="mobile")).get("sip-etag")
        self.sees("")
        busy = desk.publish(BUSY % ("desk", "")).get("sip-etag")
        self.sees("", "dnd")
        self.assertEqual(self.bob.publish(pidf(BOB, "closed", id="mobile"),
                                          etag=first).status, 200)
        self.assertEqual(self.bob.publish(
            etag=desk.publish(BUSY % (
                "room", "<contact>sip:room@192.0.2.1</contact>")).get(
                    "sip-etag"), expires=0).status, 200)
        until("the room to come and go", lambda: any(
            "/sip-" in p[1] and p[0] == "unavailable"
            for p in self.presences()))
        self.assertEqual(desk.publish(etag=busy, expires=0).status, 200)
        until("all to be gone", lambda: [
            p for p in self.presences() if p[1].endswith("/sip")][-1][0] ==
            "unavailable")

    def test_only_registered(self):
        self.start("      expires_min_s: 1\n")
        self.watch()
        self.sees("unavailable")
        self.assertEqual(self.bob.register().status, 200)
        self.sees("")
        self.assertEqual(self.bob.register(expires=0).status, 200)
        self.sees("unavailable")
        self.assertEqual(self.bob.register(expires=2).status, 200)
        self.sees("")
        self.sees("unavailable")

    def test_unknown(self):
        self.start()
        self.link.send("<presence from='%s' to='nobody@sip.test' "
                       "type='subscribe'/>" % JULIET)
        self.link.expect(b"item-not-found")


class Seen(Case):
    """By people in XMPP, and by one another, through the XMPP server."""

    def start(self):
        start(self)
        self.alice, self.bob = (Handset(self.scene, self.stox.address, name)
                                for name in ("alice", "bob"))

    def presence_of(self, person, contact, type, show=None):
        return person.expect("presence %s of %s" % (type, contact), lambda s:
                             s.tag.endswith("presence") and
                             s.get("from", "").startswith(contact) and
                             s.get("type") == type)

    def test_people_and_phones(self):
        self.start()
        juliet = self.person()
        bob = "bob@" + self.server.component
        juliet.send("<presence to='%s' type='subscribe'/>" % bob)
        self.presence_of(juliet, bob, "subscribed")
        self.assertEqual(self.bob.register().status, 200)
        self.presence_of(juliet, bob, None)
        self.assertEqual(self.bob.publish(pidf(BOB, note="lunch")).status, 200)
        # The phone watches her.
        answer = self.bob.watch(self.user_uri)
        self.assertEqual(answer.status, 200)
        self.presence_of(juliet, bob, "subscribe")
        juliet.send("<presence to='%s' type='subscribed'/>" % bob)
        self.bob.seen("<basic>open</basic>")
        self.assertEqual(self.bob.register(expires=0).status, 200)

    def test_between_phones(self):
        self.start()
        answer = self.alice.watch(BOB)
        self.assertEqual(answer.status, 200)
        self.alice.seen("active")
        self.assertEqual(self.bob.register().status, 200)
        self.alice.seen("<basic>open</basic>")
        etag = self.bob.publish(pidf(BOB, note="at my desk")).get("sip-etag")
        self.alice.seen("at my desk")
        # And back, at the same time.
        self.assertEqual(self.bob.watch(self.alice.uri).status, 200)
        self.bob.seen("active")
        self.assertEqual(self.alice.register().status, 200)
        self.bob.seen("<basic>open</basic>")
        self.bob.publish(etag=etag, expires=0)
        self.bob.register(expires=0)
        self.alice.seen("<basic>closed</basic>")
        # It settles: nothing goes round.
        time.sleep(1)
        before = len(self.stox.log())
        time.sleep(1)
        self.assertLess(len(self.stox.log()) - before, 2000)

    def test_restart(self):
        self.start()
        self.alice.watch(BOB)
        self.alice.seen("active")
        self.bob.register()
        self.alice.seen("<basic>open</basic>")
        self.stox.kill()
        self.stox.start()
        self.assertEqual(self.bob.publish(pidf(BOB, note="again")).status, 200)
        self.alice.seen("again")


class SeenOnEjabberd(Seen):
    server_name = "ejabberd"


if __name__ == "__main__":
    unittest.main()
