#ifndef STOX_MAPPING_ALIASINDEX_H
#define STOX_MAPPING_ALIASINDEX_H
#include "mapping/aor.h"
#include "mapping/env.h"

/* Aliases by JID and by URI. Without an index (NULL) the look-ups go through
 * the whole list, which is right for some dozens. */
struct alias_index;

/* Index and what it holds are in a; the aliases must stay where they are. One
 * of several equal aliases is found, any. */
const struct alias_index *
aliasindex_make(struct arena *a, const struct alias *aliases, size_t n);
/* NULL: there is none. jid's resource is not looked at. */
const struct alias *aliasindex_by_jid(const struct address_plan *p,
				      const struct jid *jid);
const struct alias *aliasindex_by_aor(struct arena *a,
				      const struct address_plan *p,
				      const struct aor *aor);

#endif
