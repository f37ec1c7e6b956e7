#include "gateway/base/log.h"
#include "gateway/messages/arrival_inner.h"
#include "mapping/forward.h"
#include "mapping/status.h"
#include "xmpp/ns.h"
#include "xmpp/stream.h"

enum {
	CID_BYTES = 12,
	TIMER_MS = 100,
	SLOW_EVERY_MS = 10000,
	COMMIT_MS = 8000,      /* no store takes longer and is well */
	REASON_MAX_BYTES = 200 /* of what a user says, in a status line */
};

void arrival_reply(struct bridge *b, struct answer *answer,
		   const struct reply *r)
{
	struct bridge_counters *n = &b->counters;
	int i = r->status - BRIDGE_STATUS_MIN;

	if (i < 0)
		n->to_xmpp_accepted++;
	else
		n->to_xmpp_refused++;
	if (i >= 0 && i < BRIDGE_STATUSES)
		n->to_xmpp_statuses[i]++;
	agent_reply(answer, r);
}

static void reply(struct link *k, struct answer *answer, int status,
		  unsigned retry_after_s)
{
	arrival_reply(k->bridge, answer,
		      &(struct reply){ .status = status,
				       .retry_after_s = retry_after_s });
}

struct str arrival_from(const struct arrival *v)
{
	return (struct str){ v->text, v->from_n };
}

struct str arrival_to(const struct arrival *v)
{
	return (struct str){ v->text + v->from_n, v->to_n };
}

struct str arrival_stanza(const struct arrival *v)
{
	return (struct str){ v->text + v->from_n + v->to_n, v->n };
}

/* --- the end */

void arrival_answer(struct arrival *v, const struct reply *r)
{
	struct link *k = v->link;

	if (v->answer == NULL)
		return;
	histogram_add(&k->bridge->counters.to_xmpp_ms,
		      loop_now_ms(k->bridge->loop) - v->since_ms);
	log_debug("to_xmpp_done",
		  F_STR("cid", ((struct str){ v->id, CID_BYTES })),
		  F_NUM("status", r->status),
		  F_NUM("ms", loop_now_ms(k->bridge->loop) - v->since_ms));
	arrival_reply(k->bridge, v->answer, r);
	v->answer = NULL;
}

void arrival_end(struct arrival *v)
{
	struct link *k = v->link;

	barrier_cancel(&v->ticket);
	turn_leave(&v->turn);
	DL_DELETE(k->arrivals, v);
	HASH_DEL(k->by_id, v);
	kept_forget(v);
	v->is_over = true;
	if (v->calls == 0)
		free(v);
}

void arrival_finish(struct arrival *v, int status, unsigned retry_after_s)
{
	arrival_answer(v, &(struct reply){ .status = status,
					   .retry_after_s = retry_after_s });
	arrival_end(v);
}

static void on_taken(void *arg, bool is_taken)
{
	struct arrival *v = arg;

	if (is_taken) {
		if (v->answer == NULL)
			v->link->kept.delivered++;
		arrival_finish(v, 202, 0);
	} else {
		v->is_written = false; /* arrival_send_more, or the deadline */
		v->link->has_returned = true;
	}
}

void arrival_go(struct arrival *v)
{
	v->is_written = v->has_left = true;
	barrier_wait(v->link->barrier, &v->ticket, on_taken, v);
}

/* --- deadlines */

/* One line for a stall, and one now and then while it lasts: messages may come
 * by the hundred. */
static void say_slow(struct link *k, uint64_t now_ms)
{
	if (k->slow_count == 0 ||
	    (k->slow_said_ms > 0 && now_ms - k->slow_said_ms < SLOW_EVERY_MS))
		return;
	log_warn("xmpp_server_slow", F_STR("component", k->cfg->domain),
		 F_NUM("messages", k->slow_count),
		 F_Z("why", component_is_up(k->component)
				    ? "it has not taken them in time; the SIP "
				      "side gets 503"
				    : component_why(k->component)));
	k->slow_count = 0;
	k->slow_said_ms = now_ms;
}

/* It has waited long enough for an answer: to the store with it, where that is
 * wanted, else 503. */
static void run_out(struct arrival *v)
{
	struct link *k = v->link;
	struct bridge *b = k->bridge;

	if (v->is_put && loop_now_ms(b->loop) - v->since_ms <
				 b->cfg->taken_timeout_ms + COMMIT_MS)
		return; /* the store is at it */
	if (!v->is_put && !b->is_draining && kept_put(v))
		return;
	k->slow_count++;
	arrival_finish(v, 503, bridge_retry_after_s());
}

static void on_tick(void *arg)
{
	struct link *k = arg;
	struct bridge *b = k->bridge;
	uint64_t now_ms = loop_now_ms(b->loop);
	struct arrival *v, *next;

	DL_FOREACH_SAFE (k->arrivals, v, next) {
		if (v->answer == NULL && !v->is_written && v->due_ms <= now_ms)
			kept_expire(v);
		else if (v->answer != NULL &&
			 now_ms - v->since_ms >= b->cfg->taken_timeout_ms)
			run_out(v);
	}
	say_slow(k, now_ms);
	if (component_is_up(k->component))
		arrival_send_more(k);
	if (k->arrivals != NULL)
		loop_timer_start(b->loop, &k->arrivals_timer, TIMER_MS, on_tick,
				 k);
}

static void tick_start(struct link *k)
{
	if (!loop_timer_is_running(&k->arrivals_timer))
		loop_timer_start(k->bridge->loop, &k->arrivals_timer, TIMER_MS,
				 on_tick, k);
}

size_t link_untaken(const struct link *k)
{
	return HASH_COUNT(k->by_id);
}

void arrival_abandon_all(struct link *k)
{
	struct arrival *v, *next;

	loop_timer_stop(&k->arrivals_timer);
	DL_FOREACH_SAFE (k->arrivals, v, next)
		arrival_finish(v, 503, bridge_retry_after_s());
}

bool arrival_is_busy(const struct link *k)
{
	const struct arrival *v;

	DL_FOREACH (k->arrivals, v)
		if (v->answer != NULL)
			return true;
	return false;
}

/* --- errors that come back */

/* A 301 or 302 names its address in Contact (RFC 3261 §8.1.3.4); without one
 * it is said as the table has it for an empty element. */
static void bounce(struct arrival *v, const struct fault *error)
{
	struct arena *a = loop_arena(v->link->bridge->loop);
	struct header contact = { .name = STR("Contact") };
	struct reply r = { .reason = str_utf8_head(error->text,
						   REASON_MAX_BYTES) };
	struct fault f = *error;

	if (forward_uri(a, &v->link->cfg->plan, &f, &f.uri)) {
		contact.value = str_fmt(a, "<%.*s>", STR_ARG(f.uri));
		r.headers = &contact;
	} else {
		f.uri = STR_NONE;
	}
	r.status = status_from_error(&f, v->is_to_full);
	arrival_answer(v, &r);
}

/* Whom its stanza went to. Read again, for it is asked of failures only. */
static bool receiver(const struct arrival *v, struct jid *out)
{
	const struct stream_limits limits = {
		2 * v->link->bridge->cfg->stanza_max_bytes, 32, 64
	};
	struct arena *a = loop_arena(v->link->bridge->loop);
	struct str s = arrival_stanza(v);
	size_t end = strlen(ARRIVAL_END_TAG);
	char *text = arena_alloc(a, s.n + end);
	const struct xml *tree;
	const char *why;

	memcpy(text, s.p, s.n);
	memcpy(text + s.n, ARRIVAL_END_TAG, end);
	tree = stream_document(a, (struct str){ text, s.n + end }, &limits,
			       &why);
	return tree != NULL && jid_read(a, xml_attr(tree, "to"), out, &why);
}

/* Who may say that it has failed: whom it went to, and his server, and that of
 * our users. Anybody may send an error, and an id is no secret. */
static bool may_fail(const struct arrival *v, const struct jid *who)
{
	struct jid to;

	if (!receiver(v, &to))
		return false;
	return jid_bare_eq(who, &to) ||
	       (who->local.n == 0 && (str_eq(who->domain, to.domain) ||
				      link_serves(v->link, who->domain)));
}

bool arrival_bounced(struct link *k, const struct stanza *s)
{
	struct arrival *v = NULL;
	bool is_in_time;

	if (s->id.n == STANZA_ID_BYTES)
		HASH_FIND(hh, k->by_id, s->id.p, STANZA_ID_BYTES, v);
	if (v == NULL)
		return false;
	if (!may_fail(v, &s->from)) {
		log_warn("error_from_another",
			 F_STR("component", k->cfg->domain),
			 F_STR("cid", ((struct str){ v->id, CID_BYTES })),
			 F_Z("why", "not of whom the message went to: it does "
				    "not count"));
		return true;
	}
	is_in_time = v->answer != NULL;
	if (is_in_time)
		bounce(v, &s->error);
	arrival_end(v);
	return is_in_time;
}

/* --- sending */

struct arrival *arrival_create(struct link *k, struct str id, struct str from,
			       struct str to, struct str stanza)
{
	struct arrival *v = malloc(sizeof(*v) + from.n + to.n + stanza.n);

	if (v == NULL)
		abort();
	memset(v, 0, sizeof(*v));
	v->link = k;
	v->since_ms = loop_now_ms(k->bridge->loop);
	v->since_s = loop_wall_ms() / 1000;
	memcpy(v->id, id.p, STANZA_ID_BYTES);
	v->from_n = from.n;
	v->to_n = to.n;
	v->n = stanza.n;
	if (from.n > 0)
		memcpy(v->text, from.p, from.n);
	if (to.n > 0)
		memcpy(v->text + from.n, to.p, to.n);
	memcpy(v->text + from.n + to.n, stanza.p, stanza.n);
	DL_APPEND(k->arrivals, v);
	HASH_ADD(hh, k->by_id, id, STANZA_ID_BYTES, v);
	tick_start(k);
	return v;
}

/* Its stanza is the end of b, from start on. NULL when that is too long. */
static struct arrival *create_from(struct link *k, struct answer *answer,
				   const struct stanza *s, struct strbuf *b,
				   size_t start)
{
	struct arena *a = loop_arena(k->bridge->loop);
	size_t n = b->n - start;
	struct str from = STR_NONE, to = STR_NONE;
	struct arrival *v;

	if (b->overflow || n > k->bridge->cfg->stanza_max_bytes)
		return NULL;
	if (k->cfg->outbox.to_xmpp) {
		from = jid_bare_text(a, &s->from);
		to = jid_bare_text(a, &s->to);
	}
	v = arrival_create(
		k, s->id, from, to,
		(struct str){ b->p + start, n - strlen(ARRIVAL_END_TAG) });
	v->answer = answer;
	v->since_ms = answer_since_ms(answer);
	v->is_to_full = s->to.resource.n > 0;
	if (k->cfg->outbox.to_xmpp)
		v->number = outbox_number(k->outbox);
	return v;
}

/* Is it a copy of one that the store has? Our 202 was lost, or we were killed
 * before it: that is its answer. */
static bool is_copy(struct link *k, struct answer *answer,
		    const struct stanza *s)
{
	struct arrival *v;

	if (k->kept.waiting == 0)
		return false;
	HASH_FIND(hh, k->by_id, s->id.p, STANZA_ID_BYTES, v);
	if (v == NULL || v->answer != NULL)
		return false;
	reply(k, answer, 202, 0);
	return true;
}

/* Not written yet; NULL, and the answer given, when that is too long. */
static struct arrival *create_waiting(struct link *k, struct answer *answer,
				      const struct stanza *s,
				      const struct xml *extra)
{
	struct arrival *v;
	struct strbuf b;

	strbuf_init(&b, 2 * k->bridge->cfg->stanza_max_bytes);
	message_write(&b, s, extra);
	v = create_from(k, answer, s, &b, 0);
	strbuf_fini(&b);
	if (v == NULL)
		reply(k, answer, 413, 0);
	return v;
}

/* Those before it have to be taken first. */
static void send_later(struct link *k, struct answer *answer,
		       const struct stanza *s, const struct xml *extra)
{
	struct arrival *v = create_waiting(k, answer, s, extra);

	if (v != NULL)
		arrival_wait(v);
}

/* Renders the stanza into the component's buffer, and keeps a copy of it for
 * as long as the server has not been seen to take it. */
void arrival_send(struct link *k, struct answer *answer, const struct stanza *s,
		  const struct xml *extra)
{
	struct strbuf *b;
	struct arrival *v;
	size_t start;

	if (is_copy(k, answer, s))
		return;
	if (k->turns.count > 0 || !barrier_has_room(k->barrier)) {
		send_later(k, answer, s, extra);
		return;
	}
	b = component_begin(k->component);
	start = b == NULL ? 0 : b->n;
	if (b == NULL) {
		reply(k, answer, 503, bridge_retry_after_s());
		return;
	}
	message_write(b, s, extra);
	v = create_from(k, answer, s, b, start);
	if (v == NULL) {
		component_abort(k->component);
		reply(k, answer, 413, 0);
		return;
	}
	component_end(k->component);
	arrival_go(v);
}

void arrival_keep(struct link *k, struct answer *answer, const struct stanza *s,
		  const struct xml *extra)
{
	struct arrival *v;

	if (is_copy(k, answer, s))
		return;
	v = create_waiting(k, answer, s, extra);
	if (v == NULL)
		return;
	if (!kept_put(v))
		arrival_finish(v, 503, bridge_retry_after_s());
	else
		arrival_wait(v);
}
