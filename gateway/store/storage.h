#ifndef STOX_GATEWAY_STORE_STORAGE_H
#define STOX_GATEWAY_STORE_STORAGE_H
#include "gateway/config/config.h"

/* The store as the configuration has it. */

/* NULL and *why, a sentence that names what was tried (from the loop's arena).
 * Where no path is configured, the usual one; *is_memory then tells that there
 * is none and none can be made, or another stoxd has it, and memory serves
 * instead, *why says why. One that is there and cannot be used is NULL. */
struct store *storage_open(struct loop *l, const struct config *c,
			   bool *is_memory, const char **why);

#endif
