#ifndef STOX_GATEWAY_CONFIG_CHECK_H
#define STOX_GATEWAY_CONFIG_CHECK_H
#include <stdio.h>
#include "gateway/config/config.h"

/* stoxd --check: tries what the configuration says, for real and within 10 s:
 * names resolve, each component's server answers and takes the secret, each
 * SIP listen address can be bound (a stoxd that runs already is told apart),
 * the next hop resolves and answers OPTIONS. One line a step on out; the
 * first thing that is wrong in one sentence with what to do. True if all is
 * well. */
bool check_run(const struct config *c, FILE *out);

/* stoxd --explain ADDRESS: a JID or a SIP, tel, im or pres URI; prints for each
 * component what it is on the other side, the way back, and which rule says
 * so. False when no component knows it. */
bool check_explain(const struct config *c, const char *address, FILE *out);

#endif
