"""The telephone of a contact (Event: dialog, RFC 4235), laid over his
presence; and a real presence server between the two worlds."""
import unittest

from lib.person import local, text
from lib.baresip_presence import Watching
from lib.presence_server import PresenceServer
from lib.scene import free_port, until
from lib.simple import Notifier, Watcher, pidf
from lib.stox import Stoxd
from test_presence import Base, is_presence

DIALOG_INFO = """<?xml version="1.0"?>
<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="{version}"
 state="full" entity="sip:romeo@sip.example">{calls}</dialog-info>
"""
CALL = '<dialog id="c1" direction="{way}"><state>{state}</state></dialog>'


def call(version, state=None, way="recipient"):
    return DIALOG_INFO.format(version=version, calls=CALL.format(
        way=way, state=state) if state else "")


class OnThePhone(Base):
    def follow_both(self):
        self.start(component_more="    dialog_events: true\n")
        self.presence = self.follow()
        m = self.expect_subscribe(lambda m: m.get("event") == "dialog")
        self.assertIn("application/dialog-info+xml", m.get("accept"))
        self.calls = Notifier(self.phone, m)

    def call(self, *args):
        self.assertEqual(self.calls.notify(
            body=call(*args), kind="application/dialog-info+xml").status, 200)

    def expect_show(self, show, status):
        self.juliet.expect("%s %s" % (show, status), lambda e:
                           local(e) == "presence" and
                           e.get("from", "").startswith(self.contact) and
                           text(e, "show") == show and
                           text(e, "status") == status)

    def test_call(self):
        self.follow_both()
        self.call(0)
        self.call(1, "early")
        self.expect_show(None, "Ringing")
        self.call(2, "confirmed")
        self.expect_show("dnd", "On the phone")
        # Presence goes on beneath it.
        self.presence.notify(body=pidf(self.phone.uri, note="in my room"))
        self.call(3, "terminated")
        self.expect_show(None, "in my room")

    def test_no_calls_there(self):
        """A peer without dialog events: presence stands alone."""
        self.start(component_more="    dialog_events: true\n")
        answer = self.on_request
        self.phone.on_request = lambda m: (
            489 if m.get("event") == "dialog" else answer(m))
        dialog = self.follow()
        self.expect_subscribe(lambda m: m.get("event") == "dialog")
        dialog.notify(body=pidf(self.phone.uri, note="still here"))
        self.expect_show(None, "still here")
        self.juliet.expect_nothing("a roster change", is_presence(
            "unsubscribed"), 0.3)

    def test_ends_with_the_subscription(self):
        self.follow_both()
        self.call(0, "confirmed")
        self.expect_show("dnd", "On the phone")
        self.juliet.send("<presence to='%s' type='unsubscribe'/>"
                         % self.contact)
        ended = set()
        while len(ended) < 2:
            m = self.expect_subscribe(lambda m: m.get("expires") == "0")
            ended.add(m.get("event"))

    def test_off_by_default(self):
        self.start()
        self.follow()
        self.assertRaises(AssertionError, self.expect_subscribe,
                          lambda m: m.get("event") == "dialog", 0.7)


class RealPhone(Base):
    """baresip as the contact: watched by juliet, and watching her."""

    def open_phone(self):
        port = free_port()
        self.bare = Watching(self.scene, "127.0.0.1:%d" % port, self.user_uri)
        self.stox = Stoxd(self.scene, self.server, proxy=self.bare.address,
                          port=port, more="presence: {notify_every_ms: 300}\n")

    def test_both_ways(self):
        self.contact = "romeo@" + self.server.component
        self.user_uri = "sip:juliet@" + self.server.domain
        self.juliet = self.person()
        self.open_phone()
        self.expect("subscribe", self.contact, 40)
        self.juliet.send("<presence to='%s' type='subscribed'/>"
                         % self.contact)
        self.bare.wait_contact("Online")
        self.juliet.send("<presence to='%s' type='subscribe'/>" % self.contact)
        self.expect("subscribed", self.contact)
        self.bare.command("presence_online")
        self.expect(None, self.contact)
        self.assertTrue(self.is_in_roster("both"))
        self.bare.command("presence_offline")
        self.expect("unavailable", self.contact)
        self.juliet.send("<presence type='unavailable'/>")
        self.bare.wait_contact("Offline")


class ServerBase(Base):
    """Kamailio is the presence server of sip.example, and the only way."""

    def start(self):
        port = free_port()
        self.proxy = PresenceServer(self.scene, port, **self.proxy_options)
        self.open(proxy=self.proxy.address, port=port,
                  component_more=self.component_more,
                  more="presence:\n  notify_every_ms: 300\n")
        self.phone.gateway = ("127.0.0.1", self.proxy.port)
        self.phone.on_request = self.on_request
        self.expires = 3600
        self.juliet = self.person()

    component_more = ""
    proxy_options = {}


class PresenceOfAServer(ServerBase):
    def publish(self, basic, note, match=None):
        answer = self.phone.say(
            self.phone.uri, pidf(self.phone.uri, basic, note),
            method="PUBLISH", type="application/pidf+xml",
            extra="Event: presence\r\nExpires: 600\r\n" +
            ("SIP-If-Match: %s\r\n" % match if match else ""))
        self.assertEqual(answer.status, 200)
        return answer.get("sip-etag")

    def expect_status(self, kind, words):
        self.juliet.expect("%s %s" % (kind, words), lambda e:
                           local(e) == "presence" and e.get("type") == kind and
                           e.get("from", "").startswith(self.contact + "/") and
                           text(e, "status") == words)

    def test_published_contact(self):
        self.start()
        etag = self.publish("open", "at the server")
        self.juliet.send("<presence to='%s' type='subscribe'/>" % self.contact)
        self.expect("subscribed", self.contact)
        self.expect_status(None, "at the server")
        self.publish("open", "changed", etag)
        self.expect_status(None, "changed")
        self.assertTrue(self.is_in_roster("to"))
        # The gateway dies: its dialog there is opened anew.
        self.stox.kill()
        self.stox.start()
        self.expect_status(None, "changed")


    def test_publication_expires(self):
        """A telephone that crashes: Kamailio says so by a NOTIFY without a
        document."""
        self.start()
        answer = self.phone.say(
            self.phone.uri, pidf(self.phone.uri, note="for a moment"),
            method="PUBLISH", type="application/pidf+xml",
            extra="Event: presence\r\nExpires: 8\r\n")
        self.assertEqual(answer.status, 200)
        self.juliet.send("<presence to='%s' type='subscribe'/>" % self.contact)
        self.expect("subscribed", self.contact)
        self.expect_status(None, "for a moment")
        self.expect("unavailable", self.contact, 60)


class WatcherBehindAProxy(ServerBase):
    def test_record_route(self):
        self.start()
        watcher = Watcher(self.phone, self.user_uri)
        answer = watcher.subscribe()
        self.assertEqual(answer.status, 200)
        self.assertIn(str(self.proxy.port), answer.get("record-route"))
        first = watcher.expect("pending")
        self.assertEqual(first.source[1], self.proxy.port)
        self.expect("subscribe", self.contact)
        self.juliet.send("<presence to='%s' type='subscribed'/>"
                         % self.contact)
        watcher.expect("active")
        self.juliet.send("<presence><status>through it</status></presence>")
        watcher.seen("active", "through it")
        route = "Route: %s\r\n" % answer.get("record-route")
        self.assertEqual(watcher.subscribe(extra=route).status, 200)
        watcher.expect("active")
        # The same route set after a restart.
        self.stox.kill()
        self.stox.start()
        self.juliet.send("<presence><status>still there</status></presence>")
        watcher.seen("active", "still there")
        self.assertEqual(watcher.subscribe(0, extra=route).status, 200)
        watcher.expect("terminated;reason=timeout")


class PublishedBase(ServerBase):
    component_more = "    publish: ['juliet@xmpp.test']\n"

    def publish(self):
        """Juliet lets the gateway see her."""
        self.start()
        self.juliet.expect("the gateway's question", is_presence(
            "subscribe", self.server.component))
        self.juliet.send("<presence to='%s' type='subscribed'/>"
                         % self.server.component)
        # Two of its processes: whoever subscribes before it has the document
        # in its tables is not told of it.
        self.proxy.process.wait_text("done PUBLISH sip:juliet@xmpp.test")

    def settle(self):
        """What it has answered so far is in the store: the next run modifies
        that."""
        until("the etags to be kept", lambda:
              self.stox.log().count("publication_kept") >=
              self.proxy.process.text().count("done PUBLISH"))


class PublishedAtAServer(PublishedBase):
    """An XMPP user's presence at Kamailio, and a telephone that watches him
    there: what Kamailio makes of our PUBLISHes is what it sees."""
    proxy_options = {"serves_all": True}

    def test_publish(self):
        self.publish()
        watcher = Watcher(self.phone, self.user_uri)
        self.assertIn(watcher.subscribe().status, (200, 202))
        watcher.seen("active", "<basic>open</basic>")
        self.juliet.send("<presence><show>dnd</show><status>published"
                         "</status></presence>")
        body = watcher.seen("active", "published").text
        self.assertIn("<rpid:busy/>", body)
        self.assertEqual(body.count("<basic>open</basic>"), 1)
        other = self.person(resource="hall")
        other.send("<presence><status>in the hall</status></presence>")
        body = watcher.seen("active", "in the hall").text
        self.assertEqual(body.count("<basic>open</basic>"), 2)
        other.send("<presence type='unavailable'/>")
        # Two connections of hers: they are in no order.
        until("her to have left the hall", lambda:
              "in the hall" not in watcher.newest().text)
        self.juliet.send("<presence><status>alone</status></presence>")
        self.assertNotIn("in the hall", watcher.seen("active", "alone").text)
        # Kept over a crash: modified, not made twice.
        self.settle()
        self.stox.kill()
        self.stox.start()
        self.juliet.send("<presence><status>after</status></presence>")
        body = watcher.seen("active", "after").text
        self.assertEqual(body.count("<basic>open</basic>"), 1)
        # Gone: Kamailio has nothing to say of her any more.
        self.juliet.send("<presence type='unavailable'/>")
        until("her to have gone", lambda:
              "<basic>open</basic>" not in watcher.newest().text)


class WatchersAtAServer(PublishedBase):
    """Kamailio keeps a watcher waiting; the user hears of him."""
    proxy_options = {"serves_all": True, "wants_consent": True}

    def test_pending_watcher(self):
        self.publish()
        self.proxy.process.wait_text("got SUBSCRIBE sip:juliet@xmpp.test")
        watcher = Watcher(self.phone, self.user_uri)
        self.assertIn(watcher.subscribe().status, (200, 202))
        watcher.expect("pending")
        self.expect("subscribe", self.contact, 30)


if __name__ == "__main__":
    unittest.main()
