#include "reader_cases.h"
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

enum { FILE_MAX_BYTES = SIP_MESSAGE_MAX_BYTES + 1 };

struct fixture {
	struct arena arena;
	struct hop source;
	struct reading r;
	char file[FILE_MAX_BYTES];
};

static int setup(void **state)
{
	static struct fixture fixture;
	struct fixture *f = &fixture;

	memset(f, 0, sizeof(*f));
	arena_init(&f->arena, 16384);
	assert_true(
		endpoint_read(STR_LIT("192.0.2.77"), 5061, &f->source.peer));
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	reading_fini(&f->r);
	arena_fini(&f->arena);
	return 0;
}

/* From a block of its size, so that a read behind it is seen. */
static void read_bytes(struct fixture *f, struct str bytes)
{
	reading_fini(&f->r);
	arena_reset(&f->arena);
	reading_init(&f->r, &f->arena, str_dup(&f->arena, bytes), &f->source);
}

static struct str read_torture(struct fixture *f, const char *name)
{
	char path[512];
	FILE *file;
	size_t n;

	snprintf(path, sizeof(path), "%s/tests/torture/%s.sip", STOX_SOURCE_DIR,
		 name);
	file = fopen(path, "rb");
	if (file == NULL)
		fail_msg("%s: not there", path);
	n = fread(f->file, 1, sizeof(f->file), file);
	fclose(file);
	return (struct str){ f->file, n };
}

static void test_torture(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(torture); i++) {
		read_bytes(f, read_torture(f, torture[i].file));
		if (f->r.kind != torture[i].kind ||
		    (f->r.kind == READING_BAD_REQUEST &&
		     f->r.status != torture[i].status))
			fail_msg("%s: kind %d, status %d, %s", torture[i].file,
				 (int)f->r.kind, f->r.status,
				 f->r.why ? f->r.why : "");
		if (f->r.kind == READING_BAD_REQUEST)
			assert_true(f->r.request.echo.n > 0);
	}
}

/* Every file has its line above. */
static void test_torture_complete(void **state)
{
	static const char *const folders[] = { "rfc4475", "rfc5118" };
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(folders); i++) {
		char path[512];
		struct dirent *e;
		DIR *d;

		snprintf(path, sizeof(path), "%s/tests/torture/%s",
			 STOX_SOURCE_DIR, folders[i]);
		d = opendir(path);
		assert_non_null(d);
		while ((e = readdir(d)) != NULL)
			n += e->d_name[0] != '.';
		closedir(d);
	}
	assert_int_equal(n, COUNT(torture));
}

static void test_torture_values(void **state)
{
	struct fixture *f = *state;
	const struct request *req = &f->r.request;

	read_bytes(f, read_torture(f, "rfc4475/wsinv"));
	assert_true(str_eqz(req->to.tag, "1918181833n"));
	assert_true(str_eqz(req->from.tag, "98asjd8"));
	assert_true(str_eqz(req->from.display, "J Rosenberg \\\""));
	assert_int_equal(req->max_forwards, 68);
	assert_int_equal(req->cseq, 9);
	assert_int_equal(req->via_count, 3);
	assert_true(str_eqz(req->branch, "390skdjuw"));
	assert_true(str_eqz(req->sent_by, "192.0.2.2"));
	assert_true(str_eqz(req->contact.display, "Quoted string \"\""));
	assert_true(str_eqz(req->route,
			    "<sip:services.example.com;lr;unknownwith=value;"
			    "unknown-no-value>"));
	assert_int_equal(req->body.n, 150);

	read_bytes(f, read_torture(f, "rfc4475/semiuri"));
	assert_true(str_eqz(req->target.user, "user;par=u%40example.net"));
	assert_true(str_eqz(req->target.host, "example.com"));

	read_bytes(f, read_torture(f, "rfc4475/dblreq"));
	assert_int_equal(req->method, METHOD_REGISTER);
	assert_int_equal(req->body.n, 0);

	read_bytes(f, read_torture(f, "rfc4475/cparam01"));
	assert_int_equal(req->contact.uri.params.n, 0);
	read_bytes(f, read_torture(f, "rfc4475/cparam02"));
	assert_true(str_eqz(req->contact.uri.params, "unknownparam"));

	read_bytes(f, read_torture(f, "rfc4475/unkscm"));
	assert_int_equal(req->target.scheme, URI_OTHER);

	read_bytes(f, read_torture(f, "rfc4475/mpart01"));
	assert_int_equal(req->body.n, 553);
	assert_int_equal(req->date_s, 1129351496);

	read_bytes(f, read_torture(f, "rfc4475/baddate"));
	assert_int_equal(req->date_s, -1);

	read_bytes(f, read_torture(f, "rfc4475/inv2543"));
	assert_int_equal(req->max_forwards, -1);
	assert_int_equal(req->branch.n, 0);
	assert_true(req->body.n > 0);

	read_bytes(f, read_torture(f, "rfc5118/port-ambiguous"));
	assert_int_equal(req->target.port, 0);
	read_bytes(f, read_torture(f, "rfc5118/port-unambiguous"));
	assert_int_equal(req->target.port, 5070);
}

static void test_request(void **state)
{
	struct fixture *f = *state;
	const struct request *req = &f->r.request;

	read_bytes(f,
		   STR_LIT(HEAD "Contact: \"R\" <sip:romeo@192.0.2.77>;q=1\r\n"
				"Record-Route: <sip:p1;lr>, <sip:p2;lr>\r\n"
				"Record-Route: <sip:p3;lr>\r\n"
				"Route: <sip:gw;lr>\r\n"
				"P-Asserted-Identity: \"A, B\" <sip:a@b>, "
				"<tel:+1>\r\n"
				"Privacy: id\r\n"
				"Require: x\r\nRequire: y\r\n"
				"Accept: a/b\r\nAccept: c/d, e/f\r\n"
				"Event: presence.winfo;id=42\r\n"
				"Subscription-State: active;expires=5\r\n"
				"SIP-If-Match: etag\r\n"
				"Authorization: Digest a=b\r\n"
				"Proxy-Authorization: Digest c=d\r\n"
				"Subject: Hi there\r\nContent-Language: de\r\n"
				"User-Agent: UA/1\r\nIn-Reply-To: x@y\r\n"
				"Date: Sat, 13 Nov 2010 23:29:00 GMT\r\n"
				"Expires: 60\r\nMax-Forwards: 70\r\n"
				"Content-Type: text/plain;charset=UTF-8\r\n"
				"Content-Encoding: gzip\r\ne: deflate\r\n"
				"Content-Length: 2\r\n\r\nhello"));
	assert_int_equal(f->r.kind, READING_REQUEST);
	assert_int_equal(req->method, METHOD_MESSAGE);
	assert_true(str_eqz(req->method_name, "MESSAGE"));
	assert_true(str_eqz(req->target_text, "sip:juliet@example.com"));
	assert_true(str_eqz(req->target.user, "juliet"));
	assert_true(str_eqz(req->from.uri.host, "example.net"));
	assert_true(str_eqz(req->from.tag, "f1"));
	assert_int_equal(req->to.tag.n, 0);
	assert_true(str_eqz(req->call_id, "c1@example.net"));
	assert_int_equal(req->cseq, 7);
	assert_int_equal(req->max_forwards, 70);
	assert_true(str_eqz(req->branch, "z9hG4bKa"));
	assert_true(str_eqz(req->sent_by, "192.0.2.77:5061"));
	assert_int_equal(req->via_count, 1);
	assert_true(str_eqz(req->echo,
			    VIA FROM IDS "To: <sip:juliet@example.com>"));
	assert_true(str_eqz(req->record_route,
			    "<sip:p1;lr>, <sip:p2;lr>, <sip:p3;lr>"));
	assert_true(str_eqz(req->route, "<sip:gw;lr>"));
	assert_true(req->has_contact);
	assert_true(str_eqz(req->contact.uri.host, "192.0.2.77"));
	assert_true(str_eqz(req->asserted, "\"A, B\" <sip:a@b>, <tel:+1>"));
	assert_true(str_eqz(req->privacy, "id"));
	assert_true(str_eqz(req->require, "x, y"));
	assert_true(str_eqz(req->accept, "a/b, c/d, e/f"));
	assert_true(str_eqz(req->event, "presence.winfo"));
	assert_true(str_eqz(req->event_id, "42"));
	assert_true(str_eqz(req->subscription_state, "active;expires=5"));
	assert_true(str_eqz(req->if_match, "etag"));
	assert_true(str_eqz(req->authorization, "Digest a=b"));
	assert_true(str_eqz(req->proxy_authorization, "Digest c=d"));
	assert_true(str_eqz(req->subject, "Hi there"));
	assert_true(str_eqz(req->language, "de"));
	assert_true(str_eqz(req->user_agent, "UA/1"));
	assert_true(str_eqz(req->in_reply_to, "x@y"));
	assert_int_equal(req->date_s, 1289690940);
	assert_int_equal(req->expires_s, 60);
	assert_true(str_eqz(req->content_type, "text/plain;charset=UTF-8"));
	assert_true(str_eqz(req->content_encoding, "gzip, deflate"));
	assert_true(str_eqz(req->body, "he"));
	assert_true(endpoint_eq(&req->source.peer, &f->source.peer));
}

static void test_nothing_said(void **state)
{
	struct fixture *f = *state;
	const struct request *req = &f->r.request;

	read_bytes(f, STR_LIT(HEAD "\r\n"));
	assert_int_equal(f->r.kind, READING_REQUEST);
	assert_int_equal(req->max_forwards, -1);
	assert_int_equal(req->expires_s, -1);
	assert_int_equal(req->date_s, -1);
	assert_false(req->has_contact);
	assert_null(req->content_type.p);
	assert_null(req->record_route.p);
	assert_null(req->event.p);
	assert_null(req->body.p);
}

/* What real clients send (RFC 3261 allows it, mostly). */
static void test_quirks(void **state)
{
	struct fixture *f = *state;
	const struct request *req = &f->r.request;
	const struct response *res = &f->r.response;

	/* rakia: compact forms without blanks, no Max-Forwards */
	read_bytes(f, STR_LIT("OPTIONS sip:rak1@sip.test SIP/2.0\r\n"
			      "v:SIP/2.0/UDP 127.0.0.65:25401;rport;"
			      "branch=z9hG4bKQe39K6e5jSD4B\r\n"
			      "f:<sip:rak1@sip.test>;tag=p81yS1Htmegae\r\n"
			      "t:<sip:rak1@sip.test>\r\n"
			      "i:VQMkSwic40faJm1RhN1zQK\r\n"
			      "CSeq:1001080070 OPTIONS\r\n"
			      "s:REGISTRATION PROBE\r\nl:0\r\n\r\n"));
	assert_int_equal(f->r.kind, READING_REQUEST);
	assert_int_equal(req->cseq, 1001080070);
	assert_true(str_eqz(req->subject, "REGISTRATION PROBE"));
	assert_true(str_starts(req->echo,
			       "Via: SIP/2.0/UDP 127.0.0.65:25401;"
			       "branch=z9hG4bKQe39K6e5jSD4B;"
			       "received=192.0.2.77;rport=5061\r\n"));

	/* libpurple: no To tag in a 200, headers of the request */
	read_bytes(f, STR_LIT("SIP/2.0 200 OK\r\n" VIA FROM TO IDS
			      "Max-Forwards: 69\r\nEvent: presence\r\n"
			      "Contact: <sip:gw.example.com>\r\n"
			      "Content-Type: text/plain\r\n"
			      "Content-Length: 0\r\n\r\n"));
	assert_int_equal(f->r.kind, READING_RESPONSE);
	assert_int_equal(res->status, 200);

	/* libpurple: parameters behind the tag, quoted ones with commas */
	read_bytes(f, STR_LIT(LINE VIA
			      "From: <sip:pur1@sip.test>;tag=5;epid=12\r\n" TO
			      "Max-Forwards: 10\r\n" IDS
			      "Contact: <sip:pur1@192.0.2.2:5060;"
			      "transport=udp>;methods=\"MESSAGE, NOTIFY\"\r\n"
			      "\r\n"));
	assert_int_equal(f->r.kind, READING_REQUEST);
	assert_true(str_eqz(req->from.tag, "5"));
	assert_true(str_eqz(req->contact.uri.params, "transport=udp"));

	/* linphone: To without brackets, no Content-Length */
	read_bytes(f, STR_LIT(LINE VIA
			      "From: <sip:a@b>;tag=~DPwKyxsK\r\n"
			      "To: sip:lin2@sip.test\r\n" IDS
			      "Contact: <sip:u@d;gr=urn:uuid:f81d4fae>;"
			      "+sip.instance=\"<urn:uuid:0>\"\r\n"
			      "Content-Type: text/plain\r\n\r\nno length"));
	assert_int_equal(f->r.kind, READING_REQUEST);
	assert_true(str_eqz(req->body, "no length"));
	assert_true(str_eqz(req->to.uri.user, "lin2"));

	/* twinkle: Via values joined with a comma and no blank */
	read_bytes(f,
		   STR_LIT(LINE
			   "Via: SIP/2.0/UDP 192.0.2.77:5061;branch=a,"
			   "SIP/2.0/UDP 10.0.0.1;branch=b\r\n"
			   "Via: SIP/2.0/TCP 10.0.0.2;branch=c\r\n" FROM TO IDS
			   "\r\n"));
	assert_int_equal(f->r.kind, READING_REQUEST);
	assert_int_equal(req->via_count, 3);
	assert_true(str_eqz(req->branch, "a"));
	assert_true(str_starts(req->echo,
			       "Via: SIP/2.0/UDP 192.0.2.77:5061;branch=a\r\n"
			       "Via: SIP/2.0/UDP 10.0.0.1;branch=b\r\n"
			       "Via: SIP/2.0/TCP 10.0.0.2;branch=c\r\n"
			       "From: "));

	/* lines that end in LF only, and line ends before the message */
	read_bytes(f, STR_LIT("\r\n\r\nMESSAGE sip:a@b SIP/2.0\n"
			      "Via: SIP/2.0/UDP h\nFrom: <sip:a@b>\n"
			      "To: <sip:a@b>\nCall-ID: x\nCSeq: 1 MESSAGE\n"
			      "\n"));
	assert_int_equal(f->r.kind, READING_REQUEST);
	/* a line end where no body is */
	read_bytes(f, STR_LIT(HEAD "\r\n\r\n"));
	assert_int_equal(f->r.kind, READING_REQUEST);
	assert_null(req->body.p);
	/* "*" is no contact */
	read_bytes(f, STR_LIT(HEAD "Contact: *\r\n\r\n"));
	assert_int_equal(f->r.kind, READING_REQUEST);
	assert_false(req->has_contact);
	/* a quoted NUL, RFC 4475 §3.1.1.2 */
	read_bytes(f, STR_LIT(LINE VIA "From: \"a\\\0b\" <sip:a@b>\r\n" TO IDS
				       "\r\n"));
	assert_int_equal(f->r.kind, READING_REQUEST);
	assert_true(str_eqz(req->from.display, "a b"));
}

static void test_bad_requests(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(bad_requests); i++) {
		read_bytes(f, str_z(bad_requests[i].text));
		if (f->r.kind != READING_BAD_REQUEST ||
		    f->r.status != bad_requests[i].status || f->r.why == NULL)
			fail_msg("%zu: kind %d, status %d (%s): %s", i,
				 (int)f->r.kind, f->r.status,
				 f->r.why ? f->r.why : "",
				 bad_requests[i].text);
		assert_true(str_starts(f->r.request.echo, "Via: "));
	}
	read_bytes(f, STR_LIT(LINE VIA FROM TO "X: a\0b\r\n" IDS "\r\n"));
	assert_int_equal(f->r.kind, READING_BAD_REQUEST);
	assert_int_equal(str_find(f->r.request.echo, '\0'),
			 f->r.request.echo.n);
}

static void test_dropped(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(dropped); i++) {
		read_bytes(f, str_z(dropped[i]));
		if (f->r.kind != READING_DROP || f->r.why == NULL)
			fail_msg("%zu: kind %d: %s", i, (int)f->r.kind,
				 dropped[i]);
	}
	read_bytes(f, STR_LIT("\0\0\0\0"));
	assert_int_equal(f->r.kind, READING_DROP);
}

static void test_keepalive(void **state)
{
	struct fixture *f = *state;

	read_bytes(f, STR_LIT("\r\n\r\n"));
	assert_int_equal(f->r.kind, READING_KEEPALIVE);
	read_bytes(f, STR_NONE);
	assert_int_equal(f->r.kind, READING_KEEPALIVE);
}

/* What is spoilt in a response is no reason to let its request time out. */
static void test_odd_responses(void **state)
{
	static const struct str lines[] = {
		STR("X: a\0b\r\n"),
		STR("this is no header\r\n"),
		STR("Contact: <<>>\r\n"),
		STR("Contact: \"open <sip:a@b>\r\n"),
		STR("Event: \r\nEvent: x\r\n"),
		STR("Content-Type: a/b\r\nContent-Type: c/d\r\n"),
		STR("To: <sip:a@b>\r\n"),
		STR("X: a\rb\r\n"),
	};
	struct fixture *f = *state;
	const struct response *res = &f->r.response;
	struct strbuf b;

	for (size_t i = 0; i < COUNT(lines); i++) {
		strbuf_init(&b, 4096);
		strbuf_addlit(&b, "SIP/2.0 404 N\0 such\r\n" VIA FROM TO IDS);
		strbuf_add(&b, lines[i]);
		strbuf_addlit(&b, "\r\n");
		read_bytes(f, strbuf_str(&b));
		if (f->r.kind != READING_RESPONSE)
			fail_msg("%zu: %s", i, f->r.why);
		assert_int_equal(res->status, 404);
		assert_true(str_eqz(res->reason, "N  such"));
		assert_true(str_eqz(res->branch, "z9hG4bKa"));
		assert_int_equal(res->cseq, 7);
		strbuf_fini(&b);
	}
}

static void test_response(void **state)
{
	struct fixture *f = *state;
	const struct response *res = &f->r.response;

	read_bytes(f, STR_LIT("SIP/2.0 401 Not so fast\r\n" VIA FROM
			      "To: <sip:j@b>;tag=t1\r\n" IDS
			      "WWW-Authenticate: Digest realm=\"a\"\r\n"
			      "WWW-Authenticate: Digest realm=\"b\"\r\n"
			      "Proxy-Authenticate: Digest realm=\"c\"\r\n"
			      "Contact: <sip:a@b>\r\nContact: <sip:c@d>\r\n"
			      "Record-Route: <sip:p;lr>\r\n"
			      "Retry-After: 5 (busy);duration=3\r\n"
			      "Min-Expires: 60\r\n"
			      "Expires: 99999999999999999999\r\n"
			      "SIP-ETag: e1\r\n\r\n"));
	assert_int_equal(f->r.kind, READING_RESPONSE);
	assert_int_equal(res->status, 401);
	assert_true(str_eqz(res->reason, "Not so fast"));
	assert_true(str_eqz(res->branch, "z9hG4bKa"));
	assert_int_equal(res->method, METHOD_MESSAGE);
	assert_int_equal(res->cseq, 7);
	assert_true(str_eqz(res->call_id, "c1@example.net"));
	assert_true(str_eqz(res->contacts, "<sip:a@b>, <sip:c@d>"));
	assert_true(str_eqz(res->www_authenticate[0], "Digest realm=\"a\""));
	assert_true(str_eqz(res->www_authenticate[1], "Digest realm=\"b\""));
	assert_null(res->www_authenticate[2].p);
	assert_true(str_eqz(res->proxy_authenticate[0], "Digest realm=\"c\""));
	assert_int_equal(res->retry_after_s, 5);
	assert_int_equal(res->min_expires_s, 60);
	assert_int_equal(res->expires_s, UINT32_MAX);
	assert_true(str_eqz(res->etag, "e1"));
	assert_true(endpoint_eq(&res->source.peer, &f->source.peer));

	read_bytes(f, STR_LIT("SIP/2.0 200 OK\r\n" VIA FROM TO IDS "\r\n"));
	assert_int_equal(f->r.kind, READING_RESPONSE);
	assert_int_equal(res->retry_after_s, -1);
	assert_int_equal(res->min_expires_s, -1);
	assert_int_equal(res->expires_s, -1);
	assert_null(res->etag.p);
}

/* Limits: crossed, not only near. */
static void test_limits(void **state)
{
	struct fixture *f = *state;
	struct strbuf b;

	strbuf_init(&b, FILE_MAX_BYTES);
	strbuf_addlit(&b, HEAD "X: ");
	while (b.n <= SIP_HEADERS_MAX_BYTES)
		strbuf_addlit(&b, "0123456789");
	strbuf_addlit(&b, "\r\n\r\n");
	read_bytes(f, strbuf_str(&b));
	assert_int_equal(f->r.kind, READING_DROP);

	strbuf_reset(&b);
	strbuf_addlit(&b, HEAD);
	for (size_t i = 0; i < 200; i++)
		strbuf_addlit(&b, "X: y\r\n");
	strbuf_addlit(&b, "\r\n");
	read_bytes(f, strbuf_str(&b));
	assert_int_equal(f->r.kind, READING_BAD_REQUEST);

	strbuf_reset(&b);
	strbuf_addlit(&b, "MESSAGE sip:");
	for (size_t i = 0; i < URI_MAX_BYTES; i++)
		strbuf_addc(&b, 'a');
	strbuf_addlit(&b, " SIP/2.0\r\n" VIA FROM TO IDS "\r\n");
	read_bytes(f, strbuf_str(&b));
	assert_int_equal(f->r.kind, READING_BAD_REQUEST);
	assert_int_equal(f->r.status, 414);

	strbuf_reset(&b);
	strbuf_addlit(&b, HEAD "Content-Type: a/b\r\n\r\n");
	while (b.n < SIP_MESSAGE_MAX_BYTES)
		strbuf_addc(&b, '\0');
	read_bytes(f, strbuf_str(&b));
	assert_int_equal(f->r.kind, READING_REQUEST);
	strbuf_addc(&b, '\0');
	read_bytes(f, strbuf_str(&b));
	assert_int_equal(f->r.kind, READING_DROP);
	strbuf_fini(&b);
}

int main(void)
{
#define TEST(t) cmocka_unit_test_setup_teardown((t), setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_torture),	   TEST(test_torture_complete),
		TEST(test_torture_values), TEST(test_request),
		TEST(test_nothing_said),   TEST(test_quirks),
		TEST(test_bad_requests),   TEST(test_dropped),
		TEST(test_keepalive),	   TEST(test_response),
		TEST(test_odd_responses),  TEST(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
