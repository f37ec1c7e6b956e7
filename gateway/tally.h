#ifndef STOX_GATEWAY_TALLY_H
#define STOX_GATEWAY_TALLY_H
#include "gateway/base/str.h"
#include "gateway/base/table.h"

/* How many there are of each name. A name without any costs nothing. */
struct tally; /* NULL: none of any */

void tally_add(struct tally **tp, struct str name);
void tally_drop(struct tally **tp, struct str name); /* one of them is there */
unsigned tally_count(const struct tally *t, struct str name);
unsigned tally_names(const struct tally *t); /* that there are any of */
void tally_fini(struct tally **tp);

#endif
