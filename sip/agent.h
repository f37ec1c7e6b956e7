#ifndef STOX_SIP_AGENT_H
#define STOX_SIP_AGENT_H
#include "sip/client.h"
#include "sip/resolve.h"
#include "sip/sipmsg.h"
#include "sip/transport.h"
#include "sip/uac.h"

struct agent;
struct answer;
struct loop;

/* The SIP side as one thing: owns transports, transactions, resolver and uac;
 * reads what arrives, answers what needs no gateway, and passes the rest up.
 *
 * By itself: keep-alives; malformed requests (400, 413, 505); retransmissions
 * and merged requests (replay table, 482); loops (our own mark in a Via: 482);
 * ACK (nothing); CANCEL (481); OPTIONS (200 with Allow, Accept, Supported,
 * Allow-Events); sips: in Request-URI or To (403, RFC 7247 §8) and foreign
 * schemes (416); Require (420 with Unsupported); methods outside `methods` (405
 * when known, 501 when not, both with Allow); Max-Forwards: 0 outside a dialog
 * (483; not of REGISTER, which ends here). */
struct agent_options {
	const struct listen_point *listen;
	size_t listen_count;
	struct transport_limits limits;
	struct client_timing timing;
	struct resolve_options resolve;
	struct uac_options uac;
	const enum method *methods; /* passed up besides OPTIONS */
	size_t method_count;
	struct str accept;	   /* for OPTIONS and 415 */
	struct str event_packages; /* Allow-Events of OPTIONS; none: not said */
	/* Option tags that a request may require, "path, gruu"; others, and
	 * all when it is none, are refused with 420. Kept. */
	struct str extensions;
	size_t replay_max;  /* entries, 24 bytes each */
	size_t answers_max; /* unanswered requests: 20,000; then 503 */
	struct secure_context *secure; /* for connections we open; or NULL */
};

struct agent_events {
	/* A new, well-formed request. Exactly one agent_reply for `a` must
	 * follow, now or later. r lives during the call. on_trust decides
	 * first, before the replay table knows the request. */
	void (*on_request)(void *arg, const struct request *r,
			   struct answer *a);
	/* Trust, asked for every request and before any other answer:
	 * TRUST_SERVE, TRUST_REFUSE (403), TRUST_SILENT (dropped),
	 * TRUST_CHALLENGE (401), TRUST_GARBLED (400). */
	int (*on_trust)(void *arg, const struct request *r);
	/* The headers of the 401 of TRUST_CHALLENGE. May be NULL where that is
	 * never said. */
	const struct header *(*on_challenge)(void *arg,
					     const struct request *r);
};
enum {
	TRUST_SERVE,
	TRUST_REFUSE,
	TRUST_SILENT,
	TRUST_CHALLENGE,
	TRUST_GARBLED /* changed on its way, or replayed */
};

/* NULL and *why when a listen point cannot be opened. */
struct agent *agent_create(struct loop *l, const struct agent_options *o,
			   const struct agent_events *e, void *arg,
			   const char **why);
void agent_destroy(struct agent **ap); /* answers still open get nothing */

struct reply {
	int status;
	struct str reason;	      /* none: standard */
	unsigned retry_after_s;	      /* 0: none */
	const struct header *headers; /* further ones */
	struct str content_type, body;
	bool is_terse; /* in as few bytes as can be; no body then */
};
/* Sends the final response where the request came from (RFC 3261 §18.2.2,
 * RFC 3581) and remembers it for retransmissions. a is gone after it. */
void agent_reply(struct answer *a, const struct reply *r);
/* The To tag that the answer carries (16 characters; borrowed). */
struct str answer_tag(const struct answer *a);
/* Milliseconds (loop time) when the request came. */
uint64_t answer_since_ms(const struct answer *a);
/* The address that it came from (endpoint_address; borrowed). */
struct str answer_source(const struct answer *a);

struct uac *agent_uac(struct agent *a);
struct transport_set *agent_transports(struct agent *a);
/* While draining, new requests get 503 with Retry-After. */
void agent_drain(struct agent *a);

/* What is dropped without an answer. */
enum agent_drop {
	AGENT_DROP_ACK,
	AGENT_DROP_STRANGER,  /* TRUST_SILENT */
	AGENT_DROP_MALFORMED, /* nobody can be told */
	AGENT_DROP_JUNK,      /* no SIP at all */
	AGENT_DROP_RESPONSE,  /* to nothing that waits */
	AGENT_DROPS
};
struct agent_counters {
	uint64_t requests_in, retransmissions_in, responses_in, bad;
	uint64_t drops[AGENT_DROPS];
};
const struct agent_counters *agent_counters(const struct agent *a);

#endif
