#include "gateway/trust/sender.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

enum { CHUNK_BYTES = 1024 };

static const struct {
	const char *from, *asserted, *privacy, *first, *second;
} rows[] = {
	{ "sip:a@b.net", "", "", "sip:a@b.net", NULL },
	/* What the proxy knows goes before what the phone wrote. */
	{ "sip:boss@b.net", "<sip:eve@b.net>", "", "sip:eve@b.net", NULL },
	{ "sip:boss@b.net", "\"E, v\" <sip:eve@c.net>, <tel:+49301>", "",
	  "sip:eve@c.net", NULL },
	{ "sip:boss@b.net", "<tel:+49301>, <sip:eve@c.net>", "",
	  "sip:eve@c.net", NULL },
	{ "sip:eve@c.net", "<sip:eve@b.net>", "", "sip:eve@b.net", NULL },
	/* The same person: From may carry a gr. */
	{ "sip:a@b.net;gr=x", "<sip:A@B.net;user=phone>", "",
	  "sip:a@b.net;gr=x", NULL },
	/* Whoever came by TLS is nobody else. */
	{ "sip:boss@b.net", "<sips:eve@b.net>", "", "sip:eve@b.net", NULL },
	{ "sip:a@b.net;gr=x", "<sips:a@b.net>", "", "sip:a@b.net;gr=x", NULL },
	{ "sip:boss@b.net", "<sips:eve@b.net>", "id",
	  "sip:anonymous@anonymous.invalid", NULL },
	/* A number counts where a rule knows it. */
	{ "sip:a@b.net", "<tel:+49301>", "", "tel:+49301", "sip:a@b.net" },
	{ "tel:+1", "<tel:+49301>", "", "tel:+49301", NULL },
	/* Not to be told. */
	{ "sip:anonymous@anonymous.invalid", "<sip:eve@b.net>", "id",
	  "sip:anonymous@anonymous.invalid", NULL },
	{ "sip:eve@b.net;gr=x", "<sip:eve@b.net>", "header; ID;critical",
	  "sip:eve@b.net;gr=x", NULL },
	/* ... which is no way to another's name. */
	{ "sip:boss@b.net", "<sip:eve@b.net>", "id",
	  "sip:anonymous@anonymous.invalid", NULL },
	{ "sip:boss@b.net", "<tel:+49301>", "id",
	  "sip:anonymous@anonymous.invalid", NULL },
	{ "sip:boss@b.net", "<sip:eve@b.net>, <tel:+49301>", "id",
	  "sip:anonymous@anonymous.invalid", NULL },
	{ "sip:+49301@b.net", "<tel:+49301>", "id", "sip:+49301@b.net", NULL },
	{ "sip:+49301@b.net", "<sip:eve@b.net>, <tel:+49301>", "id",
	  "sip:+49301@b.net", NULL },
	{ "tel:+49301", "<tel:+49301>", "id", "tel:+49301", NULL },
	{ "sip:boss@b.net", "<sip:eve@192.0.2.1>", "id", "sip:boss@b.net",
	  NULL },
	{ "sip:x@b.net", "<sip:eve@b.net>", "none", "sip:eve@b.net", NULL },
	/* The first of each kind, and what cannot be read is passed over. */
	{ "sip:x@b.net", "<sip:a@b.net>, <sip:b@b.net>", "", "sip:a@b.net",
	  NULL },
	{ "sip:x@b.net", "<tel:+1>, <tel:+2>", "", "tel:+1", "sip:x@b.net" },
	{ "sip:x@b.net", "<sip:a@b.net>, <sip:>", "", "sip:a@b.net", NULL },
	{ "sip:x@b.net", "<mailto:a@b.net>, <sip:a@b.net>", "", "sip:a@b.net",
	  NULL },
	{ "sip:x@b.net", "<mailto:a@b.net>", "", "sip:x@b.net", NULL },
	/* No identity at all. */
	{ "sip:a@b.net", "<sip:a@192.0.2.1>", "", "sip:a@b.net", NULL },
	{ "sip:a@b.net", "<sip:a@[2001:db8::1]>", "", "sip:a@b.net", NULL },
	{ "sip:a@b.net", "<sip:>, <<>>, \"", "", "sip:a@b.net", NULL },
};

static void senders(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, CHUNK_BYTES);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct request r = { .asserted = str_z(rows[i].asserted),
				     .privacy = str_z(rows[i].privacy) };
		struct uri out[SENDER_URIS_MAX];
		const char *why;
		size_t n;

		assert_true(uri_read(str_z(rows[i].from), &r.from.uri, &why));
		n = sender_read(&a, &r, out);
		assert_int_equal(n, rows[i].second != NULL ? 2 : 1);
		assert_string_equal(uri_text(&a, &out[0]).p, rows[i].first);
		if (n == 2)
			assert_string_equal(uri_text(&a, &out[1]).p,
					    rows[i].second);
	}
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(senders) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
