#include "mapping/status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define DOCS	     STOX_SOURCE_DIR "/docs/mapping.md"

/* RFC 7247 §7.2 Table 3, written a second time. */
static const struct {
	int status;
	enum cond cond;
} table3[] = {
	{ 300, COND_REDIRECT },
	{ 301, COND_GONE },
	{ 302, COND_REDIRECT },
	{ 305, COND_REDIRECT },
	{ 399, COND_REDIRECT },
	{ 380, COND_NOT_ACCEPTABLE },
	{ 400, COND_BAD_REQUEST },
	{ 401, COND_NOT_AUTHORIZED },
	{ 402, COND_BAD_REQUEST },
	{ 403, COND_FORBIDDEN },
	{ 404, COND_ITEM_NOT_FOUND },
	{ 405, COND_FEATURE_NOT_IMPLEMENTED },
	{ 406, COND_NOT_ACCEPTABLE },
	{ 407, COND_REGISTRATION_REQUIRED },
	{ 408, COND_REMOTE_SERVER_TIMEOUT },
	{ 410, COND_GONE },
	{ 413, COND_POLICY_VIOLATION },
	{ 414, COND_POLICY_VIOLATION },
	{ 415, COND_NOT_ACCEPTABLE },
	{ 416, COND_NOT_ACCEPTABLE },
	{ 420, COND_FEATURE_NOT_IMPLEMENTED },
	{ 421, COND_NOT_ACCEPTABLE },
	{ 423, COND_RESOURCE_CONSTRAINT },
	{ 430, COND_RECIPIENT_UNAVAILABLE },
	{ 439, COND_FEATURE_NOT_IMPLEMENTED },
	{ 440, COND_POLICY_VIOLATION },
	{ 480, COND_RECIPIENT_UNAVAILABLE },
	{ 481, COND_ITEM_NOT_FOUND },
	{ 482, COND_NOT_ACCEPTABLE },
	{ 483, COND_NOT_ACCEPTABLE },
	{ 484, COND_ITEM_NOT_FOUND },
	{ 485, COND_ITEM_NOT_FOUND },
	{ 486, COND_RECIPIENT_UNAVAILABLE },
	{ 487, COND_RECIPIENT_UNAVAILABLE },
	{ 488, COND_NOT_ACCEPTABLE },
	{ 489, COND_POLICY_VIOLATION },
	{ 491, COND_UNEXPECTED_REQUEST },
	{ 493, COND_BAD_REQUEST },
	{ 499, COND_BAD_REQUEST },
	{ 500, COND_INTERNAL_SERVER_ERROR },
	{ 501, COND_FEATURE_NOT_IMPLEMENTED },
	{ 502, COND_REMOTE_SERVER_NOT_FOUND },
	{ 503, COND_INTERNAL_SERVER_ERROR },
	{ 504, COND_REMOTE_SERVER_TIMEOUT },
	{ 505, COND_NOT_ACCEPTABLE },
	{ 513, COND_POLICY_VIOLATION },
	{ 599, COND_INTERNAL_SERVER_ERROR },
	{ 600, COND_RECIPIENT_UNAVAILABLE },
	{ 603, COND_RECIPIENT_UNAVAILABLE },
	{ 604, COND_ITEM_NOT_FOUND },
	{ 606, COND_NOT_ACCEPTABLE },
	{ 607, COND_RECIPIENT_UNAVAILABLE },
};

static void to_xmpp(void **state)
{
	struct fault f;

	(void)state;
	for (size_t i = 0; i < COUNT(table3); i++) {
		status_to_fault(&f, table3[i].status, STR_LIT("Because"));
		assert_int_equal(f.status, table3[i].status);
		assert_int_equal(f.cond, table3[i].cond);
		assert_true(str_eqz(f.text, "Because"));
		assert_int_equal(f.uri.n, 0);
		assert_int_equal(f.retry_after_s, 0);
	}
	status_to_fault(&f, 700, STR_NONE);
	assert_int_equal(f.cond, COND_UNDEFINED_CONDITION);
}

/* RFC 6120 §8.3.3: the types that it allows with a condition. */
static bool is_type_of(enum cond cond, enum error_type type)
{
	switch (cond) {
	case COND_FEATURE_NOT_IMPLEMENTED:
		return type == ERROR_CANCEL || type == ERROR_MODIFY;
	case COND_POLICY_VIOLATION:
		return type == ERROR_MODIFY || type == ERROR_WAIT;
	case COND_UNEXPECTED_REQUEST:
		return type == ERROR_WAIT || type == ERROR_MODIFY;
	default:
		return type == cond_type(cond);
	}
}

static void types(void **state)
{
	struct status_row row;

	(void)state;
	for (size_t i = 0; status_row(i, &row); i++) {
		assert_true(row.status_min <= row.status_max);
		assert_true(is_type_of(row.cond, row.type));
	}
}

static void texts(void **state)
{
	static const struct {
		struct str reason;
		const char *text;
	} rows[] = {
		{ STR(" Not Here "), "Not Here" },
		{ STR("Bad\r\nX: y"), "Bad" },
		{ STR("\x01"), "" },
		{ STR("caf\xc3\xa9"), "caf\xc3\xa9" },
		{ STR("caf\xe9"), "" },
		{ STR("a\x7f"), "a" },
	};
	struct fault f;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		status_to_fault(&f, 404, rows[i].reason);
		assert_true(str_eqz(f.text, rows[i].text));
	}
}

/* RFC 7247 Table 3 note 1. */
static void new_addresses(void **state)
{
	static const struct {
		int status;
		const char *uri;
		enum cond cond;
		const char *kept;
	} rows[] = {
		{ 301, "sip:a@b", COND_GONE, "sip:a@b" },
		{ 301, "", COND_ITEM_NOT_FOUND, "" },
		{ 302, "sip:a@b", COND_REDIRECT, "sip:a@b" },
		{ 302, "", COND_REDIRECT, "" },
		{ 380, "sip:a@b", COND_NOT_ACCEPTABLE, "" },
		{ 410, "sip:a@b", COND_GONE, "" },
		{ 404, "sip:a@b", COND_ITEM_NOT_FOUND, "" },
	};
	struct fault f;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		status_to_fault(&f, rows[i].status, STR_NONE);
		status_set_uri(&f, str_z(rows[i].uri));
		assert_int_equal(f.cond, rows[i].cond);
		assert_true(str_eqz(f.uri, rows[i].kept));
	}
}

/* RFC 7247 §7.1 Table 2, with the deviations of docs/mapping.md. */
static const struct {
	enum cond cond;
	int full, bare;
} table2[] = {
	{ COND_BAD_REQUEST, 400, 400 },
	{ COND_CONFLICT, 400, 400 },
	{ COND_FEATURE_NOT_IMPLEMENTED, 405, 501 },
	{ COND_FORBIDDEN, 403, 603 },
	{ COND_GONE, 410, 410 },
	{ COND_INTERNAL_SERVER_ERROR, 500, 500 },
	{ COND_ITEM_NOT_FOUND, 404, 604 },
	{ COND_JID_MALFORMED, 400, 400 },
	{ COND_NOT_ACCEPTABLE, 406, 606 },
	{ COND_NOT_ALLOWED, 403, 403 },
	{ COND_NOT_AUTHORIZED, 403, 403 },
	{ COND_POLICY_VIOLATION, 403, 403 },
	{ COND_RECIPIENT_UNAVAILABLE, 480, 600 },
	{ COND_REDIRECT, 480, 480 },
	{ COND_REGISTRATION_REQUIRED, 403, 403 },
	{ COND_REMOTE_SERVER_NOT_FOUND, 404, 404 },
	{ COND_REMOTE_SERVER_TIMEOUT, 408, 408 },
	{ COND_RESOURCE_CONSTRAINT, 500, 500 },
	{ COND_SERVICE_UNAVAILABLE, 480, 404 },
	{ COND_SUBSCRIPTION_REQUIRED, 400, 400 },
	{ COND_UNDEFINED_CONDITION, 400, 400 },
	{ COND_UNEXPECTED_REQUEST, 491, 491 },
};

static void to_sip(void **state)
{
	struct fault f;

	(void)state;
	assert_int_equal(COUNT(table2), COND_COUNT - 1);
	for (size_t i = 0; i < COUNT(table2); i++) {
		fault_set(&f, 0, table2[i].cond, NULL);
		assert_int_equal(status_from_error(&f, true), table2[i].full);
		assert_int_equal(status_from_error(&f, false), table2[i].bare);
	}
	fault_set(&f, 0, COND_GONE, NULL);
	f.uri = STR_LIT("xmpp:a@b");
	assert_int_equal(status_from_error(&f, true), 301);
	f.cond = COND_REDIRECT;
	assert_int_equal(status_from_error(&f, false), 302);
	fault_set(&f, 0, COND_UNEXPECTED_REQUEST, NULL);
	f.type = ERROR_MODIFY;
	assert_int_equal(status_from_error(&f, true), 400);
	fault_set(&f, 0, COND_NONE, NULL);
	assert_int_equal(status_from_error(&f, true), 400);
}

static char *docs_read(void)
{
	FILE *in = fopen(DOCS, "r");
	char *text;
	long n;

	assert_non_null(in);
	assert_int_equal(fseek(in, 0, SEEK_END), 0);
	n = ftell(in);
	assert_true(n > 0);
	rewind(in);
	text = malloc((size_t)n + 1);
	assert_non_null(text);
	assert_int_equal(fread(text, 1, (size_t)n, in), n);
	text[n] = '\0';
	fclose(in);
	return text;
}

/* The first table below a heading within a part, behind its two head lines. */
static struct str table_find(const char *docs, const char *part,
			     const char *heading)
{
	const char *at = strstr(docs, part), *end;

	assert_non_null(at);
	at = strstr(at, heading);
	assert_non_null(at);
	at = strstr(at, "\n|---");
	assert_non_null(at);
	at = strchr(at + 1, '\n') + 1;
	end = strstr(at, "\n\n");
	assert_non_null(end);
	return (struct str){ at, (size_t)(end - at) };
}

enum { CELLS_MAX = 4 };

static bool row_cut(struct str *table, struct str cells[CELLS_MAX])
{
	struct str line = str_cut(table, '\n');

	if (line.n == 0)
		return false;
	(void)str_cut(&line, '|');
	for (size_t i = 0; i < CELLS_MAX; i++)
		cells[i] = str_trim(str_cut(&line, '|'));
	return true;
}

static void docs_to_xmpp(void **state)
{
	char *docs = docs_read();
	struct str table = table_find(docs, "\n## Errors", "\n### From SIP"),
		   cells[CELLS_MAX];
	struct status_row row;
	size_t i = 0;

	(void)state;
	for (; row_cut(&table, cells); i++) {
		struct str last = cells[0], first = str_cut(&last, '-');
		uint32_t min, max;

		assert_true(str_to_u32(first, &min));
		if (last.n == 0)
			max = min;
		else
			assert_true(str_to_u32(last, &max));
		assert_true(status_row(i, &row));
		assert_int_equal(row.status_min, min);
		assert_int_equal(row.status_max, max);
		assert_true(str_eq(cells[1], cond_name(row.cond)));
		assert_true(str_eq(cells[2], error_type_name(row.type)));
	}
	assert_false(status_row(i, &row));
	free(docs);
}

static void docs_to_sip(void **state)
{
	char *docs = docs_read();
	struct str table = table_find(docs, "\n## Errors", "\n### From XMPP"),
		   cells[CELLS_MAX];
	size_t rows = 0;

	(void)state;
	for (; row_cut(&table, cells); rows++) {
		uint32_t full, bare;
		struct fault f;

		assert_true(str_to_u32(cells[1], &full));
		assert_true(str_to_u32(cells[2], &bare));
		fault_set(&f, 0, cond_read(cells[0]), NULL);
		assert_true(str_eq(cells[0], cond_name(f.cond)));
		assert_int_equal(status_from_error(&f, true), full);
		assert_int_equal(status_from_error(&f, false), bare);
	}
	assert_int_equal(rows, COND_COUNT - 1);
	free(docs);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(to_xmpp),     cmocka_unit_test(types),
		cmocka_unit_test(texts),       cmocka_unit_test(new_addresses),
		cmocka_unit_test(to_sip),      cmocka_unit_test(docs_to_xmpp),
		cmocka_unit_test(docs_to_sip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
