"""The link to the XMPP server over TLS, with ejabberd (XEP-0114 has none of its
own), and what --check says of its certificate."""
import unittest

from lib import servers
from lib.case import Case
from lib.tls import Authority


class TlsEjabberd(servers.Ejabberd):  # a server, no test
    """Its port for components speaks TLS from the first byte."""

    def prepare(self):
        super().prepare()
        self.ca = Authority(self.scene)
        own = self.ca.issue("server", "DNS:xmpp.test")
        both = ""
        for path in (own.pem, own.key):
            with open(path, encoding="ascii") as f:
                both += f.read()
        pem = self.scene.write("ejabberd/server.pem", both)
        with open(self.config, encoding="utf-8") as f:
            text = f.read()
        service = "    module: ejabberd_service\n"
        self.scene.write("ejabberd/ejabberd.yml", text.replace(
            service, service + "    tls: true\n    certfile: %s\n" % pem))


servers.SERVERS["ejabberd-tls"] = TlsEjabberd


class OverTls(Case):
    server_name = "ejabberd-tls"

    def open_tls(self, ca=None, name="xmpp.test", **kw):
        ca = ca or self.server.ca
        self.open(component_more="    tls: true\n    tls_ca_file: %s\n"
                  "    tls_name: %s\n" % (ca.pem, name), **kw)

    def test_both_ways(self):
        self.open_tls()
        juliet = self.person()
        self.assertEqual(self.phone.say(self.user_uri, "here").status, 202)
        juliet.expect_message("here")
        juliet.say(self.contact, "there")
        self.phone.expect_message("there")

    def check(self):
        code, out = self.stox.run("-c", self.stox.config, "--check")
        self.assertEqual(code, 4, out)
        return out.strip().splitlines()[-1]

    def test_what_is_wrong(self):
        """The advice is about the certificate, not about the port."""
        self.open_tls(name="other.test", start=False)
        said = self.check()
        self.assertIn("not for other.test but for DNS:xmpp.test", said)
        self.assertIn("tls_name", said)
        self.open_tls(ca=Authority(self.scene, "stranger"), start=False)
        self.assertIn("tls_ca_file", self.check())
        self.open(start=False)
        self.assertIn("tls: true", self.check())


if __name__ == "__main__":
    unittest.main()
