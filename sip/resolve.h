#ifndef STOX_SIP_RESOLVE_H
#define STOX_SIP_RESOLVE_H
#include "sip/sipmsg.h"

struct loop;
struct resolve;
struct resolve_job;

/* Where a request goes: RFC 3263 over c-ares. NAPTR, SRV (weights by
 * RFC 2782), A and AAAA; numeric hosts and explicit ports and transports cut
 * it short (§4.1, §4.2). Nothing blocks; answers are cached by their TTL,
 * failures for 30 s, during which the last good answer is used. */
enum { RESOLVE_HOPS_MAX = 16 };

struct resolve_options {
	bool has_udp, has_tcp, has_tls; /* what we may send over */
	bool has_ipv4, has_ipv6;
	bool wants_naptr, wants_srv;
	struct str nameserver; /* "127.0.0.1:5353" for tests; none: system's */
	unsigned timeout_ms;   /* 5000 in all for one job */
};

/* n hops in the order to try; 0 with a static why when there is none. Never
 * called inside resolve_start. */
typedef void resolve_fn(void *arg, const struct hop *hops, size_t n,
			const char *why);

/* Is that why for want of an answer? There may be one soon; every other why
 * says that nothing is there. */
bool resolve_is_unsure(const char *why);

struct resolve *resolve_create(struct loop *l, const struct resolve_options *o,
			       const char **why);
void resolve_destroy(struct resolve **rp); /* running jobs are dropped */
/* uri: sip or sips (im and pres are looked up as RFC 3861 says). wants_stream:
 * the message is over 1300 bytes, so TCP (or TLS) only. Copies what it needs.
 * A literal address or a cached answer needs no query at all. */
struct resolve_job *resolve_start(struct resolve *r, const struct uri *uri,
				  bool wants_stream, resolve_fn *fn, void *arg);
void resolve_cancel(struct resolve_job *j);
/* The answer at once, when no query is needed: count of hops, or -1. */
int resolve_now(struct resolve *r, const struct uri *uri, bool wants_stream,
		struct hop hops[RESOLVE_HOPS_MAX]);

#endif
