"""How stoxd is run: arguments, exit codes, what it says when something is
wrong, systemd."""
import os
import signal
import socket
import ssl
import threading
import unittest

from lib.case import Case, FakeCase
from lib.scene import free_port, until
from lib.stox import BINARY, SANITIZE
from lib.tls import Authority



class Arguments(Case):
    def setUp(self):
        super().setUp()
        self.open(start=False)

    def check(self, *args):
        return self.stox.run("-c", self.stox.config, *args)

    def test_version_and_help(self):
        code, out = self.stox.run("--version")
        self.assertEqual(code, 0)
        self.assertRegex(out, r"^\S*[Ss]tox\S* \d+\.\d+")
        code, out = self.stox.run("--help")
        self.assertEqual(code, 0)
        for word in ("--check", "--explain", "--version", "-c"):
            self.assertIn(word, out)

    def test_wrong_usage(self):
        for args in (("--odd",), ("-c",), ("-c", self.stox.config, "more")):
            code, out = self.stox.run(*args)
            self.assertEqual(code, 2, out)
            self.assertTrue(out)

    def test_no_file(self):
        code, out = self.stox.run("-c", "/nowhere/stox.yml")
        self.assertEqual(code, 3)
        self.assertIn("/nowhere/stox.yml", out)

    def test_wrong_files(self):
        """File, line and key, and never the secret."""
        with open(self.stox.config, encoding="utf-8") as f:
            good = f.read()
        for old, new, words in (
                ("secret: s3cret", "secrte: s3cret", "secrte"),
                ("contacts: fixed", "contacts: odd", "contacts"),
                ("port: ", "port: 99", "port"),
                ("log:\n", "log:\n  level: info\n", "level"),
                ("sip:\n", "sip: [\n", "yml:"),
                ("secret: s3cret", "# secret", "secret")):
            with self.subTest(new):
                path = self.scene.write("bad.yml", good.replace(old, new, 1))
                os.chmod(path, 0o600)
                for more in ((), ("--check",)):
                    code, out = self.stox.run("-c", path, *more)
                    self.assertEqual(code, 3, out)
                    self.assertIn("bad.yml", out)
                    self.assertIn(words, out)
                    self.assertNotIn("s3cret", out)

    def test_wrong_for_this_machine(self):
        """What is only found out at the start: the same, in one line."""
        with open(self.stox.config, encoding="utf-8") as f:
            good = f.read()
        for old, new, words in (
                ("udp:127.0.0.1", "udp:192.0.2.77", "sip.listen[0]"),
                ("tcp:127.0.0.1", "tcp:192.0.2.77", "sip.listen[1]"),
                ("  path: ", "  path: /nowhere", "store.path")):
            with self.subTest(new):
                path = self.scene.write("bad.yml", good.replace(old, new, 1))
                os.chmod(path, 0o600)
                code, out = self.stox.run("-c", path)
                self.assertEqual(code, 1, out)
                line = [n for n, text in enumerate(good.split("\n"), 1)
                        if old in text][0]
                said = [t for t in out.split("\n") if "error" in t]
                self.assertEqual(len(said), 1, out)
                for word in (path, "line=%d " % line, words):
                    self.assertIn(word, said[0])

    def test_check_good(self):
        code, out = self.check("--check")
        self.assertEqual(code, 0, out)

    def test_check_finds(self):
        """What is wrong, in words."""
        name = self.server.name
        for kind, edit in (
                ("secret", ("secret: s3cret", "secret: wrong")),
                ("domain", ("domain: sip.test", "domain: odd.test")),
                ("port", ("port: %d" % self.server.component_port,
                          "port: %d" % free_port())),
                ("c2s", ("port: %d" % self.server.component_port,
                         "port: %d" % self.server.c2s_port)),
                ("tls", ("secret: s3cret", "secret: s3cret\n    tls: true")),
                ("host", ("host: 127.0.0.1", "host: nowhere.invalid"))):
            with self.subTest(kind, server=name):
                with open(self.stox.config, encoding="utf-8") as f:
                    text = f.read()
                path = self.scene.write("check.yml", text.replace(*edit, 1))
                os.chmod(path, 0o600)
                code, out = self.stox.run("-c", path, "--check")
                self.assertEqual(code, 4, out)
                last = out.strip().splitlines()[-1]
                self.assertGreater(len(last.split()), 5, out)
                if kind == "secret":
                    self.assertIn("secret", last)
                if kind == "tls":
                    self.assertIn("does not speak TLS", last)
                self.assertNotIn("s3cret", out)

    def test_check_port_of_tls(self):
        """The server's port for components speaks TLS, and we do not. OpenSSL
        says nothing to what is no TLS; others an alert."""
        identity = Authority(self.scene).issue("server", "IP:127.0.0.1")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(identity.pem, identity.key)
        listener = socket.create_server(("127.0.0.1", 0))

        alert = b""

        def serve():
            while True:
                try:
                    conn, _ = listener.accept()
                except OSError:
                    return
                if alert:
                    conn.recv(1000)
                    conn.sendall(alert)
                    conn.close()
                    continue
                try:
                    context.wrap_socket(conn, server_side=True)
                except OSError:
                    conn.close()
        threading.Thread(target=serve, daemon=True).start()
        try:
            with open(self.stox.config, encoding="utf-8") as f:
                text = f.read()
            path = self.scene.write("tls.yml", text.replace(
                "port: %d" % self.server.component_port,
                "port: %d" % listener.getsockname()[1], 1))
            os.chmod(path, 0o600)
            for alert, words in ((b"", "If it wants TLS, set tls: true"),
                                 (b"\x15\x03\x01\x00\x02\x02\x46",
                                  "the port speaks TLS: set tls: true")):
                code, out = self.stox.run("-c", path, "--check")
                self.assertEqual(code, 4, out)
                self.assertIn(words, out)
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()

    def test_check_port_in_use(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.bind(("127.0.0.1", self.stox.port))
            code, out = self.check("--check")
            self.assertEqual(code, 4, out)
            self.assertIn(str(self.stox.port), out)
            code, out = self.check()
            self.assertEqual(code, 1, out)

    def test_check_beside_a_running_one(self):
        self.stox.start()
        code, out = self.check("--check")
        self.assertEqual(code, 0, out)
        self.assertEqual(self.phone.say(self.user_uri, "still").status, 202)

    def test_secret_from_elsewhere(self):
        self.scene.write("secret", "s3cret\n")
        path = os.path.join(self.scene.dir, "secret")
        os.chmod(path, 0o600)
        with open(self.stox.config, encoding="utf-8") as f:
            text = f.read()
        for new, env in (("secret_file: " + path, {}),
                         ("secret_env: STOX_TEST_SECRET",
                          {"STOX_TEST_SECRET": "s3cret"})):
            with open(self.stox.config, "w", encoding="utf-8") as f:
                f.write(text.replace("secret: s3cret", new))
            self.stox.start(env=env)
            self.stox.stop()


class ArgumentsEjabberd(Arguments):
    server_name = "ejabberd"

    test_version_and_help = test_wrong_usage = test_no_file = None
    test_wrong_files = test_check_port_in_use = None
    test_wrong_for_this_machine = None
    test_secret_from_elsewhere = None


class WrongSecret(Case):
    def test_it_says_so_once_and_waits(self):
        self.open(start=False)
        with open(self.stox.config, encoding="utf-8") as f:
            text = f.read()
        with open(self.stox.config, "w", encoding="utf-8") as f:
            f.write(text.replace("secret: s3cret", "secret: wr0ng")
                    .replace("level: debug", "level: info"))
        self.stox.start(wait=False)
        self.stox.wait_log("component_refused")
        answer = self.phone.say(self.user_uri, "x")
        self.assertEqual(answer.status, 503)
        self.assertTrue(answer.get("retry-after"))
        log = self.stox.log()
        self.assertEqual(log.count("component_refused"), 1)
        self.assertIn("secret", log)
        self.assertNotIn("wr0ng", log)
        self.stox.stop()


class WrongSecretEjabberd(WrongSecret):
    server_name = "ejabberd"


class Systemd(FakeCase):
    def setUp(self):
        super().setUp()
        path = os.path.join(self.scene.dir, "notify")
        if os.path.exists(path):
            os.unlink(path)
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(path)
        self.notify.settimeout(0.05)
        self.env = {"NOTIFY_SOCKET": path}
        self.told = ""

    def tearDown(self):
        super().tearDown()
        self.notify.close()

    def says(self, words):
        try:
            while True:
                self.told += self.notify.recv(4096).decode() + "\n"
        except TimeoutError:
            pass
        return words in self.told

    def test_ready_after_the_handshake(self):
        self.fake.is_refusing = True
        Case.open(self, start=False)
        self.stox.start(wait=False, env=self.env)
        until("a try", lambda: self.fake.connections >= 2)
        self.assertFalse(self.says("READY=1"))
        self.assertIn("STATUS=", self.told)
        self.fake.is_refusing = False
        until("READY", lambda: self.says("READY=1"))
        self.stox.process.send_signal(signal.SIGTERM)
        until("STOPPING", lambda: self.says("STOPPING=1"))
        until("its end", lambda: not self.stox.process.alive())

    def test_watchdog(self):
        Case.open(self, start=False)
        self.stox.start(env={**self.env, "WATCHDOG_USEC": "400000"})
        until("three signs of life", lambda: self.says("WATCHDOG=1") and
              self.told.count("WATCHDOG=1") >= 3)


class Signals(Case):
    def test_int_and_term(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            self.open()
            self.stox.process.send_signal(number)
            until("its end", lambda: not self.stox.process.alive(), 8)
            self.assertEqual(self.stox.process.process.returncode, 0)

    def test_log_has_no_bodies(self):
        self.open()
        juliet = self.person()
        self.phone.say(self.user_uri, "a-secret-word")
        juliet.expect_message("a-secret-word")
        juliet.say(self.contact, "another-one")
        self.phone.expect_message("another-one")
        self.stox.wait_log("to_sip_done")
        self.assertNotIn("a-secret-word", self.stox.log())
        self.assertNotIn("another-one", self.stox.log())
        cids = [w for line in self.stox.log().splitlines()
                for w in line.split() if w.startswith("cid=")]
        self.assertEqual(len(set(cids)), 2)
        self.assertEqual(len(cids), 4)

    def test_without_standard_files(self):
        """What is closed must not be given to a socket, and logged into."""
        self.open(start=False)
        quiet = self.scene.start("quiet", [
            "sh", "-c", 'exec "$0" -c "$1" <&- >&- 2>&-',
            os.path.abspath(BINARY), self.stox.config], env=SANITIZE)
        until("the link", lambda: self.phone.say(
            self.user_uri, "x").status == 202)
        for fd in range(3):
            self.assertEqual(os.readlink("/proc/%d/fd/%d" % (
                quiet.process.pid, fd)), "/dev/null")
        self.assertEqual(quiet.stop(), 0)

    def test_the_log_cannot_be_forged(self):
        self.open()
        self.phone.say(self.user_uri, "x", call_id="a", from_uri="sip:"
                       "a%0d%0aevil%1b[31m@sip.example")
        for line in self.stox.log().splitlines():
            self.assertRegex(line, r"^(\d{4}-|/)")
            self.assertNotIn("\x1b", line)


if __name__ == "__main__":
    unittest.main()
