"""Kamailio 5.6: registrar of sip.example and proxy. Phones register without a
password; who speaks for the XMPP domain (the gateway) is challenged by 407."""
import socket

from .scene import free_port, until

TRUNK_USER = "stox"
TRUNK_PASSWORD = "tr:unk pa\"ss"

CONFIG = r"""
debug=2
log_stderror=yes
fork=yes
children=2
tcp_children=2
disable_tcp=no
auto_aliases=no
dns=no
rev_dns=no
udp_mtu=1300
udp_mtu_try_proto=TCP
listen=udp:127.0.0.1:%(port)d
listen=tcp:127.0.0.1:%(port)d
alias="sip.example"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "xlog.so"
loadmodule "auth.so"
modparam("usrloc", "db_mode", 0)
modparam("tm", "fr_timer", 8000)
modparam("auth", "nonce_count", 1)
modparam("auth", "qop", "auth")
modparam("auth", "nonce_expire", 300)

request_route {
	if (!mf_process_maxfwd_header("10")) {
		sl_send_reply("483", "Too Many Hops");
		exit;
	}
	if (is_method("REGISTER")) {
		xlog("L_NOTICE", "registered $fu\n");
		save("location");
		exit;
	}
	if (is_method("OPTIONS") && uri == myself) {
		sl_send_reply("200", "OK");
		exit;
	}
	if ($fd == "%(xmpp)s") {
		if (!pv_proxy_authenticate("sip.example", $var(secret), "0")) {
			xlog("L_NOTICE", "challenging $fu\n");
			proxy_challenge("sip.example", "1");
			exit;
		}
		xlog("L_NOTICE", "trunk account accepted $au\n");
		consume_credentials();
	}
	remove_hf("Route");
	if ($rd == "%(xmpp)s") {
		xlog("L_NOTICE", "to the gateway $rm $ru by $proto\n");
		$du = "sip:127.0.0.1:%(gateway)d";
		t_relay();
		exit;
	}
	if (!lookup("location")) {
		sl_send_reply("404", "Not Found");
		exit;
	}
	xlog("L_NOTICE", "to the phone $rm $ru by $proto\n");
	t_relay();
}
"""


class Kamailio:
    def __init__(self, scene, gateway_port, xmpp_domain="xmpp.test"):
        self.port = free_port()
        self.gateway_port, self.xmpp_domain = gateway_port, xmpp_domain
        self.address = "127.0.0.1:%d" % self.port
        folder = "kamailio-%d" % self.port
        here = scene.dir + "/" + folder
        config = scene.write(folder + "/kamailio.cfg", self.text())
        self.process = scene.start(folder, [
            "kamailio", "-DD", "-E", "-w", here, "-Y", here,
            "-P", here + "/pid", "-f", config,
            "-m", "32", "-M", "4"])
        until("kamailio to listen", self.is_listening, 20)

    def text(self):
        return (CONFIG % {"port": self.port, "gateway": self.gateway_port,
                          "xmpp": self.xmpp_domain}).replace(
            "$var(secret)", '"%s"' % TRUNK_PASSWORD.replace('"', '\\"'))

    def is_listening(self):
        if not self.process.alive():
            raise AssertionError("kamailio:\n" + self.process.text()[-3000:])
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.settimeout(0.3)
        try:
            s.bind(("127.0.0.1", 0))
            s.sendto((
                "OPTIONS sip:127.0.0.1:%d SIP/2.0\r\nVia: SIP/2.0/UDP "
                "127.0.0.1:%d;rport;branch=z9hG4bKprobe\r\nMax-Forwards: 9\r\n"
                "From: <sip:probe@localhost>;tag=p\r\nTo: <sip:localhost>\r\n"
                "Call-ID: probe\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
                % (self.port, s.getsockname()[1])).encode(),
                ("127.0.0.1", self.port))
            return bool(s.recv(4096))
        except OSError:
            return False
        finally:
            s.close()

    def wait_registered(self, uri):
        self.process.wait_text("registered " + uri)
