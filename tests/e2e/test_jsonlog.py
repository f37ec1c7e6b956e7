"""log.format json: every line is one JSON object, whatever peers send, and one
message has one correlation id in the lines of both protocols."""
import json
import socket
import unittest

from lib.case import Case, FakeCase
from lib.scene import until

ODD = [b"\xff\xfe", b"\"}\\", b"\xe2\x80\xae", b"\x01\x7f", b"\xf0\x9f\x98\x80",
       b"'\"\\u0000\\", b"x" * 5000, "\u2028\u0085".encode(), b"%s%n", b"{\"a\":1}"]


class JsonLog(FakeCase):
    def open(self, **kw):
        Case.open(self, start=False, **kw)
        with open(self.stox.config, encoding="utf-8") as f:
            text = f.read()
        with open(self.stox.config, "w", encoding="utf-8") as f:
            f.write(text.replace("log:\n", "log:\n  format: json\n", 1))
        self.stox.start()
        self.link = self.fake.next_link()

    def lines(self):
        """Those that are whole."""
        found = []
        for line in self.stox.log().rpartition("\n")[0].splitlines():
            entry = json.loads(line)
            self.assertEqual(list(entry)[:3], ["time", "level", "event"])
            found.append(entry)
        return found

    def test_odd_input(self):
        self.open()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            for odd in ODD:
                for at in (b"From: %s <sip:a@sip.example>;tag=1\r\n",
                           b"From: <sip:%s@sip.example>;tag=1\r\n",
                           b"X: y\r\nFrom: <sip:a@%s>;tag=1\r\n"):
                    s.sendto(b"MESSAGE sip:juliet@xmpp.test SIP/2.0\r\n"
                             b"Via: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK" +
                             str(abs(hash((odd, at)))).encode() + b"\r\n" +
                             at % odd + b"To: <sip:juliet@xmpp.test>\r\n"
                             b"Call-ID: c" + odd[:300] + b"\r\n"
                             b"CSeq: 1 MESSAGE\r\nMax-Forwards: 70\r\n"
                             b"Content-Type: text/plain\r\n\r\nhello",
                             self.stox.address)
        for i, odd in enumerate(["&quot;}\\\\", "\u202e", "{&quot;a&quot;:1}",
                                 "\u2028", "x" * 3000]):
            self.link.send("<message from='juliet@xmpp.test/%s' to='r%d@%s' "
                           "id='%s' type='chat'><body>b</body></message>"
                           % (odd[:900], i, self.fake.component, odd))
        self.link.say(self.contact, "last", "last")
        self.phone.expect_message("last")
        until("the last to be logged", lambda: any(
            e["event"] == "to_sip_done" for e in self.lines()))
        self.assertGreater(len(self.lines()), 10)

    def test_one_id_through_both(self):
        self.open()
        self.link.say(self.contact, "one", "m1")
        call_id = self.phone.expect_message("one").get("Call-ID")
        until("its end", lambda: any(
            e["event"] == "to_sip_done" for e in self.lines()))
        first = [e for e in self.lines() if e["event"] == "to_sip"][0]
        last = [e for e in self.lines() if e["event"] == "to_sip_done"][0]
        self.assertEqual(first["cid"], last["cid"])
        self.assertEqual((first["id"], first["call_id"]), ("m1", call_id))
        self.phone.say(self.user_uri, "two")
        until("its end", lambda: any(
            e["event"] == "to_xmpp_done" for e in self.lines()))
        first = [e for e in self.lines() if e["event"] == "to_xmpp"][0]
        last = [e for e in self.lines() if e["event"] == "to_xmpp_done"][0]
        self.assertEqual(first["cid"], last["cid"])
        stanza = self.link.expect_message("two")[0]
        self.assertTrue(stanza.startswith(first["cid"]), stanza)


if __name__ == "__main__":
    unittest.main()
