#ifndef STOX_SIP_GATEKEEPER_H
#define STOX_SIP_GATEKEEPER_H
#include "sip/sipmsg.h"

/* Digest as a server (RFC 3261 §22, RFC 8760): people who may send to us from
 * anywhere, each as himself and nobody else. */
struct gatekeeper;

struct gatekeeper_user {
	struct uri uri; /* who he may say he is: user and host count */
	struct str username, realm;
	struct str password;		/* none: the hashes */
	struct str ha1_sha256, ha1_md5; /* hexadecimal; none: not known */
};

struct gatekeeper_options {
	bool allows_md5;
	uint64_t nonce_ms; /* life of a nonce */
	size_t nonces_max; /* in use at a time: 10000 */
};

struct gatekeeper *gatekeeper_create(const struct gatekeeper_options *o);
void gatekeeper_destroy(struct gatekeeper **gp);
/* Copies all. The users of one host share a realm. One with the username and
 * realm of another takes its place. */
void gatekeeper_add(struct gatekeeper *g, const struct gatekeeper_user *u);
/* false: there is no such user. */
bool gatekeeper_remove(struct gatekeeper *g, struct str realm,
		       struct str username);
/* A domain that users live in, although there may be none yet. */
void gatekeeper_add_home(struct gatekeeper *g, struct str host,
			 struct str realm);
/* Is that the address of a user? */
bool gatekeeper_knows(const struct gatekeeper *g, const struct uri *uri);
/* Do users live at that host? Their realm, or none. */
struct str gatekeeper_realm(const struct gatekeeper *g, struct str host);

enum gate {
	GATE_NOBODY,	/* no user lives in the domain of From */
	GATE_PASS,	/* he is who From says */
	GATE_CHALLENGE, /* see gatekeeper_challenge */
	GATE_REFUSE,	/* a wrong password, or another's address: 403 */
	GATE_GARBLED	/* right, but of another Request-URI: 400 */
};
/* *why, static, is set of GATE_REFUSE and GATE_GARBLED, and of GATE_CHALLENGE
 * where a user's credentials are of a form that never passes: once for each.
 * Counts the nonce on: once for each request that came. now_ms: monotonic. */
enum gate gatekeeper_ask(struct gatekeeper *g, const struct request *r,
			 uint64_t now_ms, const char **why);
/* The headers of the 401 to the request that was asked about last, in a; NULL
 * when it was GATE_NOBODY. MD5 alone where no user of that host has another
 * hash. */
const struct header *gatekeeper_challenge(struct gatekeeper *g,
					  const struct request *r,
					  struct arena *a, uint64_t now_ms);

#endif
