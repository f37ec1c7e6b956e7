#include "gateway/phones/registrar_inner.h"
#include "phone_bench.h"

/* REGISTER: what is told, what memory has and what the journal has agree, also
 * when several are under way and some of them are not written. */
static struct answer answers[16];
static uint32_t cseq;

static int set_up(void **state)
{
	const char *why;

	(void)state;
	phone_bench_open();
	cseq = 0;
	T.link.outbox = (struct outbox *)&T;
	T.bridge.registrar = registrar_create(&T.bridge, &why);
	assert_non_null(T.bridge.registrar);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	T.bridge.store = NULL;
	commit_all(false);
	registrar_destroy(&T.bridge.registrar);
	phone_bench_close();
	return 0;
}

/* "A" asks for these contacts; its answer is said as "A ...". */
static void ask(const char *name, const char *contacts, struct request r)
{
	struct answer *a = &answers[name[0] - 'A'];

	assert_in_range(name[0] - 'A', 0, 15);
	a->name = name;
	r.contacts = str_z(contacts);
	r.cseq = ++cseq;
	registrar_request(T.bridge.registrar, &r, a);
}

static void enrol(const char *name, const char *contacts)
{
	ask(name, contacts, bobs(METHOD_REGISTER));
}

static void star(const char *name)
{
	struct request r = bobs(METHOD_REGISTER);

	r.expires_s = 0;
	ask(name, "*", r);
}

/* What there is now, in memory and in the journal: both the same. */
static const char *there(void)
{
	static char text[TEXT_MAX];
	const char *row;
	struct phonebook *b = phonebook_create();
	struct person *p = phonebook_get(b, STR_LIT("bob@sip.test")), *q;
	const struct binding *x, *y;
	size_t n = 0;

	row = journal_value(STORE_BINDING, "bob@sip.test");
	if (row != NULL)
		assert_true(person_read(b, p, str_z(row)));
	q = registrar_find(T.bridge.registrar, STR_LIT("bob@sip.test"));
	y = p->bindings;
	text[0] = '\0';
	if (q != NULL) {
		DL_FOREACH (q->bindings, x) {
			n += (size_t)snprintf(text + n, sizeof(text) - n,
					      "%s%.*s", n > 0 ? " " : "",
					      STR_ARG(x->contact));
			assert_non_null(y);
			assert_true(str_eq(x->contact, y->contact));
			y = y->next;
		}
	}
	assert_null(y);
	phonebook_destroy(&b);
	return text;
}

static void test_one(void **state)
{
	(void)state;
	enrol("A", "<sip:b@one>");
	assert_said(""); /* not before it is written */
	commit(true);
	assert_said("A 200 sip:b@one");
	assert_int_equal(T.woken, 1);
	assert_string_equal(there(), "sip:b@one");
	star("B");
	commit(true);
	assert_said("B 200");
	assert_string_equal(there(), "");
	assert_int_equal(T.woken, 1); /* nobody there to wake for */
}

static void test_not_written(void **state)
{
	(void)state;
	enrol("A", "<sip:b@one>");
	commit_all(true);
	enrol("B", "<sip:b@two>");
	commit(false);
	assert_said("A 200 sip:b@one; B 503");
	commit_all(true);
	assert_string_equal(there(), "sip:b@one");
	star("C");
	commit(false);
	commit_all(true);
	assert_said("C 503");
	assert_string_equal(there(), "sip:b@one");
}

/* Several at once, of which the journal keeps what the letters say: y or n. */
static void test_at_once(void **state)
{
	static const struct {
		const char *kept, *said, *there;
	} cases[] = {
		{ "yy",
		  "A 200 sip:b@h0 sip:b@one; B 200 sip:b@h0 sip:b@one "
		  "sip:b@two",
		  "sip:b@h0 sip:b@one sip:b@two" },
		{ "yn", "A 200 sip:b@h0 sip:b@one; B 503",
		  "sip:b@h0 sip:b@one" },
		/* B's row has what A was refused: it cannot stand either. */
		{ "ny", "A 503; B 503", "sip:b@h0" },
		{ "nn", "A 503; B 503", "sip:b@h0" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		star("O");
		enrol("O", "<sip:b@h0>");
		commit_all(true);
		strbuf_reset(&SAID);
		enrol("A", "<sip:b@one>");
		enrol("B", "<sip:b@two>");
		commit(cases[i].kept[0] == 'y');
		commit(cases[i].kept[1] == 'y');
		assert_said(cases[i].said);
		commit_all(true);
		assert_said("");
		assert_string_equal(there(), cases[i].there);
	}
}

/* One that comes when the first has been taken back already stands on what was
 * there before both. */
static void test_behind_a_failure(void **state)
{
	(void)state;
	enrol("A", "<sip:b@one>");
	enrol("B", "<sip:b@two>");
	commit(false);
	enrol("C", "<sip:b@three>");
	assert_said("A 503");
	commit_all(true);
	assert_said("B 503; C 200 sip:b@three");
	assert_string_equal(there(), "sip:b@three");
}

/* The same contact twice: the second is a change of the first. */
static void test_same_contact(void **state)
{
	(void)state;
	enrol("A", "<sip:b@one>;q=0.5");
	enrol("B", "<sip:b@one>;expires=0");
	commit(false);
	commit(false);
	assert_said("A 503; B 503");
	commit_all(true);
	assert_string_equal(there(), "");
	enrol("A", "<sip:b@one>;q=0.5");
	enrol("B", "<sip:b@one>;expires=0");
	commit(true);
	commit(false);
	commit_all(true);
	assert_said("A 200 sip:b@one; B 503");
	assert_string_equal(there(), "sip:b@one");
}

/* Who only asks is told what is in the journal. */
static void test_asks_meanwhile(void **state)
{
	(void)state;
	enrol("A", "<sip:b@one>");
	enrol("B", "");
	commit(true);
	enrol("C", "");
	star("D");
	enrol("E", "");
	assert_said("B 200; A 200 sip:b@one; C 200 sip:b@one; E 200 sip:b@one");
	commit(false);
	commit_all(true);
	assert_said("D 503");
	assert_string_equal(there(), "sip:b@one");
}

/* One that the journal does not even take is refused alone. */
static void test_journal_is_full(void **state)
{
	(void)state;
	enrol("A", "<sip:b@one>");
	J.is_refusing = true;
	enrol("B", "<sip:b@two>");
	J.is_refusing = false;
	assert_said("B 503");
	commit_all(true);
	assert_said("A 200 sip:b@one");
	assert_string_equal(there(), "sip:b@one");
}

/* A binding is over while a REGISTER is written. */
static void test_other_changes_meanwhile(void **state)
{
	struct person *p;

	(void)state;
	enrol("A", "<sip:b@one>, <sip:b@two>");
	commit_all(true);
	enrol("B", "<sip:b@three>");
	p = registrar_find(T.bridge.registrar, STR_LIT("bob@sip.test"));
	p->bindings->expires_at_s = 1;
	(void)registrar_find(T.bridge.registrar, STR_LIT("bob@sip.test"));
	commit(false);
	commit_all(true);
	p = registrar_find(T.bridge.registrar, STR_LIT("bob@sip.test"));
	p->bindings->expires_at_s = 1;
	assert_said("A 200 sip:b@one sip:b@two; B 503");
	enrol("C", "<sip:b@four>");
	p = registrar_find(T.bridge.registrar, STR_LIT("bob@sip.test"));
	assert_non_null(p);
	p->bindings->expires_at_s = 1;
	enrol("D", "");
	commit_all(false);
	bench_turns(1100);
	commit_all(true);
	assert_said("D 200 sip:b@two; C 503");
	assert_string_equal(there(), "sip:b@two");
}

/* The account goes while its REGISTER is written: nothing of it comes back. */
static void test_forgotten_meanwhile(void **state)
{
	(void)state;
	for (int is_kept = 0; is_kept < 2; is_kept++) {
		enrol("A", "<sip:b@one>");
		commit_all(true);
		enrol("B", "<sip:b@two>");
		registrar_forget(T.bridge.registrar, STR_LIT("bob@sip.test"));
		commit(is_kept);
		commit_all(true);
		assert_said("A 200 sip:b@one; B 503");
		assert_string_equal(there(), "");
	}
}

/* What is taken back, or forgotten, is out of the journal as soon as that
 * writes again. */
static void test_written_when_it_can(void **state)
{
	(void)state;
	enrol("A", "<sip:b@one>");
	commit_all(true);
	registrar_forget(T.bridge.registrar, STR_LIT("bob@sip.test"));
	J.is_ill = true;
	commit_all(false);
	bench_turns(1100);
	assert_int_equal(J.op_count, 0);
	J.is_ill = false;
	bench_turns(1100);
	commit_all(true);
	assert_string_equal(there(), "");
	bench_turns(1100);
	assert_int_equal(J.op_count, 0);
}

/* Each refusal, and nothing is done of what is refused. */
static void test_refusals(void **state)
{
	static const struct {
		const char *target, *to, *from, *contacts, *said;
		bool is_stranger;
	} cases[] = {
		{ "sip:other.example", NULL, NULL, "<sip:b@h>", "A 404",
		  false },
		{ NULL, NULL, NULL, "<sip:b@h>", "A 403", true },
		{ NULL, "sip:alice@sip.example", NULL, "<sip:b@h>", "A 403",
		  false },
		{ NULL, "sip:bob@other.example", NULL, "<sip:b@h>", "A 404",
		  false },
		{ NULL, NULL, NULL, "<sip:b@h>;expires=59", "A 423 60", false },
		{ NULL, NULL, NULL, "<sip:b@sip.test>", "A 403", false },
		{ NULL, NULL, NULL,
		  "<sip:b@h1>, <sip:b@h2>, <sip:b@h3>, "
		  "<sip:b@h4>",
		  "A 403", false },
		{ NULL, NULL, NULL, "<tel:+1>", "A 403", false },
		{ NULL, NULL, NULL, "*", "A 400", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct request r = bobs(METHOD_REGISTER);

		if (cases[i].target != NULL)
			r.target = uri_of(cases[i].target);
		if (cases[i].to != NULL)
			r.to.uri = uri_of(cases[i].to);
		T.is_stranger = cases[i].is_stranger;
		ask("A", cases[i].contacts, r);
		assert_said(cases[i].said);
		assert_int_equal(J.op_count, 0);
	}
	T.is_stranger = false;
	J.is_ill = true;
	enrol("A", "<sip:b@h>");
	assert_said("A 503");
	enrol("A", ""); /* to ask takes no journal */
	assert_said("A 200");
}

/* Limits hold what is under way too, and let through what is there. */
static void test_limits(void **state)
{
	static const char *const people[] = { "sip:a@sip.example",
					      "sip:c@sip.example" };

	(void)state;
	enrol("A", "<sip:b@h1>, <sip:b@h2>");
	enrol("B", "<sip:b@h3>");
	enrol("C", "<sip:b@h4>");
	assert_said("C 403");
	enrol("D", "<sip:b@h1>");
	commit_all(true);
	strbuf_reset(&SAID);
	for (size_t i = 0; i < 2; i++) {
		struct request r = bobs(METHOD_REGISTER);

		r.to.uri = r.from.uri = uri_of(people[i]);
		ask("A", "<sip:x@h1>, <sip:x@h2>, <sip:x@h3>", r);
		assert_said(i == 0 ? "" : "A 503");
	}
}

/* A phone without a reg-id whose connection breaks again and again has another
 * contact each time: the dead ones make room, and only they. */
static void test_room(void **state)
{
	static const char *const flows[] = { "<sip:b@192.0.2.1:4711>",
					     "<sip:b@192.0.2.1:4712>" };

	(void)state;
	enrol("A", "<sip:b@h1>");
	for (size_t i = 0; i < 2; i++) {
		struct request r = bobs(METHOD_REGISTER);

		r.source.conn = 8 + i;
		assert_true(endpoint_read(STR_LIT("192.0.2.1"),
					  (uint16_t)(4711 + i),
					  &r.source.peer));
		ask("B", flows[i], r);
	}
	enrol("C", "<sip:b@h2>");
	assert_said("C 403");
	commit_all(true);
	strbuf_reset(&SAID);
	T.cut_conn = 9;
	enrol("D", "<sip:b@h2>");
	commit_all(true);
	assert_said("D 200 sip:b@h1 sip:b@192.0.2.1:4711 sip:b@h2");
	assert_string_equal(there(), "sip:b@h1 sip:b@192.0.2.1:4711 sip:b@h2");
	enrol("E", "<sip:b@h3>");
	assert_said("E 403");
	T.cut_conn = 0;
}

/* Whoever watches looks at him, and the second is over by then. */
static void on_change(void *arg)
{
	struct str key = STR("bob@sip.test");
	struct person *p = registrar_find(T.bridge.registrar, key);
	struct binding *x;

	(void)arg;
	if (p == NULL)
		return;
	DL_FOREACH (p->bindings, x)
		x->expires_at_s = 1;
	(void)registrar_find(T.bridge.registrar, key);
}

/* All that he had is over while the dead ones of it make room. */
static void test_room_while_all_ends(void **state)
{
	struct str key = STR("bob@sip.test");
	struct watching *w;
	const char *why;

	(void)state;
	T.bridge.presentities = presentities_create(&T.bridge, &why);
	assert_non_null(T.bridge.presentities);
	w = watching_create(T.bridge.presentities, key, on_change, NULL);
	for (unsigned i = 0; i < 3; i++) {
		struct request r = bobs(METHOD_REGISTER);
		char contact[64];

		(void)snprintf(contact, sizeof(contact), "<sip:b@192.0.2.1:%u>",
			       4711 + i);
		assert_true(endpoint_read(STR_LIT("192.0.2.1"),
					  (uint16_t)(4711 + i),
					  &r.source.peer));
		r.source.conn = 9;
		ask("A", contact, r);
	}
	T.cut_conn = 9;
	enrol("B", "<sip:b@h2>");
	T.cut_conn = 0;
	watching_destroy(&w);
	commit_all(true);
	assert_string_equal(there(), "sip:b@h2");
	presentities_destroy(&T.bridge.presentities);
}

/* RFC 3261 §10.3 item 7. */
static void test_old(void **state)
{
	(void)state;
	enrol("A", "<sip:b@h1>");
	commit_all(true);
	cseq = 0;
	enrol("B", "<sip:b@h1>;expires=0");
	cseq = 0;
	star("C");
	cseq = 0;
	enrol("D", "<sip:b@h2>"); /* another contact may come in any order */
	commit_all(true);
	assert_said("A 200 sip:b@h1; B 500; C 500; D 200 sip:b@h1 sip:b@h2");
}

/* A restart: what was told is there. */
static void test_restart(void **state)
{
	const char *why;

	(void)state;
	enrol("A", "<sip:b@h1>, <sip:b@h2>");
	commit_all(true);
	registrar_destroy(&T.bridge.registrar);
	T.bridge.registrar = registrar_create(&T.bridge, &why);
	assert_string_equal(there(), "sip:b@h1 sip:b@h2");
	enrol("B", "");
	assert_said("A 200 sip:b@h1 sip:b@h2; B 200 sip:b@h1 sip:b@h2");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_one),
		TEST(test_not_written),
		TEST(test_at_once),
		TEST(test_behind_a_failure),
		TEST(test_same_contact),
		TEST(test_asks_meanwhile),
		TEST(test_journal_is_full),
		TEST(test_other_changes_meanwhile),
		TEST(test_forgotten_meanwhile),
		TEST(test_written_when_it_can),
		TEST(test_refusals),
		TEST(test_limits),
		TEST(test_room),
		TEST(test_room_while_all_ends),
		TEST(test_old),
		TEST(test_restart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
