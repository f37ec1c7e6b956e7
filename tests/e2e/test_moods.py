"""Moods and activities (XEP-0107, XEP-0108): events of the user's server become
what the document says of the person."""
import unittest

import test_presence
from test_authorisation import USER, Base

EVENT = ("<message type='headline' from='%s' to='%s'>"
         "<event xmlns='http://jabber.org/protocol/pubsub#event'>"
         "<items node='http://jabber.org/protocol/%s'>%s</items></event>"
         "</message>")


def item(what, inner):
    return ("<item id='current'><%s xmlns='http://jabber.org/protocol/%s'>"
            "%s</%s></item>" % (what, what, inner, what))


class Moods(Base):
    def event(self, what, items, who=USER):
        self.link.send(EVENT % (who, self.contact, what, items))

    def test_both(self):
        self.start()
        watcher = self.watched()
        self.say(None, who=USER + "/desk")
        watcher.seen("active", "<basic>open</basic>")
        self.event("mood", item("mood", "<in_love/><text>sigh</text>"))
        watcher.seen("active", "<rpid:mood><rpid:note>sigh</rpid:note>"
                     "<rpid:in_love/></rpid:mood>")
        self.event("activity", item(
            "activity", "<eating><having_lunch/></eating>"))
        body = watcher.seen("active", "<rpid:lunch/>").text
        self.assertIn("<rpid:in_love/>", body)
        self.event("mood", "<retract id='current'/>")
        self.say(None, who=USER + "/desk", inside="<status>calm</status>")
        body = watcher.seen("active", "calm").text
        self.assertNotIn("rpid:mood", body)
        self.assertIn("<rpid:lunch/>", body)

    def test_nobody_is_told(self):
        """No watcher, and words of somebody else: nothing comes of it."""
        self.start()
        self.event("mood", item("mood", "<sad/>"))
        watcher = self.watched()
        self.say(None, who=USER + "/desk")
        self.event("mood", item("mood", "<sad/>"), "nurse@xmpp.test")
        self.event("tune", "<item/>")
        self.say(None, who=USER + "/desk", inside="<status>x</status>")
        self.assertNotIn("rpid:sad", watcher.seen("active", ">x<").text)


class MoodsOfProsody(test_presence.Base):
    """The server sends them because our contact's capabilities ask for it."""
    def publish(self, what, inner):
        answer = self.juliet.ask(self.juliet.jid, (
            "<pubsub xmlns='http://jabber.org/protocol/pubsub'>"
            "<publish node='http://jabber.org/protocol/%s'>%s</publish>"
            "</pubsub>") % (what, item(what, inner)), "set")
        self.assertEqual(answer.get("type"), "result")

    def test_both_ways_subscribed(self):
        self.start()
        watcher = self.watched()
        self.follow()
        self.publish("mood", "<happy/><text>Yay!</text>")
        watcher.seen("active", "<rpid:mood><rpid:note>Yay!</rpid:note>"
                     "<rpid:happy/></rpid:mood>")
        self.publish("activity", "<working><in_a_meeting/></working>")
        watcher.seen("active", "<rpid:meeting/>")

    def test_known_before(self):
        """What was said before the subscription comes with it."""
        self.start()
        self.publish("mood", "<sad/>")
        watcher = self.watched()
        self.follow()
        watcher.seen("active", "<rpid:sad/>")


class MoodsOfEjabberd(MoodsOfProsody):
    """It tells what changes, not what was said before."""
    server_name = "ejabberd"
    test_known_before = None


if __name__ == "__main__":
    unittest.main()
