"""Users of the registrar that are in the store: by `stoxd ctl`."""
import os
import secrets
import socket
import subprocess
import time
import unittest

from lib.case import FakeCase
from lib.handset import NOWHERE, REGISTRAR, Handset
from lib.scene import until
from lib.simple import pidf
from lib.stox import BINARY, SANITIZE

DAVE = "dave@sip.example"
PASSWORD = "open \"sesame\" \\ ä"


class Accounts(FakeCase):
    def start(self, sip_more="", more=""):
        self.socket = os.path.join(self.scene.dir, "ctl.sock")
        # No sip.users at all: everybody is in the store.
        self.open(phone=False, peers=NOWHERE, sip_more=sip_more,
                  component_more=REGISTRAR + more, level="debug",
                  more="admin: { socket: %s }\n" % self.socket,
                  name=secrets.token_hex(4) + ".yml")

    def ctl(self, *words, given="", code=0):
        done = subprocess.run(
            [os.path.abspath(BINARY), "-c", self.stox.config, "ctl", *words],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=30,
            input=given.encode(), check=False,
            env={**os.environ, **SANITIZE, "LC_ALL": "C"})
        out = done.stdout.decode()
        self.assertEqual(done.returncode, code, out)
        return out

    def handset(self, password=PASSWORD, name="dave", **kw):
        phone = Handset(self.scene, self.stox.address, name, **kw)
        phone.password = password
        return phone

    def test_add_kill_reload_remove(self):
        self.start()
        dave = self.handset()
        self.assertIn(dave.register().status, (401, 403))
        self.assertEqual(self.ctl("account-add", DAVE, given=PASSWORD + "\n"),
                         "done\n")
        self.assertIn(DAVE, self.ctl("accounts"))
        self.assertEqual(dave.register().status, 200)
        self.assertEqual(self.handset("wrong").register().status, 403)
        # Told is kept: kill -9 at once after the answer.
        self.ctl("account-add", "erin@sip.example", given="second")
        self.stox.kill()
        self.stox.start()
        self.link = self.fake.next_link()
        self.assertIn("users in the store: 2", self.ctl("accounts"))
        self.assertEqual(dave.register().status, 200)
        self.assertEqual(self.handset("second", "erin").register().status, 200)
        self.ctl("reload")
        self.assertEqual(self.handset().register().status, 200)
        self.link.say("dave@sip.test", "hello dave", "m1")
        dave.expect_message("hello dave")
        # Gone, with his phones, at once and after a restart.
        self.assertEqual(self.ctl("account-remove", DAVE), "done\n")
        self.assertNotIn(DAVE, self.ctl("accounts"))
        for restart in (False, True):
            if restart:
                self.stox.kill()
                self.stox.start()
                self.link = self.fake.next_link()
            self.assertIn(self.handset().register().status, (401, 403))
            self.link.say("dave@sip.test", "too late", "m%d" % restart)
            until("the error", lambda r=restart: self.link.errors().get(
                "m%d" % r))
            self.assertEqual(self.link.errors()["m%d" % restart],
                             "item-not-found")
        time.sleep(0.2)
        self.assertNotIn("too late", [m.text for m in
                                      list(dave.requests.queue)])
        self.ctl("account-remove", DAVE, code=1)

    def test_what_he_has_published_goes_too(self):
        self.start()
        self.ctl("account-add", DAVE, given=PASSWORD)
        dave = self.handset()
        self.link.send("<presence from='juliet@xmpp.test' "
                       "to='dave@sip.test' type='subscribe'/>")
        self.link.expect(b"type='subscribed'")
        body = pidf("sip:" + DAVE, note="at my desk")
        self.assertEqual(dave.publish(body).status, 200)
        self.link.expect(b"at my desk")
        told = len(self.link.data)
        self.ctl("account-remove", DAVE)
        until("juliet to be told", lambda: b"type='unavailable'" in
              self.link.data[told:])
        self.stox.kill()
        self.stox.start()
        self.link = self.fake.next_link()
        self.link.send("<presence from='juliet@xmpp.test' "
                       "to='dave@sip.test' type='probe'/>")
        self.link.expect(b"type='unavailable'")
        self.assertNotIn(b"at my desk", self.link.data)

    def test_another_password(self):
        self.start()
        self.ctl("account-password", DAVE, given="x", code=1)
        self.ctl("account-add", DAVE, given="one")
        dave = self.handset("one")
        self.assertEqual(dave.register().status, 200)
        self.ctl("account-add", DAVE, given="other", code=1)
        self.ctl("account-password", DAVE, given="two\n")
        self.assertEqual(self.handset("one").register().status, 403)
        self.assertEqual(self.handset("two").register().status, 200)
        # His phones stay registered.
        self.link.say("dave@sip.test", "still here", "m1")
        dave.expect_message("still here")

    def test_the_password_is_nowhere(self):
        self.start()
        secret = "nobody-shall-see-this"
        # Not an argument, which `ps` shows.
        out = self.ctl("account-add", DAVE, secret, code=2)
        self.assertIn("standard input", out)
        self.assertNotIn(secret, out)
        out = self.ctl("account-add", DAVE, given=secret)
        self.assertNotIn(secret, out)
        self.assertEqual(self.handset(secret).register().status, 200)
        self.assertIn("admin_command", self.stox.log())
        self.assertNotIn(secret, self.stox.log())
        self.stox.stop()
        for folder, _, names in os.walk(self.scene.dir):
            for name in names:
                path = os.path.join(folder, name)
                if os.path.isfile(path):
                    with open(path, "rb") as f:
                        self.assertNotIn(secret.encode(), f.read(), path)

    def test_refused(self):
        self.start("  users:\n    - { uri: \"sip:fixed@sip.example\", "
                   "password: p }\n")
        for aor in ("dave", "@sip.example", "dave@elsewhere.example",
                    "dave@sip.example:5060", "fixed@sip.example",
                    "da ve@sip.example"):
            self.ctl("account-add", aor, given="p", code=1)
        self.ctl("account-add", DAVE, given="", code=2)
        self.ctl("account-add", DAVE, given="\n", code=2)
        self.ctl("account-add", DAVE, given="x" * 9000, code=2)
        self.ctl("account-add", code=2)
        self.ctl("account-add", "", given="p", code=2)
        self.ctl("account-remove", "fixed@sip.example", code=1)
        self.assertEqual(self.handset("p", "fixed").register().status, 200)
        self.assertIn("users in the store: 0", self.ctl("accounts"))

    def test_many_at_once_and_gone(self):
        """Clients that send all at once, or do not wait for the answer."""
        self.start()
        lines = "".join('account-add u%d@sip.example "p %d"\n' % (i, i)
                        for i in range(20))
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(self.socket)
            s.sendall(("stox 1 en\n" + lines + "accounts\n").encode())
            s.shutdown(socket.SHUT_WR)
            s.settimeout(20)
            out = b"".join(iter(lambda: s.recv(65536), b"")).decode()
        self.assertEqual(out.count("|done\n=0\n"), 20)
        self.assertIn("|users in the store: 20\n", out)
        for i in range(50):
            with socket.socket(socket.AF_UNIX) as s:
                s.connect(self.socket)
                s.sendall(b"stox 1 en\naccount-add g%d@sip.example x\n" % i)
        until("all of them", lambda: "users in the store: 70" in
              self.ctl("accounts"))

    def test_kept_for_who_has_no_phone(self):
        """With the outbox a message waits until he registers."""
        self.start(more="    outbox: { to_sip: on, retry_min_s: 3600, "
                        "retry_max_s: 3600 }\n")
        self.ctl("account-add", DAVE, given=PASSWORD)
        for i in range(3):
            self.link.say("dave@sip.test", "wait %d" % i, "w%d" % i)
        until("them to wait",
              lambda: "to SIP: 3 wait" in self.ctl("outbox"))
        self.assertEqual(self.link.errors(), {})
        self.stox.kill()
        self.stox.start()
        self.link = self.fake.next_link()
        self.assertIn("to SIP: 3 wait", self.ctl("outbox"))
        dave = self.handset()
        self.assertEqual(dave.register().status, 200)
        for i in range(3):
            m = dave.expect("MESSAGE", lambda m: m.method == "MESSAGE")
            self.assertEqual(m.text, "wait %d" % i)
        until("all to be gone", lambda: "to SIP: 0 wait" in self.ctl("outbox"))
        # Nobody's messages are kept for somebody who does not exist.
        self.link.say("nobody@sip.test", "x", "n1")
        until("the error", lambda: self.link.errors().get("n1"))
        self.assertEqual(self.link.errors(), {"n1": "item-not-found"})


if __name__ == "__main__":
    unittest.main()
