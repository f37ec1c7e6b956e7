"""A scene: the scratch folder of one test, and what was started in it.

Everything listens on loopback and on free ports, runs in the foreground, and
is stopped when the scene ends: exactly what it started, nothing else.
"""
import ctypes
import fcntl
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

TIMEOUT = float(os.environ.get("STOX_TEST_TIMEOUT", "20"))


class Failed(AssertionError):
    pass


PORT_LOCKS = os.path.join(tempfile.gettempdir(), "stox-ports")
reserved = {}


def reserve(port):
    if port in reserved:
        return False
    os.makedirs(PORT_LOCKS, mode=0o777, exist_ok=True)
    lock = open(os.path.join(PORT_LOCKS, str(port)), "w", encoding="ascii")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        return False
    reserved[port] = lock
    return True


def free_port():
    """A port that is free with the one above it (baresip takes that for TLS),
    for UDP and TCP on 127.0.0.1. Below the range from which the kernel takes
    the ports of outgoing connections. Never given twice, not to another test
    that runs at the same time either: a lock that lives as long as this
    process says whose it is."""
    while True:
        port = random.randrange(12000, 32000, 2)
        if not reserve(port):
            continue
        try:
            for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                for p in (port, port + 1):
                    with socket.socket(socket.AF_INET, kind) as s:
                        s.bind(("127.0.0.1", p))
            return port
        except OSError:
            continue


def until(what, condition, timeout=None):
    """Asks condition until it gives something true, which is returned."""
    end = time.monotonic() + (timeout or TIMEOUT)
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise Failed("not in time: " + what)
        time.sleep(0.02)


def can_connect(port, host="127.0.0.1"):
    try:
        socket.create_connection((host, port), 0.5).close()
        return True
    except OSError:
        return False


PR_SET_PDEATHSIG = 1
libc = ctypes.CDLL(None)


def die_with_parent():
    """Nothing outlives a test, not even one that was killed."""
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Process:
    """A program of the scene, with its output in NAME.log."""

    def __init__(self, scene, name, argv, env=None, stdin=None, cwd=None):
        self.name = name
        self.log_path = os.path.join(scene.dir, name + ".log")
        self.log = open(self.log_path, "ab")
        self.process = subprocess.Popen(
            argv, stdout=self.log, stderr=subprocess.STDOUT,
            stdin=stdin or subprocess.DEVNULL, cwd=cwd or scene.dir,
            env={**os.environ, **(env or {})}, start_new_session=True,
            preexec_fn=die_with_parent)

    def alive(self):
        return self.process.poll() is None

    def text(self, start=0):
        with open(self.log_path, "rb") as f:
            f.seek(start)
            return f.read().decode("utf-8", "replace")

    def wait_text(self, words, timeout=None, count=1):
        def seen():
            if self.text().count(words) >= count:
                return True
            if not self.alive():
                raise Failed("%s ended before it said %r:\n%s"
                             % (self.name, words, self.text()[-2000:]))
            return False
        until("%s to say %r" % (self.name, words), seen, timeout)

    def send_signal(self, number):
        os.killpg(self.process.pid, number)

    def stop(self, number=signal.SIGTERM, timeout=10):
        """Returns the exit code."""
        if self.alive():
            try:
                self.send_signal(number)
                self.process.wait(timeout)
            except subprocess.TimeoutExpired:
                self.send_signal(signal.SIGKILL)
                self.process.wait()
            except ProcessLookupError:
                self.process.wait()
        self.log.close()
        return self.process.returncode


class Scene:
    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="stox-e2e-")
        os.chmod(self.dir, 0o755)
        self.ends = []

    def start(self, name, argv, **kw):
        process = self.launch(name, argv, **kw)
        self.ends.append(process.stop)
        return process

    def launch(self, name, argv, **kw):
        """Like start, but the caller sees to its end."""
        return Process(self, name, argv, **kw)

    def at_end(self, call):
        self.ends.append(call)

    def write(self, name, text):
        path = os.path.join(self.dir, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return path

    def close_after(self, mark):
        """Ends what was started since there were mark ends."""
        while len(self.ends) > mark:
            try:
                self.ends.pop()()
            except Exception as e:  # the rest must be stopped all the same
                print("while stopping:", e, file=sys.stderr)

    def close(self, is_failed=False):
        self.close_after(0)
        if is_failed or os.environ.get("STOX_TEST_KEEP"):
            for name in sorted(os.listdir(self.dir)):
                if name.endswith(".log"):
                    with open(os.path.join(self.dir, name), "rb") as f:
                        text = f.read()[-6000:].decode("utf-8", "replace")
                    print("---- %s\n%s" % (name, text), file=sys.stderr)
        if os.environ.get("STOX_TEST_KEEP"):
            print("kept:", self.dir, file=sys.stderr)
        else:
            shutil.rmtree(self.dir, ignore_errors=True)
