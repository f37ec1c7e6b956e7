#ifndef STOX_GATEWAY_CONFIG_SETTLEVAIN_H
#define STOX_GATEWAY_CONFIG_SETTLEVAIN_H
#include "gateway/config/config.h"
#include "gateway/config/optionread.h"

/* Settings that are right by themselves and never have an effect: an admin of
 * a domain that is not served, a peer that is to speak for our own users. A
 * warning each. */
void settlevain_config(struct optionread *r, const struct yamltree *root,
		       const struct config *c);

#endif
