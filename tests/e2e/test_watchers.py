"""Presence with real clients: Linphone on the SIP side, profanity on the XMPP
side. What they show is what counts."""
import unittest

from lib.linphone import Linphone
from lib.profanity import Profanity
from lib.scene import free_port
from lib.simple import Notifier, Watcher, pidf
from lib.stox import Stoxd
from test_presence import Base, is_presence, local, text

AWAY, BUSY = 1, 3  # LinphonePresenceActivityType


class LinphoneWatches(Base):
    """Linphone without a presence server: it answers and asks by itself."""

    def start(self):
        port = free_port()
        self.contact = "romeo@" + self.server.component
        self.user_uri = "sip:juliet@" + self.server.domain
        self.juliet = self.person()
        self.linphone = Linphone(self.scene, "127.0.0.1:%d" % port)
        self.stox = Stoxd(self.scene, self.server,
                          proxy=self.linphone.address, port=port,
                          more="presence: {notify_every_ms: 300}\n")

    def test_it_watches(self):
        self.start()
        self.linphone.command(watch=self.user_uri)
        self.expect("subscribe", self.contact)
        self.juliet.send("<presence to='%s' type='subscribed'/>"
                         % self.contact)
        self.linphone.expect("presence", basic="open", uri=self.user_uri)
        self.juliet.send("<presence><show>away</show><status>brb</status>"
                         "</presence>")
        self.linphone.expect("presence", basic="open", activity=AWAY,
                             note="brb")
        self.juliet.send("<presence><show>dnd</show></presence>")
        self.linphone.expect("presence", basic="open", activity=BUSY)
        self.juliet.send("<presence type='unavailable'/>")
        self.linphone.expect("presence", basic="closed")

    def test_it_is_watched(self):
        self.start()
        self.juliet.send("<presence to='%s' type='subscribe'/>" % self.contact)
        self.linphone.expect("asked")
        self.expect("subscribed", self.contact)
        self.linphone.command(be="away", note="at lunch")
        self.juliet.expect("away", lambda e: local(e) == "presence" and
                           text(e, "show") == "away" and
                           text(e, "status") == "at lunch")
        self.linphone.command(be="busy", note="")
        self.juliet.expect("dnd", lambda e: local(e) == "presence" and
                           text(e, "show") == "dnd")
        self.linphone.command(be="offline")
        self.expect("unavailable", self.contact)
        self.assertTrue(self.is_in_roster("to"))


class ProfanityWatches(Base):
    def start(self):
        self.open(more="presence: {notify_every_ms: 300}\n")
        self.phone.on_request = self.on_request
        self.profanity = Profanity(self.scene, self.server, "juliet")

    def test_it_watches(self):
        self.start()
        self.profanity.type("/sub request " + self.contact)
        subscribe = self.expect_subscribe()
        dialog = Notifier(self.phone, subscribe)
        dialog.notify(body=pidf(self.phone.uri, note="here"))
        self.profanity.wait(self.contact + " online here")
        dialog.notify(body=pidf(self.phone.uri, show="dnd", note="in a call"))
        self.profanity.wait(self.contact + " dnd call")
        dialog.notify(body=pidf(self.phone.uri, "closed"))
        self.profanity.wait(self.contact + " offline")

    def test_it_is_watched(self):
        self.start()
        watcher = Watcher(self.phone, self.user_uri)
        self.assertEqual(watcher.subscribe().status, 200)
        watcher.expect("pending")
        self.profanity.wait("authorization request from " + self.contact)
        self.profanity.type("/sub allow " + self.contact)
        watcher.seen("active", "<basic>open</basic>")
        self.profanity.type('/status set away "be right back"')
        body = watcher.seen("active", "be right back").text
        self.assertIn("<rpid:away/>", body)
        self.profanity.type("/status set dnd")
        watcher.seen("active", "<rpid:busy/>")
        self.profanity.type("/sub deny " + self.contact)
        watcher.seen("terminated;reason=rejected")


if __name__ == "__main__":
    unittest.main()
