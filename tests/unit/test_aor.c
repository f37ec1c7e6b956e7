#include "mapping/aor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include "plans.h"

enum { CHUNK_BYTES = 1024 };

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct {
	const char *uri, *user, *host;
	unsigned port;
	const char *resource;
} reads[] = {
	{ "sip:Romeo@Example.NET:5080;GR=a%20b;lr", "romeo", "example.net",
	  5080, "a b" },
	{ "sip:%52omeo@h;gr", "romeo", "h", 0, "" },
	{ "im:a%2Fb@h", "a/b", "h", 0, "" },
	{ "pres:h", "", "h", 0, "" },
	{ "sip:%C3%84@h", "\xc3\xa4", "h", 0, "" },
	{ "sip:a@[2001:DB8::1]", "a", "[2001:db8::1]", 0, "" },
	{ "tel:+49-30-(12).3", "+4930123", "", 0, "" },
	{ "tel:7042;phone-context=Example.com", "7042", "example.com", 0, "" },
};

static void reads_uris(void **state)
{
	struct arena a;
	struct aor aor;

	(void)state;
	arena_init(&a, CHUNK_BYTES);
	for (size_t i = 0; i < COUNT(reads); i++) {
		struct uri uri = uri_of(reads[i].uri);
		struct fault why = { .text = STR_NONE };

		if (!aor_read(&a, &uri, &aor, &why))
			fail_msg("%s: %.*s", reads[i].uri, STR_ARG(why.text));
		assert_true(str_eqz(aor.user, reads[i].user));
		assert_true(str_eqz(aor.host, reads[i].host));
		assert_int_equal(aor.port, reads[i].port);
		assert_true(str_eqz(aor.resource, reads[i].resource));
	}
	arena_fini(&a);
}

static void refuses(void **state)
{
	static const struct {
		const char *uri;
		int status;
	} rows[] = {
		{ "sips:a@h", 403 },
		{ "http://h/", 416 },
		{ "sip:a:b@h", 400 },
		{ "sip:a@h?b=c", 400 },
		{ "sip:%00@h", 400 },
		{ "sip:%7F@h", 400 },
		{ "sip:%C2%9F@h", 400 },
		{ "sip:%ED%A0%80@h", 400 },
		{ "sip:a@h;gr=%FF", 400 },
		/* nodeprep forbids it: U+202E */
		{ "sip:a%E2%80%AEb@h", 400 },
		{ "tel:1;isub=2", 404 },
		{ "tel:1;phone-context=+49", 404 },
	};
	struct arena a;
	struct aor aor;

	(void)state;
	arena_init(&a, CHUNK_BYTES);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct uri uri = uri_of(rows[i].uri);
		struct fault why;

		if (aor_read(&a, &uri, &aor, &why))
			fail_msg("%s taken", rows[i].uri);
		assert_int_equal(why.status, rows[i].status);
	}
	arena_fini(&a);
}

static void writes(void **state)
{
	static const struct aor aor = {
		.user = STR("a b@\r\n"),
		.host = STR("h"),
		.port = 7,
		.resource = STR("x;y\n<"),
	};
	static const struct aor bare = { .host = STR("h") };
	struct arena a;
	struct uri uri;

	(void)state;
	arena_init(&a, CHUNK_BYTES);
	aor_write(&a, &aor, &uri);
	assert_true(str_eqz(uri_text(&a, &uri),
			    "sip:a%20b%40%0D%0A@h:7;gr=x%3By%0A%3C"));
	aor_write(&a, &bare, &uri);
	assert_true(str_eqz(uri_text(&a, &uri), "sip:h"));
	arena_fini(&a);
}

static void compares(void **state)
{
	const struct aor x = { STR("a"), STR("h"), 0, { NULL, 0 } };
	const struct aor same = { STR("A"), STR("H"), 5060, STR("r") };
	const struct aor port = { STR("a"), STR("h"), 5061, { NULL, 0 } };
	const struct aor user = { STR("b"), STR("h"), 0, { NULL, 0 } };

	(void)state;
	assert_true(aor_eq(&x, &same));
	assert_false(aor_eq(&x, &port));
	assert_false(aor_eq(&x, &user));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_uris),
		cmocka_unit_test(refuses),
		cmocka_unit_test(writes),
		cmocka_unit_test(compares),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
