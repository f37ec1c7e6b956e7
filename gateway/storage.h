#ifndef STOX_GATEWAY_STORAGE_H
#define STOX_GATEWAY_STORAGE_H
#include "gateway/config.h"

/* The store as the configuration has it. */

/* NULL and *why, a sentence that names what was tried (from the loop's arena).
 * Where no path is configured, the usual one; *is_memory then tells that it
 * could not be had and memory serves instead, *why says why. */
struct store *storage_open(struct loop *l, const struct config *c,
			   bool *is_memory, const char **why);

#endif
