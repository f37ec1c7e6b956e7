"""A SIP user agent of the test's own: raw sockets, explicit messages. It does
what no client does: wrong order, odd headers, no answer, lost datagrams."""
import queue
import re
import secrets
import socket
import threading
import time

from .scene import TIMEOUT, Failed, free_port


class Msg:
    """A parsed message: start line, headers (list of pairs), body."""

    def __init__(self, data, source):
        head, _, self.body = data.partition(b"\r\n\r\n")
        lines = re.sub(rb"\r\n[ \t]+", b" ", head).split(b"\r\n")
        self.data = data
        self.line = lines[0].decode("utf-8", "replace")
        self.source = source
        self.headers = []
        for line in lines[1:]:
            name, _, value = line.decode("utf-8", "replace").partition(":")
            self.headers.append((name.strip().lower(), value.strip()))

    def get(self, name):
        for n, v in self.headers:
            if n == name.lower():
                return v
        return None

    def all(self, name):
        return [v for n, v in self.headers if n == name.lower()]

    @property
    def status(self):
        return int(self.line.split()[1]) if self.line.startswith(
            "SIP/2.0 ") else 0

    @property
    def method(self):
        return None if self.status else self.line.split()[0]

    @property
    def transaction(self):
        """What a response has of its request (RFC 3261 §17.1.3)."""
        branch = re.search(r"branch\s*=\s*([^\s;,]*)",
                           self.get("via") or self.get("v") or "", re.I)
        return (self.get("call-id") or self.get("i"), self.get("cseq"),
                branch and branch[1])

    @property
    def text(self):
        return self.body.decode("utf-8")

    def __repr__(self):
        return self.data.decode("utf-8", "replace")


class Phone:
    """user: sip:NAME@DOMAIN. Answers every request by `on_request(msg)`, which
    gives a status, (status, extra header lines), the bytes of a response, or
    None for silence."""

    def __init__(self, scene, gateway, name="romeo", domain="sip.example",
                 transport="udp", host="127.0.0.1", answer=200, port=0):
        self.gateway = gateway
        self.name, self.domain, self.host = name, domain, host
        self.uri = "sip:%s@%s" % (name, domain)
        self.transport = transport
        self.requests, self.responses = queue.Queue(), queue.Queue()
        self.on_request = lambda msg: answer
        self.is_open = True
        self.answers = None
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.udp = socket.socket(family, socket.SOCK_DGRAM)
        self.udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.listener = socket.socket(family)
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.bind(port)
        self.tcp = None
        self.accepted = []
        self.lock = threading.Lock()
        self.reader = threading.Thread(target=self.read_udp, daemon=True)
        self.reader.start()
        threading.Thread(target=self.accept, daemon=True).start()
        scene.at_end(self.close)

    def bind(self, port):
        self.port = port or free_port()
        self.udp.bind((self.host, self.port))
        self.listener.bind((self.host, self.port))
        self.listener.listen(8)

    @property
    def literal(self):
        return "[%s]" % self.host if ":" in self.host else self.host

    @property
    def address(self):
        return "%s:%d" % (self.literal, self.port)

    def close(self):
        if not self.is_open:
            return
        self.is_open = False
        # A datagram of its own wakes the thread that would keep the port.
        self.udp.sendto(b"\r\n", (self.host, self.port))
        self.reader.join(5)
        self.udp.close()
        for s in [self.listener, self.tcp] + self.accepted:
            if s is not None:
                try:
                    s.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
                s.close()

    def stop_listening(self):
        """No TCP any more."""
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def forget_copies(self):
        """From now on a request that comes again (it was late in its answer,
        or the answer was) gets the same response, and is not seen twice."""
        self.answers = {}

    def is_copy(self, msg, send):
        if self.answers is None:
            return False
        key = (msg.get("via"), msg.get("cseq"))
        if key not in self.answers:
            self.answers[key] = None
            return False
        if self.answers[key] is not None:
            send(self.answers[key])
        return True

    def respond(self, msg, send, data):
        if self.answers is not None:
            self.answers[msg.get("via"), msg.get("cseq")] = data
        send(data)

    # --- receiving

    def read_udp(self):
        while self.is_open:
            try:
                data, source = self.udp.recvfrom(65536)
            except ConnectionError:
                continue
            except OSError:
                return
            if data.strip(b"\r\n"):
                self.handle(Msg(data, source),
                            lambda d, s=source: self.udp.sendto(d, s))

    def accept(self):
        while self.is_open:
            try:
                conn, source = self.listener.accept()
            except OSError:
                return
            self.accepted.append(conn)
            threading.Thread(target=self.read_tcp, args=(conn, source),
                             daemon=True).start()

    def read_tcp(self, conn, source):
        data = b""
        while self.is_open:
            try:
                got = conn.recv(65536)
            except OSError:
                return
            if not got:
                return
            data += got
            while True:
                data = data.lstrip(b"\r\n")
                end = data.find(b"\r\n\r\n")
                if end < 0:
                    break
                m = re.search(rb"(?im)^(?:content-length|l)[ \t]*:[ \t]*(\d+)",
                              data[:end])
                size = end + 4 + (int(m.group(1)) if m else 0)
                if len(data) < size:
                    break
                self.handle(Msg(data[:size], source), conn.sendall)
                data = data[size:]

    def handle(self, msg, send):
        if msg.status:
            self.responses.put(msg)
            return
        if self.is_copy(msg, send):
            return
        self.requests.put(msg)
        answer = self.on_request(msg)
        if answer is None:
            return
        if isinstance(answer, bytes):
            send(answer)
            return
        status, extra = answer if isinstance(answer, tuple) else (answer, "")
        try:
            self.respond(msg, send, self.response(msg, status, extra))
        except OSError:
            pass  # it has gone

    def response(self, msg, status, extra="", reason="Test"):
        to = msg.get("to")
        if ";tag=" not in to:
            to += ";tag=phone"
        via = "".join("Via: %s\r\n" % v for v in msg.all("via"))
        return ("SIP/2.0 %d %s\r\n%sFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\n"
                "CSeq: %s\r\n%sContent-Length: 0\r\n\r\n"
                % (status, reason, via, msg.get("from"), to, msg.get("call-id"),
                   msg.get("cseq"), extra)).encode()

    # --- sending

    def message(self, to, body, **kw):
        """The bytes of a MESSAGE; every part can be overridden by keyword."""
        data = body if isinstance(body, bytes) else body.encode("utf-8")
        f = {"method": "MESSAGE", "uri": to, "call_id": secrets.token_hex(8),
             "cseq": 1, "branch": "z9hG4bK" + secrets.token_hex(8),
             "tag": secrets.token_hex(4), "from_uri": self.uri, "to_uri": to,
             "type": "text/plain", "extra": "", "max_forwards": 70,
             "transport": self.transport.upper()}
        f.update(kw)
        content = ("Content-Type: %s\r\n" % f["type"]) if f["type"] else ""
        head = ("{method} {uri} SIP/2.0\r\n"
                "Via: SIP/2.0/{transport} {address};rport;branch={branch}\r\n"
                "Max-Forwards: {max_forwards}\r\n"
                "From: <{from_uri}>;tag={tag}\r\nTo: <{to_uri}>\r\n"
                "Call-ID: {call_id}\r\nCSeq: {cseq} {method}\r\n"
                "{extra}{content}Content-Length: {n}\r\n\r\n").format(
                    address=self.address, content=content, n=len(data), **f)
        return head.encode("utf-8") + data

    def send(self, data):
        if self.transport == "udp":
            self.udp.sendto(data, self.gateway)
            return
        with self.lock:
            if self.tcp is None:
                self.tcp = socket.create_connection(self.gateway, 5)
                self.tcp.settimeout(None)  # it may be silent for long
                threading.Thread(target=self.read_tcp,
                                 args=(self.tcp, self.gateway),
                                 daemon=True).start()
            self.tcp.sendall(data)

    def ask(self, data, timeout=None, retries=True):
        """Sends a request (again after 0.5, 1, 2 s over UDP) and returns its
        final response: not one more of the request before, which was sent
        twice because its answer took long."""
        mine = Msg(data, None).transaction
        end = time.monotonic() + (timeout or TIMEOUT)
        pause = 0.5
        self.send(data)
        while time.monotonic() < end:
            try:
                msg = self.responses.get(timeout=min(
                    pause, max(0.001, end - time.monotonic())))
            except queue.Empty:
                if retries and self.transport == "udp":
                    self.send(data)
                pause = min(pause * 2, 4)
                continue
            if msg.status >= 200 and msg.transaction == mine:
                return msg
        raise Failed("no final response to\n%r" % Msg(data, None))

    def say(self, to, body, timeout=None, **kw):
        return self.ask(self.message(to, body, **kw), timeout)

    def expect(self, what, fits=lambda m: True, timeout=None):
        """The next request that fits; the others are passed over."""
        end = time.monotonic() + (timeout or TIMEOUT)
        while True:
            try:
                msg = self.requests.get(
                    timeout=max(0.001, end - time.monotonic()))
            except queue.Empty:
                raise Failed("%s did not get %s" % (self.uri, what)) from None
            if fits(msg):
                return msg

    def expect_message(self, body, timeout=None):
        return self.expect("MESSAGE %r" % body, lambda m:
                           m.method == "MESSAGE" and
                           m.body == body.encode("utf-8"), timeout)
