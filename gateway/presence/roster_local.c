#include "gateway/phones/phones.h"
#include "gateway/phones/presentity.h"
#include "gateway/presence/roster_inner.h"
#include "mapping/address.h"

/* SUB_OUT of a contact whose phones attach to us: no dialog is opened, what is
 * known of him is here. All whom the component serves may watch him: a phone
 * has no way to say who may. */

static bool uri_of(struct row *w, struct uri *out)
{
	struct arena *a = loop_arena(w->roster->bridge->loop);
	struct jid contact;
	struct fault fault;
	const char *why;

	return w->link->cfg->plan.has_phones &&
	       jid_read(a, row_contact(w), &contact, &why) &&
	       address_contact_uri(a, &w->link->cfg->plan, &contact, out, NULL,
				   &fault) &&
	       phones_serve(w->roster->bridge, out);
}

static void take(struct row *w)
{
	struct bridge *b = w->roster->bridge;

	out_take_items(w, presentities_items(b->presentities, row_contact(w),
					     loop_arena(b->loop)));
}

static void on_changed(void *arg)
{
	struct row *w = arg;

	take(w);
	row_event(w, EV_NOTIFY_ACTIVE);
}

static void on_opened(void *arg)
{
	struct row *w = arg;
	struct bridge *b = w->roster->bridge;
	struct uri uri;
	bool is_known = uri_of(w, &uri) && door_knows(b->door, &uri);

	if (is_known)
		take(w);
	if (w->is_poll) {
		out_poll_end(w);
		return;
	}
	if (!is_known) {
		row_event(w, EV_NOT_FOUND);
		return;
	}
	if (w->local == NULL)
		w->local = watching_create(b->presentities, row_contact(w),
					   on_changed, w);
	row_event(w, EV_NOTIFY_ACTIVE);
}

bool local_open(struct row *w, bool is_poll)
{
	struct uri uri;

	if (!uri_of(w, &uri))
		return false;
	w->is_poll = is_poll;
	row_timer_start(w, 0, on_opened);
	return true;
}

void local_close(struct row *w)
{
	watching_destroy(&w->local);
}
