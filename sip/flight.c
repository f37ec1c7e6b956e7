#include "sip/flight.h"
#include "sip/outgoing.h"

enum flight_start flight_start(struct uac *u, const struct draft *d, uac_fn *fn,
			       void *arg, struct outgoing **out)
{
	struct outgoing *o = uac_prepare(u, d);

	if (o == NULL)
		return FLIGHT_TOO_LARGE;
	if (!uac_start(u, o, fn, arg)) {
		outgoing_destroy(&o);
		return FLIGHT_FULL;
	}
	*out = o;
	return FLIGHT_STARTED;
}

static void on_nothing(void *arg, const struct outcome *o)
{
	(void)arg;
	(void)o;
}

void flight_forget_to(struct outgoing **op, uac_fn *fn, void *arg)
{
	struct outgoing *o = *op;

	*op = NULL;
	if (o == NULL)
		return;
	o->fn = fn;
	o->arg = arg;
}

void flight_forget(struct outgoing **op)
{
	flight_forget_to(op, on_nothing, NULL);
}

struct uri flight_next_hop(struct uac *u, struct arena *a,
			   const struct draft *d)
{
	struct outgoing *o = uac_prepare(u, d);
	struct uri hop = { .scheme = URI_OTHER };
	const char *why;

	if (o == NULL)
		return hop;
	if (!uri_read(uri_text(a, &o->next_hop), &hop, &why))
		hop = (struct uri){ .scheme = URI_OTHER };
	outgoing_destroy(&o);
	return hop;
}
