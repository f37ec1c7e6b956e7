"""New settings for a running stoxd: SIGHUP and `ctl reload`."""
import os
import signal
import subprocess
import unittest

from lib.case import FakeCase
from lib.phone import Phone
from lib.stox import BINARY, SANITIZE

ALIAS = ("    aliases: [{ jid: desk@sip.test, uri: 'sip:%s@sip.example' }]\n"
         "    message: { body_max_bytes: %d }\n")


class Reload(FakeCase):
    def open(self, alias="100", body_max=1000, **kw):
        self.socket = os.path.join(self.scene.dir, "ctl.sock")
        super().open(component_more=ALIAS % (alias, body_max),
                     more="limits: { sender_per_s: 50 }\n"
                          "admin: { socket: %s }\n" % self.socket, **kw)

    def edit(self, *edits):
        with open(self.stox.config, encoding="utf-8") as f:
            text = f.read()
        for old, new in edits:
            self.assertIn(old, text)
            text = text.replace(old, new)
        with open(self.stox.config + ".new", "w", encoding="utf-8") as f:
            f.write(text)
        os.rename(self.stox.config + ".new", self.stox.config)

    def reload(self, code=0):
        done = subprocess.run(
            [os.path.abspath(BINARY), "-s", self.socket, "ctl", "reload"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=30,
            env={**os.environ, **SANITIZE, "LC_ALL": "C"}, check=False)
        out = done.stdout.decode()
        self.assertEqual(done.returncode, code, out)
        return out

    def target(self, body):
        self.link.say("desk@sip.test", body, body)
        return self.phone.expect_message(body).line.split()[1]

    def test_nothing_changed(self):
        self.open()
        self.assertEqual(self.reload(), "0 changed, 0 need a restart\n")
        self.assertIn("sip:100@", self.target("one"))

    def test_mapping_and_rules(self):
        self.open()
        self.assertIn("sip:100@", self.target("one"))
        self.assertEqual(self.phone.say(self.user_uri, "x" * 1500).status,
                         413)
        self.edit(("sip:100@", "sip:200@"),
                  ("body_max_bytes: 1000", "body_max_bytes: 2000"))
        out = self.reload()
        self.assertIn("components[sip.test].aliases[0].uri: "
                      "sip:100@sip.example -> sip:200@sip.example", out)
        self.assertIn("body_max_bytes: 1000 -> 2000", out)
        self.assertIn("2 changed, 0 need a restart", out)
        self.assertIn("sip:200@", self.target("two"))
        self.assertEqual(self.phone.say(self.user_uri, "y" * 1500).status,
                         202)
        # Addresses of people are not for the log.
        self.assertTrue(self.stox.has_log("setting_changed"))
        self.assertNotIn("200@sip.example", [
            line for line in self.stox.log().splitlines()
            if "setting_changed" in line])

    def test_a_contact_loses_his_name(self):
        """He is watched, and an alias takes his address: the admin hears of
        it, and no other phone is asked in his place."""
        self.open()
        ask = ("<presence from='juliet@xmpp.test' to='romeo@sip.test' "
               "type='%s'/>")
        self.link.send(ask % "subscribe")
        self.phone.expect("SUBSCRIBE", lambda m: m.method == "SUBSCRIBE")
        self.edit(("sip:100@", "sip:romeo@"))
        self.reload()
        self.stox.stop()
        self.stox.start()
        self.stox.wait_log("contact_unreachable component=sip.test")
        self.link = self.fake.next_link()
        self.edit(("sip:romeo@", "sip:100@"))
        self.reload()
        self.link.send(ask % "probe")
        again = self.phone.expect("SUBSCRIBE", lambda m:
                                  m.method == "SUBSCRIBE")
        self.assertIn("sip:romeo@", again.line)

    def test_hangup(self):
        self.open()
        self.edit(("sip:100@", "sip:300@"))
        os.kill(self.stox.process.process.pid, signal.SIGHUP)
        self.stox.wait_log("info reloaded changes=1 need_restart=0")
        self.assertIn("sip:300@", self.target("one"))

    def test_mistake_changes_nothing(self):
        self.open()
        self.edit(("sip:100@", "sip:200@"),
                  ("sender_per_s: 50", "sender_per_s: many"))
        out = self.reload(code=1)
        self.assertIn("limits.sender_per_s", out)
        self.assertTrue(self.stox.has_log("reload_failed"))
        self.assertIn("sip:100@", self.target("one"))
        with open(self.stox.config, "w", encoding="utf-8"):
            pass  # an editor is at it
        self.assertIn("components", self.reload(code=1))
        os.unlink(self.stox.config)
        self.assertIn("stox.yml", self.reload(code=1))
        self.assertIn("sip:100@", self.target("two"))

    def test_restart_is_said(self):
        self.open()
        self.edit(("udp:127.0.0.1:%d" % self.stox.port, "udp:127.0.0.1:9"),
                  ("sender_per_s: 50", "sender_per_s: 60"))
        for _ in range(3):  # also the next time: it is still so
            out = self.reload()
            self.assertIn("sip.listen[0].port needs a restart: still %d, the "
                          "file says 9" % self.stox.port, out)
        self.assertIn("sip:100@", self.target("one"))
        self.assertEqual(self.phone.say(self.user_uri, "two").status, 202)

    def test_secrets_are_not_shown(self):
        self.open()
        self.edit(("secret: s3cret", "secret: oth3r"), ("sip:100@", "sip:2@"),
                  ("server: xmpp.test", "server: sip.xmpp.test"))
        out = self.reload()
        self.assertIn("component sip.test needs a restart", out)
        for word in ("s3cret", "oth3r"):
            self.assertNotIn(word, out)
            self.assertFalse(self.stox.has_log(word))
        # Nothing of that component has changed, and it goes on.
        self.assertIn("sip:100@", self.target("one"))

    def test_new_secret(self):
        """It counts from the next handshake on; the link stays."""
        self.open()
        self.edit(("secret: s3cret", "secret: oth3r"))
        out = self.reload()
        self.assertIn("components[sip.test].secret: changed", out)
        self.assertNotIn("oth3r", out)
        self.assertIn("1 changed, 0 need a restart", out)
        self.assertIn("sip:100@", self.target("one"))
        self.server.secret = "oth3r"
        self.link.close()
        self.link = self.server.next_link()
        self.assertIn("sip:100@", self.target("two"))

    def test_component_removed_and_added(self):
        self.open()
        self.edit(("domain: sip.test", "domain: other.test"),
                  ("desk@sip.test", "desk@other.test"))
        for _ in range(3):
            out = self.reload()
            self.assertIn("component sip.test needs a restart", out)
            self.assertIn("component other.test needs a restart: it is new",
                          out)
            self.assertIn("sip:100@", self.target("one"))
        self.edit(("domain: other.test", "domain: sip.test"),
                  ("desk@other.test", "desk@sip.test"))
        self.assertIn("0 need a restart", self.reload())
        self.assertIn("sip:100@", self.target("two"))

    def test_peers_and_log(self):
        self.open(level="info")
        self.edit(("127.0.0.0/8", "192.0.2.1"),
                  ("level: info", "level: debug"))
        out = self.reload()
        self.assertIn("sip.peers[0].addresses: [127.0.0.0/8, ::1] -> "
                      "[192.0.2.1, ::1]", out)
        self.assertEqual(self.phone.say(self.user_uri, "one").status, 403)
        self.edit(("192.0.2.1", "127.0.0.0/8"))
        self.reload()
        self.assertEqual(self.phone.say(self.user_uri, "two").status, 202)
        self.assertTrue(self.stox.has_log("debug to_xmpp "))

    def test_proxy_name_and_account(self):
        """Requests go to the new proxy, under the new name, and its challenge
        is answered with the account that came with it."""
        self.open(sip_more="  user_agent: First\n")
        self.link.say("desk@sip.test", "one", "m1")
        self.assertEqual(self.phone.expect_message("one").get("user-agent"),
                         "First")
        # One that is under way meanwhile ends where it began.
        self.phone.on_request = lambda m: None
        self.link.say("desk@sip.test", "slow", "m2")
        self.phone.expect_message("slow")
        other = Phone(self.scene, self.stox.address)
        other.on_request = lambda m: 200 if m.get(
            "proxy-authorization") else (
                407, 'Proxy-Authenticate: Digest realm="r", nonce="n1", '
                'algorithm=MD5, qop="auth"\r\n')
        self.edit(("sip:" + self.phone.address, "sip:" + other.address),
                  ("user_agent: First", "user_agent: Second\n  account: "
                   "{ username: gw, password: hush }"))
        out = self.reload()
        self.assertIn("sip.outbound_proxy: sip:%s -> sip:%s"
                      % (self.phone.address, other.address), out)
        self.assertIn("sip.user_agent: First -> Second", out)
        self.assertIn("sip.account.password: changed", out)
        self.assertIn("0 need a restart", out)
        self.assertNotIn("hush", out)
        self.phone.on_request = lambda m: 200
        self.link.say("romeo@sip.test", "two", "m3")
        first = other.expect_message("two")
        self.assertEqual(first.get("user-agent"), "Second")
        again = other.expect("the answer to its challenge", lambda m:
                             m.get("proxy-authorization"))
        self.assertIn('username="gw"', again.get("proxy-authorization"))
        self.link.say("romeo@sip.test", "three", "m4")
        other.expect_message("three")
        # Back, and nothing is lost.
        self.edit(("sip:" + other.address, "sip:" + self.phone.address))
        self.reload()
        self.link.say("desk@sip.test", "four", "m5")
        self.phone.expect_message("four")
        self.assertEqual(self.link.errors(), {})

    def test_first_hop_over_tls(self):
        """TLS that was not there at the start needs a restart; said so."""
        self.open()
        self.edit(('"sip:%s"' % self.phone.address,
                   '"sip:%s;transport=tls"' % self.phone.address))
        for _ in range(2):
            self.assertIn("sip.tls needs a restart", self.reload())
        self.edit((";transport=tls", ""))
        self.assertIn("0 need a restart", self.reload())
        self.assertIn("sip:100@", self.target("one"))

    def test_handed_over_by_systemd(self):
        """The copy of the start does not change: that is said."""
        self.open()
        self.assertNotIn("LoadCredential", self.reload())
        self.stox.stop()
        self.stox.start(env={"CREDENTIALS_DIRECTORY": self.scene.dir})
        self.assertIn("LoadCredential", self.reload())
        self.assertTrue(self.stox.has_log("settings_are_a_copy"))

    def test_under_traffic(self):
        """Fifty times while messages flow: none is lost, nothing is used
        that is gone (the sanitizers look)."""
        self.open()
        sent = 0
        for i in range(50):
            self.edit(("body_max_bytes: %d" % (1000 + i),
                       "body_max_bytes: %d" % (1001 + i)))
            for _ in range(4):
                self.link.say("desk@sip.test", "t%d." % sent, "t%d" % sent)
                sent += 1
            os.kill(self.stox.process.process.pid, signal.SIGHUP)
            self.stox.wait_log("info reloaded ", count=min(i + 1, 40))
        for i in range(sent):
            self.phone.expect_message("t%d." % i)
        self.assertEqual(self.link.errors(), {})


if __name__ == "__main__":
    unittest.main()
