#include "mapping/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>
#include "document.h"
#include "mapping/address.h"
#include "plans.h"

static enum mapped to_sip(struct arena *a, const struct env *env,
			  const struct stanza *s, struct draft *out,
			  struct fault *why)
{
	struct extras x;

	extras_read(a, s->el, &x);
	return message_to_sip(a, env, s, &x, out, why);
}

static enum mapped to_xmpp(struct arena *a, const struct env *env,
			   const struct request *r, const struct jid *from,
			   const struct jid *to, struct stanza *out,
			   struct fault *why)
{
	struct content c;

	if (!content_read(a, env, r, &c, why))
		return MAPPED_REFUSED;
	return message_to_xmpp(a, env, r, &c, from, to, out);
}

enum { CHUNK_BYTES = 4096, ROUNDS = 3000 };

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct message_rules rules = {
	.type = MESSAGE_NORMAL,
	.thread = THREAD_CALL_ID,
	.delay_after_s = 60,
	.body_max_bytes = 1000,
};

static struct env env_of(const struct address_plan *plan,
			 const struct message_rules *r)
{
	return (struct env){
		.plan = plan,
		.rules = r,
		.wall_s = 1000000000,
		.stanza_id = STR("id1"),
		.call_id = STR("fresh"),
		.tag = STR("tag1"),
	};
}

static struct stanza stanza_of(struct arena *a, const char *from,
			       const char *to)
{
	return (struct stanza){
		.kind = STANZA_MESSAGE,
		.from = jid_of(a, from),
		.to = jid_of(a, to),
		.id = STR("s1"),
	};
}

static struct str header_of(const struct draft *d, const char *name)
{
	for (const struct header *h = d->headers; h != NULL; h = h->next) {
		if (str_eqz(h->name, name))
			return h->value;
	}
	return STR_NONE;
}

static void a_full_one_to_sip(void **state)
{
	const struct env env = env_of(&plan_fixed, &rules);
	struct text german = { .lang = STR("de"), .s = STR("hallo") };
	struct text plain = { .next = &german, .s = STR("hello\nworld") };
	struct text subject = { .s = STR("Re:\r\n X: y") };
	struct arena a;
	struct stanza s;
	struct draft d;
	struct fault why;

	(void)state;
	arena_init(&a, CHUNK_BYTES);
	s = stanza_of(&a, "juliet@example.com/balcony",
		      "romeo@sip.example.com/phone");
	s.lang = STR_LIT("en");
	s.u.message.body = &plain;
	s.u.message.subject = &subject;
	s.u.message.thread = STR_LIT("t 1");
	s.u.message.delay_stamp = STR_LIT("2002-09-10T23:41:07Z");
	assert_int_equal(to_sip(&a, &env, &s, &d, &why), MAPPED);
	assert_int_equal(d.method, METHOD_MESSAGE);
	assert_string_equal(str_dupz(&a, uri_text(&a, &d.target)),
			    "sip:romeo@example.net;gr=phone");
	assert_true(uri_eq(&d.target, &d.to.uri));
	assert_string_equal(str_dupz(&a, uri_text(&a, &d.from.uri)),
			    "sip:juliet@xmpp.example.net;gr=balcony");
	assert_true(str_eqz(d.from.tag, "tag1"));
	assert_int_equal(d.to.tag.n, 0);
	assert_true(str_eqz(d.call_id, "t%201"));
	assert_int_equal(d.cseq, 1);
	assert_int_equal(d.max_forwards, 70);
	assert_int_equal(d.contact.n, 0);
	assert_true(str_eqz(header_of(&d, "Subject"), "Re:   X: y"));
	assert_true(str_eqz(header_of(&d, "Date"),
			    "Tue, 10 Sep 2002 23:41:07 GMT"));
	assert_true(str_eqz(header_of(&d, "Content-Language"), "en"));
	assert_true(str_eqz(d.content_type, "text/plain;charset=UTF-8"));
	assert_true(str_eqz(d.body, "hello\nworld"));
	/* Its own language wins. */
	s.lang = STR_LIT("de");
	assert_int_equal(to_sip(&a, &env, &s, &d, &why), MAPPED);
	assert_true(str_eqz(header_of(&d, "Content-Language"), "de"));
	assert_true(str_eqz(d.body, "hallo"));
	arena_fini(&a);
}

static const struct {
	enum message_type type;
	const char *to, *body;
	bool wants_headline;
	enum mapped mapped;
	enum cond cond;
} ways[] = {
	{ MESSAGE_CHAT, "romeo@sip.example.com", "x", false, MAPPED, 0 },
	{ MESSAGE_NORMAL, "romeo@sip.example.com", NULL, false, MAPPED_NOTHING,
	  0 },
	{ MESSAGE_NORMAL, "romeo@sip.example.com", "", false, MAPPED_NOTHING,
	  0 },
	{ MESSAGE_ERROR, "romeo@sip.example.com", "x", true, MAPPED_NOTHING,
	  0 },
	{ MESSAGE_HEADLINE, "romeo@sip.example.com", "x", true, MAPPED, 0 },
	{ MESSAGE_HEADLINE, "romeo@sip.example.com", "x", false, MAPPED_NOTHING,
	  0 },
	{ MESSAGE_GROUPCHAT, "romeo@sip.example.com", "x", true, MAPPED_REFUSED,
	  COND_SERVICE_UNAVAILABLE },
	{ MESSAGE_CHAT, "sip.example.com", "x", true, MAPPED_REFUSED,
	  COND_ITEM_NOT_FOUND },
	{ MESSAGE_CHAT, "sip.example.com", NULL, true, MAPPED_NOTHING, 0 },
	{ MESSAGE_CHAT, "foo\\5cbar@sip.example.com", "x", true, MAPPED_REFUSED,
	  COND_JID_MALFORMED },
};

static void what_becomes_of_stanzas(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, CHUNK_BYTES);
	for (size_t i = 0; i < COUNT(ways); i++) {
		struct message_rules r = rules;
		struct env env = env_of(&plan_fixed, &r);
		struct stanza s =
			stanza_of(&a, "juliet@example.com", ways[i].to);
		struct text body = { .s = str_z(ways[i].body) };
		struct fault why = { .status = 0 };
		struct draft d;
		enum mapped got;

		r.wants_headline = ways[i].wants_headline;
		s.u.message.type = ways[i].type;
		s.u.message.body = ways[i].body != NULL ? &body : NULL;
		got = to_sip(&a, &env, &s, &d, &why);
		if (got != ways[i].mapped)
			fail_msg("row %zu: %d", i, got);
		if (got == MAPPED_REFUSED)
			assert_int_equal(why.cond, ways[i].cond);
	}
	arena_fini(&a);
}

static void odd_fields_to_sip(void **state)
{
	const struct env env = env_of(&plan_fixed, &rules);
	struct text body = { .lang = STR("de\r\nX: y"), .s = STR("x") };
	char long_one[5000];
	struct text subject = { .s = { long_one, 4096 } };
	struct arena a;
	struct stanza s;
	struct draft d;
	struct fault why;

	(void)state;
	arena_init(&a, CHUNK_BYTES);
	s = stanza_of(&a, "juliet@example.com", "romeo@sip.example.com");
	s.u.message.body = &body;
	s.u.message.thread = STR_LIT("a\r\nb");
	s.u.message.delay_stamp = STR_LIT("yesterday\r\nX: y");
	assert_int_equal(to_sip(&a, &env, &s, &d, &why), MAPPED);
	assert_null(d.headers);
	assert_true(str_eqz(d.call_id, "fresh"));
	memset(long_one, 's', sizeof(long_one));
	s.u.message.subject = &subject;
	assert_int_equal(to_sip(&a, &env, &s, &d, &why), MAPPED);
	subject.s.n++;
	assert_int_equal(to_sip(&a, &env, &s, &d, &why), MAPPED_REFUSED);
	assert_int_equal(why.cond, COND_POLICY_VIOLATION);
	subject.s = STR_LIT(" \r\n ");
	assert_int_equal(to_sip(&a, &env, &s, &d, &why), MAPPED);
	assert_null(d.headers);
	/* A sender whose domain is not served */
	s.from = jid_of(&a, "juliet@example.info");
	assert_int_equal(to_sip(&a, &env, &s, &d, &why), MAPPED_REFUSED);
	assert_int_equal(why.cond, COND_FORBIDDEN);
	arena_fini(&a);
}

static void assert_clean(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		assert_true((unsigned char)s.p[i] >= ' ' && s.p[i] != 0x7F);
}

static void check_draft(struct arena *a, const struct draft *d)
{
	assert_clean(uri_text(a, &d->target));
	assert_clean(uri_text(a, &d->from.uri));
	assert_clean(uri_text(a, &d->to.uri));
	assert_clean(d->from.tag);
	assert_clean(d->call_id);
	assert_clean(d->content_type);
	for (const struct header *h = d->headers; h != NULL; h = h->next) {
		assert_clean(h->name);
		assert_clean(h->value);
		assert_true(h->value.n > 0);
	}
}

static struct str hostile(struct arena *a, uint64_t *x)
{
	static const char *const pieces[] = { "\r\n", "\n", "\r",     "\t",
					      "X: y", "a",  "%0D%0A", "\x01",
					      "\x7f", ">",  ";" };
	struct str s = random_text(a, x, 3);

	for (uint32_t n = random_below(x, 4); n > 0; n--)
		s = str_fmt(a, "%.*s%s", STR_ARG(s),
			    pieces[random_below(x, COUNT(pieces))]);
	return s;
}

/* Whatever a user writes, no header of the request can end early. */
static void no_header_is_injected(void **state)
{
	struct arena a;
	uint64_t x = 11;
	int mapped = 0;

	(void)state;
	arena_init(&a, CHUNK_BYTES);
	for (int i = 0; i < ROUNDS; i++) {
		const struct address_plan *p = plans[i % PLAN_COUNT];
		struct env env = env_of(p, &rules);
		struct text body = { .lang = hostile(&a, &x),
				     .s = hostile(&a, &x) };
		struct text subject = { .s = hostile(&a, &x) };
		/* Not even prepared, as no stanza_read would let it pass. */
		struct stanza s = {
			.kind = STANZA_MESSAGE,
			.from = { hostile(&a, &x), plan_domains[0],
				  hostile(&a, &x) },
			.to = { hostile(&a, &x), p->component,
				hostile(&a, &x) },
			.lang = hostile(&a, &x),
		};
		struct fault why;
		struct draft d;

		if (i % 2) {
			s.from = jid_of(&a, "juliet@example.com");
			s.to.local = STR_LIT("romeo\\40example.edu");
			s.to.resource = STR_NONE;
		}
		s.u.message.body = &body;
		s.u.message.subject = &subject;
		s.u.message.thread = hostile(&a, &x);
		s.u.message.delay_stamp = hostile(&a, &x);
		if (to_sip(&a, &env, &s, &d, &why) == MAPPED) {
			check_draft(&a, &d);
			mapped++;
		}
		arena_reset(&a);
	}
	arena_fini(&a);
	assert_true(mapped >= ROUNDS / 2);
}

/* A subject alone is what was said; beside something that SIP has no form for
 * it is not, for the rest would be lost. */
static void without_a_body(void **state)
{
	static const char lost[] =
		"<message><encrypted xmlns='urn:xmpp:omemo:2'><payload>x"
		"</payload></encrypted></message>";
	const struct env env = env_of(&plan_fixed, &rules);
	struct text subject = { .lang = STR("de"), .s = STR(" komm\n") };
	struct text body = { .s = STR("x") };
	struct arena a;
	struct stanza s;
	struct draft d;
	struct fault why;

	(void)state;
	arena_init(&a, CHUNK_BYTES);
	s = stanza_of(&a, "juliet@example.com", "romeo@sip.example.com");
	s.u.message.subject = &subject;
	assert_int_equal(to_sip(&a, &env, &s, &d, &why), MAPPED);
	assert_true(str_eqz(d.body, "komm"));
	assert_true(str_eqz(header_of(&d, "Subject"), "komm"));
	assert_true(str_eqz(header_of(&d, "Content-Language"), "de"));
	subject.s = STR_LIT(" ");
	assert_int_equal(to_sip(&a, &env, &s, &d, &why), MAPPED_NOTHING);
	subject.s = STR_LIT("komm");
	s.el = document_of(&a, str_z(lost));
	assert_int_equal(to_sip(&a, &env, &s, &d, &why), MAPPED_REFUSED);
	assert_int_equal(why.cond, COND_SERVICE_UNAVAILABLE);
	s.u.message.subject = NULL;
	s.u.message.type = MESSAGE_CHAT;
	assert_int_equal(to_sip(&a, &env, &s, &d, &why), MAPPED_REFUSED);
	s.u.message.type = MESSAGE_HEADLINE;
	assert_int_equal(to_sip(&a, &env, &s, &d, &why), MAPPED_NOTHING);
	s.u.message.type = MESSAGE_ERROR;
	assert_int_equal(to_sip(&a, &env, &s, &d, &why), MAPPED_NOTHING);
	/* Its client has said it in words. */
	s.u.message.type = MESSAGE_CHAT;
	s.u.message.body = &body;
	assert_int_equal(to_sip(&a, &env, &s, &d, &why), MAPPED);
	assert_true(str_eqz(d.body, "x"));
	arena_fini(&a);
}

static struct request request_of(const char *body)
{
	return (struct request){
		.method = METHOD_MESSAGE,
		.call_id = STR("a%20b@c"),
		.content_type = STR("text/plain"),
		.body = str_z(body),
		.date_s = -1,
		.expires_s = -1,
	};
}

static void a_full_one_to_xmpp(void **state)
{
	const struct env env = env_of(&plan_fixed, &rules);
	struct request r = request_of("hello\r\nworld");
	struct arena a;
	struct jid from, to;
	struct stanza s;
	struct fault why;

	(void)state;
	arena_init(&a, CHUNK_BYTES);
	from = jid_of(&a, "romeo@sip.example.com/phone");
	to = jid_of(&a, "juliet@example.com");
	r.subject = STR_LIT("Hi\x01 \xff");
	r.language = STR_LIT("cs, en");
	r.date_s = env.wall_s - 61;
	assert_int_equal(to_xmpp(&a, &env, &r, &from, &to, &s, &why), MAPPED);
	assert_int_equal(s.kind, STANZA_MESSAGE);
	assert_true(jid_eq(&s.from, &from));
	assert_true(jid_eq(&s.to, &to));
	assert_true(str_eqz(s.id, "id1"));
	assert_true(str_eqz(s.lang, "cs"));
	assert_null(s.el);
	assert_int_equal(s.u.message.type, MESSAGE_NORMAL);
	assert_true(str_eqz(s.u.message.body->s, "hello\nworld"));
	assert_int_equal(s.u.message.body->lang.n, 0);
	assert_null(s.u.message.body->next);
	assert_true(
		str_eqz(s.u.message.subject->s, "Hi\xef\xbf\xbd \xef\xbf\xbd"));
	assert_true(str_eqz(s.u.message.thread, "a b@c"));
	assert_true(str_eqz(s.u.message.delay_stamp, "2001-09-09T01:45:39Z"));
	/* Not long enough ago, and a language that is none */
	r.date_s = env.wall_s - 60;
	r.language = STR_LIT("c\"s");
	r.subject = STR_NONE;
	assert_int_equal(to_xmpp(&a, &env, &r, &from, &to, &s, &why), MAPPED);
	assert_int_equal(s.u.message.delay_stamp.n, 0);
	assert_int_equal(s.lang.n, 0);
	assert_null(s.u.message.subject);
	/* A Subject alone; of CPIM it may have a language. */
	r = request_of("");
	r.subject = STR_LIT("come");
	assert_int_equal(to_xmpp(&a, &env, &r, &from, &to, &s, &why), MAPPED);
	assert_true(str_eqz(s.u.message.body->s, "come"));
	assert_true(str_eqz(s.u.message.subject->s, "come"));
	r = request_of("Subject:;lang=de komm\r\n\r\nContent-Type: text/plain"
		       "\r\n\r\n");
	r.content_type = STR_LIT("message/cpim");
	assert_int_equal(to_xmpp(&a, &env, &r, &from, &to, &s, &why), MAPPED);
	assert_true(str_eqz(s.u.message.body->s, "komm"));
	assert_true(str_eqz(s.lang, "de"));
	assert_int_equal(s.u.message.body->lang.n, 0);
	arena_fini(&a);
}

static const struct {
	const char *body, *type;
	int64_t age_s, expires_s; /* age -1: no Date */
	enum mapped mapped;
	int status;
} requests[] = {
	{ "x", "text/plain", -1, -1, MAPPED, 0 },
	{ "", "text/plain", -1, -1, MAPPED_NOTHING, 0 },
	{ "", "", -1, -1, MAPPED_NOTHING, 0 },
	{ "x", "text/plain", 10, 11, MAPPED, 0 },
	{ "x", "text/plain", 10, 10, MAPPED, 0 },
	{ "x", "text/plain", 10, 9, MAPPED_NOTHING, 0 },
	{ "x", "text/plain", 10, 0, MAPPED, 0 },
	{ "x", "text/plain", -1, 5, MAPPED, 0 },
	{ "x", "text/plain", 100000, -1, MAPPED, 0 },
	{ "x", "image/png", -1, -1, MAPPED_REFUSED, 415 },
	{ "x", "image/png", 10, 9, MAPPED_REFUSED, 415 },
};

static void what_becomes_of_requests(void **state)
{
	const struct env env = env_of(&plan_fixed, &rules);
	struct arena a;

	(void)state;
	arena_init(&a, CHUNK_BYTES);
	for (size_t i = 0; i < COUNT(requests); i++) {
		struct request r = request_of(requests[i].body);
		struct jid from = jid_of(&a, "romeo@sip.example.com");
		struct jid to = jid_of(&a, "juliet@example.com");
		struct fault why = { .status = 0 };
		struct stanza s;
		enum mapped got;

		r.content_type = str_z(requests[i].type);
		r.expires_s = requests[i].expires_s;
		if (requests[i].age_s >= 0)
			r.date_s = env.wall_s - requests[i].age_s;
		got = to_xmpp(&a, &env, &r, &from, &to, &s, &why);
		if (got != requests[i].mapped)
			fail_msg("row %zu: %d", i, got);
		assert_int_equal(why.status, requests[i].status);
	}
	arena_fini(&a);
}

static struct str thread_of(struct arena *a, enum thread_mode mode,
			    const char *from, const char *to)
{
	struct message_rules r = rules;
	struct env env = env_of(&plan_fixed, &r);
	struct request request = request_of("x");
	struct jid f = jid_of(a, from), t = jid_of(a, to);
	struct stanza s;
	struct fault why;

	r.thread = mode;
	assert_int_equal(to_xmpp(a, &env, &request, &f, &t, &s, &why), MAPPED);
	return s.u.message.thread;
}

static void threads(void **state)
{
	struct arena a;
	struct str x, y;

	(void)state;
	arena_init(&a, CHUNK_BYTES);
	x = thread_of(&a, THREAD_CALL_ID, "a@sip.example.com", "b@example.com");
	assert_true(str_eqz(x, "a b@c"));
	x = thread_of(&a, THREAD_NONE, "a@sip.example.com", "b@example.com");
	assert_int_equal(x.n, 0);
	x = thread_of(&a, THREAD_CONVERSATION, "a@sip.example.com/r",
		      "b@example.com");
	assert_int_equal(x.n, 32);
	y = thread_of(&a, THREAD_CONVERSATION, "b@example.com/q",
		      "a@sip.example.com");
	assert_true(str_eq(x, y));
	y = thread_of(&a, THREAD_CONVERSATION, "b@example.com",
		      "c@sip.example.com");
	assert_false(str_eq(x, y));
	/* It is a Call-ID as it stands. */
	assert_true(message_thread_to_call_id(&a, x, &y));
	assert_true(str_eq(x, y));
	arena_fini(&a);
}

/* Out and back again: the text, the thread, the subject, both people. */
static void round_trip(void **state)
{
	struct arena a;
	uint64_t x = 5;

	(void)state;
	arena_init(&a, CHUNK_BYTES);
	for (int i = 0; i < ROUNDS; i++) {
		const struct address_plan *p = plans[i % PLAN_COUNT];
		struct env env = env_of(p, &rules);
		struct text body = { .s = random_text(&a, &x, 12) };
		struct text subject = { .s = str_trim(random_text(&a, &x, 6)) };
		struct stanza s = stanza_of(&a, "juliet@example.com/b c", "x"),
			      back;
		struct request r = request_of("");
		struct jid from, to;
		struct fault why;
		struct draft d;

		s.to = (struct jid){ STR_LIT("romeo\\40example.edu"),
				     p->component, STR_LIT("r;1") };
		s.lang = STR_LIT("de-CH");
		s.u.message.body = &body;
		s.u.message.subject = &subject;
		s.u.message.thread = random_text(&a, &x, 6);
		assert_int_equal(to_sip(&a, &env, &s, &d, &why), MAPPED);
		r.call_id = d.call_id;
		r.content_type = d.content_type;
		r.subject = header_of(&d, "Subject");
		r.language = header_of(&d, "Content-Language");
		r.body = d.body;
		assert_true(address_user_jid(&a, p, &d.from.uri, &from, NULL,
					     &why));
		assert_true(
			address_contact_jid(&a, p, &d.to.uri, &to, NULL, &why));
		assert_int_equal(to_xmpp(&a, &env, &r, &from, &to, &back, &why),
				 MAPPED);
		assert_true(jid_eq(&back.from, &s.from));
		assert_true(jid_eq(&back.to, &s.to));
		assert_true(str_eq(back.lang, s.lang));
		assert_true(str_eq(back.u.message.body->s, body.s));
		assert_true(str_eq(back.u.message.thread, s.u.message.thread));
		if (subject.s.n > 0)
			assert_true(
				str_eq(back.u.message.subject->s, subject.s));
		arena_reset(&a);
	}
	arena_fini(&a);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_full_one_to_sip),
		cmocka_unit_test(what_becomes_of_stanzas),
		cmocka_unit_test(odd_fields_to_sip),
		cmocka_unit_test(no_header_is_injected),
		cmocka_unit_test(without_a_body),
		cmocka_unit_test(a_full_one_to_xmpp),
		cmocka_unit_test(what_becomes_of_requests),
		cmocka_unit_test(threads),
		cmocka_unit_test(round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
