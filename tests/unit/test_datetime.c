#include "mapping/datetime.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <time.h>
#include <cmocka.h>

enum { CHUNK_BYTES = 1024 };

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct {
	const char *stamp;
	int64_t wall_s;
	const char *header;
} rows[] = {
	{ "1970-01-01T00:00:00Z", 0, "Thu, 01 Jan 1970 00:00:00 GMT" },
	{ "2002-09-10T23:41:07Z", 1031701267, "Tue, 10 Sep 2002 23:41:07 GMT" },
	{ "2010-11-13T23:29:00Z", 1289690940, "Sat, 13 Nov 2010 23:29:00 GMT" },
	{ "2000-02-29T12:00:00Z", 951825600, "Tue, 29 Feb 2000 12:00:00 GMT" },
	{ "2100-03-01T00:00:00Z", 4107542400, "Mon, 01 Mar 2100 00:00:00 GMT" },
	{ "1969-12-31T23:59:59Z", -1, "Wed, 31 Dec 1969 23:59:59 GMT" },
	{ "0001-01-01T00:00:00Z", INT64_C(-62135596800),
	  "Mon, 01 Jan 0001 00:00:00 GMT" },
	{ "9999-12-31T23:59:59Z", INT64_C(253402300799),
	  "Fri, 31 Dec 9999 23:59:59 GMT" },
};

static void known_dates(void **state)
{
	struct arena a;
	int64_t wall_s;

	(void)state;
	arena_init(&a, CHUNK_BYTES);
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_true(datetime_read_stamp(str_z(rows[i].stamp), &wall_s));
		assert_int_equal(wall_s, rows[i].wall_s);
		assert_string_equal(
			str_dupz(&a, datetime_write_stamp(&a, wall_s)),
			rows[i].stamp);
		assert_string_equal(
			str_dupz(&a, datetime_write_header(&a, wall_s)),
			rows[i].header);
	}
	arena_fini(&a);
}

/* Every day of four centuries and more, against the C library. */
static void agrees_with_libc(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, CHUNK_BYTES);
	for (int64_t day = -200000; day < 200000; day += 1) {
		int64_t wall_s = day * 86400 + 4711, back;
		time_t t = (time_t)wall_s;
		struct tm tm;
		char want[64];

		if (gmtime_r(&t, &tm) == NULL || tm.tm_year < -1899)
			continue;
		strftime(want, sizeof(want), "%Y-%m-%dT%H:%M:%SZ", &tm);
		if (!str_eqz(datetime_write_stamp(&a, wall_s), want))
			fail_msg("%s", want);
		strftime(want, sizeof(want), "%a, %d %b %Y %H:%M:%S GMT", &tm);
		if (!str_eqz(datetime_write_header(&a, wall_s), want))
			fail_msg("%s", want);
		assert_true(datetime_read_stamp(
			datetime_write_stamp(&a, wall_s), &back));
		assert_int_equal(back, wall_s);
		arena_reset(&a);
	}
	arena_fini(&a);
}

static void other_spellings(void **state)
{
	static const struct {
		const char *stamp;
		int64_t wall_s;
	} spellings[] = {
		{ "2002-09-10T23:41:07.123Z", 1031701267 },
		{ "2002-09-11T01:41:07+02:00", 1031701267 },
		{ "2002-09-10T17:11:07-06:30", 1031701267 },
		{ " 2002-09-10t23:41:07z\n", 1031701267 },
		{ "2016-12-31T23:59:60Z", 1483228799 },
	};
	int64_t wall_s;

	(void)state;
	for (size_t i = 0; i < COUNT(spellings); i++) {
		assert_true(datetime_read_stamp(str_z(spellings[i].stamp),
						&wall_s));
		assert_int_equal(wall_s, spellings[i].wall_s);
	}
}

static void malformed(void **state)
{
	static const char *const bad[] = {
		"",
		"2002-09-10",
		"20020910T23:41:07",
		"2002-9-10T23:41:07Z",
		"2002-13-10T23:41:07Z",
		"2002-02-29T23:41:07Z",
		"2002-09-00T23:41:07Z",
		"0000-09-10T23:41:07Z",
		"2002-09-10T24:00:00Z",
		"2002-09-10T23:60:00Z",
		"2002-09-10T23:41:61Z",
		"2002-09-10T23:41:07",
		"2002-09-10T23:41:07.Z",
		"2002-09-10T23:41:07+0200",
		"2002-09-10T23:41:07+02:00x",
		"2002-09-10T23:41:07Z\r\nX: y",
	};
	struct arena a;
	int64_t wall_s = 5;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		if (datetime_read_stamp(str_z(bad[i]), &wall_s))
			fail_msg("%s", bad[i]);
	}
	assert_int_equal(wall_s, 5);
	arena_init(&a, CHUNK_BYTES);
	assert_int_equal(datetime_write_stamp(&a, INT64_C(253402300800)).n, 0);
	assert_int_equal(datetime_write_header(&a, INT64_MIN).n, 0);
	arena_fini(&a);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_dates),
		cmocka_unit_test(agrees_with_libc),
		cmocka_unit_test(other_spellings),
		cmocka_unit_test(malformed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
