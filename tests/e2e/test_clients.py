"""Real SIP clients with a real XMPP client library, directly and behind
Kamailio, which challenges the gateway's trunk account."""
import unittest

from lib.baresip import Baresip
from lib.case import Case
from lib.kamailio import TRUNK_PASSWORD, TRUNK_USER, Kamailio
from lib.linphone import Linphone
from lib.person import text
from lib.phone import Phone
from lib.scene import free_port

WORDS_98 = ("Neither a borrower nor a lender be; for loan oft loses both "
            "itself and friend, and borrowing dulls")
assert len(WORDS_98) == 98
TEXTS = [WORDS_98, "ünïcödé 中文 😀 <b>&amp;</b>"]
ACCOUNT = """
  account:
    username: %s
    password: '%s'
""" % (TRUNK_USER, TRUNK_PASSWORD)


class BaresipDirect(Case):
    def test_both_ways(self):
        port, phone_port = free_port(), free_port()
        self.open(phone=False, proxy="127.0.0.1:%d" % phone_port, port=port)
        phone = Baresip(self.scene, "127.0.0.1:%d" % port, self.user_uri,
                        port=phone_port)
        juliet = self.person()
        for words in TEXTS:
            phone.send(words)
            self.assertEqual(juliet.expect_message(words).get("from"),
                             "romeo@sip.test")
            juliet.say(self.contact, words)
            phone.expect_message(words)


class BaresipDirectEjabberd(BaresipDirect):
    server_name = "ejabberd"


class BehindKamailio(Case):
    def open_proxy(self, more=ACCOUNT):
        port = free_port()
        self.kamailio = Kamailio(self.scene, port)
        self.open(phone=False, proxy=self.kamailio.address, port=port,
                  sip_more=more)

    def test_baresip(self):
        self.open_proxy()
        phone = Baresip(self.scene, self.kamailio.address, self.user_uri,
                        register=True)
        self.kamailio.wait_registered("sip:romeo@sip.example")
        juliet = self.person()
        for words in TEXTS:
            phone.send(words)
            juliet.expect_message(words)
            juliet.say(self.contact, words, id="k")
            phone.expect_message(words)
        log = self.kamailio.process
        log.wait_text("trunk account accepted " + TRUNK_USER, count=2)
        # The second request carried the answer to the first challenge.
        self.assertEqual(log.text().count("challenging"), 1)
        juliet.say("mercutio@sip.test", "anybody?", id="k404")
        juliet.expect_error("k404", "item-not-found")

    def test_wrong_password(self):
        self.open_proxy(ACCOUNT.replace("tr:unk", "trunk"))
        juliet = self.person()
        juliet.say(self.contact, "hello?", id="w")
        juliet.expect_error("w", "registration-required")

    def test_linphone(self):
        self.open_proxy()
        phone = Linphone(self.scene, self.kamailio.address, register=True)
        self.converse(phone)

    def converse(self, phone):
        juliet = self.person()
        for words in TEXTS:
            phone.send(self.user_uri, words)
            juliet.expect_message(words)
            phone.expect("state", state="delivered", text=words)
            juliet.say(self.contact, words)
            got = phone.expect("message", text=words)
            self.assertIn("sip:juliet@xmpp.test", got["sender"])
        # IMDN and isComposing are no texts (test_talk.py has more of them).
        phone.command(read=self.user_uri)
        phone.command(typing=self.user_uri)
        self.stox.wait_log("to_xmpp", count=len(TEXTS))
        phone.send(self.user_uri, "and again")
        juliet.expect_message("and again")
        juliet.say(self.contact, "still here")
        phone.expect("message", text="still here")
        juliet.expect_nothing("XML of a notice", lambda e:
                              text(e, "body") is not None, 0.2)

    def test_long_message_by_tcp(self):
        """Over 1300 bytes it goes by TCP to Kamailio, and comes from there
        by TCP to the port that we use for UDP."""
        self.open_proxy()
        phone = Phone(self.scene, ("127.0.0.1", self.kamailio.port))
        phone.ask(phone.message(
            "sip:sip.example", "", method="REGISTER", type=None,
            to_uri=phone.uri, extra="Contact: <sip:romeo@%s>\r\n"
            "Expires: 600\r\n" % phone.address))
        juliet = self.person()
        words = "long " * 400
        juliet.say(self.contact, words, id="l")
        self.assertIn("/TCP", phone.expect_message(words).all("via")[-1])
        phone.transport = "tcp"
        self.assertEqual(phone.say(self.user_uri, words).status, 202)
        juliet.expect_message(words)
        self.kamailio.process.wait_text("MESSAGE sip:juliet@xmpp.test by tcp")


class LinphoneDirect(BehindKamailio):
    """The client itself is the outbound proxy."""

    def test_linphone(self):
        port, phone_port = free_port(), free_port()
        self.open(phone=False, proxy="127.0.0.1:%d" % phone_port, port=port)
        phone = Linphone(self.scene, "127.0.0.1:%d" % port, port=phone_port)
        self.converse(phone)

    test_baresip = test_wrong_password = test_long_message_by_tcp = None


if __name__ == "__main__":
    unittest.main()
