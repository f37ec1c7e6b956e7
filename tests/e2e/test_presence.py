"""Subscriptions and presence, both directions (RFC 8048, 6665, 3856)."""
import glob
import os
import time
import unittest

from lib.case import Case
from lib.person import child, local, text
from lib.simple import Notifier, Watcher, pidf, pidfs


def is_presence(kind, who=None):
    """who: a JID; a bare one stands for its resources too."""
    return lambda el: (local(el) == "presence" and el.get("type") == kind and
                       (who is None or el.get("from") == who or
                        el.get("from").startswith(who + "/")))


def subscribe_only(answer):
    return lambda m: answer if m.method == "SUBSCRIBE" else 200


class Base(Case):
    """Each test has a server of its own: rosters must be empty."""

    def tearDown(self):
        super().tearDown()
        cls = type(self)
        cls.scene.close(cls.is_failed)
        cls.setUpClass()

    def start(self, **kw):
        more = ("presence:\n  notify_every_ms: 300\n" +
                kw.pop("presence", "") + kw.pop("more", ""))
        self.open(more=more, **kw)
        self.juliet = self.person()
        self.phone.on_request = self.on_request
        self.expires = 3600

    def on_request(self, msg):
        if msg.method == "SUBSCRIBE":
            return 200, ("Expires: %s\r\nContact: <sip:romeo@%s>\r\n"
                         % (msg.get("expires"), self.phone.address))
        return 200

    def ask(self):
        """Juliet subscribes; the SUBSCRIBE that reaches the phone."""
        self.juliet.send("<presence to='%s' type='subscribe'/>" % self.contact)
        return self.expect_subscribe()

    def expect_subscribe(self, fits=lambda m: True, timeout=None):
        return self.phone.expect("SUBSCRIBE", lambda m:
                                 m.method == "SUBSCRIBE" and fits(m), timeout)

    def follow(self):
        """Juliet watches romeo, approved and open."""
        dialog = Notifier(self.phone, self.ask())
        self.assertEqual(dialog.notify(
            body=pidf(self.phone.uri)).status, 200)
        self.expect("subscribed", self.contact)
        self.expect(None, self.contact)
        return dialog

    def expect(self, kind, who, timeout=None):
        return self.juliet.expect("presence %s" % kind,
                                  is_presence(kind, who), timeout)

    def watched(self):
        """Romeo's phone watches juliet, approved; the watcher."""
        watcher = Watcher(self.phone, self.user_uri)
        answer = watcher.subscribe()
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.get("expires"), "3600")
        watcher.expect("pending")
        self.expect("subscribe", self.contact)
        self.juliet.send("<presence to='%s' type='subscribed'/>"
                         % self.contact)
        watcher.expect("active")
        return watcher

    def is_in_roster(self, subscription):
        el = self.juliet.ask(self.juliet.jid, "<query xmlns="
                             "'jabber:iq:roster'/>")
        for item in child(el, "query"):
            if item.get("jid") == self.contact:
                return item.get("subscription") == subscription
        return subscription is None


class UserWatches(Base):
    def test_approve_and_change(self):
        self.start()
        subscribe = self.ask()
        self.assertEqual(subscribe.get("event"), "presence")
        self.assertIn("application/pidf+xml", subscribe.get("accept"))
        self.assertEqual(subscribe.get("expires"), "3600")
        self.assertNotIn("gr=", subscribe.get("from"))
        dialog = Notifier(self.phone, subscribe)
        # Pending: not a word to the user.
        self.assertEqual(dialog.notify("pending;expires=3600").status, 200)
        self.juliet.expect_nothing("presence while pending", lambda el:
                                   local(el) == "presence" and
                                   el.get("from", "").startswith(self.contact),
                                   0.5)
        self.assertEqual(dialog.notify(
            body=pidf(self.phone.uri, note="here & there")).status, 200)
        self.expect("subscribed", self.contact)
        el = self.expect(None, self.contact)
        self.assertTrue(el.get("from").startswith(self.contact))
        self.assertEqual(text(el, "status"), "here & there")
        self.assertTrue(self.is_in_roster("to"))
        for show in ("away", "xa", "dnd", "chat"):
            dialog.notify(body=pidf(self.phone.uri, show=show, note=show))
            el = self.juliet.expect(show, lambda e: local(e) == "presence" and
                                    text(e, "show") == show)
            self.assertEqual(text(el, "status"), show)
        dialog.notify(body=pidf(self.phone.uri, "closed"))
        self.expect("unavailable", el.get("from"))

    def test_refused(self):
        self.start()
        for status in (403, 603, 489):
            self.phone.on_request = subscribe_only(status)
            self.ask()
            self.expect("unsubscribed", self.contact)
            self.assertTrue(self.is_in_roster("none"))

    def test_rejected_by_notify(self):
        self.start()
        dialog = Notifier(self.phone, self.ask())
        dialog.notify("terminated;reason=rejected")
        self.expect("unsubscribed", self.contact)

    def test_nothing_else_ends_it(self):
        """deactivated, probation, timeout, giveup: the roster stays, and a new
        dialog is opened."""
        self.start()
        dialog = self.follow()
        dialog.notify("terminated;reason=deactivated")
        again = self.expect_subscribe()
        self.assertNotEqual(again.get("call-id"), dialog.call_id)
        dialog = Notifier(self.phone, again)
        dialog.notify(body=pidf(self.phone.uri, note="back"))
        self.juliet.expect("back", lambda e: local(e) == "presence" and
                           text(e, "status") == "back")
        self.juliet.expect_nothing("a roster change", lambda e: e.get("type")
                                   in ("subscribed", "unsubscribed"), 0.3)
        self.assertTrue(self.is_in_roster("to"))

    def test_unsubscribe(self):
        self.start()
        dialog = self.follow()
        self.juliet.send("<presence to='%s' type='unsubscribe'/>"
                         % self.contact)
        end = self.expect_subscribe(lambda m: m.get("expires") == "0")
        self.assertEqual(end.get("call-id"), dialog.call_id)
        self.assertIn("tag=phone", end.get("to"))
        self.assertEqual(
            dialog.notify("terminated;reason=timeout").status, 200)
        self.assertTrue(self.is_in_roster("none"))

    def test_unknown_contact(self):
        self.start()
        for status in (404, 484):
            self.phone.on_request = subscribe_only(status)
            self.ask()
            el = self.expect("error", self.contact)
            self.assertIsNotNone(child(child(el, "error"), "item-not-found"))

    def test_language(self):
        self.start()
        dialog = self.follow()
        dialog.notify(body=pidf(self.phone.uri, note="ciao"),
                      extra="Content-Language: it\r\n")
        el = self.juliet.expect("ciao", lambda e: local(e) == "presence" and
                                text(e, "status") == "ciao")
        self.assertEqual(
            el.get("{http://www.w3.org/XML/1998/namespace}lang"), "it")

    def test_stray_notify(self):
        self.start()
        dialog = self.follow()
        dialog.tag = "another-fork"
        self.assertEqual(dialog.notify().status, 481)
        refused = dialog.notify(event="message-summary")
        self.assertEqual(refused.status, 489)
        self.assertEqual(refused.get("allow-events"), "presence")
        dialog.tag = "phone"
        self.assertEqual(dialog.notify(cseq=3).status, 500)

    def test_poll(self):
        """A probe without a subscription is one SUBSCRIBE with Expires 0."""
        self.start()
        self.juliet.send("<presence to='%s' type='probe'/>" % self.contact)
        poll = self.expect_subscribe()
        self.assertEqual(poll.get("expires"), "0")
        Notifier(self.phone, poll).notify(
            "terminated;reason=timeout", pidf(self.phone.uri, note="polled"))
        self.juliet.expect("polled", lambda e: local(e) == "presence" and
                           text(e, "status") == "polled")


    def test_forked(self):
        """Two notifiers: the first one wins, the other gets 481."""
        self.start()
        subscribe = self.ask()
        first, second = (Notifier(self.phone, subscribe) for _ in range(2))
        second.tag = "other"
        self.assertEqual(first.notify(
            body=pidf(self.phone.uri, note="first")).status, 200)
        self.assertEqual(second.notify(
            body=pidf(self.phone.uri, note="second")).status, 481)
        el = self.expect(None, self.contact)
        self.assertEqual(text(el, "status"), "first")

    def test_notify_overtakes_the_answer(self):
        self.start()
        self.phone.on_request = lambda m: None
        dialog = Notifier(self.phone, self.ask())
        self.phone.on_request = self.on_request
        self.assertEqual(dialog.notify(
            body=pidf(self.phone.uri, note="early")).status, 200)
        self.expect("subscribed", self.contact)

    def test_dialog_is_refreshed_where_it_is(self):
        """expires of NOTIFY counts; 481 to the refresh: a new dialog."""
        self.start()
        dialog = Notifier(self.phone, self.ask())
        refused = []

        def on_request(m):
            if m.method == "SUBSCRIBE" and "tag=phone" in m.get("to"):
                refused.append(m)
                return 481
            return self.on_request(m)

        self.phone.on_request = on_request
        dialog.notify("active;expires=6", pidf(self.phone.uri))
        again = self.expect_subscribe(lambda m: ";tag=" not in m.get("to"), 15)
        self.assertTrue(refused)
        self.assertEqual(refused[0].get("call-id"), dialog.call_id)
        self.assertNotEqual(again.get("call-id"), dialog.call_id)
        self.assertNotEqual(again.get("from"), refused[0].get("from"))
        Notifier(self.phone, again).notify(
            body=pidf(self.phone.uri, note="again"))
        self.juliet.expect("again", lambda e: text(e, "status") == "again")
        self.assertTrue(self.is_in_roster("to"))

    def test_interval_too_brief(self):
        self.start()
        self.phone.on_request = lambda m: (
            (423, "Min-Expires: 7200\r\n") if m.get("expires") == "3600"
            else self.on_request(m))
        self.ask()
        self.expect_subscribe(lambda m: m.get("expires") == "7200")

    def test_told_to_wait(self):
        """giveup and probation: not before retry-after, and no roster
        change."""
        for reason in ("giveup", "probation"):
            with self.subTest(reason):
                self.start()
                dialog = self.follow()
                dialog.notify("terminated;reason=%s;retry-after=2" % reason)
                self.expect("unavailable", self.contact)
                self.assertRaises(AssertionError, self.expect_subscribe,
                                  lambda m: m.get("expires") != "0", 1.5)
                self.assertTrue(self.is_in_roster("to"))
                self.tearDown()
                self.setUp()

    def test_repeated_subscribe(self):
        """A server asks again while it waits: one dialog, one question."""
        self.start()
        dialog = Notifier(self.phone, self.ask())
        dialog.notify("pending;expires=3600")
        self.juliet.send("<presence to='%s' type='subscribe'/>" % self.contact)
        self.assertRaises(AssertionError, self.expect_subscribe,
                          lambda m: True, 0.5)
        dialog.notify(body=pidf(self.phone.uri))
        self.expect("subscribed", self.contact)

    def test_several_tuples(self):
        """One changes, one goes: only that is said."""
        self.start()
        dialog = Notifier(self.phone, self.ask())
        dialog.notify(body=pidfs(self.phone.uri, ("ID-desk", "open", "a"),
                                 ("ID-hall", "open", "b")))
        for resource in ("desk", "hall"):
            self.expect(None, self.contact + "/" + resource)
        dialog.notify(body=pidfs(self.phone.uri, ("ID-desk", "open", "a"),
                                 ("ID-hall", "open", "c")))
        el = self.expect(None, self.contact + "/hall")
        self.assertEqual(text(el, "status"), "c")
        dialog.notify(body=pidfs(self.phone.uri, ("ID-hall", "open", "c")))
        self.expect("unavailable", self.contact + "/desk")
        self.juliet.expect_nothing("more", is_presence(
            None, self.contact), 0.3)

    def test_roster_removal(self):
        """unsubscribe, unsubscribed and unavailable come together: both
        directions end, once."""
        self.start()
        watcher = self.watched()
        dialog = self.follow()
        self.juliet.ask(self.juliet.jid, "<query xmlns='jabber:iq:roster'>"
                        "<item jid='%s' subscription='remove'/></query>"
                        % self.contact, "set")
        self.expect_subscribe(lambda m: m.get("expires") == "0" and
                              m.get("call-id") == dialog.call_id)
        watcher.seen("terminated;reason=rejected")

    def test_unsubscribe_keeps_the_other_direction(self):
        self.start()
        watcher = self.watched()
        self.follow()
        self.juliet.send("<presence to='%s' type='unsubscribe'/>"
                         % self.contact)
        self.expect_subscribe(lambda m: m.get("expires") == "0")
        self.assertEqual(watcher.subscribe().status, 200)
        watcher.expect("active")
        self.assertEqual(watcher.subscribe(0).status, 200)
        watcher.expect("terminated;reason=timeout")

    def test_changed_mind(self):
        """unsubscribe and subscribe in one breath: a dialog is there."""
        self.start()
        self.follow()
        self.juliet.send("<presence to='%s' type='unsubscribe'/>"
                         "<presence to='%s' type='subscribe'/>"
                         % (self.contact, self.contact))
        again = self.expect_subscribe(lambda m: m.get("expires") == "3600")
        Notifier(self.phone, again).notify(body=pidf(self.phone.uri))
        self.expect("subscribed", self.contact)

    def test_apart_from_messages(self):
        """A peer that takes the one and not the other (RFC 2779 2.1.1)."""
        self.start()
        self.phone.on_request = subscribe_only(489)
        self.ask()
        self.expect("unsubscribed", self.contact)
        self.juliet.send("<message to='%s' type='chat'><body>all the same"
                         "</body></message>" % self.contact)
        self.phone.expect("MESSAGE", lambda m: m.method == "MESSAGE" and
                          m.text == "all the same")
        self.phone.on_request = lambda m: (
            405 if m.method == "MESSAGE" else self.on_request(m))
        self.follow()
        self.juliet.send("<message to='%s' type='chat' id='m9'><body>x</body>"
                         "</message>" % self.contact)
        self.juliet.expect("the refusal", lambda e: local(e) == "message" and
                           e.get("type") == "error" and e.get("id") == "m9")
        self.assertTrue(self.is_in_roster("to"))

    def test_last(self):
        """XEP-0012 about a contact, for who sees him only."""
        self.start()
        query = "<query xmlns='jabber:iq:last'/>"
        answer = self.juliet.ask(self.contact, query)
        self.assertIsNotNone(child(child(answer, "error"), "forbidden"))
        dialog = self.follow()
        answer = self.juliet.ask(self.contact, query)
        self.assertEqual(child(answer, "query").get("seconds"), "0")
        dialog.notify(body=pidf(self.phone.uri, "closed").replace(
            "</status>", "</status><timestamp>2020-01-01T00:00:00Z"
            "</timestamp>"))
        self.expect("unavailable", self.contact)
        answer = self.juliet.ask(self.contact, query)
        self.assertGreater(int(child(answer, "query").get("seconds")), 86400)
        self.juliet.send("<presence to='%s' type='probe'/>" % self.contact)
        el = self.expect("unavailable", self.contact)
        self.assertEqual(child(el, "delay").get("stamp"),
                         "2020-01-01T00:00:00Z")

    def test_cap(self):
        self.start(presence="  subscriptions_per_user_max: 1\n")
        self.follow()
        self.juliet.send("<presence to='paris@%s' type='subscribe'/>"
                         % self.server.component)
        el = self.expect("error", "paris@" + self.server.component)
        self.assertIsNotNone(child(child(el, "error"), "not-allowed"))
        # One for another, at once.
        self.juliet.send(
            "<presence to='%s' type='unsubscribe'/>"
            "<presence to='paris@%s' type='subscribe'/>"
            % (self.contact, self.server.component))
        self.expect_subscribe(lambda m: "paris" in m.get("to"))


class UserWatchesEjabberd(UserWatches):
    server_name = "ejabberd"
    test_poll = None


class ContactWatches(Base):
    def test_approve_and_change(self):
        self.start()
        watcher = self.watched()
        self.juliet.send("<presence><show>away</show><status>brb</status>"
                         "<priority>5</priority></presence>")
        while True:
            body = watcher.expect("active").text
            if "brb" in body:
                break
        self.assertIn("<basic>open</basic>", body)
        self.assertIn("<rpid:away/>", body)
        self.assertIn("brb</note>", body)
        self.assertEqual(watcher.subscribe().status, 200)
        self.assertRegex(watcher.expect("active").get("subscription-state"),
                         r"^active;expires=\d+$")
        self.juliet.send("<presence type='unavailable'/>")
        while "closed" not in watcher.expect("active").text:
            pass
        self.assertEqual(watcher.subscribe(0).status, 200)
        watcher.expect("terminated;reason=timeout")

    def test_deny(self):
        self.start()
        watcher = Watcher(self.phone, self.user_uri)
        self.assertEqual(watcher.subscribe().status, 200)
        watcher.expect("pending")
        self.expect("subscribe", self.contact)
        self.juliet.send("<presence to='%s' type='unsubscribed'/>"
                         % self.contact)
        watcher.expect("terminated;reason=rejected")

    def test_owner_comes_later(self):
        """He is asked while he is away, and answers when he is back: over a
        restart of the gateway too."""
        self.start()
        watcher = Watcher(self.phone, "sip:romeo@xmpp.test")
        self.assertEqual(watcher.subscribe().status, 200)
        watcher.expect("pending")
        self.stox.kill()
        self.stox.start()
        self.assertEqual(watcher.subscribe().status, 200)
        watcher.expect("pending")
        owner = self.person("romeo", "late")
        owner.expect("the question", is_presence("subscribe", self.contact))
        owner.send("<presence to='%s' type='subscribed'/>" % self.contact)
        watcher.seen("active", "<basic>open</basic>")

    def test_unknown_user(self):
        """Servers hide who exists: the watcher waits, as for one who has not
        decided."""
        self.start()
        watcher = Watcher(self.phone, "sip:nobody@xmpp.test")
        self.assertEqual(watcher.subscribe().status, 200)
        self.assertEqual(watcher.expect("pending").body, b"")

    def test_revoke(self):
        self.start()
        watcher = self.watched()
        self.juliet.send("<presence to='%s' type='unsubscribed'/>"
                         % self.contact)
        watcher.expect("terminated;reason=rejected")

    def test_store_is_lost(self):
        """Her roster has him still, and her server says that he may see her
        by itself; ejabberd says no more than that."""
        self.start()
        self.watched()
        self.stox.stop()
        for path in glob.glob(os.path.join(self.scene.dir, "*.db*")):
            os.unlink(path)
        self.stox.start()
        watcher = Watcher(self.phone, self.user_uri)
        self.assertEqual(watcher.subscribe().status, 200)
        watcher.seen("active", "<basic>open</basic>", 20)

    def test_phone_reboots(self):
        """A new dialog each day: nobody is asked again, no roster change."""
        self.start()
        self.watched()
        for _ in range(3):
            watcher = Watcher(self.phone, self.user_uri)
            self.assertEqual(watcher.subscribe().status, 200)
            watcher.expect("active")
        self.juliet.expect_nothing("a second question", is_presence(
            "subscribe"), 0.5)
        self.assertTrue(self.is_in_roster("from"))

    def test_poll(self):
        self.start()
        self.watched()
        poll = Watcher(self.phone, self.user_uri)
        self.assertEqual(poll.subscribe(0).status, 200)
        got = poll.expect("terminated;reason=timeout")
        self.assertIn("<basic>open</basic>", got.text)

    def test_refusals(self):
        self.start()
        self.assertEqual(Watcher(self.phone, self.user_uri).subscribe(
            event="dialog").status, 489)
        self.assertEqual(Watcher(self.phone, self.user_uri).subscribe(
            event=None).status, 489)
        self.assertEqual(Watcher(
            self.phone, self.user_uri, "text/plain").subscribe().status, 406)
        short = Watcher(self.phone, self.user_uri).subscribe(10)
        self.assertEqual(short.status, 423)
        self.assertEqual(short.get("min-expires"), "60")
        self.assertEqual(Watcher(
            self.phone, "sip:x@elsewhere.test").subscribe().status, 404)


    def test_language(self):
        self.start()
        watcher = self.watched()
        self.juliet.send("<presence xml:lang='it'><status>ciao</status>"
                         "</presence>")
        got = watcher.seen("active", '<note xml:lang="it">ciao</note>')
        self.assertEqual(got.get("content-language"), "it")

    def test_long_status_without_tcp(self):
        """RFC 3261 18.1.1: the phone has UDP only."""
        self.start()
        watcher = self.watched()
        self.juliet.send("<presence><status>%s</status></presence>" %
                         ("x" * 3000))
        watcher.seen("active", "x" * 3000)
        self.juliet.send("<presence><status>%s</status></presence>" %
                         ("y" * 70000))
        watcher.seen("active", "y" * 100)
        self.assertEqual(watcher.subscribe(600).get("expires"), "600")

    def test_two_resources(self):
        self.start()
        watcher = self.watched()
        other = self.person(resource="hall")
        other.send("<presence><status>in the hall</status></presence>")
        while True:
            body = watcher.expect("active").text
            if "in the hall" in body and "ID-desk" in body:
                break
        self.assertEqual(body.count("<tuple "), 2)
        other.send("<presence type='unavailable'/>")
        while True:
            body = watcher.expect("active").text
            if "closed" in body:
                break
        self.assertEqual(body.count("<basic>open</basic>"), 1)
        self.juliet.send("<presence><status>alone</status></presence>")
        while "alone" not in watcher.expect("active").text:
            pass

    def test_one_tuple(self):
        self.start(component_more="    one_tuple: true\n")
        watcher = self.watched()
        other = self.person(resource="hall")
        other.send("<presence><priority>9</priority><status>best</status>"
                   "</presence>")
        while True:
            body = watcher.expect("active").text
            self.assertLessEqual(body.count("<tuple "), 1)
            if "best" in body:
                break

    def test_two_phones(self):
        self.start()
        one = self.watched()
        two = Watcher(self.phone, self.user_uri)
        self.assertEqual(two.subscribe().status, 200)
        two.expect("active")
        self.juliet.send("<presence><status>both</status></presence>")
        one.seen("active", "both")
        two.seen("active", "both")
        self.assertEqual(two.subscribe(0).status, 200)
        two.expect("terminated;reason=timeout")
        self.juliet.send("<presence><status>one</status></presence>")
        one.seen("active", "one")

    def test_expires(self):
        """No refresh: terminated;reason=timeout, the user sees him leave, the
        roster stays."""
        self.start(presence="  min_expires_s: 1\n")
        self.watched()
        short = Watcher(self.phone, self.user_uri)
        self.assertEqual(short.subscribe(2).status, 200)
        short.expect("active")
        got = short.expect("terminated;reason=timeout")
        self.assertIn("<basic>closed</basic>", got.text)
        self.assertTrue(self.is_in_roster("from"))

    def test_last_one_expires(self):
        self.start(presence="  min_expires_s: 1\n")
        watcher = self.watched()
        self.assertEqual(watcher.subscribe(2).status, 200)
        watcher.expect("terminated;reason=timeout")
        self.expect("unavailable", self.contact)
        self.assertTrue(self.is_in_roster("from"))

    def test_wrong_order(self):
        self.start()
        watcher = self.watched()
        watcher.cseq -= 1
        self.assertEqual(self.phone.ask(watcher.bytes()).status, 500)

    def test_watcher_is_gone(self):
        """481 to a NOTIFY ends the dialog, not the authorisation."""
        self.start()
        self.watched()
        self.phone.on_request = lambda m: 481
        self.juliet.send("<presence><status>gone</status></presence>")
        self.expect("unavailable", self.contact)
        self.phone.on_request = self.on_request
        again = Watcher(self.phone, self.user_uri)
        self.assertEqual(again.subscribe().status, 200)
        again.expect("active")

    def test_lost_datagrams(self):
        """Each second request and answer is lost: the last state arrives."""
        self.start(sip_more="  t1_ms: 50\n")
        watcher = self.watched()
        count = [0]

        def lossy(m):
            count[0] += 1
            return None if count[0] % 2 else self.on_request(m)

        self.phone.on_request = lossy
        for n in range(5):
            self.juliet.send("<presence><status>n%d</status></presence>" % n)
        watcher.seen("active", "n4")
        self.assertEqual(watcher.subscribe().status, 200)

    def test_cap(self):
        self.start(presence="  subscriptions_per_user_max: 1\n")
        self.watched()
        self.assertEqual(Watcher(
            self.phone, "sip:paris@xmpp.test").subscribe().status, 403)


class ContactWatchesEjabberd(ContactWatches):
    server_name = "ejabberd"


class Survives(Base):
    def test_kill_and_restart(self):
        """kill -9: both directions go on; the watcher's dialog is the same one
        with a higher CSeq."""
        self.start()
        watcher = self.watched()
        self.follow()
        before = int(watcher.subscribe() and watcher.expect(
            "active").get("cseq").split()[0])
        self.stox.kill()
        self.stox.start()
        again = self.expect_subscribe(timeout=10)
        self.assertEqual(Notifier(self.phone, again).notify(
            body=pidf(self.phone.uri, note="still")).status, 200)
        self.juliet.expect("still", lambda e: local(e) == "presence" and
                           text(e, "status") == "still")
        self.juliet.send("<presence><status>alive</status></presence>")
        while True:
            got = watcher.expect("active", timeout=10)
            if "alive" in got.text:
                break
        self.assertGreater(int(got.get("cseq").split()[0]), before)
        self.juliet.expect_nothing("a roster change", lambda e: e.get("type")
                                   in ("subscribed", "unsubscribed",
                                       "subscribe"), 0.3)

    def test_refusal_while_the_phone_is_away(self):
        """kill -9 before the watcher has heard that he may not see her any
        more: it is said again, once, and then no more."""
        self.start()
        watcher = self.watched()
        self.phone.on_request = lambda m: None
        self.juliet.send("<presence to='%s' type='unsubscribed'/>"
                         % self.contact)
        before = watcher.expect("terminated;reason=rejected")
        self.stox.kill()
        self.phone.on_request = lambda m: 200
        self.phone.history.clear()
        self.stox.start()
        again = watcher.seen("terminated;reason=rejected", "", 15)
        self.assertGreater(int(again.get("cseq").split()[0]),
                           int(before.get("cseq").split()[0]))
        self.stox.stop()
        self.phone.history.clear()
        self.stox.start()
        # What is restored is told within five seconds.
        time.sleep(6)
        self.assertFalse([m for m in self.phone.history
                          if m.method == "NOTIFY"])

    def test_phone_gone_meanwhile(self):
        """kill -9, and the phone is away afterwards: each resource that juliet
        was told of is taken back by itself."""
        self.start(sip_more="  timeout_ms: 1000\n  t1_ms: 50\n"
                   "  t2_ms: 200\n")
        dialog = self.follow()
        dialog.notify(body=pidfs(self.phone.uri, ("ID-a", "open", "a"),
                                 ("ID-b", "open", "b")))
        for name in "ab":
            self.expect(None, self.contact + "/" + name)
        self.expect("unavailable", self.contact + "/sip")
        self.phone.on_request = lambda m: None
        self.stox.kill()
        self.stox.start()
        for name in "ab":
            self.expect("unavailable", self.contact + "/" + name, 15)

    def test_stop_and_start(self):
        """SIGTERM: each resource that juliet was shown goes, nothing else is
        said to anybody; afterwards what is there is shown again, in the same
        dialog for the watcher, and what has gone meanwhile is not."""
        self.start()
        watcher = self.watched()
        watcher.seen("active", "open")
        dialog = self.follow()
        dialog.notify(body=pidfs(self.phone.uri, ("ID-a", "open", "a"),
                                 ("ID-b", "open", "b")))
        for name in "ab":
            self.expect(None, self.contact + "/" + name)
        self.expect("unavailable", self.contact + "/sip")
        before = len(self.phone.history)
        self.stox.stop()
        for name in "ab":
            self.expect("unavailable", self.contact + "/" + name)
        self.juliet.expect_nothing("more", lambda e: local(e) == "presence" and
                                   e.get("from", "").startswith(self.contact),
                                   0.3)
        self.assertEqual(self.phone.history[before:], [])
        self.stox.start()
        again = Notifier(self.phone, self.expect_subscribe(timeout=10))
        again.notify(body=pidfs(self.phone.uri, ("ID-a", "open", "a")))
        self.expect(None, self.contact + "/a")
        self.expect("unavailable", self.contact + "/b")
        self.juliet.send("<presence><status>alive</status></presence>")
        watcher.seen("active", "alive")
        self.juliet.expect_nothing("a roster change", lambda e: e.get("type")
                                   in ("subscribed", "unsubscribed",
                                       "subscribe"), 0.3)

    def test_server_restart(self):
        self.start()
        self.watched()
        self.follow()
        self.server.stop()
        self.stox.wait_log("component_lost")
        self.server.start()
        self.stox.wait_log("component_up", 30, count=2)
        juliet = self.person()
        juliet.expect("romeo's presence", lambda e: local(e) == "presence" and
                      e.get("type") is None and
                      e.get("from", "").startswith(self.contact), 15)

    def test_server_restart_and_nobody_is_back(self):
        """The watcher hears that the user has gone; his subscription stays.
        While the server is away new ones are told to wait."""
        self.start()
        watcher = self.watched()
        watcher.seen("active", "open")
        self.server.stop()
        self.stox.wait_log("component_lost")
        late = Watcher(self.phone, self.user_uri).subscribe()
        self.assertEqual(late.status, 503)
        self.assertIsNotNone(late.get("retry-after"))
        self.server.start()
        self.stox.wait_log("component_up", 30, count=2)
        while "closed" not in watcher.expect("active", 15).text:
            pass
        self.assertEqual(watcher.subscribe().status, 200)
        watcher.expect("active")

    def test_phone_restarts(self):
        """The SIP side is away for a while: a NOTIFY that nobody answers ends
        the dialog; the next one begins at once."""
        self.start(sip_more="  timeout_ms: 1000\n  t1_ms: 50\n"
                   "  t2_ms: 200\n")
        self.watched()
        self.phone.on_request = lambda m: None
        self.juliet.send("<presence><status>unheard</status></presence>")
        self.stox.wait_log("watcher_lost", 30)
        self.phone.on_request = self.on_request
        again = Watcher(self.phone, self.user_uri)
        self.assertEqual(again.subscribe().status, 200)
        self.assertIn("unheard", again.expect("active").text)


if __name__ == "__main__":
    unittest.main()
