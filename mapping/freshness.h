#ifndef STOX_MAPPING_FRESHNESS_H
#define STOX_MAPPING_FRESHNESS_H
#include "mapping/pidf.h"

/* Which document is older than one that is known already (RFC 3863 §4.1.7):
 * told by the newest tuple of that one, if it comes again with an older
 * timestamp and nothing else is newer. A tuple that is not there any more tells
 * nothing: presence servers put several publications together, and any of them
 * may end. Times to come tell nothing either: that clock will be set. */
struct freshness {
	uint64_t id;	 /* of the newest tuple, hashed */
	int64_t stamp_s; /* its timestamp; 0: nothing is known */
};

/* False: p is older. Else f is that of p. */
bool freshness_take(struct freshness *f, const struct pidf *p, int64_t wall_s);

#endif
