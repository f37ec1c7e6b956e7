#include "sip/uac_inner.h"
#include <stdlib.h>
#include "gateway/base/arena.h"
#include "gateway/base/table.h"
#include "sip/reader.h"

enum {
	BRIEF_SHARE = 8 /* 4 s: seen three times more, if somebody is there */
};

void uac_adjust(struct uac *u, const struct uac_options *o)
{
	style_adjust(&u->style, &u->texts, o);
	credentials_adjust(&u->credentials, &u->texts, &o->account);
}

struct uac *uac_create(struct loop *l, struct transport_set *t,
		       struct client *c, struct resolve *r,
		       const struct uac_options *o)
{
	struct uac *u = calloc(1, sizeof(*u));

	if (u == NULL)
		abort();
	u->loop = l;
	u->transport = t;
	u->client = c;
	u->resolve = r;
	u->timeout_ms = o->timeout_ms;
	u->mtu_bytes = o->mtu_bytes;
	u->max_running = o->max_running;
	u->style.leads_back = o->leads_back;
	u->style.leads_back_arg = o->leads_back_arg;
	arena_init(&u->texts, 1024);
	strbuf_init(&u->style.scratch, SIP_MESSAGE_MAX_BYTES);
	uac_adjust(u, o);
	strbuf_init(&u->tail, SIP_MESSAGE_MAX_BYTES);
	strbuf_init(&u->via, VIA_ROOM_BYTES);
	return u;
}

static void outgoing_stop(struct outgoing *o)
{
	loop_timer_stop(&o->timer);
	if (o->job != NULL)
		resolve_cancel(o->job);
	if (o->tx != NULL)
		client_cancel(o->tx);
	o->job = NULL;
	o->tx = NULL;
	DL_DELETE(o->uac->running, o);
	o->uac->running_count--;
	o->uac->others_count -= o->method != METHOD_MESSAGE;
}

void uac_destroy(struct uac **up)
{
	struct uac *u = *up;

	if (u == NULL)
		return;
	*up = NULL;
	while (u->running != NULL) {
		struct outgoing *o = u->running;

		outgoing_stop(o);
		outgoing_destroy(&o);
	}
	credentials_fini(&u->credentials);
	strbuf_fini(&u->style.scratch);
	strbuf_fini(&u->tail);
	strbuf_fini(&u->via);
	arena_fini(&u->texts);
	free(u);
}

struct outgoing *uac_prepare(struct uac *u, const struct draft *d)
{
	return outgoing_create(&u->style, d);
}

void uac_set_flows(struct uac *u, uac_flow_fn *fn, void *arg)
{
	u->style.flow = fn;
	u->style.flow_arg = arg;
}

size_t uac_running(const struct uac *u)
{
	return u->running_count;
}

void uac_finish(struct outgoing *o, struct outcome *outcome)
{
	outgoing_stop(o);
	outcome->cseq = o->cseq;
	o->fn(o->arg, outcome);
	outgoing_destroy(&o);
}

/* Watchers that do not answer their NOTIFYs must not stand in the way of
 * messages: a quarter of the room is for these alone. */
static bool has_room(const struct uac *u, enum method m)
{
	return u->running_count < u->max_running &&
	       (m == METHOD_MESSAGE ||
		u->others_count < u->max_running - u->max_running / 4);
}

bool uac_start(struct uac *u, struct outgoing *o, uac_fn *fn, void *arg)
{
	if (!has_room(u, o->method))
		return false;
	o->uac = u;
	o->fn = fn;
	o->arg = arg;
	o->deadline_ms = loop_now_ms(u->loop) +
			 u->timeout_ms / (o->is_brief ? BRIEF_SHARE : 1);
	DL_APPEND(u->running, o);
	u->running_count++;
	u->others_count += o->method != METHOD_MESSAGE;
	uac_rounds(o);
	return true;
}
