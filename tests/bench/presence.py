#!/usr/bin/python3
"""Subscriptions in numbers: so many in each direction, then what each took of
CPU and memory, and what a change costs. Part of run.sh; also by hand:

    tests/bench/presence.py --tools build-bench/load --stoxd build/stoxd \\
        --count 100000 [--steps 1000,10000,100000] [--under 'valgrind ...']

--steps sets up the whole in parts and says what each part cost: that it does
not grow is the point. SQLite on disk unless --store says otherwise."""
import argparse
import os
import shlex
import tempfile
import time

from contest import GATEWAY_CORE, LOAD_CORE, free_port
from program import Failed, Program

CONFIG = """
components:
  - domain: sip.xmpp.test
    server: xmpp.test
    port: %(xmpp)d
    secret: bench
    sip_domain: sip.test
sip:
  listen: ["udp:127.0.0.1:%(sip)d"]
  outbound_proxy: "sip:127.0.0.1:%(peer)d;lr"
  peers: [{addresses: [127.0.0.0/8], domains: [sip.test]}]
limits: {sender_per_s: 0}
store: {path: %(store)s}
presence: {subscriptions_max: 10000000}
"""
WINDOW = 500
NOTIFY_EVERY_S = 5.5    # a watcher is told at most once in five seconds
STORMS = ("out", "in", "tell-in", "tell-out")
NAMES = {"out": "users watch contacts", "in": "contacts watch users",
         "tell-in": "NOTIFY to contacts", "tell-out": "presence to users"}


class Presence:
    """One stoxd between the two sides of a storm."""

    def __init__(self, tools, stoxd, folder, under=()):
        self.log = open(os.path.join(folder, "log"), "wb")
        self.storm = Program([os.path.join(tools, "storm")], LOAD_CORE)
        self.port = free_port()
        self.path = os.path.join(folder, "stox.yml")
        self.command = [*under, stoxd, "-c", self.path]
        self.gateway = None
        with open(self.path, "w", encoding="ascii") as f:
            f.write(CONFIG % {
                "xmpp": self.storm.first["port"], "sip": self.port,
                "peer": self.storm.first["sip"],
                "store": os.path.join(folder, "stox.db")})
        os.chmod(self.path, 0o600)

    def start(self):
        since = time.monotonic()
        self.gateway = Program(self.command, GATEWAY_CORE, log=self.log,
                               wants_answer=False)
        self.storm.answer(120)
        self.storm.ask("gateway", self.port)
        return time.monotonic() - since

    def kill(self):
        self.gateway.process.kill()
        self.gateway.process.wait()

    def close(self):
        for p in (self.gateway, self.storm):
            if p is not None:
                p.stop()
        self.log.close()

    def run(self, storm, first, count, window=WINDOW):
        """Rate, CPU by thread and memory of one storm."""
        cpu, rss = self.gateway.cpu_ns(), self.gateway.rss_kb()
        loop = self.gateway.cpu_ns(main_only=True)
        r = self.storm.ask(storm, first, count, window, timeout=3600)
        n = max(1, r["done"])
        cpu = self.gateway.cpu_ns() - cpu
        loop = self.gateway.cpu_ns(main_only=True) - loop
        r["rate"] = n * 1000 / max(1, r["ms"])
        r["cpu_us"] = cpu / 1e3 / n
        r["loop_us"] = loop / 1e3 / n
        r["bytes"] = (self.gateway.rss_kb() - rss) * 1024 / n
        r["lacking"] = r["sent"] - r["done"]
        return r


def show(name, r):
    print("%-22s %8d in %6.1f s = %6.0f/s; CPU us each %6.1f (loop %5.1f); "
          "%5.0f bytes each; again %d, refused %d, lacking %d"
          % (name, r["done"], r["ms"] / 1000, r["rate"], r["cpu_us"],
             r["loop_us"], r["bytes"], r["again"], r["refused"],
             r["lacking"]), flush=True)


def measure(p, o):
    """The storms that are asked for, in the steps that are asked for."""
    for storm in o.storms.split(","):
        first = 0
        if storm.startswith("tell"):
            time.sleep(NOTIFY_EVERY_S)
            show(NAMES[storm], p.run(storm, 0, o.count, o.window))
            continue
        for step in o.steps or [o.count]:
            show("%s to %d" % (storm, step) if o.steps else NAMES[storm],
                 p.run(storm, first, step - first, o.window))
            first = step


def main():
    a = argparse.ArgumentParser(description=__doc__)
    a.add_argument("--tools", default="build-bench/load")
    a.add_argument("--stoxd", default="build-bench/stox/stoxd")
    a.add_argument("--count", type=int, default=100000)
    a.add_argument("--steps", default="", type=lambda t: [
        int(n) for n in t.split(",") if n])
    a.add_argument("--storms", default=",".join(STORMS))
    a.add_argument("--window", type=int, default=WINDOW)
    a.add_argument("--under", default="", help="of valgrind and its like")
    a.add_argument("--restart", action="store_true",
                   help="kill -9 in the end, and see it come back")
    o = a.parse_args()
    if o.steps:
        o.count = o.steps[-1]
    with tempfile.TemporaryDirectory(dir=os.getcwd()) as folder:
        p = Presence(o.tools, o.stoxd, folder, shlex.split(o.under))
        try:
            p.start()
            measure(p, o)
            print("RSS %.1f MB" % (p.gateway.rss_kb() / 1024))
            if o.restart:
                p.kill()
                print("up %.1f s after kill -9, RSS %.1f MB"
                      % (p.start(), p.gateway.rss_kb() / 1024))
        except Failed as e:
            raise SystemExit("presence: %s" % e) from e
        finally:
            p.close()


if __name__ == "__main__":
    main()
