#ifndef STOX_GATEWAY_PRESENCE_PUBLISHED_H
#define STOX_GATEWAY_PRESENCE_PUBLISHED_H
#include "gateway/presence/roster_inner.h"

/* Inside of the roster: a user whose presence a SIP server keeps. The gateway
 * watches him in its own name, publishes what it hears (RFC 3903), and asks the
 * server who else wants to watch (RFC 3857). */
struct published {
	UT_hash_handle hh;
	struct roster *roster;		 /* borrowed */
	struct link *link;		 /* borrowed */
	struct item *items;		 /* owned */
	struct publication *publication; /* owned */
	struct watch *winfo;		 /* owned */
	struct tally asked;		 /* watchers he was told of */
	struct loop_timer ask, later, winfo_retry;
	uint64_t put_ms; /* the last PUBLISH of a change */
	uint32_t winfo_version;
	bool has_winfo_version;
	bool is_granted, is_refused; /* by the user */
	bool is_unlisted;	     /* the settings have him no more */
	bool is_crowded;	     /* some of his resources are left out */
	size_t key_bytes;
	char key[]; /* bare JID */
};

struct str published_user(const struct published *p);
bool published_uri(const struct published *p, struct uri *out);

/* --- roster_winfo.c */

void winfo_open(struct published *p); /* nothing when it is open */
void winfo_close(struct published *p);

#endif
