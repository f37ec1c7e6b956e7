#include "gateway/phones/phonebook.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static struct registration_contact contact(const char *uri,
					   const char *instance,
					   uint32_t reg_id, unsigned expires_s)
{
	struct registration_contact c = { .text = str_z(uri),
					  .instance = str_z(instance),
					  .reg_id = reg_id,
					  .q = 500,
					  .expires_s = expires_s };
	const char *why;

	assert_true(uri_read(c.text, &c.uri, &why));
	return c;
}

static struct request request_from(const char *host, const char *call_id,
				   uint32_t cseq)
{
	struct request r = { .call_id = str_z(call_id), .cseq = cseq };

	r.source.transport = TRANSPORT_TCP;
	r.source.conn = 7;
	assert_true(endpoint_read(str_z(host), 4711, &r.source.peer));
	return r;
}

static struct binding *put(struct phonebook *b, struct person *p,
			   const struct registration_contact *c)
{
	struct request r = request_from("192.0.2.1", "call", 5);
	struct registration reg = { .path = STR("<sip:p;lr>,\t<sip:q;lr>"),
				    .is_direct = true };

	return person_put(b, p, &reg, c, &r, 1000);
}

/* What is the same binding, and what another. */
static void same(void **state)
{
	static const struct {
		const char *uri, *instance;
		uint32_t reg_id;
		size_t count; /* behind it */
	} steps[] = {
		{ "sip:a@h", NULL, 0, 1 },
		{ "sip:a@H", NULL, 0, 1 },
		{ "sip:%61@h", NULL, 0, 1 },
		{ "sip:a@h:5060", NULL, 0, 2 },
		{ "sip:a@h;transport=tcp", NULL, 0, 3 },
		{ "sip:a@one", "urn:x", 1, 4 },
		{ "sip:a@two", "urn:x", 1, 4 }, /* the flow moved */
		{ "sip:a@two", "urn:x", 2, 5 },
		{ "sip:a@two", "urn:y", 1, 6 },
	};
	struct phonebook *b = phonebook_create();
	struct person *p = phonebook_get(b, STR_LIT("bob@x"));

	(void)state;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct registration_contact c = contact(
			steps[i].uri, steps[i].instance, steps[i].reg_id, 60);

		put(b, p, &c);
		if (p->count != steps[i].count)
			fail_msg("step %zu: %zu", i, p->count);
	}
	assert_int_equal(phonebook_count(b), 6);
	assert_ptr_equal(phonebook_get(b, STR_LIT("bob@x")), p);
	person_drop_all(b, p);
	phonebook_tidy(b, p);
	assert_null(phonebook_find(b, STR_LIT("bob@x")));
	assert_int_equal(phonebook_count(b), 0);
	phonebook_destroy(&b);
}

static void expiry(void **state)
{
	struct phonebook *b = phonebook_create();
	struct person *p = phonebook_get(b, STR_LIT("bob@x"));
	struct registration_contact c = contact("sip:a@h", NULL, 0, 60);

	(void)state;
	put(b, p, &c);
	c = contact("sip:b@h", NULL, 0, 100);
	put(b, p, &c);
	assert_int_equal(person_last_s(p), 1100);
	assert_false(person_expire(b, p, 1059));
	assert_true(person_expire(b, p, 1060));
	assert_int_equal(p->count, 1);
	assert_true(str_eqz(p->bindings->contact, "sip:b@h"));
	phonebook_destroy(&b);
}

static void as_text(void **state)
{
	struct phonebook *b = phonebook_create();
	struct person *p = phonebook_get(b, STR_LIT("bob@x"));
	struct person *q = phonebook_get(b, STR_LIT("copy@x"));
	struct registration_contact c =
		contact("sip:a@h;transport=tcp", "urn:uuid:1", 3, 60);
	struct strbuf first, second;
	const struct binding *x;
	struct str line;

	(void)state;
	strbuf_init(&first, 10000);
	strbuf_init(&second, 10000);
	put(b, p, &c);
	c = contact("sip:[2001:db8::1]", NULL, 0, 90);
	put(b, p, &c);
	person_write(&first, p);
	assert_true(person_read(b, q, strbuf_str(&first)));
	person_write(&second, q);
	assert_true(str_eq(strbuf_str(&first), strbuf_str(&second)));
	x = q->bindings;
	assert_int_equal(x->expires_at_s, 1060);
	assert_int_equal(x->cseq, 5);
	assert_int_equal(x->reg_id, 3);
	assert_int_equal(x->q, 500);
	assert_int_equal(x->conn, 0); /* of another run */
	assert_int_equal(x->transport, TRANSPORT_TCP);
	assert_int_equal(endpoint_port(&x->from), 4711);
	assert_true(x->is_direct);
	assert_true(str_eqz(x->path, "<sip:p;lr>, <sip:q;lr>"));
	/* No part of it is taken for the whole, and nothing stays of it. */
	line = strbuf_str(&first);
	for (size_t n = 2; n < line.n; n++) {
		if (line.p[n - 1] == '\t' || line.p[n] == '\t')
			continue;
		if (!person_read(b, q, str_head(line, n)))
			assert_int_equal(q->count, 0);
	}
	assert_false(person_read(b, q, STR_LIT("2\tx")));
	assert_false(person_read(b, q, STR_LIT("")));
	strbuf_fini(&first);
	strbuf_fini(&second);
	phonebook_destroy(&b);
}

/* A change is taken back: all is as it was, and the connection that a phone is
 * reached over is not lost. */
static void taken_back(void **state)
{
	struct registration_contact one = contact("sip:a@one", "urn:x", 1, 60);
	struct registration_contact two = contact("sip:b@two", NULL, 0, 90);
	struct phonebook *b = phonebook_create();
	struct person *p = phonebook_get(b, STR_LIT("bob@x"));
	struct binding *before, *x;
	struct strbuf was, is;

	(void)state;
	strbuf_init(&was, 4096);
	strbuf_init(&is, 4096);
	put(b, p, &one);
	person_write(&was, p);
	before = person_bindings_dup(p);
	person_drop_all(b, p);
	put(b, p, &two);
	put(b, p, &one);
	person_take(b, p, &before);
	assert_null(before);
	person_write(&is, p);
	assert_true(str_eq(strbuf_str(&was), strbuf_str(&is)));
	assert_int_equal(p->count, 1);
	assert_int_equal(phonebook_count(b), 1);
	x = person_find(p, &one);
	assert_non_null(x);
	assert_int_equal(x->conn, 7);
	assert_true(str_eqz(x->contact, "sip:a@one"));
	/* Nothing was there before. */
	before = NULL;
	person_take(b, p, &before);
	phonebook_tidy(b, p);
	assert_null(phonebook_find(b, STR_LIT("bob@x")));
	assert_int_equal(phonebook_count(b), 0);
	/* What is not wanted in the end. */
	p = phonebook_get(b, STR_LIT("bob@x"));
	put(b, p, &one);
	put(b, p, &two);
	before = person_bindings_dup(p);
	person_bindings_free(&before);
	assert_null(before);
	assert_int_equal(p->count, 2);
	strbuf_fini(&was);
	strbuf_fini(&is);
	phonebook_destroy(&b);
}

/* What is written, and what is on its way. */
static void changes(void **state)
{
	struct registration_contact one = contact("sip:a@one", NULL, 0, 60);
	struct registration_contact two = contact("sip:b@two", NULL, 0, 90);
	struct phonebook *b = phonebook_create();
	struct person *p = phonebook_get(b, STR_LIT("bob@x"));
	struct binding *after;

	(void)state;
	person_begin_change(p);
	put(b, p, &one);
	after = person_bindings_dup(p);
	person_begin_change(p);
	put(b, p, &two);
	assert_null(person_written(p));
	person_keep(p, &after);
	assert_null(after);
	assert_int_equal(p->count, 2);
	assert_true(str_eqz(person_written(p)->contact, "sip:a@one"));
	assert_null(person_written(p)->next);
	person_end_change(p);
	assert_non_null(p->kept);
	person_take_back(b, p);
	assert_int_equal(p->lost, 1);
	assert_int_equal(p->count, 1);
	assert_int_equal(phonebook_count(b), 1);
	person_drop_all(b, p);
	phonebook_tidy(b, p); /* one is on its way yet */
	assert_ptr_equal(phonebook_find(b, STR_LIT("bob@x")), p);
	person_end_change(p);
	assert_null(person_written(p));
	p->is_owed = true;
	phonebook_tidy(b, p);
	assert_ptr_equal(phonebook_find(b, STR_LIT("bob@x")), p);
	p->is_owed = false;
	phonebook_tidy(b, p);
	assert_null(phonebook_find(b, STR_LIT("bob@x")));
	phonebook_destroy(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same),	   cmocka_unit_test(expiry),
		cmocka_unit_test(as_text), cmocka_unit_test(taken_back),
		cmocka_unit_test(changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
