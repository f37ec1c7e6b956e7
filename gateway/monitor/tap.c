#include "gateway/monitor/tap.h"
#include "gateway/bridge.h"

struct tap {
	struct bridge *bridge;		/* borrowed */
	struct tap_listener *listeners; /* borrowed list */
};

struct tap *tap_create(struct bridge *b)
{
	struct tap *t = calloc(1, sizeof(*t));

	if (t == NULL)
		abort();
	t->bridge = b;
	return t;
}

void tap_destroy(struct tap **tp)
{
	free(*tp);
	*tp = NULL;
}

static void tell(struct tap *t, const struct tap_message *m)
{
	struct tap_listener *l, *next;

	DL_FOREACH_SAFE (t->listeners, l, next)
		l->fn(l->arg, m);
}

static void on_sip(void *arg, bool is_out, const struct hop *hop,
		   struct str bytes)
{
	tell(arg, &(struct tap_message){ .is_sip = true,
					 .is_out = is_out,
					 .hop = hop,
					 .bytes = bytes });
}

/* arg of a component is its link, as for all its events. */
static void on_stanza(void *arg, bool is_out, struct str bytes)
{
	const struct link *k = arg;

	tell(k->bridge->tap, &(struct tap_message){ .is_out = is_out,
						    .link = k,
						    .bytes = bytes });
}

static void open_or_close(struct tap *t)
{
	struct bridge *b = t->bridge;
	bool is_on = t->listeners != NULL;
	size_t i;

	transport_tap(agent_transports(b->agent), is_on ? on_sip : NULL, t);
	for (i = 0; i < b->link_count; i++)
		component_tap(b->links[i].component, is_on ? on_stanza : NULL);
}

void tap_listen(struct tap *t, struct tap_listener *l, tap_fn *fn, void *arg)
{
	l->fn = fn;
	l->arg = arg;
	DL_APPEND(t->listeners, l);
	open_or_close(t);
}

void tap_leave(struct tap *t, struct tap_listener *l)
{
	DL_DELETE(t->listeners, l);
	open_or_close(t);
}
