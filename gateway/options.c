#include "gateway/options.h"
#include "gateway/config.h"

#define IN_CONFIG(field)    offsetof(struct config, field)
#define IN_COMPONENT(field) offsetof(struct config_component, field)
#define IN_LISTEN(field)    offsetof(struct config_listen, field)
#define IN_PEER(field)	    offsetof(struct config_peer, field)

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

static const struct option_choice contact_plans[] = {
	{ "fixed", CONTACT_FIXED },
	{ "transparent", CONTACT_TRANSPARENT },
	{ "escaped", CONTACT_ESCAPED },
	{ NULL, 0 },
};

static const struct option_choice user_plans[] = {
	{ "transparent", USER_TRANSPARENT },
	{ "fixed", USER_FIXED },
	{ "escaped", USER_ESCAPED },
	{ NULL, 0 },
};

static const struct option_choice message_types[] = {
	{ "normal", MESSAGE_NORMAL },
	{ "chat", MESSAGE_CHAT },
	{ NULL, 0 },
};

static const struct option_choice threads[] = {
	{ "call-id", THREAD_CALL_ID },
	{ "conversation", THREAD_CONVERSATION },
	{ "none", THREAD_NONE },
	{ NULL, 0 },
};

static const struct option_choice transports[] = {
	{ "udp", TRANSPORT_UDP },
	{ "tcp", TRANSPORT_TCP },
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

static const struct option alias_table[] = {
	{ .key = "jid", .type = OPTION_JID, .offset = offsetof(struct alias, jid),
	  .is_required = true,
	  .help = "A bare JID in the component's domain (the alias is a "
		  "contact) or in one of xmpp_domains (a user)." },
	{ .key = "uri", .type = OPTION_URI, .offset = offsetof(struct alias, uri),
	  .is_required = true, .help = "What SIP calls it: sip:user@host." },
	{ .key = NULL },
};

static const struct option number_table[] = {
	{ .key = "sip", .type = OPTION_PREFIX,
	  .offset = offsetof(struct number_rule, sip_prefix), .def = "''",
	  .help = "What the number starts with in SIP." },
	{ .key = "sip_host", .type = OPTION_HOST,
	  .offset = offsetof(struct number_rule, sip_host),
	  .otherwise = "sip_domain",
	  .help = "Host of the URI with that number." },
	{ .key = "jid", .type = OPTION_PREFIX,
	  .offset = offsetof(struct number_rule, jid_prefix), .def = "''",
	  .help = "What it starts with in XMPP." },
	{ .key = "jid_domain", .type = OPTION_DOMAIN,
	  .offset = offsetof(struct number_rule, jid_domain),
	  .otherwise = "the component's domain",
	  .help = "Domain of the JID: the component's for contacts, one of "
		  "xmpp_domains for users." },
	{ .key = "digits", .type = OPTION_DIGITS,
	  .offset = offsetof(struct number_rule, digits_min),
	  .second = offsetof(struct number_rule, digits_max),
	  .is_required = true,
	  .help = "How many digits follow the prefix: 4, or 4-14." },
	{ .key = NULL },
};

static const struct option message_table[] = {
	{ .key = "type", .type = OPTION_CHOICE,
	  .offset = IN_COMPONENT(message.type), .choices = message_types,
	  .def = "normal",
	  .help = "Type of messages from SIP. RFC 7572 says normal; chat makes "
		  "clients show them as a conversation." },
	{ .key = "thread", .type = OPTION_CHOICE,
	  .offset = IN_COMPONENT(message.thread), .choices = threads,
	  .def = "call-id",
	  .help = "Thread of messages from SIP: the Call-ID (RFC 7572), one "
		  "for each pair of addresses (phones use a new Call-ID for "
		  "every message), or none." },
	{ .key = "delay_after_s", .type = OPTION_NUMBER,
	  .offset = IN_COMPONENT(message.delay_after_s), .def = "60", .min = 0,
	  .max = 86400, .unit = "s",
	  .help = "A SIP message whose Date is older gets a delay stamp "
		  "(XEP-0203)." },
	{ .key = "body_max_bytes", .type = OPTION_BYTES,
	  .offset = IN_COMPONENT(message.body_max_bytes), .def = "65536",
	  .min = 160, .max = MIB, .unit = "bytes",
	  .help = "Longest text from SIP; longer ones get 413." },
	{ .key = "headlines", .type = OPTION_FLAG,
	  .offset = IN_COMPONENT(message.wants_headline), .def = "true",
	  .help = "Carry messages of type headline to SIP." },
	{ .key = NULL },
};

static const struct option component_table[] = {
	{ .key = "domain", .type = OPTION_DOMAIN,
	  .offset = IN_COMPONENT(domain), .is_required = true,
	  .help = "The component's name at the XMPP server." },
	{ .key = "server", .type = OPTION_DOMAIN,
	  .offset = IN_COMPONENT(server),
	  .otherwise = "the domain without its first label",
	  .help = "A domain that the XMPP server serves itself; pings go "
		  "there." },
	{ .key = "host", .type = OPTION_TEXT, .offset = IN_COMPONENT(host),
	  .def = "127.0.0.1", .min = 1, .max = 253,
	  .help = "Where the XMPP server is: name or address." },
	{ .key = "port", .type = OPTION_PORT, .offset = IN_COMPONENT(port),
	  .def = "5347", .min = 1, .max = 65535,
	  .help = "Its port for components." },
	{ .key = "secret", .type = OPTION_SECRET,
	  .offset = IN_COMPONENT(secret),
	  .help = "The secret both sides know. Give exactly one of secret, "
		  "secret_file and secret_env." },
	{ .key = "secret_file", .type = OPTION_SECRET_FILE,
	  .offset = IN_COMPONENT(secret),
	  .help = "A file whose only line is the secret." },
	{ .key = "secret_env", .type = OPTION_SECRET_ENV,
	  .offset = IN_COMPONENT(secret),
	  .help = "An environment variable that holds the secret." },
	{ .key = "tls", .type = OPTION_FLAG, .offset = IN_COMPONENT(has_tls),
	  .def = "false",
	  .help = "The component port speaks TLS from the first byte." },
	{ .key = "tls_ca_file", .type = OPTION_PATH,
	  .offset = IN_COMPONENT(tls_ca_file),
	  .otherwise = "the system's authorities",
	  .help = "PEM file of the authority that signed the server's "
		  "certificate." },
	{ .key = "tls_name", .type = OPTION_TEXT,
	  .offset = IN_COMPONENT(tls_name), .otherwise = "host", .min = 1,
	  .max = 253, .help = "The name that the certificate must be for." },
	{ .key = "contacts", .type = OPTION_CHOICE,
	  .offset = IN_COMPONENT(plan.contacts), .choices = contact_plans,
	  .def = "fixed",
	  .help = "How people on the SIP side are called in XMPP. fixed: "
		  "romeo@DOMAIN is sip:romeo@SIP_DOMAIN. transparent: DOMAIN "
		  "is the SIP domain's own name. escaped: "
		  "romeo\\40example.net@DOMAIN is sip:romeo@example.net." },
	{ .key = "sip_domain", .type = OPTION_HOST,
	  .offset = IN_COMPONENT(plan.sip_domain),
	  .help = "The SIP domain that the component stands for. Required "
		  "with contacts: fixed, and of no use with the others." },
	{ .key = "users", .type = OPTION_CHOICE,
	  .offset = IN_COMPONENT(plan.users), .choices = user_plans,
	  .def = "transparent",
	  .help = "How XMPP users are called in SIP. transparent: "
		  "sip:juliet@example.com. fixed: sip:juliet@USER_HOST. "
		  "escaped: sip:juliet%40example.com@USER_HOST." },
	{ .key = "user_host", .type = OPTION_HOST,
	  .offset = IN_COMPONENT(plan.user_host),
	  .help = "Host of the users' SIP URIs. Required with users: fixed or "
		  "escaped." },
	{ .key = "xmpp_domains", .type = OPTION_LIST, .item = OPTION_DOMAIN,
	  .offset = IN_COMPONENT(plan.xmpp_domains),
	  .second = IN_COMPONENT(plan.xmpp_domain_count),
	  .otherwise = "server", .min = 1, .max = 1000,
	  .help = "Whose users are served; others are refused." },
	{ .key = "aliases", .type = OPTION_MAPS, .table = alias_table,
	  .item_bytes = sizeof(struct alias),
	  .offset = IN_COMPONENT(plan.aliases),
	  .second = IN_COMPONENT(plan.alias_count), .max = 10000,
	  .help = "Exact pairs of addresses; they come before everything "
		  "else." },
	{ .key = "numbers", .type = OPTION_MAPS, .table = number_table,
	  .item_bytes = sizeof(struct number_rule),
	  .offset = IN_COMPONENT(plan.numbers),
	  .second = IN_COMPONENT(plan.number_count), .max = 1000,
	  .help = "Numbers, after the aliases and before the plans: a phone "
		  "can type digits only." },
	{ .key = "next_hop", .type = OPTION_NEXT_HOP,
	  .offset = IN_COMPONENT(next_hop),
	  .otherwise = "sip.outbound_proxy",
	  .help = "Where requests of this component go." },
	{ .key = "message", .type = OPTION_MAP, .table = message_table,
	  .help = "How messages are carried." },
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
	  .def = "5060", .min = 1, .max = 65535, .help = "The port." },
	{ .key = "advertise", .type = OPTION_ADVERTISE,
	  .offset = IN_LISTEN(advertised_host),
	  .second = IN_LISTEN(advertised_port),
	  .otherwise = "the address towards the peer",
	  .help = "host[:port] to name in Via, for a gateway behind NAT." },
	{ .key = NULL },
};

static const struct option peer_table[] = {
	{ .key = "addresses", .type = OPTION_LIST, .item = OPTION_RANGE,
	  .offset = IN_PEER(addresses), .second = IN_PEER(address_count),
	  .is_required = true, .min = 1, .max = 1000,
	  .help = "Addresses and ranges: 192.0.2.1, 192.0.2.0/24, "
		  "'2001:db8::/32'." },
	{ .key = "domains", .type = OPTION_LIST, .item = OPTION_PATTERN,
	  .offset = IN_PEER(domains), .second = IN_PEER(domain_count),
	  .otherwise = "the components' SIP domains; with contacts: escaped "
		       "all",
	  .min = 1, .max = 1000,
	  .help = "What the peer may say in From: example.net, "
		  "'*.example.net', '*'." },
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
	{ .key = "connections_max", .type = OPTION_NUMBER,
	  .offset = IN_CONFIG(transport.conns_max), .def = "256", .min = 1,
	  .max = 65535, .help = "Connections in all." },
	{ .key = "connections_per_source_max", .type = OPTION_NUMBER,
	  .offset = IN_CONFIG(transport.conns_per_source_max), .def = "16",
	  .min = 1, .max = 65535, .help = "Connections from one address." },
	{ .key = "first_message_ms", .type = OPTION_NUMBER,
	  .offset = IN_CONFIG(transport.first_message_ms), .def = "30000",
	  .min = 100, .max = DAY_MS, .unit = "ms",
	  .help = "A new connection must bring a whole message by then." },
	{ .key = "idle_ms", .type = OPTION_NUMBER,
	  .offset = IN_CONFIG(transport.idle_ms), .def = "180000", .min = 1000,
	  .max = DAY_MS, .unit = "ms",
	  .help = "A connection without a message is closed after it." },
	{ .key = "connect_ms", .type = OPTION_NUMBER,
	  .offset = IN_CONFIG(transport.connect_ms), .def = "4000", .min = 100,
	  .max = MINUTE_MS, .unit = "ms", .help = "Time to connect." },
	{ .key = "message_ms", .type = OPTION_NUMBER,
	  .offset = IN_CONFIG(transport.message_ms), .def = "10000",
	  .min = 100, .max = DAY_MS, .unit = "ms",
	  .help = "Time from a message's first byte to its last." },
	{ .key = "queue_bytes", .type = OPTION_BYTES,
	  .offset = IN_CONFIG(transport.conn_queue_bytes), .def = "1048576",
	  .min = 64 * KIB, .max = 1024UL * MIB, .unit = "bytes",
	  .help = "Not yet written on one connection." },
	{ .key = "keepalive_ms", .type = OPTION_NUMBER,
	  .offset = IN_CONFIG(transport.keepalive_ms), .def = "30000",
	  .min = 1000, .max = DAY_MS, .unit = "ms",
	  .help = "CRLF CRLF on connections that we opened (RFC 5626)." },
	{ .key = NULL },
};

static const struct option sip_table[] = {
	{ .key = "listen", .type = OPTION_MAPS, .item = OPTION_LISTEN,
	  .table = listen_table, .item_bytes = sizeof(struct config_listen),
	  .offset = IN_CONFIG(listens), .second = IN_CONFIG(listen_count),
	  .def = "['udp:0.0.0.0:5060', 'tcp:0.0.0.0:5060']", .min = 1,
	  .max = 16,
	  .help = "Where SIP is spoken: 'transport:address[:port]', or a map "
		  "of the settings below." },
	{ .key = "outbound_proxy", .type = OPTION_NEXT_HOP,
	  .offset = IN_CONFIG(outbound_proxy),
	  .otherwise = "what DNS says of each domain",
	  .help = "Where all requests go first: sip:proxy.example.net;lr." },
	{ .key = "user_agent", .type = OPTION_TEXT,
	  .offset = IN_CONFIG(user_agent),
	  .otherwise = "Stox and its version", .min = 1, .max = 128,
	  .help = "User-Agent of our requests." },
	{ .key = "peers", .type = OPTION_MAPS, .table = peer_table,
	  .item_bytes = sizeof(struct config_peer), .offset = IN_CONFIG(peers),
	  .second = IN_CONFIG(peer_count), .max = 1000,
	  .otherwise = "this machine, and the proxy and next hops that are "
		       "given as addresses",
	  .help = "Who may send to us, and for which domains." },
	{ .key = "strangers", .type = OPTION_EITHER,
	  .offset = IN_CONFIG(is_stranger_silent), .choices = strangers,
	  .def = "refuse",
	  .help = "Everybody else gets 403, or no answer at all." },
	{ .key = "account", .type = OPTION_MAP, .table = account_table,
	  .otherwise = "none",
	  .help = "Answers digest challenges of the proxy." },
	{ .key = "nameserver", .type = OPTION_NAMESERVER,
	  .offset = IN_CONFIG(nameserver), .otherwise = "the system's",
	  .help = "DNS server: address[:port]." },
	{ .key = "naptr", .type = OPTION_FLAG, .offset = IN_CONFIG(wants_naptr),
	  .def = "true", .help = "Ask for NAPTR records (RFC 3263)." },
	{ .key = "srv", .type = OPTION_FLAG, .offset = IN_CONFIG(wants_srv),
	  .def = "true", .help = "Ask for SRV records." },
	{ .key = "t1_ms", .type = OPTION_NUMBER, .offset = IN_CONFIG(t1_ms),
	  .def = "500", .min = 10, .max = 10000, .unit = "ms",
	  .help = "T1 of RFC 3261: the round trip." },
	{ .key = "t2_ms", .type = OPTION_NUMBER, .offset = IN_CONFIG(t2_ms),
	  .def = "4000", .min = 10, .max = MINUTE_MS, .unit = "ms",
	  .help = "T2: the longest time between two copies." },
	{ .key = "timeout_ms", .type = OPTION_NUMBER,
	  .offset = IN_CONFIG(timeout_ms), .def = "32000", .min = 100,
	  .max = 10 * MINUTE_MS, .unit = "ms",
	  .help = "Timer F: the end of a request without an answer." },
	{ .key = "mtu_bytes", .type = OPTION_NUMBER,
	  .offset = IN_CONFIG(mtu_bytes), .def = "1300", .min = 500,
	  .max = 65000, .unit = "bytes",
	  .help = "Longer requests leave over TCP (RFC 3261 §18.1.1)." },
	{ .key = "udp_buffer_bytes", .type = OPTION_NUMBER,
	  .offset = IN_CONFIG(transport.udp_buffer_bytes), .def = "4194304",
	  .min = 64 * KIB, .max = 256 * MIB, .unit = "bytes",
	  .help = "Buffer asked of the kernel for each UDP socket; it gives "
		  "at most net.core.rmem_max." },
	{ .key = "tcp", .type = OPTION_MAP, .table = tcp_table,
	  .help = "Limits of connections." },
	{ .key = NULL },
};

static const struct option limits_table[] = {
	{ .key = "conversation_queue_max", .type = OPTION_NUMBER,
	  .offset = IN_CONFIG(conversation_queue_max), .def = "100", .min = 1,
	  .max = 100000,
	  .help = "Messages that wait for one SIP address; then "
		  "resource-constraint." },
	{ .key = "running_max", .type = OPTION_NUMBER,
	  .offset = IN_CONFIG(running_max), .def = "2000", .min = 1,
	  .max = 1000000, .help = "Requests of ours without an answer yet." },
	{ .key = "answers_max", .type = OPTION_NUMBER,
	  .offset = IN_CONFIG(answers_max), .def = "20000", .min = 1,
	  .max = 1000000,
	  .help = "Requests that we have not answered yet; then 503." },
	{ .key = "replay_max", .type = OPTION_NUMBER,
	  .offset = IN_CONFIG(replay_max), .def = "1000000", .min = 100,
	  .max = 100000000,
	  .help = "Requests remembered for 32 s, to tell a copy." },
	{ .key = "stanza_max_bytes", .type = OPTION_BYTES,
	  .offset = IN_CONFIG(stanza_max_bytes), .def = "262144",
	  .min = 10000, .max = 16 * MIB, .unit = "bytes",
	  .help = "One stanza, either way. Not more than the server takes." },
	{ .key = "queue_max_bytes", .type = OPTION_BYTES,
	  .offset = IN_CONFIG(queue_max_bytes), .def = "4194304",
	  .min = 64 * KIB, .max = 1024UL * MIB, .unit = "bytes",
	  .help = "Not yet written to one XMPP server; then 503." },
	{ .key = "queue_max_stanzas", .type = OPTION_NUMBER,
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

static const struct option xmpp_table[] = {
	{ .key = "taken_timeout_ms", .type = OPTION_NUMBER,
	  .offset = IN_CONFIG(taken_timeout_ms), .def = "2000", .min = 100,
	  .max = 30000, .unit = "ms",
	  .help = "The server must have taken a message by then; else 503." },
	{ .key = "backoff_max_ms", .type = OPTION_NUMBER,
	  .offset = IN_CONFIG(backoff_max_ms), .def = "60000", .min = 500,
	  .max = 60 * MINUTE_MS, .unit = "ms",
	  .help = "Longest wait between two attempts to connect." },
	{ .key = "ping_idle_ms", .type = OPTION_NUMBER,
	  .offset = IN_CONFIG(ping_idle_ms), .def = "14000", .min = 500,
	  .max = DAY_MS, .unit = "ms",
	  .help = "Silence after which the server is asked whether it "
		  "lives." },
	{ .key = "ping_timeout_ms", .type = OPTION_NUMBER,
	  .offset = IN_CONFIG(ping_timeout_ms), .def = "15000", .min = 500,
	  .max = DAY_MS, .unit = "ms",
	  .help = "Time for its answer; then the link is made anew." },
	{ .key = NULL },
};

static const struct option file_table[] = {
	{ .key = "log", .type = OPTION_MAP, .table = log_table,
	  .help = "What is written to standard error." },
	{ .key = "components", .type = OPTION_MAPS, .table = component_table,
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
