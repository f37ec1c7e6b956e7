#ifndef STOX_GATEWAY_PHONES_PRESENTITY_INNER_H
#define STOX_GATEWAY_PHONES_PRESENTITY_INNER_H
#include "gateway/base/table.h"
#include "gateway/phones/presentity.h"

/* What the files of the presence server share: presentity.c (who there is, and
 * who watches), presentity_publish.c (PUBLISH). */
struct presentity {
	UT_hash_handle hh;
	struct str key;		  /* owned */
	struct posting *postings; /* owned; the newest first */
	size_t count;
	size_t coming; /* new ones that are on their way to the store */
	struct watching *watchings; /* borrowed */
};

/* A PUBLISH with the tag of one that is on its way to the store. */
struct late {
	struct late *next;
	struct answer *answer; /* owned until it is replied to */
};

/* A PUBLISH on its way to the store. */
struct publishing {
	struct publishing *prev, *next;
	struct presentities *owner; /* borrowed */
	struct answer *answer;	    /* owned until it is replied to */
	struct str key;		    /* heap */
	struct posting *fresh;	    /* owned; NULL: it is to go */
	struct late *late;	    /* owned */
	size_t late_count;
	bool is_new;  /* and no change of one */
	bool is_void; /* whose it is has gone meanwhile */
	char id[POSTING_ID_BYTES];
	unsigned expires_s;
};

struct presentities {
	struct bridge *bridge;	    /* borrowed */
	struct presentity *all;	    /* owned; table */
	size_t count;		    /* publications */
	size_t coming;		    /* as in struct presentity, of all */
	struct publishing *waiting; /* owned list */
	struct strbuf record;
	struct loop_timer expiry;
};

struct presentity *presentity_find(const struct presentities *p,
				   struct str key);
struct presentity *presentity_get(struct presentities *p, struct str key);
void presentity_put(struct presentities *p, struct presentity *x,
		    struct posting *y);
void presentity_drop(struct presentities *p, struct presentity *x,
		     struct posting *y);
/* Frees one of whom nothing is known nor on its way, and whom nobody watches.
 */
void presentity_tidy(struct presentities *p, struct presentity *x);
bool presentity_document(struct arena *a, struct str body, struct pidf *out,
			 const char **why);

void publishing_destroy(struct publishing *q);

#endif
