"""Phones that register at stoxd itself: bindings, messages to and from them,
and what they may not do."""
import secrets
import time
import unittest

from lib.case import Case, FakeCase
from lib.digest import authorization
from lib.handset import NOWHERE, REGISTRAR, USERS, Handset
from lib.phone import Phone
from lib.scene import free_port, until
from lib.tls import TlsPhone
from test_tls import Bed

BOB = "sip:bob@sip.example"
GATEWAY = "sip:sip.example"
INSTANCE = "urn:uuid:00000000-0000-1000-8000-000A95A0E128"


class Frame(FakeCase):  # no scenario
    def start(self, more="", sip_more="", limits="", **kw):
        # A store of its own: nobody is registered yet.
        self.open(phone=False, peers=NOWHERE, sip_more=USERS + sip_more,
                  component_more=REGISTRAR + more, more=limits,
                  name=secrets.token_hex(4) + ".yml", **kw)

    def handset(self, name, **kw):
        return Handset(self.scene, self.stox.address, name, **kw)

    def stanza_to(self, contact, body, id=None, more=""):
        id = id or secrets.token_hex(4)
        self.link.say(contact + "@sip.test", body, id, more)
        return id


class Bindings(Frame):
    """RFC 3261 10.3."""

    def test_off_by_default(self):
        self.open(phone=False, peers=NOWHERE, sip_more=USERS)
        answer = self.handset("bob").register()
        self.assertEqual(answer.status, 405)
        self.assertNotIn("REGISTER", answer.get("allow"))

    def test_register_refresh_remove(self):
        self.start()
        bob = self.handset("bob")
        first = bob.ask(bob.message(GATEWAY, "", method="REGISTER", type=None,
                                    to_uri=BOB, extra="Contact: <%s>\r\n"
                                    % bob.contact))
        self.assertEqual(first.status, 401)
        answer = bob.register()
        self.assertEqual(answer.status, 200)
        self.assertEqual(list(bob.contacts(answer)), [bob.contact])
        self.assertIn("expires=600", answer.get("contact"))
        self.assertIsNotNone(answer.get("date"))
        # What is there is told to who asks.
        self.assertEqual(list(bob.contacts(bob.register(False, None))),
                         [bob.contact])
        # A second phone; each with its own time.
        desk = self.handset("bob")
        answer = desk.register(expires=None, params=";expires=100;q=0.5")
        got = bob.contacts(answer)
        self.assertEqual(set(got), {bob.contact, desk.contact})
        self.assertIn("expires=100", got[desk.contact])
        self.assertIn("q=0.5", got[desk.contact])
        answer = bob.register(expires=0)
        self.assertEqual(list(bob.contacts(answer)), [desk.contact])
        answer = bob.register("*", 0)
        self.assertEqual((answer.status, answer.all("contact")), (200, []))

    def test_several_at_once(self):
        self.start()
        bob = self.handset("bob")
        more = "Contact: <sip:a@127.0.0.1:7>;expires=300, " \
               "<sip:b@127.0.0.1:8>;expires=0, \"B, c\" <sip:c@127.0.0.1:9>\r\n"
        got = bob.contacts(bob.register(expires=200, extra=more))
        self.assertEqual(set(got), {bob.contact, "sip:a@127.0.0.1:7",
                                    "sip:c@127.0.0.1:9"})
        # All or nothing: the second of these is no address.
        answer = bob.register("sip:d@127.0.0.1:7",
                              extra="Contact: <mailto:d@x.example>\r\n")
        self.assertEqual(answer.status, 403)
        self.assertEqual(set(bob.contacts(bob.register(False, None))),
                         set(got))

    def test_refusals(self):
        self.start("      contacts_max: 2\n")
        bob = self.handset("bob")
        answer = bob.register(expires=59)
        self.assertEqual((answer.status, answer.get("min-expires")),
                         (423, "60"))
        # RFC 3261 10.3 item 6 and 7.
        self.assertEqual(bob.register("*", 600).status, 400)
        self.assertEqual(bob.register("*", 0, extra="Contact: <sip:b@h>\r\n")
                         .status, 400)
        self.assertEqual(bob.register(uri="sip:other.example").status, 404)
        self.assertEqual(bob.register("sip:b@sip.example").status, 403)
        self.assertEqual(bob.register("sip:b@sip.test").status, 403)
        self.assertEqual(bob.register("sips:b@127.0.0.1").status, 403)
        self.assertEqual(bob.register("sip:b@127.0.0.1?Subject=x").status, 400)
        self.assertEqual(bob.register().status, 200)
        old = bob.cseq
        self.assertEqual(bob.register(cseq=old).status, 500)
        self.assertEqual(bob.register(cseq=old - 1).status, 500)
        self.assertEqual(bob.register(cseq=1, call_id="another").status, 200)
        bob.call_id = "another"
        self.assertEqual(bob.register("sip:b@127.0.0.1:7").status, 200)
        self.assertEqual(bob.register("sip:b@127.0.0.1:8").status, 403)
        # Too long is shortened, too odd is the default.
        answer = bob.register(expires=999999)
        self.assertIn("expires=3600", bob.contacts(answer)[bob.contact])
        answer = bob.register(expires=None, params=";expires=soon")
        self.assertIn("expires=3600", bob.contacts(answer)[bob.contact])
        # Extensions that we do not know.
        answer = bob.register(extra="Require: gruu, magic\r\n")
        self.assertEqual((answer.status, answer.get("unsupported")),
                         (420, "magic"))

    def test_full(self):
        """Who is there stays, and goes, where nobody more may come."""
        self.start(limits="limits: {bindings_max: 1}\n")
        bob, alice = self.handset("bob"), self.handset("alice")
        self.assertEqual(bob.register().status, 200)
        answer = alice.register()
        self.assertEqual(answer.status, 503)
        self.assertIsNotNone(answer.get("retry-after"))
        self.assertEqual(bob.register().status, 200)
        self.assertEqual(alice.register(False, None).status, 200)
        self.assertEqual(bob.register(expires=0).status, 200)
        self.assertEqual(alice.register().status, 200)

    def test_a_copy_gets_the_same_answer(self):
        self.start()
        bob = self.handset("bob")
        bob.register()
        bob.cseq += 2
        data = bob.message(
            GATEWAY, "", method="REGISTER", type=None, to_uri=BOB,
            call_id=bob.call_id, cseq=bob.cseq, extra="Contact: <%s>\r\n"
            % bob.contact + bob.proof("REGISTER", GATEWAY))
        answers = [bob.ask(data).data for _ in range(2)]
        self.assertEqual(answers[0], answers[1])

    def test_expiry(self):
        self.start("      expires_min_s: 1\n")
        bob = self.handset("bob")
        self.assertEqual(bob.register(expires=2).status, 200)
        until("the binding to end", lambda: not bob.contacts(
            bob.register(False, None)))
        id = self.stanza_to("bob", "too late")
        until("the error", lambda: self.link.errors().get(id))
        self.assertEqual(self.link.errors()[id], "recipient-unavailable")

    def test_restart(self):
        self.start()
        bob, tcp = self.handset("bob"), self.handset("bob", transport="tcp")
        self.assertEqual(bob.register().status, 200)
        self.assertEqual(tcp.register().status, 200)
        self.stox.kill()
        self.stox.start()
        self.link = self.fake.next_link()
        got = bob.contacts(bob.register(False, None))
        self.assertEqual(set(got), {bob.contact, tcp.contact})
        # Both are reached, TCP at its contact now.
        self.stanza_to("bob", "after")
        bob.expect_message("after")
        tcp.expect_message("after")

    def test_path(self):
        # RFC 3327: requests go by the Path.
        self.start()
        proxy = Phone(self.scene, self.stox.address)
        bob = self.handset("bob")
        path = "<sip:%s;lr>" % proxy.address
        answer = bob.register("sip:bob@192.0.2.77", extra="Path: %s\r\n"
                              "Supported: path\r\n" % path)
        self.assertEqual((answer.status, answer.get("path")), (200, path))
        self.stanza_to("bob", "by the path")
        msg = proxy.expect_message("by the path")
        self.assertEqual(msg.get("route"), path)
        self.assertIn("MESSAGE sip:bob@192.0.2.77 ", msg.line)


class Trust(Frame):
    """Only the user himself, and only as himself."""

    def test_another_users_contact(self):
        self.start()
        bob, mallory = self.handset("bob"), self.handset("alice")
        self.assertEqual(bob.register().status, 200)
        # As herself for his address; as him with her password.
        self.assertEqual(mallory.register(to=BOB).status, 403)
        self.assertEqual(mallory.register("*", 0, to=BOB).status, 403)
        self.assertEqual(mallory.register(from_uri=BOB).status, 403)
        self.assertEqual(list(bob.contacts(bob.register(False, None))),
                         [bob.contact])
        # She may say that his contact is hers: what is his stays with him.
        self.assertEqual(mallory.register(bob.contact).status, 200)
        self.stanza_to("bob", "for bob")
        bob.expect_message("for bob")
        time.sleep(0.2)
        self.assertEqual(mallory.requests.qsize(), 0)

    def test_replayed_digest(self):
        self.start()
        bob = self.handset("bob")
        self.assertEqual(bob.register().status, 200)
        bob.cseq += 2
        seen = bob.proof("REGISTER", GATEWAY)
        said = {"method": "REGISTER", "type": None, "to_uri": BOB,
                "call_id": bob.call_id, "cseq": bob.cseq}
        self.assertEqual(bob.ask(bob.message(
            GATEWAY, "", extra="Contact: <%s>\r\n" % bob.contact + seen,
            **said)).status, 200)
        # What was overheard, with a contact of the thief's, and from there.
        thief = Phone(self.scene, self.stox.address, name="bob")
        for phone in (bob, thief):
            answer = phone.ask(phone.message(
                GATEWAY, "", extra="Contact: <sip:bob@%s>\r\n" % thief.address
                + seen, **{**said, "cseq": bob.cseq + 1}))
            self.assertEqual(answer.status, 401)
        self.assertEqual(list(bob.contacts(bob.register(False, None))),
                         [bob.contact])

    def test_other_realms(self):
        # What a phone was asked for by others stands beside (RFC 3261 22.3).
        self.start()
        bob = self.handset("bob")
        self.assertEqual(bob.register().status, 200)
        other = ('Authorization: Digest username="x", realm="elsewhere", '
                 'nonce="n", uri="sip:x", response="0", qop=auth, '
                 'cnonce="c", nc=00000001\r\n')
        for before, after in ((other, ""), ("", other), (other, other)):
            bob.count += 1
            proof = authorization(bob.challenge, "MESSAGE",
                                  "sip:juliet@xmpp.test", "bob",
                                  bob.password, bob.count)
            answer = bob.ask(bob.message("sip:juliet@xmpp.test", "in",
                                         extra=before + proof + after))
            self.assertEqual(answer.status, 202)

    def test_a_peer_is_not_enough(self):
        # Loopback is a peer, yet not for the domain of the phones.
        self.open(phone=False, sip_more=USERS, component_more=REGISTRAR,
                  peers="\n    - addresses: [127.0.0.0/8]\n")
        phone = Phone(self.scene, self.stox.address, name="bob")
        answer = phone.ask(phone.message(
            GATEWAY, "", method="REGISTER", type=None, to_uri=BOB,
            extra="Contact: <sip:bob@%s>\r\n" % phone.address))
        self.assertEqual(answer.status, 401)
        self.assertEqual(phone.say("sip:juliet@xmpp.test", "x").status, 401)
        self.assertEqual(phone.say("sip:juliet@xmpp.test", "x",
                                   from_uri="sip:x@other.example").status, 403)
        self.assertEqual(self.link.bodies(), [])

    def test_from_is_his_own(self):
        self.start()
        bob = self.handset("bob")
        self.assertEqual(bob.register().status, 200)
        to = "sip:juliet@xmpp.test"
        self.assertEqual(bob.write(to, "it is me").status, 202)
        m = self.link.expect_message("it is me")
        self.assertIn(b"from='bob@sip.test'", m[2])
        for sender in ("sip:alice@sip.example", "sip:BOB@sip.example",
                       "sip:bob@xmpp.test"):
            answer = bob.write(to, "not me", from_uri=sender)
            self.assertEqual(answer.status, 403)
        # Nor is somebody else's asserted identity his.
        answer = bob.write(to, "me too", extra="P-Asserted-Identity: "
                           "<sip:alice@sip.example>\r\n")
        self.assertEqual(answer.status, 202)
        m = self.link.expect_message("me too")
        self.assertIn(b"from='bob@sip.test'", m[2])
        self.assertNotIn("not me", self.link.bodies())

    def test_unknown_users(self):
        self.start()
        nobody = self.handset("nobody")
        self.assertIn(nobody.register().status, (401, 403))
        id = self.stanza_to("nobody", "x")
        until("the error", lambda: self.link.errors().get(id))
        self.assertEqual(self.link.errors()[id], "item-not-found")


class Calls(Frame):
    """INVITE ends at once, or goes on to a PBX."""

    def call(self):
        bob = self.handset("bob")
        self.assertEqual(bob.register().status, 200)
        return bob.request("INVITE", "sip:alice@sip.example",
                           extra="Contact: <%s>\r\n" % bob.contact)

    def test_refused(self):
        self.start()
        answer = self.call()
        self.assertEqual(answer.status, 405)
        self.assertNotIn("INVITE", answer.get("allow"))

    def test_redirected(self):
        self.start("      calls: sip:pbx.example:5080\n")
        answer = self.call()
        self.assertEqual((answer.status, answer.get("contact")),
                         (302, "<sip:alice@pbx.example:5080>"))


class Forked(Frame):
    """A message to all phones of a user, RFC 3261 16.7."""

    def answer_of(self, statuses, wait=None):
        self.start()
        phones = [self.handset("bob", answer=s) for s in statuses]
        for phone in phones:
            self.assertEqual(phone.register().status, 200)
        id = self.stanza_to("bob", "all of you")
        for phone in phones:
            phone.expect_message("all of you")
        return id

    def test_first_2xx_decides(self):
        id = self.answer_of((486, 200, 603, None))
        self.stox.wait_log("to_sip_done", 5)
        time.sleep(0.3)
        self.assertNotIn(id, self.link.errors())

    def test_the_best_refusal(self):
        for statuses, condition in (((486, 480, 500), "recipient-unavailable"),
                                    ((404, 603), "recipient-unavailable"),
                                    ((500, 415), "not-acceptable")):
            with self.subTest(statuses):
                id = self.answer_of(statuses)
                until("the error", lambda id=id: self.link.errors().get(id))
                self.assertEqual(self.link.errors()[id], condition)
                self.stox.stop()
                self.setUp()

    def test_nobody(self):
        self.start()
        id = self.stanza_to("bob", "anybody there?")
        until("the error", lambda: self.link.errors().get(id))
        self.assertEqual(self.link.errors()[id], "recipient-unavailable")

    def test_order(self):
        self.start()
        bob = self.handset("bob")
        bob.register()
        for i in range(50):
            self.stanza_to("bob", "n%02d" % i)
        got = [bob.expect("MESSAGE", lambda m: m.method == "MESSAGE").text
               for _ in range(50)]
        self.assertEqual(got, ["n%02d" % i for i in range(50)])

    def test_one_is_off(self):
        """A phone that is switched off, and registered still, costs a message
        the whole time-out once; those behind it, and with it, an eighth."""
        self.start(sip_more="  timeout_ms: 4000\n")
        bob = self.handset("bob", answer=None)
        self.assertEqual(bob.register().status, 200)
        began = time.monotonic()
        ids = [self.stanza_to("bob", "first")]
        bob.expect_message("first")
        time.sleep(1)
        ids += [self.stanza_to("bob", "behind it"),
                self.stanza_to("bob", "behind that")]
        for id in ids:
            until("the error", lambda id=id: self.link.errors().get(id), 10)
            self.assertEqual(self.link.errors()[id], "remote-server-timeout")
        self.assertGreater(time.monotonic() - began, 4)
        self.assertLess(time.monotonic() - began, 7)
        began = time.monotonic()
        id = self.stanza_to("bob", "later")
        until("the error", lambda: self.link.errors().get(id), 10)
        self.assertLess(time.monotonic() - began, 2)
        # It has a chance with each one, and all of it when it is back.
        bob.on_request = lambda m: 200
        self.stanza_to("bob", "there again")
        bob.expect_message("there again")
        until("its answer", lambda: "phone_done status=200" in self.stox.log())
        bob.on_request = lambda m: None
        began = time.monotonic()
        id = self.stanza_to("bob", "off again")
        until("the error", lambda: self.link.errors().get(id), 10)
        self.assertGreater(time.monotonic() - began, 3)
        self.assertEqual(bob.register().status, 200)
        began = time.monotonic()
        id = self.stanza_to("bob", "registered")
        until("the error", lambda: self.link.errors().get(id), 10)
        self.assertGreater(time.monotonic() - began, 3)

    def test_one_of_two_is_off(self):
        """Nobody hears of the dead one while another answers."""
        self.start(sip_more="  timeout_ms: 4000\n")
        dead = self.handset("bob", answer=None)
        bob = self.handset("bob")
        self.assertEqual(dead.register().status, 200)
        self.assertEqual(bob.register().status, 200)
        for i in range(20):
            self.stanza_to("bob", "n%02d" % i)
        for i in range(20):
            bob.expect_message("n%02d" % i)
        until("the answers", lambda: self.stox.log().count(
            "to_sip_done") == 20)
        self.assertEqual(self.link.errors(), {})

    def test_gruu(self):
        # RFC 5627: one phone of several.
        self.start()
        bob, other = self.handset("bob", instance=INSTANCE), \
            self.handset("bob", instance=INSTANCE[:-1] + "9")
        answer = bob.register(extra="Supported: gruu\r\n")
        self.assertIn('pub-gruu="sip:bob@sip.example;gr=%s"' % INSTANCE,
                      answer.get("contact"))
        answer = other.register()
        self.assertNotIn("pub-gruu", "".join(answer.all("contact")))
        self.link.say("bob@sip.test/" + INSTANCE, "you alone", "g1")
        bob.expect_message("you alone")
        self.link.say("bob@sip.test/gone", "both", "g2")
        bob.expect_message("both")
        other.expect_message("both")
        self.assertEqual(other.requests.qsize(), 0)


class Flows(Frame):
    """RFC 5626: phones behind NAT are reached on the connection, or at the
    address, that they came from."""

    def nat(self, transport, name="bob", extra="Supported: outbound, path\r\n",
            reg_id=1, **kw):
        phone = self.handset(name, transport=transport, instance=INSTANCE)
        phone.stop_listening()
        more = ";transport=" + transport
        answer = phone.register("sip:bob@192.0.2.66:7" + more,
                                params=";reg-id=%d" % reg_id, extra=extra,
                                **kw)
        return phone, answer

    def test_tcp(self):
        self.start(more="", sip_more="  tcp:\n    idle_ms: 1000\n")
        bob, answer = self.nat("tcp")
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.get("require"), "outbound")
        self.assertEqual(answer.get("flow-timer"), "120")
        self.assertIn("reg-id=1", answer.get("contact"))
        time.sleep(2.5) # longer than other connections may be idle
        self.stanza_to("bob", "through the NAT")
        msg = bob.expect_message("through the NAT")
        self.assertIn("MESSAGE sip:bob@192.0.2.66:7;transport=tcp ", msg.line)
        # A keep-alive is answered.
        bob.tcp.sendall(b"\r\n\r\n")
        # The same instance and reg-id: the new flow takes the old one's place.
        again, answer = self.nat("tcp")
        self.assertEqual(len(answer.all("contact")), 1)
        self.stanza_to("bob", "the new one")
        again.expect_message("the new one")
        self.assertEqual(bob.requests.qsize(), 0)
        # With the connection its binding goes, when it is wanted next.
        again.close()
        until("the connection to go", lambda: self.stox.log().count(
            "conn_closed") >= 1)
        id = self.stanza_to("bob", "gone")
        bob.close()
        until("the error", lambda: self.link.errors().get(id))
        self.assertEqual(self.link.errors()[id], "recipient-unavailable")

    def test_two_flows(self):
        self.start()
        one, _ = self.nat("tcp")
        two, answer = self.nat("tcp", reg_id=2)
        self.assertEqual(len(answer.all("contact")), 2)
        self.assertEqual(one.requests.qsize() + two.requests.qsize(), 0)

    def test_udp(self):
        for extra in ("Supported: outbound\r\n", ""):
            self.start()
            bob, answer = self.nat("udp", extra=extra)
            self.assertEqual(answer.status, 200)
            self.stanza_to("bob", "pinhole")
            bob.expect_message("pinhole")
            self.stox.kill()
            self.stox.start()
            self.link = self.fake.next_link()
            self.stanza_to("bob", "still")
            bob.expect_message("still")
            self.stox.stop()
            self.setUp()

    def test_tcp_without_outbound(self):
        self.start()
        bob, answer = self.nat("tcp", extra="")
        self.assertNotIn("reg-id", answer.get("contact"))
        self.stanza_to("bob", "the same way")
        bob.expect_message("the same way")

    def test_tcp_gone(self):
        # The Contact of a phone without outbound is the end of its connection:
        # when that is gone nobody listens there, and nobody waits for it.
        self.start("      contacts_max: 2\n")
        carol = self.handset("carol")
        self.assertEqual(carol.register().status, 200)
        for i in range(4):
            bob = self.handset("bob", transport="tcp")
            bob.stop_listening()
            bob.send(b"\r\n\r\n")
            contact = "sip:bob@%s:%d;transport=tcp" % bob.tcp.getsockname()
            # ... and the dead ones are not in the way of the next.
            self.assertEqual(bob.register(contact).status, 200)
            self.stanza_to("bob", "there %d" % i)
            bob.expect_message("there %d" % i)
            bob.close()
            until("the connection to go", lambda: self.stox.log().count(
                "closed by the peer") > i)
        id = self.stanza_to("bob", "gone")
        until("the error", lambda: self.link.errors().get(id), 10)

    def test_first_hop_must_keep_it(self):
        self.start()
        bob = self.handset("bob", instance=INSTANCE)
        via = "Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKb\r\n"
        more = "Supported: outbound, path\r\n" + via
        answer = bob.register(params=";reg-id=1", extra=more)
        self.assertEqual(answer.status, 439)
        answer = bob.register(params=";reg-id=1", extra=more +
                              "Path: <sip:127.0.0.1:9;lr;ob>\r\n")
        self.assertEqual(answer.status, 200)

    def test_change_of_address(self):
        # The phone comes back elsewhere, with the same reg-id.
        self.start()
        old, _ = self.nat("udp")
        new, answer = self.nat("udp")
        self.assertEqual(len(answer.all("contact")), 1)
        self.stanza_to("bob", "moved")
        new.expect_message("moved")
        self.assertEqual(old.requests.qsize(), 0)


class TlsHandset(Handset, TlsPhone):  # no scenario
    pass


class FlowsOverTls(Bed, Frame):
    """The same over TLS, where a phone has no certificate: nobody but itself
    can open the connection."""

    def start(self, **kw):
        port = free_port()
        super().start(sip_more="  tcp:\n    idle_ms: 1000\n" + self.tls(),
                      listens=["tls:127.0.0.1:%d" % port], **kw)
        self.tls_address = ("127.0.0.1", port)

    def nat(self):
        phone = TlsHandset(self.scene, self.tls_address, "bob",
                           instance=INSTANCE, identity=None, ca=self.ca)
        phone.stop_listening()
        return phone, phone.register(
            "sip:bob@192.0.2.66:7;transport=tls", params=";reg-id=1",
            extra="Supported: outbound, path\r\n")

    def test_reached(self):
        self.start()
        bob, answer = self.nat()
        self.assertEqual((answer.status, answer.get("require"),
                          answer.get("flow-timer")), (200, "outbound", "120"))
        self.assertIn("reg-id=1", answer.get("contact"))
        time.sleep(2.5)  # longer than other connections may be idle
        self.stanza_to("bob", "through the NAT")
        msg = bob.expect_message("through the NAT")
        self.assertIn("MESSAGE sip:bob@192.0.2.66:7;transport=tls ", msg.line)
        self.assertTrue(msg.get("via").startswith("SIP/2.0/TLS "))
        # What it writes goes the same way.
        self.assertEqual(bob.write("sip:juliet@xmpp.test", "out").status, 202)
        self.link.expect_message("out")
        # The same instance and reg-id: the new flow takes the old one's place.
        again, answer = self.nat()
        self.assertEqual(len(answer.all("contact")), 1)
        self.stanza_to("bob", "the new one")
        again.expect_message("the new one")
        self.assertEqual(bob.requests.qsize(), 0)

    def test_gone(self):
        self.start()
        bob, answer = self.nat()
        self.assertEqual(answer.status, 200)
        bob.close()
        self.stox.wait_log("conn_closed")
        id = self.stanza_to("bob", "gone")
        until("the error", lambda: self.link.errors().get(id))
        self.assertEqual(self.link.errors()[id], "recipient-unavailable")


class Between(Case):
    """Two phones of the domain, through the XMPP server and back."""

    def start(self):
        self.open(phone=False, peers=NOWHERE, sip_more=USERS,
                  component_more=REGISTRAR,
                  name=secrets.token_hex(4) + ".yml")

    def handset(self, name, **kw):
        return Handset(self.scene, self.stox.address, name, **kw)

    def test_messages(self):
        self.start()
        alice, bob = self.handset("alice"), self.handset("bob")
        for phone in (alice, bob):
            self.assertEqual(phone.register().status, 200)
        self.assertEqual(alice.write(BOB, "hello bob").status, 202)
        msg = bob.expect_message("hello bob")
        self.assertIn("<sip:alice@sip.example", msg.get("from"))
        self.assertIn("<sip:bob@sip.example", msg.get("to"))
        self.assertEqual(bob.write(alice.uri, "hello alice").status, 202)
        alice.expect_message("hello alice")
        # Through the server: it went over the component link.
        self.stox.wait_log("to_xmpp ")
        self.stox.wait_log("to_phones ")
        # And with the people in XMPP.
        juliet = self.person()
        self.assertEqual(alice.write(self.user_uri, "to juliet").status, 202)
        juliet.expect_message("to juliet")
        juliet.say("alice@" + self.server.component, "to alice")
        alice.expect_message("to alice")

    def test_nobody_there(self):
        self.start()
        alice = self.handset("alice")
        alice.register()
        self.assertEqual(alice.write(BOB, "x").status, 480)
        self.assertEqual(alice.write("sip:who@sip.example", "x").status, 404)
        # His phone refuses: nothing goes round for ever.
        bob = self.handset("bob", answer=486)
        bob.register()
        self.assertIn(alice.write(BOB, "busy?").status, (202, 486, 480, 503))
        bob.expect_message("busy?")
        time.sleep(0.5)
        self.assertEqual(bob.requests.qsize(), 0)
        self.assertEqual(alice.requests.qsize(), 0)


class BetweenOnEjabberd(Between):
    server_name = "ejabberd"


if __name__ == "__main__":
    unittest.main()
