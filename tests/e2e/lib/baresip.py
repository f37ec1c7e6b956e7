"""baresip 1.0, driven over its ctrl_tcp module; what its user would see comes
from its output. It sends to its current contact only."""
import json
import os
import socket
import time

from .scene import TIMEOUT, Failed, free_port, until

CONFIG = """
sip_listen 127.0.0.1:{port}
ctrl_tcp_listen 127.0.0.1:{control}
poll_method epoll
module_path {modules}
module account.so
module contact.so
module stdio.so
module ctrl_tcp.so
module_app menu.so
"""


def modules_path():
    for path in ("/usr/lib/baresip/modules",):
        if os.path.isdir(path):
            return path
    raise Failed("no modules of baresip")


class Baresip:
    """sip:NAME@sip.example; proxy is host:port of its outbound proxy."""

    def __init__(self, scene, proxy, peer_uri, name="romeo",
                 domain="sip.example", register=False, port=None):
        self.port = port or free_port()
        self.address = "127.0.0.1:%d" % self.port
        self.control_port = free_port()
        self.uri = "sip:%s@%s" % (name, domain)
        folder = "baresip-" + name
        scene.write(folder + "/config", CONFIG.format(
            port=self.port, control=self.control_port,
            modules=modules_path()))
        scene.write(folder + "/accounts",
                    '<%s>;auth_pass=x;outbound="sip:%s";regint=%d\n'
                    % (self.uri, proxy, 600 if register else 0))
        scene.write(folder + "/contacts", '"Peer" <%s>\n' % peer_uri)
        # Without a terminal baresip shows nothing.
        master, slave = os.openpty()
        scene.at_end(lambda: os.close(master))
        self.process = scene.start(
            folder, ["baresip", "-f", os.path.join(scene.dir, folder)],
            env={"HOME": scene.dir}, stdin=slave)
        os.close(slave)
        self.process.wait_text("baresip is ready")
        self.control = until("baresip's control port", self.open_control)
        scene.at_end(self.control.close)

    def open_control(self):
        try:
            return socket.create_connection(
                ("127.0.0.1", self.control_port), 2)
        except OSError:
            return None

    def command(self, command, params="", token="t"):
        data = json.dumps({"command": command, "params": params,
                           "token": token}, ensure_ascii=False).encode()
        self.control.sendall(b"%d:%s," % (len(data), data))
        return self.answer()

    def answer(self):
        """The next response (events are passed over)."""
        end = time.monotonic() + TIMEOUT
        while time.monotonic() < end:
            msg = json.loads(self.netstring())
            if msg.get("response"):
                return msg
        raise Failed("baresip does not answer")

    def netstring(self):
        self.control.settimeout(TIMEOUT)
        size = b""
        while not size.endswith(b":"):
            size += self.control.recv(1)
        data = b""
        while len(data) < int(size[:-1]) + 1:
            data += self.control.recv(int(size[:-1]) + 1 - len(data))
        return data[:-1].decode()

    def send(self, text):
        return self.command("message", text)

    def expect_message(self, text, sender=None, timeout=None):
        """Waits until the screen shows it."""
        self.process.wait_text('%s: "%s"' % (sender or "", text), timeout)
