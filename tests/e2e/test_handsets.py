"""Real phones attached to stoxd alone, without any SIP server, and ten
thousand of them."""
import secrets
import socket
import threading
import time
import unittest

from lib.case import Case, FakeCase
from lib.digest import authorization
from lib.linphone import Linphone
from lib.handset import NOWHERE, REGISTRAR, USERS, Handset
from lib.registering import Baresip
from lib.scene import until

MD5 = "  md5: true\n"


class Baresips(Case):
    transport = "udp"

    def start(self):
        self.open(phone=False, peers=NOWHERE, sip_more=USERS + MD5,
                  component_more=REGISTRAR,
                  more="presence: {notify_every_ms: 100}\n",
                  name=secrets.token_hex(4) + ".yml")

    def test_people_and_phones(self):
        self.start()
        juliet = self.person()
        alice = Baresip(self.scene, self.stox.address, self.user_uri, "alice",
                        "wonder", pubint=60, transport=self.transport)
        bob = Baresip(self.scene, self.stox.address, "sip:alice@sip.example",
                      "bob", "builder", transport=self.transport)
        until("both to be registered", lambda: all(
            "200 OK" in x.process.text() for x in (alice, bob)))
        component = self.server.component
        # Her phone watches juliet, and juliet her.
        juliet.expect("the question", lambda s: s.get("type") == "subscribe" and
                      s.get("from", "").startswith("alice@"))
        juliet.send("<presence to='alice@%s' type='subscribed'/>" % component)
        juliet.send("<presence to='alice@%s' type='subscribe'/>" % component)
        juliet.expect("the answer", lambda s: s.get("type") == "subscribed")
        alice.wait_contact("Online")
        # Messages, both ways, and between the phones.
        alice.send("from a real phone")
        juliet.expect_message("from a real phone")
        juliet.say("alice@" + component, "to a real phone")
        alice.expect_message("to a real phone")
        bob.send("from bob to alice")
        alice.expect_message("from bob to alice")
        # What she publishes is seen by juliet and by bob.
        alice.command("presence_online")
        bob.wait_contact("Online")
        juliet.expect("alice online", lambda s: s.get("type") is None and
                      s.get("from", "").startswith("alice@"))
        alice.command("presence_offline")
        juliet.expect("alice offline", lambda s: s.get("type") ==
                      "unavailable" and s.get("from", "").startswith("alice@"))
        bob.wait_contact("Offline")


class Linphones(Case):
    def test_people_and_phones(self):
        self.open(phone=False, peers=NOWHERE, sip_more=USERS,
                  component_more=REGISTRAR,
                  more="presence: {notify_every_ms: 100}\n",
                  name=secrets.token_hex(4) + ".yml")
        gateway = "127.0.0.1:%d" % self.stox.port
        juliet = self.person()
        alice = Linphone(self.scene, gateway, "alice", register=True,
                         password="wonder")
        bob = Linphone(self.scene, gateway, "bob", register=True,
                       password="builder")
        component = self.server.component
        juliet.send("<presence to='alice@%s' type='subscribe'/>" % component)
        juliet.expect("alice online", lambda s: s.get("type") is None and
                      s.get("from", "").startswith("alice@"))
        alice.send(self.user_uri, "from Linphone")
        juliet.expect_message("from Linphone")
        juliet.say("alice@" + component, "to Linphone")
        alice.expect("message", text="to Linphone")
        bob.send(alice.uri, "from one to the other")
        alice.expect("message", text="from one to the other")
        # Presence: alice publishes, bob and juliet see it.
        bob.command(watch=alice.uri)
        alice.command(be="away", note="at lunch")
        juliet.expect("alice away", lambda s: "away" in [
            c.text for c in s] and s.get("from", "").startswith("alice@"))
        bob.expect("presence", note="at lunch")


class BaresipsOverTcp(Baresips):
    transport = "tcp"


class Calls(Case):
    """A call is not for the gateway: it ends at once, and the phone goes on."""

    def test_baresip_calls(self):
        self.open(phone=False, peers=NOWHERE, sip_more=USERS + MD5,
                  component_more=REGISTRAR,
                  name=secrets.token_hex(4) + ".yml")
        juliet = self.person()
        alice = Baresip(self.scene, self.stox.address, self.user_uri, "alice",
                        "wonder")
        until("her to be registered", lambda:
              "200 OK" in alice.process.text())
        for uri in (self.user_uri, "sip:bob@sip.example"):
            before = alice.process.text().count("session closed: 405")
            alice.command("dial", uri)
            until("the call to end", lambda n=before: alice.process.text()
                  .count("session closed: 405") > n)
        alice.send("then I write")
        juliet.expect_message("then I write")


USERS_MANY = 10000


class Many(FakeCase):
    """Ten thousand phones refresh, and nobody waits for it."""

    busy = 0  # 503, for a store that is slow: they ask again

    def send_all(self, sock, make, window=200):
        """Sends each until it is answered; (status, challenge) by number. A
        late answer to an earlier request does not count."""
        answers, waiting = {}, {}
        todo = [(i, 0) for i in range(USERS_MANY)]
        sock.settimeout(1)
        while todo or waiting:
            while todo and len(waiting) < window:
                i, tries = todo.pop()
                cseq, data = make(i, tries)
                sock.sendto(data, self.stox.address)
                waiting[i, cseq] = tries, data
            try:
                head = sock.recv(65536).decode()
            except socket.timeout:
                for _, data in waiting.values():
                    sock.sendto(data, self.stox.address)
                continue
            i = int(head.split("Call-ID: c", 1)[1].split("\r\n", 1)[0])
            cseq = int(head.split("CSeq: ", 1)[1].split(" ", 1)[0])
            tries, _ = waiting.pop((i, cseq), (None, None))
            if tries is None:
                continue
            status = int(head.split()[1])
            if status == 503 and tries < 50:
                self.busy += 1
                todo.insert(0, (i, tries + 1))
                time.sleep(0.01)
                continue
            nonce = head.split("WWW-Authenticate: ", 1)
            answers[i] = status, nonce[1].split("\r\n", 1)[0] if len(
                nonce) > 1 else None
        return answers

    def requests(self, port, round_, challenges=None):
        """What makes a request of phone i; CSeq and the nonce's count go up
        with each try."""
        def make(i, tries):
            name, proof, cseq = "u%d" % i, "", round_ * 100 + tries
            if challenges:
                proof = authorization(
                    challenges[i], "REGISTER", "sip:sip.example", name, "p",
                    cseq, cnonce="0123456789abcdef")
            return cseq, (
                "REGISTER sip:sip.example SIP/2.0\r\nVia: SIP/2.0/UDP "
                "127.0.0.1:%d;rport;branch=z9hG4bK%d-%d\r\nMax-Forwards: 70\r\n"
                "From: <sip:%s@sip.example>;tag=t%d\r\nTo: <sip:%s@sip.example>"
                "\r\nCall-ID: c%d\r\nCSeq: %d REGISTER\r\nContact: "
                "<sip:%s@127.0.0.1:%d>;expires=600\r\n%sContent-Length: 0\r\n"
                "\r\n" % (port, i, cseq, name, i, name, i, cseq, name, port,
                          proof)).encode()
        return make

    def test_refreshed_without_a_stall(self):
        users = "  users:\n" + "".join(
            '    - { uri: "sip:u%d@sip.example", ha1_md5: %s }\n' % (
                i, __import__("hashlib").md5(
                    b"u%d:sip.example:p" % i).hexdigest())
            for i in range(USERS_MANY)) + "".join(
                USERS.splitlines(True)[2:])
        self.open(phone=False, peers=NOWHERE, sip_more=MD5 + users,
                  component_more=REGISTRAR, level="info",
                  more="limits: {sender_per_s: 0}\n",  # bob writes and writes
                  name=secrets.token_hex(4) + ".yml")
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
        got = self.send_all(sock, self.requests(port, 1))
        self.assertEqual({s for s, _ in got.values()}, {401})
        challenges = {k: c for k, (_, c) in got.items()}
        got = self.send_all(sock, self.requests(port, 2, challenges))
        self.assertEqual({s for s, _ in got.values()}, {200})
        # Once more, while somebody writes: his messages do not wait.
        bob = Handset(self.scene, self.stox.address, "bob")
        self.assertEqual(bob.register().status, 200)
        again = self.requests(port, 3, challenges)
        done, slowest = threading.Event(), [0.0]

        def refresh():
            self.refreshed = self.send_all(sock, again)
            done.set()
        thread = threading.Thread(target=refresh, daemon=True)
        started = time.monotonic()
        thread.start()
        n = 0
        while not done.is_set():
            begin = time.monotonic()
            n += 1
            self.assertEqual(bob.write("sip:juliet@xmpp.test", "m%d" % n)
                             .status, 202)
            slowest[0] = max(slowest[0], time.monotonic() - begin)
        thread.join()
        took = time.monotonic() - started
        print("10,000 refreshed in %.1f s, %d messages meanwhile, the slowest "
              "%.0f ms, %.1f MB, %d times 503" % (
                  took, n, slowest[0] * 1000, self.stox.rss_bytes() / 1e6,
                  self.busy))
        self.assertEqual({s for s, _ in self.refreshed.values()}, {200})
        # A stall is seconds; the machine may be busy.
        self.assertLess(slowest[0], 5.0)
        # And all of them are there after a restart.
        self.stox.kill()
        self.stox.start()
        self.link = self.fake.next_link()
        self.link.say("u9999@sip.test", "still there", "x1")
        sock.settimeout(10)
        self.assertIn(b"still there", sock.recv(65536))
        sock.close()


if __name__ == "__main__":
    unittest.main()
