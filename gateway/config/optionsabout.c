#include "gateway/config/config.h"
#include "gateway/config/options.h"

/* What the gateway says of itself. */
#define IN_CONFIG(field) offsetof(struct config, field)

/* The URIs of XEP-0157, in one row each. */
#define ADDRESSES(name, index, text)                                           \
	{                                                                      \
		.key = name "_addresses", .type = OPTION_LIST,                 \
		.item = OPTION_LINK,                                           \
		.offset = IN_CONFIG(about.addresses[index].uris),              \
		.second = IN_CONFIG(about.addresses[index].count), .max = 20,  \
		.otherwise = "none", .help = text                              \
	}

/* One row, one paragraph: clang-format would give each field a line. */
/* clang-format off */
const struct option options_about[] = {
	{ .key = "name", .type = OPTION_TEXT, .offset = IN_CONFIG(about.name),
	  .def = "Stox SIP/SIMPLE gateway", .min = 1, .max = 200,
	  .help = "The gateway's name in lists of services." },
	{ .key = "avatar_file", .type = OPTION_IMAGE,
	  .offset = IN_CONFIG(about.avatar), .otherwise = "none",
	  .help = "Picture of the gateway in its vCard: PNG, JPEG or GIF of at "
		  "most 65536 bytes." },
	{ .key = "contact_avatar_file", .type = OPTION_IMAGE,
	  .offset = IN_CONFIG(about.contact_avatar), .otherwise = "none",
	  .help = "The same of every contact: a telephone, say." },
	ADDRESSES("admin", DISCO_ADMIN,
		  "Who runs the gateway: URIs, like mailto: or xmpp: (XEP-0157)."),
	ADDRESSES("support", DISCO_SUPPORT,
		  "Who helps users: URIs, like mailto: or xmpp: (XEP-0157)."),
	ADDRESSES("abuse", DISCO_ABUSE,
		  "Where abuse is reported: URIs, like mailto: or xmpp: (XEP-0157)."),
	ADDRESSES("security", DISCO_SECURITY,
		  "Where weaknesses are reported: URIs, like mailto: or xmpp: (XEP-0157)."),
	ADDRESSES("feedback", DISCO_FEEDBACK,
		  "Where opinions are welcome: URIs, like mailto: or xmpp: (XEP-0157)."),
	ADDRESSES("sales", DISCO_SALES,
		  "Who sells: URIs, like mailto: or xmpp: (XEP-0157)."),
	ADDRESSES("status", DISCO_STATUS,
		  "Where outages are told: URIs, like mailto: or xmpp: (XEP-0157)."),
	{ .key = NULL },
};
/* clang-format on */
