"""An XMPP server of the test's own: the server's end of XEP-0114, which sends
what no server does."""
import hashlib
import queue
import re
import select
import socket
import threading
import time

from .scene import TIMEOUT, Failed, free_port


PING = re.compile(rb"<iq ([^>]*)><ping xmlns='urn:xmpp:ping'/>")
MESSAGE = re.compile(rb"<message [^>]*>.*?</message>|<message [^>]*/>", re.S)


def attr(tag, name):
    m = re.search(rb"\b" + name + rb"='([^']*)'", tag)
    return m.group(1) if m else b""


class Link:
    """One accepted connection, past the handshake."""

    def __init__(self, conn, is_answering=True):
        self.conn = conn
        self.data = b""
        self.is_answering = is_answering
        self.answered = set()
        self.lock = threading.Lock()
        self.is_closed = threading.Event()
        self.is_reading = threading.Event()
        self.is_reading.set()

    def send(self, data):
        try:
            self.conn.sendall(data if isinstance(data, bytes)
                              else data.encode("utf-8"))
            return True
        except OSError:
            return False

    def close(self):
        try:
            self.conn.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.conn.close()

    def say(self, to, body, id, more=""):
        self.send("<message from='juliet@xmpp.test/desk' to='%s' id='%s' "
                  "type='chat'><body>%s</body>%s</message>"
                  % (to, id, body, more))

    def choke(self):
        """Nothing is read any more, and so much asked for that stoxd gives
        up to listen, with all it can keep for us full."""
        self.is_reading.clear()
        ask = (b"<iq type='get' from='u@xmpp.test/" + b"r" * 900 +
               b"' to='sip.test' id='p'><ping xmlns='urn:xmpp:ping'/></iq>")
        data = ask * 50
        while select.select([], [self.conn], [], 2)[1]:
            data = data[self.conn.send(data, socket.MSG_DONTWAIT):] or ask * 50

    def answer(self, server):
        """From now on pings are answered, the waiting ones first."""
        self.is_answering = True
        server.answer_pings(self, 0)

    def messages(self):
        """What stoxd has sent: (id, type, the element's bytes) each."""
        return [(attr(m.group(0).partition(b">")[0], b"id").decode(),
                 attr(m.group(0).partition(b">")[0], b"type").decode(),
                 m.group(0)) for m in MESSAGE.finditer(self.data)]

    def errors(self):
        """id -> condition."""
        out = {}
        for id, kind, data in self.messages():
            if kind == "error":
                m = re.search(rb"<error [^>]*><([a-z-]+)", data)
                out[id] = m.group(1).decode() if m else "?"
        return out

    def bodies(self):
        return [m.group(1).decode() for _, kind, data in self.messages()
                if kind != "error"
                for m in [re.search(rb"<body[^>]*>([^<]*)</body>", data)]]

    def expect_message(self, body, timeout=None):
        """The (id, type, bytes) of the message with that body."""
        word = b"<body>" + body.encode() + b"</body>"
        self.expect(re.escape(word), timeout)
        return [m for m in self.messages() if word in m[2]][-1]

    def expect(self, pattern, timeout=None):
        """The match of pattern in the bytes that came."""
        end = time.monotonic() + (timeout or TIMEOUT)
        while time.monotonic() < end:
            m = re.search(pattern, self.data)
            if m:
                return m
            if self.is_closed.wait(0.02):
                m = re.search(pattern, self.data)
                if m:
                    return m
                break
        raise Failed("no %r from stoxd, but %r" % (pattern, self.data[-500:]))


class FakeServer:
    """Quacks like servers.Server. next_link() gives each connection once it
    is up; its pings are answered unless link.is_answering is off."""
    domain = "xmpp.test"
    component = "sip.test"
    secret = "s3cret"

    def __init__(self, scene, greeting=None):
        self.port = self.component_port = free_port()
        self.c2s_port = 0
        self.greeting = greeting
        self.links = queue.Queue()
        self.connections = 0
        self.conns = []
        self.is_refusing = False
        self.is_answering = True  # pings, of the links to come
        self.is_open = True
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", self.port))
        self.listener.listen(16)
        scene.at_end(self.close)
        threading.Thread(target=self.accept, daemon=True).start()

    def close(self):
        self.is_open = False
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()
        for conn in self.conns:
            conn.close()

    def accept(self):
        while self.is_open:
            try:
                conn, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            self.conns.append(conn)
            if self.is_refusing:
                conn.close()
                continue
            threading.Thread(target=self.serve, args=(conn,),
                             daemon=True).start()

    def serve(self, conn):
        link = Link(conn, self.is_answering)
        try:
            if self.handshake(conn):
                self.links.put(link)
                self.read(link)
        except OSError:
            pass
        link.is_closed.set()

    def handshake(self, conn):
        data = b""
        while b">" not in data.partition(b"<stream:stream")[2]:
            got = conn.recv(4096)
            if not got:
                return False
            data += got
        if self.greeting is not None:
            conn.sendall(self.greeting)
            conn.settimeout(1)
            try:
                while conn.recv(4096):
                    pass
            except TimeoutError:
                pass
            conn.close()
            return False
        conn.sendall(b"<?xml version='1.0'?><stream:stream "
                     b"xmlns='jabber:component:accept' xmlns:stream="
                     b"'http://etherx.jabber.org/streams' id='abc' "
                     b"from='sip.test'>")
        want = hashlib.sha1(b"abc" + self.secret.encode()).hexdigest()
        data = b""
        while b"</handshake>" not in data:
            got = conn.recv(4096)
            if not got:
                return False
            data += got
        if want.encode() not in data:
            return False
        conn.sendall(b"<handshake/>")
        return True

    def read(self, link):
        while True:
            link.is_reading.wait()
            got = link.conn.recv(65536)
            if not got:
                return
            start = len(link.data)
            link.data += got
            if link.is_answering:
                self.answer_pings(link, start)

    def answer_pings(self, link, _start):
        with link.lock:
            for m in PING.finditer(link.data):
                id, frm, to = [attr(m.group(1), n)
                               for n in (b"id", b"from", b"to")]
                if id not in link.answered:
                    link.answered.add(id)
                    link.conn.sendall(
                        b"<iq type='result' id='" + id + b"' to='" + frm +
                        b"' from='" + to + b"'/>")

    def next_link(self, timeout=None):
        try:
            return self.links.get(timeout=timeout or TIMEOUT)
        except queue.Empty:
            raise Failed("stoxd did not connect (again)") from None
