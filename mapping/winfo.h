#ifndef STOX_MAPPING_WINFO_H
#define STOX_MAPPING_WINFO_H
#include <stdbool.h>
#include <stdint.h>
#include "gateway/base/arena.h"
#include "xmpp/xml.h"

/* application/watcherinfo+xml (RFC 3857, RFC 3858): who watches a user whose
 * presence is served by somebody else, and what of that the user is to be
 * asked. */
enum winfo_status {
	WINFO_PENDING,
	WINFO_ACTIVE,
	WINFO_WAITING, /* his subscription is over, the question is not */
	WINFO_TERMINATED
};

enum winfo_event {
	WINFO_SUBSCRIBE,
	WINFO_APPROVED,
	WINFO_DEACTIVATED,
	WINFO_PROBATION,
	WINFO_REJECTED,
	WINFO_TIMEOUT,
	WINFO_GIVEUP,
	WINFO_NORESOURCE,
	WINFO_EVENT_OTHER /* none of RFC 3857 §4.7.1, or none at all */
};

struct winfo_watcher {
	struct winfo_watcher *next;
	struct str uri; /* as written */
	struct str id;
	struct str display;
	enum winfo_status status;
	enum winfo_event event;
};

struct winfo_list {
	struct winfo_list *next;
	struct str resource; /* URI of the user */
	struct str package;  /* "presence" */
	struct winfo_watcher *watchers;
};

struct winfo {
	uint32_t version;
	bool is_full;
	struct winfo_list *lists;
};

enum { WINFO_WATCHERS_MAX = 1000 }; /* of a document; more are passed over */

/* Tolerant: any prefix; watchers without a URI or with a status that is not
 * known are passed over. false and static *why when it is no such document, or
 * has no version. Slices borrow from the tree. */
bool winfo_read(struct arena *a, const struct xml *doc, struct winfo *out,
		const char **why);

/* RFC 3858 §4: what to do with a document. has_last: one was there before, with
 * version last. */
enum winfo_order {
	WINFO_TAKE,
	WINFO_TAKE_AND_REFRESH, /* some are missing: ask for the full state */
	WINFO_DISCARD		/* old, or the same again */
};
enum winfo_order winfo_order(bool has_last, uint32_t last,
			     const struct winfo *w);

/* What a watcher's state means for the user's roster. */
enum winfo_wish {
	WINFO_NOTHING,
	WINFO_ASK,     /* presence subscribe to the user, once */
	WINFO_GRANTED, /* he may watch: the row is there without asking */
	WINFO_DENIED   /* and has been told */
};
enum winfo_wish winfo_wish(const struct winfo_watcher *w);

/* For docs and tests: row i of the table of wishes, false behind its end. event
 * is WINFO_EVENT_OTHER where every event will do. */
struct winfo_row {
	enum winfo_status status;
	enum winfo_event event;
	enum winfo_wish wish;
};
bool winfo_row(size_t i, struct winfo_row *out);
struct str winfo_status_name(enum winfo_status s);
struct str winfo_event_name(enum winfo_event e); /* none for OTHER */
struct str winfo_wish_name(enum winfo_wish w);

#endif
