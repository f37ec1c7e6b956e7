#include "gateway/config/config.h"
#include "gateway/config/options.h"

/* The settings of phones that attach directly: their part of the option
 * table. */
#define IN_COMPONENT(field) offsetof(struct config_component, field)

#define IN_LIST(field) offsetof(struct config_list, field)

/* One row, one paragraph: clang-format would give each field a line. */
/* clang-format off */
static const struct option options_list[] = {
	{ .key = "name", .type = OPTION_TEXT, .offset = IN_LIST(name),
	  .is_required = true, .min = 1, .max = 64,
	  .help = "Its address is sip:NAME@SIP_DOMAIN: letters, digits, "
		  "'-', '_', '.'. No phone can have the same." },
	{ .key = "members", .type = OPTION_LIST, .item = OPTION_TEXT,
	  .offset = IN_LIST(members), .second = IN_LIST(member_count),
	  .is_required = true, .min = 1, .max = 100,
	  .help = "Who is on it: bare JIDs or sip: URIs of XMPP users and of "
		  "users of the domain." },
	{ .key = NULL },
};

const struct option options_registrar[] = {
	{ .key = "enabled", .is_fixed = true, .type = OPTION_FLAG,
	  .offset = IN_COMPONENT(registrar.is_on), .def = "false",
	  .help = "Phones of sip_domain register here, as the sip.users that "
		  "they are, and the domain is nobody else's "
		  "then. With contacts: fixed or transparent." },
	{ .key = "expires_min_s", .type = OPTION_NUMBER,
	  .offset = IN_COMPONENT(registrar.min_s), .def = "60", .min = 1,
	  .max = 3600, .unit = "s",
	  .help = "Shortest registration or publication; below it 423." },
	{ .key = "expires_max_s", .type = OPTION_NUMBER,
	  .offset = IN_COMPONENT(registrar.max_s), .def = "3600", .min = 60,
	  .max = 86400, .unit = "s",
	  .help = "Longest one, and that of a phone that does not say." },
	{ .key = "contacts_max", .type = OPTION_NUMBER,
	  .offset = IN_COMPONENT(registrar.contacts_max), .def = "10",
	  .min = 1, .max = 100,
	  .help = "Phones of one user at a time, and publications; then "
		  "403." },
	{ .key = "calls", .is_fixed = true, .type = OPTION_NEXT_HOP,
	  .offset = IN_COMPONENT(registrar.calls), .otherwise = "405",
	  .help = "A PBX where INVITEs for this domain are sent, by a 302." },
	{ .key = "lists", .type = OPTION_MAPS, .table = options_list,
	  .item_bytes = sizeof(struct config_list),
	  .offset = IN_COMPONENT(registrar.lists),
	  .second = IN_COMPONENT(registrar.list_count),
	  .otherwise = "none", .max = 1000,
	  .help = "Lists of users, so that a phone with a buddy list needs one "
		  "subscription (RFC 4662)." },
	{ .key = NULL },
};
/* clang-format on */
