#!/usr/bin/python3
"""Hours of everyday life: messages both ways at one rate, and presence that
changes, counted to the last one. A line for each part; the end is an error
where a message was lost or came twice, a change was not told, or memory or
descriptors grew behind the first tenth.

    tests/bench/soak.py --tools build-bench/load --stoxd build/stoxd \\
        [--hours 24] [--rate 100] [--watched 1000]"""
import argparse
import os
import tempfile
import time

from contest import Stoxd
from presence import NOTIFY_EVERY_S, Presence
from program import Failed

PART_S = 60
SETTLE_S = 40           # an answer, or Timer F
GROWTH_MAX_KB = 8 * 1024
WINDOW = 50
TRIES = 20
PAUSE_S = 5             # what a refusal asks for at least (Retry-After)
ASK_AGAIN_S = 3300      # contacts subscribe for an hour, and never refresh


class Soak:
    """Two gateways: one for messages, one for presence with its store."""

    def __init__(self, o, folder):
        self.o = o
        os.environ["STOXD"] = o.stoxd
        self.messages = Stoxd(o.tools, "s2x", "udp")
        self.presence = Presence(o.tools, o.stoxd, folder)
        self.presence.start()
        self.gateways = self.messages.gateway, self.presence.gateway
        self.wrong = {"lost": 0, "doubled": 0, "untold": 0}
        self.sent = self.told = self.refused = self.copies = self.part = 0
        self.subscribed = None

    def close(self):
        self.messages.close()
        self.presence.close()

    def storm(self, name):
        """All of them, once; how many were refused."""
        r = self.presence.storm.ask(name, 0, self.o.watched, WINDOW,
                                    timeout=600)
        self.wrong["untold"] += self.o.watched - r["done"] - r["refused"]
        self.told += r["done"]
        return r["refused"]

    def subscribe(self, name):
        """A store that is not well (a slow disk) refuses: ask again."""
        for _ in range(TRIES):
            if self.storm(name) == 0:
                return
            time.sleep(PAUSE_S)
        raise Failed("subscriptions are refused: is the disk slow?")

    def change_for(self, seconds):
        """Presence for so long, subscribed to first where it is time."""
        end = time.monotonic() + seconds
        if self.subscribed is None:
            self.subscribe("out")
        if self.subscribed is None or \
                time.monotonic() - self.subscribed > ASK_AGAIN_S:
            self.subscribe("in")
            self.subscribed = time.monotonic()
        while time.monotonic() + NOTIFY_EVERY_S < end:
            time.sleep(NOTIFY_EVERY_S)
            self.storm("tell-in")
            self.storm("tell-out")
        time.sleep(max(0, end - time.monotonic()))

    def run_part(self):
        m, self.part = self.messages, self.part + 1
        for program in m.sink, m.uas:
            program.ask("reset", self.part % 65536)
        for program in m.sink, m.uac:
            program.say("send", self.part % 65536, self.o.rate, PART_S)
        self.change_for(PART_S)
        from_xmpp = m.sink.answer(SETTLE_S + 60)
        from_sip = m.uac.answer(SETTLE_S + 60)
        end = time.monotonic() + SETTLE_S
        while True:
            phones, users = m.uas.ask("count"), m.sink.ask("count")
            if phones["distinct"] + users["errors"] >= from_xmpp["sent"] or \
                    time.monotonic() > end:
                break
            time.sleep(0.1)
        self.sent += from_xmpp["sent"] + from_sip["sent"]
        self.refused += users["errors"] + from_sip["sent"] - from_sip["ok"]
        self.copies += phones["copies"] + from_sip["retransmitted"]
        # Without an end; or with a 2xx, and did not arrive.
        self.wrong["lost"] += \
            from_xmpp["sent"] - phones["distinct"] - users["errors"] + \
            max(0, from_sip["ok"] - users["distinct"])
        self.wrong["doubled"] += phones["duplicates"] + users["duplicates"]

    def sizes(self):
        """(kB, descriptors) of both."""
        return (sum(g.rss_kb() for g in self.gateways),
                sum(len(os.listdir("/proc/%d/fd" % g.pid))
                    for g in self.gateways))

    def show(self, since):
        kb, descriptors = self.sizes()
        print("%6.2f h: %d messages (%d refused, %d copies), %d changes; %s; "
              "%d kB, %d descriptors"
              % ((time.monotonic() - since) / 3600, self.sent, self.refused,
                 self.copies, self.told,
                 ", ".join("%s %d" % w for w in self.wrong.items()), kb,
                 descriptors), flush=True)

    def run(self):
        since, start = time.monotonic(), None
        end = since + self.o.hours * 3600
        while time.monotonic() < end:
            self.run_part()
            self.show(since)
            if start is None and \
                    time.monotonic() - since > self.o.hours * 360:
                start = self.sizes()
        grown = [b - a for a, b in zip(start, self.sizes())]
        print("grown behind the first tenth: %d kB, %d descriptors"
              % tuple(grown))
        if any(self.wrong.values()) or grown[0] > GROWTH_MAX_KB or grown[1] > 0:
            raise SystemExit("soak: this is not right")


def main():
    a = argparse.ArgumentParser(description=__doc__)
    a.add_argument("--tools", default="build-bench/load")
    a.add_argument("--stoxd", default="build-bench/stox/stoxd")
    a.add_argument("--hours", type=float, default=24)
    a.add_argument("--rate", type=int, default=100)
    a.add_argument("--watched", type=int, default=1000)
    o = a.parse_args()
    with tempfile.TemporaryDirectory(dir=os.getcwd()) as folder:
        s = Soak(o, folder)
        try:
            s.run()
        except Failed as e:
            raise SystemExit("soak: %s" % e) from e
        finally:
            s.close()


if __name__ == "__main__":
    main()
