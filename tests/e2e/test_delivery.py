"""Once, in order, and each with an answer of its own (DESIGN.md §2)."""
import threading
import unittest

from lib.case import Case
from lib.person import local, text
from lib.scene import until


def bodies(person):
    return [text(e, "body") for e in person.seen if local(e) == "message"]


class FromSip(Case):
    def finals(self, count):
        """So many final responses."""
        out = []
        while len(out) < count:
            msg = self.phone.responses.get(timeout=20)
            if msg.status >= 200:
                out.append(msg)
        return out

    def behind(self, juliet):
        """A message behind the others; what came before it is in seen."""
        self.phone.say(self.user_uri, "behind")
        juliet.expect_message("behind")

    def test_a_copy_is_one_stanza_and_the_same_answer(self):
        self.open()
        juliet = self.person()
        data = self.phone.message(self.user_uri, "once")
        for _ in range(3):
            self.phone.send(data)
        first = self.finals(1)[0]
        self.assertEqual(first.status, 202)
        for _ in range(3):  # its answer was lost
            self.phone.send(data)
        for msg in self.finals(3):
            self.assertEqual(msg.data, first.data)
        juliet.expect_message("once")
        self.behind(juliet)
        self.assertEqual(bodies(juliet), [])

    def test_accepted_says_no_more(self):
        """RFC 3428 §7: a 2xx has no body and no Contact."""
        self.open()
        answer = self.phone.say(self.user_uri, "bare", extra="Contact: "
                                "<sip:romeo@%s>\r\n" % self.phone.address)
        self.assertEqual(answer.status, 202)
        self.assertEqual(answer.body, b"")
        self.assertIsNone(answer.get("contact"))

    def test_a_copy_of_what_was_refused(self):
        self.open()
        for uri, status, kw in (
                ("sip:nobody@xmpp.test", 404, {}),
                (self.user_uri, 415, {"type": "image/png"})):
            data = self.phone.message(uri, "x", **kw)
            first = self.phone.ask(data)
            self.assertEqual(first.status, status)
            self.phone.send(data)
            self.assertEqual(self.finals(1)[0].data, first.data)

    def test_the_same_by_another_path(self):
        """RFC 3261 §8.2.2.2."""
        self.open()
        juliet = self.person()
        same = {"call_id": "merged", "tag": "t", "cseq": 7}
        self.assertEqual(self.phone.say(self.user_uri, "m", **same).status,
                         202)
        self.assertEqual(self.phone.say(self.user_uri, "m", **same).status,
                         482)
        juliet.expect_message("m")
        same["cseq"] = 8
        self.assertEqual(self.phone.say(self.user_uri, "m2", **same).status,
                         202)
        juliet.expect_message("m2")
        self.assertEqual(bodies(juliet), [])

    def test_order(self):
        self.open()
        juliet = self.person()
        for i in range(100):
            self.phone.send(self.phone.message(self.user_uri, "o%d" % i))
        for msg in self.finals(100):
            self.assertEqual(msg.status, 202)
        self.behind(juliet)
        self.assertEqual(bodies(juliet), ["o%d" % i for i in range(100)])

    def test_order_tcp(self):
        self.open()
        self.phone.transport = "tcp"
        juliet = self.person()
        self.phone.send(b"".join(
            self.phone.message(self.user_uri, "o%d" % i) for i in range(100)))
        for msg in self.finals(100):
            self.assertEqual(msg.status, 202)
        self.behind(juliet)
        self.assertEqual(bodies(juliet), ["o%d" % i for i in range(100)])

    def test_stanza_ids_differ(self):
        self.open()
        juliet = self.person()
        ids = set()
        for i in range(5):
            self.phone.say(self.user_uri, "same body", call_id="same",
                           cseq=i + 1)
            ids.add(juliet.expect_message("same body").get("id"))
        self.assertEqual(len(ids), 5)
        self.assertNotIn(None, ids)

    def test_too_fast(self):
        self.open(more="limits: {sender_per_s: 1, sender_burst: 5}\n")
        juliet = self.person()
        for i in range(20):
            self.phone.send(self.phone.message(self.user_uri, "f%d" % i))
        answers = self.finals(20)
        refused = [a for a in answers if a.status == 503]
        self.assertTrue(13 <= len(refused) <= 15, len(refused))
        for a in refused:
            self.assertTrue(int(a.get("retry-after")) >= 1)
        self.assertEqual(len([a for a in answers if a.status == 202]),
                         20 - len(refused))
        # Another sender is not held up by this one.
        self.assertEqual(self.phone.say(
            self.user_uri, "me", from_uri="sip:mercutio@sip.example").status,
            202)
        juliet.expect_message("me")
        self.assertEqual(len(bodies(juliet)), 20 - len(refused))

    def test_more_than_can_be_remembered(self):
        """What cannot be told from a copy is not taken, and the log says why."""
        self.open(more="limits: {replay_max: 100}\n")
        juliet = self.person()
        for i in range(110):
            self.phone.send(self.phone.message(self.user_uri, "r%d" % i))
        answers = self.finals(110)
        refused = [a for a in answers if a.status == 503]
        self.assertEqual(len(refused), 10)
        for a in refused:
            self.assertTrue(int(a.get("retry-after")) >= 1)
        juliet.expect_message("r99")
        self.assertEqual(len(bodies(juliet)), 99)
        self.stox.wait_log("replay_full requests=100")
        self.assertEqual(self.stox.log().count("replay_full"), 1)


class Held:
    """A phone that holds its answers back until it is told to give them."""

    def __init__(self, phone):
        self.phone = phone
        self.lock = threading.Lock()
        self.held = []
        self.seen = set()
        phone.on_request = self.take

    def take(self, msg):
        with self.lock:
            key = msg.get("via")
            if key not in self.seen:
                self.seen.add(key)
                self.held.append(msg)

    def waiting(self):
        with self.lock:
            return [m.text for m in self.held]

    def answer(self, status=200):
        with self.lock:
            msg = self.held.pop(0)
        self.phone.udp.sendto(self.phone.response(msg, status), msg.source)
        return msg.text


class ToSip(Case):
    def test_one_at_a_time_to_each_target(self):
        """RFC 3428 §8."""
        self.open()
        held = Held(self.phone)
        juliet = self.person()
        for i in range(5):
            juliet.say(self.contact, "r%d" % i)
        juliet.say("mercutio@sip.test", "m0")
        until("both firsts", lambda: sorted(held.waiting()) == ["m0", "r0"])
        self.assertEqual(len(held.waiting()), 2)
        # Whatever else was on the way would have come by now: a third target
        # overtakes the four that wait.
        juliet.say("tybalt@sip.test", "t0")
        until("the third", lambda: "t0" in held.waiting())
        self.assertEqual(len(held.waiting()), 3)
        got = []
        while len(got) < 7:
            until("the next", held.waiting)
            self.assertLessEqual(
                len([b for b in held.waiting() if b[0] == "r"]), 1)
            got.append(held.answer())
        self.assertEqual([b for b in got if b[0] == "r"],
                         ["r%d" % i for i in range(5)])

    def test_a_failure_does_not_stop_the_queue(self):
        self.open()
        held = Held(self.phone)
        juliet = self.person()
        for i in range(6):
            juliet.say(self.contact, "r%d" % i, id="r%d" % i)
        for i in range(6):
            until("r%d" % i, lambda: held.waiting() == ["r%d" % i])
            held.answer(486 if i % 2 else 200)
        for i in (1, 3, 5):
            juliet.expect_error("r%d" % i, "recipient-unavailable")

    def test_full_queue(self):
        self.open(more="limits: {conversation_queue_max: 5}\n")
        held = Held(self.phone)
        juliet = self.person()
        for i in range(12):
            juliet.say(self.contact, "q%d" % i, id="q%d" % i)
        el = juliet.expect_error("q11", "resource-constraint")
        self.assertEqual(el.find("{*}error").get("type"), "wait")
        refused = {"q11"} | {e.get("id") for e in juliet.seen
                             if e.get("type") == "error"}
        kept = ["q%d" % i for i in range(12) if "q%d" % i not in refused]
        self.assertIn(len(kept), (5, 6))
        self.assertEqual(kept, ["q%d" % i for i in range(len(kept))])
        got = []
        while len(got) < len(kept):
            until("the next", held.waiting)
            got.append(held.answer())
        self.assertEqual(got, kept)

    def test_too_fast(self):
        self.open(more="limits: {sender_per_s: 1, sender_burst: 5}\n")
        juliet = self.person()
        for i in range(15):
            juliet.say(self.contact, "f%d" % i, id="f%d" % i)
        el = juliet.expect_error("f14", "resource-constraint")
        self.assertEqual(el.find("{*}error").get("type"), "wait")
        errors = 1 + len([e for e in juliet.seen if e.get("type") == "error"])
        self.assertTrue(9 <= errors <= 10, errors)
        for _ in range(15 - errors):
            self.phone.expect("a message that was taken")

    def test_lost_datagrams(self):
        """Requests again after T1, answers from the phone's transaction."""
        self.open(sip_more="  t1_ms: 50\n")
        lost = {}

        def on_request(msg):
            n = lost[msg.get("via")] = lost.get(msg.get("via"), 0) + 1
            return 200 if n >= 3 else None
        self.phone.on_request = on_request
        juliet = self.person()
        for i in range(5):
            juliet.say(self.contact, "l%d" % i, id="l%d" % i)
        until("all through", lambda: len(lost) == 5 and
              all(n >= 3 for n in lost.values()))
        juliet.ask("sip.test", "<ping xmlns='urn:xmpp:ping'/>")
        self.assertEqual([e.get("id") for e in juliet.seen
                          if e.get("type") == "error"], [])
        self.stox.wait_log("to_sip_done", count=5)

    def test_answers_twice_and_stray(self):
        """Copies of an answer and answers to nothing do no harm."""
        self.open()

        def on_request(msg):
            for _ in range(3):
                self.phone.udp.sendto(self.phone.response(msg, 200),
                                      msg.source)
            stray = self.phone.response(msg, 404).replace(
                b"branch=", b"branch=z9hG4bKstray")
            self.phone.udp.sendto(stray, msg.source)
            other = self.phone.response(msg, 404).replace(b"MESSAGE",
                                                          b"INVITE")
            return other
        self.phone.on_request = on_request
        juliet = self.person()
        for i in range(5):
            juliet.say(self.contact, "s%d" % i, id="s%d" % i)
            self.phone.expect_message("s%d" % i)
        juliet.ask("sip.test", "<ping xmlns='urn:xmpp:ping'/>")
        self.assertEqual([e.get("id") for e in juliet.seen
                          if e.get("type") == "error"], [])

    def test_a_provisional_answer(self):
        """RFC 4320: 100 slows retransmissions, a final one may come later."""
        self.open(sip_more="  t1_ms: 50\n")
        held = Held(self.phone)
        juliet = self.person()
        juliet.say(self.contact, "p", id="p")
        until("p", held.waiting)
        msg = held.held[0]
        self.phone.udp.sendto(self.phone.response(msg, 100), msg.source)
        until("a copy", lambda: self.phone.requests.qsize() >= 1)
        held.answer()
        juliet.say(self.contact, "next")
        until("next", held.waiting)
        held.answer()
        self.assertEqual(bodies(juliet), [])


if __name__ == "__main__":
    unittest.main()
