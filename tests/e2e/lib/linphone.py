"""Linphone 5.1 through its library; see linphone_user.py."""
import glob
import json
import os
import queue
import subprocess
import threading
import time

from .scene import TIMEOUT, Failed, free_port


class Linphone:
    def __init__(self, scene, proxy, name="romeo", domain="sip.example",
                 register=False, port=None, cpim=False, password=None):
        self.port = port or free_port()
        self.address = "127.0.0.1:%d" % self.port
        self.uri = "sip:%s@%s" % (name, domain)
        folder = os.path.join(scene.dir, "linphone-" + name)
        os.makedirs(folder)
        library = glob.glob("/usr/lib/*/liblinphone.so.10")[0]
        self.log = open(folder + ".log", "wb")
        self.process = subprocess.Popen(
            ["/usr/bin/python3", "-B", os.path.join(
                os.path.dirname(__file__), "linphone_user.py"), folder,
             library, str(self.port), self.uri, proxy, str(int(register)),
             str(int(cpim))],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log,
            env={**os.environ, "HOME": folder, "XDG_CONFIG_HOME": folder,
                 "XDG_DATA_HOME": folder,
                 "PHONE_PASSWORD": password or ""}, start_new_session=True)
        scene.at_end(self.close)
        self.events = queue.Queue()
        self.seen = []
        threading.Thread(target=self.read, daemon=True).start()
        self.expect("ready")
        if register:
            self.expect("registered")

    def read(self):
        for line in self.process.stdout:
            self.events.put(json.loads(line))

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()
        self.log.close()

    def command(self, **words):
        self.process.stdin.write((json.dumps(words) + "\n").encode())
        self.process.stdin.flush()

    def send(self, to, text):
        self.command(send=to, text=text)

    def expect(self, event, timeout=None, **fields):
        def fits(e):
            return e["event"] == event and all(
                e.get(k) == v for k, v in fields.items())
        for i, e in enumerate(self.seen):
            if fits(e):
                return self.seen.pop(i)
        end = time.monotonic() + (timeout or TIMEOUT)
        while True:
            try:
                e = self.events.get(
                    timeout=max(0.001, end - time.monotonic()))
            except queue.Empty:
                raise Failed("linphone: no %s %s; got %s" % (
                    event, fields, self.seen)) from None
            if fits(e):
                return e
            self.seen.append(e)
