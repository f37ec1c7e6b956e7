"""profanity in a private tmux: keys in, and what its screen shows."""
import os
import subprocess

from .scene import until
from .servers import PASSWORD

RC = """[ui]
splash=false
occupants=false
roster=false
[notifications]
message=off
[presence]
console.muc=none
[connection]
account=me
"""
ACCOUNT = """[me]
enabled=true
jid={jid}
password={password}
server=127.0.0.1
port={port}
tls.policy=disable
resource=profanity
"""


class Profanity:
    def __init__(self, scene, server, name):
        self.jid = "%s@%s" % (name, server.domain)
        here = os.path.join(scene.dir, "profanity-" + name)
        for folder in ("config", "share"):
            os.makedirs(os.path.join(here, folder, "profanity"))
        with open(here + "/config/profanity/profrc", "w",
                  encoding="ascii") as f:
            f.write(RC)
        with open(here + "/share/profanity/accounts", "w",
                  encoding="ascii") as f:
            f.write(ACCOUNT.format(jid=self.jid, password=PASSWORD,
                                   port=server.c2s_port))
        self.socket = here + "/tmux"
        self.tmux("-f", "/dev/null", "new-session", "-d", "-s", "p", "-x",
                  "150", "-y", "40", "env", "HOME=" + here,
                  "XDG_CONFIG_HOME=" + here + "/config",
                  "XDG_DATA_HOME=" + here + "/share", "TERM=screen",
                  "profanity", "-a", "me")
        scene.at_end(self.close)
        self.wait("logged in successfully")

    def tmux(self, *words):
        return subprocess.run(["tmux", "-S", self.socket, *words],
                              stdout=subprocess.PIPE, check=True,
                              timeout=20).stdout.decode("utf-8", "replace")

    def close(self):
        subprocess.run(["tmux", "-S", self.socket, "kill-server"],
                       check=False, timeout=20)

    def screen(self):
        return self.tmux("capture-pane", "-p", "-J", "-S", "-500", "-t", "p")

    def type(self, line):
        self.tmux("send-keys", "-t", "p", "-l", line)
        self.tmux("send-keys", "-t", "p", "Enter")

    def wait(self, words, timeout=None):
        """Until a line of the screen has all of these words."""
        parts = words.split()

        def shows():
            return any(all(p in line for p in parts)
                       for line in self.screen().splitlines())

        try:
            until("profanity to show " + words, shows, timeout)
        except AssertionError as e:
            raise AssertionError("%s:\n%s" % (e, self.screen())) from None
