"""XMPP servers of the tests' own that take their time."""
import re
import threading
import time

from .fakeserver import PING, FakeServer


class FarServer(FakeServer):
    """Answers each ping behind WAY_S, and says how many there were."""
    WAY_S = 0.08
    pings = 0

    def answer_pings(self, link, start):
        for m in PING.finditer(link.data, max(0, start - 200)):
            id = re.search(rb"id='([^']*)'", m.group(1)).group(1)
            if id in link.answered:
                continue
            link.answered.add(id)
            self.pings += 1
            threading.Timer(self.WAY_S, link.send, (
                b"<iq type='result' id='" + id + b"'/>",)).start()


class SlowServer(FakeServer):
    """Takes PER_S messages a second, and answers a ping when it has read what
    is before it."""
    PER_S = 150
    seen = 0

    def answer_pings(self, link, start):
        for m in re.finditer(rb"</message>|<iq ([^>]*)><ping ",
                             link.data[self.seen:]):
            self.end = self.seen + m.end()
            if m.group(1) is None:
                time.sleep(1 / self.PER_S)
                continue
            id = re.search(rb"id='([^']*)'", m.group(1)).group(1)
            link.send(b"<iq type='result' id='" + id + b"'/>")
        self.seen = max(self.seen, getattr(self, "end", 0))
