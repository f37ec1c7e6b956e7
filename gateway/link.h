#ifndef STOX_GATEWAY_LINK_H
#define STOX_GATEWAY_LINK_H
#include "gateway/base/loop.h"
#include "gateway/base/table.h"
#include "gateway/brake.h"
#include "gateway/config/config.h"
#include "gateway/messages/turns.h"
#include "gateway/presence/tally.h"
#include "xmpp/barrier.h"
#include "xmpp/pending.h"

struct bridge;
struct owed;
struct arrival;
struct privilege;
struct kept_row;
struct siphealth;
struct outbox;

/* Messages to XMPP that wait in the store. */
struct link_kept {
	uint64_t taken;	    /* answered by 202 before the server had them */
	uint64_t delivered; /* of these */
	uint64_t expired, flushed, full;
	size_t waiting, bytes; /* now */
};

/* One component domain: its link to the XMPP server, the barrier behind it,
 * and what still has to be written to it. */
struct link {
	struct bridge *bridge;		    /* borrowed */
	const struct config_component *cfg; /* borrowed */
	struct component *component;	    /* owned */
	struct barrier *barrier;	    /* owned */
	struct pending *pending;	    /* owned */
	struct siphealth *health;	    /* owned */
	struct privilege *privilege;	    /* owned */
	struct strbuf scratch;		    /* for what is owed */
	struct owed *owed;		    /* owned list, oldest first */
	size_t owed_count;
	struct loop_timer owed_timer;	     /* while more of them would fit */
	uint64_t dropped_full, dropped_long; /* answers that nobody got */
	uint64_t nameless; /* stanzas that nobody can be told of */
	bool is_owing;	   /* too much: nothing more is asked of us */
	struct brake brake;
	bool is_scratch;
	struct loop_hook hook;
	struct outbox *outbox; /* owned: messages to SIP that wait */
	/* of to_xmpp.c: MESSAGEs that wait for the barrier */
	struct arrival *arrivals; /* owned list, oldest first */
	struct arrival *by_id;	  /* the same, by stanza id */
	struct turns turns;	  /* those that are not written yet */
	bool has_returned; /* some were, to a link that is lost: they are not in
			      turns yet */
	struct link_kept kept; /* those of them that are in the store */
	struct tally kept_of;  /* how many of each contact */
	struct loop_timer arrivals_timer;
	struct kept_row *leaving; /* owned list: what the store is to drop */
	size_t leaving_count;
	struct loop_timer leaving_timer;
	size_t slow_count; /* not taken in time, and not in the log yet */
	uint64_t slow_said_ms;
};

enum { OWED_MAX = 10000 };

/* A buffer to append one answer to, always: the component's own or, while the
 * link is down or full, one whose contents wait until there is room. Answers
 * are owed: error stanzas, iq results. */
struct strbuf *link_begin(struct link *k);
void link_end(struct link *k);
/* Reads the stream or not, as what is owed and the brake want it now. */
void link_pause(struct link *k);

/* An error to whoever sent s (RFC 6120 §8.3), owed as all answers are. */
struct stanza;
void link_refuse(struct link *k, const struct stanza *s, const struct fault *f);
/* The result of an iq; policy-violation where it is too long. payload: or NULL.
 */
struct xml;
void link_result(struct link *k, const struct stanza *s,
		 const struct xml *payload);

/* The one with that component domain; NULL: none. */
struct link *link_find(struct bridge *b, struct str domain);
/* Does it serve users of that XMPP domain? With phones of its own its own is
 * one of them. */
bool link_serves(const struct link *k, struct str domain);

/* Messages that the server has not been seen to take (to_xmpp.c). */
size_t link_untaken(const struct link *k);

bool link_open(struct link *k, struct bridge *b,
	       const struct config_component *cfg,
	       const struct component_events *e, struct secure_context *secure);
void link_fini(struct link *k);

#endif
