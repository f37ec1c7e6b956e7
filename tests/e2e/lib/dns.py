"""A name server of the test's own: what its zone does not have does not
exist. zone[(name, type)] is a list of values: address text for A and AAAA,
(priority, weight, port, target) for SRV, (order, preference, flags, service,
replacement) for NAPTR. A silent one answers nothing."""
import collections
import socket
import struct
import threading

TYPES = {1: "A", 28: "AAAA", 33: "SRV", 35: "NAPTR"}


def name_bytes(name):
    out = b""
    for label in name.strip(".").split("."):
        if label:
            out += bytes([len(label)]) + label.encode()
    return out + b"\0"


def text_bytes(text):
    return bytes([len(text)]) + text.encode()


def value_bytes(kind, value):
    if kind == "A":
        return socket.inet_aton(value)
    if kind == "AAAA":
        return socket.inet_pton(socket.AF_INET6, value)
    if kind == "SRV":
        return struct.pack(">HHH", *value[:3]) + name_bytes(value[3])
    return (struct.pack(">HH", *value[:2]) + text_bytes(value[2]) +
            text_bytes(value[3]) + text_bytes("") + name_bytes(value[4]))


class Dns:
    def __init__(self, scene, zone=None, ttl=1):
        self.zone = {(n.lower(), t): v for (n, t), v in (zone or {}).items()}
        self.ttl = ttl
        self.is_silent = False
        self.asked = collections.Counter()
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", 0))
        self.port = self.udp.getsockname()[1]
        self.option = '  nameserver: "127.0.0.1:%d"\n' % self.port
        scene.at_end(self.close)
        threading.Thread(target=self.run, daemon=True).start()

    def close(self):
        try:
            self.udp.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.udp.close()

    def run(self):
        while True:
            try:
                data, source = self.udp.recvfrom(4096)
            except OSError:
                return
            if len(data) > 16 and not self.is_silent:
                self.answer(data, source)

    def answer(self, data, source):
        labels, i = [], 12
        while data[i]:
            labels.append(data[i + 1:i + 1 + data[i]].decode())
            i += 1 + data[i]
        question = data[12:i + 5]
        kind = TYPES.get(struct.unpack(">H", data[i + 1:i + 3])[0], "?")
        name = ".".join(labels).lower()
        self.asked[name, kind] += 1
        values = self.zone.get((name, kind), [])
        known = values or any(n == name or n.endswith("." + name)
                              for n, _ in self.zone)
        head = data[:2] + struct.pack(
            ">HHHHH", 0x8580 | (0 if known else 3), 1, len(values), 0, 0)
        rows = b""
        for v in values:
            value = value_bytes(kind, v)
            rows += b"\xc0\x0c" + data[i + 1:i + 5] + struct.pack(
                ">IH", self.ttl, len(value)) + value
        self.udp.sendto(head + question + rows, source)
