"""stoxd under test, from the build folder that STOX_BUILD names."""
import os
import re
import signal

from .scene import Failed, free_port, until

BINARY = os.environ.get("STOXD", os.path.join(
    os.environ.get("STOX_BUILD", "build"), "stoxd"))

CONFIG = """
log:
  level: {level}
components:
  - domain: {component}
    server: {server}
    host: 127.0.0.1
    port: {port}
    secret: {secret}
    contacts: fixed
    sip_domain: {sip_domain}
    xmpp_domains: [{xmpp_domains}]
{component_more}
sip:
  listen: [{listen}]
  peers:
{peers}
{sip_more}
store:
  path: {store}
{more}
"""

# Such as valgrind, with its options: tests/valgrind.sh.
UNDER = os.environ.get("STOX_UNDER", "").split()

SANITIZE = {"ASAN_OPTIONS": "detect_leaks=1:abort_on_error=1:"
                            "quarantine_size_mb=8:malloc_context_size=8",
            "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1"}

PEERS = """
    - addresses: [127.0.0.0/8, "::1"]
      domains: ["%s"]
"""


class Stoxd:
    """domain xmpp.test <-> SIP domain sip.example by default, with the next
    hop at `proxy` (host:port)."""

    def __init__(self, scene, server, proxy=None, sip_domain="sip.example",
                 component_more="", sip_more="", more="", ipv6=False,
                 start=True, args=(), port=None, peers=None, name="stox.yml",
                 level="debug", text=None, listens=(), xmpp_domains=()):
        """text: the whole configuration, instead of all this. listens: more
        addresses for sip.listen. xmpp_domains: others beside the server's."""
        self.scene = scene
        self.port = port or free_port()
        self.address = ("127.0.0.1", self.port)
        self.address6 = ("::1", self.port)
        self.args = list(args)
        listen = ['"udp:127.0.0.1:%d"' % self.port,
                  '"tcp:127.0.0.1:%d"' % self.port]
        if ipv6:
            listen += ['"udp:[::1]:%d"' % self.port,
                       '"tcp:[::1]:%d"' % self.port]
        listen += ['"%s"' % one for one in listens]
        if proxy:
            sip_more = '  outbound_proxy: "sip:%s"\n' % proxy + sip_more
        self.config = scene.write(name, text or CONFIG.format(
            store=os.path.join(scene.dir, name + ".db"),
            component=server.component, server=server.domain,
            xmpp_domains=", ".join([server.domain, *xmpp_domains]),
            port=server.component_port, secret=server.secret,
            sip_domain=sip_domain, listen=", ".join(listen),
            component_more=component_more, sip_more=sip_more, more=more,
            level=level, peers=peers or PEERS % sip_domain))
        os.chmod(self.config, 0o600)
        self.process = None
        if start:
            self.start()

    def start(self, wait=True, env=None):
        log = os.path.join(self.scene.dir, "stoxd.log")
        self.started_at = os.path.getsize(log) if os.path.exists(log) else 0
        self.process = self.scene.start(
            "stoxd", UNDER + [os.path.abspath(BINARY), "-c", self.config] +
            self.args,
            env={**SANITIZE, **(env or {})})
        if wait:
            self.wait_up()

    def wait_up(self, timeout=30):
        self.wait_log("component_up", timeout)

    def log(self):
        """What this run has logged."""
        return self.process.text(self.started_at)

    def wait_log(self, words, timeout=None, count=1):
        def seen():
            if not self.process.alive():
                raise Failed("stoxd ended:\n" + self.log()[-3000:])
            return self.log().count(words) >= count
        until("stoxd to log %r" % words, seen, timeout)

    def has_log(self, words):
        return words in self.log()

    def kill(self):
        self.process.stop(signal.SIGKILL)

    def stop(self):
        """Ends it in order; a leak or a sanitizer's report fails here."""
        code = self.process.stop(signal.SIGTERM, 15)
        if code != 0:
            raise Failed("stoxd ended with %s:\n%s"
                         % (code, self.log()[-4000:]))

    def run(self, *args):
        """Runs `stoxd ARGS` to its end; (exit code, output)."""
        import subprocess
        done = subprocess.run(
            [os.path.abspath(BINARY), *args], stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, timeout=30,
            env={**os.environ, **SANITIZE}, check=False)
        return done.returncode, done.stdout.decode("utf-8", "replace")

    def cpu_s(self):
        with open("/proc/%d/stat" % self.process.process.pid) as f:
            fields = f.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def rss_bytes(self):
        with open("/proc/%d/statm" % self.process.process.pid) as f:
            return int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def peak_bytes(self):
        """The most that it has ever had."""
        with open("/proc/%d/status" % self.process.process.pid) as f:
            return int(re.search(r"VmHWM:\s+(\d+) kB", f.read())[1]) * 1024
