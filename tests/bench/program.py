"""The programs of a run: started on one core, spoken to line by line."""
import os
import select
import subprocess


class Failed(Exception):
    pass


class Program:
    """Answers come as one line of key=value fields for each command."""

    def __init__(self, argv, core, log=None, wants_answer=True):
        self.name = os.path.basename(argv[0])
        self.process = subprocess.Popen(
            ["taskset", "-c", str(core), *map(str, argv)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE if wants_answer else log,
            stderr=log or subprocess.DEVNULL, bufsize=0)
        self.pid = self.process.pid
        self.left = b""
        self.first = self.answer(10) if wants_answer else {}

    def line(self, timeout):
        while b"\n" not in self.left:
            ready, _, _ = select.select([self.process.stdout], [], [], timeout)
            if not ready:
                raise Failed("%s says nothing" % self.name)
            got = os.read(self.process.stdout.fileno(), 65536)
            if not got:
                raise Failed("%s has ended" % self.name)
            self.left += got
        line, _, self.left = self.left.partition(b"\n")
        return line.decode()

    def answer(self, timeout=60):
        fields = [w.split("=", 1) for w in self.line(timeout).split()]
        return {k: float(v) if "." in v else int(v) for k, v in fields}

    def say(self, *words):
        self.process.stdin.write((" ".join(map(str, words)) + "\n").encode())

    def ask(self, *words, timeout=60):
        self.say(*words)
        return self.answer(timeout)

    def cpu_ns(self, main_only=False):
        """Time on a core of all threads, as the scheduler has it."""
        tasks = "/proc/%d/task" % self.pid
        total = 0
        for task in [str(self.pid)] if main_only else os.listdir(tasks):
            with open("%s/%s/schedstat" % (tasks, task),
                      encoding="ascii") as f:
                total += int(f.read().split()[0])
        return total

    def rss_kb(self, field="VmRSS"):
        with open("/proc/%d/status" % self.pid, encoding="ascii") as f:
            for line in f:
                if line.startswith(field + ":"):
                    return int(line.split()[1])
        return 0

    def forget_peak(self):
        """VmHWM counts from now on (proc(5), clear_refs)."""
        with open("/proc/%d/clear_refs" % self.pid, "w",
                  encoding="ascii") as f:
            f.write("5")

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(8)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process.stdin.close()
        if self.process.stdout:
            self.process.stdout.close()
