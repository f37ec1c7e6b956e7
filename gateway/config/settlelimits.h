#ifndef STOX_GATEWAY_CONFIG_SETTLELIMITS_H
#define STOX_GATEWAY_CONFIG_SETTLELIMITS_H
#include "gateway/config/config.h"
#include "gateway/config/optionread.h"

/* Settings that contradict each other: a shortest time above the longest, a
 * queue that has no room for one stanza. Each is right by itself. Where the
 * file names only one of the outbox's waits, the other one follows. */
void settlelimits_config(struct optionread *r, const struct yamltree *root,
			 struct config *c);

#endif
