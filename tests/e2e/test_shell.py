"""What the shell and man see: completion, the manual of settings."""
import os
import re
import subprocess
import unittest

from lib.case import Case
from lib.stox import BINARY

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
ASK = """
source "$1/conf/completion/stoxd.bash"
shift
COMP_WORDS=("$@")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_stoxd
printf '%s\\n' "${COMPREPLY[@]}"
"""


def program(*args):
    return subprocess.run([os.path.abspath(BINARY), *args], check=True,
                          capture_output=True, text=True).stdout


class Shell(Case):
    def complete(self, *words):
        done = subprocess.run(
            ["bash", "-c", ASK, "ask", TOP, os.path.abspath(BINARY), *words],
            capture_output=True, text=True, check=True)
        return set(done.stdout.split())

    def test_bash(self):
        wanted = set(re.findall(r"(?m)(?<![\w-])--[a-z]+", program("--help")))
        self.assertLessEqual(wanted, self.complete(""))
        self.assertEqual(self.complete("--exp"), {"--explain"})
        names = {line.split()[0] for line in
                 program("--commands").splitlines()}
        self.assertIn("reload", names)
        self.assertEqual(self.complete("ctl", ""), names)
        self.assertEqual(self.complete("ctl", "log-level", "de"), {"debug"})

    def test_zsh_knows_the_options(self):
        with open(os.path.join(TOP, "conf/completion/_stoxd"),
                  encoding="utf-8") as f:
            text = f.read()
        for word in re.findall(r"(?m)(?<![\w-])--[a-z]+", program("--help")):
            self.assertIn(word, text)

    def test_manual_of_settings(self):
        """Every key of the option table, and nothing that man stumbles on."""
        options = program("--options")
        page = subprocess.run(
            ["awk", "-v", "version=0", "-f",
             os.path.join(TOP, "docs/man/stox.yml.awk")], input=options,
            capture_output=True, text=True, check=True).stdout
        keys = re.findall(r"(?m)^\| `(\w+)` \|", options)
        self.assertGreater(len(keys), 100)
        for key in keys:
            self.assertIn(".BR %s\n" % key, page)
        path = self.scene.write("stox.yml.5", page)
        done = subprocess.run(["man", "--warnings", "-l", path],
                              capture_output=True, text=True, check=True)
        self.assertEqual(done.stderr, "")


if __name__ == "__main__":
    unittest.main()
