#ifndef STOX_GATEWAY_CONFIG_SETTLETRUST_H
#define STOX_GATEWAY_CONFIG_SETTLETRUST_H
#include "gateway/config/config.h"
#include "gateway/config/optionread.h"

/* Of TLS and of users: defaults that follow from other settings, and values
 * that do not go together. After settlepeers.h. has_inline_secret is set when a
 * secret stands in the file itself, and left alone otherwise. */
void settletrust_config(struct optionread *r, const struct yamltree *root,
			struct config *c, bool *has_inline_secret);
/* Does that next hop (URI text; may be none) say TLS? */
bool settletrust_is_tls_hop(struct str hop);

#endif
