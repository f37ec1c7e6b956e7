#include "gateway/config/options.h"
#include "gateway/config/config.h"

/* The settings of TLS on the SIP side and of those who may send to us: their
 * part of the option table. */
#define IN_CONFIG(field) offsetof(struct config, field)
#define IN_PEER(field)	 offsetof(struct config_peer, field)
#define IN_USER(field)	 offsetof(struct config_user, field)

static const struct option_choice clients[] = {
	{ "none", TLS_CLIENTS_NONE },
	{ "ask", TLS_CLIENTS_ASK },
	{ "require", TLS_CLIENTS_REQUIRE },
	{ NULL, 0 },
};

static const struct option_choice versions[] = { { "1.2", 0 },
						 { "1.3", 1 },
						 { NULL, 0 } };

/* One row, one paragraph: clang-format would give each field a line. */
/* clang-format off */
const struct option options_tls[] = {
	{ .key = "certificate_file", .is_fixed = true, .type = OPTION_PATH,
	  .offset = IN_CONFIG(tls.certificate_file), .otherwise = "none",
	  .help = "PEM file: our certificate, then those that lead to its "
		  "authority. Needed to listen for TLS; shown to servers that "
		  "ask for one." },
	{ .key = "key_file", .is_fixed = true, .type = OPTION_PATH,
	  .offset = IN_CONFIG(tls.key_file),
	  .otherwise = "in certificate_file",
	  .help = "PEM file of its key, without a passphrase." },
	{ .key = "ca_file", .is_fixed = true, .type = OPTION_PATH,
	  .offset = IN_CONFIG(tls.ca_file),
	  .otherwise = "the system's authorities",
	  .help = "PEM file of the authorities that sign the certificates of "
		  "others." },
	{ .key = "clients", .is_fixed = true, .type = OPTION_CHOICE,
	  .offset = IN_CONFIG(tls.clients), .choices = clients,
	  .otherwise = "ask where a peer has tls_names, else none",
	  .help = "Whether who connects to us is asked for a certificate, and "
		  "refused without one. One that is shown must be good." },
	{ .key = "verify", .is_fixed = true, .type = OPTION_FLAG,
	  .offset = IN_CONFIG(tls.wants_verify), .def = "true",
	  .help = "Check the certificates and names of servers that we "
		  "connect to. Without it anybody on the way can read and "
		  "change all." },
	{ .key = "version_min", .is_fixed = true, .type = OPTION_EITHER,
	  .offset = IN_CONFIG(tls.is_13_only), .choices = versions,
	  .def = "1.2", .help = "The oldest version of TLS that is spoken." },
	{ .key = NULL },
};

const struct option options_peer[] = {
	{ .key = "addresses", .type = OPTION_LIST, .item = OPTION_RANGE,
	  .offset = IN_PEER(addresses), .second = IN_PEER(address_count),
	  .otherwise = "none", .min = 1, .max = 1000,
	  .help = "Addresses and ranges: 192.0.2.1, 192.0.2.0/24, "
		  "'2001:db8::/32'." },
	{ .key = "tls_names", .type = OPTION_LIST, .item = OPTION_HOST,
	  .offset = IN_PEER(tls_names), .second = IN_PEER(tls_name_count),
	  .otherwise = "none", .min = 1, .max = 1000,
	  .help = "Domains of its certificate (RFC 5922): known by one of "
		  "them it may come from any address, over TLS only." },
	{ .key = "tls_ca_file", .is_fixed = true, .type = OPTION_PATH,
	  .offset = IN_PEER(tls_ca_file), .otherwise = "sip.tls.ca_file",
	  .help = "PEM file of the only authority that may sign for its "
		  "tls_names, either way." },
	{ .key = "domains", .type = OPTION_LIST, .item = OPTION_PATTERN,
	  .offset = IN_PEER(domains), .second = IN_PEER(domain_count),
	  .otherwise = "the components' SIP domains; with contacts: escaped "
		       "all",
	  .min = 1, .max = 1000,
	  .help = "What the peer may say in From: example.net, "
		  "'*.example.net', '*'." },
	{ .key = "asserts", .type = OPTION_FLAG,
	  .offset = IN_PEER(is_asserting), .def = "true",
	  .help = "Its P-Asserted-Identity says who the sender is, within its "
		  "domains; false: From does." },
	{ .key = NULL },
};

const struct option options_user[] = {
	{ .key = "uri", .type = OPTION_URI, .offset = IN_USER(uri),
	  .is_required = true,
	  .help = "The only address that the user may send from: "
		  "sip:user@host." },
	{ .key = "username", .type = OPTION_TEXT, .offset = IN_USER(username),
	  .otherwise = "the user part of uri", .min = 1, .max = 255,
	  .help = "The name that goes with the password." },
	{ .key = "realm", .type = OPTION_TEXT, .offset = IN_USER(realm),
	  .otherwise = "the host of uri", .min = 1, .max = 255,
	  .help = "What the phone is asked for the password of. One for all "
		  "users of a host." },
	{ .key = "password", .type = OPTION_SECRET, .offset = IN_USER(password),
	  .help = "The password. Give exactly one of password, password_file "
		  "and password_env, or hashes instead." },
	{ .key = "password_file", .type = OPTION_SECRET_FILE,
	  .offset = IN_USER(password),
	  .help = "A file whose only line is the password." },
	{ .key = "password_env", .type = OPTION_SECRET_ENV,
	  .offset = IN_USER(password),
	  .help = "An environment variable that holds the password." },
	{ .key = "ha1_sha256", .is_secret = true, .type = OPTION_TEXT,
	  .offset = IN_USER(ha1_sha256), .otherwise = "from password",
	  .min = 64, .max = 64,
	  .help = "SHA-256 of username:realm:password, hexadecimal." },
	{ .key = "ha1_md5", .is_secret = true,
	  .type = OPTION_TEXT, .offset = IN_USER(ha1_md5),
	  .otherwise = "from password", .min = 32, .max = 32,
	  .help = "The same with MD5, for sip.md5. Where no user of a host has "
		  "anything else, SHA-256 is not offered." },
	{ .key = NULL },
};
/* clang-format on */
