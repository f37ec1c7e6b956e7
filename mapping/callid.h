#ifndef STOX_MAPPING_CALLID_H
#define STOX_MAPPING_CALLID_H
#include <stdbool.h>
#include "gateway/base/arena.h"
#include "gateway/base/str.h"

/* <thread/> <-> Call-ID (RFC 7572 Tables 1 and 2). A legal Call-ID is a thread
 * as it stands; what a Call-ID may not hold (RFC 3261 §25.1: word ["@" word])
 * is %HH there. A '%' that would read as such an escape is %25, and %25 in
 * front of it %2525 and so on, so both ways lead back exactly. */

/* false for what has no Call-ID: empty, a control character, no UTF-8, or
 * longer than max_bytes when escaped. */
bool callid_from_thread(struct arena *a, struct str thread, size_t max_bytes,
			struct str *out);
struct str callid_to_thread(struct arena *a, struct str call_id);

#endif
