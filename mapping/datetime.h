#ifndef STOX_MAPPING_DATETIME_H
#define STOX_MAPPING_DATETIME_H
#include <stdbool.h>
#include <stdint.h>
#include "gateway/base/arena.h"
#include "gateway/base/str.h"

/* Points in time as seconds since 1970-01-01 UTC, years 1 to 9999. */

/* XEP-0082 / RFC 3339 "2002-09-10T23:41:07.123+02:00": fractions are dropped,
 * a leap second counts as the second before. false: malformed. */
bool datetime_read_stamp(struct str s, int64_t *out_s);
/* "2002-09-10T23:41:07Z"; none when it is out of range. */
struct str datetime_write_stamp(struct arena *a, int64_t wall_s);
/* The SIP Date header (RFC 3261 §20.17): "Tue, 10 Sep 2002 23:41:07 GMT";
 * none when it is out of range. */
struct str datetime_write_header(struct arena *a, int64_t wall_s);

#endif
