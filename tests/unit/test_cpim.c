#include "mapping/cpim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct {
	const char *in;
	int status; /* 0: read */
	const char *message_id;
	unsigned wishes;
	const char *date_time, *subject, *subject_lang, *content;
} rows[] = {
	/* RFC 5438's own form */
	{ "From: Alice <im:alice@example.com>\r\n"
	  "To: Bob <im:bob@example.com>\r\n"
	  "NS: imdn <urn:ietf:params:imdn>\r\n"
	  "imdn.Message-ID: 34jk324j\r\n"
	  "DateTime: 2006-04-04T12:16:49-05:00\r\n"
	  "imdn.Disposition-Notification: positive-delivery, "
	  "negative-delivery\r\n"
	  "\r\nContent-type: text/plain\r\nContent-length: 2\r\n\r\nhi",
	  0, "34jk324j", CPIM_POSITIVE | CPIM_NEGATIVE,
	  "2006-04-04T12:16:49-05:00", "", "",
	  "Content-type: text/plain\r\nContent-length: 2\r\n\r\nhi" },
	/* LF, names of any case, another prefix, no blank behind the colon */
	{ "from:<sip:a@b>\nns:n <urn:ietf:params:imdn>\nN.message-id:7\n"
	  "n.disposition-notification:DISPLAY;x=y\n\nContent-Type: a/b\n\nx",
	  0, "7", CPIM_DISPLAY, "", "", "", "Content-Type: a/b\n\nx" },
	/* The prefix is not declared */
	{ "imdn.Message-ID: 7\n\nContent-Type: a/b\n\nx", 0, "7", 0, "", "", "",
	  "Content-Type: a/b\n\nx" },
	/* No empty line before the MIME headers */
	{ "From: x\r\nContent-Type: a/b\r\n\r\nx", 0, "", 0, "", "", "",
	  "Content-Type: a/b\r\n\r\nx" },
	/* No MIME headers at all */
	{ "From: x\r\n\r\nhi there", 0, "", 0, "", "", "", "\nhi there" },
	/* MIME headers alone, and an empty line too many */
	{ "\r\nContent-Type: a/b\r\n\r\nx", 0, "", 0, "", "", "",
	  "Content-Type: a/b\r\n\r\nx" },
	{ "From: x\r\n\r\n\r\nContent-Type: a/b\r\n\r\nx", 0, "", 0, "", "", "",
	  "Content-Type: a/b\r\n\r\nx" },
	{ "Subject:;lang=fr Objet \\u00e9\\\\ \\\"x\\\"\r\n\r\nContent-Type: "
	  "a/b\r\n\r\nx",
	  0, "", 0, "", "Objet \xc3\xa9\\ \"x\"", "fr",
	  "Content-Type: a/b\r\n\r\nx" },
	{ "Subject: a\\ud800\\u12\r\n\r\nx", 0, "", 0, "", "aud800u12", "",
	  "\nx" },
	{ "Require: From, imdn.Message-ID\r\n\r\nx", 0, "", 0, "", "", "",
	  "\nx" },
	{ "Require: MyFeatures.Vital\r\n\r\nx", 488, "", 0, "", "", "", "" },
	{ "hello", 400, "", 0, "", "", "", "" },
	{ "", 400, "", 0, "", "", "", "" },
};

static void reads(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 1024);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fault why = { .status = 0 };
		struct cpim c;

		cpim_read(&a, str_z(rows[i].in), &c, &why);
		if (why.status != rows[i].status)
			fail_msg("row %zu: %d", i, why.status);
		if (why.status != 0)
			continue;
		assert_true(str_eqz(c.message_id, rows[i].message_id));
		assert_int_equal(c.wishes, rows[i].wishes);
		assert_true(str_eqz(c.date_time, rows[i].date_time));
		if (!str_eqz(c.subject, rows[i].subject))
			fail_msg("row %zu: %.*s", i, STR_ARG(c.subject));
		assert_true(str_eqz(c.subject_lang, rows[i].subject_lang));
		if (!str_eqz(c.content, rows[i].content))
			fail_msg("row %zu: %.*s", i, STR_ARG(c.content));
	}
	arena_fini(&a);
}

static void too_many_headers(void **state)
{
	struct strbuf b;
	struct arena a;
	struct cpim c;
	struct fault why = { .status = 0 };

	(void)state;
	arena_init(&a, 1024);
	strbuf_init(&b, 65536);
	for (unsigned i = 0; i < CPIM_HEADERS_MAX; i++)
		strbuf_addlit(&b, "a: b\r\n");
	assert_true(cpim_read(&a, strbuf_str(&b), &c, &why));
	strbuf_addlit(&b, "a: b\r\n");
	assert_false(cpim_read(&a, strbuf_str(&b), &c, &why));
	assert_int_equal(why.status, 400);
	strbuf_fini(&b);
	arena_fini(&a);
}

static void writes(void **state)
{
	const struct cpim c = {
		.from = STR("sip:a@b\r\nX: y"),
		.to = STR("sip:c@d"),
		.date_time = STR("2026-01-01T00:00:00Z"),
		.subject = STR("a\r\n\\b"),
		.subject_lang = STR("de"),
		.message_id = STR("m1"),
		.wishes = CPIM_POSITIVE | CPIM_NEGATIVE | CPIM_DISPLAY,
	};
	const struct cpim_body body = { STR("message/imdn+xml"),
					STR("notification"), STR("<x/>") };
	struct strbuf b;

	(void)state;
	strbuf_init(&b, 4096);
	cpim_write(&b, &c, &body);
	strbuf_addc(&b, '\0');
	assert_string_equal(b.p,
			    "From: <sip:a@bX: y>\r\nTo: <sip:c@d>\r\n"
			    "DateTime: 2026-01-01T00:00:00Z\r\n"
			    "Subject:;lang=de a\\u000d\\u000a\\\\b\r\n"
			    "NS: imdn <urn:ietf:params:imdn>\r\n"
			    "imdn.Message-ID: m1\r\n"
			    "imdn.Disposition-Notification: positive-delivery, "
			    "negative-delivery, display\r\n"
			    "\r\nContent-Type: message/imdn+xml\r\n"
			    "Content-Disposition: notification\r\n"
			    "Content-Length: 4\r\n\r\n<x/>");
	strbuf_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads),
		cmocka_unit_test(too_many_headers),
		cmocka_unit_test(writes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
