#ifndef STOX_TESTS_PLANS_H
#define STOX_TESTS_PLANS_H
#include <assert.h>
#include "mapping/env.h"

/* Address plans that several tests use, by name. */
static const struct str plan_domains[] = { STR("example.com"),
					   STR("example.org"),
					   STR("ex\xc3\xa4mple.com") };

#define PLAN_DOMAINS                                                           \
	.xmpp_domains = plan_domains,                                          \
	.xmpp_domain_count = sizeof(plan_domains) / sizeof(plan_domains[0])

/* RFC 7247 as written: both domains on both sides. */
static const struct address_plan plan_rfc = {
	.contacts = CONTACT_TRANSPARENT,
	.users = USER_TRANSPARENT,
	.component = STR("example.net"),
	PLAN_DOMAINS,
};
static const struct address_plan plan_fixed = {
	.contacts = CONTACT_FIXED,
	.users = USER_FIXED,
	.component = STR("sip.example.com"),
	.sip_domain = STR("example.net"),
	.user_host = STR("xmpp.example.net"),
	PLAN_DOMAINS,
};
static const struct address_plan plan_escaped = {
	.contacts = CONTACT_ESCAPED,
	.users = USER_ESCAPED,
	.component = STR("sip.example.com"),
	.user_host = STR("gw.example.com"),
	PLAN_DOMAINS,
};
/* Any SIP address, users as they are: no host is both. */
static const struct address_plan plan_mixed = {
	.contacts = CONTACT_ESCAPED,
	.users = USER_TRANSPARENT,
	.component = STR("sip.example.com"),
	PLAN_DOMAINS,
};
static const struct address_plan *const plans[] = { &plan_rfc, &plan_fixed,
						    &plan_escaped,
						    &plan_mixed };
enum { PLAN_COUNT = sizeof(plans) / sizeof(plans[0]) };

static inline struct uri uri_of(const char *z)
{
	const char *why;
	struct uri uri;
	bool ok = uri_read(str_z(z), &uri, &why);

	assert(ok);
	return uri;
}

static inline struct jid jid_of(struct arena *a, const char *z)
{
	const char *why;
	struct jid jid;
	bool ok = jid_read(a, str_z(z), &jid, &why);

	assert(ok);
	return jid;
}

/* A generator that is the same everywhere. */
static inline uint32_t random_below(uint64_t *x, uint32_t n)
{
	*x = *x * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(*x >> 33) % n;
}

/* Text of pieces that have a meaning on one side or the other. */
static inline struct str random_text(struct arena *a, uint64_t *x,
				     uint32_t pieces_max)
{
	static const char *const pieces[] = {
		"a",
		"b",
		"z",
		"Q",
		"0",
		"2",
		"5",
		"c",
		"7",
		"\\",
		"@",
		"'",
		"\"",
		" ",
		"&",
		"/",
		":",
		"<",
		">",
		"%",
		";",
		"=",
		"?",
		".",
		",",
		"-",
		"+",
		"$",
		"!",
		"*",
		"(",
		"[",
		"]",
		"^",
		"`",
		"{",
		"|",
		"\\20",
		"20",
		"\\5c",
		"\\2F",
		"%40",
		"#",
		"~",
		"_",
		"\xc3\xbc",
		"\xc3\x9f",
		"\xe6\xbc\xa2",
		"\xf0\x9f\x98\x80",
		"\xef\xbc\xbc",
		"\xc3\x84",
	};
	uint32_t n = 1 + random_below(x, pieces_max);
	struct str s = STR_NONE;

	for (uint32_t i = 0; i < n; i++) {
		const char *piece = pieces[random_below(
			x, sizeof(pieces) / sizeof(pieces[0]))];

		s = str_fmt(a, "%.*s%s", STR_ARG(s), piece);
	}
	return s;
}

#endif
