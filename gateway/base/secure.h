#ifndef STOX_BASE_SECURE_H
#define STOX_BASE_SECURE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* TLS by OpenSSL for both wire rooms: contexts, and one connection over a
 * non-blocking descriptor that the caller owns. TLS 1.2 and 1.3 only. */
struct secure_context;
struct secure;

struct secure_options {
	bool is_server;
	bool wants_peer;       /* verify the peer's certificate */
	bool is_peer_optional; /* a server asks for one, but goes without */
	bool is_sip;	       /* names as in RFC 5922, instead of RFC 6125 */
	bool is_13_only;       /* no TLS 1.2 */
	const char *cert_file; /* PEM chain; required for a server */
	const char *key_file;  /* PEM; NULL: in cert_file */
	const char *ca_file;   /* PEM; NULL: the system's store */
};

/* NULL and *why (valid until the next call) when a file does not load. */
struct secure_context *secure_context_create(const struct secure_options *o,
					     const char **why);
/* Its connections must be gone. */
void secure_context_destroy(struct secure_context **cp);
/* Reads all files again: for connections to come; those there are stay as they
 * are. false and *why as above when one does not load: then nothing changes. */
bool secure_context_reload(struct secure_context *c, const char **why);
/* The peers of these names are verified by an authority of their own, and by
 * no other; it proves no other names. A server takes certificates of all its
 * authorities. false and *why as above; then nothing changes. */
bool secure_context_trust(struct secure_context *c, const char *ca_file,
			  const char *const *names, size_t n, const char **why);
/* The second at which our own certificate ends, UTC; -1: there is none. */
int64_t secure_context_expires_s(const struct secure_context *c);
/* Whether our own certificate speaks for that domain (RFC 5922 §7.1). */
bool secure_context_is(const struct secure_context *c, const char *domain);

enum secure_result {
	SECURE_OK,
	SECURE_WANT_READ,
	SECURE_WANT_WRITE,
	SECURE_CLOSED, /* the peer ended it in order */
	SECURE_FAILED  /* see secure_why */
};

/* server_name: sent as SNI and checked against the certificate (RFC 6125, or
 * RFC 5922 where is_sip) by a client whose context wants_peer; NULL for a
 * server. */
struct secure *secure_create(struct secure_context *c, int fd,
			     const char *server_name);
/* Sends close_notify if the handshake was done; does not close fd. */
void secure_destroy(struct secure **sp);
enum secure_result secure_handshake(struct secure *s);
/* *n: bytes moved; > 0 only with SECURE_OK. Read until it is not SECURE_OK:
 * what OpenSSL holds already does not make the descriptor readable. A write
 * that gave WANT_* is repeated with the same bytes first, or more. */
enum secure_result secure_read(struct secure *s, void *p, size_t cap,
			       size_t *n);
enum secure_result secure_write(struct secure *s, const void *p, size_t len,
				size_t *n);
/* Sends close_notify: nothing is to be written after it. */
void secure_end(struct secure *s);
/* The domains that the peer has proved to speak for (RFC 5922 §7.1), by a
 * certificate that was verified: in lower case, one behind the other, each
 * with its NUL, an empty one at the end. Empty before the handshake is done,
 * and where nothing was verified. */
const char *secure_names(const struct secure *s);
bool secure_peer_is(const struct secure *s, const char *domain);
/* It failed because the peer's certificate does not do: trying again soon
 * would not help. */
bool secure_is_refusal(const struct secure *s);
/* What failed, in one line for the log; never NULL; valid until s is used. */
const char *secure_why(const struct secure *s);

#endif
