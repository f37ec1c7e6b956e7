#ifndef STOX_GATEWAY_TRUST_POLICY_H
#define STOX_GATEWAY_TRUST_POLICY_H
#include <stdbool.h>
#include <stdint.h>
#include "gateway/base/str.h"
#include "gateway/config/config.h"

/* Token buckets of senders (XEP-0205; RFC 3261 §26.3.2.4) in a table of fixed
 * size: a stranger who makes up names cannot make it grow, only push out the
 * bucket that was idle longest in a set of eight. */
struct policy;

/* rate.per_s 0: everything is admitted. */
struct policy *policy_create(struct config_rate rate);
/* Right behind it, where many senders are expected: else each of the first has
 * to wait for a page of the table. */
void policy_warm(struct policy *p);
/* From now on; what a sender has left stays his. */
void policy_set_rate(struct policy *p, struct config_rate rate);
void policy_destroy(struct policy **pp);
/* Takes one token of key's bucket; false when it is empty. now_ms: monotonic.
 */
bool policy_admit(struct policy *p, struct str key, uint64_t now_ms);

#endif
