#ifndef STOX_TESTS_TALK_BED_H
#define STOX_TESTS_TALK_BED_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>
#include "gateway/bridge.h"

/* As much of a bridge as memory of conversations needs: a loop, a store in
 * memory, limits. */
struct talk_bed {
	struct config cfg;
	struct bridge bridge;
};

static inline struct talk_bed *talk_bed_create(unsigned max, unsigned age_s)
{
	const struct store_options o = { .backend = STORE_MEMORY,
					 .node = STR("test") };
	struct talk_bed *t = calloc(1, sizeof(*t));
	const char *why;

	t->cfg.skills_max = t->cfg.notices_max = max;
	t->cfg.skills_age_s = t->cfg.notices_age_s = age_s;
	t->bridge.cfg = &t->cfg;
	t->bridge.loop = loop_create(&why);
	t->bridge.store = store_open(t->bridge.loop, &o, &why);
	assert_non_null(t->bridge.store);
	return t;
}

/* Until all is written. */
static inline void talk_bed_settle(struct talk_bed *t)
{
	while (store_waiting(t->bridge.store) > 0)
		loop_turn(t->bridge.loop, 10);
}

static inline bool talk_bed_count(void *arg, struct str key, struct str value,
				  int64_t expires_at_s)
{
	(void)key;
	(void)value;
	(void)expires_at_s;
	++*(size_t *)arg;
	return true;
}

static inline size_t talk_bed_rows(struct talk_bed *t, enum store_kind k)
{
	size_t n = 0;
	const char *why;

	assert_true(store_load(t->bridge.store, k, talk_bed_count, &n, &why));
	return n;
}

static inline void talk_bed_destroy(struct talk_bed **tp)
{
	struct talk_bed *t = *tp;

	store_close(&t->bridge.store);
	loop_destroy(&t->bridge.loop);
	free(t);
	*tp = NULL;
}

#endif
