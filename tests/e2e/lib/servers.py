"""Real XMPP servers: Prosody and ejabberd, each with plain test users and one
component for the gateway."""
import glob
import os
import signal

from .scene import can_connect, free_port, until

DOMAIN = "xmpp.test"
COMPONENT = "sip.test"
SECRET = "s3cret"
PASSWORD = "pass"

PROSODY = """
run_as_root = true
pidfile = "{dir}/prosody.pid"
data_path = "{dir}/data"
interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {c2s} }}
component_ports = {{ {component} }}
component_interfaces = {{ "127.0.0.1" }}
legacy_ssl_ports = {{ }}
c2s_direct_tls_ports = {{ }}
s2s_ports = {{ }}
s2s_direct_tls_ports = {{ }}
http_ports = {{ }}
https_ports = {{ }}
modules_enabled = {{ "roster", "saslauth", "disco", "ping", "offline",
  "presence", "message", "iq", "pep" }}
modules_disabled = {{ "s2s", "tls", "limits" }}
authentication = "internal_plain"
allow_unencrypted_plain_auth = true
c2s_require_encryption = false
log = {{ {{ levels = {{ min = "info" }}, to = "console" }} }}
VirtualHost "{domain}"
Component "{name}"
  component_secret = "{secret}"
{more}
"""

EJABBERD = """
hosts: ["{domain}"]
loglevel: info
certfiles: []
listen:
  - port: {c2s}
    ip: "127.0.0.1"
    module: ejabberd_c2s
    starttls: false
    max_stanza_size: 262144
  - port: {component}
    ip: "127.0.0.1"
    module: ejabberd_service
    hosts:
      "{name}":
        password: "{secret}"
auth_method: internal
auth_password_format: plain
disable_sasl_mechanisms: ["SCRAM-SHA-1-PLUS"]
acl:
  local:
    user_regexp: ""
access_rules:
  local:
    allow: local
  c2s:
    allow: all
modules:
  mod_disco: {{}}
  mod_ping: {{}}
  mod_roster: {{}}
  mod_caps: {{}}
  mod_pubsub:
    plugins: [flat, pep]
  mod_offline:
    access_max_user_messages: 100
"""


class Server:
    """Common: ports, users, start, kill, stop."""

    def __init__(self, scene, users=("juliet", "romeo"), component=COMPONENT,
                 domain=DOMAIN, others=()):
        """others: more components, with the same secret."""
        self.scene = scene
        self.domain = domain
        self.others = others
        self.component = component
        self.secret = SECRET
        self.users = users
        self.c2s_port = free_port()
        self.component_port = free_port()
        self.process = None
        self.dir = os.path.join(scene.dir, self.name)
        os.makedirs(self.dir, exist_ok=True)
        self.prepare()
        scene.at_end(self.stop)
        self.start()

    def fill(self, template, **more):
        return template.format(dir=self.dir, c2s=self.c2s_port,
                               component=self.component_port,
                               domain=self.domain, name=self.component,
                               secret=self.secret, **more)

    def start(self):
        self.process = self.launch()
        until(self.name + " to listen", lambda: can_connect(self.c2s_port)
              and can_connect(self.component_port), 60)

    def stop(self):
        if self.process is not None:
            self.process.stop()

    def kill(self):
        self.process.stop(signal.SIGKILL)

    def pause(self):
        """Stalls the server: it keeps its sockets and reads nothing."""
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)


class Prosody(Server):
    name = "prosody"

    def prepare(self):
        more = "".join('Component "%s"\n  component_secret = "%s"\n'
                       % (c, self.secret) for c in self.others)
        self.config = self.scene.write(
            "prosody/prosody.cfg.lua", self.fill(PROSODY, more=more))
        os.makedirs(os.path.join(self.dir, "data"), exist_ok=True)
        for user in self.users:
            self.write_user(user)

    def write_user(self, user):
        host = self.domain.replace(".", "%2e")
        self.scene.write("prosody/data/%s/accounts/%s.dat" % (host, user),
                         'return {\n\t["password"] = "%s";\n};\n' % PASSWORD)

    def launch(self):
        return self.scene.launch("prosody",
                                 ["prosody", "-F", "--config", self.config])


class Ejabberd(Server):
    name = "ejabberd"

    def prepare(self):
        self.config = self.scene.write("ejabberd/ejabberd.yml",
                                       self.fill(EJABBERD))

    def launch(self):
        lib = glob.glob("/usr/lib/*/ejabberd-*") + glob.glob(
            "/usr/lib/ejabberd-*")
        # Asked again until the server is there to take them.
        users = ", ".join("<<\"%s\">>" % u for u in self.users)
        program = (
            "R = fun R(_, 0) -> halt(3); R(U, N) -> "
            "case catch ejabberd_auth:try_register(U, <<\"%s\">>, "
            "<<\"%s\">>) of ok -> ok; {error, exists} -> ok; "
            "_ -> timer:sleep(200), R(U, N - 1) end end, "
            "[R(U, 250) || U <- [%s]], io:format(\"users ready~n\")."
            % (self.domain, PASSWORD, users))
        env = {"EJABBERD_CONFIG_PATH": self.config,
               "EJABBERD_LOG_PATH": os.path.join(self.dir, "ejabberd.log"),
               "SPOOL_DIR": self.dir, "HOME": self.dir,
               "ERL_CRASH_DUMP": os.path.join(self.dir, "erl_crash.dump"),
               "ERL_LIBS": os.path.dirname(lib[0]) if lib else ""}
        process = self.scene.launch(
            "ejabberd",
            ["erl", "-noinput", "+sbwt", "none", "-mnesia", "dir",
             '"%s"' % self.dir, "-s", "ejabberd", "-eval",
             program],
            env=env)
        process.wait_text("users ready", 60)
        return process


SERVERS = {"prosody": Prosody, "ejabberd": Ejabberd}
