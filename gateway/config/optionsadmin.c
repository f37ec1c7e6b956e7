#include "gateway/config/options.h"
#include "gateway/config/config.h"

/* The settings of those who run the gateway: their part of the option table. */
#define IN_CONFIG(field) offsetof(struct config, field)

/* One row, one paragraph: clang-format would give each field a line. */
/* clang-format off */
static const struct option jid_table[] = {
	{ .key = "jid", .type = OPTION_JID, .offset = 0, .is_required = true,
	  .help = "A bare JID." },
	{ .key = NULL },
};

const struct option options_admin[] = {
	{ .key = "jids", .type = OPTION_MAPS, .item = OPTION_JID,
	  .table = jid_table, .item_bytes = sizeof(struct jid),
	  .offset = IN_CONFIG(admins), .second = IN_CONFIG(admin_count),
	  .otherwise = "none", .max = 1000,
	  .help = "XMPP users who may give the commands of admins." },
	{ .key = "socket", .is_fixed = true, .type = OPTION_PATH,
	  .offset = IN_CONFIG(admin_socket),
	  .otherwise = CONFIG_ADMIN_SOCKET ", if its folder is there",
	  .help = "The Unix socket of `stoxd ctl`. When it is named here and "
		  "cannot be had, stoxd does not start." },
	{ .key = "group", .is_fixed = true, .type = OPTION_FLAG,
	  .offset = IN_CONFIG(is_admin_for_group), .def = "false",
	  .help = "Let the group of stoxd use that socket too (mode 0660, else "
		  "0600): every member is an admin then." },
	{ .key = NULL },
};

const struct option options_web[] = {
	{ .key = "address", .is_fixed = true, .type = OPTION_ADDRESS,
	  .offset = IN_CONFIG(web.host), .otherwise = "off",
	  .help = "Where it listens: 127.0.0.1, or the address of a closed "
		  "network. Off by itself, for whoever reaches it may read it: "
		  "there is no password and no TLS." },
	{ .key = "port", .is_fixed = true,
	  .type = OPTION_PORT, .offset = IN_CONFIG(web.port),
	  .def = "9456", .min = 1, .max = 65535, .help = "The port." },
	{ .key = NULL },
};

const struct option options_hep[] = {
	{ .key = "address", .is_fixed = true, .type = OPTION_ADDRESS,
	  .offset = IN_CONFIG(hep.host), .otherwise = "off",
	  .help = "Where the collector is. Datagrams go there in the clear: in "
		  "a closed network only. Credentials and texts of messages "
		  "are masked." },
	{ .key = "port", .is_fixed = true, .type = OPTION_PORT,
	  .offset = IN_CONFIG(hep.port), .def = "9060", .min = 1, .max = 65535,
	  .help = "Its UDP port." },
	{ .key = "agent_id", .is_fixed = true, .type = OPTION_NUMBER,
	  .offset = IN_CONFIG(hep_agent_id), .def = "2001", .min = 0,
	  .max = 4294967295,
	  .help = "How this gateway is called there." },
	{ .key = "key", .is_fixed = true, .is_secret = true,
	  .type = OPTION_TEXT, .offset = IN_CONFIG(hep_key),
	  .otherwise = "none", .max = 255,
	  .help = "What the collector wants to be told (authenticate key)." },
	{ .key = NULL },
};
/* clang-format on */
