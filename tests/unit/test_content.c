#include "mapping/content.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>
#include <zlib.h>
#include "mapping/message.h"

static bool content_text(struct arena *a, const struct request *r,
			 size_t max_bytes, struct str *out, struct fault *why)
{
	const struct message_rules rules = { .body_max_bytes = max_bytes,
					     .wants_xhtml = true };
	const struct env env = { .rules = &rules };
	struct content c;

	if (!content_read(a, &env, r, &c, why))
		return false;
	*out = c.bodies != NULL ? c.bodies->s : STR_NONE;
	return true;
}

enum { CHUNK_BYTES = 1024, MAX_BYTES = 256 };

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct {
	const char *type, *encoding, *body;
	int status; /* 0: taken */
	const char *text;
} rows[] = {
	{ "text/plain", "", "hi", 0, "hi" },
	{ "TEXT/Plain ; charset=\"utf-8\"; x=y", "", "a\r\nb\rc\n\r\n", 0,
	  "a\nb\nc\n\n" },
	{ "", "", "hi", 0, "hi" },
	{ "", "", "", 0, "" },
	{ "text/plain", "identity", "hi", 0, "hi" },
	{ "text/plain;charset=iso-8859-1", "", "f\xfc", 0, "f\xc3\xbc" },
	{ "text/plain", "", "a\x01\xff", 0, "a\xef\xbf\xbd\xef\xbf\xbd" },
	{ "multipart/alternative;boundary=b", "",
	  "--b\nContent-Transfer-Encoding: base64\n\naGk=\n--b--", 0, "hi" },
	{ "text/plain;charset=koi8-r", "", "hi", 415, "" },
	{ "text/plain", "br", "hi", 415, "" },
	{ "text/html", "", "<p>hi", 0, "hi" },
	{ "text/html", "", "", 0, "" },
	{ "text/html", "", " \r\n", 0, "" },
	{ "text/html", "", "<p><img src='cid:x'></p>", 488, "" },
	{ "text/html", "", "<form><textarea>hi</textarea></form>", 488, "" },
	{ "multipart/alternative;boundary=b", "",
	  "--b\n\nhi\n--b\nContent-Type: text/html\n\n<img src='cid:x'>\n"
	  "--b--",
	  0, "hi" },
	{ "message/cpim", "", "a: b\r\n\r\nContent-Type: text/plain\r\n\r\nhi",
	  0, "hi" },
	{ "message/cpim", "", "a: b\n\nContent-Type: text/html\n\n<i>hi</i>", 0,
	  "hi" },
	{ "message/cpim", "", "a: b\n\nContent-Type: image/png\n\nhi", 415,
	  "" },
	{ "message/external-body;access-type=URL;url=\"http://h/f\"", "", "", 0,
	  "http://h/f" },
	{ "message/external-body;access-type=ftp", "", "", 415, "" },
	{ "multipart/mixed;boundary=b", "",
	  "--b\nContent-Type: text/html\n\n<b>x</b>\n--b\n\nhi\n--b--", 0,
	  "hi" },
	{ "multipart/signed;boundary=b", "",
	  "--b\nContent-Type: message/cpim\n\na: b\n\n"
	  "Content-Type: text/plain\n\nhi\n--b\n"
	  "Content-Type: application/pkcs7-signature\n\nx\n--b--",
	  0, "hi" },
	{ "multipart/mixed;boundary=b", "",
	  "--b\nContent-Type: message/cpim\nContent-Transfer-Encoding: "
	  "base64\n\nYTogYgoKCmhp\n--b--",
	  0, "hi" },
	{ "multipart/mixed;boundary=b", "", /* a text goes before it */
	  "--b\nContent-Type: message/cpim\n\na: b\n\n\nno\n--b\n\nhi\n--b--",
	  0, "hi" },
	{ "message/cpim", "", /* one in another */
	  "a: b\n\nContent-Type: multipart/mixed;boundary=b\n\n--b\n"
	  "Content-Type: message/cpim\n\na: b\n\n\nhi\n--b--",
	  415, "" },
	{ "message/imdn+xml", "", "<imdn/>", 415, "" },
	{ "application/im-iscomposing+xml", "", "<isComposing/>", 415, "" },
	{ "text/plainly", "", "hi", 415, "" },
	{ "multipart/mixed;boundary=b", "", "hi", 415, "" },
	{ "multipart/mixed;boundary=b", "",
	  "--b\nContent-Transfer-Encoding: x\n\nhi\n--b--", 415, "" },
};

static void reads(void **state)
{
	struct arena a;
	struct str text;

	(void)state;
	arena_init(&a, CHUNK_BYTES);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct request r = {
			.content_type = str_z(rows[i].type),
			.content_encoding = str_z(rows[i].encoding),
			.body = str_z(rows[i].body),
		};
		struct fault why = { .status = 0 };
		bool ok = content_text(&a, &r, MAX_BYTES, &text, &why);

		assert_int_equal(ok ? 0 : why.status, rows[i].status);
		if (ok)
			assert_string_equal(str_dupz(&a, text), rows[i].text);
		else
			assert_int_equal(why.cond, COND_NOT_ACCEPTABLE);
	}
	arena_fini(&a);
}

/* What Linphone does to bodies of 256 bytes and more. */
static void deflate_is_undone(void **state)
{
	char plain[MAX_BYTES + 1], coded[2 * MAX_BYTES];
	struct request r = { .content_type = STR("text/plain"),
			     .content_encoding = STR("deflate") };
	struct arena a;
	struct str text;
	struct fault why;

	(void)state;
	arena_init(&a, CHUNK_BYTES);
	memset(plain, 'x', sizeof(plain));
	for (uLong n = MAX_BYTES; n <= MAX_BYTES + 1; n++) {
		uLongf bytes = sizeof(coded);
		bool ok;

		assert_int_equal(compress((Bytef *)coded, &bytes,
					  (const Bytef *)plain, n),
				 Z_OK);
		r.body = (struct str){ coded, bytes };
		ok = content_text(&a, &r, MAX_BYTES, &text, &why);
		assert_true(ok == (n == MAX_BYTES));
	}
	assert_int_equal(why.status, 413);
	r.body.n = 4;
	assert_false(content_text(&a, &r, MAX_BYTES, &text, &why));
	assert_int_equal(why.status, 400);
	arena_fini(&a);
}

static void a_415_says_what_is_taken(void **state)
{
	const struct request r = { .content_type = STR("image/png"),
				   .body = STR("x") };
	struct fault why;
	struct arena a;
	struct str text;

	(void)state;
	arena_init(&a, CHUNK_BYTES);
	assert_false(content_text(&a, &r, MAX_BYTES, &text, &why));
	assert_int_equal(why.status, 415);
	assert_non_null(strstr(str_dupz(&a, why.text), "Accept"));
	arena_fini(&a);
}

static void too_large(void **state)
{
	char bytes[MAX_BYTES + 1];
	struct request r = { .content_type = STR("text/plain") };
	struct fault why;
	struct arena a;
	struct str text;

	(void)state;
	arena_init(&a, CHUNK_BYTES);
	memset(bytes, 'x', sizeof(bytes));
	r.body = (struct str){ bytes, MAX_BYTES };
	assert_true(content_text(&a, &r, MAX_BYTES, &text, &why));
	r.body.n++;
	assert_false(content_text(&a, &r, MAX_BYTES, &text, &why));
	assert_int_equal(why.status, 413);
	assert_int_equal(why.cond, COND_POLICY_VIOLATION);
	/* It grows while it is converted. */
	memset(bytes, '\xfc', sizeof(bytes));
	r.content_type = STR_LIT("text/plain;charset=iso-8859-1");
	r.body.n = MAX_BYTES / 2;
	assert_true(content_text(&a, &r, MAX_BYTES, &text, &why));
	r.body.n++;
	assert_false(content_text(&a, &r, MAX_BYTES, &text, &why));
	assert_int_equal(why.status, 413);
	arena_fini(&a);
}

/* A text in three languages, each of them coded: what has come is small, and
 * what would come of it is not. */
static void several_are_bounded(void **state)
{
	char plain[MAX_BYTES], coded[2 * MAX_BYTES];
	struct request r = { .content_type =
				     STR("multipart/alternative;boundary=b") };
	uLongf bytes = sizeof(coded);
	struct strbuf b;
	struct fault why;
	struct arena a;
	struct str text;

	(void)state;
	arena_init(&a, CHUNK_BYTES);
	strbuf_init(&b, MAX_BYTES);
	memset(plain, 'x', sizeof(plain));
	assert_int_equal(compress((Bytef *)coded, &bytes, (const Bytef *)plain,
				  sizeof(plain)),
			 Z_OK);
	for (char c = 'a'; c <= 'c'; c++) {
		strbuf_addf(&b,
			    "--b\nContent-Encoding: deflate\n"
			    "Content-Language: %c\n\n",
			    c);
		strbuf_add(&b, (struct str){ coded, bytes });
		strbuf_addlit(&b, "\n");
		r.body = strbuf_str(&b);
		assert_false(b.overflow);
		assert_true(content_text(&a, &r, MAX_BYTES, &text, &why) ==
			    (c < 'c'));
	}
	assert_int_equal(why.status, 413);
	strbuf_fini(&b);
	arena_fini(&a);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads),
		cmocka_unit_test(deflate_is_undone),
		cmocka_unit_test(a_415_says_what_is_taken),
		cmocka_unit_test(too_large),
		cmocka_unit_test(several_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
