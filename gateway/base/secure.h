#ifndef STOX_BASE_SECURE_H
#define STOX_BASE_SECURE_H
#include <stdbool.h>
#include <stddef.h>

/* TLS by OpenSSL for both wire rooms: contexts, and one connection over a
 * non-blocking descriptor that the caller owns. TLS 1.2 and 1.3 only. */
struct secure_context;
struct secure;

struct secure_options {
	bool is_server;
	bool wants_peer;       /* verify the peer's certificate */
	const char *cert_file; /* PEM chain; required for a server */
	const char *key_file;  /* PEM; NULL: in cert_file */
	const char *ca_file;   /* PEM; NULL: the system's store */
};

/* NULL and *why (valid until the next call) when a file does not load. */
struct secure_context *secure_context_create(const struct secure_options *o,
					     const char **why);
void secure_context_destroy(struct secure_context **cp);

enum secure_result {
	SECURE_OK,
	SECURE_WANT_READ,
	SECURE_WANT_WRITE,
	SECURE_CLOSED, /* the peer ended it in order */
	SECURE_FAILED  /* see secure_why */
};

/* server_name: sent as SNI and checked against the certificate (RFC 6125) by
 * a client whose context wants_peer; NULL for a server. */
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
/* Whether the peer showed a certificate that was verified and is good for this
 * domain (RFC 6125; also the sip: URI names of RFC 5922 §7.1). For servers
 * with wants_peer: who is it that talks to us? */
bool secure_peer_is(const struct secure *s, const char *domain);
/* What failed, in one line for the log; never NULL; valid until s is used. */
const char *secure_why(const struct secure *s);

#endif
