#ifndef STOX_GATEWAY_PRESENCE_ITEM_H
#define STOX_GATEWAY_PRESENCE_ITEM_H
#include "mapping/presence.h"

/* What is known of one resource, kept beyond a turn: one allocation. */
struct item {
	struct item *next;
	bool is_dirty;	    /* not told yet */
	bool is_kept;	    /* the record of its row names it */
	bool is_remembered; /* told before a restart, or over a link that broke;
			       unavailable as far as we know */
	struct presence_item value;
};

/* Puts v into the list, in the place of what was there for its resource;
 * is_dirty tells whether anything changed. NULL when v is available and so are
 * ITEMS_MAX others already; and when there is no room for what has gone and was
 * not told yet. */
enum { ITEMS_MAX = 32, ITEMS_ALL_MAX = 4 * ITEMS_MAX };
struct item *item_put(struct item **list, const struct presence_item *v);
struct item *item_find(struct item *list, struct str resource);
void item_drop(struct item **list, struct item *i);
void item_drop_all(struct item **list);
void item_drop_unavailable(struct item **list);
/* One that is not dropped until it has left. */
void item_remember(struct item **list, struct str resource);
/* Marks it as gone, since then. */
void item_leave(struct item *i, int64_t stamp_s);
/* A presence stanza of a user; true when it changed anything. From the bare JID
 * unavailable stands for all resources. What was heard is not dirty. Where
 * there is no room the least is left out, by priority and then by age, and
 * *is_crowded becomes true. */
bool item_take(struct item **list, struct arena *a, const struct stanza *s,
	       int64_t wall_s, bool *is_crowded);
bool item_any_available(const struct item *list);
/* Of a list that was crowded: so few are left that who was left out is to be
 * heard of. */
bool item_is_sparse(const struct item *list);
/* A chain of the values, for the mapping; borrows from the list. */
const struct presence_item *item_values(struct arena *a,
					const struct item *list);

#endif
