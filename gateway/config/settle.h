#ifndef STOX_GATEWAY_CONFIG_SETTLE_H
#define STOX_GATEWAY_CONFIG_SETTLE_H
#include "gateway/config/config.h"
#include "gateway/config/optionread.h"

/* What no table can say of the settings: defaults that follow from others,
 * and values that do not go together. Complains to r; root is for the lines.
 * has_inline_secret: a secret stands in the file itself. */
void settle_config(struct optionread *r, const struct yamltree *root,
		   struct config *c, bool *has_inline_secret);

#endif
