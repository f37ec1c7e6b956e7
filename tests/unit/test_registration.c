#include "sip/registration.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static const struct registration_limits LIMITS = { .default_s = 3600,
						   .min_s = 60,
						   .max_s = 3600 };

static int read_it(struct arena *a, const struct request *r,
		   struct registration *out)
{
	const char *why = "";
	int status = registration_read(a, r, &LIMITS, out, &why);

	assert_true(status == 0 || strlen(why) > 0);
	return status;
}

static void contacts(void **state)
{
	static const struct {
		const char *contacts;
		int64_t header;
		int status;
		size_t count;
		const char *uri; /* of the first */
		unsigned expires_s, q;
	} cases[] = {
		{ "<sip:a@h>", -1, 0, 1, "sip:a@h", 3600, Q_MAX },
		{ "sip:a@h;expires=70;q=0.7", 90, 0, 1, "sip:a@h", 70, 700 },
		{ "<sip:a@h;x=y>;q=0.05", 90, 0, 1, "sip:a@h;x=y", 90, 50 },
		{ "\"A, <b>\" <sip:a@h>", 90, 0, 1, "sip:a@h", 90, Q_MAX },
		{ "<sip:a@h>;expires=99999999", -1, 0, 1, "sip:a@h", 3600,
		  Q_MAX },
		{ "<sip:a@h>", 99999999999, 0, 1, "sip:a@h", 3600, Q_MAX },
		{ "<sip:a@h>;expires=never", 100, 0, 1, "sip:a@h", 100, Q_MAX },
		{ "<sip:a@h>;expires=0", 100, 0, 1, "sip:a@h", 0, Q_MAX },
		{ "<sip:a@h>;q=7", 100, 0, 1, "sip:a@h", 100, Q_MAX },
		{ "<sip:a@h>, <sip:b@h>", -1, 0, 2, "sip:a@h", 3600, Q_MAX },
		{ "", 100, 0, 0, NULL, 0, 0 },
		{ "*", 0, 0, 0, NULL, 0, 0 },
		{ " * ", 0, 0, 0, NULL, 0, 0 },
		{ "*", -1, 400, 0, NULL, 0, 0 },
		{ "*", 60, 400, 0, NULL, 0, 0 },
		{ "*, <sip:a@h>", 0, 400, 0, NULL, 0, 0 },
		{ "<sip:a@h>, *", 0, 400, 0, NULL, 0, 0 },
		{ "<sip:a@h>;expires=59", -1, 423, 0, NULL, 0, 0 },
		{ "<sip:a@h>", 1, 423, 0, NULL, 0, 0 },
		{ "<sips:a@h>", -1, 403, 0, NULL, 0, 0 },
		{ "<mailto:a@h>", -1, 403, 0, NULL, 0, 0 },
		{ "<tel:+123>", -1, 403, 0, NULL, 0, 0 },
		{ "<sip:a@h?x=y>", -1, 400, 0, NULL, 0, 0 },
		{ "<sip:a:secret@h>", -1, 400, 0, NULL, 0, 0 },
		{ "<sip:a@h", -1, 400, 0, NULL, 0, 0 },
		{ "<>", -1, 400, 0, NULL, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct request r = { .contacts = str_z(cases[i].contacts),
				     .expires_s = cases[i].header,
				     .via_count = 1 };
		struct registration got;
		struct arena a;

		arena_init(&a, 1024);
		if (read_it(&a, &r, &got) != cases[i].status)
			fail_msg("%s: not %d", cases[i].contacts,
				 cases[i].status);
		if (cases[i].status == 0) {
			assert_int_equal(got.count, cases[i].count);
			assert_int_equal(got.is_star, strchr(cases[i].contacts,
							     '*') != NULL);
		}
		if (cases[i].uri != NULL) {
			const struct registration_contact *c = &got.contacts[0];

			if (!str_eqz(c->text, cases[i].uri) ||
			    c->expires_s != cases[i].expires_s ||
			    c->q != cases[i].q)
				fail_msg("%s: <%.*s> %u %u", cases[i].contacts,
					 STR_ARG(c->text), c->expires_s, c->q);
		}
		arena_fini(&a);
	}
}

static void too_many(void **state)
{
	struct request r = { .expires_s = -1, .via_count = 1 };
	struct registration got;
	struct arena a;
	struct str all = STR("<sip:0@h>");

	(void)state;
	arena_init(&a, 1024);
	for (int i = 1; i < REGISTRATION_CONTACTS_MAX; i++)
		all = str_fmt(&a, "%.*s, <sip:%d@h>", STR_ARG(all), i);
	r.contacts = all;
	assert_int_equal(read_it(&a, &r, &got), 0);
	assert_int_equal(got.count, REGISTRATION_CONTACTS_MAX);
	r.contacts = str_fmt(&a, "%.*s, <sip:x@h>", STR_ARG(all));
	assert_int_equal(read_it(&a, &r, &got), 400);
	arena_fini(&a);
}

/* RFC 5626 §6, RFC 5627 §5. */
static void flows(void **state)
{
	static const struct {
		const char *supported, *contact, *path;
		unsigned vias;
		int status;
		unsigned reg_id;
		const char *instance;
	} cases[] = {
		{ "outbound, path",
		  "<sip:a@h>;reg-id=1;+sip.instance=\"<urn:uuid:0-A>\"", "", 1,
		  0, 1, "urn:uuid:0-A" },
		/* not supported, or no instance: no flow */
		{ "path", "<sip:a@h>;reg-id=1;+sip.instance=\"<urn:uuid:0>\"",
		  "", 1, 0, 0, "urn:uuid:0" },
		{ "outbound", "<sip:a@h>;reg-id=1", "", 1, 0, 0, NULL },
		{ "outbound", "<sip:a@h>;reg-id=x;+sip.instance=\"<urn:a>\"",
		  "", 1, 0, 0, "urn:a" },
		{ "outbound", "<sip:a@h>;+sip.instance=\"urn:a\"", "", 1, 0, 0,
		  NULL },
		{ "outbound", "<sip:a@h>;+sip.instance=\"<urn:a b>\"", "", 1, 0,
		  0, NULL },
		/* several with a flow */
		{ "outbound",
		  "<sip:a@h>;reg-id=1;+sip.instance=\"<urn:a>\", <sip:b@h>", "",
		  1, 400, 0, NULL },
		/* through a proxy that does not keep it, or does */
		{ "outbound", "<sip:a@h>;reg-id=1;+sip.instance=\"<urn:a>\"",
		  "", 2, 439, 0, NULL },
		{ "outbound", "<sip:a@h>;reg-id=1;+sip.instance=\"<urn:a>\"",
		  "<sip:p;lr>", 2, 439, 0, NULL },
		{ "outbound", "<sip:a@h>;reg-id=1;+sip.instance=\"<urn:a>\"",
		  "<sip:q;lr>, <sip:p;lr;ob>", 2, 0, 1, "urn:a" },
		{ "", "<sip:a@h>", "sip:p:x", 1, 400, 0, NULL },
		{ "", "<sip:a@h>", "<mailto:p@x>", 1, 400, 0, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct request r = { .contacts = str_z(cases[i].contact),
				     .supported = str_z(cases[i].supported),
				     .path = str_z(cases[i].path),
				     .expires_s = -1,
				     .via_count = cases[i].vias };
		struct registration got;
		struct arena a;
		int status;

		arena_init(&a, 1024);
		status = read_it(&a, &r, &got);
		if (status != cases[i].status)
			fail_msg("case %zu: %d", i, status);
		if (status == 0) {
			assert_int_equal(got.contacts[0].reg_id,
					 cases[i].reg_id);
			assert_true(str_eq(got.contacts[0].instance,
					   str_z(cases[i].instance)));
			assert_int_equal(got.is_direct, cases[i].vias == 1);
		}
		arena_fini(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(contacts),
		cmocka_unit_test(too_many),
		cmocka_unit_test(flows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
