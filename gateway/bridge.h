#ifndef STOX_GATEWAY_BRIDGE_H
#define STOX_GATEWAY_BRIDGE_H
#include "gateway/base/loop.h"
#include "gateway/config/config.h"
#include "gateway/base/fault.h"
#include "gateway/messages/circle.h"
#include "gateway/trust/door.h"
#include "gateway/monitor/histogram.h"
#include "gateway/link.h"
#include "gateway/trust/policy.h"
#include "gateway/messages/queue.h"
#include "gateway/messages/stanza_ids.h"

/* What the two directions share: the rooms, wired. Owned by gateway.c. */
enum {
	BRIDGE_STATUS_MIN = 300,
	BRIDGE_STATUSES = 400 /* 300..699 */
};
struct bridge_counters {
	uint64_t to_sip_accepted;  /* 2xx from the SIP side */
	uint64_t to_sip_refused;   /* ended in an error stanza */
	uint64_t to_sip_nothing;   /* rightly not translated */
	uint64_t to_xmpp_accepted; /* answered 2xx */
	uint64_t to_xmpp_refused;  /* answered with anything else */
	uint64_t to_xmpp_resent;   /* sent again over a new stream */
	uint64_t bounced_late;	   /* error stanza behind our 2xx */
	uint64_t to_sip_conditions[COND_COUNT];	    /* of the refused */
	uint64_t to_xmpp_statuses[BRIDGE_STATUSES]; /* of the refused */
	struct histogram to_sip_ms, to_xmpp_ms;	    /* until the end */
};

/* What commands ask of the process (service.c). */
struct admin_hooks {
	/* Reads the settings again. false: all stays as it was; out has lines
	 * for people, either way. */
	bool (*on_reload)(void *arg, struct strbuf *out);
	void (*on_drain)(void *arg);
	void *arg;
};

struct bridge {
	struct loop *loop;	     /* borrowed */
	const struct config *cfg;    /* borrowed */
	struct agent *agent;	     /* owned */
	struct queue *queue;	     /* owned */
	struct policy *policy;	     /* owned: of senders, by JID */
	struct policy *sources;	     /* owned: of SIP sources, by IP address */
	struct door *door;	     /* owned */
	struct store *store;	     /* owned; NULL while closing */
	struct roster *roster;	     /* owned */
	struct reception *reception; /* owned */
	struct face *face;	     /* owned */
	struct nicks *nicks;	     /* owned */
	struct wishes *wishes;	     /* owned */
	struct adhoc *adhoc;	     /* owned */
	struct chat *chat;	     /* owned */
	struct stanza_ids *ids;	     /* owned */
	struct circle *circle;	     /* owned */
	struct skills *skills;	     /* owned */
	struct typing *typing;	     /* owned */
	struct notices *notices;     /* owned */
	struct recent *recent;	     /* owned */
	struct aside_sent *asides;   /* owned list: asides on their way to SIP
					(aside.c) */
	struct presentities *presentities; /* owned; with the registrar */
	struct registrar *registrar;	   /* owned; NULL: no phones attach */
	struct link *links;		   /* owned array, one a component */
	size_t link_count;
	struct departure *departures; /* owned list: messages on their way to
					 SIP (to_sip.c) */
	struct account *accounts;     /* owned table (accounts.c) */
	struct fork *forks; /* owned list: messages to phones (phones.c) */
	uint64_t since_ms;  /* when it started, loop time */
	bool is_draining;
	struct admin_hooks hooks;
	struct bans *bans;    /* owned */
	struct tap *tap;      /* owned */
	struct trace *traces; /* owned list: trace.c */
	struct hep *hep;      /* owned; NULL: off */
	struct bridge_counters counters;
};

/* A message to SIP has ended in an error stanza. */
static inline void bridge_count_refusal(struct bridge *b, enum cond cond)
{
	b->counters.to_sip_refused++;
	b->counters.to_sip_conditions[cond]++;
}

/* 5..15 s, so that refused peers do not come back all at once. */
unsigned bridge_retry_after_s(void);

#endif
