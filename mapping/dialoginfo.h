#ifndef STOX_MAPPING_DIALOGINFO_H
#define STOX_MAPPING_DIALOGINFO_H
#include "mapping/presence.h"

/* application/dialog-info+xml (RFC 4235): who is on the telephone. A document
 * is read, applied to the book of its subscription, and what the book says is
 * laid over the presence of the contact. */
enum call_state {
	CALL_TERMINATED, /* and what we do not know */
	CALL_TRYING,	 /* trying, proceeding: nobody has heard it yet */
	CALL_EARLY,
	CALL_CONFIRMED
};

struct dialoginfo_call {
	struct dialoginfo_call *next;
	struct str id;
	enum call_state state;
	bool is_caller; /* direction='initiator' */
};

struct dialoginfo {
	uint32_t version;
	bool is_full;
	struct str entity;
	struct dialoginfo_call *calls;
};

enum { DIALOGINFO_CALLS_MAX = 64 }; /* more are passed over */

/* Tolerant as pidf_read: any prefix, "state" or "notify-state" (both stand in
 * RFC 4235), full when it does not say partial. false and static *why when it
 * is no such document, or has no version. Slices borrow from the tree. */
bool dialoginfo_read(struct arena *a, const struct xml *doc,
		     struct dialoginfo *out, const char **why);

/* The calls of one subscription, as a value without pointers. All zeros for a
 * new subscription. */
enum { CALLBOOK_ROWS = 16 };
struct callbook {
	bool has_version;
	uint32_t version;
	unsigned count;
	struct callbook_row {
		uint64_t id;	     /* hash */
		unsigned char state; /* enum call_state */
		bool is_caller;
	} rows[CALLBOOK_ROWS]; /* a telephone with more calls loses some */
};

/* RFC 4235 §4.3. false: an old document, nothing was changed. *wants_refresh:
 * one before it is missing and this one is partial, so that a refresh should
 * bring the full state. The same version again counts when it is full: some
 * peers always write 0. */
bool callbook_apply(struct callbook *b, const struct dialoginfo *d,
		    bool *wants_refresh);

enum phone_state { PHONE_IDLE, PHONE_RINGING, PHONE_BUSY };
/* Busy: a call is confirmed, or one of his own making rings at the other end.
 * Ringing: somebody else's is early. */
enum phone_state callbook_state(const struct callbook *b);

/* Lays the telephone over what presence says: busy makes every available item
 * dnd "On the phone" (who is dnd already keeps his own words), ringing gives it
 * the status "Ringing". Unavailable items stay as they are. A copy in a, or
 * items itself where nothing changes. */
struct presence_item *dialoginfo_merge(struct arena *a,
				       struct presence_item *items,
				       enum phone_state phone);

#endif
