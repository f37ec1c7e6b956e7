#!/usr/bin/python3
"""What a message costs with 1 to 100,000 pairs of people: it is to be flat.

    tests/bench/growth.py --tools build-bench/load --stoxd build/stoxd

Of subscriptions the same: presence.py --steps 1000,10000,100000,1000000
--storms out (or in)."""
import argparse
import os

from contest import Stoxd

PAIRS = (1, 10, 100, 1000, 10000, 100000)
RATE = 20000            # a second, of all
RATE_OF_ONE = 100       # to one contact: one at a time, in order (RFC 3428)
MORE = "limits: {sender_per_s: 0}"


def main():
    a = argparse.ArgumentParser(description=__doc__)
    a.add_argument("--tools", default="build-bench/load")
    a.add_argument("--stoxd", default="build-bench/stox/stoxd")
    a.add_argument("--seconds", type=float, default=6)
    o = a.parse_args()
    os.environ["STOXD"] = o.stoxd
    print("%8s %24s %24s" % ("pairs", "SIP to XMPP", "XMPP to SIP"))
    for people in PAIRS:
        line = "%8d" % people
        for direction in ("s2x", "x2s"):
            rate = RATE if direction == "s2x" else \
                min(RATE, people * RATE_OF_ONE)
            c = Stoxd(o.tools, direction, "udp", people, MORE)
            try:
                c.run(rate, 1)
                r = c.run(rate, o.seconds)
            finally:
                c.close()
            line += " %6.2f us at %6d/s%s" % (
                r["cpu_us"], rate, "  " if r["clean"] else " !")
        print(line, flush=True)
    print("!: not clean (something else ran here, or a sender was late)")


if __name__ == "__main__":
    main()
