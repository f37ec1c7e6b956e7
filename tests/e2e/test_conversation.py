"""What keeps a conversation together: thread and Call-ID, subject, language,
type, time (RFC 7572 Tables 1 and 2)."""
import unittest

from lib.case import Case
from lib.person import child, local, text

LANG = "{http://www.w3.org/XML/1998/namespace}lang"


class Conversation(Case):
    def test_reply_from_sip_keeps_the_thread(self):
        self.open()
        juliet = self.person()
        for thread in ("5a7a7e11-0000-4000-8000-abcdefabcdef", "a@b.example",
                       "with blank; \"quote\" <x>", "ünïcode/жук", "%41",
                       "x" * 200):
            with self.subTest(thread=thread):
                juliet.send(
                    "<message to='%s' type='chat'><body>hi</body><thread>%s"
                    "</thread></message>" % (
                        self.contact, thread.replace("<", "&lt;")))
                call_id = self.phone.expect_message("hi").get("call-id")
                self.assertRegex(call_id, r"^[!-~]{1,255}$")
                self.assertEqual(self.phone.say(
                    self.user_uri, "hello", call_id=call_id).status, 202)
                el = juliet.expect_message("hello")
                self.assertEqual(text(el, "thread"), thread)

    def test_reply_from_xmpp_keeps_the_call_id(self):
        self.open()
        juliet = self.person()
        for call_id in ("3848276298220188511@atlanta.example.com", "abc",
                        "%41~!'`()<>:\\\"/[]?{}"):
            with self.subTest(call_id=call_id):
                self.phone.say(self.user_uri, "hi", call_id=call_id)
                thread = text(juliet.expect_message("hi"), "thread")
                juliet.send(
                    "<message to='%s'><body>hello</body><thread>%s</thread>"
                    "</message>" % (self.contact, thread.replace("&", "&amp;")
                                    .replace("<", "&lt;")))
                got = self.phone.expect_message("hello")
                self.assertEqual(got.get("call-id"), call_id)

    def test_same_thread_never_looks_like_a_copy(self):
        """RFC 3261 §8.2.2.2: From tag, Call-ID and CSeq must differ."""
        self.open()
        juliet = self.person()
        seen = set()
        for i in range(5):
            juliet.send("<message to='%s'><body>%d</body><thread>t</thread>"
                        "</message>" % (self.contact, i))
            got = self.phone.expect_message(str(i))
            seen.add((got.get("from").partition("tag=")[2],
                      got.get("call-id"), got.get("cseq")))
        self.assertEqual(len(seen), 5)

    def test_subject_and_language(self):
        self.open()
        juliet = self.person()
        juliet.send("<message to='%s' xml:lang='cs'><subject>Ahoj "
                    "&lt;ž&gt;</subject><body>Dobrý den</body></message>"
                    % self.contact)
        got = self.phone.expect_message("Dobrý den")
        self.assertEqual(got.get("subject"), "Ahoj <ž>")
        self.assertEqual(got.get("content-language"), "cs")
        self.phone.say(self.user_uri, "Guten Tag", extra="Subject: Grüße \r\n"
                       "\t& <mehr>\r\nContent-Language: de\r\n")
        el = juliet.expect_message("Guten Tag")
        self.assertEqual(text(el, "subject"), "Grüße & <mehr>")
        self.assertIn("de", (el.get(LANG), child(el, "body").get(LANG)))

    def test_a_subject_cannot_add_a_header(self):
        self.open()
        self.person().send(
            "<message to='%s'><subject>a\r\nContact: &lt;sip:evil@x&gt;&#13;"
            "&#10;X: y</subject><body>b</body></message>" % self.contact)
        got = self.phone.expect_message("b")
        self.assertIsNone(got.get("contact"))
        self.assertIsNone(got.get("x"))

    def test_an_old_date_becomes_a_delay(self):
        self.open()
        juliet = self.person()
        self.phone.say(self.user_uri, "old",
                       extra="Date: Sat, 13 Nov 2010 23:29:00 GMT\r\n")
        delay = child(juliet.expect_message("old"), "delay")
        self.assertEqual(delay.get("stamp"), "2010-11-13T23:29:00Z")
        self.phone.say(self.user_uri, "new")
        self.assertIsNone(child(juliet.expect_message("new"), "delay"))

    def test_an_expired_message_is_not_delivered(self):
        """RFC 3428 §7."""
        self.open()
        juliet = self.person()
        answer = self.phone.say(
            self.user_uri, "late", extra="Date: Sat, 13 Nov 2010 23:29:00 GMT"
            "\r\nExpires: 60\r\n")
        self.assertEqual(answer.status // 100, 2)
        self.phone.say(self.user_uri, "fresh", extra="Expires: 60\r\n")
        juliet.expect_message("fresh")
        self.assertEqual([text(e, "body") for e in juliet.seen
                          if local(e) == "message"], [])

    def test_type_chat_and_thread_by_pair(self):
        self.open(component_more="    message: {type: chat, "
                                 "thread: conversation}\n")
        juliet = self.person()
        threads = set()
        for i in range(3):
            self.phone.say(self.user_uri, "m%d" % i)
            el = juliet.expect_message("m%d" % i)
            self.assertEqual(el.get("type"), "chat")
            threads.add(text(el, "thread"))
        self.assertEqual(len(threads), 1)
        self.assertNotIn(None, threads)
        self.phone.say(self.user_uri, "other",
                       from_uri="sip:mercutio@sip.example")
        self.assertNotIn(text(juliet.expect_message("other"), "thread"),
                         threads)

    def test_no_thread(self):
        self.open(component_more="    message: {thread: none}\n")
        juliet = self.person()
        self.phone.say(self.user_uri, "hi")
        self.assertIsNone(child(juliet.expect_message("hi"), "thread"))


if __name__ == "__main__":
    unittest.main()
