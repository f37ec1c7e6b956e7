#ifndef STOX_SIP_CREDENTIALS_H
#define STOX_SIP_CREDENTIALS_H
#include "sip/digest.h"
#include "sip/sipmsg.h"

/* The challenges that our one account has answered, so that the next request
 * carries credentials at once (RFC 3261 §22.2, §22.3). Bounded: the one used
 * longest ago makes room. */
enum { CREDENTIALS_MAX = 16 };

struct credentials {
	struct digest_account account; /* borrowed text; username none: off */
	struct credential {
		struct digest_state state; /* owned */
		union endpoint peer;	   /* next hop that asked */
		uint64_t domain;	   /* hash of the target's host */
		uint64_t used;		   /* order of use; 0: free */
	} slots[CREDENTIALS_MAX];
	uint64_t clock;
};

void credentials_fini(struct credentials *c);
/* Another account, its text in arena; what was answered with the old one is
 * forgotten. Nothing happens if it is the same. */
void credentials_adjust(struct credentials *c, struct arena *arena,
			const struct digest_account *account);

/* One request's dealings with challenges; zeroed at its start. */
struct credentials_try {
	uint64_t realms[4]; /* hashes of what it has answered */
	unsigned answered;
};

/* Keeps what a 401 or 407 of that hop asks for. false when no second try
 * makes sense: no account, nothing that we can answer, or our answer to this
 * very realm was refused and the nonce is not merely stale. */
bool credentials_take(struct credentials *c, struct credentials_try *t,
		      const struct hop *from, struct str host,
		      const struct response *res);
/* Appends the header lines that this hop wants for a target of that host. */
void credentials_write(struct credentials *c, struct strbuf *b,
		       const struct hop *to, struct str host, enum method m,
		       struct str uri);

#endif
