#ifndef STOX_SIP_RRCACHE_H
#define STOX_SIP_RRCACHE_H
#include "gateway/base/table.h"
#include "sip/rr.h"

/* DNS answers by name and kind. A failure keeps the last good answer, to be
 * used meanwhile. Private to resolve. */
enum {
	RRCACHE_MAX = 4096,    /* entries; then the oldest goes */
	RRCACHE_TTL_MIN_S = 5, /* whatever the answer says */
	RRCACHE_TTL_MAX_S = 3600,
	RRCACHE_NEGATIVE_MS = 30000 /* no records, or no answer */
};

struct resolve_job;

struct rrcache_entry {
	UT_hash_handle hh;
	struct rr_set set; /* owned */
	uint64_t until_ms;
	bool is_known;	 /* was answered, or failed, at least once */
	bool has_failed; /* the last time; set is what was good before */
	bool is_pending; /* asked for; is not dropped meanwhile */
	struct resolve_job *waiters; /* the resolver's; empty when dropped */
	void *owner;		     /* the resolver's */
	enum rr_kind kind;
	char key[]; /* the kind's letter, and the name with its NUL */
};

struct rrcache {		     /* embedded; zeroed is empty */
	struct rrcache_entry *table; /* owned; the oldest first */
};

void rrcache_fini(struct rrcache *c);
/* NULL when there is none. */
struct rrcache_entry *rrcache_get(const struct rrcache *c, enum rr_kind kind,
				  const char *name);
/* A new, empty one (there must be none); may drop an old one. NULL when all
 * are pending. */
struct rrcache_entry *rrcache_add(struct rrcache *c, enum rr_kind kind,
				  const char *name);
const char *rrcache_name(const struct rrcache_entry *e);
bool rrcache_is_fresh(const struct rrcache_entry *e, uint64_t now_ms);
/* n == 0: certain that there are none. */
void rrcache_answer(struct rrcache *c, struct rrcache_entry *e, uint64_t now_ms,
		    const struct rr *rr, size_t n, uint32_t ttl_s);
void rrcache_fail(struct rrcache_entry *e, uint64_t now_ms);

#endif
