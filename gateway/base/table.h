#ifndef STOX_BASE_TABLE_H
#define STOX_BASE_TABLE_H
#include <stdlib.h>
#include "gateway/base/keyed.h"

/* uthash with our two rules: keys come from strangers, so the hash is keyed;
 * a table that cannot grow aborts. Include this, never <uthash.h> itself. */
#define HASH_FUNCTION(keyptr, keylen, hashv)                                   \
	do {                                                                   \
		(hashv) = (unsigned)keyed_hash((keyptr), (keylen));            \
	} while (0)
#define uthash_fatal(msg) abort()
#include <uthash.h>
#include <utlist.h>

#endif
