#!/usr/bin/python3
"""Subscriptions in numbers: so many in each direction against peers of its own,
then what they cost. Not part of the tests; by hand:

    tests/bench/presence.py --stoxd build/stoxd --count 100000

Says how fast they are set up, how much memory each takes, and how long the loop
was away at most (an OPTIONS every 10 ms asks for it)."""
import argparse
import os
import re
import socket
import subprocess
import tempfile
import threading
import time

CONFIG = """
log: {{level: warn}}
components:
  - domain: sip.test
    server: xmpp.test
    port: {xmpp}
    secret: s
    sip_domain: sip.example
sip:
  listen: ['udp:127.0.0.1:{sip}', 'tcp:127.0.0.1:{sip}']
  outbound_proxy: 'sip:127.0.0.1:{peer}'
  peers: [{{addresses: [127.0.0.0/8], domains: [sip.example]}}]
  timeout_ms: 60000
limits: {{source_per_s: 0, sender_per_s: 0, queue_max_stanzas: 100000}}
store: {{path: {store}}}
presence: {{subscriptions_max: 1000000, notify_every_ms: 5000}}
"""
PIDF = ("<?xml version='1.0'?><presence xmlns='urn:ietf:params:xml:ns:pidf' "
        "entity='sip:c@sip.example'><tuple id='ID-a'><status><basic>open"
        "</basic></status></tuple></presence>")
WINDOW = 500


def header(data, name):
    m = re.search(rb"(?im)^" + name + rb":[ \t]*(.*?)\r$", data)
    return m.group(1) if m else b""


class Peer:
    """The SIP side: answers everything, and counts."""

    def __init__(self, port):
        self.to = ("127.0.0.1", port)
        self.s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 << 20)
        self.s.bind(("127.0.0.1", 0))
        self.port = self.s.getsockname()[1]
        self.active, self.accepted, self.refused = set(), set(), 0
        self.opened = set()
        threading.Thread(target=self.run, daemon=True).start()

    def answer(self, data, extra=b""):
        to = header(data, b"To")
        if b";tag=" not in to:
            to += b";tag=p"
        via = b"".join(b"Via: " + v + b"\r\n" for v in
                       re.findall(rb"(?im)^Via:[ \t]*(.*?)\r$", data))
        self.s.sendto(
            b"SIP/2.0 200 OK\r\n" + via + b"From: " + header(data, b"From") +
            b"\r\nTo: " + to + b"\r\nCall-ID: " + header(data, b"Call-ID") +
            b"\r\nCSeq: " + header(data, b"CSeq") + b"\r\n" + extra +
            b"Content-Length: 0\r\n\r\n", self.to)

    def run(self):
        while True:
            data = self.s.recv(65536)
            call = header(data, b"Call-ID")
            if data.startswith(b"NOTIFY"):
                self.answer(data)
                if b"Subscription-State: active" in data:
                    self.active.add(call)
            elif data.startswith(b"SUBSCRIBE"):
                self.answer(data, b"Expires: 3600\r\nContact: <sip:c@127.0.0.1"
                            b":%d>\r\n" % self.port)
                self.opened.add(call)
                self.notify(data, call)
            elif data.startswith(b"SIP/2.0 200") and b"SUBSCRIBE" in header(
                    data, b"CSeq"):
                self.accepted.add(call)
            elif data.startswith(b"SIP/2.0 5"):
                self.refused += 1

    def notify(self, data, call):
        target = re.search(rb"<(.*?)>", header(data, b"Contact")).group(1)
        self.s.sendto(
            b"NOTIFY " + target + b" SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:%d;"
            b"branch=z9hG4bKn" % self.port + call + b"\r\nMax-Forwards: 70\r\n"
            b"From: " + header(data, b"To") + b";tag=p\r\nTo: " +
            header(data, b"From") + b"\r\nCall-ID: " + call +
            b"\r\nCSeq: 1 NOTIFY\r\nContact: <sip:c@127.0.0.1:%d>\r\n"
            % self.port + b"Event: presence\r\nSubscription-State: active;"
            b"expires=3600\r\nContent-Type: application/pidf+xml\r\n"
            b"Content-Length: %d\r\n\r\n" % len(PIDF) + PIDF.encode(), self.to)

    def subscribe(self, n):
        self.s.sendto((
            "SUBSCRIBE sip:u%d@xmpp.test SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1"
            ":%d;branch=z9hG4bKs%d\r\nMax-Forwards: 70\r\nFrom: <sip:w%d@"
            "sip.example>;tag=t\r\nTo: <sip:u%d@xmpp.test>\r\nCall-ID: in%d"
            "\r\nCSeq: 1 SUBSCRIBE\r\nContact: <sip:w%d@127.0.0.1:%d>\r\n"
            "Event: presence\r\nExpires: 3600\r\nContent-Length: 0\r\n\r\n"
            % (n, self.port, n, n, n, n, n, self.port)).encode(), self.to)


class Server:
    """The XMPP side: takes the component, approves whatever is asked."""

    def __init__(self):
        self.l = socket.create_server(("127.0.0.1", 0))
        self.port = self.l.getsockname()[1]
        self.subscribed = set()
        self.up = threading.Event()
        self.lock = threading.Lock()
        threading.Thread(target=self.run, daemon=True).start()

    def send(self, text):
        with self.lock:
            self.c.sendall(text.encode())

    def run(self):
        while True:
            self.c, _ = self.l.accept()
            try:
                self.serve()
            except OSError:
                pass

    def serve(self):
        self.c.recv(4096)
        self.send("<?xml version='1.0'?><stream:stream xmlns='jabber:component"
                  ":accept' xmlns:stream='http://etherx.jabber.org/streams' "
                  "from='sip.test' id='1'>")
        data = b""
        while b"</handshake>" not in data:
            data += self.c.recv(4096)
        self.send("<handshake/>")
        self.up.set()
        data = b""
        while True:
            got = self.c.recv(1 << 20)
            if not got:
                return
            data += got
            end = data.rfind(b">") + 1
            self.take(data[:end].decode())
            data = data[end:]

    def take(self, text):
        out = []
        for tag in re.findall(r"<(?:presence|iq) [^>]*>", text):
            a = dict(re.findall(r"([a-z]+)='([^']*)'", tag))
            if a.get("type") == "subscribe":
                out.append("<presence from='%s' to='%s' type='subscribed'/>"
                           % (a["to"], a["from"]))
            elif a.get("type") == "subscribed":
                self.subscribed.add(a["to"])
            elif tag.startswith("<iq") and a.get("type") == "get":
                out.append("<iq from='%s' to='%s' id='%s' type='result'/>"
                           % (a["to"], a["from"], a["id"]))
        if out:
            self.send("".join(out))


class Pulse:
    """How long an OPTIONS waits for its answer, at most."""

    def __init__(self, port):
        self.to, self.worst_ms, self.on = ("127.0.0.1", port), 0.0, True
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.settimeout(10)
        s.bind(("127.0.0.1", 0))
        n = 0
        while self.on:
            n += 1
            since = time.monotonic()
            s.sendto((
                "OPTIONS sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:"
                "%d;branch=z9hG4bKo%d\r\nMax-Forwards: 70\r\nFrom: <sip:x@"
                "sip.example>;tag=o\r\nTo: <sip:127.0.0.1>\r\nCall-ID: o%d\r\n"
                "CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
                % (s.getsockname()[1], n, n)).encode(), self.to)
            try:
                s.recv(4096)
            except OSError:
                pass
            self.worst_ms = max(self.worst_ms,
                                (time.monotonic() - since) * 1000)
            time.sleep(0.01)


def rss(pid):
    with open("/proc/%d/statm" % pid, encoding="ascii") as f:
        return int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def fill(name, count, send, done, pid, port):
    before, since, sent, last = rss(pid), time.monotonic(), 0, -1
    pulse = Pulse(port)
    stuck = since
    while len(done()) < count:
        have = len(done())
        if have != last:
            last, stuck = have, time.monotonic()
        if time.monotonic() - stuck > 20:
            print("%s: stuck at %d of %d" % (name, have, count))
            break
        while sent < count and sent - have < WINDOW:
            send(sent)
            sent += 1
        time.sleep(0.001)
    took = time.monotonic() - since
    pulse.on = False
    have = len(done())
    print("%-22s %7d in %5.1f s = %6.0f/s; %5d bytes each; worst answer to "
          "OPTIONS %.0f ms" % (name, have, took, have / took,
                               (rss(pid) - before) // max(have, 1),
                               pulse.worst_ms), flush=True)


def restart(stoxd, path, server, port):
    """After kill -9: until the link is up, and the first ten seconds of it."""
    since = time.monotonic()
    stox = subprocess.Popen([stoxd, "-c", path])
    if not server.up.wait(60):
        raise SystemExit("stoxd does not come back")
    up_s = time.monotonic() - since
    pulse = Pulse(port)
    time.sleep(10)
    pulse.on = False
    print("after kill -9          link up in %.1f s, %d bytes in all; worst "
          "answer to OPTIONS in 10 s %.0f ms"
          % (up_s, rss(stox.pid), pulse.worst_ms), flush=True)
    return stox


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--stoxd", default="build/stoxd")
    p.add_argument("--count", type=int, default=100000)
    args = p.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        server = Server()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        peer = Peer(port)
        path = os.path.join(folder, "stox.yml")
        with open(path, "w", encoding="ascii") as f:
            f.write(CONFIG.format(xmpp=server.port, sip=port, peer=peer.port,
                                  store=os.path.join(folder, "stox.db")))
        os.chmod(path, 0o600)
        stox = subprocess.Popen([args.stoxd, "-c", path])
        try:
            if not server.up.wait(10):
                raise SystemExit("stoxd does not connect")
            time.sleep(0.5)
            fill("contacts watch users", args.count, peer.subscribe,
                 lambda: peer.active, stox.pid, port)
            fill("users watch contacts", args.count, lambda n: server.send(
                "<presence from='v%d@xmpp.test' to='c%d@sip.test' "
                "type='subscribe'/>" % (n, n)),
                 lambda: server.subscribed, stox.pid, port)
            stox.kill()
            stox.wait()
            server.up.clear()
            stox = restart(args.stoxd, path, server, port)
        finally:
            stox.terminate()
            stox.wait(20)


if __name__ == "__main__":
    main()
