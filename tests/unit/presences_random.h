#ifndef STOX_TESTS_PRESENCES_RANDOM_H
#define STOX_TESTS_PRESENCES_RANDOM_H
#include "mapping/presence.h"

/* Resources of a user as they come, always the same for one seed: words that
 * mean something to telephones, names that need escapes, every show. */
#define RANDOM_COUNT(table) (sizeof(table) / sizeof((table)[0]))

static inline struct str random_pick(unsigned *seed, const struct str *from,
				     unsigned n)
{
	*seed = *seed * 1103515245u + 12345u;
	return from[*seed / 65536 % n];
}

static inline int random_number(unsigned *seed, int from, int to)
{
	*seed = *seed * 1103515245u + 12345u;
	return from + (int)(*seed / 65536 % (unsigned)(to - from + 1));
}

static inline struct text *random_texts(struct arena *a, unsigned *seed)
{
	static const struct str texts[] = { STR("online"), STR("Ringing"),
					    STR("busy"), STR("a < b & c"),
					    STR("\xf0\x9f\x98\x80 x\ny") };
	static const struct str langs[] = { STR(""), STR("de"), STR("en-GB") };
	struct text *first = NULL, **end = &first;

	for (int i = 0; i < random_number(seed, 0, 3); i++) {
		*end = arena_new(a, struct text);
		(*end)->s = random_pick(seed, texts, RANDOM_COUNT(texts));
		(*end)->lang = langs[i];
		end = &(*end)->next;
	}
	return first;
}

static inline struct presence_item *random_items(struct arena *a,
						 unsigned *seed)
{
	static const struct str names[] = { STR("a"),	  STR("my phone"),
					    STR("_x20_"), STR("b\xc3\xa4r"),
					    STR("sip"),	  STR("ID-") };
	static const struct str idles[] = { STR(""), STR(""),
					    STR("2014-12-31T23:00:00Z"),
					    STR("2014-12-31T22:00:00Z") };
	struct presence_item *first = NULL, **end = &first;
	int n = random_number(seed, 1, (int)RANDOM_COUNT(names));

	for (int i = 0; i < n; i++) {
		struct presence_item *item = arena_new(a, struct presence_item);

		item->resource = names[i];
		item->is_available = random_number(seed, 0, 3) > 0;
		item->status = random_texts(a, seed);
		*end = item;
		end = &item->next;
		if (!item->is_available)
			continue;
		item->show = (enum presence_show)random_number(seed, SHOW_NONE,
							       SHOW_XA);
		item->priority = random_number(seed, 0, 127);
		item->idle_since =
			random_pick(seed, idles, RANDOM_COUNT(idles));
	}
	return first;
}

#endif
