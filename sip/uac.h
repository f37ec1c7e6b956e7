#ifndef STOX_SIP_UAC_H
#define STOX_SIP_UAC_H
#include "sip/digest.h"
#include "sip/sipmsg.h"

struct client;
struct loop;
struct resolve;
struct transport_set;
struct uac;
struct outgoing;

/* The user agent client's core (RFC 3261 §8.1): one request of ours from its
 * next hop to its one outcome. Tries each target of RFC 3263 in turn, answers
 * digest challenges (401, 407) once per nonce, follows redirects (3xx) at most
 * five, honours the 1300-byte rule, and goes round again after a transport
 * failure or an ICMP refusal as long as Timer F allows. */
struct uac_options {
	/* Whether a Contact of a 3xx leads back to us: it is passed over then.
	 * NULL: none does. */
	bool (*leads_back)(void *arg, const struct uri *target);
	void *leads_back_arg;
	struct uri outbound_proxy; /* host none: no proxy */
	struct str user_agent;
	struct digest_account account; /* username none: no account */
	unsigned timeout_ms;	       /* Timer F in all: 32000 */
	size_t max_running;	       /* 2000 */
	unsigned mtu_bytes;	       /* 1300 */
};

enum outcome_kind {
	OUTCOME_ANSWERED,    /* status and response are the peer's */
	OUTCOME_TIMEOUT,     /* 408, ours */
	OUTCOME_NO_ROUTE,    /* no such name, or it has no address: 404, ours */
	OUTCOME_NO_DNS,	     /* DNS does not say: 503, ours */
	OUTCOME_UNREACHABLE, /* 503, ours */
	OUTCOME_TOO_LARGE,   /* over the MTU, no stream transport: 513, ours */
	OUTCOME_NO_ROOM	     /* never sent: 503, of who waits for uac_start */
};
struct outcome {
	enum outcome_kind kind;
	int status;
	struct str reason;		 /* text for people */
	const struct response *response; /* or NULL */
	struct str redirect;		 /* 3xx not followed: the Contact URI */
	bool is_cut;   /* ours: a connection was there, and broke under it */
	uint32_t cseq; /* of the last try: challenges and redirects raise it */
};
typedef void uac_fn(void *arg, const struct outcome *o);

/* Where a request without a route set is to go although no name leads there: to
 * the connection or address that the one it is for has registered from (RFC
 * 5626 §5.3). Asked when a request is prepared; false: it goes where its target
 * says. What was found is the only way that is tried, and redirections are not
 * followed from there. */
typedef bool uac_flow_fn(void *arg, const struct draft *d, struct hop *out);

struct uac *uac_create(struct loop *l, struct transport_set *t,
		       struct client *c, struct resolve *r,
		       const struct uac_options *o);
void uac_destroy(struct uac **up); /* running ones are dropped silently */

/* Another proxy, name or account, for requests that are prepared from now on;
 * the rest of o is passed over. What a change took the place of is kept until
 * the end. */
void uac_adjust(struct uac *u, const struct uac_options *o);

void uac_set_flows(struct uac *u, uac_flow_fn *fn, void *arg);

/* Renders the draft into an object of its own: no slice of d is kept. NULL
 * when it would pass SIP_MESSAGE_MAX_BYTES. */
struct outgoing *uac_prepare(struct uac *u, const struct draft *d);
void outgoing_destroy(struct outgoing **op); /* one that was never started */
/* Before it is started: there is little hope, as with is_brief of its draft. */
void outgoing_hurry(struct outgoing *o);
size_t outgoing_bytes(const struct outgoing *o); /* of the request, with Via */
/* Takes o; fn is called exactly once, never inside this call, and o is gone
 * after it. false when max_running are under way, or three quarters of them
 * that are no MESSAGEs and o is none either (o is still the caller's). */
bool uac_start(struct uac *u, struct outgoing *o, uac_fn *fn, void *arg);
/* For drains and tests. */
size_t uac_running(const struct uac *u);

#endif
