#ifndef STOX_TESTS_FIELDS_H
#define STOX_TESTS_FIELDS_H
#include "gateway/base/str.h"
#include "mapping/env.h"

/* Inputs of the mapping's fuzz targets: fields with RS (0x1E) between them,
 * the first one a single byte that chooses among the plans. */
enum { FIELD_SEPARATOR = 0x1E };

static const struct str fuzz_domains[] = { STR("example.com"),
					   STR("ex\xc3\xa4mple.com") };

#define FUZZ_DOMAINS .xmpp_domains = fuzz_domains, .xmpp_domain_count = 2

static const struct alias fuzz_aliases[] = {
	{ { .local = STR("boss"), .domain = STR("sip.example.com") },
	  { .scheme = URI_SIP,
	    .user = STR("Romeo"),
	    .host = STR("example.net") } },
	{ { .local = STR("juliet"), .domain = STR("example.com") },
	  { .scheme = URI_SIP,
	    .user = STR("21"),
	    .host = STR("example.net") } },
};
static const struct number_rule fuzz_numbers[] = {
	{ STR("0"), STR("example.net"), STR("+49"), STR("sip.example.com"), 3,
	  9 },
};
static const struct address_plan fuzz_plans[] = {
	{ .contacts = CONTACT_TRANSPARENT,
	  .users = USER_TRANSPARENT,
	  .component = STR("example.net"),
	  FUZZ_DOMAINS },
	{ .contacts = CONTACT_FIXED,
	  .users = USER_FIXED,
	  .component = STR("sip.example.com"),
	  .sip_domain = STR("example.net"),
	  .user_host = STR("xmpp.example.net"),
	  FUZZ_DOMAINS,
	  .aliases = fuzz_aliases,
	  .alias_count = 2,
	  .numbers = fuzz_numbers,
	  .number_count = 1 },
	{ .contacts = CONTACT_ESCAPED,
	  .users = USER_ESCAPED,
	  .component = STR("sip.example.com"),
	  .user_host = STR("gw.example.com"),
	  FUZZ_DOMAINS,
	  .aliases = fuzz_aliases,
	  .alias_count = 1 },
	{ .contacts = CONTACT_ESCAPED,
	  .users = USER_TRANSPARENT,
	  .component = STR("sip.example.com"),
	  FUZZ_DOMAINS },
};

static inline struct str fuzz_field(struct str *rest)
{
	return str_cut(rest, FIELD_SEPARATOR);
}

/* 0..n-1 */
static inline unsigned fuzz_choice(struct str field, unsigned n)
{
	return field.n > 0 ? (unsigned char)field.p[0] % n : 0;
}

#endif
