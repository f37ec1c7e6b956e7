#ifndef STOX_SIP_DATE_H
#define STOX_SIP_DATE_H
#include <stdbool.h>
#include <stdint.h>
#include "gateway/base/str.h"

/* SIP-date, RFC 3261 §20.17: "Sat, 13 Nov 2010 23:29:00 GMT". Sofia's own is
 * wrong behind the 29th of February. */

/* false, *out_s untouched, for anything else, other zones included. */
bool date_read(struct str s, int64_t *out_s);
void date_write(struct strbuf *b, int64_t utc_s);

#endif
