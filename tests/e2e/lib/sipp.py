"""SIPp: a scenario file of sipp/, as one who answers or one who asks."""
import os

from .scene import Failed, free_port, until

FOLDER = os.path.join(os.path.dirname(os.path.dirname(__file__)), "sipp")


class Sipp:
    def __init__(self, scene, scenario, target=None, count=1, transport="u1",
                 words=None, rate=50, user="romeo", port=None, proof=None):
        """words replaces text of the scenario file, NAME by VALUE. proof:
        the user's password, and the URI of his request after "sip:"."""
        self.port = port or free_port()
        self.address = "127.0.0.1:%d" % self.port
        with open(os.path.join(FOLDER, scenario + ".xml"),
                  encoding="utf-8") as f:
            text = f.read()
        for name, value in (words or {}).items():
            text = text.replace(name, value)
        argv = ["sipp", "-sf", scene.write(scenario + ".xml", text),
                "-i", "127.0.0.1", "-p", str(self.port), "-m", str(count),
                "-t", transport, "-nostdin", "-r", str(rate), "-s", user,
                "-timeout", "25", "-timeout_error", "-trace_err",
                "-error_file", os.path.join(scene.dir, scenario + ".errors")]
        if proof:
            argv += ["-au", user, "-ap", proof[0], "-auth_uri", proof[1]]
        if target:
            argv.append("%s:%d" % target)
        self.process = scene.start("sipp-%s-%d" % (scenario, self.port), argv,
                                   env={"TERM": "dumb"})
        self.errors = os.path.join(scene.dir, scenario + ".errors")

    def wait_listening(self):
        """By UDP; who wrote earlier would be told that nobody is there."""
        def seen():
            with open("/proc/net/udp", encoding="ascii") as f:
                return ":%04X " % self.port in f.read()
        until("sipp to listen", seen)

    def wait(self):
        """Its end; any message that the scenario does not foresee fails."""
        code = self.process.process.wait(40)
        if code != 0:
            words = ""
            if os.path.exists(self.errors):
                with open(self.errors, encoding="utf-8",
                          errors="replace") as f:
                    words = f.read()[-2000:]
            raise Failed("sipp ended with %d: %s" % (code, words))
