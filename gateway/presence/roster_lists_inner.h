#ifndef STOX_GATEWAY_PRESENCE_ROSTER_LISTS_INNER_H
#define STOX_GATEWAY_PRESENCE_ROSTER_LISTS_INNER_H
#include "gateway/presence/roster_inner.h"

/* What the files of the lists share: roster_lists.c (dialogs),
 * roster_members.c (who is on a list, and NOTIFY). */
struct member {
	struct listing *listing; /* borrowed: owns us */
	struct str uri, user;	 /* in its arena; user: a bare JID */
	struct usage *usage;	 /* owned by its row; NULL: there is none */
	unsigned id;		 /* of its instance; 0: never was any */
	enum notice_state state;
	const char *reason; /* static */
	struct str body;    /* heap; what was said last */
};

/* One dialog. */
struct listing {
	struct listing *prev, *next;
	struct lists *owner; /* borrowed, as the next */
	struct link *link;
	struct arena arena;
	struct str uri, name, contact; /* in it; name: the list as a JID */
	struct member *members;	       /* in it */
	size_t count;
	struct notice *notice;	     /* owned; NULL: not accepted yet */
	struct dialog_kept *dialog;  /* owned until then, as the next two */
	struct str event_id;	     /* heap */
	struct answer *answer;	     /* owned until it is replied to */
	struct renewal *renewal;     /* borrowed: waits for the store */
	struct loop_timer timer;     /* the next NOTIFY */
	uint64_t told_ms;	     /* 0: only the first one */
	uint32_t version, cseq_kept; /* CSeq that the store knows */
	unsigned ids, expires_s;
	bool is_quiet; /* its NOTIFY comes anyway */
	char key[16];
};

/* A SUBSCRIBE in a dialog whose record is being written. */
struct renewal {
	struct listing *listing; /* borrowed; NULL when it is gone */
	struct answer *answer;
};

struct lists {
	struct roster *roster;	   /* borrowed */
	struct notifier *notifier; /* owned */
	struct listing *all;	   /* owned */
	struct strbuf body;
};

/* The list as it stands. */
void listing_notify(struct listing *l, enum notice_state s, const char *reason);
/* Subscribes to all, also those whose subscription has ended meanwhile; then
 * all is said. */
void listing_join(struct listing *l);
/* For a poll: what is known anyway. */
void member_look(struct member *m);
/* After a restart: his row, if it is there. */
void member_restore(struct member *m);
void member_end(struct member *m, bool is_told);
/* Its record as it is now; roster_lists.c. */
void listing_keep(struct listing *l, store_fn *fn, void *arg);

#endif
