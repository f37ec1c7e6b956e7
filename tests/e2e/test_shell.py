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

# zsh completes for a terminal only: one of its own, in which a key calls the
# completion, and what that adds is written down.
ZSH = r"""
zmodload zsh/zpty
zpty shell zsh -f -i
send() { zpty -w shell "$1" }
send "PS1= PS2=; unset zle_bracketed_paste; PATH=$3:\$PATH"
send "fpath=($1 \$fpath); autoload -Uz compinit; compinit -u -d $2/dump"
send "zstyle ':completion:*' list-prompt ''; LISTMAX=0"
send "note() { print -rl -- \$found >>$2/found }"
send "compadd() { builtin compadd -O found \"\$@\"; note; builtin compadd \"\$@\" }"
send "bindkey '^X' complete-word; print -r -- ready >$2/ready"
until [[ -e $2/ready ]]; do sleep 0.05; done
: >$2/found
zpty -w -n shell "$4"$'\x18'
until [[ -s $2/found ]]; do sleep 0.05; done
zpty -w -n shell $'\x15'
send "print -r -- done >$2/done"
until [[ -e $2/done ]]; do sleep 0.05; done
zpty -d shell
cat $2/found
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

    def zsh(self, line):
        """What a real zsh offers behind that line."""
        path = self.scene.write("ask.zsh", ZSH)
        for name in ("ready", "found", "done"):
            try:
                os.unlink(os.path.join(self.scene.dir, name))
            except FileNotFoundError:
                pass
        done = subprocess.run(
            ["zsh", "-f", path, os.path.join(TOP, "conf/completion"),
             self.scene.dir, os.path.dirname(os.path.abspath(BINARY)), line],
            capture_output=True, text=True, check=True, timeout=120,
            stdin=subprocess.DEVNULL)
        self.assertEqual(done.stderr, "")
        return set(done.stdout.split())

    def test_zsh(self):
        options = set(re.findall(r"(?m)(?<![\w-])--[a-z]+",
                                 program("--help")))
        self.assertLessEqual(options, self.zsh("stoxd --"))
        self.assertEqual(self.zsh("stoxd --exp"), {"--explain"})
        names = {line.split()[0] for line in
                 program("--commands").splitlines()}
        self.assertEqual(self.zsh("stoxd ctl "), names)
        self.assertEqual(self.zsh("stoxd -v ctl outbox-"),
                         {n for n in names if n.startswith("outbox-")})
        self.assertEqual(self.zsh("stoxd ctl log-level "),
                         {"error", "warn", "info", "debug"})
        self.assertEqual(self.zsh("stoxd ctl log-level de"), {"debug"})

    def test_zsh_knows_the_options(self):
        with open(os.path.join(TOP, "conf/completion/_stoxd"),
                  encoding="utf-8") as f:
            text = f.read()
        for word in re.findall(r"(?m)(?<![\w-])--[a-z]+", program("--help")):
            self.assertIn(word, text)

    def test_manual_has_all_commands(self):
        """And all options; man stumbles on nothing."""
        path = os.path.join(TOP, "docs/man/stoxd.8")
        done = subprocess.run(["man", "--warnings", "-l", path],
                              env={**os.environ, "MANWIDTH": "200",
                                   "LC_ALL": "C.UTF-8"},
                              capture_output=True, text=True, check=True)
        self.assertEqual(done.stderr, "")
        page = re.sub(".\b", "", done.stdout).replace("\u2010", "-")
        for line in program("--commands").splitlines():
            self.assertRegex(page, r"(?m)^ +%s( |$)" % re.escape(line.split()[0]))
        for word in re.findall(r"(?m)(?<![\w-])--[a-z]+", program("--help")):
            self.assertIn(word, page)

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
