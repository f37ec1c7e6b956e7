"""Kamailio 5.6 as a presence server of sip.example and as the proxy in front of
the gateway: PUBLISH and SUBSCRIBE for sip.example end here, those for the XMPP
domain go on with Record-Route, unless it serves that domain too."""
import glob
import os
import shutil

from .kamailio import Kamailio
from .scene import free_port, until

TABLES = "/usr/share/kamailio/dbtext/kamailio"

CONFIG = r"""
debug=2
log_stderror=yes
fork=yes
children=2
disable_tcp=no
tcp_children=2
auto_aliases=no
dns=no
rev_dns=no
listen=udp:127.0.0.1:%(port)d
listen=tcp:127.0.0.1:%(port)d
alias="sip.example"
loadmodule "db_text.so"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "xlog.so"
loadmodule "presence.so"
loadmodule "presence_xml.so"
modparam("db_text", "db_mode", 1)
modparam("presence", "db_url", "text://%(tables)s")
modparam("presence", "server_address", "sip:127.0.0.1:%(port)d")
modparam("presence", "publ_cache", 0)
modparam("presence", "clean_period", 5)
modparam("presence", "notifier_processes", 0)
modparam("presence_xml", "db_url", "text://%(tables)s")
modparam("presence_xml", "force_active", %(force_active)d)
modparam("presence_xml", "integrated_xcap_server", 1)

request_route {
	if (!mf_process_maxfwd_header("10")) {
		sl_send_reply("483", "Too Many Hops");
		exit;
	}
	if (is_method("OPTIONS") && uri == myself) {
		sl_send_reply("200", "OK");
		exit;
	}
	xlog("L_NOTICE", "got $rm $ru\n");
	if (has_totag() && loose_route() && uri != myself) {
		t_relay();
		exit;
	}
	if ($rd == "%(forwarded)s" && !is_method("PUBLISH") && $si != "0.0.0.0"
			&& $sp != %(gateway)d) {
		record_route();
		$du = "sip:127.0.0.1:%(gateway)d";
		t_relay();
		exit;
	}
	if (is_method("PUBLISH") && t_newtran()) {
		handle_publish();
		xlog("L_NOTICE", "done $rm $ru\n");
		exit;
	}
	if (is_method("SUBSCRIBE") && t_newtran()) {
		handle_subscribe();
		exit;
	}
	sl_send_reply("404", "Not Found");
}
"""


class PresenceServer(Kamailio):
    """serves_all: SUBSCRIBEs to XMPP users end here too. wants_consent: a
    watcher is pending until the policy (which nobody writes) lets him in."""

    def __init__(self, scene, gateway_port, xmpp_domain="xmpp.test",
                 serves_all=False, wants_consent=False):
        self.port = free_port()
        self.address = "127.0.0.1:%d" % self.port
        folder = "presence-%d" % self.port
        here = os.path.join(scene.dir, folder)
        os.mkdir(here)
        tables = os.path.join(here, "tables")
        os.mkdir(tables)
        for path in glob.glob(TABLES + "/*"):
            shutil.copy(path, tables)
        config = scene.write(folder + "/kamailio.cfg", CONFIG % {
            "port": self.port, "gateway": gateway_port,
            "forwarded": "nobody.invalid" if serves_all else xmpp_domain,
            "force_active": int(not wants_consent), "tables": tables})
        self.process = scene.start(folder, [
            "kamailio", "-DD", "-E", "-w", here, "-Y", here,
            "-P", here + "/pid", "-f", config, "-m", "32", "-M", "4"])
        until("kamailio to listen", self.is_listening, 20)
