"""What admins ask and tell a running stoxd: the control socket."""
import os
import socket
import subprocess
import time
import unittest

from lib.case import FakeCase
from lib.scene import free_port, until
from lib.stox import BINARY, SANITIZE


class Commands(FakeCase):  # no scenario of its own
    def open(self, more="", **kw):
        self.socket = os.path.join(self.scene.dir, "ctl.sock")
        super().open(more="admin: { socket: %s }\n%s"
                     % (self.socket, more), **kw)

    def ctl(self, *words, code=0, lang="C"):
        env = {**os.environ, **SANITIZE, "LC_ALL": lang}
        done = subprocess.run(
            [os.path.abspath(BINARY), "-c", self.stox.config, "ctl", *words],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=30,
            stdin=subprocess.DEVNULL, env=env, check=False)
        out = done.stdout.decode()
        self.assertEqual(done.returncode, code, out)
        return out


class Control(Commands):
    def test_status_and_links(self):
        self.open()
        self.assertIn("links up: 1 of 1", self.ctl("status"))
        out = self.ctl("links")
        self.assertIn(self.fake.component, out)
        self.assertIn(": up;", out)
        self.link.close()
        until("the loss to be counted",
              lambda: " 1 losses" in self.ctl("links"))

    def test_help_is_in_the_callers_language(self):
        self.open()
        self.assertIn("status - How", self.ctl("help"))
        self.assertIn("status - Wie", self.ctl("help", lang="de_DE.UTF-8"))

    def test_codes(self):
        self.open()
        self.assertIn("no such command", self.ctl("frobnicate", code=2))
        self.assertIn("usage:", self.ctl("log-level", "loud", code=2))
        self.assertIn("what is", self.ctl("status", "of it\nstatus", code=2))
        self.ctl("help", "frobnicate", code=1)
        for count in (4097, 9000):
            self.assertIn("too long", self.ctl("x" * count, code=2))
        self.assertIn("no such command", self.ctl("x" * 4096, code=2))
        self.assertIn("stoxd ctl help", self.ctl("--help"))
        self.assertIn("which command", self.ctl(code=2))
        self.stox.stop()
        self.assertIn(self.socket, self.ctl("status", code=5))
        self.assertFalse(os.path.exists(self.socket))

    def test_log_level(self):
        self.open(level="info")
        self.link.say(self.contact, "quiet", "q1")
        self.phone.expect_message("quiet")
        self.ctl("log-level", "debug")
        self.assertIn("debug", self.ctl("log-level"))
        self.link.say(self.contact, "loud", "q2")
        self.stox.wait_log("debug to_sip ")
        self.assertNotIn("id=q1", self.stox.log())
        self.assertIn("id=q2", self.stox.log())

    def test_drain(self):
        self.open()
        self.ctl("drain")
        until("the end", lambda: not self.stox.process.alive())
        self.assertTrue(self.stox.has_log("stopped cut=0"))

    def test_after_kill(self):
        """What is left of the old socket is no hindrance."""
        self.open()
        self.stox.kill()
        self.assertTrue(os.path.exists(self.socket))
        self.stox.start()
        self.assertIn("links up", self.ctl("status"))


class People(Commands):
    def test_errors(self):
        self.open()
        self.link.close()
        until("the loss to be remembered",
              lambda: "component_lost" in self.ctl("errors"))

    def test_queues_and_flush(self):
        """What is under way stays; what waits is given up, and said so."""
        self.open(phone_answer=None)
        for i in range(4):
            self.link.say(self.contact, "m%d" % i, "m%d" % i)
        until("all to be queued", lambda: "romeo@sip.example: 4" in
              self.ctl("queues"))
        uri = [line for line in self.ctl("queues").splitlines()
               if "romeo" in line][0].rpartition(":")[0]
        self.assertIn("3 messages", self.ctl("flush", uri))
        until("the senders to be told", lambda: set(self.link.errors()) ==
              {"m1", "m2", "m3"})
        self.assertIn("nothing waits", self.ctl(
            "flush", "sip:nobody@sip.example", code=1))

    def test_subscriptions_and_drop(self):
        self.open()
        self.link.send("<presence from='juliet@xmpp.test' to='%s' "
                       "type='subscribe'/>" % self.contact)
        until("the row", lambda: "juliet@xmpp.test watches romeo@sip.test"
              in self.ctl("subscriptions", "juliet@xmpp.test"))
        # By either of his names.
        self.assertIn("1 in all", self.ctl("subscriptions",
                                           "sip:romeo@sip.example"))
        self.ctl("drop", "romeo@sip.test", "juliet@xmpp.test", code=1)
        self.ctl("drop", "juliet@xmpp.test", "sip:romeo@sip.example")
        until("its end", lambda: "0 in all" in
              self.ctl("subscriptions", "juliet@xmpp.test"))
        until("the user to be told", lambda: b"type='unsubscribed'" in
              self.link.data)

    def test_ban_an_address(self):
        self.open()
        self.assertEqual(self.phone.say(self.user_uri, "one").status, 202)
        self.ctl("ban", "127.0.0.1", "5")
        self.assertEqual(self.phone.say(self.user_uri, "two").status, 403)
        self.assertIn("127.0.0.1 for ", self.ctl("bans"))
        self.ctl("unban", "127.0.0.1")
        self.assertEqual(self.phone.say(self.user_uri, "three").status, 202)
        self.ctl("unban", "127.0.0.1", code=1)
        self.assertIn("nobody", self.ctl("bans"))

    def test_ban_people(self):
        self.open()
        self.ctl("ban", "juliet@xmpp.test")
        self.link.say(self.contact, "one", "m1")
        until("the refusal", lambda: self.link.errors() ==
              {"m1": "forbidden"})
        self.ctl("unban", "juliet@xmpp.test")
        self.ctl("ban", "sip:romeo@sip.example")
        self.assertEqual(self.phone.say(self.user_uri, "two").status, 403)
        self.ctl("unban", "romeo@sip.test")
        self.assertEqual(self.phone.say(self.user_uri, "three").status, 202)
        self.assertNotIn("two", self.link.bodies())

    def test_ban_says_whom_it_cannot_shut_out(self):
        """What would look like a ban and be none is refused."""
        self.open()
        for who in ("192.0.2.0/24", "2001:db8::/32", "xmpp.test", "127.0.0.1/"):
            self.ctl("ban", who, code=1)
        self.assertIn("nobody", self.ctl("bans"))
        self.ctl("ban", "2001:DB8:0::1")
        self.assertIn("2001:db8::1", self.ctl("bans"))
        self.ctl("unban", "2001:db8:0:0::1")
        self.ctl("ban", "Juliet@XMPP.test/desk")
        self.link.say(self.contact, "one", "m1")
        until("the refusal", lambda: self.link.errors() ==
              {"m1": "forbidden"})
        self.ctl("unban", "JULIET@xmpp.test")
        self.assertIn("nobody", self.ctl("bans"))

    def test_trace(self):
        """Both protocols of one person, and nothing of others; no texts."""
        self.open()
        out = open(os.path.join(self.scene.dir, "trace"), "w+b")
        self.addCleanup(out.close)
        live = subprocess.Popen(
            [os.path.abspath(BINARY), "-s", self.socket, "ctl", "trace",
             "sip:romeo@sip.example", "1"], stdout=out,
            stderr=subprocess.STDOUT, env={**os.environ, **SANITIZE})

        def text():
            out.seek(0)
            return out.read().decode()

        try:
            until("the trace", lambda: "looking for" in text())
            self.link.say("other@" + self.fake.component, "hush1", "m0")
            self.link.say(self.contact, "hush2", "m1")
            self.phone.expect_message("hush2")
            self.phone.say(self.user_uri, "hush3")
            until("both ways", lambda: text().count("--- ") >= 6)
        finally:
            live.kill()
            live.wait()
        said = text()
        for words in ("SIP to 127.0.0.1:", "SIP from 127.0.0.1:", "XMPP from",
                      "XMPP to", "MESSAGE sip:romeo@sip.example", "[5 bytes]",
                      "id='m1'", "SIP/2.0 202"):
            self.assertIn(words, said)
        for words in ("hush", "other@", "m0"):
            self.assertNotIn(words, said)
        # Who has gone leaves nothing behind.
        self.ctl("status")
        self.link.say(self.contact, "after", "m2")
        self.phone.expect_message("after")


class Homer(Commands):
    def chunks(self, data):
        self.assertEqual(data[:4], b"HEP3")
        self.assertEqual(int.from_bytes(data[4:6], "big"), len(data))
        found, at = {}, 6
        while at < len(data):
            vendor, kind, n = (int.from_bytes(data[at + i:at + i + 2], "big")
                               for i in (0, 2, 4))
            self.assertEqual(vendor, 0)
            self.assertGreater(n, 6)
            found[kind] = data[at + 6:at + n]
            at += n
        self.assertEqual(at, len(data))
        return found

    def test_both_legs(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as collector:
            collector.bind(("127.0.0.1", 0))
            collector.settimeout(10)
            self.open(more="hep: { address: 127.0.0.1, port: %d, agent_id: 7,"
                      " key: myhep }\n" % collector.getsockname()[1])
            self.link.say(self.contact, "hush2", "m1")
            self.phone.expect_message("hush2")
            self.phone.say(self.user_uri, "hush3")
            seen = []
            while len([s for s in seen if s[11] == b"\1"]) < 4 or not any(
                    b"id='m1'" in s[15] for s in seen) or not any(
                    s[15].startswith(b"<message") and b"romeo@" in
                    s[15].split(b"to=")[0] for s in seen):
                seen.append(self.chunks(collector.recv(65536)))
        sip = [s for s in seen if s[11] == b"\1"]
        for s in seen:
            self.assertEqual(s[1], b"\2")
            self.assertEqual(s[12], (7).to_bytes(4, "big"))
            self.assertEqual(s[14], b"myhep")
            self.assertNotIn(b"hush", s[15])
            self.assertLess(abs(int.from_bytes(s[9], "big") - time.time()),
                            600)
        ours = self.stox.port.to_bytes(2, "big")
        out = [s for s in sip if s[15].startswith(b"MESSAGE sip:romeo@")][0]
        self.assertEqual(out[7], ours)
        self.assertEqual((out[3], out[4]), (bytes([127, 0, 0, 1]),) * 2)
        head, _, body = out[15].partition(b"\r\n\r\n")
        self.assertEqual(body, b"*****")
        self.assertIn(b"Content-Length: 5", head)
        self.assertIn(b"Call-ID: " + out[17], head)
        back = [s for s in sip if s[15].startswith(b"MESSAGE sip:juliet@")][0]
        self.assertEqual(back[8], ours)

    def test_nobody_collects(self):
        """Nothing is held up by a collector that is away."""
        self.open(more="hep: { address: 127.0.0.1, port: %d }\n"
                  % free_port())
        for i in range(20):
            self.link.say(self.contact, "h%d." % i, "h%d" % i)
        for i in range(20):
            self.phone.expect_message("h%d." % i)


if __name__ == "__main__":
    unittest.main()
