#ifndef STOX_XMPP_PREP_H
#define STOX_XMPP_PREP_H
#include <stringprep.h>
#include <stdbool.h>
#include "gateway/base/arena.h"
#include "gateway/base/str.h"

/* Stringprep (RFC 3454) of a part of a JID that is not ASCII, at most
 * JID_PART_MAX_BYTES. What comes out is as long at most, and stays as it is
 * when it is prepared again; false when there is no such text. */
bool prep_apply(struct arena *a, const Stringprep_profile *profile,
		struct str s, struct str *out);

#endif
