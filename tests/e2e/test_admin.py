"""What admins ask and tell a running stoxd: the control socket."""
import os
import signal
import subprocess
import unittest

from lib.case import FakeCase
from lib.scene import free_port, until
from lib.stox import BINARY, SANITIZE


class Control(FakeCase):
    def open(self, **kw):
        self.socket = os.path.join(self.scene.dir, "ctl.sock")
        super().open(more="admin: { socket: %s }\n" % self.socket, **kw)

    def ctl(self, *words, code=0, lang="C"):
        env = {**os.environ, **SANITIZE, "LC_ALL": lang}
        done = subprocess.run(
            [os.path.abspath(BINARY), "-c", self.stox.config, "ctl", *words],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=30,
            stdin=subprocess.DEVNULL, env=env, check=False)
        out = done.stdout.decode()
        self.assertEqual(done.returncode, code, out)
        return out

    def test_status_and_links(self):
        self.open()
        self.assertIn("links up: 1 of 1", self.ctl("status"))
        out = self.ctl("links")
        self.assertIn(self.fake.component, out)
        self.assertIn(": up;", out)
        self.link.close()
        until("the link to be down", lambda: ": up;" not in self.ctl("links"))

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
        self.ctl("x" * 9000, code=2)
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


if __name__ == "__main__":
    unittest.main()
