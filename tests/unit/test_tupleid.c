#include "mapping/tupleid.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

enum { CHUNK_BYTES = 4096, ROUNDS = 20000 };

static const struct {
	const char *resource, *id;
} pairs[] = {
	{ "balcony", "ID-balcony" },
	{ "yn0cl4bnw0yr3vym", "ID-yn0cl4bnw0yr3vym" },
	{ "0", "ID-0" },
	{ "", "ID-" },
	{ "my_phone", "ID-my_phone" },
	{ "gajim.8F2-X", "ID-gajim.8F2-X" },
	{ "my phone", "ID-my_x20_phone" },
	{ "a/b:c@d", "ID-a_x2F_b_x3A_c_x40_d" },
	{ "b\xc3\xa4r", "ID-b_xE4_r" },
	{ "\xf0\x9f\x98\x80", "ID-_x1F600_" },
	/* what would read as an escape is one */
	{ "_x20_", "ID-_x5F_x20_" },
	{ "_x", "ID-_x5F_x" },
	{ "_", "ID-_" },
	{ "__x", "ID-__x5F_x" },
	{ "_X20_", "ID-_X20_" },
	{ "ID-a", "ID-ID-a" },
};

static void both_ways(void **state)
{
	struct arena a;
	struct str back;

	(void)state;
	arena_init(&a, CHUNK_BYTES);
	for (size_t i = 0; i < COUNT(pairs); i++) {
		struct str id = tupleid_write(&a, str_z(pairs[i].resource));

		assert_string_equal(str_dupz(&a, id), pairs[i].id);
		assert_true(tupleid_read(&a, id, &back));
		assert_string_equal(str_dupz(&a, back), pairs[i].resource);
	}
	arena_fini(&a);
}

/* Ids that tupleid_write does not write stand for themselves. */
static const struct {
	const char *id, *resource; /* NULL: not ours */
} foreign[] = {
	{ "balcony", NULL },
	{ "id-balcony", NULL },
	{ "", NULL },
	{ "ID-_x41_", "_x41_" },	   /* an A needs no escape */
	{ "ID-_x20", "_x20" },		   /* no end */
	{ "ID-_x_", "_x_" },		   /* no digits */
	{ "ID-_xe4_", "_xe4_" },	   /* digits are capitals */
	{ "ID-_x0020_", "_x0020_" },	   /* no noughts in front */
	{ "ID-_xD800_", "_xD800_" },	   /* a surrogate */
	{ "ID-_x110000_", "_x110000_" },   /* behind Unicode */
	{ "ID-_x1000020_", "_x1000020_" }, /* too long */
	{ "ID-a_xyz", "a_xyz" },
	{ "ID-a b", "a b" },
	{ "ID-b\xc3\xa4r", "b\xc3\xa4r" },
};

static void ids_of_others(void **state)
{
	struct arena a;
	struct str back;

	(void)state;
	arena_init(&a, CHUNK_BYTES);
	for (size_t i = 0; i < COUNT(foreign); i++) {
		bool is_ours = tupleid_read(&a, str_z(foreign[i].id), &back);

		assert_int_equal(is_ours, foreign[i].resource != NULL);
		if (is_ours)
			assert_string_equal(str_dupz(&a, back),
					    foreign[i].resource);
	}
	arena_fini(&a);
}

static bool is_ncname(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool is_letter = (c >= 'a' && c <= 'z') ||
				 (c >= 'A' && c <= 'Z') || c == '_';

		if (!is_letter && (i == 0 || !((c >= '0' && c <= '9') ||
					       c == '.' || c == '-')))
			return false;
	}
	return s.n > 0;
}

/* Texts of the characters that matter: each leads back to itself, so no two
 * have one id. */
static void no_two_have_one_id(void **state)
{
	static const struct str parts[] = {
		STR("_"), STR("x"),	   STR("5"), STR("F"),
		STR("0"), STR(" "),	   STR("-"), STR("_x"),
		STR("A"), STR("\xc3\xa4"), STR("a"), STR("\xe2\x82\xac"),
	};
	unsigned seed = 1;
	struct arena a;

	(void)state;
	arena_init(&a, CHUNK_BYTES);
	for (int round = 0; round < ROUNDS; round++) {
		struct strbuf b;
		struct str id, back;

		strbuf_init(&b, CHUNK_BYTES);
		for (int i = 0; i < 1 + round % 9; i++) {
			seed = seed * 1103515245u + 12345u;
			strbuf_add(&b, parts[seed / 65536 % COUNT(parts)]);
		}
		id = tupleid_write(&a, strbuf_str(&b));
		assert_true(is_ncname(id));
		assert_true(tupleid_read(&a, id, &back));
		assert_true(str_eq(back, strbuf_str(&b)));
		strbuf_fini(&b);
		arena_reset(&a);
	}
	arena_fini(&a);
}

static const struct {
	const char *entity, *id, *contact, *resource; /* NULL: of our making */
} tuples[] = {
	{ "sip:a@b", "ID-phone", "sip:a@b;gr=x", "phone" },
	{ "sip:a@b", "ID-", "sip:a@b;gr=x", "" },
	{ "sip:a@b", "ID-my_x20_phone", "", "my phone" },
	/* resourceprep: NFKC */
	{ "sip:a@b", "ID-\xef\xbd\x81", "", "a" },
	{ "sip:a@b", "fuc92w", "sip:a@b;gr=x", "x" },
	{ "sip:a@b", "fuc92w", "sip:a@b;gr=a%20b", "a b" },
	{ "sip:a@b", "fuc92w", "sip:a@b;gr", "sip" },
	{ "sip:a@b", "fuc92w", "sip:a@b", "sip" },
	{ "sip:a@b", "fuc92w", "sip:A@B:5060;transport=tcp", "sip" },
	{ "pres:a@b", "fuc92w", "im:a@b", "sip" },
	{ "sip:a@b", "fuc92w", "", "sip" },
	{ "", "fuc92w", "", "sip" },
	{ "sip:a@b", "fuc92w", "sip:a@c", NULL },
	{ "", "fuc92w", "sip:a@b", NULL },
	{ "sip:a@b", "fuc92w", "no uri", NULL },
	{ "sip:a@b", "fuc92w", "tel:+49301", NULL },
};

static void resources(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, CHUNK_BYTES);
	for (size_t i = 0; i < COUNT(tuples); i++) {
		struct pidf_tuple t = { .id = str_z(tuples[i].id),
					.contact = str_z(tuples[i].contact) };
		struct str r =
			tupleid_resource(&a, str_z(tuples[i].entity), &t);

		if (tuples[i].resource != NULL)
			assert_string_equal(str_dupz(&a, r),
					    tuples[i].resource);
		else
			assert_true(r.n == 12 && tupleid_is_made_up(r));
		/* a new id changes nothing */
		if (str_starts(t.id, "ID-"))
			continue;
		t.id = STR_LIT("cs3rd3");
		assert_true(str_eq(
			tupleid_resource(&a, str_z(tuples[i].entity), &t), r));
	}
	arena_fini(&a);
}

static void names_of_ours(void **state)
{
	static const struct {
		const char *resource;
		bool is_ours;
	} rows[] = {
		{ "sip", true },
		{ "sip-00000000", true },
		{ "sip-1a2b3c4d", true },
		{ "sip-1A2B3C4D", false },
		{ "sip-", false },
		{ "sip-1a2b3c4", false },
		{ "sip-1a2b3c4dd", false },
		{ "SIP", false },
		{ "", false },
		{ "sipx1a2b3c4d", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(tupleid_is_made_up(str_z(rows[i].resource)),
				 rows[i].is_ours);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_ways),
		cmocka_unit_test(ids_of_others),
		cmocka_unit_test(no_two_have_one_id),
		cmocka_unit_test(resources),
		cmocka_unit_test(names_of_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
