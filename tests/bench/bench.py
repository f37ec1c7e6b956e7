"""Measures, and prints one table of medians. See run.sh for how to call it."""
import argparse
from contextlib import closing
import os
import statistics
import sys
import tempfile
import time

import presence
from contest import Floor, Limit, Stoxd
from program import Failed

CONTESTS = {
    "s2x-udp": (Stoxd, "s2x", "udp"), "s2x-floor": (Floor, "s2x", "udp"),
    "s2x-tcp": (Stoxd, "s2x", "tcp"), "s2x-sofia": (Limit, "s2x", "udp"),
    "x2s-udp": (Stoxd, "x2s", "udp"), "x2s-floor": (Floor, "x2s", "udp"),
    "x2s-tcp": (Stoxd, "x2s", "tcp"), "x2s-sofia": (Limit, "x2s", "udp"),
}
CPU_RATE = 55000        # a second, the same for all: what CPU is measured at
MEMORY_RATE = 20000
MEMORY_S = 45           # longer than a request is remembered
STEP = 1.15             # of the search for the clean rate
SUBSCRIPTIONS = 100000  # in each direction
SUBSCRIPTIONS_QUICK = 10000
COLUMNS = ("cpu_us", "clean", "p50_us", "p99_us", "p999_us", "goodput",
           "over_us", "refused", "held", "lost", "over_mb", "rss_mb")
HEADS = ("cpu us", "clean/s", "p50 us", "p99 us", "p99.9 us", "goodput",
         "cpu us 2x", "refused", "held", "lost", "MB 2x", "RSS MB")


def note(text):
    print("# " + text, file=sys.stderr, flush=True)


def is_clean(contest, rate, o):
    """In one of two tries: what else runs here can only do harm."""
    return any(contest.run(int(rate), o.seconds)["clean"]
               for _ in range(1 if o.quick else 2))


def search(contest, guess, o):
    """The highest rate that is clean, to about 4 %."""
    rate, best, bad = guess, 0, None
    for _ in range(5 if o.quick else 9):
        clean = is_clean(contest, rate, o)
        if clean:
            best = max(best, rate)
        else:
            bad = min(bad or rate, rate)
        if best and bad and bad / best < 1.05:
            break
        if best and bad:
            rate = (best * bad) ** 0.5
        else:
            rate = rate * STEP if clean else rate / STEP
    return int(best)


def cost(contest, o):
    """CPU, and the clean rate."""
    contest.run(o.rate, 0.3)  # warm
    r = contest.run(o.rate, o.seconds)
    row = {"cpu_us": r["cpu_us"]}
    if contest.name == "sofia" or o.cpu_only:
        return row
    row["clean"] = search(contest, 0.9e6 / r["cpu_us"], o)
    return row


def behaviour(contest, row, o, halves):
    """At half of the clean rate and at twice. The floor's latencies are those at
    the rate that stoxd's were measured at."""
    contest.run(o.rate, 0.3)  # warm
    rate = halves.setdefault(contest.direction, row["clean"] // 2) \
        if contest.transport == "udp" else row["clean"] // 2
    half = contest.run(rate, o.seconds)
    for key in ("p50_us", "p99_us", "p999_us"):
        row[key] = half[key]
    overload(contest, row, o)


def overload(contest, row, o):
    """Twice the clean rate, the better of two tries as the clean rate is, and
    half of it right behind: well again at once? over_mb: what the overload added
    to the memory at its peak."""
    before = contest.gateway.rss_kb()
    contest.gateway.forget_peak()
    over = max((contest.run(row["clean"] * 2, o.seconds)
                for _ in range(1 if o.quick else 2)),
               key=lambda r: r["goodput"])
    row["goodput"] = over["goodput"]
    row["over_us"] = over["cpu_us"]
    row["refused"] = over["refused"]
    row["held"] = over["held"]
    row["lost"] = over["failed"]
    row["over_mb"] = (contest.gateway.rss_kb("VmHWM") - before) / 1024
    after = contest.run(row["clean"] // 2, o.seconds)
    row["well"] = int(after["clean"])
    if not after["clean"]:
        note("not well again at half the clean rate: " + " ".join(
            "%s=%.6g" % (k, after[k]) for k in
            ("sent", "delivered", "reached", "duplicates", "retransmitted",
             "refused", "held", "failed", "p99_us")))


def memory(o):
    """Of a gateway that has nothing else behind it."""
    peaks = {}
    for name in o.contests:
        kind, direction, transport = CONTESTS[name]
        if kind is not Stoxd or transport != "udp":
            continue
        c = kind(o.tools, direction, transport)
        try:
            c.run(MEMORY_RATE, MEMORY_S)
            peaks[name] = c.gateway.rss_kb("VmHWM") / 1024
        finally:
            c.close()
    return peaks


def rounds(o):
    """The rounds alternate the contestants: noise meets all of them."""
    rows = {name: [] for name in o.contests}
    for i in range(o.rounds):
        halves = {}
        for name in o.contests:
            kind, direction, transport = CONTESTS[name]
            with closing(kind(o.tools, direction, transport)) as c:
                row = cost(c, o)
            # A new one: the search fills the replay table for 32 s.
            if row.get("clean"):
                with closing(kind(o.tools, direction, transport)) as c:
                    behaviour(c, row, o, halves)
            rows[name].append(row)
            note("round %d %s: %s" % (i + 1, name, " ".join(
                "%s=%.6g" % f for f in rows[name][-1].items())))
            time.sleep(o.pause)
    return rows


def subscriptions(o):
    """Of each storm the medians over the rounds."""
    rows = {name: [] for name in presence.STORMS}
    count = SUBSCRIPTIONS_QUICK if o.quick else SUBSCRIPTIONS
    for i in range(o.rounds):
        with tempfile.TemporaryDirectory(dir=o.folder) as folder:
            p = presence.Presence(o.tools, os.environ["STOXD"], folder)
            try:
                p.start()
                for name in presence.STORMS:
                    if name == "tell-in":
                        time.sleep(presence.NOTIFY_EVERY_S)
                    rows[name].append(p.run(name, 0, count))
            finally:
                p.close()
        note("round %d: %d subscriptions each way" % (i + 1, count))
    return {name: {k: statistics.median(r[k] for r in all_rows)
                   for k in ("rate", "cpu_us", "bytes", "lacking", "again")}
            for name, all_rows in rows.items()}


def show_subscriptions(table):
    print("\n%-22s%10s%10s%12s%10s%10s%10s" % (
        "", "a second", "cpu us", "so a core/s", "bytes", "again",
        "lacking"))
    for name, r in table.items():
        size = "%.0f" % r["bytes"] if name in ("in", "out") else "-"
        print("%-22s%10.0f%10.1f%12.0f%10s%10.0f%10.0f" % (
            presence.NAMES[name], r["rate"], r["cpu_us"], 1e6 / r["cpu_us"],
            size, r["again"], r["lacking"]))


def medians(rows):
    """And in how many rounds it was well again behind the overload."""
    table = {}
    for name, all_rows in rows.items():
        table[name] = {
            key: statistics.median(r[key] for r in all_rows if key in r)
            for key in COLUMNS if any(key in r for r in all_rows)}
        well = [r["well"] for r in all_rows if "well" in r]
        if well:
            table[name]["well"] = "%d of %d" % (sum(well), len(well))
    return table


def show(table, o):
    print("%-10s" % "" + "".join("%10s" % h for h in HEADS)
          + "%12s" % "well again")
    for name in o.contests:
        row = table[name]
        print("%-10s" % name + "".join(
            "%10s" % ("%.2f" % row[k] if k == "cpu_us" else "%.0f" % row[k])
            if k in row else "%10s" % "-" for k in COLUMNS)
            + "%12s" % row.get("well", "-"))
    print()
    for way in ("s2x", "x2s"):
        base = {k: table.get("%s-%s" % (way, k), {}).get("cpu_us")
                for k in ("udp", "tcp", "floor", "sofia")}
        for a, b in (("udp", "floor"), ("udp", "sofia"), ("tcp", "udp")):
            if base[a] and base[b]:
                print("%s: CPU of %s / %s = %.2f"
                      % (way, a, b, base[a] / base[b]))


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--tools", required=True)
    p.add_argument("--quick", action="store_true",
                   help="one short round, no memory: two minutes")
    p.add_argument("--only", default="", help="names, comma-separated")
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("--seconds", type=float, default=1)
    p.add_argument("--rate", type=int, default=CPU_RATE)
    p.add_argument("--pause", type=float, default=0,
                   help="seconds between two contestants, for others")
    p.add_argument("--cpu-only", action="store_true")
    p.add_argument("--no-memory", action="store_true")
    p.add_argument("--no-presence", action="store_true")
    p.add_argument("--folder", default=os.getcwd(),
                   help="where SQLite writes: on a disk, not in memory")
    o = p.parse_args()
    o.contests = [n for n in CONTESTS
                  if not o.only or n in o.only.split(",")]
    if o.quick:
        o.rounds, o.seconds, o.no_memory = 1, 0.3, True
    try:
        table = medians(rounds(o))
        if not o.no_memory:
            for name, mb in memory(o).items():
                table[name]["rss_mb"] = mb
    except Failed as e:
        sys.exit("bench: %s" % e)
    show(table, o)
    if o.only or o.cpu_only or o.no_presence:
        return
    try:
        show_subscriptions(subscriptions(o))
    except Failed as e:
        sys.exit("bench: %s" % e)


if __name__ == "__main__":
    main()
