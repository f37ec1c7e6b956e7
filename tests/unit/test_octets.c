#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "gateway/base/octets.h"

/* Each byte at each place, among bytes of all kinds that are not asked for. */
static void each(uint64_t (*ask)(uint64_t, unsigned char),
		 int (*is)(unsigned, unsigned), unsigned lowest,
		 unsigned highest)
{
	for (unsigned c = lowest; c <= highest; c++) {
		for (unsigned other = 0; other < 256; other++) {
			char text[OCTETS];

			memset(text, (int)other, sizeof(text));
			if (is(other, c)) {
				assert_true(ask(octets_load(text),
						(unsigned char)c) != 0);
				continue;
			}
			assert_true(ask(octets_load(text), (unsigned char)c) ==
				    0);
			for (unsigned b = 0; b < 256; b += 5) {
				text[b % OCTETS] = (char)b;
				assert_int_equal(ask(octets_load(text),
						     (unsigned char)c) != 0,
						 is(b, c));
				text[b % OCTETS] = (char)other;
			}
		}
	}
}

static int is_below(unsigned b, unsigned c)
{
	return b < c;
}

static int is_equal(unsigned b, unsigned c)
{
	return b == c;
}

static int is_high(unsigned b, unsigned c)
{
	return b >= c;
}

static uint64_t high(uint64_t w, unsigned char c)
{
	(void)c;
	return octets_high(w);
}

static int is_angle(unsigned b, unsigned c)
{
	return b == c || b == '<';
}

static uint64_t angle(uint64_t w, unsigned char c)
{
	return octets_equal_but(w, c, 2);
}

static void test_below(void **state)
{
	(void)state;
	each(octets_below, is_below, 1, 0x80);
}

static void test_equal(void **state)
{
	(void)state;
	each(octets_equal, is_equal, 0, 255);
}

static void test_high(void **state)
{
	(void)state;
	each(high, is_high, 0x80, 0x80);
}

static void test_equal_but(void **state)
{
	(void)state;
	each(angle, is_angle, '>', '>');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_below),
		cmocka_unit_test(test_equal),
		cmocka_unit_test(test_high),
		cmocka_unit_test(test_equal_but),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
