#include "gateway/monitor/siphealth.h"
#include "gateway/base/log.h"
#include "gateway/bridge.h"
#include "gateway/monitor/probe.h"
#include "gateway/presence/reception.h"

enum { ASKING_MAX = 100, DOWN_EVERY_MS = 15000, MISSED_EVERY_MS = 60000 };

/* One OPTIONS under way. It lives until its transaction ends, which may be
 * long after whoever asked was told. */
struct asking {
	struct asking *prev, *next;
	struct siphealth *health; /* borrowed */
	siphealth_fn *fn;	  /* NULL: told already */
	void *arg;
	uint64_t since_ms;
	struct loop_timer timer;
	bool is_under_way; /* the uac will call */
	const char *reason;
};

struct siphealth {
	struct link *link;	/* borrowed */
	struct asking *askings; /* owned list */
	size_t asking_count;
	struct loop_timer timer;
	uint64_t heard_ms; /* the last answer */
	uint64_t said_ms;  /* when the log was told that messages get none */
	unsigned missed;   /* messages without an answer since then */
	bool is_down, is_watched, is_asking;
};

static struct loop *loop_of(const struct siphealth *h)
{
	return h->link->bridge->loop;
}

bool siphealth_is_up(const struct siphealth *h)
{
	return !h->is_down;
}

/* --- who is asked */

static struct str hop_of(const struct siphealth *h, struct arena *a)
{
	const struct link *k = h->link;
	const struct address_plan *p = &k->cfg->plan;

	if (k->cfg->next_hop.n > 0)
		return k->cfg->next_hop;
	if (k->bridge->cfg->outbound_proxy.n > 0)
		return k->bridge->cfg->outbound_proxy;
	if (p->contacts == CONTACT_ESCAPED)
		return STR_NONE;
	return str_fmt(a, "sip:%.*s", STR_ARG(p->sip_domain));
}

/* --- what is known */

static void on_timer(void *arg);

static void check_later(struct siphealth *h)
{
	uint64_t ms = (uint64_t)h->link->bridge->cfg->check_s * 1000;

	if (ms == 0 || !h->is_watched)
		return;
	if (h->is_down && ms > DOWN_EVERY_MS)
		ms = DOWN_EVERY_MS;
	loop_timer_start(loop_of(h), &h->timer, loop_jitter_ms(ms, 10),
			 on_timer, h);
}

static void set_down(struct siphealth *h, bool is_down, const char *why)
{
	if (h->is_down == is_down)
		return;
	h->is_down = is_down;
	if (is_down)
		log_warn("sip_side_silent",
			 F_STR("component", h->link->cfg->domain),
			 F_STR("hop", hop_of(h, loop_arena(loop_of(h)))),
			 F_Z("why", why));
	else
		log_info("sip_side_back",
			 F_STR("component", h->link->cfg->domain));
	reception_changed(h->link);
}

static void heard(struct siphealth *h)
{
	h->heard_ms = loop_now_ms(loop_of(h));
	set_down(h, false, "");
}

/* --- asking */

static void asking_drop(struct asking *q)
{
	DL_DELETE(q->health->askings, q);
	q->health->asking_count--;
	loop_timer_stop(&q->timer);
	free(q);
}

static void asking_tell(struct asking *q, const struct siphealth_result *r)
{
	siphealth_fn *fn = q->fn;

	q->fn = NULL;
	loop_timer_stop(&q->timer);
	if (fn != NULL)
		fn(q->arg, r);
}

static const char *reason_of(const struct outcome *o)
{
	switch (o->kind) {
	case OUTCOME_NO_ROUTE:
		return "no such name in DNS";
	case OUTCOME_NO_DNS:
		return "no answer from DNS";
	case OUTCOME_UNREACHABLE:
		return "cannot be reached";
	default:
		return "no answer in time";
	}
}

static void on_outcome(void *arg, const struct outcome *o)
{
	struct asking *q = arg;
	struct siphealth *h = q->health;
	struct siphealth_result r = {
		.is_answered = o->kind == OUTCOME_ANSWERED,
		.status = o->status,
		.ms = (unsigned)(loop_now_ms(loop_of(h)) - q->since_ms),
		.hop = hop_of(h, loop_arena(loop_of(h))),
		.reason = reason_of(o),
	};

	q->is_under_way = false;
	if (r.is_answered)
		heard(h);
	else if (q->fn != NULL)
		set_down(h, true, r.reason);
	asking_tell(q, &r);
	asking_drop(q);
}

/* No answer in time, or nobody who could be asked. */
static void on_asking_due(void *arg)
{
	struct asking *q = arg;
	struct siphealth *h = q->health;
	const struct siphealth_result r = {
		.ms = (unsigned)(loop_now_ms(loop_of(h)) - q->since_ms),
		.hop = hop_of(h, loop_arena(loop_of(h))),
		.reason = q->reason,
	};

	if (q->is_under_way)
		set_down(h, true, r.reason);
	asking_tell(q, &r);
	if (!q->is_under_way)
		asking_drop(q);
}

static bool asking_send(struct asking *q)
{
	const struct link *k = q->health->link;
	struct uac *uac = agent_uac(k->bridge->agent);
	struct arena *a = loop_arena(k->bridge->loop);
	struct outgoing *o;
	struct draft d;

	if (!probe_draft(a, hop_of(q->health, a), k->cfg->domain, &d))
		return false;
	d.next_hop = k->cfg->next_hop;
	o = uac_prepare(uac, &d);
	if (o != NULL && uac_start(uac, o, on_outcome, q))
		return true;
	outgoing_destroy(&o);
	return false;
}

void siphealth_ask(struct siphealth *h, siphealth_fn *fn, void *arg)
{
	struct asking *q = calloc(1, sizeof(*q));

	if (q == NULL)
		abort();
	q->health = h;
	q->fn = fn;
	q->arg = arg;
	q->since_ms = loop_now_ms(loop_of(h));
	DL_APPEND(h->askings, q);
	if (h->asking_count++ < ASKING_MAX)
		q->is_under_way = asking_send(q);
	q->reason = q->is_under_way ? "no answer in time"
				    : "there is nobody to ask";
	loop_timer_start(loop_of(h), &q->timer,
			 q->is_under_way ? SIPHEALTH_MS : 0, on_asking_due, q);
}

/* --- by itself */

static void on_checked(void *arg, const struct siphealth_result *r)
{
	struct siphealth *h = arg;

	(void)r;
	h->is_asking = false;
	check_later(h);
}

static void check(struct siphealth *h)
{
	if (h->is_asking || hop_of(h, loop_arena(loop_of(h))).n == 0)
		return;
	h->is_asking = true;
	siphealth_ask(h, on_checked, h);
}

static void on_timer(void *arg)
{
	struct siphealth *h = arg;
	uint64_t ms = loop_now_ms(loop_of(h)) - h->heard_ms;

	if (h->is_down || h->heard_ms == 0 ||
	    ms >= (uint64_t)h->link->bridge->cfg->check_s * 1000)
		check(h);
	else
		check_later(h);
}

void siphealth_watch(struct siphealth *h)
{
	if (h->is_watched)
		return;
	h->is_watched = true;
	if (h->link->bridge->cfg->check_s > 0)
		check(h);
}

void siphealth_reloaded(struct siphealth *h)
{
	loop_timer_stop(&h->timer);
	if (h->is_watched && h->link->bridge->cfg->check_s > 0)
		check(h);
}

/* For the log: nobody watches, so nobody is asked. */
static void miss(struct siphealth *h, const struct outcome *o)
{
	uint64_t now = loop_now_ms(loop_of(h));

	h->missed++;
	if (h->said_ms > 0 && now - h->said_ms < MISSED_EVERY_MS)
		return;
	h->said_ms = now;
	log_warn("sip_unanswered", F_STR("component", h->link->cfg->domain),
		 F_STR("hop", hop_of(h, loop_arena(loop_of(h)))),
		 F_NUM("messages", h->missed), F_Z("why", reason_of(o)));
	h->missed = 0;
}

/* One message that failed proves little: its name may be wrong. */
void siphealth_note(struct siphealth *h, const struct outcome *o)
{
	if (o->kind == OUTCOME_ANSWERED)
		heard(h);
	else if (o->kind == OUTCOME_TOO_LARGE)
		return;
	else if (!h->is_watched)
		miss(h, o);
	else if (!h->is_down)
		check(h);
}

/* --- life */

struct siphealth *siphealth_create(struct link *k)
{
	struct siphealth *h = calloc(1, sizeof(*h));

	if (h == NULL)
		abort();
	h->link = k;
	return h;
}

void siphealth_destroy(struct siphealth **hp)
{
	struct siphealth *h = *hp;

	if (h == NULL)
		return;
	*hp = NULL;
	loop_timer_stop(&h->timer);
	h->is_watched = false;
	while (h->askings != NULL) {
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): shorter below */
		h->askings->reason = "the gateway is shutting down";
		h->askings->is_under_way = false;
		on_asking_due(h->askings);
	}
	free(h);
}
