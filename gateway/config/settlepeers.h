#ifndef STOX_GATEWAY_CONFIG_SETTLEPEERS_H
#define STOX_GATEWAY_CONFIG_SETTLEPEERS_H
#include "gateway/config/config.h"
#include "gateway/config/optionread.h"

/* Who may send to us where the file does not say: this machine, and the proxy
 * and next hops as far as they are given as addresses. A peer without domains
 * may speak for those that the components stand for: "*" when one of them
 * stands for all. */
void settlepeers_config(struct optionread *r, const struct yamltree *root,
			struct config *c);

#endif
