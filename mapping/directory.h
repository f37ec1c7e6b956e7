#ifndef STOX_MAPPING_DIRECTORY_H
#define STOX_MAPPING_DIRECTORY_H
#include "mapping/aor.h"
#include "mapping/env.h"

/* What stands before the plan: aliases, then number rules, of contacts and of
 * users alike. Whoever is named here has this name only: an address of the
 * plan that would name him too is not given to anybody else. */
enum side { SIDE_CONTACT, SIDE_USER };
enum finding {
	FINDING_NONE,
	FINDING_ENTRY,
	/* a number whose other side an alias has taken */
	FINDING_TAKEN
};

struct entry {
	enum side side;
	struct jid jid;		   /* bare */
	struct uri uri;		   /* without parameters */
	const struct alias *alias; /* or else: */
	const struct number_rule *rule;
};

/* jid's resource is not looked at. Results are in a or borrowed from p. */
enum finding directory_by_jid(struct arena *a, const struct address_plan *p,
			      const struct jid *jid, struct entry *out);
/* A tel number has no host: it is read as one of the rule's host. */
enum finding directory_by_aor(struct arena *a, const struct address_plan *p,
			      const struct aor *aor, struct entry *out);
/* "alias ..." or "number rule ...", for --explain. */
struct str directory_how(struct arena *a, const struct entry *e);
/* false with *why (in a) when two entries name the same address, or an entry
 * could never be used. */
bool directory_check(struct arena *a, const struct address_plan *p,
		     struct str *why);

#endif
