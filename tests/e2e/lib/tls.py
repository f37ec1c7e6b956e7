"""Certificates of a throw-away authority, and SIP user agents over TLS."""
import os
import select
import socket
import ssl
import subprocess
import threading

from .phone import Phone


def openssl(*args):
    subprocess.run(["openssl", *args], check=True, stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


class Authority:
    """An authority in NAME.pem; issue() gives certificates of its own, or of
    an authority between."""

    def __init__(self, scene, name="ca", issuer=None):
        self.dir = os.path.join(scene.dir, "pki-" + name)
        os.makedirs(self.dir, exist_ok=True)
        self.name = name
        self.key = os.path.join(self.dir, "ca.key")
        self.pem = os.path.join(self.dir, "ca.pem")
        self.above = issuer
        if issuer:
            issuer.sign(self.key, self.pem, "/CN=" + name,
                        "basicConstraints=critical,CA:TRUE\n")
            return
        self.new_key(self.key)
        openssl("req", "-x509", "-new", "-key", self.key, "-subj",
                "/CN=" + name, "-days", "30", "-out", self.pem)

    @staticmethod
    def new_key(path):
        openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout",
                "-out", path)

    def sign(self, key, pem, subject, extensions, days=20):
        self.new_key(key)
        text = pem + ".ext"
        with open(text, "w", encoding="ascii") as f:
            f.write(extensions)
        openssl("req", "-new", "-key", key, "-subj", subject, "-out",
                pem + ".csr")
        openssl("x509", "-req", "-in", pem + ".csr", "-CA", self.pem, "-CAkey",
                self.key, "-CAcreateserial", "-days", str(days), "-extfile",
                text, "-out", pem)

    def issue(self, name, san, days=20):
        """san: as openssl has it, "DNS:a,URI:sip:b"; "": only the name."""
        key = os.path.join(self.dir, name + ".key")
        pem = os.path.join(self.dir, name + ".pem")
        self.sign(key, pem, "/CN=" + name, "basicConstraints=CA:FALSE\n" +
                  ("subjectAltName=%s\n" % san if san else ""), days)
        if self.above:  # the chain
            with open(pem, "a", encoding="ascii") as out, \
                    open(self.pem, encoding="ascii") as own:
                out.write(own.read())
        return Identity(pem, key)


class Identity:
    def __init__(self, pem, key):
        self.pem, self.key = pem, key


def client_context(ca=None, identity=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if ca:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(ca.pem)
    if identity:
        context.load_cert_chain(identity.pem, identity.key)
    return context


class Stream:
    """An SSL socket that one thread reads and another writes."""

    def __init__(self, sock):
        self.sock = sock
        self.lock = threading.Lock()
        sock.setblocking(False)

    def call(self, what, *args):
        try:
            while True:
                try:
                    with self.lock:
                        return what(*args)
                except ssl.SSLWantReadError:
                    select.select([self.sock], [], [], 1)
                except ssl.SSLWantWriteError:
                    select.select([], [self.sock], [], 1)
        except ValueError as e:  # no descriptor any more
            raise OSError("closed") from e

    def recv(self, size):
        return self.call(self.sock.recv, size)

    def sendall(self, data):
        while data:
            data = data[self.call(self.sock.send, data):]

    def shutdown(self, how):
        socket.socket.shutdown(self.sock, how)

    def close(self):
        self.sock.close()

    def getpeercert(self):
        return self.sock.getpeercert()


class TlsPhone(Phone):
    """A Phone over TLS: a server with `identity` (no other transport then is
    listened to), a client that shows it and trusts `ca`."""

    def __init__(self, scene, gateway, identity, ca=None, wants_client=False,
                 server_name=None, alpn=None, **kw):
        self.client = client_context(ca, identity)
        if alpn:
            self.client.set_alpn_protocols(alpn)
        self.server_name = server_name
        self.certificates = []  # of those who called
        self.names = []         # that they asked for
        self.failures = []
        self.server = None
        if identity:
            self.server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.server.load_cert_chain(identity.pem, identity.key)
            self.server.sni_callback = self.on_name
            if ca and wants_client:
                self.server.verify_mode = ssl.CERT_REQUIRED
                self.server.load_verify_locations(ca.pem)
        super().__init__(scene, gateway, transport="tls", **kw)

    def on_name(self, _socket, name, _context):
        self.names.append(name)

    def read_tcp(self, conn, source):
        if not isinstance(conn, Stream):
            try:
                conn.settimeout(10)
                conn = self.server.wrap_socket(conn, server_side=True)
            except (OSError, ssl.SSLError) as e:
                self.failures.append(str(e))
                return
            self.certificates.append(conn.getpeercert())
            conn = Stream(conn)
            self.accepted.append(conn)
        super().read_tcp(conn, source)

    def connect(self):
        plain = socket.create_connection(self.gateway, 5)
        self.tcp = Stream(self.client.wrap_socket(
            plain, server_hostname=self.server_name))
        threading.Thread(target=self.read_tcp, args=(self.tcp, self.gateway),
                         daemon=True).start()

    def send(self, data):
        with self.lock:
            if self.tcp is None:
                self.connect()
        self.tcp.sendall(data)

    @property
    def hop(self):
        return self.address + ";transport=tls"
