#ifndef STOX_SIP_RR_H
#define STOX_SIP_RR_H
#include "sip/sipmsg.h"

/* DNS records as values: answers of NAPTR and SRV queries read, and put in the
 * order in which RFC 3403 and RFC 2782 want them tried. Pure. */
enum rr_kind {
	RR_HOSTS, /* n > 0: the hosts file knows the name */
	RR_NAPTR,
	RR_SRV,
	RR_A,
	RR_AAAA
};

enum {
	RR_MAX = 16,	     /* records kept of one answer */
	RR_NAME_BYTES = 256, /* with the NUL; RFC 1035 §2.3.4 */
	RR_SERVICE_BYTES = 16
};

struct rr {
	union {
		struct {
			uint16_t order, preference;
			char flag; /* lower case; 0: none */
			char service[RR_SERVICE_BYTES];
			char replacement[RR_NAME_BYTES];
		} naptr;
		struct {
			uint16_t priority, weight, port;
			char target[RR_NAME_BYTES]; /* "": no service here */
		} srv;
		union endpoint address; /* port 0 */
	};
};

/* The records of one name and kind. */
struct rr_set {
	size_t n;
	struct rr *rr; /* owned by whoever owns the set */
};

/* Reads a DNS response. Returns how many records it has, up to RR_MAX, or -1
 * when it is malformed; *ttl_s: the least TTL of the answer section (CNAMEs
 * included). Records with names or services too long are left out. */
int rr_read(enum rr_kind kind, const unsigned char *p, size_t n,
	    struct rr out[RR_MAX], uint32_t *ttl_s);

/* A number in 0..below-1 (below > 0). */
typedef uint32_t rr_random_fn(void *arg, uint32_t below);
/* By order, then preference; equal ones stay as they are. */
void rr_sort_naptr(struct rr *rr, size_t n);
/* By priority; among equals, at random by weight (RFC 2782). */
void rr_sort_srv(struct rr *rr, size_t n, rr_random_fn *random, void *arg);

#endif
