#ifndef STOX_MAPPING_COMPOSE_H
#define STOX_MAPPING_COMPOSE_H
#include "mapping/pidf.h"

/* Several publications of one person as one document (RFC 3903 §6, RFC 4479
 * §3.4): all tuples, each id once, and what the newest of them that says
 * anything says of the person. docs: the newest first. Slices borrow from
 * them. */
void compose_documents(struct arena *a, const struct pidf *docs, size_t n,
		       struct pidf *out);

#endif
