#include "gateway/phones/presentity_inner.h"
#include "phone_bench.h"

/* PUBLISH (RFC 3903 §6) between the same fakes as REGISTER. */
static struct answer answers[16];
static size_t told;

#define PIDF(note)                                                             \
	"<presence xmlns='urn:ietf:params:xml:ns:pidf' "                       \
	"entity='sip:bob@sip.example'><tuple id='a'><status>"                  \
	"<basic>open</basic></status><note>" note "</note></tuple></presence>"

static int set_up(void **state)
{
	const char *why;

	(void)state;
	phone_bench_open();
	told = 0;
	T.bridge.registrar = registrar_create(&T.bridge, &why);
	T.bridge.presentities = presentities_create(&T.bridge, &why);
	assert_non_null(T.bridge.presentities);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	T.bridge.store = NULL;
	commit_all(false);
	presentities_destroy(&T.bridge.presentities);
	registrar_destroy(&T.bridge.registrar);
	phone_bench_close();
	return 0;
}

static struct request bobs_publish(void)
{
	struct request r = bobs(METHOD_PUBLISH);

	r.target = r.to.uri;
	r.event = STR_LIT("presence");
	r.content_type = STR_LIT("application/pidf+xml");
	return r;
}

static struct answer *ask(const char *name, const struct request *r)
{
	struct answer *a = &answers[name[0] - 'A'];

	assert_in_range(name[0] - 'A', 0, 15);
	*a = (struct answer){ .name = name };
	presentities_publish(T.bridge.presentities, r, a);
	return a;
}

/* Changes what `of` got the tag of; NULL: a new one. note NULL: no body. */
static struct answer *publish(const char *name, const struct answer *of,
			      const char *body, int64_t expires_s)
{
	struct request r = bobs_publish();

	if (of != NULL)
		r.if_match = of->etag;
	r.body = str_z(body);
	r.expires_s = expires_s;
	return ask(name, &r);
}

/* The notes that are shown of bob now. */
static const char *shown(void)
{
	static char text[TEXT_MAX];
	struct arena *a = loop_arena(T.loop);
	const struct presence_item *x = presentities_items(
		T.bridge.presentities, STR_LIT("bob@sip.test"), a);
	size_t n = 0;

	text[0] = '\0';
	for (; x != NULL; x = x->next)
		n += (size_t)snprintf(
			text + n, sizeof(text) - n, "%s%.*s", n > 0 ? " " : "",
			STR_ARG(x->status != NULL ? x->status->s
						  : STR_LIT("-")));
	return text;
}

static size_t rows(void)
{
	return journal_count(STORE_EVENT_STATE);
}

static void on_change(void *arg)
{
	(void)arg;
	told++;
}

/* RFC 3903 §6: initial, refresh, modify, remove; a tag is good once. */
static void test_life(void **state)
{
	struct watching *w =
		watching_create(T.bridge.presentities, STR_LIT("bob@sip.test"),
				on_change, NULL);
	struct answer *a, *b, *c, *d;

	(void)state;
	a = publish("A", NULL, PIDF("one"), 600);
	assert_said(""); /* not before it is written */
	assert_string_equal(shown(), "");
	assert_int_equal(told, 0);
	commit(true);
	assert_said("A 200 600");
	assert_string_equal(shown(), "one");
	assert_int_equal(told, 1);
	b = publish("B", a, "", 700);
	commit(true);
	assert_said("B 200 700");
	assert_false(str_eq(a->etag, b->etag));
	publish("C", a, "", 700); /* the old tag */
	assert_said("C 412");
	c = publish("C", b, PIDF("two"), 100000);
	commit(true);
	assert_said("C 200 3600");
	assert_string_equal(shown(), "two");
	assert_int_equal(rows(), 1);
	d = publish("D", c, "", 0);
	commit(true);
	assert_said("D 200 0");
	assert_string_equal(shown(), "");
	assert_int_equal(rows(), 0);
	publish("E", d, "", 600);
	assert_said("E 412");
	watching_destroy(&w);
	assert_null(presentity_find(T.bridge.presentities,
				    STR_LIT("bob@sip.test")));
}

/* What is not written is not there, and what was there stays. */
static void test_not_written(void **state)
{
	struct answer *a;

	(void)state;
	publish("A", NULL, PIDF("one"), 600);
	commit(false);
	assert_said("A 503");
	assert_string_equal(shown(), "");
	assert_null(presentity_find(T.bridge.presentities,
				    STR_LIT("bob@sip.test")));
	J.is_refusing = true;
	publish("A", NULL, PIDF("one"), 600);
	J.is_refusing = false;
	assert_said("A 503");
	a = publish("A", NULL, PIDF("one"), 600);
	commit(true);
	publish("B", a, "", 0);
	publish("C", a, PIDF("two"), 600); /* B is under way */
	assert_said("A 200 600");
	commit(false);
	assert_said("B 503; C 503");
	assert_string_equal(shown(), "one");
	publish("D", a, PIDF("two"), 600); /* its tag is good yet */
	commit(true);
	assert_said("D 200 600");
	assert_string_equal(shown(), "two");
}

/* RFC 3903 §6: in order; the tag of the second is that of the first. */
static void test_at_once(void **state)
{
	static const char *const names[] = { "C", "D", "E", "F", "G",
					     "H", "I", "J", "K" };
	struct answer *a = publish("A", NULL, PIDF("one"), 600);

	(void)state;
	commit(true);
	publish("B", a, PIDF("two"), 600);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		publish(names[i], a, i % 2 == 0 ? "" : PIDF("three"),
			i == 2 ? 0 : 600);
	assert_said("A 200 600; K 503"); /* so many wait, and no more */
	commit(true);
	assert_said("B 200 600; C 412; D 412; E 412; F 412; G 412; H 412; "
		    "I 412; J 412");
	assert_string_equal(shown(), "two");
	assert_int_equal(rows(), 1);
	/* They are let go with all else. */
	publish("L", &answers[1], "", 0);
	publish("M", &answers[1], "", 0);
}

/* Those that are on their way to the store count, for one user and for all. */
static void test_limits(void **state)
{
	struct request r = bobs_publish();

	(void)state;
	T.cfg.bindings_max = 4;
	publish("A", NULL, PIDF("one"), 600);
	publish("B", NULL, PIDF("two"), 600);
	commit(true);
	publish("C", NULL, PIDF("three"), 600);
	publish("D", NULL, PIDF("four"), 600);
	assert_said("A 200 600; D 403");
	assert_int_equal(J.op_count, 2);
	r.target = r.to.uri = r.from.uri = uri_of("sip:eve@sip.example");
	r.body = STR_LIT(PIDF("eve"));
	ask("E", &r);
	ask("F", &r); /* room for five in all */
	assert_said("F 503");
	commit(false); /* what failed leaves its place */
	ask("F", &r);
	commit_all(true);
	assert_said("B 503; C 200 600; E 200 3600; F 200 3600");
	publish("D", &answers[0], "", 600); /* refreshed all the same */
	publish("H", &answers[2], "", 0);
	commit_all(true);
	assert_said("D 200 600; H 200 0");
	publish("G", NULL, PIDF("five"), 600);
	commit_all(true);
	assert_said("G 200 600");
	assert_int_equal(rows(), 4);
}

/* His account has gone: all that he had published goes, and what is on its way
 * does not come. */
static void test_account_gone(void **state)
{
	const struct str bob = STR_LIT("bob@sip.test");
	struct watching *w =
		watching_create(T.bridge.presentities, bob, on_change, NULL);
	struct answer *a;

	(void)state;
	presentities_forget(T.bridge.presentities, bob); /* there is none */
	a = publish("A", NULL, PIDF("one"), 600);
	publish("B", NULL, PIDF("two"), 600);
	commit_all(true);
	assert_said("A 200 600; B 200 600");
	told = 0;
	publish("C", a, PIDF("three"), 600);
	publish("D", NULL, PIDF("four"), 600);
	presentities_forget(T.bridge.presentities, bob);
	assert_int_equal(told, 1);
	assert_string_equal(shown(), "");
	commit_all(true);
	assert_said("C 503; D 503");
	assert_string_equal(shown(), "");
	assert_int_equal(rows(), 0);
	publish("E", a, "", 600);
	assert_said("E 412");
	watching_destroy(&w);
	assert_null(presentity_find(T.bridge.presentities, bob));
}

/* Each refusal; nothing goes into the store. */
static void test_refusals(void **state)
{
	static const struct {
		const char *target, *from, *event, *type, *coding, *body, *said;
		int64_t expires_s;
		bool is_stranger;
	} cases[] = {
		{ .target = "sip:bob@other.example", .said = "A 404" },
		{ .is_stranger = true, .said = "A 403" },
		{ .target = "sip:eve@sip.example", .said = "A 403" },
		{ .from = "sip:eve@sip.example", .said = "A 403" },
		{ .event = "dialog", .said = "A 489 presence" },
		{ .type = "text/plain", .said = "A 415 application/pidf+xml" },
		{ .coding = "br", .said = "A 415 application/pidf+xml" },
		{ .coding = "gzip", .said = "A 400" }, /* it is not */
		{ .body = "<presence", .said = "A 400" },
		{ .body = "", .said = "A 400" },
		{ .expires_s = 59, .said = "A 423 60" },
		{ .expires_s = -2, .said = "A 200 0" }, /* over at once */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct request r = bobs_publish();

		if (cases[i].target != NULL)
			r.target = uri_of(cases[i].target);
		if (cases[i].from != NULL)
			r.from.uri = uri_of(cases[i].from);
		if (cases[i].event != NULL)
			r.event = str_z(cases[i].event);
		if (cases[i].type != NULL)
			r.content_type = str_z(cases[i].type);
		if (cases[i].coding != NULL)
			r.content_encoding = str_z(cases[i].coding);
		r.body = str_z(cases[i].body != NULL ? cases[i].body
						     : PIDF("one"));
		r.expires_s = cases[i].expires_s == -2 ? 0
			      : cases[i].expires_s > 0 ? cases[i].expires_s
						       : 600;
		T.is_stranger = cases[i].is_stranger;
		ask("A", &r);
		assert_said(cases[i].said);
		assert_int_equal(J.op_count, 0);
	}
	T.is_stranger = false;
	T.component.has_presence = false;
	publish("A", NULL, PIDF("one"), 600);
	T.component.has_presence = true;
	J.is_ill = true;
	publish("B", NULL, PIDF("one"), 600);
	assert_said("A 403; B 503");
}

/* A restart: what was told is there, with its tag. */
static void test_restart(void **state)
{
	struct answer *a;
	const char *why;

	(void)state;
	a = publish("A", NULL, PIDF("one"), 600);
	commit_all(true);
	presentities_destroy(&T.bridge.presentities);
	T.bridge.presentities = presentities_create(&T.bridge, &why);
	assert_string_equal(shown(), "one");
	publish("B", a, "", 0);
	commit_all(true);
	assert_said("A 200 600; B 200 0");
	assert_string_equal(shown(), "");
}

/* One that is over goes, and who watches is told; one that is just being
 * refreshed does not. */
static void test_over(void **state)
{
	struct presentities *p = T.bridge.presentities;
	struct str bob = STR_LIT("bob@sip.test");
	struct watching *w = watching_create(p, bob, on_change, NULL);
	struct answer *a;

	(void)state;
	a = publish("A", NULL, PIDF("one"), 600);
	commit(true);
	presentity_find(p, bob)->postings->expires_at_s = 1;
	publish("B", a, "", 600);
	bench_turns(1100);
	assert_string_equal(shown(), "one");
	commit(true);
	presentity_find(p, bob)->postings->expires_at_s = 1;
	told = 0;
	bench_turns(1100);
	assert_int_equal(told, 1);
	assert_string_equal(shown(), "");
	commit_all(true);
	assert_int_equal(rows(), 0);
	watching_destroy(&w);
	assert_said("A 200 600; B 200 600");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_life),   TEST(test_not_written),  TEST(test_at_once),
		TEST(test_limits), TEST(test_refusals),	    TEST(test_restart),
		TEST(test_over),   TEST(test_account_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
