"""A bad network between stoxd and a phone: datagrams are lost, doubled and
overtaken, always the same way for the same seed."""
import random
import select
import socket
import threading
import time


class Lossy:
    """A UDP relay. `near` faces the phone (the phone's gateway), `far` faces
    stoxd (its outbound proxy); what comes to one leaves by the other."""

    def __init__(self, scene, stox_port, phone_port, seed=1, loss=0.05,
                 double=0.03, late=0.05):
        self.rng = random.Random(seed)
        self.loss, self.double, self.late = loss, double, late
        self.lost = self.doubled = self.delayed = 0
        self.to_stox = ("127.0.0.1", stox_port)
        self.to_phone = ("127.0.0.1", phone_port)
        self.near, self.far = (socket.socket(socket.AF_INET,
                                             socket.SOCK_DGRAM)
                               for _ in range(2))
        for s in (self.near, self.far):
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
            s.bind(("127.0.0.1", 0))
        self.near_address = self.near.getsockname()
        self.far_address = "127.0.0.1:%d" % self.far.getsockname()[1]
        self.is_open = True
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()
        scene.at_end(self.close)

    def close(self):
        self.is_open = False
        self.thread.join(5)
        self.near.close()
        self.far.close()

    def run(self):
        waiting = []
        while self.is_open:
            ready, _, _ = select.select([self.near, self.far], [], [], 0.01)
            for s in ready:
                data, _ = s.recvfrom(65536)
                way = (self.far, self.to_stox) if s is self.near else (
                    self.near, self.to_phone)
                self.fate(data, way, waiting)
            now = time.monotonic()
            for row in [r for r in waiting if r[0] <= now]:
                waiting.remove(row)
                row[2][0].sendto(row[1], row[2][1])

    def fate(self, data, way, waiting):
        dice = self.rng.random()
        if dice < self.loss:
            self.lost += 1
            return
        if dice < self.loss + self.late:
            self.delayed += 1
            waiting.append((time.monotonic() + 0.05, data, way))
            return
        way[0].sendto(data, way[1])
        if dice > 1 - self.double:
            self.doubled += 1
            way[0].sendto(data, way[1])
