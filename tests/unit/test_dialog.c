#include "sip/dialog.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "gateway/base/arena.h"
#include "sip/reader.h"

static struct arena arena;

static int setup(void **state)
{
	(void)state;
	arena_init(&arena, 4096);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_fini(&arena);
	return 0;
}

static struct hop from_port(uint16_t port)
{
	struct hop h = { .transport = TRANSPORT_UDP };

	assert_true(endpoint_read(STR_LIT("192.0.2.7"), port, &h.peer));
	return h;
}

/* A SUBSCRIBE as it comes; the reading lives as long as the test. */
static void read_text(struct reading *m, const char *text, uint16_t port)
{
	struct hop source = from_port(port);

	reading_init(m, &arena, str_z(text), &source);
	if (m->kind != READING_REQUEST)
		fail_msg("%s: %s", m->why, text);
}

#define HEAD                                                                   \
	"SUBSCRIBE sip:juliet@example.com SIP/2.0\r\n"                         \
	"Via: SIP/2.0/UDP 192.0.2.7:5070;branch=z9hG4bKa\r\n"                  \
	"From: \"R. \\\"o\\\"\" <sip:romeo@example.net>;tag=f;epid=1\r\n"      \
	"Call-ID: c@d\r\nEvent: presence\r\nContent-Length: 0\r\n"

static const char first[] = HEAD
	"To: <sip:juliet@example.com>\r\nCSeq: 7 SUBSCRIBE\r\n"
	"Contact: <sip:romeo@192.0.2.7:5070;ob?Subject=x>;methods=\"A\"\r\n"
	"Record-Route: <sip:p2.example.net;lr>, <sip:p1.example.net;lr>"
	"\r\nRecord-Route: <sip:p0.example.net;lr=on>\r\n\r\n";

static void assert_str(struct str s, const char *z)
{
	if (!str_eqz(s, z))
		fail_msg("%.*s, not %s", STR_ARG(s), z);
}

static void check_first(const struct dialog *d)
{
	assert_str(d->call_id, "c@d");
	assert_str(d->local_tag, "mine");
	assert_str(d->remote_tag, "f");
	assert_str(d->local_party, "<sip:juliet@example.com>");
	assert_str(d->remote_party, "\"R. \\\"o\\\"\" <sip:romeo@example.net>");
	assert_str(d->target, "sip:romeo@192.0.2.7:5070;ob");
	assert_str(d->route, "<sip:p2.example.net;lr>, <sip:p1.example.net;lr>"
			     ", <sip:p0.example.net;lr=on>");
	assert_str(d->source, "sip:192.0.2.7:5070;transport=udp");
	assert_int_equal(d->remote_cseq, 7);
}

static void test_of_request(void **state)
{
	struct reading m;
	struct dialog d;

	(void)state;
	read_text(&m, first, 5070);
	assert_true(dialog_fits(&m.request));
	dialog_of_request(&arena, &m.request, STR_LIT("mine"), &d);
	reading_fini(&m); /* nothing of Sofia's is kept ... */
	check_first(&d);
	assert_int_equal(d.local_cseq, 0);
}

static void test_no_contact(void **state)
{
	struct reading m;
	struct dialog d;

	(void)state;
	read_text(&m,
		  HEAD "To: <sip:juliet@example.com>\r\n"
		       "CSeq: 7 SUBSCRIBE\r\n\r\n",
		  1);
	dialog_of_request(&arena, &m.request, STR_LIT("mine"), &d);
	assert_str(d.target, "sip:romeo@example.net");
	assert_int_equal(d.route.n, 0);
	reading_fini(&m);
}

static void test_text(void **state)
{
	struct reading m;
	struct dialog d, again;
	struct dialog_kept *copy;
	struct strbuf b;

	(void)state;
	read_text(&m, first, 5070);
	dialog_of_request(&arena, &m.request, STR_LIT("mine"), &d);
	d.local_cseq = 42;
	copy = dialog_keep(&d);
	reading_fini(&m);
	d = dialog_view(copy);
	check_first(&d);
	assert_int_equal(dialog_bytes(&d), sizeof(*copy) + 201);
	strbuf_init(&b, 10000);
	dialog_write(&b, &d);
	free(copy);
	assert_null(memchr(b.p, '\n', b.n));
	assert_true(dialog_read(&arena, strbuf_str(&b), &again));
	check_first(&again);
	assert_int_equal(again.local_cseq, 42);
	strbuf_fini(&b);
}

/* Whatever is in a text, one line comes back as it was. */
static void test_text_hard(void **state)
{
	const struct dialog d = { .call_id = STR("a\tb\nc\\d\r%\x7f"),
				  .local_tag = STR("\\5c"),
				  .local_party = STR("<sip:a@b>"),
				  .remote_party = STR("\"\t\" <sip:c@d>"),
				  .target = STR("sip:c@d"),
				  .local_cseq = 0x7fffffff };
	struct dialog again;
	struct strbuf b;

	(void)state;
	strbuf_init(&b, 10000);
	dialog_write(&b, &d);
	assert_null(memchr(b.p, '\n', b.n));
	assert_null(memchr(b.p, '\r', b.n));
	assert_true(dialog_read(&arena, strbuf_str(&b), &again));
	assert_true(str_eq(again.call_id, d.call_id));
	assert_true(str_eq(again.local_tag, d.local_tag));
	assert_true(str_eq(again.remote_party, d.remote_party));
	assert_int_equal(again.remote_tag.n, 0);
	assert_int_equal(again.route.n, 0);
	assert_int_equal(again.local_cseq, 0x7fffffff);
	/* Every shorter one is none. */
	for (size_t i = 0; i < b.n; i++) {
		struct str cut = str_dup(&arena, (struct str){ b.p, i });

		if (dialog_read(&arena, cut, &again))
			assert_true(i > b.n - d.target.n);
	}
	strbuf_fini(&b);
}

static void test_text_bad(void **state)
{
	static const char *const bad[] = {
		"",
		"d1",
		"d2\t1\t2\tc\tl\tr\t<sip:a@b>\t<sip:c@d>\tsip:c@d\t\t",
		"d1\t1\t2\tc\tl\tr\t<sip:a@b>\t<sip:c@d>\tsip:c@d\t",
		"d1\t1\t2\tc\tl\tr\t<sip:a@b>\t<sip:c@d>\tsip:c@d\t\t\t",
		"d1\tx\t2\tc\tl\tr\t<sip:a@b>\t<sip:c@d>\tsip:c@d\t\t",
		"d1\t1\t4294967295\tc\tl\tr\t<sip:a@b>\t<sip:c@d>\tsip:c@d\t\t",
		"d1\t1\t2\t\tl\tr\t<sip:a@b>\t<sip:c@d>\tsip:c@d\t\t",
		"d1\t1\t2\tc\t\tr\t<sip:a@b>\t<sip:c@d>\tsip:c@d\t\t",
		"d1\t1\t2\tc\tl\tr\tjunk junk\t<sip:c@d>\tsip:c@d\t\t",
		"d1\t1\t2\tc\tl\tr\t<sip:a@b>\t\tsip:c@d\t\t",
		"d1\t1\t2\tc\tl\tr\t<sip:a@b>\t<sip:c@d>\tnot a uri\t\t",
		"d1\t1\t2\tc\\\tl\tr\t<sip:a@b>\t<sip:c@d>\tsip:c@d\t\t",
		"d1\t1\t2\tc\\0\tl\tr\t<sip:a@b>\t<sip:c@d>\tsip:c@d\t\t",
		"d1\t1\t2\tc\\zz\tl\tr\t<sip:a@b>\t<sip:c@d>\tsip:c@d\t\t",
	};
	struct dialog d;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (dialog_read(&arena, str_z(bad[i]), &d))
			fail_msg("taken: %s", bad[i]);
	}
	assert_true(dialog_read(&arena,
				STR_LIT("d1\t1\t2\tc\tl\tr\t<sip:a@b>\t"
					"<sip:c@d>\tsip:c@d\t\t"),
				&d));
}

static void test_draft(void **state)
{
	struct reading m;
	struct dialog d;
	struct draft out;

	(void)state;
	read_text(&m, first, 5070);
	dialog_of_request(&arena, &m.request, STR_LIT("mine"), &d);
	for (uint32_t i = 1; i <= 3; i++) {
		assert_true(dialog_draft(&arena, &d, METHOD_NOTIFY, &out));
		assert_int_equal(out.cseq, i);
		assert_int_equal(d.local_cseq, i);
	}
	assert_int_equal(out.method, METHOD_NOTIFY);
	/* From is us, To is the peer, whatever RFC 8048's examples say. */
	assert_str(out.from.uri.user, "juliet");
	assert_str(out.from.tag, "mine");
	assert_str(out.to.uri.user, "romeo");
	assert_str(out.to.tag, "f");
	assert_str(out.to.display, "R. \"o\"");
	assert_str(out.target.host, "192.0.2.7");
	assert_int_equal(out.target.port, 5070);
	assert_true(str_eq(out.route, d.route));
	assert_true(out.max_forwards > 0);
	d.target = STR_LIT("no uri");
	assert_false(dialog_draft(&arena, &d, METHOD_NOTIFY, &out));
	reading_fini(&m);
}

static void offer(struct dialog_kept **k, const char *text, uint16_t port,
		  bool ok)
{
	struct reading m;

	read_text(&m, text, port);
	assert_int_equal(dialog_accept(k, &m.request), ok);
	reading_fini(&m);
}

static void test_accept(void **state)
{
	static const char second[] =
		HEAD "To: <sip:juliet@example.com>;tag=mine\r\n"
		     "CSeq: 8 SUBSCRIBE\r\n"
		     "Contact: <sip:romeo@192.0.2.9>\r\n\r\n";
	static const char third[] =
		HEAD "To: <sip:juliet@example.com>;tag=mine\r\n"
		     "CSeq: 90 SUBSCRIBE\r\n\r\n";
	struct reading m;
	struct dialog_kept *p, *before;
	struct dialog d;

	(void)state;
	read_text(&m, first, 5070);
	dialog_of_request(&arena, &m.request, STR_LIT("mine"), &d);
	p = dialog_keep(&d);
	reading_fini(&m);
	offer(&p, first, 5070, false); /* the same number again */
	d = dialog_view(p);
	check_first(&d);
	offer(&p, second, 5070, true);
	assert_str(dialog_view(p).target, "sip:romeo@192.0.2.9");
	assert_str(dialog_view(p).route,
		   "<sip:p2.example.net;lr>, <sip:p1.example.net;lr>"
		   ", <sip:p0.example.net;lr=on>");
	assert_int_equal(p->remote_cseq, 8);
	offer(&p, first, 5070, false); /* out of order */
	assert_str(dialog_view(p).target, "sip:romeo@192.0.2.9");
	before = p;
	offer(&p, third, 5070, true); /* a gap is none of ours; no Contact */
	assert_ptr_equal(p, before);
	assert_str(dialog_view(p).target, "sip:romeo@192.0.2.9");
	free(p);
}

/* A NAT has given the peer another port. */
static void test_accept_moved(void **state)
{
	static const char second[] =
		HEAD "To: <sip:juliet@example.com>;tag=mine\r\n"
		     "CSeq: 8 SUBSCRIBE\r\n\r\n";
	struct reading m;
	struct dialog_kept *p;
	struct dialog d;

	(void)state;
	read_text(&m, first, 5070);
	dialog_of_request(&arena, &m.request, STR_LIT("mine"), &d);
	p = dialog_keep(&d);
	reading_fini(&m);
	offer(&p, second, 6000, true);
	assert_str(dialog_view(p).source, "sip:192.0.2.7:6000;transport=udp");
	assert_str(dialog_view(p).target, "sip:romeo@192.0.2.7:5070;ob");
	free(p);
}

static void test_fits(void **state)
{
	char text[9000], route[4200];
	struct reading m;

	(void)state;
	memset(route, 'r', sizeof(route));
	route[sizeof(route) - 1] = '\0';
	(void)snprintf(text, sizeof(text),
		       HEAD "To: <sip:juliet@example.com>\r\n"
			    "CSeq: 1 SUBSCRIBE\r\n"
			    "Record-Route: <sip:%s;lr>\r\n\r\n",
		       route);
	read_text(&m, text, 1);
	assert_false(dialog_fits(&m.request));
	reading_fini(&m);
	(void)snprintf(text, sizeof(text),
		       HEAD "To: <sip:juliet@example.com?%.2020s>\r\n"
			    "CSeq: 1 SUBSCRIBE\r\n\r\n",
		       route);
	read_text(&m, text, 1);
	assert_false(dialog_fits(&m.request));
	reading_fini(&m);
}

static void test_key(void **state)
{
	struct keyed128 a = dialog_key(STR_LIT("ab"), STR_LIT("c"));
	struct keyed128 b = dialog_key(STR_LIT("ab"), STR_LIT("c"));
	struct keyed128 c = dialog_key(STR_LIT("a"), STR_LIT("bc"));

	(void)state;
	assert_memory_equal(&a, &b, sizeof(a));
	assert_memory_not_equal(&a, &c, sizeof(a));
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_of_request), T(test_no_contact),	  T(test_text),
		T(test_text_hard),  T(test_text_bad),	  T(test_draft),
		T(test_accept),	    T(test_accept_moved), T(test_fits),
		T(test_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
