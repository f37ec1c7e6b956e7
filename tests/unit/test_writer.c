#include "sip/writer.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "sip/reader.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static int setup(void **state)
{
	static struct strbuf b;

	strbuf_init(&b, 10000);
	*state = &b;
	return 0;
}

static int teardown(void **state)
{
	strbuf_fini(*state);
	return 0;
}

static void check(struct strbuf *b, const char *expected)
{
	if (!str_eqz(strbuf_str(b), expected))
		fail_msg("got:\n%.*s\nexpected:\n%s", STR_ARG(strbuf_str(b)),
			 expected);
	strbuf_reset(b);
}

static struct uri uri(const char *z)
{
	const char *why;
	struct uri u;

	assert_true(uri_read(str_z(z), &u, &why));
	return u;
}

static void test_lines(void **state)
{
	struct strbuf *b = *state;
	struct uri u = uri("sip:juliet@example.com;transport=tcp");

	writer_line(b, METHOD_MESSAGE, &u);
	check(b, "MESSAGE sip:juliet@example.com;transport=tcp SIP/2.0\r\n");
	writer_cseq(b, 4294967295U, METHOD_NOTIFY);
	check(b, "CSeq: 4294967295 NOTIFY\r\n");
	writer_header(b, STR_LIT("Subject"), STR_LIT("hi \xc3\xbc"));
	check(b, "Subject: hi \xc3\xbc\r\n");
}

static void test_no_injection(void **state)
{
	struct strbuf *b = *state;
	struct uri u = { .scheme = URI_SIP,
			 .user = STR("a\r\nX: <y>\" \x7f"),
			 .host = STR("h\0h") };
	struct party p = { .display = STR("e\r\nEvil: 1\t\"x\\"),
			   .uri = uri("sip:a@b"),
			   .tag = STR("t\r\n1") };

	writer_header(b, STR_LIT("Subject"),
		      STR_LIT("a\r\nEvil: 1\n\r\0\x01\x7f\tz"));
	check(b, "Subject: a  Evil: 1      z\r\n");
	writer_line(b, METHOD_MESSAGE, &u);
	check(b, "MESSAGE sip:a__X:__y____@h_h SIP/2.0\r\n");
	writer_party(b, &p);
	check(b, "\"e  Evil: 1 \\\"x\\\\\" <sip:a@b>;tag=t  1");
}

/* Whatever its length, and wherever it stands. */
static void test_no_injection_anywhere(void **state)
{
	struct strbuf *b = *state;
	char in[41], out[100];

	for (size_t n = 1; n < sizeof(in); n++) {
		for (size_t at = 0; at < n; at++) {
			struct party p = { .tag = STR("t") };

			memset(in, 'a', n);
			in[at] = '\n';
			in[n] = '\0';
			p.uri = (struct uri){ .scheme = URI_OTHER,
					      .scheme_text = STR("x"),
					      .opaque = str_z(in) };
			writer_header(b, STR_LIT("X"), str_z(in));
			writer_party(b, &p);
			in[at] = ' ';
			(void)snprintf(out, sizeof(out), "X: %s\r\n", in);
			in[at] = '_';
			(void)snprintf(out + strlen(out),
				       sizeof(out) - strlen(out),
				       "<x:%s>;tag=t", in);
			check(b, out);
		}
	}
}

static void test_party(void **state)
{
	static const struct {
		const char *display, *uri, *tag, *out;
	} cases[] = {
		{ NULL, "sip:a@b", NULL, "<sip:a@b>" },
		{ "", "sip:a@b", "x", "<sip:a@b>;tag=x" },
		{ "Romeo", "sip:a@b;lr", NULL, "\"Romeo\" <sip:a@b;lr>" },
		{ "\"", "im:a@b", "1", "\"\\\"\" <im:a@b>;tag=1" },
		{ "a\\b", "tel:+1", NULL, "\"a\\\\b\" <tel:+1>" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct party p = { .display = str_z(cases[i].display),
				   .uri = uri(cases[i].uri),
				   .tag = str_z(cases[i].tag) };

		writer_party(*state, &p);
		check(*state, cases[i].out);
	}
}

static void test_rest(void **state)
{
	struct header date = { .name = STR("Date"), .value = STR("then") };
	struct header subject = { .next = &date,
				  .name = STR("Subject"),
				  .value = STR("s") };
	struct draft d = { .method = METHOD_MESSAGE,
			   .from = { .uri = uri("sip:r@x"), .tag = STR("f") },
			   .to = { .display = STR("J"), .uri = uri("sip:j@y") },
			   .call_id = STR("c1"),
			   .max_forwards = 70 };

	writer_rest(*state, &d, STR_NONE);
	check(*state, "From: <sip:r@x>;tag=f\r\nTo: \"J\" <sip:j@y>\r\n"
		      "Call-ID: c1\r\nMax-Forwards: 70\r\n"
		      "Content-Length: 0\r\n\r\n");
	d.to.tag = STR_LIT("t");
	d.contact = STR_LIT("sip:gw@192.0.2.1\r\n>");
	d.headers = &subject;
	d.content_type = STR_LIT("text/plain");
	d.body = STR_LIT("a\r\n\0b");
	writer_rest(*state, &d, STR_LIT("Stox/1"));
	assert_memory_equal(((struct strbuf *)*state)->p +
				    ((struct strbuf *)*state)->n - 5,
			    "a\r\n\0b", 5);
	strbuf_truncate(*state, ((struct strbuf *)*state)->n - 5);
	check(*state, "From: <sip:r@x>;tag=f\r\nTo: \"J\" <sip:j@y>;tag=t\r\n"
		      "Call-ID: c1\r\nMax-Forwards: 70\r\n"
		      "Contact: <sip:gw@192.0.2.1___>\r\nSubject: s\r\n"
		      "Date: then\r\nUser-Agent: Stox/1\r\n"
		      "Content-Type: text/plain\r\nContent-Length: 5\r\n\r\n");
}

static void test_response_tag(void **state)
{
	static const struct {
		const char *to, *tag, *out;
	} cases[] = {
		{ "<sip:a@b>", "T", "<sip:a@b>;tag=T" },
		{ "<sip:a@b>", "", "<sip:a@b>" },
		{ "sip:a@b", "T", "sip:a@b;tag=T" },
		{ "<sip:a@b>;tag=x", "T", "<sip:a@b>;tag=x" },
		{ "<sip:a@b> ; TAG = x", "T", "<sip:a@b> ; TAG = x" },
		{ "sip:a@b;x=y;tag=x", "T", "sip:a@b;x=y;tag=x" },
		{ "<sip:a@b;tag=no>", "T", "<sip:a@b;tag=no>;tag=T" },
		{ "\";tag=no\" <sip:a@b>", "T", "\";tag=no\" <sip:a@b>;tag=T" },
		{ "\"\\\";tag=no\" <sip:a@b>", "T",
		  "\"\\\";tag=no\" <sip:a@b>;tag=T" },
		{ "<sip:a@b>;xtag=x", "T", "<sip:a@b>;xtag=x;tag=T" },
		{ "<sip:a@b>;x=\";tag=no\"", "T",
		  "<sip:a@b>;x=\";tag=no\";tag=T" },
	};
	struct strbuf *b = *state;
	char echo[200], expected[400];

	for (size_t i = 0; i < COUNT(cases); i++) {
		snprintf(echo, sizeof(echo), "Via: v\r\nCSeq: 1 X\r\nTo: %s",
			 cases[i].to);
		snprintf(expected, sizeof(expected),
			 "SIP/2.0 200 OK\r\nVia: v\r\nCSeq: 1 X\r\nTo: %s\r\n"
			 "Content-Length: 0\r\n\r\n",
			 cases[i].out);
		writer_response(b, 200, STR_NONE, str_z(echo),
				str_z(cases[i].tag), NULL, STR_NONE, STR_NONE);
		check(b, expected);
	}
	/* the request had no To */
	writer_response(b, 400, STR_LIT("No To"), STR_LIT("Via: v"),
			STR_LIT("T"), NULL, STR_NONE, STR_NONE);
	check(b, "SIP/2.0 400 No To\r\nVia: v\r\nContent-Length: 0\r\n\r\n");
}

static void test_response(void **state)
{
	struct header h = { .name = STR("Retry-After"), .value = STR("5") };

	writer_response(*state, 503, STR_LIT("Busy\r\nX: y"),
			STR_LIT("Via: v\r\nTo: <sip:a@b>"), STR_LIT("t"), &h,
			STR_LIT("text/plain"), STR_LIT("why"));
	check(*state, "SIP/2.0 503 Busy  X: y\r\nVia: v\r\n"
		      "To: <sip:a@b>;tag=t\r\nRetry-After: 5\r\n"
		      "Content-Type: text/plain\r\nContent-Length: 3\r\n\r\n"
		      "why");
}

/* What the writer writes the reader reads. */
static void test_round_trip(void **state)
{
	struct strbuf *b = *state;
	struct draft d = { .method = METHOD_MESSAGE,
			   .target = uri("sip:j%20x@y;transport=tcp"),
			   .from = { .display = STR("R \"o\\ \xc3\xbc"),
				     .uri = uri("sip:r@x"),
				     .tag = STR("f") },
			   .to = { .uri = uri("sip:j@y") },
			   .call_id = STR("c1"),
			   .cseq = 3,
			   .max_forwards = 70,
			   .contact = STR("sip:gw@192.0.2.1:5060"),
			   .content_type = STR("text/plain"),
			   .body = STR("hello") };
	struct hop hop = { .transport = TRANSPORT_UDP };
	struct reading r;
	struct arena a;

	arena_init(&a, 4096);
	assert_true(endpoint_read(STR_LIT("192.0.2.1"), 5060, &hop.peer));
	writer_line(b, d.method, &d.target);
	strbuf_addlit(b, "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n");
	writer_cseq(b, d.cseq, d.method);
	writer_rest(b, &d, STR_LIT("Stox"));
	reading_init(&r, &a, strbuf_str(b), &hop);
	assert_int_equal(r.kind, READING_REQUEST);
	assert_true(uri_eq(&r.request.target, &d.target));
	assert_true(uri_eq(&r.request.from.uri, &d.from.uri));
	assert_true(str_eq(r.request.from.display, d.from.display));
	assert_true(str_eq(r.request.from.tag, d.from.tag));
	assert_true(uri_eq(&r.request.to.uri, &d.to.uri));
	assert_true(str_eq(r.request.call_id, d.call_id));
	assert_int_equal(r.request.cseq, 3);
	assert_int_equal(r.request.max_forwards, 70);
	assert_true(str_eq(r.request.body, d.body));
	reading_fini(&r);
	arena_fini(&a);
}

static void test_overflow(void **state)
{
	struct strbuf *b = *state;

	b->limit = 20;
	writer_response(b, 200, STR_NONE, STR_LIT("Via: v\r\nTo: <sip:a@b>"),
			STR_LIT("t"), NULL, STR_NONE, STR_NONE);
	assert_true(b->overflow);
	assert_true(b->n <= 20);
}

int main(void)
{
#define TEST(t) cmocka_unit_test_setup_teardown((t), setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_lines),
		TEST(test_no_injection),
		TEST(test_party),
		TEST(test_rest),
		TEST(test_response_tag),
		TEST(test_response),
		TEST(test_round_trip),
		TEST(test_overflow),
		TEST(test_no_injection_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
