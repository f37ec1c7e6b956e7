#!/usr/bin/python3
"""What dividing a site costs and gives: components in one process, and
processes with a component each, on one core or on two.

    tests/bench/several.py --tools build-bench/load --stoxd build-bench/stox/stoxd

A layout is PxC@N: P processes, C components in all, on N cores. Of each CPU us a
message of all gateways at --rate, and what arrives of --offered, from SIP and
from XMPP. The load has core 1; with @2 it shares both cores with the
gateways, so there the sum counts: what the machine does as a whole. Half a
minute a layout."""
import argparse
import os
import threading

from contest import Contest, GATEWAY_CORE, LOAD_CORE, free_port
from program import Failed, Program

LAYOUTS = "1x1@1,1x2@1,1x4@1,2x2@1,4x4@1,1x1@2,2x2@2"
RATE = 55000
OFFERED = 300000
PEOPLE = 5000           # of all components together

COMPONENT = """
  - domain: %s
    server: xmpp.test
    port: %d
    secret: bench
    sip_domain: %s
    next_hop: "sip:127.0.0.1:%d;lr"
"""


class Lane(Contest):
    """A component with both of its sides; its gateway serves others too."""
    name = "lane"
    gateway = None

    def __init__(self, tools, direction, number, people, core):
        self.domain = "s%d.xmpp.test" % number
        self.sip_domain = "sip%d.test" % number
        self.core = core
        super().__init__(tools, direction, "udp", people)

    def start(self, tool, *args, core=None):
        return super().start(tool, *args, core=self.core)

    def open(self):
        self.uas = self.start("sipload", "uas", "udp")

    def component(self):
        return COMPONENT % (self.domain, self.sink.first["port"],
                            self.sip_domain, self.uas.first["port"])

    def attach(self, port):
        self.sink.answer(10)
        self.uac = self.start("sipload", "uac", "udp", port, self.people,
                              self.sip_domain)

    def one(self, run, rate, seconds):
        send = self.run_s2x if self.direction == "s2x" else self.run_x2s
        self.result = send(run, rate, seconds)


class Site:
    """Some processes, and the lanes that they serve."""

    def __init__(self, o, direction, processes, components, cores):
        self.gateways, self.lanes = [], []
        load = LOAD_CORE if cores == 1 else "0,1"
        try:
            self.lanes = [Lane(o.tools, direction, i, PEOPLE // components,
                               load) for i in range(components)]
            for i in range(processes):
                self.launch(o, self.lanes[i::processes],
                            GATEWAY_CORE if cores == 1 else i % cores)
        except BaseException:
            self.close()
            raise

    def launch(self, o, lanes, core):
        port = free_port()
        folder = lanes[0].folder.name
        path = os.path.join(folder, "stox.yml")
        with open(path, "w", encoding="utf-8") as f:
            f.write("components:%ssip:\n  listen: [\"udp:127.0.0.1:%d\"]\n"
                    % ("".join(k.component() for k in lanes), port))
        os.chmod(path, 0o600)
        self.gateways.append(Program([o.stoxd, "-c", path], core,
                                     log=lanes[0].log, wants_answer=False))
        for k in lanes:
            k.attach(port)

    def close(self):
        for g in self.gateways:
            g.stop()
        for k in self.lanes:
            k.close()

    def cpu_ns(self):
        return sum(g.cpu_ns() for g in self.gateways)

    def run(self, rate, seconds):
        """CPU us a message of all gateways, and what came in time a second."""
        before = self.cpu_ns()
        threads = []
        for k in self.lanes:
            Contest.runs += 1  # Call-IDs are made of it: one for each
            threads.append(threading.Thread(target=k.one, args=(
                Contest.runs, rate // len(self.lanes), seconds)))
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        got = [k.result for k in self.lanes]
        return ((self.cpu_ns() - before) / 1e3 /
                max(1, sum(r["delivered"] for r in got)),
                sum(r["goodput"] for r in got))


def main():
    a = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    a.add_argument("--tools", default="build-bench/load")
    a.add_argument("--stoxd", default="build-bench/stox/stoxd")
    a.add_argument("--layouts", default=LAYOUTS)
    a.add_argument("--rate", type=int, default=RATE)
    a.add_argument("--offered", type=int, default=OFFERED)
    a.add_argument("--seconds", type=float, default=1)
    o = a.parse_args()
    print("%-34s%26s%26s" % ("", "SIP to XMPP", "XMPP to SIP"))
    for layout in o.layouts.split(","):
        processes, rest = layout.split("x")
        components, cores = map(int, rest.split("@"))
        line = "%d processes, %d components, %d core%s" % (
            int(processes), components, cores, "s" if cores > 1 else " ")
        for direction in ("s2x", "x2s"):
            site = Site(o, direction, int(processes), components, cores)
            try:
                site.run(o.rate, 0.3)
                cpu_us = site.run(o.rate, o.seconds)[0]
                goodput = site.run(o.offered, o.seconds)[1]
            finally:
                site.close()
            line += "%10.2f us %8.0f/s  " % (cpu_us, goodput)
        print(line, flush=True)


if __name__ == "__main__":
    try:
        main()
    except Failed as e:
        raise SystemExit("several: %s" % e) from e
