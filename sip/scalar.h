#ifndef STOX_SIP_SCALAR_H
#define STOX_SIP_SCALAR_H
#include <stdbool.h>
#include <stdint.h>
#include "gateway/base/str.h"

/* Header values that are numbers. Sofia takes the low bits of one that is too
 * large, so they are read here (RFC 4475 §3.1.2.4). */

/* "8 INVITE", RFC 3261 §20.16: below 2^31. false and static *why else. */
bool cseq_read(struct str s, uint32_t *number, struct str *method,
	       const char **why);
/* "70", RFC 3261 §20.22: 0 to 255. false for anything else. */
bool hops_read(struct str s, int *out);
/* Delta seconds with what may follow them ("120 (lunch);duration=60"); too
 * large ones as the largest, 2^32-1; -1 when there are none. */
int64_t delta_read(struct str s);
/* RFC 3261 §20.8 word["@"word]: no blanks or controls, not empty; the rest of
 * its grammar helps nobody. */
bool is_call_id(struct str s);

#endif
