#ifndef STOX_MAPPING_ISCOMPOSING_H
#define STOX_MAPPING_ISCOMPOSING_H
#include <stdbool.h>
#include "gateway/base/arena.h"
#include "xmpp/xml.h"

/* application/im-iscomposing+xml (RFC 3994): who is typing. */
#define ISCOMPOSING_TYPE "application/im-iscomposing+xml"

enum { ISCOMPOSING_REFRESH_S = 120, ISCOMPOSING_REFRESH_MAX_S = 600 };

struct iscomposing {
	bool is_active; /* a state that is not known is idle (§3.3) */
	/* How long it is true; ISCOMPOSING_REFRESH_S when not said, at most
	 * ISCOMPOSING_REFRESH_MAX_S. */
	unsigned refresh_s;
};

/* doc is its tree; false and static *why when it is no <isComposing/> with a
 * <state/>. */
bool iscomposing_read(struct arena *a, const struct xml *doc,
		      struct iscomposing *out, const char **why);
void iscomposing_write(struct strbuf *b, const struct iscomposing *i);

#endif
