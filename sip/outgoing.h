#ifndef STOX_SIP_OUTGOING_H
#define STOX_SIP_OUTGOING_H
#include "gateway/base/loop.h"
#include "sip/credentials.h"
#include "sip/redirect.h"
#include "sip/uac.h"

/* Inside of uac: one request as text, and where it stands. uac.c moves it. */
struct client_tx;
struct resolve_job;

/* What the user's options make of every request; owned by the uac. */
struct outgoing_style {
	struct str user_agent;
	struct uri proxy;	/* host none: no proxy */
	struct str proxy_text;	/* the same as text */
	struct str proxy_route; /* "<sip:proxy;lr>", or none */
	uac_flow_fn *flow;	/* or NULL */
	void *flow_arg;
	bool (*leads_back)(void *arg, const struct uri *target); /* or NULL */
	void *leads_back_arg;
	struct strbuf scratch;
};

/* Takes what has changed of the name and the proxy; what that takes the place
 * of stays in a, for requests under way point to it. */
void style_adjust(struct outgoing_style *s, struct arena *a,
		  const struct uac_options *o);

struct outgoing {
	struct outgoing *prev, *next; /* of the uac's list */
	struct uac *uac;	      /* borrowed */
	uac_fn *fn;
	void *arg;

	enum method method;
	uint32_t cseq;
	struct str line;     /* in block, or redirected */
	struct str target;   /* the Request-URI in it */
	struct str route;    /* "Route: ...CRLF" or none; in block */
	struct str rest;     /* in block */
	struct uri next_hop; /* its text is in block, redirected, or the uac */
	bool is_routed;	     /* next_hop is not the target */

	struct str redirected; /* owned: the line after a redirection */
	struct str pending[REDIRECT_TARGETS_MAX]; /* owned; to be tried */
	size_t pending_next, pending_count;
	uint64_t seen[REDIRECT_TARGETS_MAX + 1]; /* hashes: no loops */

	struct hop *flow; /* owned; the only way, or NULL */
	struct hop *hops; /* owned */
	size_t hop_index, hop_count;
	struct resolve_job *job; /* while it runs */
	struct client_tx *tx;	 /* while it runs */
	struct loop_timer timer; /* the next round, or the verdict */
	uint64_t deadline_ms;	 /* Timer F in all */
	unsigned round;		 /* times that all hops were tried */
	unsigned cuts;		 /* connections that ended under it */
	bool wants_stream;	 /* over the MTU */
	bool is_over_udp;	 /* ... and no stream leads there */
	bool is_once;		 /* one round is all */
	bool is_brief;		 /* a part of Timer F is all */
	bool has_lost, has_refused, has_timed_out;
	bool has_verdict;
	enum outcome_kind verdict; /* of our own making */
	const char *why;	   /* static */
	struct credentials_try challenges;
	size_t bytes; /* of block */
	char block[];
};

/* NULL when it would pass SIP_MESSAGE_MAX_BYTES. */
struct outgoing *outgoing_create(struct outgoing_style *s,
				 const struct draft *d);
/* The next of the pending targets becomes the Request-URI; false: none. */
bool outgoing_redirect(struct outgoing *o, struct outgoing_style *s);
/* Remembers the targets of a 3xx that are new and not our own. */
void outgoing_add_targets(struct outgoing *o, const struct outgoing_style *s,
			  struct str contacts);
/* No stream leads there: by UDP, in fragments, if it may (RFC 3261 §18.1.1; a
 * MESSAGE may not, RFC 3428 §8). To be located again then. */
bool outgoing_falls_back(struct outgoing *o);
bool outgoing_has_targets(const struct outgoing *o);
/* That of the Request-URI; none: it has none. */
struct str outgoing_host(const struct outgoing *o);

#endif
