#ifndef STOX_SIP_DNS_H
#define STOX_SIP_DNS_H
#include "sip/rr.h"

/* c-ares on our loop: single queries, no cache, no search domains (SIP domains
 * are full names, and strangers choose them). A changed resolv.conf is read
 * again. Private to resolve. */
struct loop;
struct dns;

enum dns_result {
	DNS_ANSWER, /* n > 0 records */
	DNS_NONE,   /* it is certain that there are none */
	DNS_FAILED  /* no answer, or none of use */
};
/* May be called inside dns_query. rr is borrowed. */
typedef void dns_fn(void *arg, enum dns_result result, const struct rr *rr,
		    size_t n, uint32_t ttl_s);

/* nameserver: "127.0.0.1:5353" or none for the system's. timeout_ms: of the
 * first of two tries; the second waits twice as long. NULL and *why. */
struct dns *dns_create(struct loop *l, struct str nameserver,
		       unsigned timeout_ms, const char **why);
void dns_destroy(struct dns **dp); /* nobody is called any more */
/* kind: RR_NAPTR, RR_SRV, RR_A or RR_AAAA; of the latter two the hosts file
 * comes first. fn is called exactly once, unless dns_destroy comes before. */
void dns_query(struct dns *d, enum rr_kind kind, const char *name, dns_fn *fn,
	       void *arg);
/* Whether the hosts file has the name. Reads the file, asks nobody. */
bool dns_is_local(struct dns *d, const char *name);

#endif
