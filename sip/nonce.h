#ifndef STOX_SIP_NONCE_H
#define STOX_SIP_NONCE_H
#include "sip/sipmsg.h"

/* The nonces of our digest challenges. To give one out costs us nothing: it
 * carries its time, a number, and a keyed hash over these, the source's address
 * and the realm. Only of those that a right password came back with something is kept:
 * which counts (nc) were used, so that what was overheard cannot be used
 * again. */
enum {
	NONCE_BYTES = 26,
	NONCE_AGAIN_MS = 32000 /* copies of a request come that long: Timer F */
};

enum nonce_state {
	NONCE_GOOD,
	NONCE_STALE, /* ours, but too old */
	NONCE_FOREIGN /* not ours, for another source, or of before a restart */
};

/* now_ms: monotonic. number: another one each time; 24 bits of it count, so that
 * no two nonces of one second are the same. No NUL. */
void nonce_write(char out[NONCE_BYTES], const union endpoint *source,
		 struct str realm, uint64_t now_ms, uint32_t number);
enum nonce_state nonce_check(struct str nonce, const union endpoint *source,
			     struct str realm, uint64_t now_ms,
			     uint64_t lifetime_ms);

enum nonce_use {
	NONCE_NEW,
	NONCE_AGAIN, /* a copy of the request that has used it just now */
	NONCE_USED,  /* by another request, or long ago */
	NONCE_LOST   /* nobody knows any more: the record had to make room */
};

struct nonces;
struct nonces *nonces_create(size_t max, uint64_t lifetime_ms);
void nonces_destroy(struct nonces **np);
/* Notes a count of a nonce that nonce_check found good. request: a hash of what
 * makes it the same request. Counts may come out of order, within 64. */
enum nonce_use nonces_use(struct nonces *n, struct str nonce, uint32_t count,
			  uint64_t request, uint64_t now_ms);
/* Is it a copy of a request that was let pass just now? Also of a nonce that has
 * become stale since. */
bool nonces_is_copy(struct nonces *n, struct str nonce, uint32_t count,
		    uint64_t request, uint64_t now_ms);
size_t nonces_count(const struct nonces *n);

#endif
