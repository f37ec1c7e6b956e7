#ifndef STOX_MAPPING_PRESENCE_H
#define STOX_MAPPING_PRESENCE_H
#include "mapping/env.h"
#include "mapping/pidf.h"

/* Presence both ways (RFC 8048 §6, RFC 3922 §5-6): the resources of a user are
 * the tuples of one document, and the tuples of a contact's document are his
 * resources. */
struct presence_item {
	struct presence_item *next;
	struct str resource; /* none: the bare JID */
	bool is_available;
	enum presence_show show;
	struct text *status;
	int priority;	       /* -128..127 */
	struct str idle_since; /* XEP-0319, XEP-0082 text; none */
	int64_t stamp_s;       /* when it became so, UTC */
};

/* items: what is known of the user's resources, those that have just left too
 * (is_available off: their tuple is closed, once). No item at all gives one
 * closed tuple. wants_one: only the tuple of the item with the highest
 * priority, merged (for peers that show one tuple). entity: the user's URI.
 * Tuple ids are "ID-" and the resource made a NCName, injectively. */
void presence_to_pidf(struct arena *a, const struct uri *entity,
		      const struct presence_item *items, bool wants_one,
		      int64_t wall_s, struct pidf *out);

/* The items that a contact's document stands for, in its order; NULL when it
 * says nothing (no tuple but a note, RFC 3922 §5.2.11). */
struct presence_item *presence_from_pidf(struct arena *a, const struct pidf *p);

/* presence stanza -> item; from->resource is the item's. */
void presence_item_read(struct arena *a, const struct stanza *s, int64_t wall_s,
			struct presence_item *out);
/* item -> a stanza with from/to as given (from gets the item's resource), and
 * extra children (idle, delay). */
void presence_item_stanza(struct arena *a, const struct presence_item *i,
			  const struct jid *from, const struct jid *to,
			  struct stanza *out, const struct xml **extra);
bool presence_item_eq(const struct presence_item *a,
		      const struct presence_item *b);

/* RFC 8048 §6.2 / RFC 3922 §5: 0..127 <-> 0..1000 thousandths; every value of
 * the first survives the round trip. */
int presence_priority_milli(int priority);
int presence_priority(int milli);

#endif
