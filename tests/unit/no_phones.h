#ifndef STOX_TESTS_NO_PHONES_H
#define STOX_TESTS_NO_PHONES_H
#include "roster_bench.h"

/* No phones attach here. */
bool local_open(struct row *w, bool is_poll)
{
	(void)w;
	(void)is_poll;
	return false;
}

void local_close(struct row *w)
{
	(void)w;
}

#endif
