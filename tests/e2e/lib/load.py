"""A phone that sends many messages at a rate, each again until it has its
final answer, and keeps the books."""
import collections
import heapq
import os
import queue
import sys
import threading
import time

from .person import local, text


# For long runs (tests/long.sh): so many times the messages.
SCALE = int(os.environ.get("STOX_TEST_SCALE", "1"))


class Load:
    """COUNT messages PREFIX0, PREFIX1, ... to uri, RATE a second; enough()
    ends it earlier. The books are closed when wait() has returned."""

    def __init__(self, phone, uri, count, rate, prefix="n", give_up_s=32,
                 body="%s"):
        self.phone, self.uri = phone, uri
        self.count, self.rate, self.prefix = count, rate, prefix
        self.body, self.give_up_s = body, give_up_s
        self.status = {}          # name -> final status
        self.no_retry_after = []  # 503 without it
        self.slowest_s = 0.0
        self.copies = self.sent = 0
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        start = time.monotonic()
        sent, open_, due = 0, {}, []
        while sent < self.count or open_:
            now = time.monotonic()
            while sent < self.count and now >= start + sent / self.rate:
                name = "%s%d" % (self.prefix, sent)
                call_id = "load-" + name + "-" + self.phone.address
                data = self.phone.message(
                    self.uri, self.body % name, call_id=call_id)
                open_[call_id] = (name, data, now)
                heapq.heappush(due, (now + 0.5, 0.5, call_id))
                self.phone.send(data)
                sent += 1
                self.sent = sent
            self.resend(due, open_, now)
            self.read(open_)

    def enough(self):
        self.count = 0
        return self

    def resend(self, due, open_, now):
        while due and due[0][0] <= now:
            _, pause, call_id = heapq.heappop(due)
            if call_id not in open_:
                continue
            name, data, since = open_[call_id]
            if now - since > self.give_up_s:
                self.status[name] = 0
                del open_[call_id]
                continue
            self.phone.send(data)
            self.copies += 1
            pause = min(pause * 2, 4)
            heapq.heappush(due, (now + pause, pause, call_id))

    def read(self, open_):
        end = time.monotonic() + 0.01
        while True:
            try:
                msg = self.phone.responses.get(
                    timeout=max(0.0005, end - time.monotonic()))
            except queue.Empty:
                return
            call_id = msg.get("call-id")
            if msg.status < 200 or call_id not in open_:
                continue
            name, _, since = open_.pop(call_id)
            self.status[name] = msg.status
            self.slowest_s = max(self.slowest_s, time.monotonic() - since)
            if msg.status == 503 and not msg.get("retry-after"):
                self.no_retry_after.append(name)

    def wait(self, timeout=60):
        self.thread.join(timeout)
        if self.thread.is_alive():
            raise AssertionError("load: no end")
        return self

    def named(self, *statuses):
        return {n for n, s in self.status.copy().items()
                if s in statuses}

    @property
    def accepted(self):
        return self.named(200, 202)


class Books:
    """What arrived: name -> the stanza ids that it came with."""

    def __init__(self):
        self.ids = collections.defaultdict(list)
        self.order = []

    def take(self, person):
        """Everything that a person has got so far."""
        while not person.stanzas.empty():
            person.seen.append(person.stanzas.get_nowait())
        for el in person.seen:
            if local(el) == "message" and el.get("type") != "error":
                self.note(text(el, "body"), el.get("id"))
        person.seen.clear()
        return self

    def note(self, body, id):
        if body is not None:
            name = body.split()[0]
            self.ids[name].append(id)
            self.order.append(name)

    def tell(self, what, load):
        """A line for who runs it longer."""
        if SCALE > 1:
            accepted = load.accepted
            print("%s: sent %d, accepted %d, refused %d, lost %d, doubled %d"
                  % (what, load.sent, len(accepted),
                     load.sent - len(accepted),
                     len(accepted - set(self.ids)), len(self.doubled())),
                  file=sys.stderr)

    def doubled(self):
        return {n for n, ids in self.ids.items() if len(ids) > 1}

    def doubled_with_other_id(self):
        return {n for n, ids in self.ids.items() if len(set(ids)) > 1}

    def first_arrivals(self):
        return list(dict.fromkeys(self.order))
