#ifndef STOX_SIP_URI_H
#define STOX_SIP_URI_H
#include <stdbool.h>
#include <stdint.h>
#include "gateway/base/arena.h"
#include "gateway/base/str.h"

/* A SIP-world URI as a value: sip and sips (RFC 3261 §19.1), im and pres
 * (RFC 3860, RFC 3859), tel (RFC 3966). Parts stay as they were on the wire
 * (escaped); slices borrow from the text that was read. */
enum uri_scheme { URI_SIP, URI_SIPS, URI_IM, URI_PRES, URI_TEL, URI_OTHER };

struct uri {
	enum uri_scheme scheme;
	struct str scheme_text; /* as written; of URI_OTHER above all */
	struct str user;        /* escaped; of tel: the number; none if absent */
	struct str password;    /* escaped */
	struct str host;        /* name, IPv4, or IPv6 in its brackets */
	uint16_t port;          /* 0: not said */
	struct str params;      /* behind the first ';', raw; none if absent */
	struct str headers;     /* behind '?', raw */
	struct str opaque;      /* of URI_OTHER: all behind the colon */
};

enum { URI_MAX_BYTES = 2048, URI_USER_MAX_BYTES = 1023 };

/* Reads a bare URI (no angle brackets, no blanks). false and static *why when
 * it is malformed: empty host, bad port, illegal character or escape, NUL,
 * bad IPv6 reference, too long. URI_OTHER is accepted for any RFC 3986 scheme;
 * the caller refuses it. */
bool uri_read(struct str s, struct uri *out, const char **why);
void uri_write(struct strbuf *b, const struct uri *u);
struct str uri_text(struct arena *a, const struct uri *u);
/* RFC 3261 §19.1.4: user case-sensitive, host and params not; %41 equals A. */
bool uri_eq(const struct uri *a, const struct uri *b);
/* The value of a parameter (escaped); *has tells "there without a value" from
 * "not there". Names compare without case. has may be NULL. */
struct str uri_param(const struct uri *u, const char *name, bool *has);

/* %HH -> bytes. false on a bad escape. NUL and control bytes are passed on:
 * the caller decides. */
bool uri_unescape(struct arena *a, struct str in, struct str *out);
/* Every byte that may not stand raw in a user part (or in a uri-parameter's
 * value, paramchar) as %HH in upper case, RFC 3261 §25.1. */
void uri_escape_user(struct strbuf *b, struct str raw);
void uri_escape_param(struct strbuf *b, struct str raw);

#endif
