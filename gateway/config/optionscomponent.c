#include "gateway/config/options.h"
#include "gateway/config/config.h"

/* The settings of one component: its part of the option table. */
#define IN_COMPONENT(field) offsetof(struct config_component, field)

enum { MIB = 1024 * 1024 };

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

static const struct option_choice off_on[] = {
	{ "off", false },
	{ "on", true },
	{ NULL, 0 },
};

static const struct option_choice threads[] = {
	{ "call-id", THREAD_CALL_ID },
	{ "conversation", THREAD_CONVERSATION },
	{ "none", THREAD_NONE },
	{ NULL, 0 },
};

static const struct option_choice long_texts[] = {
	{ "refuse", false },
	{ "split", true },
	{ NULL, 0 },
};

static const struct option_choice knowings[] = {
	{ "known", KNOWING_KNOWN },
	{ "always", KNOWING_ALWAYS },
	{ "never", KNOWING_NEVER },
	{ NULL, 0 },
};

static const struct option_choice html_choices[] = { { "plain", 0 },
						     { "alternative", 1 },
						     { NULL, 0 } };

/* One row, one paragraph: clang-format would give each field a line. */
/* clang-format off */
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
	{ .key = "long", .type = OPTION_EITHER,
	  .offset = IN_COMPONENT(message.is_split), .choices = long_texts,
	  .def = "refuse",
	  .help = "A text to SIP over sip.mtu_bytes, where no TCP leads there: "
		  "goes back to its sender (policy-violation), or goes in "
		  "parts marked (1/3)." },
	{ .key = "parts_max", .type = OPTION_NUMBER,
	  .offset = IN_COMPONENT(message.parts_max), .def = "20", .min = 2,
	  .max = 99,
	  .help = "What would be more parts goes back." },
	{ .key = "headlines", .type = OPTION_FLAG,
	  .offset = IN_COMPONENT(message.wants_headline), .def = "true",
	  .help = "Carry messages of type headline to SIP." },
	{ .key = "receipts", .type = OPTION_FLAG,
	  .offset = IN_COMPONENT(message.wants_receipts), .def = "true",
	  .help = "Carry notices of delivery and reading: XEP-0184 and "
		  "XEP-0333 to IMDN (RFC 5438) and back." },
	{ .key = "cpim", .type = OPTION_CHOICE,
	  .offset = IN_COMPONENT(cpim), .choices = knowings, .def = "known",
	  .help = "When a user asks for such a notice, send the message in "
		  "CPIM to contacts known to understand it, to all who have "
		  "not refused it yet, or never. Refused once, it is sent "
		  "again as plain text, and so from then on." },
	{ .key = "typing", .type = OPTION_CHOICE,
	  .offset = IN_COMPONENT(typing), .choices = knowings, .def = "known",
	  .help = "Carry who is typing (isComposing, RFC 3994) to contacts "
		  "known to understand it, to all who have not refused it "
		  "yet, or never, and then not from them either." },
	{ .key = "typing_refresh_s", .type = OPTION_NUMBER,
	  .offset = IN_COMPONENT(typing_refresh_s), .def = "90", .min = 2,
	  .max = 600, .unit = "s",
	  .help = "The refresh that contacts are told; it is said again "
		  "before. RFC 3994 advises against less than 60." },
	{ .key = "typing_max_s", .type = OPTION_NUMBER,
	  .offset = IN_COMPONENT(typing_max_s), .def = "300", .min = 1,
	  .max = 3600, .unit = "s",
	  .help = "Longest time that a user is shown to be typing after his "
		  "client said so last." },
	{ .key = "xhtml", .type = OPTION_FLAG,
	  .offset = IN_COMPONENT(message.wants_xhtml), .def = "true",
	  .help = "text/html from SIP as XHTML-IM (XEP-0071), through a "
		  "whitelist, beside the plain text." },
	{ .key = "html", .type = OPTION_EITHER,
	  .offset = IN_COMPONENT(wants_html), .choices = html_choices,
	  .def = "plain",
	  .help = "XHTML-IM to SIP: its plain text only, or both as "
		  "multipart/alternative to contacts who have not refused "
		  "that." },
	{ .key = "edited", .type = OPTION_TEXT,
	  .offset = IN_COMPONENT(message.edited_mark), .def = "(edited)",
	  .max = 64,
	  .help = "Put before a corrected text (XEP-0308), which SIP would "
		  "take for a second message." },
	{ .key = "retracted", .type = OPTION_TEXT,
	  .offset = IN_COMPONENT(message.retracted_mark),
	  .def = "(retracted an earlier message)", .max = 200,
	  .help = "Sent to SIP where a message is retracted (XEP-0424) "
		  "without words." },
	{ .key = NULL },
};

static const struct option outbox_table[] = {
	{ .key = "to_sip", .type = OPTION_EITHER, .choices = off_on,
	  .offset = IN_COMPONENT(outbox.to_sip), .def = "off",
	  .help = "Keep messages for contacts who are away (408, 430, 480, "
		  "486, 502, 503, 504, no answer, no connection), and try "
		  "again. off: they go back to their senders as errors." },
	{ .key = "to_xmpp", .type = OPTION_EITHER, .choices = off_on,
	  .offset = IN_COMPONENT(outbox.to_xmpp), .def = "off",
	  .help = "While the XMPP server is away, answer messages from SIP by "
		  "202 as soon as they are in the store, and deliver them "
		  "when it is back. off: 503." },
	{ .key = "not_found_is_away", .type = OPTION_FLAG,
	  .offset = IN_COMPONENT(outbox.is_404_away), .def = "false",
	  .help = "404 means away too: for registrars that answer so for "
		  "phones that are switched off (Kamailio as it comes)." },
	{ .key = "age_max_s", .type = OPTION_NUMBER,
	  .offset = IN_COMPONENT(outbox.age_max_s), .def = "259200",
	  .min = 1, .max = 31536000, .unit = "s",
	  .help = "A message that is older goes back to its sender; one to "
		  "XMPP is dropped with a line in the log." },
	{ .key = "per_contact_max", .type = OPTION_NUMBER,
	  .offset = IN_COMPONENT(outbox.per_contact_max), .def = "100",
	  .min = 1, .max = 100000,
	  .help = "Messages for, or from, one contact that may wait." },
	{ .key = "count_max", .type = OPTION_NUMBER,
	  .offset = IN_COMPONENT(outbox.count_max), .def = "10000",
	  .min = 1, .max = 1000000,
	  .help = "Messages of this component that may wait, each way." },
	{ .key = "max_bytes", .type = OPTION_BYTES,
	  .offset = IN_COMPONENT(outbox.bytes_max), .def = "33554432",
	  .min = 65536, .max = 1024UL * MIB, .unit = "bytes",
	  .help = "All of them together, each way. They are kept in memory "
		  "too." },
	{ .key = "retry_min_s", .type = OPTION_NUMBER,
	  .offset = IN_COMPONENT(outbox.retry_min_s), .def = "30", .min = 1,
	  .max = 86400, .unit = "s",
	  .help = "Until the second try; twice as long each time. When the "
		  "contact comes online it is at once." },
	{ .key = "retry_max_s", .type = OPTION_NUMBER,
	  .offset = IN_COMPONENT(outbox.retry_max_s), .def = "1800",
	  .min = 1, .max = 86400, .unit = "s",
	  .help = "Longest wait between two tries." },
	{ .key = NULL },
};

const struct option options_component[] = {
	{ .key = "domain", .is_fixed = true, .type = OPTION_DOMAIN,
	  .offset = IN_COMPONENT(domain), .is_required = true,
	  .help = "The component's name at the XMPP server." },
	{ .key = "server", .is_fixed = true, .type = OPTION_DOMAIN,
	  .offset = IN_COMPONENT(server),
	  .otherwise = "the domain without its first label",
	  .help = "A domain that the XMPP server serves itself; pings go "
		  "there." },
	{ .key = "host", .is_fixed = true,
	  .type = OPTION_TEXT, .offset = IN_COMPONENT(host),
	  .def = "127.0.0.1", .min = 1, .max = 253,
	  .help = "Where the XMPP server is: name or address." },
	{ .key = "port", .is_fixed = true,
	  .type = OPTION_PORT, .offset = IN_COMPONENT(port),
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
	{ .key = "tls", .is_fixed = true,
	  .type = OPTION_FLAG, .offset = IN_COMPONENT(has_tls),
	  .def = "false",
	  .help = "The component port speaks TLS from the first byte." },
	{ .key = "tls_ca_file", .is_fixed = true, .type = OPTION_PATH,
	  .offset = IN_COMPONENT(tls_ca_file),
	  .otherwise = "the system's authorities",
	  .help = "PEM file of the authority that signed the server's "
		  "certificate." },
	{ .key = "tls_name", .is_fixed = true, .type = OPTION_TEXT,
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
	{ .key = "presence", .is_fixed = true, .type = OPTION_FLAG,
	  .offset = IN_COMPONENT(has_presence), .def = "true",
	  .help = "Carry presence and subscriptions." },
	{ .key = "one_tuple", .type = OPTION_FLAG,
	  .offset = IN_COMPONENT(wants_one_tuple), .def = "false",
	  .help = "One tuple in each presence document, merged of all "
		  "resources: for phones that show the first one only." },
	{ .key = "dialog_events", .type = OPTION_FLAG,
	  .offset = IN_COMPONENT(wants_dialog_events), .def = "false",
	  .help = "Watch the calls of contacts too (Event: dialog, RFC 4235): "
		  "who is on the phone is shown as dnd." },
	{ .key = "publish", .type = OPTION_LIST, .item = OPTION_TEXT,
	  .offset = IN_COMPONENT(publish),
	  .second = IN_COMPONENT(publish_count), .otherwise = "nobody",
	  .max = 10000,
	  .help = "XMPP users whose presence is published (PUBLISH, RFC 3903) "
		  "to the SIP server of their address: bare JIDs, domains, "
		  "'*.domain' or '*'. They are asked for their presence in the "
		  "name of the gateway." },
	{ .key = "registrar", .type = OPTION_MAP, .table = options_registrar,
	  .help = "Phones that attach directly, without a SIP server: see "
		  "docs/phones.md." },
	{ .key = "message", .type = OPTION_MAP, .table = message_table,
	  .help = "How messages are carried." },
	{ .key = "outbox", .type = OPTION_MAP, .table = outbox_table,
	  .help = "Messages that wait: store and forward." },
	{ .key = NULL },
};
/* clang-format on */
