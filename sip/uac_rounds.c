#include "sip/uac_inner.h"
#include <string.h>
#include "gateway/base/pool.h"
#include "sip/transport.h"
#include "sip/writer.h"

enum {
	/* Behind the mark in a branch of client.c, and around it in Via. */
	BRANCH_TOKEN_BYTES = 12,
	/* Parts of Timer F (32 s): a hop with others behind it gets 8 s. Timer
	 * F for each, as RFC 3263 §4.3 has it, would leave nothing for the
	 * second, and we promise an outcome within one Timer F. */
	HOP_SHARE = 4,
	ROUND_FIRST_SHARE = 32, /* 1 s, doubling up to ... */
	ROUND_MAX_SHARE = 8,	/* ... 4 s between rounds */
	ROUND_JITTER_PERCENT = 10,
	/* A peer without TCP refuses at once and for ever: a message that is
	 * too large for UDP must not block its queue all of Timer F long. */
	ROUNDS_TOO_LARGE = 3,
	CUTS_MAX = 3,	  /* who cuts each connection may have read it */
	OUTAGE_SHARE = 1, /* a failed hop is tried last for one Timer F */
	RETRY_AFTER_MAX_S = 300
};

/* --- the end of it */

static void finish_answered(struct outgoing *o, const struct response *res)
{
	struct outcome outcome = { .kind = OUTCOME_ANSWERED,
				   .status = res->status,
				   .reason = res->reason,
				   .response = res };

	if (res->status < 400)
		outcome.redirect = redirect_first(res->contacts);
	uac_finish(o, &outcome);
}

static void finish_ours(struct outgoing *o)
{
	static const int status[] = { [OUTCOME_TIMEOUT] = 408,
				      [OUTCOME_NO_ROUTE] = 404,
				      [OUTCOME_NO_DNS] = 503,
				      [OUTCOME_UNREACHABLE] = 503,
				      [OUTCOME_TOO_LARGE] = 513 };
	struct outcome outcome = { .kind = o->verdict,
				   .status = status[o->verdict],
				   .reason = str_z(o->why),
				   .is_cut = o->cuts > 0 };

	uac_finish(o, &outcome);
}

static void on_timer(void *arg);

/* Never at once: this may be inside uac_start. */
static void conclude(struct outgoing *o, enum outcome_kind verdict)
{
	o->has_verdict = true;
	o->verdict = verdict;
	loop_timer_start(o->uac->loop, &o->timer, 0, on_timer, o);
}

/* --- one round over the hops */

static uint64_t left_ms(const struct outgoing *o)
{
	uint64_t now = loop_now_ms(o->uac->loop);

	return o->deadline_ms > now ? o->deadline_ms - now : 0;
}

static void locate(struct outgoing *o);

static uint64_t round_delay_ms(const struct outgoing *o)
{
	unsigned shift = o->round < 8 ? o->round : 8;
	uint64_t delay = o->uac->timeout_ms / ROUND_FIRST_SHARE;
	uint64_t most = o->uac->timeout_ms / ROUND_MAX_SHARE;

	delay <<= shift;
	return loop_jitter_ms(delay < most ? delay : most,
			      ROUND_JITTER_PERCENT);
}

/* Nobody there now: a server that restarts is back within Timer F, and must
 * not cost a message. Where somebody was overloaded we do not insist. */
static void next_round(struct outgoing *o)
{
	uint64_t delay = round_delay_ms(o);

	if (left_ms(o) > 0 && outgoing_falls_back(o)) {
		locate(o);
		return;
	}
	o->round++;
	if (o->wants_stream && o->cuts == 0 && o->round >= ROUNDS_TOO_LARGE)
		conclude(o, OUTCOME_TOO_LARGE);
	else if (o->has_lost && !o->has_refused && !o->is_once &&
		 o->cuts < CUTS_MAX && delay < left_ms(o))
		loop_timer_start(o->uac->loop, &o->timer, delay, on_timer, o);
	else if (o->has_timed_out)
		conclude(o, OUTCOME_TIMEOUT);
	else
		conclude(o, OUTCOME_UNREACHABLE);
}

static void round_over(struct outgoing *o)
{
	if (outgoing_redirect(o, &o->uac->style)) {
		o->round = 0;
		o->wants_stream = false;
		locate(o);
	} else {
		next_round(o);
	}
}

static void hop_failed(struct outgoing *o, uint64_t outage_ms)
{
	struct uac *u = o->uac;

	outage_note(&u->outage, &o->hops[o->hop_index],
		    loop_now_ms(u->loop) + outage_ms);
	o->hop_index++;
}

static struct str tail_write(struct outgoing *o, const struct hop *hop)
{
	struct uac *u = o->uac;

	strbuf_reset(&u->tail);
	strbuf_add(&u->tail, o->route);
	writer_cseq(&u->tail, o->cseq, o->method);
	if (u->credentials.clock > 0)
		credentials_write(&u->credentials, &u->tail, hop,
				  outgoing_host(o), o->method, o->target);
	strbuf_add(&u->tail, o->rest);
	return strbuf_str(&u->tail);
}

/* RFC 3261 §18.1.1 and RFC 3428 §8: over 1300 bytes never by UDP, unless that
 * is the only way there is. */
static bool is_too_large(struct uac *u, const struct hop *hop, size_t bytes)
{
	if (hop->transport != TRANSPORT_UDP ||
	    bytes + VIA_ROOM_BYTES <= u->mtu_bytes)
		return false;
	strbuf_reset(&u->via);
	strbuf_addlit(&u->via, "Via: ");
	transport_write_via(u->transport, &u->via, hop);
	strbuf_addlit(&u->via, ";rport;branch=\r\n");
	return bytes + u->via.n + client_branch_mark(u->client).n +
		       BRANCH_TOKEN_BYTES >
	       u->mtu_bytes;
}

static void on_client(void *arg, enum client_event ev,
		      const struct response *res, const char *why);

static unsigned hop_timeout_ms(const struct outgoing *o)
{
	uint64_t left = left_ms(o);
	uint64_t share = o->uac->timeout_ms / HOP_SHARE;
	bool is_last =
		o->hop_index + 1 >= o->hop_count && !outgoing_has_targets(o);

	return (unsigned)(is_last || left < share ? left : share);
}

enum tried { TRIED_STARTED, TRIED_FAILED, TRIED_TOO_LARGE };

static enum tried try_hop(struct outgoing *o)
{
	struct uac *u = o->uac;
	/* A copy: which connection it was is no matter for the next try. */
	struct hop hop = o->hops[o->hop_index];
	struct str tail;

	if (!transport_prepare(u->transport, &hop, &o->why))
		return TRIED_FAILED;
	tail = tail_write(o, &hop);
	if (o->flow == NULL && !o->is_over_udp &&
	    is_too_large(u, &hop, o->line.n + tail.n)) {
		o->why = "over the MTU, and only UDP leads there";
		return o->wants_stream ? TRIED_FAILED : TRIED_TOO_LARGE;
	}
	o->tx = client_start(u->client, &hop, o->line, tail, o->method,
			     hop_timeout_ms(o), on_client, o, &o->why);
	return o->tx != NULL ? TRIED_STARTED : TRIED_FAILED;
}

static void try_hops(struct outgoing *o)
{
	while (o->hop_index < o->hop_count && left_ms(o) > 0) {
		switch (try_hop(o)) {
		case TRIED_STARTED:
			return;
		case TRIED_TOO_LARGE:
			o->wants_stream = true;
			locate(o);
			return;
		case TRIED_FAILED:
			o->has_lost = true;
			hop_failed(o, o->uac->timeout_ms / OUTAGE_SHARE);
		}
	}
	round_over(o);
}

/* --- where to */

static void nowhere(struct outgoing *o, const char *why)
{
	o->why = why;
	if (o->round > 0) { /* it was there before */
		o->has_lost = true;
		next_round(o);
	} else if (outgoing_has_targets(o)) {
		round_over(o);
	} else if (outgoing_falls_back(o)) {
		locate(o);
	} else {
		conclude(o, resolve_is_unsure(why) ? OUTCOME_NO_DNS
			    : o->wants_stream	   ? OUTCOME_TOO_LARGE
						   : OUTCOME_NO_ROUTE);
	}
}

static void located(struct outgoing *o, const struct hop *hops, size_t n,
		    const char *why)
{
	struct uac *u = o->uac;

	if (n == 0) {
		nowhere(o, why);
		return;
	}
	pool_give(o->hops, o->hop_count * sizeof(*hops));
	o->hops = pool_take(n * sizeof(*hops));
	memcpy(o->hops, hops, n * sizeof(*hops));
	o->hop_count = n;
	o->hop_index = 0;
	o->has_lost = false;
	o->has_refused = false;
	outage_sort(&u->outage, o->hops, n, loop_now_ms(u->loop));
	try_hops(o);
}

static void on_resolved(void *arg, const struct hop *hops, size_t n,
			const char *why)
{
	struct outgoing *o = arg;

	o->job = NULL;
	located(o, hops, n, why);
}

static void locate(struct outgoing *o)
{
	struct hop hops[RESOLVE_HOPS_MAX];
	struct uac *u = o->uac;
	int n;

	if (o->flow != NULL) {
		located(o, o->flow, 1, "");
		return;
	}
	n = resolve_now(u->resolve, &o->next_hop, o->wants_stream, hops);
	if (n > 0) {
		located(o, hops, (size_t)n, "");
		return;
	}
	/* Also of what is known to fail: the job says why. */
	o->job = resolve_start(u->resolve, &o->next_hop, o->wants_stream,
			       on_resolved, o);
	if (o->job == NULL)
		nowhere(o, "resolver refused the name");
}

static void on_timer(void *arg)
{
	struct outgoing *o = arg;

	if (o->has_verdict)
		finish_ours(o);
	else
		locate(o);
}

/* --- answers */

static void on_unavailable(struct outgoing *o, const struct response *res)
{
	uint64_t outage_ms = o->uac->timeout_ms / OUTAGE_SHARE;

	if (res->retry_after_s > 0 && res->retry_after_s < RETRY_AFTER_MAX_S)
		outage_ms = (uint64_t)res->retry_after_s * 1000;
	hop_failed(o, outage_ms);
	o->has_refused = true;
	if (o->hop_index < o->hop_count && left_ms(o) > 0)
		try_hops(o);
	else if (outgoing_has_targets(o))
		round_over(o);
	else
		finish_answered(o, res);
}

static bool is_redirection(int status)
{
	return status == 300 || status == 301 || status == 302 || status == 305;
}

static void on_answered(struct outgoing *o, const struct response *res)
{
	const struct hop *hop = &o->hops[o->hop_index];
	struct uac *u = o->uac;

	if (res->status == 503) {
		on_unavailable(o, res);
		return;
	}
	outage_clear(&u->outage, hop);
	/* Our account is not for phones. */
	if ((res->status == 401 || res->status == 407) && o->flow == NULL &&
	    credentials_take(&u->credentials, &o->challenges, hop,
			     outgoing_host(o), res)) {
		o->cseq++; /* RFC 3261 §22.2 */
		try_hops(o);
		return;
	}
	if (is_redirection(res->status) && o->flow == NULL)
		outgoing_add_targets(o, &u->style, res->contacts);
	/* RFC 3261 §8.1.3.4: the other targets, until one says 2xx or 6xx. */
	if (res->status >= 300 && res->status < 600 && outgoing_has_targets(o))
		round_over(o);
	else
		finish_answered(o, res);
}

static void on_client(void *arg, enum client_event ev,
		      const struct response *res, const char *why)
{
	struct outgoing *o = arg;

	o->tx = NULL;
	if (ev == CLIENT_ANSWERED) {
		on_answered(o, res);
		return;
	}
	o->why = why;
	o->has_lost = o->has_lost ||
		      (ev == CLIENT_LOST && why != transport_untrusted);
	o->cuts += ev == CLIENT_LOST && why == transport_cut;
	o->has_timed_out = o->has_timed_out || ev == CLIENT_TIMEOUT;
	hop_failed(o, o->uac->timeout_ms / OUTAGE_SHARE);
	try_hops(o);
}

void uac_rounds(struct outgoing *o)
{
	locate(o);
}
