#ifndef STOX_GATEWAY_PRESENCE_TALLY_H
#define STOX_GATEWAY_PRESENCE_TALLY_H
#include "gateway/base/hashset.h"
#include "gateway/base/str.h"

/* How many there are of each name. A name without any costs nothing. Zeroed it
 * is empty. */
struct tally {
	struct hashset names;
};

void tally_fini(struct tally *t);
void tally_add(struct tally *t, struct str name);
void tally_drop(struct tally *t, struct str name); /* one of them is there */
unsigned tally_count(const struct tally *t, struct str name);
unsigned tally_names(const struct tally *t); /* that there are any of */

#endif
