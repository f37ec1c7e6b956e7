"""PUBLISH and presence.winfo (RFC 3903, RFC 3857): users whose presence a SIP
presence server keeps. The server is the test's phone."""
import os
import re
import signal
import unittest

from lib.phone import Phone
from lib.scene import until
from lib.simple import Notifier, pidf, remember
from test_presence import Base, is_presence

WINFO = """<?xml version="1.0"?>
<watcherinfo xmlns="urn:ietf:params:xml:ns:watcherinfo" version="{version}"
 state="full"><watcher-list resource="sip:juliet@xmpp.test" package="presence">
<watcher id="a" status="{status}" event="subscribe">{watcher}</watcher>
</watcher-list></watcherinfo>
"""


class Publish(Base):
    component_more = "    publish: ['juliet@xmpp.test']\n"

    def start(self, **kw):
        self.etags = 0
        self.publish_status = 200
        super().start(component_more=self.component_more, **kw)
        remember(self.phone)
        self.meet()

    def meet(self):
        self.juliet.expect("the gateway's question", is_presence(
            "subscribe", self.server.component))

    def grant(self):
        self.juliet.send("<presence to='%s' type='subscribed'/>"
                         % self.server.component)

    def on_request(self, m):
        if m.method != "PUBLISH":
            return super().on_request(m)
        if self.publish_status != 200:
            status, self.publish_status = self.publish_status, 200
            return status, ("Min-Expires: 7200\r\n" if status == 423 else "")
        self.etags += 1
        return 200, "Expires: %s\r\nSIP-ETag: e%d\r\n" % (
            m.get("expires"), self.etags)

    def expect_publish(self, words=None, match=None, timeout=None):
        m = self.phone.expect(
            "PUBLISH %s" % words, lambda m: m.method == "PUBLISH" and
            (words is None or words in m.text), timeout)
        self.assertEqual(m.get("event"), "presence")
        if match is not None:
            self.assertEqual(m.get("sip-if-match"), match or None)
        return m

    def test_life(self):
        self.start()
        self.grant()
        m = self.expect_publish("<basic>open</basic>", match="")
        self.assertTrue(m.line.startswith("PUBLISH sip:juliet@xmpp.test"))
        self.assertEqual(m.get("content-type"), "application/pidf+xml")
        self.assertIn('entity="sip:juliet@xmpp.test"', m.text)
        self.juliet.send("<presence><show>dnd</show><status>busy me</status>"
                         "</presence>")
        m = self.expect_publish("busy me")
        self.assertRegex(m.get("sip-if-match"), r"^e\d+$")
        self.juliet.send("<presence type='unavailable'/>")
        m = self.expect_publish("")
        while m.get("expires") != "0":
            m = self.expect_publish("")
        self.assertEqual(m.body, b"")
        self.assertRegex(m.get("sip-if-match"), r"^e\d+$")
        self.juliet.send("<presence><status>back</status></presence>")
        self.expect_publish("back", match="")

    def test_kept_over_a_restart(self):
        self.start()
        self.grant()
        self.expect_publish("open")
        until("the etag is kept", lambda: self.etags > 0)
        self.juliet.send("<presence><status>one</status></presence>")
        self.expect_publish("one")
        self.stox.stop()
        last = "e%d" % self.etags
        self.stox.start()
        self.expect_publish("one", match=last, timeout=15)

    def test_412_and_423(self):
        self.start()
        self.publish_status = 423
        self.grant()
        self.expect_publish("open")
        m = self.expect_publish("open")
        self.assertEqual(m.get("expires"), "7200")
        self.publish_status = 412
        self.juliet.send("<presence><status>two</status></presence>")
        m = self.expect_publish("two")
        self.assertIsNotNone(m.get("sip-if-match"))
        self.expect_publish("two", match="")

    def test_taken_back(self):
        self.start()
        self.grant()
        self.expect_publish("open")
        self.juliet.send("<presence to='%s' type='unsubscribed'/>"
                         % self.server.component)
        m = self.expect_publish("")
        while m.get("expires") != "0":
            m = self.expect_publish("")
        self.juliet.send("<presence><status>secret</status></presence>")
        self.assertRaises(AssertionError, self.expect_publish, "", None, 1)

    def reload(self, old, new):
        with open(self.stox.config, encoding="utf-8") as f:
            text = f.read()
        self.assertIn(old, text)
        with open(self.stox.config, "w", encoding="utf-8") as f:
            f.write(text.replace(old, new))
        os.kill(self.stox.process.process.pid, signal.SIGHUP)

    def test_taken_off_the_list(self):
        """By a reload; and put on it again."""
        self.start()
        self.grant()
        self.expect_publish("open")
        self.reload(self.component_more, "    publish: ['x.example']\n")
        m = self.expect_publish("")
        while m.get("expires") != "0":
            m = self.expect_publish("")
        self.juliet.send("<presence><status>secret</status></presence>")
        self.assertRaises(AssertionError, self.expect_publish, "", None, 1)
        self.reload("    publish: ['x.example']\n", self.component_more)
        self.expect_publish("secret", match="")

    def test_put_on_the_list(self):
        """By a reload: nobody waits for the next link."""
        more = self.component_more
        self.component_more = "    publish: ['x.example']\n"
        self.meet = lambda: None
        self.start()
        self.reload(self.component_more, more)
        self.stox.wait_log("info reloaded")
        type(self).meet(self)
        self.grant()
        self.expect_publish("open")

    def test_another_way(self):
        """next_hop, changed by a reload, is where it goes from then on."""
        self.start()
        self.grant()
        self.expect_publish("open")
        other = Phone(self.scene, self.stox.address)
        other.on_request = self.on_request
        self.reload("    publish:", "    next_hop: 'sip:%s;lr'\n    publish:"
                    % other.address)
        self.stox.wait_log("info reloaded")
        self.juliet.send("<presence><status>moved</status></presence>")
        m = other.expect("PUBLISH", lambda m: m.method == "PUBLISH" and
                         "moved" in m.text)
        self.assertRegex(m.get("sip-if-match"), r"^e\d+$")

    def test_offline_user(self):
        """He lets the gateway see him: while he is offline his contacts'
        dialogs are not refreshed (RFC 8048 8.1)."""
        self.start()
        self.grant()
        self.expect_publish("<basic>open</basic>")
        dialog = Notifier(self.phone, self.ask_for_presence())
        dialog.notify("active;expires=9", pidf(self.phone.uri))
        self.expect("subscribed", self.contact)
        again = self.expect_subscribe(
            lambda m: m.get("call-id") == dialog.call_id, 20)
        self.assertEqual(again.get("expires"), "3600")
        self.juliet.send("<presence type='unavailable'/>")
        dialog.notify("active;expires=9", pidf(self.phone.uri))
        end = self.expect_subscribe(
            lambda m: m.get("call-id") == dialog.call_id, 20)
        self.assertEqual(end.get("expires"), "0")
        dialog.notify("terminated;reason=timeout")
        self.juliet.send("<presence/>")
        self.expect_subscribe(lambda m: m.get("event") == "presence" and
                              m.get("call-id") != dialog.call_id, 20)

    def ask_for_presence(self):
        self.juliet.send("<presence to='%s' type='subscribe'/>" % self.contact)
        return self.expect_subscribe(lambda m: m.get("event") == "presence")

    def test_watchers(self):
        """pending at the server is a question to the user, once."""
        self.start()
        self.grant()
        m = self.phone.expect("SUBSCRIBE presence.winfo", lambda m:
                              m.method == "SUBSCRIBE" and
                              m.get("event") == "presence.winfo")
        self.assertIn("application/watcherinfo+xml", m.get("accept"))
        self.assertEqual(re.sub(";tag.*", "", m.get("from")), m.get("to"))
        dialog = Notifier(self.phone, m)
        for version in range(2):
            answer = dialog.notify(
                body=WINFO.format(version=version, status="pending",
                                  watcher="sip:romeo@sip.example"),
                kind="application/watcherinfo+xml")
            self.assertEqual(answer.status, 200)
        self.juliet.expect("romeo's question", is_presence(
            "subscribe", self.contact))
        self.juliet.expect_nothing("a second question", is_presence(
            "subscribe"), 0.5)


class PublishDomain(Publish):
    """A user of a domain: known from the first presence that he sends to any
    contact."""
    component_more = "    publish: ['*.test']\n"

    def meet(self):
        self.juliet.send("<presence to='%s' type='probe'/>" % self.contact)
        super().meet()

    test_412_and_423 = test_taken_back = None


if __name__ == "__main__":
    unittest.main()
