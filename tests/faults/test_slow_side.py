"""A SIP side that takes less than the XMPP side gives (gateway/brake.c)."""
import time
import unittest

from lib.case import FakeCase
from lib.scene import until

LIMITS = "limits: {running_max: 100, sender_per_s: 0}\n"


class SlowSide(FakeCase):
    def flood(self, count):
        for i in range(count):
            self.link.say("c%d@sip.test" % i, "m%d" % i, "id%d" % i)

    def test_nothing_is_refused_while_it_answers(self):
        """Four times as many as may wait: the XMPP server waits instead."""
        self.open(more=LIMITS)

        def slowly(_msg):
            time.sleep(0.001)
            return 200
        self.phone.on_request = slowly
        self.phone.forget_copies()
        self.flood(4000)
        until("all messages", lambda: self.phone.requests.qsize() >= 4000, 60)
        bodies = {self.phone.requests.get().text for _ in range(4000)}
        self.assertEqual(len(bodies), 4000)
        self.assertEqual(self.link.errors(), {})

    def test_the_barrier_does_not_wait_for_it(self):
        """Messages to XMPP go on at their pace, since the stream is read again
        when the server's answer to the ping is late."""
        self.open(more=LIMITS)

        def slowly(_msg):
            time.sleep(0.01)
            return 200
        self.phone.on_request = slowly
        self.flood(1500)
        for i in range(3):
            self.assertEqual(
                self.phone.say(self.user_uri, "up%d" % i).status, 202)

    def test_a_dead_one_is_not_waited_for(self):
        """Nobody answers: what is too much is refused soon, and the other way
        works."""
        self.open(None, more=LIMITS)
        self.flood(2000)
        until("refusals", lambda: len(self.link.errors()) >= 900, 20)
        self.assertEqual(set(self.link.errors().values()),
                         {"resource-constraint"})
        self.assertEqual(self.phone.say(self.user_uri, "up").status, 202)


if __name__ == "__main__":
    unittest.main()
