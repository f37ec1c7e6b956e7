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
	int64_t stamp_s;       /* when it became so, UTC; 0: not known */
};

/* items: what is known of the user's resources, those that have just left too
 * (is_available off: their tuple is closed, once). No item at all gives one
 * closed tuple. Of two with one resource the first counts; beyond
 * PIDF_TUPLES_MAX those that are available come first. wants_one: only the
 * tuple of the available item with the highest priority (of these the newest),
 * always with the id of the bare JID, for peers that show one tuple. The person
 * has the activity of that item, and is idle when all are.
 *
 * entity: the user's URI as it is to be written. It should be the sip: URI
 * that the watcher subscribed to: RFC 3863 says pres:, but telephones compare
 * it with what they know. The contact is its sip: form, with the resource as
 * gr. Tuple ids are "ID-" and the resource made a NCName, injectively. Slices
 * borrow from entity and items. */
void presence_to_pidf(struct arena *a, const struct uri *entity,
		      const struct presence_item *items, bool wants_one,
		      int64_t wall_s, struct pidf *out);

/* The items that a contact's document stands for, in its order; NULL when it
 * says nothing (no tuple but a note, RFC 3922 §5.2.11). Tuples of one resource
 * (tupleid.h) are one item. Without any tuple that is open or closed (none at
 * all, or "?") it is one unavailable item of the bare JID. stamp_s is 0 where
 * the tuple has no timestamp. */
struct presence_item *presence_from_pidf(struct arena *a, const struct pidf *p);
/* Whether a resource that presence_from_pidf gave is a name of ours ("sip",
 * "sip-1a2b3c4d"): a message to it goes to the contact without a gr. */
bool presence_is_made_up(struct str resource);

/* presence stanza -> item; from.resource is the item's. stamp_s is that of its
 * <delay/>, else wall_s, never later. Slices borrow from s. */
void presence_item_read(struct arena *a, const struct stanza *s, int64_t wall_s,
			struct presence_item *out);
/* item -> a stanza with from/to as given (from gets the item's resource), and
 * extra children: <idle/>, and <delay/> where stamp_s is not 0. The caller sets
 * it to 0 for what has just happened. */
void presence_item_stanza(struct arena *a, const struct presence_item *i,
			  const struct jid *from, const struct jid *to,
			  struct stanza *out, const struct xml **extra);
/* The same to whoever looks at it: all but stamp_s. */
bool presence_item_eq(const struct presence_item *a,
		      const struct presence_item *b);

/* Those of what is said of the available ones, for Content-Language (RFC 8048
 * Table 1): "it, de". None when none is said. */
struct str presence_languages(struct arena *a,
			      const struct presence_item *items);

/* RFC 8048 §6.2 / RFC 3922 §5: 0..127 <-> 0..1000 thousandths; every value of
 * the first survives the round trip. Below 0 gives -1, "not said" (it MUST NOT
 * be mapped), and that gives 0. */
int presence_priority_milli(int priority);
int presence_priority(int milli);

#endif
