#ifndef STOX_SIP_ECHO_H
#define STOX_SIP_ECHO_H
#include "sip/lines.h"
#include "sip/sipmsg.h"

/* What a response repeats of its request (RFC 3261 §8.2.6.2). */

/* The top Via in parts. */
struct via {
	const char *protocol; /* "SIP/2.0/UDP" */
	const char *host;
	const char *port;	   /* NULL: none */
	const char *const *params; /* raw, NULL at the end; or NULL */
	bool wants_rport;
};

/* struct request's echo. via: NULL when the top Via cannot be read; then all
 * are repeated as they are, and *sent_by stays. source: where the request came
 * from. *sent_by becomes a slice of the echo. */
struct str echo_build(struct arena *a, const struct lines *ls,
		      const struct via *via, const union endpoint *source,
		      struct str *sent_by);

#endif
