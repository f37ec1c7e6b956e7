#ifndef STOX_MAPPING_LEANINGS_H
#define STOX_MAPPING_LEANINGS_H
#include "mapping/pidf.h"

/* What a user does and how he feels: XEP-0108 and XEP-0107, which come as
 * events of his (XEP-0163), and RPID's <activities> and <mood> (RFC 4480 §3.2,
 * §3.8), which describe the person in his document. */
enum { LEANING_NOTE_MAX_BYTES = 1024 }; /* a longer one is left out */

struct leaning {
	struct str name; /* of RPID's element, static; none: nothing is said */
	struct str word; /* within <other>, where RPID has no name */
	struct str note;
	unsigned bit; /* enum activity; 0 where there is none */
};

struct leanings {
	struct leaning activity, mood;
};

/* An event that a user's server sends: true if it is about either, and then
 * what it says is in *io, and the rest of that as it was. Slices borrow from
 * event. What is empty or not understood clears it. */
bool leanings_read(struct arena *a, const struct xml *event,
		   struct leanings *io);
/* Adds them to the document of one who is there. */
void leanings_to_pidf(const struct leanings *l, struct pidf *out);

/* For docs and tests: row i of the table of activities, false behind its end.
 * specific is none where the general one stands alone. */
struct leaning_row {
	struct str general, specific; /* XEP-0108 */
	struct str name;	      /* RPID */
};
bool leaning_row(size_t i, struct leaning_row *out);

#endif
