#include "gateway/config/options.h"
#include "gateway/config/config.h"

#define IN_CONFIG(field) offsetof(struct config, field)
#define IN_LISTEN(field) offsetof(struct config_listen, field)

enum {
	DAY_MS = 24 * 60 * 60 * 1000,
	MINUTE_MS = 60 * 1000,
	KIB = 1024,
	MIB = 1024 * 1024,
};

static const struct option_choice log_levels[] = {
	{ "error", LOG_LEVEL_ERROR },
	{ "warn", LOG_LEVEL_WARN },
	{ "info", LOG_LEVEL_INFO },
	{ "debug", LOG_LEVEL_DEBUG },
	{ NULL, 0 },
};

static const struct option_choice log_formats[] = { { "text", 0 },
						    { "json", 1 },
						    { NULL, 0 } };

static const struct option_choice strangers[] = { { "refuse", 0 },
						  { "silent", 1 },
						  { NULL, 0 } };

static const struct option_choice transports[] = {
	{ "udp", TRANSPORT_UDP },
	{ "tcp", TRANSPORT_TCP },
	{ "tls", TRANSPORT_TLS },
	{ NULL, 0 },
};

static const struct option_choice backends[] = {
	{ "sqlite", STORE_SQLITE },
	{ "postgresql", STORE_PGSQL },
	{ "memory", STORE_MEMORY },
	{ NULL, 0 },
};

/* One row, one paragraph: clang-format would give each field a line. */
/* clang-format off */
static const struct option log_table[] = {
	{ .key = "level", .type = OPTION_CHOICE, .offset = IN_CONFIG(log_level),
	  .choices = log_levels, .def = "info",
	  .help = "What is logged. Addresses of people are in debug lines "
		  "only." },
	{ .key = "format", .type = OPTION_EITHER,
	  .offset = IN_CONFIG(is_log_json), .choices = log_formats,
	  .def = "text",
	  .help = "Lines of key=value, or one JSON object a line." },
	{ .key = NULL },
};

static const struct option listen_table[] = {
	{ .key = "transport", .type = OPTION_CHOICE,
	  .offset = IN_LISTEN(transport), .choices = transports, .def = "udp",
	  .help = "Keep udp and tcp on the same port: long requests change to "
		  "TCP." },
	{ .key = "address", .type = OPTION_ADDRESS, .offset = IN_LISTEN(host),
	  .def = "0.0.0.0",
	  .help = "An address of this machine, 0.0.0.0 or '::'." },
	{ .key = "port", .type = OPTION_PORT, .offset = IN_LISTEN(port),
	  .otherwise = "5060; of tls 5061", .min = 1, .max = 65535,
	  .help = "The port." },
	{ .key = "advertise", .type = OPTION_ADVERTISE,
	  .offset = IN_LISTEN(advertised_host),
	  .second = IN_LISTEN(advertised_port),
	  .otherwise = "the address towards the peer",
	  .help = "host[:port] to name in Via, for a gateway behind NAT." },
	{ .key = NULL },
};

static const struct option account_table[] = {
	{ .key = "username", .type = OPTION_TEXT,
	  .offset = IN_CONFIG(account_username), .is_required = true, .min = 1,
	  .max = 255, .help = "Name of the account." },
	{ .key = "password", .type = OPTION_SECRET,
	  .offset = IN_CONFIG(account_password),
	  .help = "Its password. Give exactly one of password, password_file "
		  "and password_env." },
	{ .key = "password_file", .type = OPTION_SECRET_FILE,
	  .offset = IN_CONFIG(account_password),
	  .help = "A file whose only line is the password." },
	{ .key = "password_env", .type = OPTION_SECRET_ENV,
	  .offset = IN_CONFIG(account_password),
	  .help = "An environment variable that holds the password." },
	{ .key = "realm", .type = OPTION_TEXT,
	  .offset = IN_CONFIG(account_realm), .otherwise = "any", .min = 1,
	  .max = 255,
	  .help = "The only realm whose challenges are answered." },
	{ .key = NULL },
};

static const struct option tcp_table[] = {
	{ .key = "connections_max", .is_fixed = true, .type = OPTION_NUMBER,
	  .offset = IN_CONFIG(transport.conns_max), .def = "256", .min = 1,
	  .max = 65535, .help = "Connections in all." },
	{ .key = "connections_per_source_max", .is_fixed = true,
	  .type = OPTION_NUMBER,
	  .offset = IN_CONFIG(transport.conns_per_source_max), .def = "16",
	  .min = 1, .max = 65535, .help = "Connections from one address." },
	{ .key = "first_message_ms", .is_fixed = true, .type = OPTION_NUMBER,
	  .offset = IN_CONFIG(transport.first_message_ms), .def = "30000",
	  .min = 100, .max = DAY_MS, .unit = "ms",
	  .help = "A new connection must bring a whole message by then." },
	{ .key = "idle_ms", .is_fixed = true, .type = OPTION_NUMBER,
	  .offset = IN_CONFIG(transport.idle_ms), .def = "180000", .min = 1000,
	  .max = DAY_MS, .unit = "ms",
	  .help = "A connection without a message is closed after it." },
	{ .key = "connect_ms", .is_fixed = true, .type = OPTION_NUMBER,
	  .offset = IN_CONFIG(transport.connect_ms), .def = "4000", .min = 100,
	  .max = MINUTE_MS, .unit = "ms",
	  .help = "Time to connect, and for a TLS handshake, either way." },
	{ .key = "message_ms", .is_fixed = true, .type = OPTION_NUMBER,
	  .offset = IN_CONFIG(transport.message_ms), .def = "10000",
	  .min = 100, .max = DAY_MS, .unit = "ms",
	  .help = "Time from a message's first byte to its last." },
	{ .key = "queue_bytes", .is_fixed = true, .type = OPTION_BYTES,
	  .offset = IN_CONFIG(transport.conn_queue_bytes), .def = "1048576",
	  .min = 64 * KIB, .max = 1024UL * MIB, .unit = "bytes",
	  .help = "Not yet written on one connection." },
	{ .key = "keepalive_ms", .is_fixed = true, .type = OPTION_NUMBER,
	  .offset = IN_CONFIG(transport.keepalive_ms), .def = "30000",
	  .min = 1000, .max = DAY_MS, .unit = "ms",
	  .help = "CRLF CRLF on connections that we opened (RFC 5626)." },
	{ .key = NULL },
};

static const struct option sip_table[] = {
	{ .key = "listen", .is_fixed = true,
	  .type = OPTION_MAPS, .item = OPTION_LISTEN,
	  .table = listen_table, .item_bytes = sizeof(struct config_listen),
	  .offset = IN_CONFIG(listens), .second = IN_CONFIG(listen_count),
	  .def = "['udp:0.0.0.0:5060', 'tcp:0.0.0.0:5060']", .min = 1,
	  .max = 16,
	  .help = "Where SIP is spoken: 'transport:address[:port]', or a map "
		  "of the settings below." },
	{ .key = "outbound_proxy", .type = OPTION_NEXT_HOP,
	  .offset = IN_CONFIG(outbound_proxy),
	  .otherwise = "what DNS says of each domain",
	  .help = "Where all requests go first: sip:proxy.example.net;lr. "
		  "sips: is short for transport=tls: TLS to there." },
	{ .key = "user_agent", .type = OPTION_TEXT,
	  .offset = IN_CONFIG(user_agent),
	  .otherwise = "Stox and its version", .min = 1, .max = 128,
	  .help = "User-Agent of our requests." },
	{ .key = "tls", .type = OPTION_MAP, .table = options_tls,
	  .help = "SIP over TLS, both ways. Read again on SIGHUP: "
		  "certificates, keys and authorities." },
	{ .key = "peers", .type = OPTION_MAPS, .table = options_peer,
	  .item_bytes = sizeof(struct config_peer), .offset = IN_CONFIG(peers),
	  .second = IN_CONFIG(peer_count), .max = 1000,
	  .otherwise = "this machine, and the proxy and next hops that are "
		       "given as addresses",
	  .help = "Who may send to us, and for which domains." },
	{ .key = "users", .type = OPTION_MAPS, .table = options_user,
	  .item_bytes = sizeof(struct config_user), .offset = IN_CONFIG(users),
	  .second = IN_CONFIG(user_count), .max = 100000,
	  .otherwise = "none",
	  .help = "People who send to us directly, from anywhere, and prove "
		  "by digest who they are." },
	{ .key = "md5", .type = OPTION_FLAG, .offset = IN_CONFIG(allows_md5),
	  .def = "false",
	  .help = "Let users prove it by MD5 too, for phones without "
		  "SHA-256." },
	{ .key = "nonce_s", .type = OPTION_NUMBER,
	  .offset = IN_CONFIG(nonce_s), .def = "300", .min = 10,
	  .max = 86400, .unit = "s",
	  .help = "How long a user's proof lasts until a new challenge." },
	{ .key = "strangers", .type = OPTION_EITHER,
	  .offset = IN_CONFIG(is_stranger_silent), .choices = strangers,
	  .def = "refuse",
	  .help = "Everybody else gets 403, or no answer at all." },
	{ .key = "account", .type = OPTION_MAP, .table = account_table,
	  .otherwise = "none",
	  .help = "Answers digest challenges of the proxy." },
	{ .key = "nameserver", .is_fixed = true, .type = OPTION_NAMESERVER,
	  .offset = IN_CONFIG(nameserver), .otherwise = "the system's",
	  .help = "DNS server: address[:port]." },
	{ .key = "naptr", .is_fixed = true,
	  .type = OPTION_FLAG, .offset = IN_CONFIG(wants_naptr),
	  .def = "true", .help = "Ask for NAPTR records (RFC 3263)." },
	{ .key = "srv", .is_fixed = true,
	  .type = OPTION_FLAG, .offset = IN_CONFIG(wants_srv),
	  .def = "true", .help = "Ask for SRV records." },
	{ .key = "t1_ms", .is_fixed = true,
	  .type = OPTION_NUMBER, .offset = IN_CONFIG(t1_ms),
	  .def = "500", .min = 10, .max = 10000, .unit = "ms",
	  .help = "T1 of RFC 3261: the round trip." },
	{ .key = "t2_ms", .is_fixed = true,
	  .type = OPTION_NUMBER, .offset = IN_CONFIG(t2_ms),
	  .def = "4000", .min = 10, .max = MINUTE_MS, .unit = "ms",
	  .help = "T2: the longest time between two copies." },
	{ .key = "timeout_ms", .is_fixed = true, .type = OPTION_NUMBER,
	  .offset = IN_CONFIG(timeout_ms), .def = "32000", .min = 100,
	  .max = 10 * MINUTE_MS, .unit = "ms",
	  .help = "Timer F: the end of a request without an answer." },
	{ .key = "mtu_bytes", .is_fixed = true, .type = OPTION_NUMBER,
	  .offset = IN_CONFIG(mtu_bytes), .def = "1300", .min = 500,
	  .max = 65000, .unit = "bytes",
	  .help = "Longer requests leave over TCP (RFC 3261 §18.1.1)." },
	{ .key = "udp_buffer_bytes", .is_fixed = true, .type = OPTION_NUMBER,
	  .offset = IN_CONFIG(transport.udp_buffer_bytes), .def = "4194304",
	  .min = 64 * KIB, .max = 256 * MIB, .unit = "bytes",
	  .help = "Buffer asked of the kernel for each UDP socket; it gives "
		  "at most net.core.rmem_max." },
	{ .key = "udp_segments", .is_fixed = true,
	  .type = OPTION_FLAG, .offset = IN_CONFIG(transport.has_segments),
	  .def = "true",
	  .help = "Datagrams of one length to one peer in one system call, "
		  "cut by the kernel or the network card (UDP_SEGMENT). A "
		  "capture on this machine shows them in one piece." },
	{ .key = "check_s", .type = OPTION_NUMBER,
	  .offset = IN_CONFIG(check_s), .def = "60", .min = 0, .max = 86400,
	  .unit = "s",
	  .help = "While users watch the gateway's own address: OPTIONS to the "
		  "next hop after so long without an answer to anything; 0: "
		  "never." },
	{ .key = "tcp", .type = OPTION_MAP, .table = tcp_table,
	  .help = "Limits of connections." },
	{ .key = NULL },
};

static const struct option limits_table[] = {
	{ .key = "conversation_queue_max", .is_fixed = true,
	  .type = OPTION_NUMBER,
	  .offset = IN_CONFIG(conversation_queue_max), .def = "100", .min = 1,
	  .max = 100000,
	  .help = "Messages that wait for one SIP address; then "
		  "resource-constraint." },
	{ .key = "running_max", .is_fixed = true, .type = OPTION_NUMBER,
	  .offset = IN_CONFIG(running_max), .def = "2000", .min = 1,
	  .max = 1000000,
	  .help = "Requests of ours without an answer yet, a quarter of them "
		  "messages only." },
	{ .key = "running_sender_max", .is_fixed = true,
	  .type = OPTION_NUMBER, .offset = IN_CONFIG(running_sender_max),
	  .def = "250", .min = 0, .max = 1000000,
	  .help = "Messages of one XMPP user without an answer yet, as many "
		  "SUBSCRIBEs of his, and as many NOTIFYs to one SIP watcher: "
		  "an eighth of the room or so. More wait until some have "
		  "ended, and do not hold up others. 0: no limit." },
	{ .key = "answers_max", .is_fixed = true, .type = OPTION_NUMBER,
	  .offset = IN_CONFIG(answers_max), .def = "20000", .min = 1,
	  .max = 1000000,
	  .help = "Requests that we have not answered yet; then 503." },
	{ .key = "replay_max", .is_fixed = true, .type = OPTION_NUMBER,
	  .offset = IN_CONFIG(replay_max), .def = "6000000", .min = 100,
	  .max = 100000000,
	  .help = "Requests remembered for 32 s, to tell a copy." },
	{ .key = "bindings_max", .type = OPTION_NUMBER,
	  .offset = IN_CONFIG(bindings_max), .def = "20000", .min = 1,
	  .max = 10000000,
	  .help = "Registered phones in all, and publications; then 503." },
	{ .key = "stanza_max_bytes", .is_fixed = true, .type = OPTION_BYTES,
	  .offset = IN_CONFIG(stanza_max_bytes), .def = "262144",
	  .min = 10000, .max = 16 * MIB, .unit = "bytes",
	  .help = "One stanza, either way; answers may be 16 KiB longer. Not more "
		  "than the server takes." },
	{ .key = "queue_max_bytes", .is_fixed = true, .type = OPTION_BYTES,
	  .offset = IN_CONFIG(queue_max_bytes), .def = "4194304",
	  .min = 64 * KIB, .max = 1024UL * MIB, .unit = "bytes",
	  .help = "Not yet written to one XMPP server, or messages that wait "
		  "for it; then 503." },
	{ .key = "queue_max_stanzas", .is_fixed = true, .type = OPTION_NUMBER,
	  .offset = IN_CONFIG(queue_max_stanzas), .def = "2000", .min = 10,
	  .max = 1000000, .help = "The same, counted." },
	{ .key = "source_per_s", .type = OPTION_NUMBER,
	  .offset = IN_CONFIG(rate_source.per_s), .def = "0", .min = 0,
	  .max = 1000000, .unit = "1/s",
	  .help = "Requests from one IP address; 0: no limit, for a peer is a "
		  "proxy as a rule, with all its users behind it." },
	{ .key = "source_burst", .type = OPTION_NUMBER,
	  .offset = IN_CONFIG(rate_source.burst), .def = "200", .min = 1,
	  .max = 1000000, .help = "So many at once." },
	{ .key = "sender_per_s", .type = OPTION_NUMBER,
	  .offset = IN_CONFIG(rate_sender.per_s), .def = "50", .min = 0,
	  .max = 1000000, .unit = "1/s",
	  .help = "Messages of one XMPP user; 0: no limit." },
	{ .key = "sender_burst", .type = OPTION_NUMBER,
	  .offset = IN_CONFIG(rate_sender.burst), .def = "200", .min = 1,
	  .max = 1000000, .help = "So many at once." },
	{ .key = NULL },
};

static const struct option memory_table[] = {
	{ .key = "notices_max", .type = OPTION_NUMBER,
	  .offset = IN_CONFIG(notices_max), .def = "100000", .min = 1,
	  .max = 10000000,
	  .help = "Messages that owe a notice of delivery or reading; then "
		  "the oldest is forgotten." },
	{ .key = "notices_age_s", .type = OPTION_NUMBER,
	  .offset = IN_CONFIG(notices_age_s), .def = "604800", .min = 60,
	  .max = 365 * 24 * 60 * 60, .unit = "s",
	  .help = "How long such a notice is waited for." },
	{ .key = "skills_max", .type = OPTION_NUMBER,
	  .offset = IN_CONFIG(skills_max), .def = "100000", .min = 1,
	  .max = 10000000,
	  .help = "Contacts of whom is known what their side understands; "
		  "then the one not heard of longest is forgotten." },
	{ .key = "skills_age_s", .type = OPTION_NUMBER,
	  .offset = IN_CONFIG(skills_age_s), .def = "2592000", .min = 60,
	  .max = 365 * 24 * 60 * 60, .unit = "s",
	  .help = "How long that is believed: a phone may be replaced." },
	{ .key = "typing_pairs_max", .type = OPTION_NUMBER,
	  .offset = IN_CONFIG(typing_pairs_max), .def = "10000", .min = 1,
	  .max = 1000000,
	  .help = "Pairs of people of whom one is typing; then the one that "
		  "was silent longest is forgotten." },
	{ .key = NULL },
};

static const struct option store_table[] = {
	{ .key = "backend", .is_fixed = true, .type = OPTION_CHOICE,
	  .offset = IN_CONFIG(store_backend), .choices = backends,
	  .def = "sqlite",
	  .help = "Where subscriptions are kept: an SQLite file, a PostgreSQL "
		  "database, or memory (lost with the process)." },
	{ .key = "path", .is_fixed = true,
	  .type = OPTION_PATH, .offset = IN_CONFIG(store_path),
	  .otherwise = "/var/lib/stox/stox.db, or memory if that cannot be had",
	  .help = "The SQLite file. One stoxd a file. When it is named here and "
		  "cannot be had, or is there and cannot be used, stoxd does "
		  "not start." },
	{ .key = "connection", .is_fixed = true, .is_secret = true,
	  .type = OPTION_TEXT,
	  .offset = IN_CONFIG(store_connection), .max = 1024,
	  .otherwise = "what the PG... variables say",
	  .help = "PostgreSQL connection string; keep the password in a "
		  "passfile." },
	{ .key = "node", .is_fixed = true,
	  .type = OPTION_TEXT, .offset = IN_CONFIG(store_node),
	  .def = "stox", .min = 1, .max = 64,
	  .help = "Name of this node: it loads its own rows only." },
	{ .key = NULL },
};

static const struct option presence_table[] = {
	{ .key = "expires_s", .type = OPTION_NUMBER,
	  .offset = IN_CONFIG(presence_expires_s), .def = "3600", .min = 60,
	  .max = 86400, .unit = "s",
	  .help = "Asked for in our SUBSCRIBEs." },
	{ .key = "min_expires_s", .is_fixed = true, .type = OPTION_NUMBER,
	  .offset = IN_CONFIG(presence_min_expires_s), .def = "60", .min = 1,
	  .max = 3600, .unit = "s",
	  .help = "Shortest subscription of a SIP watcher; below it 423." },
	{ .key = "notify_every_ms", .type = OPTION_NUMBER,
	  .offset = IN_CONFIG(notify_every_ms), .def = "5000", .min = 0,
	  .max = MINUTE_MS, .unit = "ms",
	  .help = "A watcher hears of changes at most so often; the last "
		  "state is always said (RFC 3856 6.10)." },
	{ .key = "denied_for_s", .type = OPTION_NUMBER,
	  .offset = IN_CONFIG(denied_for_s), .def = "2592000", .min = 0,
	  .max = 1000000000, .unit = "s",
	  .help = "A SIP watcher whom the user has denied is refused so long "
		  "before the user may be asked again." },
	{ .key = "wake_per_s", .type = OPTION_NUMBER,
	  .offset = IN_CONFIG(wake_per_s), .def = "500", .min = 1,
	  .max = 100000, .unit = "1/s",
	  .help = "Subscriptions taken up again after a restart." },
	{ .key = "subscriptions_max", .type = OPTION_NUMBER,
	  .offset = IN_CONFIG(subscriptions_max), .def = "200000", .min = 1,
	  .max = 100000000,
	  .help = "Authorisations and dialogs in all; then 503." },
	{ .key = "subscriptions_per_user_max", .type = OPTION_NUMBER,
	  .offset = IN_CONFIG(subscriptions_per_user_max), .def = "1000",
	  .min = 1, .max = 1000000,
	  .help = "People that one user or contact watches; then not-allowed, "
		  "403." },
	{ .key = "undecided_per_user_max", .type = OPTION_NUMBER,
	  .offset = IN_CONFIG(undecided_per_user_max), .def = "200", .min = 1,
	  .max = 1000000,
	  .help = "SIP watchers who wait for the word of one user, whom each is "
		  "shown to; then 403." },
	{ .key = NULL },
};

static const struct option xmpp_table[] = {
	{ .key = "taken_timeout_ms", .type = OPTION_NUMBER,
	  .offset = IN_CONFIG(taken_timeout_ms), .def = "2000", .min = 100,
	  .max = 30000, .unit = "ms",
	  .help = "The server must have taken a message by then; else 503." },
	{ .key = "backoff_max_ms", .is_fixed = true, .type = OPTION_NUMBER,
	  .offset = IN_CONFIG(backoff_max_ms), .def = "60000", .min = 500,
	  .max = 60 * MINUTE_MS, .unit = "ms",
	  .help = "Longest wait between two attempts to connect." },
	{ .key = "ping_idle_ms", .is_fixed = true, .type = OPTION_NUMBER,
	  .offset = IN_CONFIG(ping_idle_ms), .def = "14000", .min = 500,
	  .max = DAY_MS, .unit = "ms",
	  .help = "Silence after which the server is asked whether it "
		  "lives." },
	{ .key = "ping_timeout_ms", .is_fixed = true, .type = OPTION_NUMBER,
	  .offset = IN_CONFIG(ping_timeout_ms), .def = "15000", .min = 500,
	  .max = DAY_MS, .unit = "ms",
	  .help = "Time for its answer; then the link is made anew." },
	{ .key = NULL },
};

static const struct option file_table[] = {
	{ .key = "log", .type = OPTION_MAP, .table = log_table,
	  .help = "What is written to standard error." },
	{ .key = "components", .type = OPTION_MAPS, .table = options_component,
	  .item_bytes = sizeof(struct config_component),
	  .offset = IN_CONFIG(components),
	  .second = IN_CONFIG(component_count), .is_required = true, .min = 1,
	  .max = 64,
	  .help = "Links to XMPP servers (XEP-0114), and the SIP domain that "
		  "stands behind each." },
	{ .key = "sip", .type = OPTION_MAP, .table = sip_table,
	  .help = "The SIP side, common to all components." },
	{ .key = "limits", .type = OPTION_MAP, .table = limits_table,
	  .help = "What a peer can make us keep." },
	{ .key = "xmpp", .type = OPTION_MAP, .table = xmpp_table,
	  .help = "Timing of the links to XMPP servers." },
	{ .key = "store", .type = OPTION_MAP, .table = store_table,
	  .help = "What survives a restart." },
	{ .key = "memory", .type = OPTION_MAP, .table = memory_table,
	  .help = "What is remembered of conversations." },
	{ .key = "presence", .type = OPTION_MAP, .table = presence_table,
	  .help = "Subscriptions, both directions." },
	{ .key = "admin", .type = OPTION_MAP, .table = options_admin,
	  .help = "Who may give commands to the gateway, and how." },
	{ .key = "web", .type = OPTION_MAP, .table = options_web,
	  .help = "Metrics, health and the status page, over HTTP." },
	{ .key = "about", .type = OPTION_MAP, .table = options_about,
	  .help = "What the gateway says of itself and its contacts." },
	{ .key = "hep", .type = OPTION_MAP, .table = options_hep,
	  .help = "Export of both sides to Homer (HEP version 3)." },
	{ .key = "drain_ms", .type = OPTION_NUMBER,
	  .offset = IN_CONFIG(drain_ms), .def = "5000", .min = 0,
	  .max = MINUTE_MS, .unit = "ms",
	  .help = "Time to end what is under way when stopped." },
	{ .key = NULL },
};

/* clang-format on */

const struct option *options_table(void)
{
	return file_table;
}
