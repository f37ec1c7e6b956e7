#include "mapping/subscription.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>
#include "doctable.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define DOCS	     STOX_SOURCE_DIR "/docs/presence.md"

enum { ACTION_BITS = 22 };

static bool is_still(struct sub_step step, unsigned state)
{
	return step.next == state && step.actions == 0;
}

static const char *actions_text(unsigned actions, char *p, size_t n)
{
	size_t used = 0;

	p[0] = '\0';
	for (unsigned i = 0; i < 32; i++) {
		struct str name = sub_action_name((enum sub_action)(1u << i));

		if (!(actions & (1u << i)))
			continue;
		assert_true(name.n > 0);
		used += (size_t)snprintf(p + used, n - used, "%s%.*s",
					 used > 0 ? ", " : "", STR_ARG(name));
		assert_true(used < n);
	}
	return p;
}

/* docs/presence.md is the table a second time: each (state, event), its next
 * state and its actions, and those that it leaves out do nothing. */
static void compare(enum sub_direction d, const char *heading)
{
	struct doctable t;
	char text[256];

	doctable_open(&t, DOCS, heading);
	for (unsigned s = 0; s < SUB_STATE_COUNT; s++) {
		for (unsigned e = 0; e < SUB_EVENT_COUNT; e++) {
			struct sub_step step = subscription_step(
				d, (enum sub_state)s, (enum sub_event)e);

			if (is_still(step, s))
				continue;
			doctable_row(
				&t, "| %.*s | %.*s | %.*s | %s |",
				STR_ARG(sub_state_name((enum sub_state)s)),
				STR_ARG(sub_event_name((enum sub_event)e)),
				STR_ARG(sub_state_name(step.next)),
				actions_text(step.actions, text, sizeof(text)));
		}
	}
	doctable_end(&t);
}

static void docs_print_the_tables(void **state)
{
	(void)state;
	compare(SUB_OUT, "### A user watches a contact");
	compare(SUB_IN, "### A contact watches a user");
}

/* Whatever is asked of it, the step holds these rules. */
static const unsigned out_only = DO_OPEN | DO_CLOSE | DO_POLL | DO_RETRY_SOON |
				 DO_RETRY_LATE | DO_SAY_SUBSCRIBED |
				 DO_SAY_UNAVAILABLE | DO_SAY_UNSUBSCRIBED |
				 DO_SAY_PRESENCE | DO_SAY_NOT_FOUND | DO_PART;
static const unsigned in_only = DO_ASK | DO_PROBE | DO_SAY_WATCHER_GONE |
				DO_NOTIFY_PENDING | DO_NOTIFY_ACTIVE |
				DO_NOTIFY_STATE | DO_NOTIFY_REJECTED |
				DO_NOTIFY_NORESOURCE | DO_NOTIFY_PROBATION;

static bool is_event_of(enum sub_direction d, enum sub_event e)
{
	if (e == EV_RESTART)
		return true;
	return (d == SUB_OUT) == (e < EV_WATCH);
}

static bool has(unsigned actions, unsigned which)
{
	return (actions & which) != 0;
}

static bool is_authorised(enum sub_state s)
{
	return s == SUB_ACTIVE || s == SUB_DORMANT;
}

/* The only ways out of a row. */
static bool may_end(enum sub_direction d, enum sub_state s, enum sub_event e)
{
	if (d == SUB_IN)
		return e == EV_UNSUBSCRIBED || e == EV_USER_UNKNOWN ||
		       e == EV_USER_REFUSED || e == EV_PARDON;
	return e == EV_UNSUBSCRIBE || e == EV_NOTIFY_REJECTED ||
	       e == EV_REFUSED || (e == EV_NOT_FOUND && s == SUB_ASKING);
}

static void check_row(enum sub_direction d, enum sub_state s, enum sub_event e,
		      struct sub_step x)
{
	bool ends = s != SUB_NONE && x.next == SUB_NONE;
	bool changes = s != x.next && x.next != SUB_NONE;

	assert_true(x.next < SUB_STATE_COUNT);
	assert_false(has(x.actions, d == SUB_OUT ? in_only : out_only));
	if (!is_event_of(d, e))
		assert_true(is_still(x, s));
	if (ends)
		assert_true(may_end(d, s, e));
	assert_int_equal(has(x.actions, DO_FORGET), ends);
	/* A restart reads what is stored; it would come out the same. */
	if (e != EV_RESTART)
		assert_int_equal(has(x.actions, DO_STORE), changes);
	/* Nothing makes a row but a request. */
	if (s == SUB_NONE && x.next != SUB_NONE)
		assert_true(e == EV_SUBSCRIBE || e == EV_WATCH ||
			    e == EV_REFRESH);
}

static void check_out(enum sub_state s, enum sub_event e, struct sub_step x)
{
	bool is_lost = e == EV_NOTIFY_AGAIN || e == EV_NOTIFY_LATER ||
		       e == EV_GONE || e == EV_FAILED;
	unsigned waits = x.actions & (DO_RETRY_SOON | DO_RETRY_LATE);

	if (s == SUB_DENIED) { /* of the other direction only */
		assert_true(is_still(x, s));
		return;
	}

	/* subscribed: on the first NOTIFY that is active or says what is so for
	 * good, or to one who asks again. */
	if (has(x.actions, DO_SAY_SUBSCRIBED))
		assert_true(
			((e == EV_NOTIFY_ACTIVE || e == EV_NOTIFY_INVARIANT) &&
			 !is_authorised(s)) ||
			(e == EV_SUBSCRIBE && is_authorised(s)));
	if (x.next == SUB_ACTIVE && !is_authorised(s))
		assert_true(has(x.actions, DO_SAY_SUBSCRIBED));
	if (has(x.actions, DO_SAY_UNSUBSCRIBED))
		assert_true(x.next == SUB_NONE);
	/* His own wish, and nothing else, may be taken back. */
	assert_int_equal(has(x.actions, DO_PART), e == EV_UNSUBSCRIBE);
	/* Who has not been approved for sees nothing. */
	if (has(x.actions, DO_SAY_PRESENCE))
		assert_true(is_authorised(x.next));
	if (has(x.actions, DO_SAY_UNAVAILABLE))
		assert_true(is_authorised(s) || s == SUB_NONE);
	/* Who was approved for and is cut off does not stay online. */
	if (is_authorised(s) && x.next == SUB_NONE)
		assert_true(has(x.actions, DO_SAY_UNAVAILABLE));
	assert_int_not_equal(waits, DO_RETRY_SOON | DO_RETRY_LATE);
	if (is_lost && s != SUB_NONE)
		assert_int_not_equal(waits, 0);
	if (e == EV_NOTIFY_INVARIANT)
		assert_false(has(x.actions, DO_OPEN | DO_POLL | waits));
	if (e == EV_RETRY && s != SUB_NONE && s != SUB_ACTIVE)
		assert_true(has(x.actions, DO_OPEN));
}

static void check_in(enum sub_state s, enum sub_event e, struct sub_step x)
{
	/* Each SUBSCRIBE is followed by a NOTIFY (RFC 6665 §4.2.1.2). */
	if (e == EV_WATCH || e == EV_REFRESH)
		assert_true(has(x.actions, s == SUB_DENIED
						   ? DO_NOTIFY_REJECTED
						   : DO_NOTIFY_PENDING |
							     DO_NOTIFY_ACTIVE));
	if (has(x.actions, DO_NOTIFY_ACTIVE | DO_NOTIFY_STATE))
		assert_true(x.next == SUB_ACTIVE);
	if (has(x.actions, DO_NOTIFY_PENDING))
		assert_true(x.next == SUB_ASKING);
	/* Only the user approves. */
	if (is_authorised(x.next) && !is_authorised(s))
		assert_true(e == EV_SUBSCRIBED);
	if (has(x.actions, DO_ASK))
		assert_true(x.next == SUB_ASKING);
	/* A telephone that reboots loses nothing. */
	if (e == EV_WATCH_END || e == EV_WATCH_LOST)
		assert_true(s == SUB_NONE || x.next != SUB_NONE);
	/* Nobody is left who would hear it. */
	if (s == SUB_DORMANT && x.next != SUB_ACTIVE)
		assert_false(has(x.actions, in_only));
}

static void every_step_keeps_the_rules(void **state)
{
	unsigned used = 0;

	(void)state;
	for (unsigned d = SUB_OUT; d <= SUB_IN; d++)
		for (unsigned s = 0; s < SUB_STATE_COUNT; s++)
			for (unsigned e = 0; e < SUB_EVENT_COUNT; e++) {
				enum sub_direction dir = (enum sub_direction)d;
				enum sub_state from = (enum sub_state)s;
				enum sub_event on = (enum sub_event)e;
				struct sub_step x =
					subscription_step(dir, from, on);

				used |= x.actions;
				check_row(dir, from, on, x);
				if (dir == SUB_OUT)
					check_out(from, on, x);
				else
					check_in(from, on, x);
			}
	assert_int_equal(used, (1u << ACTION_BITS) - 1);
}

/* Lives of rows: what happens, and what comes of it. */
struct beat {
	enum sub_event event;
	enum sub_state next;
	unsigned actions;
};

#define LIFE(d, ...)                                                           \
	{                                                                      \
		d, (const struct beat[]){ __VA_ARGS__ },                       \
			COUNT(((const struct beat[]){ __VA_ARGS__ }))          \
	}

static const struct {
	enum sub_direction direction;
	const struct beat *beats;
	size_t count;
} lives[] = {
	/* RFC 8048 §5.2: asked, pending, active, user goes, comes, cancels */
	LIFE(SUB_OUT, { EV_SUBSCRIBE, SUB_ASKING, DO_STORE | DO_OPEN },
	     { EV_NOTIFY_PENDING, SUB_PENDING, DO_STORE },
	     { EV_NOTIFY_PENDING, SUB_PENDING, 0 },
	     { EV_NOTIFY_ACTIVE, SUB_ACTIVE,
	       DO_STORE | DO_SAY_SUBSCRIBED | DO_SAY_PRESENCE },
	     { EV_NOTIFY_ACTIVE, SUB_ACTIVE, DO_SAY_PRESENCE },
	     { EV_OFFLINE, SUB_DORMANT, DO_STORE | DO_CLOSE },
	     { EV_PROBE, SUB_DORMANT, DO_OPEN },
	     { EV_NOTIFY_ACTIVE, SUB_ACTIVE, DO_STORE | DO_SAY_PRESENCE },
	     { EV_UNSUBSCRIBE, SUB_NONE,
	       DO_FORGET | DO_CLOSE | DO_SAY_UNAVAILABLE | DO_PART }),
	/* An answering machine, which will never be anything else */
	LIFE(SUB_OUT, { EV_SUBSCRIBE, SUB_ASKING, DO_STORE | DO_OPEN },
	     { EV_NOTIFY_INVARIANT, SUB_DORMANT,
	       DO_STORE | DO_SAY_SUBSCRIBED | DO_SAY_PRESENCE },
	     { EV_PROBE, SUB_DORMANT, DO_OPEN },
	     { EV_NOTIFY_INVARIANT, SUB_DORMANT, DO_SAY_PRESENCE }),
	/* The SIP side reboots, is away, comes back: the roster stays */
	LIFE(SUB_OUT, { EV_SUBSCRIBE, SUB_ASKING, DO_STORE | DO_OPEN },
	     { EV_FAILED, SUB_ASKING, DO_RETRY_LATE },
	     { EV_RETRY, SUB_ASKING, DO_OPEN },
	     { EV_NOTIFY_ACTIVE, SUB_ACTIVE,
	       DO_STORE | DO_SAY_SUBSCRIBED | DO_SAY_PRESENCE },
	     { EV_NOTIFY_AGAIN, SUB_DORMANT,
	       DO_STORE | DO_RETRY_SOON | DO_SAY_PRESENCE },
	     { EV_RETRY, SUB_DORMANT, DO_OPEN },
	     { EV_FAILED, SUB_DORMANT, DO_RETRY_LATE | DO_SAY_UNAVAILABLE },
	     { EV_RETRY, SUB_DORMANT, DO_OPEN },
	     { EV_GONE, SUB_DORMANT, DO_RETRY_LATE | DO_SAY_UNAVAILABLE },
	     { EV_RETRY, SUB_DORMANT, DO_OPEN },
	     { EV_NOTIFY_ACTIVE, SUB_ACTIVE, DO_STORE | DO_SAY_PRESENCE },
	     { EV_RESTART, SUB_DORMANT, DO_OPEN }),
	/* No such contact */
	LIFE(SUB_OUT, { EV_SUBSCRIBE, SUB_ASKING, DO_STORE | DO_OPEN },
	     { EV_NOT_FOUND, SUB_NONE, DO_FORGET | DO_SAY_NOT_FOUND }),
	/* RFC 8048 §5.3: pending, approved, phone reboots, approval ends */
	LIFE(SUB_IN,
	     { EV_WATCH, SUB_ASKING, DO_STORE | DO_ASK | DO_NOTIFY_PENDING },
	     { EV_USER_PRESENCE, SUB_ASKING, 0 },
	     { EV_REFRESH, SUB_ASKING, DO_NOTIFY_PENDING },
	     { EV_SUBSCRIBED, SUB_ACTIVE, DO_STORE | DO_NOTIFY_ACTIVE },
	     { EV_SUBSCRIBED, SUB_ACTIVE, 0 },
	     { EV_USER_PRESENCE, SUB_ACTIVE, DO_NOTIFY_STATE },
	     { EV_WATCH_LOST, SUB_DORMANT, DO_STORE | DO_SAY_WATCHER_GONE },
	     { EV_USER_PRESENCE, SUB_DORMANT, 0 },
	     { EV_WATCH, SUB_ACTIVE, DO_STORE | DO_PROBE | DO_NOTIFY_ACTIVE },
	     { EV_RESTART, SUB_ACTIVE, DO_PROBE },
	     { EV_UNSUBSCRIBED, SUB_NONE, DO_FORGET | DO_NOTIFY_REJECTED }),
	/* The user answers when the phone has long hung up */
	LIFE(SUB_IN,
	     { EV_WATCH, SUB_ASKING, DO_STORE | DO_ASK | DO_NOTIFY_PENDING },
	     { EV_WATCH_END, SUB_PENDING, DO_STORE },
	     { EV_RESTART, SUB_PENDING, 0 },
	     { EV_SUBSCRIBED, SUB_DORMANT, DO_STORE },
	     { EV_WATCH, SUB_ACTIVE, DO_STORE | DO_PROBE | DO_NOTIFY_ACTIVE }),
	/* His server was away */
	LIFE(SUB_IN,
	     { EV_WATCH, SUB_ASKING, DO_STORE | DO_ASK | DO_NOTIFY_PENDING },
	     { EV_USER_AWAY, SUB_PENDING, DO_STORE | DO_NOTIFY_PROBATION },
	     { EV_WATCH, SUB_ASKING, DO_STORE | DO_ASK | DO_NOTIFY_PENDING },
	     { EV_USER_UNKNOWN, SUB_NONE, DO_FORGET | DO_NOTIFY_NORESOURCE }),
};

static void lives_of_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(lives); i++) {
		enum sub_state s = SUB_NONE;

		for (size_t n = 0; n < lives[i].count; n++) {
			const struct beat *beat = &lives[i].beats[n];
			struct sub_step x = subscription_step(
				lives[i].direction, s, beat->event);

			assert_int_equal(x.next, beat->next);
			assert_int_equal(x.actions, beat->actions);
			s = x.next;
		}
	}
}

static void stores_before_it_tells(void **state)
{
	(void)state;
	assert_true(DO_STORE < DO_OPEN && DO_FORGET < DO_OPEN);
	assert_true(DO_SAY_SUBSCRIBED < DO_SAY_PRESENCE);
	assert_true(DO_SAY_UNAVAILABLE < DO_SAY_UNSUBSCRIBED);
	assert_true(DO_SAY_UNAVAILABLE < DO_PART);
}

/* Every name is there once, and none beyond the last. */
static void names(void **state)
{
	(void)state;
	for (unsigned i = 0; i < SUB_EVENT_COUNT; i++) {
		struct str name = sub_event_name((enum sub_event)i);

		assert_true(name.n > 0);
		for (unsigned j = 0; j < i; j++)
			assert_false(str_eq(name,
					    sub_event_name((enum sub_event)j)));
	}
	for (unsigned i = 0; i < SUB_STATE_COUNT; i++)
		assert_true(sub_state_name((enum sub_state)i).n > 0);
	for (unsigned i = 0; i < ACTION_BITS; i++)
		assert_true(sub_action_name((enum sub_action)(1u << i)).n > 0);
	assert_int_equal(sub_event_name(SUB_EVENT_COUNT).n, 0);
	assert_int_equal(sub_state_name(SUB_STATE_COUNT).n, 0);
	assert_int_equal(
		sub_action_name((enum sub_action)(1u << ACTION_BITS)).n, 0);
}

static void responses(void **state)
{
	struct doctable t;

	(void)state;
	doctable_open(&t, DOCS, "### Answers to SUBSCRIBE");
	for (int status = 0; status < 700; status++) {
		enum sub_event first = subscription_response(status, true);
		enum sub_event later = subscription_response(status, false);

		if (first == EV_FAILED && later == EV_FAILED)
			continue;
		doctable_row(&t, "| %d | %.*s | %.*s |", status,
			     STR_ARG(sub_event_name(first)),
			     STR_ARG(sub_event_name(later)));
	}
	doctable_end(&t);
}

/* RFC 6665 §4.1.2.2 and RFC 8048 §5.2.2, written a second time. */
static void responses_by_the_book(void **state)
{
	static const int ends[] = { 405, 410, 416, 482, 483, 484, 485, 501 };
	static const int refuses[] = { 403, 489, 603 };
	static const int passes[] = { 0,   400, 401, 406, 407, 408,
				      420, 423, 480, 486, 491, 500,
				      502, 503, 504, 513, 600, 606 };

	(void)state;
	for (size_t i = 0; i < COUNT(ends); i++)
		assert_int_equal(subscription_response(ends[i], false),
				 EV_GONE);
	for (size_t i = 0; i < COUNT(refuses); i++) {
		assert_int_equal(subscription_response(refuses[i], true),
				 EV_REFUSED);
		assert_int_equal(subscription_response(refuses[i], false),
				 EV_REFUSED);
	}
	for (size_t i = 0; i < COUNT(passes); i++) {
		assert_int_equal(subscription_response(passes[i], true),
				 EV_FAILED);
		assert_int_equal(subscription_response(passes[i], false),
				 EV_FAILED);
	}
	assert_int_equal(subscription_response(481, false), EV_GONE);
	assert_int_equal(subscription_response(404, true), EV_NOT_FOUND);
	assert_int_equal(subscription_response(604, false), EV_NOT_FOUND);
	/* No such address either, where nothing was there before. */
	assert_int_equal(subscription_response(410, true), EV_NOT_FOUND);
	assert_int_equal(subscription_response(484, true), EV_NOT_FOUND);
	assert_int_equal(subscription_response(485, true), EV_NOT_FOUND);
	assert_int_equal(subscription_response(405, true), EV_FAILED);
}

static void reasons(void **state)
{
	static const char *const names[] = { "deactivated", "timeout",
					     "probation",   "giveup",
					     "rejected",    "noresource",
					     "invariant" };
	struct doctable t;

	(void)state;
	doctable_open(&t, DOCS, "### Why a subscription was terminated");
	for (size_t i = 0; i < COUNT(names); i++) {
		enum sub_event e = subscription_reason(str_z(names[i]), false);

		assert_int_equal(subscription_reason(str_z(names[i]), true), e);
		doctable_row(&t, "| %s | %.*s |", names[i],
			     STR_ARG(sub_event_name(e)));
	}
	doctable_row(
		&t, "| none, or another | %.*s |",
		STR_ARG(sub_event_name(subscription_reason(STR_NONE, false))));
	doctable_row(&t, "| none, or another, and retry-after | %.*s |",
		     STR_ARG(sub_event_name(
			     subscription_reason(STR_LIT("tired"), true))));
	doctable_end(&t);
	assert_int_equal(subscription_reason(STR_LIT("Rejected"), false),
			 EV_NOTIFY_REJECTED);
	assert_int_equal(subscription_reason(STR_LIT("x"), false),
			 EV_NOTIFY_AGAIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(docs_print_the_tables),
		cmocka_unit_test(every_step_keeps_the_rules),
		cmocka_unit_test(lives_of_rows),
		cmocka_unit_test(stores_before_it_tells),
		cmocka_unit_test(names),
		cmocka_unit_test(responses),
		cmocka_unit_test(responses_by_the_book),
		cmocka_unit_test(reasons),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
