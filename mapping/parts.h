#ifndef STOX_MAPPING_PARTS_H
#define STOX_MAPPING_PARTS_H
#include "gateway/base/arena.h"
#include "gateway/base/str.h"

/* A text that is too long for one request, in parts. A cut is never inside of
 * what a reader takes for one character (UAX #29: base and combining marks,
 * emoji of several, flags, CRLF), unless that alone is too long for a part;
 * behind a blank, where one is near. */
enum {
	PARTS_MAX = 99,
	PART_MARK_MAX_BYTES = 8, /* "(12/34) " */
	PART_MIN_BYTES = 32	 /* of a part, its mark among them */
};

/* text: UTF-8. out: up to parts_max slices of it, which together are all of it;
 * none is longer than part_bytes less PART_MARK_MAX_BYTES. Returns how many; 0:
 * it does not go into so many. parts_max: 1..PARTS_MAX. */
size_t parts_cut(struct arena *a, struct str text, size_t part_bytes,
		 size_t parts_max, struct str *out);
/* The body of part number i (from 0) of n. */
struct str part_body(struct arena *a, struct str part, size_t i, size_t n);

#endif
