#ifndef STOX_SIP_PUBLISHER_H
#define STOX_SIP_PUBLISHER_H
#include "sip/agent.h"

/* Our PUBLISHes (RFC 3903 §4): initial, refresh, modify, remove; one at a time
 * for each AoR; the etag of each 2xx replaces the one before. The last state
 * wins: what changes while a PUBLISH is under way goes out behind it. By
 * itself: 412 (the etag is thrown away, an initial PUBLISH follows), 423 (once
 * more with Min-Expires), 503 and what else may pass (Retry-After, back-off),
 * refresh in time and jittered. */
struct publisher;
struct publication;

struct publish_options {
	struct uri target;   /* the AoR: Request-URI */
	struct party from;   /* and To; without a tag */
	struct str event;    /* "presence" */
	struct str next_hop; /* as of struct draft */
	unsigned expires_s;  /* 3600 */
};

struct publish_events {
	/* A new etag, for the store; none: there is no publication any more
	 * (removed, run out, or the server does not know it); the time is
	 * 0 then. */
	void (*on_etag)(void *arg, struct str etag, int64_t expires_at_s);
	/* Refused for good (401/403/404/405/489/501/6xx and the like; 489: the
	 * server has no presence): nothing is sent until publish_put. */
	void (*on_failed)(void *arg, int status);
};

/* For tests; 0 leaves what is. */
struct publish_timing {
	unsigned retry_ms;     /* 30000: first back-off, doubling */
	unsigned retry_max_ms; /* 1800000 */
	unsigned margin_ms;    /* 32000: a refresh comes before it */
	unsigned floor_ms;     /* 5000: shortest time between refreshes */
};

struct publisher *publisher_create(struct loop *l, struct agent *a);
void publisher_destroy(struct publisher **pp); /* and all of it, silently */
void publisher_set_timing(struct publisher *p, const struct publish_timing *t);

/* Sends nothing yet. Callbacks never run inside calls of this file, and may
 * remove or drop the publication. */
struct publication *publish_open(struct publisher *p,
				 const struct publish_options *o,
				 const struct publish_events *e, void *arg);
/* With the etag of before a restart, ahead of the first publish_put, which
 * then modifies (§4.2); does nothing when it has expired. */
void publish_restore(struct publication *u, struct str etag,
		     int64_t expires_at_s);
/* The document as it is now: initial or modify. Copied, and kept, because a
 * 412 asks for it again. Does nothing when it is the same as before. */
void publish_put(struct publication *u, struct str content_type,
		 struct str body);
/* Expires: 0; on_etag with none tells when it is done (or given up: the server
 * forgets it in time). Nothing happens when nothing is published. publish_put
 * may follow at any time. */
void publish_remove(struct publication *u);
/* From the next PUBLISH on; a server there that does not know the etag says so
 * (412), and gets it anew. */
void publish_reroute(struct publication *u, struct str next_hop);
void publish_drop(struct publication **up);	      /* without a word */
struct str publish_etag(const struct publication *u); /* none: not published */
size_t publisher_count(const struct publisher *p);

#endif
