#ifndef STOX_SIP_PARTY_H
#define STOX_SIP_PARTY_H
#include "sip/sipmsg.h"

/* Header values that carry an address: From, To, Contact, Route, ... */

/* Cuts the first of the comma-separated values off *rest, trimmed; commas in
 * quotes and angle brackets do not count. None at the end of the list; empty
 * values are passed over. */
struct str value_cut(struct str *rest);
/* The same for the ";" between parameters; empty ones are returned. */
struct str param_cut(struct str *rest);
/* The value of a header parameter in ";a=b;c" (quotes taken off); *has tells
 * "there without a value" from "not there". has may be NULL. */
struct str param_find(struct str params, const char *name, bool *has);

/* Whether a comma-separated list of tokens has that one; without case. */
bool list_has(struct str list, struct str token);

/* Reads one name-addr or addr-spec with its parameters (RFC 3261 §20.10).
 * Slices borrow from s, and from a where a display name had quoted pairs.
 * params may be NULL; else it gets what stands behind the address, with its
 * first ';'. false and static *why when it is malformed; *out is then
 * untouched. A "*" is malformed here. */
bool party_read(struct arena *a, struct str s, struct party *out,
		struct str *params, const char **why);

#endif
