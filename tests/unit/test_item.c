#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "gateway/presence/item.h"

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

/* "desk hall- !hall": a resource each, - when it has gone, ! when dirty. */
static const char *dump(const struct item *list)
{
	struct strbuf b;
	char *z;

	strbuf_init(&b, 4096);
	for (; list != NULL; list = list->next) {
		if (b.n > 0)
			strbuf_addc(&b, ' ');
		if (list->is_dirty)
			strbuf_addc(&b, '!');
		strbuf_add(&b, list->value.resource.n > 0 ? list->value.resource
							  : STR_LIT("."));
		if (!list->value.is_available)
			strbuf_addc(&b, '-');
	}
	z = str_dupz(&arena, strbuf_str(&b));
	strbuf_fini(&b);
	return z;
}

static bool is_crowded;
static int64_t now_s = 1000;
static int priority;

static bool take(struct item **list, const char *resource, bool is_available,
		 const char *status)
{
	struct text t = { .s = str_z(status) };
	struct stanza s = {
		.kind = STANZA_PRESENCE,
		.from = { STR("juliet"), STR("xmpp.test"), str_z(resource) },
		.u.presence = { .type = is_available ? PRESENCE_AVAILABLE
						     : PRESENCE_UNAVAILABLE,
				.status = status != NULL ? &t : NULL },
	};

	s.u.presence.priority = priority;
	return item_take(list, &arena, &s, now_s, &is_crowded);
}

static void test_take(void **state)
{
	static const struct {
		const char *resource;
		bool is_available;
		const char *status;
		bool is_changed;
		const char *then;
	} steps[] = {
		/* Nobody is there; a resource comes and that is over. */
		{ "", false, NULL, true, ".-" },
		{ "", false, NULL, false, ".-" },
		{ "desk", true, NULL, true, "desk" },
		{ "desk", true, NULL, false, "desk" },
		{ "desk", true, "tea", true, "desk" },
		{ "hall", true, NULL, true, "desk hall" },
		/* One that was never there cannot go. */
		{ "attic", false, NULL, false, "desk hall" },
		{ "hall", false, NULL, true, "desk hall-" },
		{ "hall", false, NULL, false, "desk hall-" },
		/* From the bare JID: all of them. */
		{ "", false, NULL, true, "desk- hall-" },
		{ "", false, NULL, false, "desk- hall-" },
		{ "desk", true, NULL, true, "desk hall-" },
	};
	struct item *list = NULL;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		assert_int_equal(take(&list, steps[i].resource,
				      steps[i].is_available, steps[i].status),
				 steps[i].is_changed);
		assert_string_equal(dump(list), steps[i].then);
	}
	item_drop_all(&list);
}

/* After a new link all are marked; who is heard of again is not dirty. */
static void test_what_is_heard_is_clean(void **state)
{
	struct item *list = NULL, *i;

	(void)state;
	take(&list, "desk", true, "same");
	take(&list, "hall", true, NULL);
	for (i = list; i != NULL; i = i->next)
		i->is_dirty = true;
	assert_false(take(&list, "desk", true, "same"));
	assert_string_equal(dump(list), "desk !hall");
	item_leave(item_find(list, STR_LIT("hall")), 7);
	assert_string_equal(dump(list), "desk !hall-");
	assert_int_equal(item_find(list, STR_LIT("hall"))->value.stamp_s, 7);
	item_drop_all(&list);
}

static void test_put_copies(void **state)
{
	char resource[] = "desk", status[] = "here", idle[] = "2026-01-01";
	struct text second = { .lang = STR("it"), .s = STR("qui") };
	struct text first = { .next = &second,
			      .lang = STR("en"),
			      .s = { status, 4 } };
	const struct presence_item v = { .resource = { resource, 4 },
					 .is_available = true,
					 .status = &first,
					 .priority = -5,
					 .idle_since = { idle, 10 } };
	struct item *list = NULL, *i;

	(void)state;
	i = item_put(&list, &v);
	memset(resource, 'x', 4);
	memset(status, 'x', 4);
	memset(idle, 'x', 10);
	assert_true(i->is_dirty);
	assert_true(str_eqz(i->value.resource, "desk"));
	assert_true(str_eqz(i->value.status->s, "here"));
	assert_true(str_eqz(i->value.status->next->s, "qui"));
	assert_true(str_eqz(i->value.idle_since, "2026-01-01"));
	assert_int_equal(i->value.priority, -5);
	assert_null(i->value.status->next->next);
	item_drop_all(&list);
}

static void test_limit(void **state)
{
	struct presence_item v = { .is_available = true };
	struct item *list = NULL;
	char name[8];
	int i;

	(void)state;
	for (i = 0; i <= ITEMS_MAX; i++) {
		snprintf(name, sizeof(name), "r%d", i);
		v.resource = str_z(name);
		assert_int_equal(item_put(&list, &v) != NULL, i < ITEMS_MAX);
	}
	v.resource = STR_LIT("r3");
	v.priority = 1;
	assert_non_null(item_put(&list, &v)); /* one that is there */
	item_drop_all(&list);
	assert_null(list);
}

/* More than fit: the least is left out, and has its place again when others
 * have gone. */
static void test_crowd(void **state)
{
	struct item *list = NULL;
	char name[8];

	(void)state;
	is_crowded = false;
	for (int i = 0; i < ITEMS_MAX; i++) {
		snprintf(name, sizeof(name), "r%d", i);
		priority = i == 0 ? 5 : 0;
		now_s++;
		assert_true(take(&list, name, true, NULL));
	}
	assert_false(is_crowded);
	/* Less than all: left out. */
	priority = -1;
	assert_false(take(&list, "less", true, NULL));
	assert_true(is_crowded);
	is_crowded = false;
	assert_false(take(&list, "less", false, NULL));
	assert_false(is_crowded);
	/* The oldest of the lowest priority makes room. */
	priority = 0;
	now_s++;
	assert_true(take(&list, "new", true, NULL));
	assert_true(is_crowded);
	assert_null(item_find(list, STR_LIT("r1")));
	assert_non_null(item_find(list, STR_LIT("r0")));
	/* What has gone goes first, whatever it was. */
	assert_true(take(&list, "r0", false, NULL));
	assert_true(take(&list, "r1", true, NULL)); /* there is room */
	assert_non_null(item_find(list, STR_LIT("r0")));
	now_s++;
	assert_true(take(&list, "r0", true, NULL)); /* over its own place */
	assert_null(item_find(list, STR_LIT("r2")));
	assert_true(item_find(list, STR_LIT("r0"))->value.is_available);
	assert_false(item_is_sparse(list));
	for (int i = 3; i < 3 + ITEMS_MAX / 2; i++) {
		snprintf(name, sizeof(name), "r%d", i);
		assert_true(take(&list, name, false, NULL));
	}
	assert_true(item_is_sparse(list));
	item_drop_all(&list);
}

/* Each document may name others: what has gone and was not told has room
 * beside what is there. */
static void test_room_for_what_has_gone(void **state)
{
	struct presence_item v = { .is_available = true };
	struct item *list = NULL, *i;
	char name[16];
	int n = 0;

	(void)state;
	for (int round = 0; round < 5; round++) {
		for (i = list; i != NULL; i = i->next)
			item_leave(i, 0);
		for (int k = 0; k < ITEMS_MAX; k++) {
			snprintf(name, sizeof(name), "%d-%d", round, k);
			v.resource = str_z(name);
			n += item_put(&list, &v) != NULL;
		}
	}
	assert_int_equal(n, ITEMS_ALL_MAX);
	item_drop_all(&list);
}

static void test_drop_unavailable(void **state)
{
	struct item *list = NULL;

	(void)state;
	take(&list, "a", true, NULL);
	take(&list, "b", true, NULL);
	take(&list, "c", true, NULL);
	take(&list, "a", false, NULL);
	take(&list, "c", false, NULL);
	item_drop_unavailable(&list);
	assert_string_equal(dump(list), "b");
	assert_true(item_any_available(list));
	assert_true(str_eqz(item_values(&arena, list)->resource, "b"));
	assert_null(item_values(&arena, list)->next);
	item_drop(&list, list);
	assert_false(item_any_available(list));
	assert_null(item_values(&arena, list));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_take),
		cmocka_unit_test(test_what_is_heard_is_clean),
		cmocka_unit_test(test_put_copies),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_crowd),
		cmocka_unit_test(test_room_for_what_has_gone),
		cmocka_unit_test(test_drop_unavailable),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
