#ifndef STOX_SIP_SUBSTATE_H
#define STOX_SIP_SUBSTATE_H
#include <stdbool.h>
#include <stdint.h>
#include "gateway/base/str.h"

/* The value of Subscription-State (RFC 6665 §8.2.3, §8.4). */
enum substate_kind { SUBSTATE_ACTIVE, SUBSTATE_PENDING, SUBSTATE_TERMINATED };

struct substate {
	enum substate_kind kind;
	struct str reason;     /* none */
	int64_t expires_s;     /* -1: none */
	int64_t retry_after_s; /* -1: none */
};

/* false when there is no state. An unknown one (§8.4 allows for more) counts
 * as pending: it promises nothing. A parameter that is not a number, or is
 * over 2^32-1, counts as absent. Slices borrow from s. */
bool substate_read(struct str s, struct substate *out);
/* "active;expires=600", "terminated;reason=timeout;retry-after=60". Parameters
 * that §4.2.2 does not want with the state are left out. */
void substate_write(struct strbuf *b, const struct substate *s);

#endif
