#include "gateway/messages/departure.h"
#include "gateway/messages/enrich.h"
#include "gateway/messages/split.h"
#include "gateway/monitor/siphealth.h"
#include "gateway/outbox/outbox.h"
#include "link_bench.h"

/* A message on its way to SIP: what its end means for its sender, once. Fakes
 * of the outbox, the parts and the requests are lines of text. */
struct outbox_item {
	bool is_safe;
};
struct outgoing {
	const char *name;
};
struct split {
	int next;
	bool has_begun;
};

static char said[512];
static struct outgoing plain = { "plain" },
		       parts[2] = { { "part0" }, { "part1" } };
static struct outbox_item item;
static int learnt[SKILL_COUNT];

static void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void say(const char *fmt, ...)
{
	size_t n = strlen(said);
	va_list ap;

	if (n > 0 && n + 2 < sizeof(said))
		said[n++] = ' ';
	va_start(ap, fmt);
	vsnprintf(said + n, sizeof(said) - n, fmt, ap);
	va_end(ap);
}

#define assert_said(expected)                                                  \
	do {                                                                   \
		assert_string_equal(said, expected);                           \
		said[0] = '\0';                                                \
	} while (0)

/* --- fakes */

void outgoing_destroy(struct outgoing **op)
{
	if (*op != NULL)
		say("free-%s", (*op)->name);
	*op = NULL;
}

void split_destroy(struct split **sp)
{
	if (*sp != NULL)
		say("free-parts");
	free(*sp);
	*sp = NULL;
}

bool split_has_begun(const struct split *s)
{
	return s->has_begun;
}

struct outgoing *split_next(struct split *s)
{
	s->has_begun = true;
	return s->next < 2 ? &parts[s->next++] : NULL;
}

size_t split_through(const struct split *s)
{
	return (size_t)s->next * 100;
}

void outbox_put_through(struct outbox_item *it, size_t bytes)
{
	assert_ptr_equal(it, &item);
	say("through-%zu", bytes);
}

bool outbox_is_safe(const struct outbox_item *it)
{
	return it->is_safe;
}

bool outbox_is_uncertain(const struct outbox_item *it)
{
	(void)it;
	return false;
}

void outbox_end(struct outbox_item *it, const struct outbox_verdict *v)
{
	static const char *const fates[] = { "taken", "away", "refused" };

	assert_ptr_equal(it, &item);
	say("kept-%s", fates[v->fate]);
}

bool enrich_is_refused(const struct outcome *o)
{
	return o->status == 415;
}

void skills_learn(struct skills *s, struct str contact, enum skill k,
		  bool knows)
{
	(void)s;
	assert_true(str_eqz(contact, "romeo@sip.test"));
	assert_false(knows);
	learnt[k]++;
}

void siphealth_note(struct siphealth *h, const struct outcome *o)
{
	(void)h;
	(void)o;
}

/* --- the bench */

static int set_up(void **state)
{
	(void)state;
	link_bench_open();
	said[0] = '\0';
	memset(learnt, 0, sizeof(learnt));
	item = (struct outbox_item){ .is_safe = false };
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	departures_forget(&L.bridge);
	assert_null(L.bridge.departures);
	link_bench_close();
	return 0;
}

static struct stanza hello(void)
{
	return stanza_of("<message xmlns='jabber:component:accept' "
			 "from='juliet@xmpp.test/b' to='romeo@sip.test/x' "
			 "id='m1' type='chat'><body>x</body></message>");
}

static struct departure *start(struct outbox_item *kept)
{
	struct stanza s = hello();

	return departure_create(&L.link, &s, loop_arena(L.loop), kept);
}

static struct outcome answered(int status)
{
	return (struct outcome){ .kind = OUTCOME_ANSWERED, .status = status };
}

static void done(struct departure *d, struct outcome o)
{
	assert_null(departure_again(d, &o));
	departure_done(d, &o);
}

/* --- the tests */

/* One end each: nothing behind 2xx, one error to the sender else. */
static void test_ends(void **state)
{
	static const struct {
		struct outcome o;
		const char *words;
	} cases[] = {
		{ { .kind = OUTCOME_ANSWERED, .status = 200 }, NULL },
		{ { .kind = OUTCOME_ANSWERED, .status = 404 },
		  "<item-not-found" },
		{ { .kind = OUTCOME_TIMEOUT, .status = 408 },
		  "<remote-server-timeout" },
		{ { .kind = OUTCOME_TOO_LARGE, .status = 513 },
		  "<policy-violation" },
		{ { .kind = OUTCOME_NO_ROOM, .status = 503 },
		  "<resource-constraint" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct departure *d = start(NULL);
		const char *text;

		assert_true(str_eqz(departure_sender(d), "juliet@xmpp.test"));
		assert_true(departures_are_busy(&L.bridge));
		done(d, cases[i].o);
		assert_false(departures_are_busy(&L.bridge));
		if (cases[i].words == NULL) {
			assert_written(NULL);
			continue;
		}
		text = written();
		assert_non_null(
			strstr(text, "to='juliet@xmpp.test/b' id='m1'"));
		assert_non_null(strstr(text, cases[i].words));
		assert_null(strstr(strstr(text, "<message") + 1, "<message"));
	}
	assert_int_equal(L.bridge.counters.to_sip_accepted, 1);
	assert_int_equal(L.bridge.counters.to_sip_refused, 4);
	assert_int_equal(
		L.bridge.counters.to_sip_conditions[COND_ITEM_NOT_FOUND], 1);
}

/* What waits is for the outbox to end. */
static void test_kept(void **state)
{
	(void)state;
	done(start(&item), answered(200));
	done(start(&item), answered(480));
	done(start(&item), answered(403));
	assert_said("kept-taken kept-away kept-refused");
	assert_written(NULL);
}

/* What cannot go at all. */
static void test_fails(void **state)
{
	struct stanza s = hello();
	struct fault why;

	(void)state;
	fault_set(&why, 404, COND_ITEM_NOT_FOUND, "no such user");
	departure_fail(start(NULL), &s, FATE_REFUSED, &why);
	assert_written("<item-not-found");
	s = hello();
	departure_fail(start(&item), &s, FATE_AWAY, &why);
	assert_written(NULL);
	assert_said("kept-away");
}

/* A form that is not understood: the text in its place, once, and what the
 * other side does not know is remembered. */
static void test_plain_instead(void **state)
{
	struct departure *d = start(NULL);
	struct outcome no = answered(415);

	(void)state;
	d->plain = &plain;
	d->tried = 1U << 1;
	assert_ptr_equal(departure_again(d, &no), &plain);
	assert_int_equal(learnt[1], 1);
	assert_int_equal(learnt[0], 0);
	assert_said("");
	done(d, no); /* the text is refused too */
	assert_written("<error");
	/* Too large says nothing of the form. */
	d = start(NULL);
	d->plain = &plain;
	d->tried = 1U << 1;
	no.kind = OUTCOME_TOO_LARGE;
	assert_ptr_equal(departure_again(d, &no), &plain);
	assert_int_equal(learnt[1], 1);
	done(d, answered(200));
	/* And what was not needed is given back. */
	d = start(NULL);
	d->plain = &plain;
	done(d, answered(200));
	assert_said("free-plain");
}

/* Parts go one behind the other, each when the one before it is through. */
static void test_parts(void **state)
{
	struct outcome large = { .kind = OUTCOME_TOO_LARGE, .status = 513 };
	struct outcome ok = answered(200);
	struct departure *d = start(&item);

	(void)state;
	d->split = calloc(1, sizeof(*d->split));
	assert_ptr_equal(departure_again(d, &large), &parts[0]);
	assert_ptr_equal(departure_again(d, &ok), &parts[1]);
	assert_said("through-100");
	done(d, ok);
	assert_said("kept-taken free-parts");
	/* A part that fails ends the whole. */
	d = start(NULL);
	d->split = calloc(1, sizeof(*d->split));
	assert_ptr_equal(departure_again(d, &large), &parts[0]);
	done(d, answered(486));
	assert_said("free-parts");
	assert_written("<error");
	/* There is TCP: no parts. */
	d = start(NULL);
	d->split = calloc(1, sizeof(*d->split));
	done(d, ok);
	assert_said("free-parts");
}

/* The drain is over: one error each, and nothing follows it. */
static void test_give_up(void **state)
{
	struct departure *d = start(NULL), *e = start(&item);
	struct outcome no = answered(415);

	(void)state;
	d->plain = &plain;
	assert_true(departures_are_busy(&L.bridge));
	departures_give_up(&L.bridge);
	assert_written("<remote-server-timeout");
	assert_false(departures_are_busy(&L.bridge));
	departures_give_up(&L.bridge);
	assert_written(NULL);
	assert_null(departure_again(d, &no)); /* not a second try */
	departure_done(d, &no);
	assert_written(NULL);
	/* What the store has goes on as long as it can. */
	e->plain = &plain;
	item.is_safe = true;
	assert_ptr_equal(departure_again(e, &no), &plain);
	departure_done(e, &no);
	assert_said("free-plain kept-refused");
}

static void test_oldest(void **state)
{
	(void)state;
	assert_int_equal(departures_oldest_ms(&L.bridge), 0);
	start(NULL);
	bench_turns(40);
	start(NULL);
	assert_in_range(departures_oldest_ms(&L.bridge), 40, 30000);
	done(L.bridge.departures, answered(200));
	assert_in_range(departures_oldest_ms(&L.bridge), 0, 30);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_ends),	  TEST(test_kept),  TEST(test_fails),
		TEST(test_plain_instead), TEST(test_parts), TEST(test_give_up),
		TEST(test_oldest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
