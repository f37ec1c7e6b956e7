"""The lines of conf/peers and of the README, pasted as the guides say into the
configurations that Debian ships; only addresses and ports are this test's."""
import os
import re
import unittest

from lib import servers
from lib.case import Case
from lib.kamailio import Kamailio
from lib.person import local, text
from lib.phone import Phone
from lib.scene import free_port
from lib.simple import Notifier, Watcher, pidf
from lib.stox import Stoxd

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
HERE = """
data_path = "{dir}/data"
pidfile = "{dir}/prosody.pid"
run_as_root = true
interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {c2s} }}
component_ports = {{ {component} }}
component_interfaces = {{ "127.0.0.1" }}
c2s_direct_tls_ports = {{ }}
s2s_ports = {{ }}
http_ports = {{ }}
https_ports = {{ }}
modules_disabled = {{ "s2s", "tls", "limits", "admin_shell" }}
authentication = "internal_plain"
allow_unencrypted_plain_auth = true
c2s_require_encryption = false
log = {{ {{ levels = {{ min = "info" }}, to = "console" }} }}
VirtualHost "{domain}"
"""


def read(*path):
    with open(os.path.join(TOP, *path), encoding="utf-8") as f:
        return f.read()


def swapped(text, *pairs):
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    return text


class Names:
    """Those of all guides."""
    names = {"domain": "example.com", "component": "sip.example.com"}
    secret = "change-me"


class PastedProsody(servers.Prosody):  # a server, no test
    host_lines = ""
    module = ""

    def prepare(self):
        super().prepare()
        self.secret = Names.secret
        debian = read("/etc/prosody/prosody.cfg.lua")
        head = debian[:debian.index("\nVirtualHost ")]
        self.scene.write("prosody/prosody.cfg.lua", swapped(
            head, ("modules_enabled = {", "modules_enabled = {" + self.module)
        ) + self.fill(HERE) + self.host_lines + "\n" + self.pasted())

    def pasted(self):
        return read("conf", "peers", "prosody.cfg.lua")


class HelpfulProsody(PastedProsody):  # a server, no test
    """With the commented lines, too."""
    module = '"privilege";'

    def pasted(self):
        lines = super().pasted()
        type(self).host_lines = re.search(
            r"(?m)^--\tprivileged_entities = .*$", lines).group(0)[2:]
        return swapped(lines, ("\t--modules_enabled", "\tmodules_enabled"))

    def prepare(self):
        self.pasted()
        super().prepare()


class PastedEjabberd(servers.Ejabberd):  # a server, no test
    def prepare(self):
        self.secret = Names.secret
        lines = swapped(read("conf", "peers", "ejabberd.yml"),
                        ("port: 5347", "port: %d" % self.component_port))
        lines = lines[lines.index("listen:\n") + len("listen:\n"):]
        mine = self.fill(servers.EJABBERD)
        at = mine.index("  - port: %d" % self.component_port)
        self.config = self.scene.write(
            "ejabberd/ejabberd.yml",
            mine[:at] + lines + mine[mine.index("auth_method:"):])


servers.SERVERS.update({"pasted-prosody": PastedProsody,
                        "helpful-prosody": HelpfulProsody,
                        "pasted-ejabberd": PastedEjabberd})


class PastedKamailio(Kamailio):  # a server, no test
    """Debian's kamailio.cfg, with the three parts at their places."""

    def __init__(self, scene, gateway_port):
        super().__init__(scene, gateway_port, "example.com")

    def text(self):
        lines = swapped(
            read("conf", "peers", "kamailio.cfg"),
            ('"192.0.2.20"', '"127.0.0.1"'),
            ("192.0.2.20:5060", "127.0.0.1:%d" % self.gateway_port))
        parts = re.split(r"(?m)^\s*# \d\. ", lines)
        defines = parts[1][parts[1].index("#!define"):
                           parts[1].index("request_route")]
        before = parts[2][parts[2].index("\tif (src_ip"):
                          parts[2].index("\t# ... authentication")]
        after = parts[3][parts[3].index("\tif ($rd"):
                         parts[3].index("\t# ... everything else")]
        debian = read("/etc/kamailio/kamailio.cfg")
        return swapped(
            debian, ("#!KAMAILIO\n", "#!KAMAILIO\n" + defines),
            ("\t# authentication\n\troute(AUTH);",
             before + after + "\troute(AUTH);"),
            ("log_stderror=no", "log_stderror=yes\nauto_aliases=no\n"
             'alias="example.net"\nlisten=udp:127.0.0.1:%d\n'
             "listen=tcp:127.0.0.1:%d\nudp_mtu = 1300\n"
             "udp_mtu_try_proto = TCP" % (self.port, self.port)),
            ("children=8", "children=2"))


class Guides(Case):
    server_name = "pasted-prosody"
    server_options = Names.names

    def open(self):
        """stox.yml of the README, and Kamailio."""
        block = re.search(r"```yaml\n(.*?)```", read("README.md"), re.S)
        yaml = "\n".join(line[3:] for line in block.group(1).splitlines())
        port, server = free_port(), self.server
        self.kamailio = PastedKamailio(self.scene, port)
        yaml = swapped(
            yaml, ("sip:192.0.2.10;lr", "sip:%s;lr" % self.kamailio.address),
            ("    secret: change-me", "    port: %d\n    secret: change-me"
             % server.component_port))
        yaml += ("\n  listen: ['udp:127.0.0.1:%d', 'tcp:127.0.0.1:%d']\n"
                 "store: { path: %s }\nlog: { level: debug }\n"
                 % (port, port, os.path.join(self.scene.dir, "guide.db")))
        self.stox = Stoxd(self.scene, server, port=port, text=yaml)
        self.phone = Phone(self.scene, ("127.0.0.1", self.kamailio.port),
                           domain="example.net")
        answer = self.phone.ask(self.phone.message(
            "sip:example.net", "", method="REGISTER", type=None,
            to_uri=self.phone.uri, extra="Contact: <sip:romeo@%s>\r\n"
            "Expires: 600\r\n" % self.phone.address))
        self.assertEqual(answer.status, 200, answer)

    def test_as_written(self):
        self.open()
        juliet = self.person()
        code, out = self.stox.run("-c", self.stox.config, "--explain",
                                  "romeo@sip.example.com")
        self.assertEqual(code, 0, out)
        self.assertIn("sip:romeo@example.net", out)
        juliet.say("romeo@sip.example.com", "to the phone")
        self.phone.expect_message("to the phone")
        self.assertEqual(self.phone.say("sip:juliet@example.com",
                                        "to juliet").status, 202)
        el = juliet.expect_message("to juliet")
        self.assertEqual(el.get("from").partition("/")[0],
                         "romeo@sip.example.com")
        juliet.say("nobody@sip.example.com", "anybody?", id="n1")
        juliet.expect_error("n1", "item-not-found")
        # Presence, both ways, by Record-Route of Kamailio.
        self.phone.on_request = lambda m: (
            200, "Expires: 3600\r\nContact: <sip:romeo@%s>\r\n%s"
            % (self.phone.address, "".join(
                "Record-Route: %s\r\n" % r for r in m.all("record-route"))))
        juliet.send("<presence to='romeo@sip.example.com' type='subscribe'/>")
        got = self.phone.expect("SUBSCRIBE", lambda m:
                                m.method == "SUBSCRIBE")
        self.assertIn(str(self.kamailio.port), got.get("record-route"))
        Notifier(self.phone, got).notify(
            body=pidf(self.phone.uri, note="here"), extra="".join(
                "Route: %s\r\n" % r for r in got.all("record-route")))
        juliet.expect("his presence", lambda e: local(e) == "presence" and
                      text(e, "status") == "here")
        watcher = Watcher(self.phone, "sip:juliet@example.com")
        self.assertLess(watcher.subscribe().status, 300)
        juliet.expect("his request", lambda e: e.get("type") == "subscribe")
        juliet.send("<presence to='romeo@sip.example.com' "
                    "type='subscribed'/>")
        watcher.seen("active", "open")


class GuidesEjabberd(Guides):
    server_name = "pasted-ejabberd"


class GuidesWithHelp(Guides):
    """Prosody's lines that are commented out."""
    server_name = "helpful-prosody"

    def test_as_written(self):
        self.open()
        self.stox.wait_log("privileges")
        juliet = self.person()
        juliet.say("sip.example.com", "add tybalt@example.net Tybalt")
        juliet.expect("done", lambda e: local(e) == "message" and
                      text(e, "body") == "done")


if __name__ == "__main__":
    unittest.main()
