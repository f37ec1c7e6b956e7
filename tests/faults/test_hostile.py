"""An XMPP server that sends what none may: stoxd leaves the stream, comes
back, and stays small (reliability.md P7, P8)."""
import html
import time
import unittest
from xml.etree import ElementTree

from lib.case import Case, FakeCase
from lib.scene import until

STREAM_ENDS = {
    "comment": b"<!-- x -->",
    "instruction": b"<?php x ?>",
    "doctype": b"<!DOCTYPE x [<!ENTITY a 'b'>]>",
    "entity": b"<message><body>&a;</body></message>",
    "not well-formed": b"<message><body></message>",
    "bad utf-8": b"<message><body>\xff\xfe</body></message>",
    "overlong utf-8": b"<message><body>\xc0\xbc</body></message>",
    "control character": b"<message><body>\x01</body></message>",
    "nul": b"\0\0\0\0",
    "character reference": b"<message><body>&#0;</body></message>",
    "surrogate": b"<message><body>\xed\xa0\x80</body></message>",
    "deep": b"<a>" * 100000,
    "one long attribute": b"<message a='" + b"x" * 5000000 + b"'/>",
    "one long name": b"<" + b"m" * 5000000 + b"/>",
    "long stanza": b"<message from='a@b' to='c@d'><body>" +
                   b"x" * 5000000 + b"</body></message>",
    "prefix": b"<x:message/>",
    "twice an attribute": b"<message a='1' a='2'/>",
    "end": b"</stream:stream>",
    "stream error": b"<stream:error><reset xmlns='urn:ietf:params:xml:ns:"
                    b"xmpp-streams'/></stream:error></stream:stream>",
    "second handshake": b"<handshake/>",
    "text between": b"garbage between stanzas",
}
# What any user can send through a server: it is his stanza that is refused,
# not the stream that is everybody's. (what is in the tag, what is inside)
EXCESSES = {
    "quotes": (b"", b"<body>" + b"&apos;" * 250000 + b"</body>"),
    "long attribute": (b"", b"<x a='" + b"&quot;" * 250000 + b"'/>"),
    "long attribute of its own": (b"a='" + b"x" * 1500000 + b"'", b""),
    "long name": (b"", b"<" + b"m" * 1500000 + b"/>"),
    "many attributes": (b" ".join(b"a%d='x'" % i for i in range(5000)), b""),
    "many namespaces": (b" ".join(b"xmlns:a%d='x'" % i for i in range(99)),
                        b""),
    "many attributes inside": (b"", b"<x " + b" ".join(
        b"a%d='x'" % i for i in range(5000)) + b"/>"),
    "many elements": (b"", b"<x/>" * 250000),
    "deep": (b"", b"<x>" * 33 + b"</x>" * 33),
    "very deep": (b"", b"<x>" * 30000 + b"</x>" * 30000),
}
# Odd stanzas that the stream survives.
STANZAS = [
    b"<message/>", b"<message from='' to=''/>",
    b"<message to='romeo@sip.test' id='x'><body>no from</body></message>",
    b"<message from='juliet@xmpp.test'><body>no to</body></message>",
    b"<message from='@@@' to='romeo@sip.test'><body>x</body></message>",
    b"<message from='juliet@xmpp.test' to='a@b@c'><body>x</body></message>",
    b"<message from='juliet@xmpp.test' to='romeo@other.test'><body>x</body>"
    b"</message>",
    b"<message from='romeo@sip.test' to='romeo@sip.test'><body>loop</body>"
    b"</message>",
    b"<message from='evil@elsewhere.test' to='romeo@sip.test'><body>x</body>"
    b"</message>",
    b"<iq/>", b"<iq type='get'/>", b"<iq type='odd' from='a@xmpp.test' "
    b"to='sip.test' id='1'><x xmlns='y'/></iq>",
    b"<iq type='result' from='xmpp.test' to='sip.test' id='nobody-asked'/>",
    b"<iq type='get' from='a@xmpp.test' to='sip.test' id='2'/>",
    b"<iq type='get' from='a@xmpp.test' to='sip.test' id='3'><a xmlns='y'/>"
    b"<b xmlns='y'/></iq>",
    b"<presence/>", b"<presence type='odd' from='a@xmpp.test' "
    b"to='romeo@sip.test'/>",
    b"<odd xmlns='urn:odd'><message/></odd>",
    b"<message xmlns='jabber:client' from='juliet@xmpp.test' "
    b"to='romeo@sip.test'><body>other namespace</body></message>",
    b" \r\n\t ",
]

PART = b"x" * 65536
MESSAGE = b"<message from='juliet@xmpp.test/a' to='romeo@sip.test'>"
LOL = b"<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'>" + b"".join(
    b"<!ENTITY %c '%s'>" % (98 + i, b"&%c;" % (97 + i) * 10)
    for i in range(12)) + b"]>"
# What is large: (begin, a part, how often, end).
BOMBS = {
    "64 MiB of text": (MESSAGE + b"<body>", PART, 1024, b"</body></message>"),
    "64 MiB of an attribute": (MESSAGE + b"<a b='", PART, 1024, b"'/>"),
    "64 MiB of a name": (MESSAGE + b"<", PART, 1024, b"/>"),
    "64 MiB of CDATA": (MESSAGE + b"<body><![CDATA[", PART, 1024, b"]]>"),
    "64 MiB of a comment": (MESSAGE + b"<!--", PART, 1024, b"-->"),
    "64 MiB of blanks": (b"", b" " * 65536, 1024, b""),
    "a million nested": (MESSAGE, b"<a>" * 10000, 100, b""),
    "a million empty": (MESSAGE, b"<a/>" * 10000, 100, b"</message>"),
    "entities in a doctype": (LOL, b"", 1, b"<message>&m;</message>"),
    "entities": (MESSAGE + b"<body>", b"&m;", 1000, b"</body></message>"),
}

NO_PATIENCE = "xmpp: {backoff_max_ms: 500, ping_timeout_ms: 3000}\n"


class Hostile(FakeCase):
    def alive(self, link):
        """A good message passes both ways."""
        link.say("romeo@sip.test", "good", "good")
        self.phone.expect_message("good")
        self.assertEqual(self.phone.say(self.user_uri, "good").status, 202)

    def test_streams(self):
        self.open(level="info", more=NO_PATIENCE)
        link = self.link
        rss = self.stox.rss_bytes()
        for name, data in STREAM_ENDS.items():
            with self.subTest(name):
                link.send(data)
                link.send(b"<message from='juliet@xmpp.test' "
                          b"to='romeo@sip.test'><body>after</body></message>")
                if not link.is_closed.wait(5):
                    link.close()
                    self.fail("stoxd stays on the stream")
                link = self.fake.next_link(15)
                self.alive(link)
        self.assertLess(self.stox.rss_bytes() - rss, 64 << 20)
        self.assertTrue(self.phone.requests.empty())

    def test_excesses(self):
        """One error to its sender, and nothing to anybody else."""
        self.open(level="info", more=NO_PATIENCE)
        link, rss = self.link, self.stox.rss_bytes()
        for n, (name, (tag, inside)) in enumerate(EXCESSES.items()):
            with self.subTest(name):
                for kind, more in (("message", "type='chat'"),
                                   ("iq", "type='get'"),
                                   ("presence", "type='subscribe'")):
                    id = "%s-%d" % (kind, n)
                    link.send(("<%s %s id='%s' from='juliet@xmpp.test/a' "
                               "to='romeo@sip.test' " % (kind, more, id))
                              .encode() + tag + b">" + inside +
                              b"</%s>" % kind.encode())
                    link.expect(b"<%s [^>]*id='%s'[^>]*><error [^>]*>"
                                b"<policy-violation" % (kind.encode(),
                                                        id.encode()))
                for kind, more in (("message", "type='error'"),
                                   ("iq", "type='result'"), ("presence", "")):
                    link.send(("<%s %s id='silent' from='juliet@xmpp.test/a' "
                               "to='romeo@sip.test' " % (kind, more))
                              .encode() + tag + b">" + inside +
                              b"</%s>" % kind.encode())
                self.alive(link)
        self.assertNotIn(b"silent", link.data)
        self.assertTrue(self.phone.requests.empty())
        self.assertIn("stanza_too_large", self.stox.log())
        self.assertLess(self.stox.rss_bytes() - rss, 64 << 20)

    def test_bombs(self):
        """P8 and P9: what costs its sender little costs us no more."""
        self.open(level="info", more=NO_PATIENCE)
        link, rss = self.link, self.stox.rss_bytes()
        for name, (begin, part, times, end) in BOMBS.items():
            with self.subTest(name):
                cpu = self.stox.cpu_s()
                link.conn.settimeout(10)
                if link.send(begin) and all(link.send(part)
                                            for _ in range(times)):
                    link.send(end)
                self.assertLess(self.stox.rss_bytes() - rss, 64 << 20)
                if name in ("64 MiB of blanks", "a million empty"):
                    self.alive(link)  # a keep-alive; one is passed over
                    link.close()
                self.assertTrue(link.is_closed.wait(5))
                link.close()
                link = self.fake.next_link(15)
                self.alive(link)
                self.assertLess(self.stox.cpu_s() - cpu, 5)
        self.assertLess(self.stox.peak_bytes() - rss, 64 << 20)

    def test_stream_errors(self):
        """On the stream again soon, with the waits as they come, whatever the
        server says of a link that was good."""
        self.open(level="info")
        link = self.link
        for name in ("not-authorized", "host-unknown", "host-gone", "conflict",
                     "invalid-namespace", "see-other-host", "no-such-error"):
            with self.subTest(name):
                since = time.monotonic()
                link.send("<stream:error><%s xmlns='urn:ietf:params:xml:ns:"
                          "xmpp-streams'/></stream:error></stream:stream>"
                          % name)
                link = self.fake.next_link(10)
                self.assertLess(time.monotonic() - since, 5)
                self.alive(link)

    def test_stanzas(self):
        self.open()
        for data in STANZAS:
            with self.subTest(data):
                self.link.send(data)
                self.alive(self.link)
        self.assertEqual(self.fake.connections, 1)
        self.assertTrue(self.phone.requests.empty())

    def answer_to(self, id, since):
        """The elements with that id that came since."""
        try:
            all = ElementTree.fromstring(b"<all>" + self.link.data[since:] +
                                         b"</all>")
        except ElementTree.ParseError:
            return None
        return [e for e in all if e.get("id") == id]

    def test_ids_as_long_as_may_be(self):
        """An answer repeats the id, and finds room for it however it is
        written; and beside it for what it has to say."""
        self.open()
        forms = ("<message from='juliet@xmpp.test/desk' to='romeo@sip.test' "
                 "type='groupchat' id=%s><body>x</body></message>",
                 "<iq from='juliet@xmpp.test/desk' to='sip.test' type='get' "
                 "id=%s><query xmlns='http://jabber.org/protocol/disco#info'/>"
                 "</iq>")
        for piece, quote in (("x", "'"), ("'", '"'), ('"', "'"), ("&amp;", "'"),
                             (">", "'"), ("'&quot;", '"'), ("é&#9;", "'")):
            for form in forms:
                with self.subTest(piece + form[:8]):
                    room = 262144 - len(form) - 2 + 2
                    id = piece * (room // len(piece.encode()))
                    since = len(self.link.data)
                    self.link.send(form % (quote + id + quote))
                    got = until("the answer", lambda: self.answer_to(
                        html.unescape(id), since))
                    self.assertEqual([e.get("type") for e in got],
                                     ["error" if "<mess" in form else "result"])
        self.alive(self.link)
        self.assertEqual(self.fake.connections, 1)
        self.assertNotIn("answer_dropped", self.stox.log())

    def test_without_a_sender(self):
        """Nobody can be told: it is counted, and said in the log."""
        self.open()
        for sender in ("", " from=''", " from='@xmpp.test'"):
            self.link.send("<message%s to='romeo@sip.test' id='n'><body>x"
                           "</body></message>" % sender)
        self.link.send("<message type='error' to='romeo@sip.test' id='n'/>")
        self.alive(self.link)
        self.assertEqual(self.stox.log().count("stanza_unanswerable"), 3)
        self.assertEqual(self.fake.connections, 1)
        self.assertTrue(self.phone.requests.empty())

    def test_split_anywhere(self):
        """Bytes come one by one."""
        self.open()
        for c in "<message from='juliet@xmpp.test/é' to='romeo@sip.test' " \
                 "id='1'><body>ü &lt;&#x1F600;</body></message>".encode():
            self.link.send(bytes([c]))
        self.phone.expect_message("ü <😀")

    def test_flood_of_pings(self):
        """Who reads no answers cannot make us keep them for ever."""
        self.open(level="info")
        rss = self.stox.rss_bytes()
        self.link.is_answering = False
        data = b"".join(
            b"<iq type='get' from='a@xmpp.test' to='sip.test' id='%d'>"
            b"<ping xmlns='urn:xmpp:ping'/></iq>" % i for i in range(20000))
        self.link.send(data)
        until("the last answer", lambda: b"id='19999'" in self.link.data, 20)
        self.assertLess(self.stox.rss_bytes() - rss, 64 << 20)
        self.link.is_answering = True
        self.alive(self.link)


class Handshake(FakeCase):
    GREETINGS = [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:"
        b"stream='http://etherx.jabber.org/streams' id='1' from='sip.test'>",
        b"<stream:stream xmlns='jabber:component:accept' xmlns:stream='http:"
        b"//etherx.jabber.org/streams' from='sip.test'><handshake/>",
        b"<stream:stream xmlns='jabber:component:accept' xmlns:stream='http:"
        b"//etherx.jabber.org/streams' id='1'><stream:error><host-unknown "
        b"xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>"
        b"</stream:stream>",
        b"<stream:stream xmlns='jabber:component:accept' xmlns:stream='http:"
        b"//etherx.jabber.org/streams' id='" + b"x" * 100000 + b"'>",
        b"\x16\x03\x01\0\0", b"", b"<" * 100000,
    ]

    def test_greetings(self):
        for greeting in self.GREETINGS:
            with self.subTest(greeting[:60]):
                self.fake.greeting = greeting
                before = self.fake.connections
                Case.open(self, start=False, more=NO_PATIENCE)
                self.stox.start(wait=False)
                until("a second try", lambda: self.fake.connections >=
                      before + 2, 10)
                self.fake.greeting = None
                self.fake.next_link(20)
                self.stox.wait_log("component_up")
                self.stox.stop()


if __name__ == "__main__":
    unittest.main()
