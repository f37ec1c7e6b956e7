#include "gateway/config.h"
#include "gateway/options.h"

/* The settings of phones that attach directly: their part of the option
 * table. */
#define IN_COMPONENT(field) offsetof(struct config_component, field)

/* One row, one paragraph: clang-format would give each field a line. */
/* clang-format off */
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
	{ .key = NULL },
};
/* clang-format on */
