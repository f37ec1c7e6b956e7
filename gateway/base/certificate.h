#ifndef STOX_BASE_CERTIFICATE_H
#define STOX_BASE_CERTIFICATE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whom a certificate speaks for in SIP (RFC 5922). Private to secure.h. */
struct x509_st;

enum { CERTIFICATE_NAMES_MAX = 32, CERTIFICATE_NAME_BYTES = 256 };

/* The domains of §7.1, heap: subjectAltNames "sip:domain" without a user part;
 * only when there are none, its DNS names; only when there is no
 * subjectAltName at all, the common name. In lower case, one behind the other,
 * each with its NUL, an empty one at the end; CERTIFICATE_NAMES_MAX at most. */
char *certificate_names(struct x509_st *cert);
/* §7.2: the whole name, without case; no wildcards. */
bool certificate_has(const char *names, const char *domain);
/* May a server with this certificate be called host? A numeric host needs the
 * address among the subjectAltNames. */
bool certificate_fits(struct x509_st *cert, const char *host);
/* Whether its uses, where it names any, are those of a SIP domain: id-kp-sipDomain
 * (RFC 5924), of a server or client of TLS, or all. One certificate serves both
 * directions, and those of many authorities name the server alone. */
bool certificate_is_for_sip(struct x509_st *cert);
/* What it says of itself, for people: "sip:example.net, DNS:a.example". */
void certificate_describe(struct x509_st *cert, char *out, size_t cap);
/* The second its validity ends, UTC; -1: not readable. */
int64_t certificate_expires_s(struct x509_st *cert);

#endif
