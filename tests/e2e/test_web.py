"""Metrics, health and the status page."""
import html.parser
import http.client
import socket
import unittest

from prometheus_client.openmetrics import parser

from lib.case import FakeCase
from lib.scene import free_port, until
from lib.stox import Stoxd


class Page(html.parser.HTMLParser):  # no scenario
    """Tags, and the text of each <pre>."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.pre, self.is_pre = [], "", False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.is_pre = self.is_pre or tag == "pre"

    def handle_endtag(self, tag):
        if tag == "pre":
            self.is_pre = False

    def handle_data(self, data):
        if self.is_pre:
            self.pre += data


class Web(FakeCase):
    def open(self, more="", **kw):
        self.web_port = free_port()
        super().open(more="web: { address: 127.0.0.1, port: %d }\n%s"
                     % (self.web_port, more), **kw)

    def get(self, path, method="GET", body=None):
        c = http.client.HTTPConnection("127.0.0.1", self.web_port, timeout=10)
        try:
            c.request(method, path, body=body)
            r = c.getresponse()
            return r, r.read().decode("utf-8")
        finally:
            c.close()

    def metrics(self):
        """{(sample, labels): value}, by a parser that is not ours."""
        r, text = self.get("/metrics")
        self.assertEqual(r.status, 200)
        self.assertTrue(r.getheader("Content-Type").startswith(
            "application/openmetrics-text; version=1.0.0"))
        found = {}
        for family in parser.text_string_to_metric_families(text):
            for s in family.samples:
                key = (s.name, tuple(sorted(s.labels.items())))
                self.assertNotIn(key, found)
                found[key] = s.value
        return found

    def test_metrics_count(self):
        self.open()
        before = self.metrics()
        c = (("component", self.fake.component),)
        self.assertEqual(before[("stox_link_up", c)], 1)
        self.link.say(self.contact, "one", "m1")
        self.phone.expect_message("one")
        self.phone.say(self.user_uri, "two")
        out = ("stox_messages_total", (("direction", "to_sip"),
                                       ("result", "delivered")))
        back = ("stox_messages_total", (("direction", "to_xmpp"),
                                        ("result", "delivered")))
        until("both to be counted", lambda: (
            self.metrics()[out], self.metrics()[back]) == (1, 1))
        now = self.metrics()
        for d in ("to_sip", "to_xmpp"):
            self.assertEqual(now[("stox_latency_seconds_count",
                                  (("direction", d),))], 1)
            self.assertEqual(now[("stox_latency_seconds_bucket",
                                  (("direction", d), ("le", "+Inf")))], 1)
        self.assertEqual(now[("stox_queue_messages", ())], 0)
        self.assertGreater(now[("process_resident_memory_bytes", ())], 1e6)
        self.assertEqual(now[("stox_store_up", ())], 1)

    def test_metrics_of_refusals(self):
        self.open(phone_answer=486)
        self.link.say(self.contact, "one", "m1")
        self.link.say("x@" + self.fake.component, "two", "m2")
        self.phone.say("sip:juliet@nowhere.example", "three")
        until("all to be counted", lambda: (
            self.metrics()[("stox_messages_total", (
                ("direction", "to_sip"), ("result", "refused")))],
            self.metrics()[("stox_messages_total", (
                ("direction", "to_xmpp"), ("result", "refused")))]) == (2, 1))
        m = self.metrics()
        self.assertEqual(sum(v for (n, _), v in m.items()
                             if n == "stox_to_sip_refusals_total"), 2)
        self.assertEqual(m[("stox_to_xmpp_refusals_total",
                            (("status", "404"),))], 1)

    def test_ready(self):
        self.open()
        r, text = self.get("/ready")
        self.assertEqual((r.status, text), (200, "ready\n"))
        self.fake.close()
        self.link.close()
        until("the link to be missed",
              lambda: self.get("/ready")[0].status == 503)
        self.assertIn(self.fake.component + ": ", self.get("/ready")[1])
        self.assertEqual(self.get("/health")[0].status, 200)

    def test_page(self):
        self.open()
        # A stream error's words come from the server.
        self.link.send("<stream:error><conflict xmlns='urn:ietf:params:xml:"
                       "ns:xmpp-streams'/><text xmlns='urn:ietf:params:xml:"
                       "ns:xmpp-streams'>&lt;script&gt;alert(1)&lt;/script"
                       "&gt;</text></stream:error></stream:stream>")
        self.link.close()
        until("the loss to be on the page",
              lambda: "component_lost" in self.get("/")[1])
        r, text = self.get("/")
        page = Page(text)
        self.assertIn("component_lost", page.pre)
        self.assertEqual([a for t, a in page.tags if t == "script"],
                         [{"src": "/status.js", "defer": None}])
        for tag, attrs in page.tags:
            self.assertNotIn("style", attrs, tag)
            self.assertFalse([a for a in attrs if a.startswith("on")], tag)
        policy = r.getheader("Content-Security-Policy")
        self.assertIn("default-src 'none'", policy)
        self.assertNotIn("unsafe", policy)
        self.assertEqual(r.getheader("X-Content-Type-Options"), "nosniff")
        self.assertIn("viewport", text)
        self.assertIn("prefers-color-scheme:dark", self.get("/status.css")[1])
        self.assertIn("fetch(", self.get("/status.js")[1])

    def test_odd_requests(self):
        self.open()
        self.assertEqual(self.get("/../etc/passwd")[0].status, 404)
        self.assertEqual(self.get("/" + "x" * 4000)[0].status, 404)
        self.assertEqual(self.get("/", "DELETE")[0].status, 405)
        r, text = self.get("/metrics", "HEAD")
        self.assertEqual((r.status, text), (200, ""))
        for junk in (b"\0\0\0\0\r\n\r\n", b"GET\r\n\r\n", b"x" * 100000,
                     b"POST / HTTP/1.1\r\nContent-Length: 9999999\r\n\r\nx"):
            with socket.create_connection(("127.0.0.1", self.web_port),
                                          timeout=10) as s:
                try:
                    s.sendall(junk)
                    s.shutdown(socket.SHUT_WR)
                    while s.recv(4096):
                        pass
                except OSError:
                    pass
        self.assertEqual(self.get("/health")[0].status, 200)

    def test_many_connections(self):
        """Who keeps connections open does not stop messages, and is limited."""
        self.open()
        idle = []
        for _ in range(100):
            s = socket.create_connection(("127.0.0.1", self.web_port))
            s.sendall(b"GET / HT")
            idle.append(s)
        self.link.say(self.contact, "still there", "m1")
        self.phone.expect_message("still there")
        for s in idle:
            s.close()
        until("answers again", lambda: self.health())

    def health(self):
        try:
            return self.get("/health")[0].status == 200
        except OSError:
            return False

    def test_off_by_itself(self):
        self.web_port = free_port()
        FakeCase.open(self)
        with self.assertRaises(OSError):
            self.get("/health")

    def test_port_in_use(self):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            s.listen()
            port = s.getsockname()[1]
            stox = Stoxd(self.scene, self.server, start=False,
                         more="web: { address: 127.0.0.1, port: %d }\n" % port)
            code, out = stox.run("-c", stox.config)
            self.assertEqual(code, 1, out)
            self.assertIn("web.address 127.0.0.1:%d: Address already in use" % port,
                          out)


if __name__ == "__main__":
    unittest.main()
