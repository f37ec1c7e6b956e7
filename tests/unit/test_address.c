#include "mapping/address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "plans.h"

enum { CHUNK_BYTES = 4096, ROUNDS = 4000 };

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* Pairs that lead to each other: JID, URI. */
struct pair {
	const struct address_plan *plan;
	const char *jid, *uri;
};

static const struct pair contacts[] = {
	/* RFC 7247 §6.4 and §6.5, its domains replaced by those of the plan */
	{ &plan_rfc, "f\xc3\xbc@example.net", "sip:f%C3%BC@example.net" },
	{ &plan_rfc, "o\\27malley@example.net", "sip:o'malley@example.net" },
	{ &plan_rfc, "foo@example.net/bar", "sip:foo@example.net;gr=bar" },
	{ &plan_rfc, "m\\26m@example.net", "sip:m&m@example.net" },
	{ &plan_rfc, "tsch\xc3\xbcss@example.net",
	  "sip:tsch%C3%BCss@example.net" },
	{ &plan_rfc, "baz@example.net/qux", "sip:baz@example.net;gr=qux" },
	{ &plan_fixed, "romeo@sip.example.com", "sip:romeo@example.net" },
	{ &plan_fixed, "a\\40b@sip.example.com", "sip:a%40b@example.net" },
	{ &plan_fixed, "a\\20b@sip.example.com", "sip:a%20b@example.net" },
	{ &plan_fixed, "a\\5c20b@sip.example.com", "sip:a%5C20b@example.net" },
	{ &plan_fixed, "a\\b@sip.example.com", "sip:a%5Cb@example.net" },
	{ &plan_fixed, "1%2@sip.example.com", "sip:1%252@example.net" },
	{ &plan_fixed, "+4930123@sip.example.com", "sip:+4930123@example.net" },
	{ &plan_fixed, "romeo@sip.example.com/my phone; ob",
	  "sip:romeo@example.net;gr=my%20phone%3B%20ob" },
	{ &plan_fixed, "romeo@sip.example.com/urn:uuid:f81d4fae",
	  "sip:romeo@example.net;gr=urn:uuid:f81d4fae" },
	{ &plan_escaped, "romeo\\40example.net@sip.example.com",
	  "sip:romeo@example.net" },
	{ &plan_escaped, "romeo\\40example.net\\3a5080@sip.example.com",
	  "sip:romeo@example.net:5080" },
	{ &plan_escaped, "romeo\\40example.net\\3a5060@sip.example.com",
	  "sip:romeo@example.net:5060" },
	{ &plan_escaped, "romeo\\40[2001\\3adb8\\3a\\3a1]@sip.example.com/x",
	  "sip:romeo@[2001:db8::1];gr=x" },
	{ &plan_escaped, "a\\40b\\40example.net@sip.example.com",
	  "sip:a%40b@example.net" },
	{ &plan_escaped, "example.net@sip.example.com", "sip:example.net" },
	{ &plan_escaped,
	  "romeo\\40b\xc3\xbc"
	  "cher.example@sip.example.com",
	  "sip:romeo@xn--bcher-kva.example" },
	{ &plan_mixed, "romeo\\40192.0.2.7@sip.example.com",
	  "sip:romeo@192.0.2.7" },
};

static const struct pair users[] = {
	{ &plan_rfc, "juliet@example.com/yn0cl4bnw0yr3vym",
	  "sip:juliet@example.com;gr=yn0cl4bnw0yr3vym" },
	{ &plan_rfc, "example.com", "sip:example.com" },
	{ &plan_rfc, "juliet@ex\xc3\xa4mple.com",
	  "sip:juliet@xn--exmple-cua.com" },
	{ &plan_fixed, "juliet@example.com", "sip:juliet@xmpp.example.net" },
	{ &plan_fixed, "o\\27malley@example.com/balcony",
	  "sip:o'malley@xmpp.example.net;gr=balcony" },
	{ &plan_escaped, "juliet@example.com",
	  "sip:juliet%40example.com@gw.example.com" },
	{ &plan_escaped, "juliet@example.org/a b",
	  "sip:juliet%40example.org@gw.example.com;gr=a%20b" },
	{ &plan_escaped, "a\\40b@example.org",
	  "sip:a%40b%40example.org@gw.example.com" },
	{ &plan_escaped, "example.org", "sip:example.org@gw.example.com" },
	{ &plan_mixed, "juliet@example.org", "sip:juliet@example.org" },
};

typedef bool (*to_uri_fn)(struct arena *, const struct address_plan *,
			  const struct jid *, struct uri *, struct str *,
			  struct fault *);
typedef bool (*to_jid_fn)(struct arena *, const struct address_plan *,
			  const struct uri *, struct jid *, struct str *,
			  struct fault *);

static void assert_text(struct str got, const char *want)
{
	if (str_eqz(got, want))
		return;
	print_error("got  %.*s\nwant %s\n", STR_ARG(got), want);
	fail();
}

static void check_pairs(const struct pair *rows, size_t n, to_uri_fn to_uri,
			to_jid_fn to_jid)
{
	struct arena a;

	arena_init(&a, CHUNK_BYTES);
	for (size_t i = 0; i < n; i++) {
		struct jid jid = jid_of(&a, rows[i].jid), back;
		struct uri uri = uri_of(rows[i].uri), out;
		struct str how = STR_NONE;
		struct fault why = { .text = STR_NONE };

		if (!to_uri(&a, rows[i].plan, &jid, &out, &how, &why))
			fail_msg("%s: %.*s", rows[i].jid, STR_ARG(why.text));
		assert_text(uri_text(&a, &out), rows[i].uri);
		assert_true(how.n > 0);
		if (!to_jid(&a, rows[i].plan, &uri, &back, &how, &why))
			fail_msg("%s: %.*s", rows[i].uri, STR_ARG(why.text));
		assert_text(jid_text(&a, &back), rows[i].jid);
		assert_true(how.n > 0);
		arena_reset(&a);
	}
	arena_fini(&a);
}

static void pairs_of_contacts(void **state)
{
	(void)state;
	check_pairs(contacts, COUNT(contacts), address_contact_uri,
		    address_contact_jid);
}

static void pairs_of_users(void **state)
{
	(void)state;
	check_pairs(users, COUNT(users), address_user_uri, address_user_jid);
}

/* URIs that name the same as the canonical one: URI, JID. */
static const struct pair spellings[] = {
	{ &plan_fixed, "romeo@sip.example.com", "sip:Romeo@EXAMPLE.net:5060" },
	{ &plan_fixed, "romeo@sip.example.com",
	  "sip:r%6Fmeo@example.net;transport=tcp;user=phone;ob;lr" },
	{ &plan_fixed, "romeo@sip.example.com", "sip:romeo@example.net;gr" },
	{ &plan_fixed, "romeo@sip.example.com", "im:romeo@example.net" },
	{ &plan_fixed, "\xc3\xa4@sip.example.com", "sip:%C3%84@example.net" },
	{ &plan_fixed, "+4930123@sip.example.com", "tel:+49-(30)-123" },
	{ &plan_fixed, "+4930123@sip.example.com",
	  "sip:+49-(30)-1.23@example.net;user=phone" },
	{ &plan_fixed, "+49-30-123@sip.example.com",
	  "sip:+49-30-123@example.net;user=ip" },
	{ &plan_fixed, "a-1.2@sip.example.com",
	  "sip:a-1.2@example.net;user=phone" },
	{ &plan_fixed, "+-@sip.example.com", "sip:+-@example.net;user=phone" },
	{ &plan_escaped, "030123\\40example.net@sip.example.com",
	  "sip:030-123@example.net;USER=Phone" },
	{ &plan_fixed, "7042@sip.example.com",
	  "tel:7042;phone-context=example.net" },
	{ &plan_rfc, "o\\27malley@example.net", "sip:o%27malley@example.net" },
	{ &plan_escaped, "romeo\\40example.net@sip.example.com",
	  "pres:romeo@Example.NET" },
};

static void other_spellings(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, CHUNK_BYTES);
	for (size_t i = 0; i < COUNT(spellings); i++) {
		struct uri uri = uri_of(spellings[i].uri);
		struct fault why = { .text = STR_NONE };
		struct jid jid;

		if (!address_contact_jid(&a, spellings[i].plan, &uri, &jid,
					 NULL, &why))
			fail_msg("%s: %.*s", spellings[i].uri,
				 STR_ARG(why.text));
		assert_text(jid_text(&a, &jid), spellings[i].jid);
	}
	arena_fini(&a);
}

struct refusal {
	const struct address_plan *plan;
	const char *address;
	int status;
	enum cond cond;
};

static const struct refusal bad_contact_uris[] = {
	{ &plan_fixed, "sips:romeo@example.net", 403, COND_FORBIDDEN },
	{ &plan_fixed, "xmpp:romeo@example.net", 416, COND_NOT_ACCEPTABLE },
	{ &plan_fixed, "sip:romeo@example.org", 403, COND_FORBIDDEN },
	{ &plan_fixed, "sip:romeo@example.net:5080", 403, COND_FORBIDDEN },
	{ &plan_fixed, "sip:romeo@example.net;maddr=192.0.2.1", 403,
	  COND_FORBIDDEN },
	{ &plan_fixed, "sip:romeo:pw@example.net", 400, COND_JID_MALFORMED },
	{ &plan_fixed, "sip:romeo@example.net?subject=x", 400,
	  COND_JID_MALFORMED },
	{ &plan_fixed, "sip:example.net", 400, COND_JID_MALFORMED },
	{ &plan_fixed, "sip:a%00b@example.net", 400, COND_JID_MALFORMED },
	{ &plan_fixed, "sip:a%0D%0Ab@example.net", 400, COND_JID_MALFORMED },
	{ &plan_fixed, "sip:a%C2%85b@example.net", 400, COND_JID_MALFORMED },
	{ &plan_fixed, "sip:a%C3@example.net", 400, COND_JID_MALFORMED },
	{ &plan_fixed, "sip:%20a@example.net", 400, COND_JID_MALFORMED },
	{ &plan_fixed, "sip:a@example.net;gr=%0A", 400, COND_JID_MALFORMED },
	{ &plan_fixed, "tel:7042;phone-context=+49", 404, COND_ITEM_NOT_FOUND },
	{ &plan_fixed, "tel:+4930;ext=7", 404, COND_ITEM_NOT_FOUND },
	{ &plan_escaped, "tel:+4930123", 404, COND_ITEM_NOT_FOUND },
	/* One of our own users is no contact. */
	{ &plan_escaped, "sip:juliet%40example.com@gw.example.com", 404,
	  COND_ITEM_NOT_FOUND },
	{ &plan_mixed, "sip:juliet@example.com", 404, COND_ITEM_NOT_FOUND },
};
static const struct refusal bad_user_uris[] = {
	{ &plan_rfc, "sips:juliet@example.com", 403, COND_FORBIDDEN },
	{ &plan_rfc, "sip:juliet@example.info", 404, COND_ITEM_NOT_FOUND },
	{ &plan_rfc, "tel:+4930123", 404, COND_ITEM_NOT_FOUND },
	{ &plan_escaped, "sip:gw.example.com", 404, COND_ITEM_NOT_FOUND },
	{ &plan_escaped, "sip:a%40example.info@gw.example.com", 404,
	  COND_ITEM_NOT_FOUND },
	{ &plan_escaped, "sip:%40example.com@gw.example.com", 404,
	  COND_ITEM_NOT_FOUND },
	{ &plan_escaped, "sip:juliet%40xn--exmple-cua.com@gw.example.com", 404,
	  COND_ITEM_NOT_FOUND },
	{ &plan_fixed, "sip:a%0Ab@xmpp.example.net", 400, COND_JID_MALFORMED },
};
static const struct refusal bad_contact_jids[] = {
	{ &plan_fixed, "sip.example.com", 404, COND_ITEM_NOT_FOUND },
	{ &plan_fixed, "romeo@example.com", 404, COND_ITEM_NOT_FOUND },
	/* Spellings that lead to another JID: one URI, one JID. */
	{ &plan_fixed, "foo\\5cbar@sip.example.com", 400, COND_JID_MALFORMED },
	{ &plan_escaped, "example.net\\3a05060@sip.example.com", 400,
	  COND_JID_MALFORMED },
	{ &plan_escaped, "romeo\\40xn--bcher-kva.example@sip.example.com", 400,
	  COND_JID_MALFORMED },
	{ &plan_escaped, "\\40example.net@sip.example.com", 400,
	  COND_JID_MALFORMED },
	{ &plan_escaped, "romeo\\40example.net;gr=x@sip.example.com", 400,
	  COND_JID_MALFORMED },
	{ &plan_escaped, "romeo\\40@sip.example.com", 400, COND_JID_MALFORMED },
	{ &plan_escaped, "juliet\\40gw.example.com@sip.example.com", 404,
	  COND_ITEM_NOT_FOUND },
	{ &plan_mixed, "juliet\\40example.com@sip.example.com", 404,
	  COND_ITEM_NOT_FOUND },
};
static const struct refusal bad_user_jids[] = {
	{ &plan_rfc, "juliet@example.info", 403, COND_FORBIDDEN },
	{ &plan_fixed, "juliet@example.org", 403, COND_FORBIDDEN },
};

static void check_uri_refusals(const struct refusal *rows, size_t n,
			       to_jid_fn to_jid)
{
	struct arena a;

	arena_init(&a, CHUNK_BYTES);
	for (size_t i = 0; i < n; i++) {
		struct uri uri = uri_of(rows[i].address);
		struct fault why;
		struct jid jid;

		if (to_jid(&a, rows[i].plan, &uri, &jid, NULL, &why))
			fail_msg("%s taken", rows[i].address);
		if (why.status != rows[i].status || why.cond != rows[i].cond)
			fail_msg("%s: %d %.*s", rows[i].address, why.status,
				 STR_ARG(why.text));
		assert_true(why.text.n > 0);
	}
	arena_fini(&a);
}

static void check_jid_refusals(const struct refusal *rows, size_t n,
			       to_uri_fn to_uri)
{
	struct arena a;

	arena_init(&a, CHUNK_BYTES);
	for (size_t i = 0; i < n; i++) {
		struct jid jid = jid_of(&a, rows[i].address);
		struct fault why;
		struct uri uri;

		if (to_uri(&a, rows[i].plan, &jid, &uri, NULL, &why))
			fail_msg("%s taken", rows[i].address);
		if (why.status != rows[i].status || why.cond != rows[i].cond)
			fail_msg("%s: %d %.*s", rows[i].address, why.status,
				 STR_ARG(why.text));
	}
	arena_fini(&a);
}

static void refusals(void **state)
{
	(void)state;
	check_uri_refusals(bad_contact_uris, COUNT(bad_contact_uris),
			   address_contact_jid);
	check_uri_refusals(bad_user_uris, COUNT(bad_user_uris),
			   address_user_jid);
	check_jid_refusals(bad_contact_jids, COUNT(bad_contact_jids),
			   address_contact_uri);
	check_jid_refusals(bad_user_jids, COUNT(bad_user_jids),
			   address_user_uri);
}

static void long_parts_are_refused_not_cut(void **state)
{
	char uri_z[JID_PART_MAX_BYTES * 2];
	struct arena a;
	struct fault why;
	struct jid jid;
	struct uri uri;

	(void)state;
	arena_init(&a, CHUNK_BYTES);
	/* 341 quotes are 1023 bytes of localpart, 342 are too many. */
	for (int n = 341; n <= 342; n++) {
		memset(uri_z, '\'', sizeof(uri_z));
		memcpy(uri_z, "sip:", 4);
		snprintf(uri_z + 4 + n, 32, "@example.net");
		uri = uri_of(uri_z);
		assert_int_equal(address_contact_jid(&a, &plan_fixed, &uri,
						     &jid, NULL, &why),
				 n == 341);
	}
	assert_int_equal(why.cond, COND_JID_MALFORMED);
	/* 342 characters of three bytes each pass in XMPP, not in SIP. */
	jid = (struct jid){ .domain = plan_fixed.component };
	memset(uri_z, '%', JID_PART_MAX_BYTES);
	jid.local = (struct str){ uri_z, JID_PART_MAX_BYTES };
	assert_false(
		address_contact_uri(&a, &plan_fixed, &jid, &uri, NULL, &why));
	assert_int_equal(why.cond, COND_JID_MALFORMED);
	arena_fini(&a);
}

/* Nobody could answer to a URI that we would refuse for its length. */
static void too_long_a_resource_is_left_out(void **state)
{
	static const struct {
		size_t characters; /* of three bytes each, nine in the URI */
		bool is_there;
	} cases[] = { { 1, true },
		      { 220, true },
		      { 226, false },
		      { 300, false },
		      { 341, false } };
	char resource[JID_PART_MAX_BYTES];
	struct uri uri, read;
	const char *reason;
	struct arena a;
	struct fault why;
	struct jid jid;

	(void)state;
	arena_init(&a, CHUNK_BYTES);
	for (size_t i = 0; i < sizeof(resource); i++)
		resource[i] = "\xe6\xbc\xa2"[i % 3];
	for (size_t i = 0; i < COUNT(cases); i++) {
		jid = (struct jid){ .local = STR("juliet"),
				    .domain = plan_domains[0],
				    .resource = { resource,
						  cases[i].characters * 3 } };
		assert_true(address_user_uri(&a, &plan_fixed, &jid, &uri, NULL,
					     &why));
		assert_int_equal(uri.params.n > 0, cases[i].is_there);
		assert_true(uri_read(uri_text(&a, &uri), &read, &reason));
	}
	arena_fini(&a);
}

static bool is_clean(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if ((unsigned char)s.p[i] <= ' ' ||
		    (unsigned char)s.p[i] >= 0x7F)
			return false;
	}
	return true;
}

/* jid -> uri -> jid, and the URI is one. */
static void check_jid_round(struct arena *a, const struct address_plan *p,
			    const struct jid *jid, to_uri_fn to_uri,
			    to_jid_fn to_jid, int *hits)
{
	struct uri uri, parsed;
	struct str text;
	struct fault why;
	struct jid back;
	const char *reason;

	if (!to_uri(a, p, jid, &uri, NULL, &why))
		return;
	(*hits)++;
	text = uri_text(a, &uri);
	assert_true(is_clean(text));
	if (!uri_read(text, &parsed, &reason))
		fail_msg("%.*s: %s", STR_ARG(text), reason);
	assert_true(uri_eq(&uri, &parsed));
	if (!to_jid(a, p, &parsed, &back, NULL, &why) || !jid_eq(jid, &back)) {
		text = jid_text(a, jid);
		fail_msg("%.*s does not come back", STR_ARG(text));
	}
}

static void generated_jids(void **state)
{
	const char *why;
	struct arena a;
	uint64_t x = 1;
	int hits = 0;

	(void)state;
	arena_init(&a, CHUNK_BYTES);
	for (int i = 0; i < ROUNDS; i++) {
		const struct address_plan *p = plans[i % PLAN_COUNT];
		struct str local = random_text(&a, &x, 8);
		struct str resource = random_text(&a, &x, 5);
		struct jid jid;

		if (p->contacts == CONTACT_ESCAPED && i % 8 < 6)
			local = str_fmt(&a, "%.*s\\40h%.*s.example\\3a5",
					STR_ARG(local),
					STR_ARG(random_text(&a, &x, 1)));
		if (jid_make(&a, local, p->component, resource, &jid, &why))
			check_jid_round(&a, p, &jid, address_contact_uri,
					address_contact_jid, &hits);
		local = random_text(&a, &x, 8);
		if (jid_make(&a, local, plan_domains[i % 3], resource, &jid,
			     &why))
			check_jid_round(&a, p, &jid, address_user_uri,
					address_user_jid, &hits);
		arena_reset(&a);
	}
	arena_fini(&a);
	assert_true(hits > ROUNDS / 4);
}

/* uri -> jid -> uri: the canonical spelling, which stays as it is. */
static void check_uri_round(struct arena *a, const struct address_plan *p,
			    const struct uri *uri, to_uri_fn to_uri,
			    to_jid_fn to_jid, int *hits)
{
	struct uri canonical;
	struct fault why;
	struct jid jid, again;
	struct str text;

	if (!to_jid(a, p, uri, &jid, NULL, &why))
		return;
	(*hits)++;
	if (!to_uri(a, p, &jid, &canonical, NULL, &why)) {
		text = uri_text(a, uri);
		fail_msg("%.*s has no way back: %.*s", STR_ARG(text),
			 STR_ARG(why.text));
	}
	assert_true(to_jid(a, p, &canonical, &again, NULL, &why));
	assert_true(jid_eq(&jid, &again));
}

static struct str escaped(struct arena *a, struct str s,
			  void (*escape)(struct strbuf *, struct str))
{
	struct strbuf b;

	strbuf_init(&b, 3 * s.n);
	escape(&b, s);
	s = str_dup(a, strbuf_str(&b));
	strbuf_fini(&b);
	return s;
}

static struct uri random_uri(struct arena *a, uint64_t *x, const char *host)
{
	struct str user = escaped(a, random_text(a, x, 8), uri_escape_user);
	struct str gr = escaped(a, random_text(a, x, 4), uri_escape_param);
	struct str text = str_fmt(a, "sip:%.*s@%s;gr=%.*s", STR_ARG(user), host,
				  STR_ARG(gr));

	return uri_of(str_dupz(a, text));
}

static void generated_uris(void **state)
{
	static const char *const hosts[] = {
		"example.net",	    "example.com",
		"EXAMPLE.org:5070", "xmpp.example.net",
		"gw.example.com",   "[2001:db8::1]:5080",
		"192.0.2.7",	    "xn--bcher-kva.example",
	};
	struct arena a;
	uint64_t x = 2;
	int hits = 0;

	(void)state;
	arena_init(&a, CHUNK_BYTES);
	for (int i = 0; i < ROUNDS; i++) {
		const struct address_plan *p = plans[i % PLAN_COUNT];
		struct uri uri = random_uri(
			&a, &x, hosts[random_below(&x, COUNT(hosts))]);

		check_uri_round(&a, p, &uri, address_contact_uri,
				address_contact_jid, &hits);
		check_uri_round(&a, p, &uri, address_user_uri, address_user_jid,
				&hits);
		arena_reset(&a);
	}
	arena_fini(&a);
	assert_true(hits > ROUNDS / 4);
}

/* No URI is a contact and a user, whatever the plan. */
static void nobody_is_both(void **state)
{
	struct arena a;
	uint64_t x = 3;

	(void)state;
	arena_init(&a, CHUNK_BYTES);
	for (int i = 0; i < ROUNDS; i++) {
		static const char *const hosts[] = { "example.net",
						     "example.com",
						     "gw.example.com",
						     "xmpp.example.net" };
		const struct address_plan *p = plans[i % PLAN_COUNT];
		struct uri uri = random_uri(&a, &x, hosts[i / 4 % 4]);
		struct fault why;
		struct jid jid;
		bool contact =
			address_contact_jid(&a, p, &uri, &jid, NULL, &why);
		bool user = address_user_jid(&a, p, &uri, &jid, NULL, &why);

		assert_false(contact && user);
		if (user)
			assert_true(address_is_user_host(p, &uri));
		if (contact)
			assert_false(address_is_user_host(p, &uri));
		arena_reset(&a);
	}
	arena_fini(&a);
}

static void user_hosts(void **state)
{
	static const struct {
		const struct address_plan *plan;
		const char *uri;
		bool is;
	} rows[] = {
		{ &plan_rfc, "sip:juliet@EXAMPLE.com:5070", true },
		{ &plan_rfc, "sips:juliet@example.com", true },
		{ &plan_rfc, "sip:%FF@example.com", true },
		{ &plan_rfc, "sip:juliet@xn--exmple-cua.com", true },
		{ &plan_rfc, "sip:romeo@example.net", false },
		{ &plan_fixed, "sip:juliet@xmpp.example.net", true },
		{ &plan_fixed, "sip:juliet@example.com", false },
		{ &plan_rfc, "tel:+4930", false },
		{ &plan_rfc, "urn:service:sos", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct uri uri = uri_of(rows[i].uri);

		assert_int_equal(address_is_user_host(rows[i].plan, &uri),
				 rows[i].is);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(pairs_of_contacts),
		cmocka_unit_test(pairs_of_users),
		cmocka_unit_test(other_spellings),
		cmocka_unit_test(refusals),
		cmocka_unit_test(long_parts_are_refused_not_cut),
		cmocka_unit_test(too_long_a_resource_is_left_out),
		cmocka_unit_test(generated_jids),
		cmocka_unit_test(generated_uris),
		cmocka_unit_test(nobody_is_both),
		cmocka_unit_test(user_hosts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
