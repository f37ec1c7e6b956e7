#ifndef STOX_TESTS_NO_LISTS_H
#define STOX_TESTS_NO_LISTS_H
#include "roster_bench.h"

/* There are no lists of users. */
struct lists *lists_create(struct roster *r)
{
	(void)r;
	return NULL;
}

void lists_destroy(struct lists **lp)
{
	(void)lp;
}

bool lists_offer(struct lists *l, const struct request *req,
		 struct answer *answer)
{
	(void)l;
	(void)req;
	(void)answer;
	return false;
}

bool lists_has(const struct lists *l, struct str user)
{
	(void)l;
	(void)user;
	return false;
}

void lists_restore(struct lists *l, const struct dialog_record *d,
		   uint32_t cseq_skip)
{
	(void)l;
	(void)d;
	(void)cseq_skip;
}

void member_tell(struct member *m, enum notice_state s, const char *reason,
		 struct str body)
{
	(void)m;
	(void)s;
	(void)reason;
	(void)body;
}

void member_leave(struct member *m)
{
	(void)m;
}

#endif
