#ifndef STOX_SIP_DIGEST_H
#define STOX_SIP_DIGEST_H
#include <stdbool.h>
#include "sip/sipmsg.h"

/* Digest as a client (RFC 3261 §22, RFC 8760): SHA-256 and MD5, qop auth or
 * none, nonce count. */
struct digest_account {
	struct str username, password;
	struct str realm; /* none: answer any */
};

/* What is kept of a challenge, to answer later requests without a new one.
 * Owned text; zeroed = none. */
struct digest_state {
	struct str realm, nonce, opaque; /* heap */
	bool is_proxy, is_sha256, has_qop;
	uint32_t nonce_count;
};
void digest_fini(struct digest_state *s);

/* Takes the best of up to n challenges (raw header values): SHA-256 before
 * MD5; unknown algorithms, qop without auth, and foreign realms are passed
 * over. false when none can be answered. */
bool digest_take(struct digest_state *s, const struct str *challenges, size_t n,
		 bool is_proxy, const struct digest_account *acc);
/* true if a challenge says stale=true: the password was right. */
bool digest_is_stale(struct str challenge);
/* Appends "Authorization: ..." or "Proxy-Authorization: ..." with CRLF and
 * counts the nonce on. uri: the Request-URI as written. */
void digest_write(struct strbuf *b, struct digest_state *s,
		  const struct digest_account *acc, enum method m,
		  struct str uri);

/* --- as a server */

/* What an Authorization header says; slices of its value, without quotes.
 * Quoted pairs stay as they are. There may be several, for several realms (RFC
 * 3261 §20.7). */
struct digest_credentials {
	struct str username, realm, nonce, uri, response, cnonce, nc, qop;
	bool is_sha256, is_md5; /* neither: another algorithm */
};
/* Cuts the next ones that are Digest off values; false: none is. */
bool digest_read(struct str *values, struct digest_credentials *out);
/* Appends the value of WWW-Authenticate: qop auth. */
void digest_challenge(struct strbuf *b, struct str realm, struct str nonce,
		      bool is_sha256, bool is_stale);
/* What stands for a password: hash of username, realm and password. */
void digest_ha1(bool is_sha256, struct str username, struct str realm,
		struct str password, char out[65]);
/* Are they right for this ha1 and method? Takes the same time either way. */
bool digest_fits(const struct digest_credentials *c, struct str ha1,
		 struct str method);

/* The response value itself, for tests: algorithm MD5 or
 * SHA-256, lower-case hex, 65 bytes room. qop none: RFC 2069 form. */
void digest_compute(bool is_sha256, struct str username, struct str realm,
		    struct str password, struct str method, struct str uri,
		    struct str nonce, struct str nc, struct str cnonce,
		    struct str qop, char out[65]);

#endif
