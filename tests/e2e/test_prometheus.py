"""What is measured, with numbers, and a real Prometheus that scrapes it: the
rules and every expression of the dashboard run there."""
import json
import os
import re
import subprocess
import unittest
import urllib.parse
import urllib.request

from lib.case import FakeCase
from lib.metrics import Scrape
from lib.scene import free_port, until
from lib.simple import Notifier, pidf

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
CONFIG = """
global: { scrape_interval: 1s, evaluation_interval: 1s }
scrape_configs:
  - job_name: stox
    static_configs: [{ targets: ['127.0.0.1:%d'] }]
rule_files: [%s]
"""
# What the labels may say; anything else would grow with what peers send.
CLOSED = {
    "component": {"sip.test"},
    "version": None,
    "level": {"error", "warn", "info", "debug"},
    "direction": {"in", "out", "to_sip", "to_xmpp"},
    "result": {"delivered", "refused", "nothing", "taken", "late", "expired",
               "flushed", "full", "kept", "lost", "done", "failed", "sent",
               "dropped"},
    "kind": {"new", "repeated", "malformed"},
    "reason": {"ack", "stranger", "malformed", "junk", "late_response",
               "xmpp_answers_full", "xmpp_answer_too_long", "xmpp_no_sender"},
    "state": {"ASKING", "PENDING", "ACTIVE", "DORMANT", "DENIED"},
    "condition": None,
    "status": None,
    "le": None,
}
HEAD = ("%s sip:juliet@xmpp.test SIP/2.0\r\n"
        "Via: SIP/2.0/UDP %s;branch=z9hG4bKx1;rport\r\n"
        "From: <sip:a@sip.example>;tag=1\r\nTo: <sip:b@xmpp.test>;tag=2\r\n"
        "Call-ID: m1\r\nCSeq: 1 %s\r\nMax-Forwards: 70\r\n"
        "Content-Length: 0\r\n\r\n")


class Base(FakeCase):
    def open(self, more="", **kw):
        self.web = Scrape(free_port())
        super().open(more="web: { address: 127.0.0.1, port: %d }\n%s"
                     % (self.web.port, more), **kw)

    def value(self, name, **labels):
        return self.web.value(name, **labels)

    def reaches(self, name, wanted, **labels):
        until("%s %s to be %s" % (name, labels, wanted),
              lambda: self.value(name, **labels) == wanted)


class Numbers(Base):
    def test_drops(self):
        self.open()
        before = self.web.all()
        self.assertEqual({v for (n, _), v in before.items()
                          if n == "stox_drops_total"}, {0})
        for data in (b"hello\r\n\r\n", b"\0\1\2\3"):
            self.phone.send(data)
        self.phone.send((HEAD % ("ACK", self.phone.address, "ACK")).encode())
        # A response to nothing, but with our own address in Via.
        self.phone.send((
            "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 127.0.0.1:%d;"
            "branch=z9hG4bKstray\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>"
            "\r\nCall-ID: x\r\nCSeq: 1 MESSAGE\r\nContent-Length: 0\r\n\r\n"
            % self.stox.port).encode())
        self.reaches("stox_drops_total", 2, reason="junk")
        self.reaches("stox_drops_total", 1, reason="ack")
        self.reaches("stox_drops_total", 1, reason="late_response")
        self.assertEqual(self.value("stox_drops_total", reason="stranger"), 0)

    def test_silent_strangers(self):
        self.open(sip_more="  strangers: silent\n",
                  peers="    - addresses: [192.0.2.1]\n")
        self.phone.send(self.phone.message(self.user_uri, "let me in"))
        self.reaches("stox_drops_total", 1, reason="stranger")

    def test_subscriptions_by_state(self):
        """One of a user, through its life."""
        self.open()
        out = {"direction": "out"}
        for state in CLOSED["state"]:
            self.assertEqual(self.value("stox_subscriptions", state=state,
                                        **out), 0)
        self.phone.on_request = lambda m: (
            200, "Expires: 3600\r\nContact: <sip:romeo@%s>\r\n"
            % self.phone.address)
        self.link.send("<presence from='juliet@xmpp.test' to='romeo@sip.test'"
                       " type='subscribe'/>")
        got = self.phone.expect("SUBSCRIBE", lambda m:
                                m.method == "SUBSCRIBE")
        until("it to be counted", lambda: sum(
            self.value("stox_subscriptions", state=s, **out)
            for s in ("ASKING", "PENDING")) == 1)
        Notifier(self.phone, got).notify(body=pidf(self.phone.uri))
        self.reaches("stox_subscriptions", 1, state="ACTIVE", **out)
        for state in CLOSED["state"] - {"ACTIVE"}:
            self.assertEqual(self.value("stox_subscriptions", state=state,
                                        **out), 0)
        self.assertEqual(self.value("stox_subscriptions", state="ACTIVE",
                                    direction="in"), 0)
        self.link.send("<presence from='juliet@xmpp.test' to='romeo@sip.test'"
                       " type='unsubscribe'/>")
        self.reaches("stox_subscriptions", 0, state="ACTIVE", **out)

    def test_store(self):
        """Each transaction is in the histogram, once."""
        self.open()
        self.link.say("sip.test", "typing off", "w1")
        self.link.expect_message("done")
        until("it to be written", lambda: self.value(
            "stox_store_operations_total", result="kept") >= 1)
        self.assertEqual(self.value("stox_store_waiting"), 0)
        commits = self.value("stox_store_commits_total", result="done")
        self.assertGreaterEqual(commits, 1)
        self.assertEqual(self.value("stox_store_commit_seconds_count"),
                         commits)
        self.assertEqual(self.value("stox_store_commit_seconds_bucket",
                                    le="+Inf"), commits)
        self.assertLessEqual(self.value("stox_store_commit_seconds_sum"),
                             commits * self.value(
                                 "stox_store_slowest_seconds") + 0.001)
        self.assertEqual(self.value("stox_store_commits_total",
                                    result="failed"), 0)

    def test_queue(self):
        """Depth and age while nobody answers, and nothing behind it."""
        self.open()
        self.phone.on_request = lambda m: None
        for i in range(3):
            self.link.say("romeo@sip.test", "m%d" % i, "m%d" % i)
        self.reaches("stox_queue_messages", 3)
        self.assertEqual(self.value("stox_sip_transactions"), 1)
        until("the oldest to be a second old", lambda: self.value(
            "stox_queue_age_seconds") >= 1)
        self.assertLess(self.value("stox_queue_age_seconds"), 30)
        self.phone.on_request = lambda m: 200
        self.reaches("stox_queue_messages", 0)
        self.assertEqual(self.value("stox_queue_age_seconds"), 0)
        self.reaches("stox_messages_total", 3, direction="to_sip",
                     result="delivered")
        # One took as long as the phone was silent: it is in its bucket.
        self.assertGreaterEqual(self.value("stox_latency_seconds_sum",
                                           direction="to_sip"), 1)
        self.assertEqual(self.value("stox_latency_seconds_count",
                                    direction="to_sip"), 3)
        self.assertLess(self.value("stox_latency_seconds_bucket",
                                   direction="to_sip", le="0.5"), 3)

    def test_links(self):
        self.open()
        c = {"component": "sip.test"}
        self.assertEqual(self.value("stox_link_connects_total", **c), 1)
        self.link.close()
        self.link = self.fake.next_link()
        self.reaches("stox_link_connects_total", 2, **c)
        self.assertEqual(self.value("stox_link_losses_total", **c), 1)
        self.reaches("stox_link_up", 1, **c)

    def test_closed_labels(self):
        """Nothing that a peer says becomes a label."""
        self.open(phone_answer=603)
        for i in range(20):
            name = "u%d%s" % (i, "x" * i)
            self.phone.uri = "sip:%s@sip%d.example" % (name, i)
            self.phone.send(self.phone.message("sip:%s@xmpp.test" % name,
                                               "one"))
            self.link.say(name + "@sip.test", "two", "m%d" % i)
            self.phone.send((HEAD % ("ODD%d" % i, self.phone.address,
                                     "ODD%d" % i)).encode())
        self.reaches("stox_messages_total", 20, direction="to_sip",
                     result="refused")
        found = {}
        for (_, labels) in self.web.all():
            for name, value in labels:
                found.setdefault(name, set()).add(value)
        self.assertLessEqual(set(found), set(CLOSED))
        for name, values in found.items():
            if CLOSED[name] is not None:
                self.assertLessEqual(values, CLOSED[name], name)
        self.assertTrue(all(re.fullmatch(r"[3-6]\d\d", s)
                            for s in found["status"]))
        self.assertEqual(found["condition"], {"recipient-unavailable"})


class Prometheus(Base):
    """Debian's own."""

    def start(self):
        self.port = free_port()
        rules = os.path.join(TOP, "conf", "prometheus", "stox.rules.yml")
        config = self.scene.write("prometheus.yml", CONFIG % (
            self.web.port, os.path.abspath(rules)))
        process = self.scene.launch("prometheus", [
            "prometheus", "--config.file=" + config,
            "--storage.tsdb.path=" + os.path.join(self.scene.dir, "tsdb"),
            "--web.listen-address=127.0.0.1:%d" % self.port])
        process.wait_text("Server is ready to receive web requests", 60)

    def ask(self, path, **query):
        url = "http://127.0.0.1:%d/api/v1/%s?%s" % (
            self.port, path, urllib.parse.urlencode(query))
        with urllib.request.urlopen(url, timeout=20) as r:
            got = json.load(r)
        self.assertEqual(got["status"], "success", got)
        return got["data"]

    def query(self, expr):
        return {json.dumps(r["metric"], sort_keys=True): float(r["value"][1])
                for r in self.ask("query", query=expr)["result"]}

    def dashboard(self):
        path = os.path.join(TOP, "conf", "grafana", "stox.json")
        with open(path, encoding="utf-8") as f:
            board = json.load(f)
        for panel in board["panels"]:
            for target in panel["targets"]:
                yield panel["title"], re.sub(
                    r"\$__rate_interval", "10s",
                    re.sub(r"\$(job|component)\b", ".*", target["expr"]))

    def test_older_text(self):
        """promtool reads the format that was before OpenMetrics."""
        self.open()
        self.reaches("stox_link_up", 1, component="sip.test")
        with urllib.request.urlopen("http://127.0.0.1:%d/metrics"
                                    % self.web.port, timeout=10) as r:
            text = r.read()
        done = subprocess.run(["promtool", "check", "metrics"], input=text,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=30, check=False)
        self.assertNotIn("error", done.stdout.decode())
        # 3: read, and it has advice.
        self.assertIn(done.returncode, (0, 3), done.stdout)

    def test_scrape(self):
        self.open()
        self.start()
        self.link.say("romeo@sip.test", "one", "m1")
        self.phone.expect_message("one")
        until("the scrape to be good", lambda: self.query("up") and
              set(self.query("up").values()) == {1}, 60)
        target = self.ask("targets")["activeTargets"][0]
        self.assertEqual((target["health"], target["lastError"]), ("up", ""))
        until("the message to be there", lambda: sum(self.query(
            'stox_messages_total{direction="to_sip",result="delivered"}'
        ).values()) == 1)
        self.assertEqual(list(self.query("stox_link_up").values()), [1])
        # What it made of our types and units.
        meta = self.ask("metadata")
        self.assertEqual(meta["stox_store_commit_seconds"][0]["type"],
                         "histogram")
        self.assertEqual(meta["stox_messages"][0]["type"], "counter")
        for title, expr in self.dashboard():
            with self.subTest(panel=title):
                self.query(expr)
        groups = self.ask("rules")["groups"]
        self.assertEqual([g["name"] for g in groups], ["stox"])
        until("all rules to be evaluated", lambda: all(
            r["health"] == "ok"
            for g in self.ask("rules")["groups"] for r in g["rules"]), 60)


if __name__ == "__main__":
    unittest.main()
