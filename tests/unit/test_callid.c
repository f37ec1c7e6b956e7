#include "mapping/callid.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

enum { CHUNK_BYTES = 1024, MAX_BYTES = 255, ROUNDS = 200000 };

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct {
	const char *thread, *call_id;
} rows[] = {
	{ "e0ffe42b28561960c6b12b944a092794b9683a38",
	  "e0ffe42b28561960c6b12b944a092794b9683a38" },
	{ "9E97FB43-85F4-4A00-8751-1124FD4C7B2E",
	  "9E97FB43-85F4-4A00-8751-1124FD4C7B2E" },
	{ "843817637684230@998sdasdh09", "843817637684230@998sdasdh09" },
	{ "(a)<b>:\\\"/[c]?{d}`'~!*_+.-", "(a)<b>:\\\"/[c]?{d}`'~!*_+.-" },
	{ "a b;c=d,e", "a%20b%3Bc%3Dd%2Ce" },
	{ "\xc3\xbc", "%C3%BC" },
	{ "@", "%40" },
	{ "@a", "%40a" },
	{ "a@", "a%40" },
	{ "a@b@c", "a@b%40c" },
	{ "@a@b", "%40a@b" },
	/* An escape that stands there already */
	{ "a%20b", "a%2520b" },
	{ "a%2520b", "a%252520b" },
	{ "%C3%BC", "%25C3%BC" },
	{ "a%40", "a%2540" },
	/* and what only looks like one */
	{ "a%40b", "a%40b" },
	{ "100%", "100%" },
	{ "%2", "%2" },
	{ "%41", "%41" },
	{ "%c3%bc", "%c3%bc" },
	{ "%25zz", "%25zz" },
	{ "%00%0A%7F", "%00%0A%7F" },
	{ "%C3", "%C3" },
	{ "%EF%BF%BF", "%EF%BF%BF" },
};

static void both_ways(void **state)
{
	struct arena a;
	struct str out;

	(void)state;
	arena_init(&a, CHUNK_BYTES);
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_true(callid_from_thread(&a, str_z(rows[i].thread),
					       MAX_BYTES, &out));
		assert_string_equal(str_dupz(&a, out), rows[i].call_id);
		out = callid_to_thread(&a, str_z(rows[i].call_id));
		assert_string_equal(str_dupz(&a, out), rows[i].thread);
	}
	arena_fini(&a);
}

static void no_call_id(void **state)
{
	char long_one[MAX_BYTES + 1];
	struct arena a;
	struct str out;

	(void)state;
	arena_init(&a, CHUNK_BYTES);
	memset(long_one, 'x', sizeof(long_one));
	assert_true(callid_from_thread(&a, (struct str){ long_one, MAX_BYTES },
				       MAX_BYTES, &out));
	assert_false(callid_from_thread(
		&a, (struct str){ long_one, MAX_BYTES + 1 }, MAX_BYTES, &out));
	memset(long_one, ' ', 86);
	assert_false(callid_from_thread(&a, (struct str){ long_one, 86 },
					MAX_BYTES, &out));
	assert_false(callid_from_thread(&a, STR_NONE, MAX_BYTES, &out));
	assert_false(
		callid_from_thread(&a, STR_LIT("a\r\nb"), MAX_BYTES, &out));
	assert_false(callid_from_thread(&a, STR_LIT("a\x7f"), MAX_BYTES, &out));
	assert_false(callid_from_thread(&a, STR_LIT("\xff"), MAX_BYTES, &out));
	arena_fini(&a);
}

static bool is_call_id(struct str s)
{
	size_t at = str_find(s, '@');

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      (c >= '0' && c <= '9') ||
		      (c != 0 && strchr("-.!%*_+`'~()<>:\\\"/[]?{}@", c))))
			return false;
	}
	return s.n > 0 && at != 0 && at + 1 != s.n &&
	       str_find(str_from(s, at + 1), '@') == str_from(s, at + 1).n;
}

static size_t random_below(uint64_t *x, size_t n)
{
	*x = *x * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (size_t)(*x >> 33) % n;
}

/* What is easily confused, in every order. */
static void generated(void **state)
{
	static const char *const pieces[] = {
		"%",   "2",	   "5", "25",	     "%25", "%20",
		"%40", "40",	   "@", " ",	     "C3",  "%C3",
		"%BC", "\xc3\xbc", "a", "%E2%82%AC", "%00",
	};
	struct arena a;
	uint64_t x = 1;

	(void)state;
	arena_init(&a, CHUNK_BYTES);
	for (int i = 0; i < ROUNDS; i++) {
		char text[64];
		size_t n = 0;
		struct str s, there, back;

		for (size_t k = 1 + random_below(&x, 7); k > 0; k--) {
			const char *p = pieces[random_below(&x, COUNT(pieces))];

			memcpy(text + n, p, strlen(p));
			n += strlen(p);
		}
		s = (struct str){ text, n };
		assert_true(callid_from_thread(&a, s, MAX_BYTES, &there));
		assert_true(is_call_id(there));
		if (!str_eq(callid_to_thread(&a, there), s))
			fail_msg("thread %.*s, Call-ID %.*s", STR_ARG(s),
				 STR_ARG(there));
		if (is_call_id(s)) {
			there = callid_to_thread(&a, s);
			assert_true(callid_from_thread(&a, there, MAX_BYTES,
						       &back));
			if (!str_eq(back, s))
				fail_msg("Call-ID %.*s, thread %.*s",
					 STR_ARG(s), STR_ARG(there));
		}
		arena_reset(&a);
	}
	arena_fini(&a);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_ways),
		cmocka_unit_test(no_call_id),
		cmocka_unit_test(generated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
