"""The contestants: each sends messages one way through one gateway."""
import os
import socket
import tempfile
import time

from program import Failed, Program

GATEWAY_CORE, LOAD_CORE = 0, 1
SETTLE_S = 4            # Timer E has gone round by then
# More than that at p99: a queue grows, it is not clean. In a second it hides no
# more than a twentieth of the rate.
WAITING_US = 50e3

CONFIG = """
components:
  - domain: sip.xmpp.test
    server: xmpp.test
    port: %(xmpp)d
    secret: bench
    sip_domain: sip.test
sip:
  listen: ["udp:127.0.0.1:%(sip)d", "tcp:127.0.0.1:%(sip)d"]
  outbound_proxy: "sip:127.0.0.1:%(peer)d%(transport)s;lr"
%(more)s
"""


def free_port():
    """One that is free for UDP and TCP."""
    for _ in range(50):
        with socket.socket() as tcp, \
                socket.socket(type=socket.SOCK_DGRAM) as udp:
            tcp.bind(("127.0.0.1", 0))
            try:
                udp.bind(tcp.getsockname())
            except OSError:
                continue
            return tcp.getsockname()[1]
    raise Failed("no free port")


class Contest:
    """One gateway between an XMPP server and a SIP peer of ours."""
    runs = 0
    domain, sip_domain = "sip.xmpp.test", "sip.test"

    def __init__(self, tools, direction, transport, people=5000, more=""):
        """people: senders, and as many targets; more: of the configuration."""
        self.tools, self.direction, self.transport = \
            tools, direction, transport
        self.people, self.more = people, more
        self.programs = []
        self.folder = tempfile.TemporaryDirectory(prefix="stox-bench-")
        self.log = open(os.path.join(self.folder.name, "log"), "wb")
        try:
            self.sink = self.start("xmppsink", people, self.domain)
            self.open()
        except BaseException:
            self.close()
            raise

    def start(self, tool, *args, core=LOAD_CORE):
        p = Program([os.path.join(self.tools, tool), *args], core)
        self.programs.append(p)
        return p

    def close(self):
        for p in reversed(self.programs):
            p.stop()
        self.log.close()
        self.folder.cleanup()

    # --- one run

    def load_ns(self):
        return sum(p.cpu_ns() for p in self.programs if p is not self.gateway)

    def run(self, rate, seconds):
        """Sends at that rate; a dict with what became of it."""
        Contest.runs += 1
        one = self.run_s2x if self.direction == "s2x" else self.run_x2s
        before, load = self.gateway.cpu_ns(), self.load_ns()
        r = one(Contest.runs % 65536, rate, seconds)
        r["cpu_us"] = (self.gateway.cpu_ns() - before) / 1e3 / \
            max(1, r["delivered"])
        r["load_us"] = (self.load_ns() - load) / 1e3 / max(1, r["delivered"])
        r["rate"] = rate
        r["reached"] = r["sent"] >= 0.98 * rate * seconds
        r["clean"] = bool(
            r["reached"] and r["delivered"] == r["sent"]
            and not r["duplicates"] and not r["retransmitted"]
            and not r["refused"] and not r["failed"] and not r["held"]
            and r["p99_us"] < WAITING_US)
        return r

    def run_s2x(self, run, rate, seconds):
        self.sink.ask("reset", run)
        r = self.uac.ask("send", run, rate, seconds,
                         timeout=seconds + SETTLE_S + 10)
        there = self.sink.ask("count")
        r["delivered"] = min(there["distinct"], r["ok"])
        r["duplicates"] = there["duplicates"]
        r["failed"] += r["unanswered"]
        r["goodput"] = r["window_ok"] / seconds
        r["pings"] = there["pings"]
        return r

    def run_x2s(self, run, rate, seconds):
        self.sink.ask("reset", run)
        self.uas.ask("reset", run)
        self.sink.say("send", run, rate, seconds)
        time.sleep(seconds)
        soon = self.uas.ask("count")
        sent = self.sink.answer(60)
        end = time.monotonic() + SETTLE_S
        while True:
            there, here = self.uas.ask("count"), self.sink.ask("count")
            done = there["distinct"] + here["errors"] >= sent["sent"]
            if done or time.monotonic() > end:
                break
            time.sleep(0.05)
        return {"sent": sent["sent"], "delivered": there["distinct"],
                "duplicates": there["duplicates"],
                "retransmitted": there["copies"],
                "refused": here["busy"],
                "held": sent["held"],  # the link took no more of it
                "failed": sent["sent"] - there["distinct"] - here["busy"],
                "goodput": soon["distinct"] / seconds,
                "p50_us": there["p50_us"], "p99_us": there["p99_us"],
                "p999_us": there["p999_us"]}


class Stoxd(Contest):
    name = "stoxd"

    def open(self):
        port = free_port()
        self.uas = self.start("sipload", "uas", self.transport)
        path = os.path.join(self.folder.name, "stox.yml")
        with open(path, "w", encoding="utf-8") as f:
            f.write(CONFIG % {
                "xmpp": self.sink.first["port"], "sip": port,
                "peer": self.uas.first["port"],
                "transport": ";transport=tcp" if self.transport == "tcp"
                else "", "more": self.more})
        os.chmod(path, 0o600)
        self.gateway = Program(
            [os.environ.get("STOXD", os.path.join(self.tools, "stoxd")),
             "-c", path], GATEWAY_CORE, log=self.log, wants_answer=False)
        self.programs.append(self.gateway)
        try:
            self.sink.answer(10)
        except Failed as e:
            with open(self.log.name, encoding="utf-8") as f:
                raise Failed("stoxd does not come up:\n" + f.read()) from e
        self.uac = self.start("sipload", "uac", self.transport, port,
                              self.people)


class Floor(Contest):
    name = "floor"

    def open(self):
        self.uas = self.start("sipload", "uas", "udp")
        self.gateway = self.start("floor", self.sink.first["port"],
                                  self.uas.first["port"], core=GATEWAY_CORE)
        self.sink.answer(10)
        self.uac = self.start("sipload", "uac", "udp",
                              self.gateway.first["port"], self.people)


class Limit(Contest):
    """Sofia's transactions alone: the answers (s2x), or the requests."""
    name = "sofia"

    def open(self):
        if self.direction == "s2x":
            self.gateway = self.start("ntalimit", "uas", core=GATEWAY_CORE)
            self.uac = self.start("sipload", "uac", "udp",
                                  self.gateway.first["port"], self.people)
            return
        self.uas = self.start("sipload", "uas", "udp")
        self.gateway = self.start("ntalimit", "uac", self.uas.first["port"],
                                  core=GATEWAY_CORE)

    def run(self, rate, seconds):
        """CPU only; its requests run in a window of 64."""
        Contest.runs += 1
        before = self.gateway.cpu_ns()
        if self.direction == "s2x":
            r = self.uac.ask("send", Contest.runs, rate, seconds, timeout=60)
        else:
            r = self.gateway.ask("send", Contest.runs, int(rate * seconds),
                                 64, timeout=60)
        r["cpu_us"] = (self.gateway.cpu_ns() - before) / 1e3 / max(1, r["ok"])
        return r
