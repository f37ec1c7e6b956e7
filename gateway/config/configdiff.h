#ifndef STOX_GATEWAY_CONFIG_CONFIGDIFF_H
#define STOX_GATEWAY_CONFIG_CONFIGDIFF_H
#include "gateway/config/options.h"
#include "gateway/base/arena.h"
#include "gateway/base/str.h"

/* What differs between two structs that one option table has filled, by the
 * table: nothing that can be set is forgotten. */
struct configdiff_change {
	struct str key; /* "sip.peers[1].domains" */
	const struct option *option;
	struct str from, to; /* as text; of a secret: none */
	bool is_secret;
	bool is_fixed;	  /* needs a restart */
	bool is_personal; /* an address of a person: not for the log */
};
typedef void configdiff_fn(void *arg, const struct configdiff_change *c);

struct configdiff {
	struct arena *keep;    /* borrowed: of what goes into new */
	struct arena *scratch; /* borrowed: of what is told */
	const struct option *table;
	const char *skip; /* a setting that is not looked at; or NULL */
	configdiff_fn *fn;
	void *arg;
	bool is_fixed; /* all of it */
};

/* Calls fn for each setting that differs. A setting that needs a restart
 * (option.is_fixed) gets the old value back in new. path: before the keys. */
void configdiff_run(const struct configdiff *d, struct str path,
		    const void *old, void *new);

#endif
