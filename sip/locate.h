#ifndef STOX_SIP_LOCATE_H
#define STOX_SIP_LOCATE_H
#include "sip/resolve.h"
#include "sip/rr.h"

/* RFC 3263 as a function over what is known of the DNS: which hops a URI
 * leads to, or that an answer is still missing. Pure; resolve.c asks for what
 * is missing and comes again. */
struct locate_target {
	enum uri_scheme scheme;
	bool is_secure;	   /* sips: TLS and nothing else */
	bool wants_stream; /* no UDP */
	bool has_transport, has_port, is_numeric;
	enum transport transport; /* of the parameter */
	uint16_t port;
	union endpoint address;	  /* when is_numeric; port 0 */
	char host[RR_NAME_BYTES]; /* lower case, without the root's dot */
	char name[RR_NAME_BYTES]; /* the URI's host part: TLS checks it */
};

/* false and a static *why for what leads nowhere. */
bool locate_target_read(const struct uri *u, bool wants_stream,
			struct locate_target *out, const char **why);

/* What is known of a name: the records (n == 0: there are none), or NULL when
 * that is not known yet. Borrowed until the next call. */
typedef const struct rr_set *locate_lookup_fn(void *arg, enum rr_kind kind,
					      const char *name);
struct locate_env {
	const struct resolve_options *options;
	locate_lookup_fn *lookup;
	rr_random_fn *random;
	void *arg;
};

enum { LOCATE_MISSING = -1 };
/* How many hops were found, or LOCATE_MISSING when an answer is wanted first:
 * then everything that can be asked for at once has been looked up. *why is
 * set when it returns 0. */
int locate(const struct locate_env *e, const struct locate_target *t,
	   struct hop hops[RESOLVE_HOPS_MAX], const char **why);

#endif
