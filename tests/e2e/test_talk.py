"""Conversations: typing, notices of delivery and reading, CPIM, rich text,
links, edits. The SIP side is a phone of the test's own."""
import re
import sqlite3
import time
import unittest

from lib.baresip import Baresip
from lib.case import Case, FakeCase
from lib.kamailio import TRUNK_PASSWORD, TRUNK_USER, Kamailio
from lib.person import child
from lib.linphone import Linphone
from lib.profanity import Profanity
from lib.scene import free_port, until

STATES = "xmlns='http://jabber.org/protocol/chatstates'"
COMPOSING = "<composing %s/>" % STATES
ACTIVE = "<active %s/>" % STATES
PAUSED = "<paused %s/>" % STATES
REQUEST = "<request xmlns='urn:xmpp:receipts'/>"
MARKABLE = "<markable xmlns='urn:xmpp:chat-markers:0'/>"
RECEIVED = "<received xmlns='urn:xmpp:receipts' id='%s'/>"
DISPLAYED = "<displayed xmlns='urn:xmpp:chat-markers:0' id='%s'/>"
TYPING = "application/im-iscomposing+xml"
IMDN = "message/imdn+xml"
FAST = """
    message:
      typing_refresh_s: 2
      typing_max_s: 4
"""
ACCOUNT = """
  account:
    username: %s
    password: '%s'
""" % (TRUNK_USER, TRUNK_PASSWORD)
ALL = "positive-delivery, negative-delivery, display"


def is_composing(state, refresh=None):
    return ('<?xml version="1.0" encoding="UTF-8" standalone="no" ?>'
            '<isComposing xmlns="urn:ietf:params:xml:ns:im-iscomposing">'
            "<state>%s</state>%s</isComposing>"
            % (state, "<refresh>%d</refresh>" % refresh if refresh else ""))


def imdn(id, kind):
    tag = "display" if kind == "displayed" else "delivery"
    return ('<?xml version="1.0" encoding="UTF-8"?>'
            '<imdn xmlns="urn:ietf:params:xml:ns:imdn"><message-id>%s'
            "</message-id><datetime>2026-01-01T00:00:00Z</datetime>"
            "<%s-notification><status><%s/></status></%s-notification></imdn>"
            % (id, tag, kind, tag))


def cpim(body, id=None, wishes=None, type="text/plain;charset=UTF-8",
         more="", sender="sip:romeo@sip.example"):
    head = "From: <%s>\r\nTo: <sip:juliet@xmpp.test>\r\n" % sender
    if id:
        head += ("DateTime: 2026-01-01T00:00:00Z\r\nNS: imdn "
                 "<urn:ietf:params:imdn>\r\nimdn.Message-ID: %s\r\n" % id)
    if wishes:
        head += "imdn.Disposition-Notification: %s\r\n" % wishes
    return "%s%s\r\nContent-Type: %s\r\n\r\n%s" % (head, more, type, body)


class Talk(FakeCase):
    """Both sides are the test's own, so that nothing comes from elsewhere."""

    def open(self, **kw):
        self.answer = 200
        # A store of its own: what is learnt is remembered.
        super().open(name=self.id().rpartition(".")[2] + ".yml", **kw)
        self.phone.on_request = lambda m: self.answer

    def hears(self, type, body, **kw):
        """A request from the phone, taken."""
        got = self.phone.say(self.user_uri, body, type=type, **kw)
        self.assertEqual(got.status, 202)
        return got

    def says(self, children, id="x", type="chat", to=None):
        self.link.send("<message from='juliet@xmpp.test/desk' to='%s' id='%s' "
                       "type='%s'>%s</message>"
                       % (to or self.contact, id, type, children))

    def written(self, word):
        """How often stoxd has written it to the XMPP side."""
        return self.link.data.count(word.encode())

    def sync(self):
        """All that was sent to stoxd before has been dealt with."""
        self.syncs = getattr(self, "syncs", 0) + 1
        id = "sync%d" % self.syncs
        self.link.send("<iq from='juliet@xmpp.test/desk' to='sip.test' "
                       "id='%s' type='get'><ping xmlns='urn:xmpp:ping'/></iq>"
                       % id)
        self.link.expect(b"id='%s'" % id.encode())

    def asked(self):
        """The requests that the phone has got and nobody has looked at."""
        out = []
        while not self.phone.requests.empty():
            out.append(self.phone.requests.get())
        return out

    def ask_typing(self):
        """The phone shows that it understands typing."""
        self.hears(TYPING, is_composing("idle"))

    def wait_kept(self, count, done=None):
        """So many notices are in the store; one of them with that done."""
        def kept():
            with sqlite3.connect(self.stox.config + ".db") as db:
                rows = [bytes(r[0]).split(b"\t") for r in db.execute(
                    "SELECT value FROM record WHERE kind = 5")]
            return len(rows) == count and (done is None or any(
                r[3] == b"%d" % done for r in rows))
        until("%d notices in the store" % count, kept)

    def message_id(self, msg):
        return re.search(r"imdn\.Message-ID: (\S+)", msg.text).group(1)


class Typing(Talk):
    def test_to_the_user(self):
        self.open()
        self.hears(TYPING, is_composing("active", 60))
        self.link.expect(rb"<message from='romeo@sip.test' "
                         rb"to='juliet@xmpp.test' id='[^']*' type='chat'>"
                         rb"<composing xmlns='[^']*'/></message>")
        # Repeated, it is not said again.
        self.hears(TYPING, is_composing("active", 60))
        self.hears(TYPING, is_composing("idle"))
        self.link.expect(rb"<active xmlns=")
        self.hears(TYPING, is_composing("idle"))
        self.hears(TYPING, is_composing("no-such-state"))
        self.assertEqual(self.written("<composing"), 1)
        self.assertEqual(self.written("<active"), 1)
        self.assertEqual(self.written("<body"), 0)

    def test_refresh_runs_out(self):
        self.open()
        self.hears(TYPING, is_composing("active", 1))
        self.link.expect(rb"<composing xmlns=")
        self.link.expect(rb"<active xmlns=", 5)

    def test_a_text_ends_it(self):
        self.open()
        self.says("<body>hi</body>" + ACTIVE)
        self.phone.expect_message("hi")
        self.hears(TYPING, is_composing("active", 2))
        self.link.expect(rb"<composing xmlns=")
        self.hears("text/plain", "done")
        got = self.link.expect_message("done")
        self.assertIn(b"<active xmlns=", got[2])
        time.sleep(2.3)  # longer than its refresh
        self.sync()
        self.assertEqual(self.written("<active"), 1)

    def test_who_answers_without_hears_no_more(self):
        """XEP-0085 §5.1."""
        self.open()
        self.hears(TYPING, is_composing("active", 60))
        self.link.expect(rb"<composing xmlns=")
        self.says("<body>hi</body>")
        self.phone.expect_message("hi")
        self.hears(TYPING, is_composing("active", 60))
        self.hears(TYPING, is_composing("idle"))
        self.hears("text/plain", "bare")
        self.assertNotIn(b"active", self.link.expect_message("bare")[2])
        self.assertEqual(self.written("<composing"), 1)
        # Until he sends one himself.
        self.says("<body>ho</body>" + ACTIVE)
        self.phone.expect_message("ho")
        self.hears(TYPING, is_composing("active", 60))
        until("composing", lambda: self.written("<composing") == 2)

    def test_to_the_contact(self):
        self.open(component_more=FAST)
        self.says(COMPOSING)
        self.sync()
        self.assertEqual(self.asked(), [])  # nobody knows whether it may
        self.ask_typing()
        self.says(COMPOSING)
        got = self.phone.expect("typing")
        self.assertEqual(got.get("content-type"), TYPING)
        self.assertIn("<state>active</state>", got.text)
        self.assertIn("<refresh>2</refresh>", got.text)
        self.assertEqual(got.get("expires"), "0")
        self.assertIsNone(got.get("contact"))
        self.says(COMPOSING)
        self.sync()
        self.assertEqual(self.asked(), [])
        # Its refresh is repeated, and ends after typing_max_s.
        for _ in range(2):
            self.assertIn("active", self.phone.expect("refresh", timeout=4).text)
        self.assertIn("<state>idle</state>", self.phone.expect(
            "idle", lambda m: "idle" in m.text, timeout=6).text)
        self.says(PAUSED)
        self.sync()
        self.assertEqual(self.asked(), [])

    def test_who_wants_none(self):
        """The command "typing off", either way, until it is on again."""
        self.open(component_more=FAST)
        self.ask_typing()
        self.says("<body>typing off</body>", to="sip.test")
        self.link.expect_message("done")
        self.says(COMPOSING)
        self.hears(TYPING, is_composing("active", 60))
        self.hears(TYPING, is_composing("idle"))
        self.sync()
        self.assertEqual(self.asked(), [])
        self.assertEqual(self.written("<composing"), 0)
        self.says("<body>typing on</body>", to="sip.test")
        until("on", lambda: self.written("<body>done</body>") == 2)
        self.says(COMPOSING)
        self.assertIn("active", self.phone.expect("typing").text)
        self.hears(TYPING, is_composing("active", 60))
        self.link.expect(rb"<composing xmlns=")

    def test_it_stops(self):
        self.open(component_more=FAST)
        self.ask_typing()
        for state in ("paused", "active", "inactive", "gone"):
            self.says(COMPOSING)
            self.assertIn("active", self.phone.expect("typing").text)
            self.says("<%s %s/>" % (state, STATES))
            self.assertIn("idle", self.phone.expect("idle").text)
        # A text is enough; nothing is said beside it.
        self.says(COMPOSING)
        self.phone.expect("typing")
        self.says("<body>hi</body>" + ACTIVE)
        self.phone.expect_message("hi")
        time.sleep(2)
        self.assertEqual(self.asked(), [])

    def test_415_is_remembered(self):
        self.open()
        self.ask_typing()
        self.answer = 415
        self.says(COMPOSING)
        self.phone.expect("typing")
        self.stox.wait_log("skill_learnt", count=2)
        self.stox.stop()
        self.stox.start(wait=False)
        self.link = self.fake.next_link()
        self.says(COMPOSING)
        self.says(PAUSED)
        self.says(COMPOSING)
        self.sync()
        self.assertEqual(self.asked(), [])
        self.assertEqual(self.link.errors(), {})

    def test_never_behind_a_message(self):
        self.open()
        self.ask_typing()
        self.answer = None  # the text stays under way
        self.says("<body>slow</body>")
        msg = self.phone.expect_message("slow")
        self.says(COMPOSING)
        self.says(PAUSED)
        self.sync()
        self.answer = 200
        self.phone.udp.sendto(self.phone.response(msg, 200), msg.source)
        self.says("<body>next</body>")
        self.phone.expect_message("next")
        self.assertEqual([m for m in self.asked()
                          if m.get("content-type") == TYPING], [])

    def test_never(self):
        self.open(component_more="\n    message: { typing: never }\n")
        self.ask_typing()
        self.hears(TYPING, is_composing("active"))
        self.says(COMPOSING)
        self.sync()
        self.assertEqual(self.asked(), [])
        self.assertEqual(self.written("<composing"), 0)

    def test_always(self):
        self.open(component_more="\n    message: { typing: always }\n")
        self.says(COMPOSING)
        self.assertIn("active", self.phone.expect("typing").text)
        self.answer = 415
        self.says(PAUSED)
        self.assertIn("idle", self.phone.expect("idle").text)
        self.stox.wait_log("skill_learnt")
        self.says(COMPOSING)
        self.sync()
        self.assertEqual(self.asked(), [])

    def test_in_cpim(self):
        self.open()
        self.hears("message/cpim", cpim(is_composing("active"), type=TYPING))
        self.link.expect(rb"<composing xmlns=")

    def test_spoilt(self):
        self.open()
        for body in ("<isComposing", "<x/>", "", "<!DOCTYPE x><x/>"):
            got = self.phone.say(self.user_uri, body, type=TYPING)
            self.assertEqual(got.status, 400)
        self.assertEqual(self.written("<message"), 0)


class NoticesFromUser(Talk):
    """The contact asks in CPIM; the user's clients answer."""

    def ask(self, id, wishes=ALL):
        self.hears("message/cpim", cpim("m " + id, id, wishes))
        return self.link.expect_message("m " + id)[0]

    def expect_notice(self, id, status):
        got = self.phone.expect("IMDN")
        self.assertEqual(got.get("content-type"), "message/cpim")
        head, mime, doc = got.text.split("\r\n\r\n", 2)
        self.assertIn("NS: imdn <urn:ietf:params:imdn>", head)
        self.assertNotIn("Disposition-Notification", head)
        self.assertIn("Content-Disposition: notification", mime)
        self.assertIn("Content-Type: message/imdn+xml", mime)
        self.assertIn("<message-id>%s</message-id>" % id, doc)
        self.assertIn("<datetime>2026-01-01T00:00:00Z</datetime>", doc)
        self.assertIn("<status><%s/></status>" % status, doc)
        self.assertIn("sip:juliet@xmpp.test", got.get("from"))
        return got

    def nothing_more(self):
        """A notice waits for its row: that of another user's message is
        behind all that is on its way."""
        self.fences = getattr(self, "fences", 0) + 1
        word = "fence%d" % self.fences
        self.hears("message/cpim", cpim(word, word, ALL),
                   to_uri="sip:paris@xmpp.test", uri="sip:paris@xmpp.test")
        self.link.send("<message from='paris@xmpp.test/x' to='%s' type='chat'>"
                       "%s</message>" % (self.contact, RECEIVED %
                                         self.link.expect_message(word)[0]))
        until("the fence", lambda: any(
            word in m.text for m in list(self.phone.requests.queue)))
        self.assertEqual([m for m in self.asked() if word not in m.text], [])

    def test_asked_for(self):
        self.open()
        self.hears("message/cpim", cpim("a", "1", "positive-delivery"))
        got = self.link.expect_message("a")[2]
        self.assertIn(b"<request xmlns='urn:xmpp:receipts'/>", got)
        self.assertNotIn(b"markable", got)
        self.assertIn(b"<delay ", got)  # its DateTime
        self.hears("message/cpim", cpim("b", "2", "display"))
        got = self.link.expect_message("b")[2]
        self.assertIn(b"<markable xmlns='urn:xmpp:chat-markers:0'/>", got)
        self.assertNotIn(b"receipts", got)
        self.hears("message/cpim", cpim("c"))
        got = self.link.expect_message("c")[2]
        self.assertNotIn(b"receipts", got)

    def test_delivered_and_displayed_once(self):
        self.open()
        id = self.ask("1")
        self.says(RECEIVED % id)
        self.expect_notice("1", "delivered")
        self.says(RECEIVED % id)  # another device
        self.says(DISPLAYED % id)
        self.expect_notice("1", "displayed")
        self.says(DISPLAYED % id)
        self.says(RECEIVED % id)
        self.nothing_more()

    def test_who_gives_none(self):
        """The command "receipts off": what her clients say stays here."""
        self.open()
        self.says("<body>receipts off</body>", to="sip.test")
        self.link.expect_message("done")
        id = self.ask("1")
        self.says(RECEIVED % id)
        self.says(DISPLAYED % id)
        self.nothing_more()
        self.says("<body>receipts on</body>", to="sip.test")
        until("on", lambda: self.written("<body>done</body>") == 2)
        self.says(RECEIVED % self.ask("2"))
        self.expect_notice("2", "delivered")

    def test_displayed_is_up_to(self):
        self.open()
        ids = [self.ask(str(i)) for i in range(4)]
        self.says(DISPLAYED % ids[2])
        for i in range(3):
            self.expect_notice(str(i), "displayed")
        self.says(DISPLAYED % ids[1])
        self.nothing_more()
        self.says(DISPLAYED % ids[3])
        self.expect_notice("3", "displayed")

    def test_only_what_was_asked(self):
        self.open()
        id = self.ask("1", "display")
        self.says(RECEIVED % id)
        self.nothing_more()
        self.says(DISPLAYED % id)
        self.expect_notice("1", "displayed")

    def test_only_by_whom_it_went_to(self):
        self.open()
        id = self.ask("1")
        self.link.send("<message from='tybalt@xmpp.test/x' to='%s'>%s"
                       "</message>" % (self.contact, RECEIVED % id))
        self.says(RECEIVED % id, to="mercutio@sip.test")
        self.says(RECEIVED % "unknown")
        self.nothing_more()

    def test_survives_kill(self):
        self.open()
        ids = [self.ask(str(i)) for i in range(2)]
        self.says(RECEIVED % ids[0])
        self.expect_notice("0", "delivered")
        self.wait_kept(2, done=1)
        self.stox.kill()
        self.stox.start(wait=False)
        self.link = self.fake.next_link()
        self.says(RECEIVED % ids[0])
        self.nothing_more()
        self.says(DISPLAYED % ids[1])
        self.expect_notice("0", "displayed")
        self.expect_notice("1", "displayed")

    def bounce(self, id):
        self.link.send(
            "<message from='juliet@xmpp.test' to='%s' id='%s' type='error'>"
            "<error type='cancel'><service-unavailable "
            "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>"
            % (self.contact, id))

    def test_late_bounce(self):
        self.open()
        id, quiet = self.ask("1"), self.ask("2", "positive-delivery")
        self.bounce(id)
        self.expect_notice("1", "failed")
        self.bounce(id)
        self.bounce(quiet)
        self.nothing_more()

    def test_a_refusal_is_told_once(self):
        """No negative notice beside the final response (RFC 5438
        §12.1.3.1)."""
        self.open()
        self.link.is_answering = False
        self.phone.send(self.phone.message(
            self.user_uri, cpim("no", "1", ALL), type="message/cpim"))
        id = self.link.expect_message("no")[0]
        self.bounce(id)
        until("the answer", lambda: not self.phone.responses.empty())
        self.assertEqual(self.phone.responses.get().status, 404)
        self.link.answer(self.fake)
        self.bounce(id)
        self.nothing_more()

    def test_no_notice_for_a_notice(self):
        self.open()
        self.hears("message/cpim", cpim(imdn("9", "displayed"), "2", ALL,
                                        type=IMDN))
        self.sync()
        self.assertEqual(self.written("<message"), 0)
        self.assertEqual(self.asked(), [])

    def test_identity_is_of_sip(self):
        self.open()
        self.hears("message/cpim", cpim("it is me", "1", ALL,
                                        sender="sip:tybalt@sip.example"))
        got = self.link.expect_message("it is me")
        self.assertIn(b"from='romeo@sip.test'", got[2])
        self.says(RECEIVED % got[0])
        self.assertIn("sip:romeo@sip.example", self.phone.expect("IMDN").line)

    def test_lenient_and_strict(self):
        self.open()
        self.hears("Message/CPIM", "from: x\n\ncontent-type: text/plain\n\nLF")
        self.link.expect_message("LF")
        self.hears("message/cpim", "From: x\r\n\r\nno MIME")
        self.link.expect_message("no MIME")
        for body, status in (("", 400), ("Require: X.Y\r\n\r\nx", 488),
                             (cpim("x", type="image/png"), 415)):
            got = self.phone.say(self.user_uri, body, type="message/cpim")
            self.assertEqual(got.status, status)


class NoticesFromContact(Talk):
    """The user asks; the phone answers."""

    def knows_cpim(self):
        self.hears("message/cpim", cpim("hello"))
        self.link.expect_message("hello")

    def test_plain_to_whom_is_not_known(self):
        self.open()
        self.says("<body>hi</body>" + REQUEST + MARKABLE, id="r1")
        got = self.phone.expect_message("hi")
        self.assertIn("text/plain", got.get("content-type"))
        # A 2xx claims nothing.
        self.sync()
        self.assertEqual(self.written("<received"), 0)
        # Linphone's way: bare, by the Call-ID.
        self.hears(IMDN, imdn(got.get("call-id"), "delivered"))
        self.link.expect(rb"<message from='romeo@sip.test' "
                         rb"to='juliet@xmpp.test/desk' id='[^']*' type='chat'>"
                         rb"<received xmlns='urn:xmpp:receipts' id='r1'/>")
        self.hears(IMDN, imdn(got.get("call-id"), "displayed"))
        self.link.expect(rb"<displayed xmlns='urn:xmpp:chat-markers:0' "
                         rb"id='r1'/>")
        for kind in ("delivered", "displayed", "failed"):
            self.hears(IMDN, imdn(got.get("call-id"), kind))
        self.sync()
        self.assertEqual(self.written("<received"), 1)
        self.assertEqual(self.written("<displayed"), 1)
        self.assertEqual(self.link.errors(), {})

    def test_cpim_to_who_knows_it(self):
        self.open()
        self.knows_cpim()
        self.says("<body>wherefore</body>" + REQUEST + MARKABLE, id="r1")
        got = self.phone.expect("CPIM")
        self.assertEqual(got.get("content-type"), "message/cpim")
        self.assertIn("\r\nimdn.Disposition-Notification: " + ALL + "\r\n",
                      got.text)
        self.assertTrue(got.text.endswith("\r\n\r\nwherefore"))
        id = self.message_id(got)
        self.assertGreaterEqual(len(id), 13)
        self.hears("message/cpim", cpim(imdn(id, "delivered"), "n1", type=IMDN))
        self.link.expect(rb"<received xmlns='urn:xmpp:receipts' id='r1'/>")
        self.hears("message/cpim", cpim(imdn(id, "displayed"), "n2", type=IMDN))
        self.link.expect(rb"<displayed xmlns='[^']*' id='r1'/>")
        # Without a request it is plain.
        self.says("<body>plain</body>", id="p")
        self.phone.expect_message("plain")

    def test_fallback_once(self):
        self.open()
        self.knows_cpim()
        self.phone.on_request = lambda m: 200 if "text/plain" in \
            m.get("content-type") else 415
        self.says("<body>one</body>" + REQUEST, id="r1")
        self.says("<body>two</body>" + REQUEST, id="r2")
        self.says("<body>three</body>" + REQUEST, id="r3")
        got = [self.phone.expect("a request") for _ in range(4)]
        self.assertEqual([m.get("content-type").split(";")[0] for m in got],
                         ["message/cpim"] + ["text/plain"] * 3
                         if "cpim" not in got[2].get("content-type") else
                         [m.get("content-type").split(";")[0] for m in got])
        first = got[0]
        self.assertEqual(first.get("content-type"), "message/cpim")
        plain = got[1]
        self.assertEqual(plain.text, "one")
        self.assertNotEqual(first.get("cseq"), plain.get("cseq"))
        until("all three", lambda: self.stox.log().count(
            "to_sip_done") >= 3)
        self.sync()
        self.assertEqual(self.link.errors(), {})
        self.says("<body>four</body>" + REQUEST, id="r4")
        self.phone.expect_message("four")
        # Its notices come by the Call-ID now.
        self.hears(IMDN, imdn(plain.get("call-id"), "delivered"))
        self.link.expect(rb"<received xmlns='urn:xmpp:receipts' id='r1'/>")
        # It is remembered.
        self.stox.stop()
        self.stox.start(wait=False)
        self.link = self.fake.next_link()
        self.says("<body>five</body>" + REQUEST, id="r5")
        self.phone.expect_message("five")

    def test_too_large_in_cpim(self):
        """The text fits into a datagram, its envelope does not."""
        self.open()
        self.knows_cpim()
        self.phone.stop_listening()
        words = "x" * 800
        self.says("<body>%s</body>%s" % (words, REQUEST), id="r1")
        id = self.phone.expect_message(words).get("call-id")
        self.hears(IMDN, imdn(id, "delivered"))
        self.link.expect(rb"<received xmlns='[^']*' id='r1'/>")
        # That taught nothing.
        self.says("<body>short</body>" + REQUEST, id="r2")
        self.assertEqual(self.phone.expect("CPIM").get("content-type"),
                         "message/cpim")

    def test_with_the_outbox(self):
        """Tried again, it is the same message, and its notice comes once;
        its time is that of its writing."""
        self.open(component_more="\n    outbox: { to_sip: on, "
                  "retry_min_s: 1, retry_max_s: 1 }\n")
        self.knows_cpim()
        self.answer = 480
        self.says("<body>wait</body>" + REQUEST, id="r1")
        first = self.phone.expect("CPIM")
        self.answer = 200
        again = self.phone.expect("CPIM again")
        id = self.message_id(first)
        self.assertEqual(self.message_id(again), id)
        self.assertNotEqual(first.get("cseq"), again.get("cseq"))
        times = [re.search(r"DateTime: (\S+)", m.text).group(1)
                 for m in (first, again)]
        self.assertEqual(times[0][:16], times[1][:16])
        for _ in range(2):
            self.hears("message/cpim", cpim(imdn(id, "delivered"), "n",
                                            type=IMDN))
        self.sync()
        self.assertEqual(self.written("<received"), 1)
        self.assertEqual(self.link.errors(), {})

    def test_always_tries(self):
        self.open(component_more="\n    message: { cpim: always }\n")
        self.says("<body>one</body>" + REQUEST, id="r1")
        self.assertEqual(self.phone.expect("CPIM").get("content-type"),
                         "message/cpim")

    def test_failed(self):
        self.open()
        self.says("<body>hi</body>" + REQUEST, id="r1")
        got = self.phone.expect_message("hi")
        for _ in range(2):
            self.hears(IMDN, imdn(got.get("call-id"), "failed"))
        self.sync()
        self.assertEqual(self.link.errors(), {"r1": "recipient-unavailable"})
        self.assertEqual(self.written("type='error'"), 1)

    def test_what_says_nothing(self):
        self.open()
        self.says("<body>hi</body>" + REQUEST, id="r1")
        id = self.phone.expect_message("hi").get("call-id")
        for kind in ("error", "forbidden", "stored"):
            self.hears(IMDN, imdn(id, kind))
        self.hears(IMDN, imdn("unknown", "delivered"))
        # Another contact knows the id, and is not believed.
        self.hears(IMDN, imdn(id, "delivered"),
                   from_uri="sip:tybalt@sip.example")
        self.sync()
        self.assertEqual(self.written("<received"), 0)
        self.assertEqual(self.written("<message"), 0)

    def test_one_call_id_for_a_thread(self):
        self.open()
        for i in range(3):
            self.says("<body>m%d</body><thread>t</thread>%s" % (i, REQUEST),
                      id="r%d" % i)
        for i in range(3):
            id = self.phone.expect_message("m%d" % i).get("call-id")
        for i in range(3):
            self.hears(IMDN, imdn(id, "delivered"))
            self.link.expect(b"<received xmlns='[^']*' id='r%d'/>" % i)

    def test_survives_kill(self):
        self.open()
        self.says("<body>hi</body>" + REQUEST + MARKABLE, id="r%25&#9;1")
        id = self.phone.expect_message("hi").get("call-id")
        self.wait_kept(1)
        self.stox.kill()
        self.stox.start(wait=False)
        self.link = self.fake.next_link()
        self.hears(IMDN, imdn(id, "displayed"))
        self.link.expect(rb"<received xmlns='[^']*' id='r%25&#9;1'/>")
        self.link.expect(rb"<displayed xmlns='[^']*' id='r%25&#9;1'/>")

    def test_bounded(self):
        self.open(more="memory: { notices_max: 2 }\n")
        ids = []
        for i in range(4):
            self.says("<body>m%d</body>%s" % (i, REQUEST), id="r%d" % i)
            ids.append(self.phone.expect_message("m%d" % i).get("call-id"))
        for id in ids:
            self.hears(IMDN, imdn(id, "delivered"))
        self.sync()
        self.assertEqual(self.written("<received"), 2)
        self.assertIn(b"id='r3'", self.link.data)
        self.assertNotIn(b"id='r0'", self.link.data)

    def test_off(self):
        self.open(component_more="\n    message: { receipts: false }\n")
        self.hears("message/cpim", cpim("hi", "1", ALL))
        self.assertNotIn(b"receipts", self.link.expect_message("hi")[2])
        self.says("<body>hi</body>" + REQUEST, id="r1")
        id = self.phone.expect_message("hi").get("call-id")
        self.hears(IMDN, imdn(id, "delivered"))
        self.sync()
        self.assertEqual(self.written("<received"), 0)


class Rich(Talk):
    def test_html_from_sip(self):
        self.open()
        self.hears("text/html", "<p>Hi <b onclick='x()'>you</b></p><script>"
                   "evil()</script><a href='javascript:x'>l</a>")
        got = self.link.expect_message("Hi you\nl")[2]
        self.assertIn(b"<html xmlns='http://jabber.org/protocol/xhtml-im'>"
                      b"<body xmlns='http://www.w3.org/1999/xhtml'><p>Hi "
                      b"<strong>you</strong></p>", got)
        for word in (b"evil", b"onclick", b"javascript"):
            self.assertNotIn(word, got)

    def test_html_off(self):
        self.open(component_more="\n    message: { xhtml: false }\n")
        self.hears("text/html", "<b>Hi</b>")
        self.assertNotIn(b"html", self.link.expect_message("Hi")[2])

    XHTML = ("<body>Hi</body><html xmlns='http://jabber.org/protocol/"
             "xhtml-im'><body xmlns='http://www.w3.org/1999/xhtml'><p>"
             "<em>Hi</em></p></body></html>")

    def test_html_to_sip(self):
        self.open()
        self.says(self.XHTML)
        self.phone.expect_message("Hi")

    def test_alternative(self):
        self.open(component_more="\n    message: { html: alternative }\n")
        self.says(self.XHTML, id="a")
        got = self.phone.expect("multipart")
        self.assertIn("multipart/alternative", got.get("content-type"))
        self.assertIn("<p><em>Hi</em></p>", got.text)
        self.phone.on_request = lambda m: 200 if "text/plain" in \
            m.get("content-type") else 415
        self.says(self.XHTML, id="b")
        self.phone.expect("multipart")
        self.phone.expect_message("Hi")
        self.stox.wait_log("to_sip_done", count=2)
        self.says(self.XHTML, id="c")
        self.assertEqual(self.phone.expect("plain").text, "Hi")
        self.sync()
        self.assertEqual(self.link.errors(), {})

    def test_files_from_sip(self):
        self.open()
        self.hears('message/external-body; ACCESS-TYPE=URL; '
                   'URL="https://h.test/f"', "Content-Type: image/png\r\n\r\n")
        self.assertIn(b"<x xmlns='jabber:x:oob'><url>https://h.test/f</url>",
                      self.link.expect_message("https://h.test/f")[2])
        got = self.phone.say(self.user_uri, "", type='message/external-body; '
                             'access-type=URL; URL="file:///etc/passwd"')
        self.assertEqual(got.status, 415)

    def test_edits(self):
        self.open()
        self.hears("text/plain", "question", call_id="q1@phone")
        id = self.link.expect_message("question")[0]
        self.says("<body>&gt; question\nyes</body><reply xmlns='urn:xmpp:"
                  "reply:0' id='%s'/>" % id)
        got = self.phone.expect_message("> question\nyes")
        self.assertEqual(got.get("in-reply-to"), "q1@phone")
        self.says("<reactions xmlns='urn:xmpp:reactions:0' id='%s'><reaction>"
                  "\U0001f44d</reaction></reactions>" % id)
        got = self.phone.expect_message("\U0001f44d")
        self.assertEqual(got.get("in-reply-to"), "q1@phone")
        self.says("<body>better</body><replace xmlns='urn:xmpp:"
                  "message-correct:0' id='x'/>")
        self.phone.expect_message("(edited) better")
        self.says("<retract xmlns='urn:xmpp:message-retract:1' id='x'/>")
        self.phone.expect_message("(retracted an earlier message)")
        self.sync()
        self.assertEqual(self.asked(), [])

    def test_reply_from_sip(self):
        self.open()
        self.says("<body>hi</body>" + REQUEST, id="r1")
        id = self.phone.expect_message("hi").get("call-id")
        self.hears("text/plain", "ho", extra="In-Reply-To: %s\r\n" % id)
        self.assertIn(b"<reply xmlns='urn:xmpp:reply:0' id='r1'/>",
                      self.link.expect_message("ho")[2])

    def test_scripts(self):
        self.open()
        for words in ("\u05e9\u05c1\u05dc\u05d5\u05dd \u0645\u0631\u062d",
                      "e\u0301\u0323 \U0001f469\u200d\U0001f469",
                      "\u202eabc\u202c \u0e01\u0e33"):
            self.says("<body>%s</body>" % words)
            self.phone.expect_message(words)
            self.hears("text/plain", words)
            self.link.expect_message(words)


class Features(Talk):
    def features(self):
        self.n = getattr(self, "n", 0) + 1
        self.link.send(
            "<iq from='juliet@xmpp.test/desk' to='%s' id='d%d' type='get'>"
            "<query xmlns='http://jabber.org/protocol/disco#info'/></iq>"
            % (self.contact, self.n))
        return self.link.expect(b"id='d%d' type='result'>.*?</iq>" % self.n
                                ).group(0)

    def test_only_while_mapped(self):
        self.open()
        got = self.features()
        for ns in (b"chatstates", b"urn:xmpp:receipts",
                   b"urn:xmpp:chat-markers:0"):
            self.assertIn(ns, got)
        self.ask_typing()
        self.answer = 415
        self.says(COMPOSING)
        self.phone.expect("typing")
        self.stox.wait_log("skill_learnt", count=2)
        self.assertNotIn(b"chatstates", self.features())

    def test_off(self):
        self.open(component_more="\n    message: { receipts: false, "
                  "typing: never }\n")
        got = self.features()
        for ns in (b"chatstates", b"receipts", b"markers"):
            self.assertNotIn(ns, got)


class WithProsody(Case):
    def test_all_of_it(self):
        self.open()
        juliet = self.person()
        self.assertEqual(self.phone.say(
            self.user_uri, cpim("hello", "m1", ALL),
            type="message/cpim").status, 202)
        got = juliet.expect_message("hello")
        self.assertIsNotNone(child(got, "request"))
        self.assertIsNotNone(child(got, "markable"))
        juliet.send("<message to='%s' type='chat'>%s</message>"
                    % (got.get("from"), RECEIVED % got.get("id")))
        self.assertIn("<delivered/>", self.phone.expect("IMDN").text)
        juliet.send("<message to='%s' type='chat'>%s</message>"
                    % (got.get("from"), DISPLAYED % got.get("id")))
        self.assertIn("<displayed/>", self.phone.expect("IMDN").text)
        self.phone.say(self.user_uri, is_composing("active"), type=TYPING)
        juliet.expect("composing", lambda e: child(e, "composing") is not None)
        juliet.send("<message to='%s' type='chat' id='q'><body>hi</body>%s"
                    "</message>" % (self.contact, REQUEST))
        got = self.phone.expect("CPIM")
        id = re.search(r"imdn\.Message-ID: (\S+)", got.text).group(1)
        self.phone.say(self.user_uri, cpim(imdn(id, "delivered"), "n1",
                                           type=IMDN), type="message/cpim")
        got = juliet.expect("a receipt",
                            lambda e: child(e, "received") is not None)
        self.assertEqual(child(got, "received").get("id"), "q")


class WithEjabberd(WithProsody):
    server_name = "ejabberd"


class WithBaresip(Case):
    """It takes text/plain and refuses all else with 415."""

    def test_refuses_once(self):
        port, phone_port = free_port(), free_port()
        self.open(phone=False, proxy="127.0.0.1:%d" % phone_port, port=port,
                  component_more="\n    message: { cpim: always, "
                  "typing: always }\n")
        phone = Baresip(self.scene, "127.0.0.1:%d" % port, self.user_uri,
                        port=phone_port)
        juliet = self.person()
        for i, words in enumerate(("one", "two")):
            juliet.send("<message to='%s' type='chat'>%s</message>"
                        % (self.contact, COMPOSING))
            juliet.send("<message to='%s' type='chat' id='b%d'><body>%s"
                        "</body>%s</message>"
                        % (self.contact, i, words, REQUEST))
            phone.expect_message(words)
        # Refused once each, the typing and the envelope.
        self.stox.wait_log("skill_learnt", count=2)
        self.assertEqual(self.stox.log().count("to_sip_plain"), 1)
        self.assertEqual(self.stox.log().count("aside_done"), 1)
        juliet.expect_nothing("an error", lambda e:
                              e.get("type") == "error", 0.2)


class WithProfanity(Case):
    def test_all_of_it(self):
        # It takes chat for a conversation, normal for a letter.
        self.open(component_more="\n    message: { type: chat }\n")
        nurse = Profanity(self.scene, self.server, "juliet")
        uri = self.user_uri
        for line in ("/receipts request on", "/receipts send on",
                     "/states on", "/outtype on", "/msg " + self.contact):
            nurse.type(line)
        # It is asked for a receipt, and gives it.
        self.phone.say(uri, cpim("hello nurse", "m1", "positive-delivery"),
                       type="message/cpim",
                       # It answers full addresses only.
                       from_uri=self.phone.uri + ";gr=desk")
        nurse.wait("hello nurse")
        got = self.phone.expect("IMDN")
        self.assertIn("<message-id>m1</message-id>", got.text)
        self.assertIn("<delivered/>", got.text)
        # The phone types, and profanity shows it.
        self.phone.say(uri, is_composing("active"), type=TYPING,
                       from_uri=self.phone.uri + ";gr=desk")
        nurse.wait("typing")
        self.phone.say(uri, is_composing("idle"), type=TYPING,
                       from_uri=self.phone.uri + ";gr=desk")
        # She types, and the phone knows it; it ends with her text.
        nurse.tmux("send-keys", "-t", "p", "-l", "go,")
        got = self.phone.expect("typing", lambda m: TYPING in
                                (m.get("content-type") or ""))
        self.assertIn("<state>active</state>", got.text)
        nurse.type(" girl")
        got = self.phone.expect("CPIM", lambda m: "girl" in m.text)
        self.assertIn("positive-delivery", got.text)


class WithLinphone(Case):
    """What Linphone really sends, by Prosody and slixmpp on the other side."""
    cpim = False

    def open_phone(self):
        """Linphone sends notices only while it is registered somewhere."""
        port = free_port()
        kamailio = Kamailio(self.scene, port)
        self.open(phone=False, proxy=kamailio.address, port=port,
                  sip_more=ACCOUNT,
                  name=self.id().rpartition(".")[2] + self.__class__.__name__
                  + ".yml")
        return Linphone(self.scene, kamailio.address, register=True,
                        cpim=self.cpim)

    def test_conversation(self):
        phone = self.open_phone()
        juliet = self.person()
        # From the phone: typing, text, both notices.
        phone.command(typing=self.user_uri)
        got = juliet.expect("composing",
                            lambda e: child(e, "composing") is not None)
        self.assertEqual(got.get("from"), "romeo@sip.test")
        phone.send(self.user_uri, "cpim? \u00fc\U0001f600")
        got = juliet.expect_message("cpim? \u00fc\U0001f600")
        phone.expect("state", state="delivered")
        if self.cpim:
            for notice, state in ((RECEIVED, "delivered-to-user"),
                                  (DISPLAYED, "displayed")):
                juliet.send("<message to='%s' type='chat'>%s</message>"
                            % (got.get("from"), notice % got.get("id")))
                phone.expect("state", state=state)
        # To the phone: typing, text; it sends both notices, in deflate.
        juliet.send("<message to='%s' type='chat'>%s</message>"
                    % (self.contact, COMPOSING))
        phone.expect("typing", active=True)
        juliet.send("<message to='%s' type='chat' id='q1'><body>hi</body>%s%s"
                    "</message>" % (self.contact, REQUEST, MARKABLE))
        phone.expect("message", text="hi")
        got = juliet.expect("a receipt",
                            lambda e: child(e, "received") is not None)
        self.assertEqual(child(got, "received").get("id"), "q1")
        phone.command(read=self.user_uri)
        got = juliet.expect("a marker",
                            lambda e: child(e, "displayed") is not None)
        self.assertEqual(child(got, "displayed").get("id"), "q1")
        juliet.expect_nothing("XML as a text", lambda e:
                              child(e, "body") is not None, 0.2)


class WithLinphoneInCpim(WithLinphone):
    cpim = True


if __name__ == "__main__":
    unittest.main()
