#!/usr/bin/python3
"""Whether a rate from SIP lasts: what is answered is remembered for 32 to 40 s
(replay_max), so that a table that is too small shows behind that only.

    tests/bench/sustained.py --rate 110000 [--seconds 50] [--transport tcp]

Minutes for nobody else on the machine: the rate has to be one that it keeps."""
import argparse
import os

from contest import Stoxd


def main():
    a = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    a.add_argument("--tools", default="build-bench/load")
    a.add_argument("--stoxd", default="build-bench/stox/stoxd")
    a.add_argument("--rate", type=int, default=110000)
    a.add_argument("--seconds", type=float, default=50)
    a.add_argument("--transport", default="udp")
    a.add_argument("--people", type=int, default=5000)
    a.add_argument("--more", default="", help="of the configuration")
    o = a.parse_args()
    os.environ["STOXD"] = o.stoxd
    c = Stoxd(o.tools, "s2x", o.transport, o.people, o.more)
    try:
        r = c.run(o.rate, o.seconds)
        print("%d/s for %g s: %s; CPU us %.2f, p99 us %.0f, sent %d, "
              "delivered %d, refused %d, retransmitted %d, failed %d, "
              "held %d, skipped %d, RSS %.0f MB at most" % (
                  o.rate, o.seconds, "clean" if r["clean"] else "NOT clean",
                  r["cpu_us"], r["p99_us"], r["sent"], r["delivered"],
                  r["refused"], r["retransmitted"], r["failed"], r["held"],
                  r["skipped"], c.gateway.rss_kb("VmHWM") / 1024))
    finally:
        c.close()


if __name__ == "__main__":
    main()
