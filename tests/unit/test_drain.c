#include "gateway/drain.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "gateway/messages/arrival.h"
#include "gateway/messages/departure.h"
#include "gateway/outbox/outbox.h"
#include "gateway/presence/reception.h"
#include "gateway/presence/roster.h"

/* The end, between fakes of all that may still be busy: what is told to whom,
 * in which order, and when. */
enum { DRAIN_MS = 1000, LINKS = 2 };

static struct {
	struct bridge bridge;
	struct config cfg;
	struct link links[LINKS];
	struct drain drain;
	char said[512];
	bool departures, arrivals, outbox, bytes, watchers, is_up;
	size_t rows;
	int over;
} T;

static void say(const char *what)
{
	size_t n = strlen(T.said);

	(void)snprintf(T.said + n, sizeof(T.said) - n, "%s%s", n > 0 ? " " : "",
		       what);
}

void agent_drain(struct agent *a)
{
	(void)a;
	say("503");
}

bool departures_are_busy(const struct bridge *b)
{
	(void)b;
	return T.departures;
}

void departures_give_up(struct bridge *b)
{
	(void)b;
	say("give-up");
	T.departures = false;
}

bool arrival_is_busy(const struct link *k)
{
	return k == &T.links[LINKS - 1] && T.arrivals;
}

bool outbox_is_busy(const struct outbox *o)
{
	(void)o;
	return T.outbox;
}

void outbox_give_up(struct outbox *o)
{
	(void)o;
	say("outbox");
	T.outbox = false;
}

void reception_close(struct reception *r)
{
	(void)r;
	say("gateway");
}

bool reception_close_more(struct reception *r)
{
	(void)r;
	return !T.watchers;
}

void roster_leave(struct roster *r)
{
	(void)r;
	say("contacts");
}

bool roster_leave_more(struct roster *r)
{
	(void)r;
	return T.rows == 0;
}

size_t roster_left(const struct roster *r)
{
	(void)r;
	return T.rows;
}

size_t component_queued_bytes(const struct component *c)
{
	(void)c;
	return T.bytes;
}

bool component_is_up(const struct component *c)
{
	(void)c;
	return T.is_up;
}

void component_close(struct component *c)
{
	(void)c;
	say("close");
}

static void on_over(void *arg)
{
	assert_ptr_equal(arg, &T);
	T.over++;
	say("over");
}

static int set_up(void **state)
{
	const char *why;

	(void)state;
	memset(&T, 0, sizeof(T));
	T.cfg.drain_ms = DRAIN_MS;
	T.bridge.cfg = &T.cfg;
	T.bridge.links = T.links;
	T.bridge.link_count = LINKS;
	T.bridge.loop = loop_create(&why);
	assert_non_null(T.bridge.loop);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	drain_stop(&T.drain);
	loop_destroy(&T.bridge.loop);
	return 0;
}

/* Turns until the end; how long it took. */
static uint64_t until_over(void)
{
	uint64_t since = loop_now_ms(T.bridge.loop);

	while (T.over == 0)
		loop_turn(T.bridge.loop, 10);
	return loop_now_ms(T.bridge.loop) - since;
}

static void turns_ms(unsigned ms)
{
	uint64_t end = loop_now_ms(T.bridge.loop) + ms;

	while (loop_now_ms(T.bridge.loop) < end)
		loop_turn(T.bridge.loop, 10);
}

#define TOLD   "give-up outbox outbox gateway contacts"
#define CLOSED TOLD " close close"

static void test_nothing_to_do(void **state)
{
	(void)state;
	drain_begin(&T.drain, &T.bridge, on_over, &T);
	assert_true(T.bridge.is_draining);
	assert_string_equal(T.said, "503");
	drain_begin(&T.drain, &T.bridge, on_over, &T); /* begun already */
	assert_in_range(until_over(), 0, DRAIN_MS / 2);
	assert_string_equal(T.said, "503 " CLOSED " over");
	turns_ms(200);
	assert_int_equal(T.over, 1);
}

/* Whatever is busy keeps the links open, so that its end can be told. */
static void test_waits_for_each(void **state)
{
	bool *const busy[] = { &T.departures, &T.arrivals, &T.outbox,
			       &T.bytes };

	for (size_t i = 0; i < sizeof(busy) / sizeof(busy[0]); i++) {
		if (i > 0) {
			assert_int_equal(tear_down(state), 0);
			assert_int_equal(set_up(state), 0);
		}
		*busy[i] = true;
		drain_begin(&T.drain, &T.bridge, on_over, &T);
		turns_ms(200);
		assert_string_equal(T.said, "503");
		*busy[i] = false;
		until_over();
		assert_string_equal(T.said, "503 " CLOSED " over");
	}
	assert_int_equal(tear_down(state), 0);
	assert_int_equal(set_up(state), 0);
	T.links[1].owed = (struct owed *)&T;
	drain_begin(&T.drain, &T.bridge, on_over, &T);
	turns_ms(200);
	assert_string_equal(T.said, "503");
}

/* What does not end is given up behind three fifths of the time; the rest is
 * for the streams to close. */
static void test_gives_up(void **state)
{
	uint64_t ms;

	(void)state;
	T.departures = T.is_up = true;
	drain_begin(&T.drain, &T.bridge, on_over, &T);
	turns_ms(DRAIN_MS / 2);
	assert_string_equal(T.said, "503");
	turns_ms(DRAIN_MS / 4);
	assert_string_equal(T.said, "503 " CLOSED);
	T.is_up = false;
	ms = until_over();
	assert_in_range(ms, 0, DRAIN_MS / 4);
	assert_string_equal(T.said, "503 " CLOSED " over");
}

/* A server that does not close its stream, or takes no bytes. */
static void test_time_is_over(void **state)
{
	(void)state;
	T.is_up = T.bytes = true;
	drain_begin(&T.drain, &T.bridge, on_over, &T);
	assert_in_range(until_over(), DRAIN_MS / 2, DRAIN_MS);
	assert_string_equal(T.said, "503 " CLOSED " over");
}

/* Users are told with the links still up: until the last one has been, and the
 * server has it; but not for ever. */
static void test_users_are_told(void **state)
{
	(void)state;
	T.is_up = T.watchers = true;
	T.rows = 1;
	drain_begin(&T.drain, &T.bridge, on_over, &T);
	turns_ms(200);
	assert_string_equal(T.said, "503 " TOLD);
	T.watchers = false;
	turns_ms(100);
	assert_string_equal(T.said, "503 " TOLD);
	T.bytes = true;
	T.rows = 0;
	turns_ms(100);
	assert_string_equal(T.said, "503 " TOLD);
	T.bytes = false;
	turns_ms(100);
	assert_string_equal(T.said, "503 " CLOSED);
	T.is_up = false;
	assert_in_range(until_over(), 0, DRAIN_MS / 4);
}

static void test_too_many_users(void **state)
{
	(void)state;
	T.is_up = true;
	T.rows = 100000;
	drain_begin(&T.drain, &T.bridge, on_over, &T);
	turns_ms(DRAIN_MS / 2);
	assert_string_equal(T.said, "503 " TOLD);
	assert_in_range(until_over(), 0, DRAIN_MS / 2);
	assert_string_equal(T.said, "503 " CLOSED " over");
}

/* No time at all: everybody is told what fits. */
static void test_no_time(void **state)
{
	static const unsigned times[] = { 0, 1, 150, 250 };

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		assert_int_equal(tear_down(state), 0);
		assert_int_equal(set_up(state), 0);
		T.cfg.drain_ms = times[i];
		T.departures = T.is_up = true;
		T.rows = 1;
		drain_begin(&T.drain, &T.bridge, on_over, &T);
		assert_in_range(until_over(), 0, 300);
		assert_string_equal(T.said, "503 " CLOSED " over");
	}
}

static void test_stopped(void **state)
{
	(void)state;
	drain_begin(&T.drain, &T.bridge, on_over, &T);
	drain_stop(&T.drain);
	turns_ms(200);
	assert_string_equal(T.said, "503");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_nothing_to_do),  TEST(test_waits_for_each),
		TEST(test_gives_up),	   TEST(test_time_is_over),
		TEST(test_users_are_told), TEST(test_too_many_users),
		TEST(test_no_time),	   TEST(test_stopped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
