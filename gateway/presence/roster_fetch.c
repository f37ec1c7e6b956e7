#include "gateway/presence/roster_inner.h"

/* A NOTIFY without a document leaves the last one as it is (RFC 3856 §6.8). But
 * presence servers send one too when nothing is published any more, and the
 * contact would stay online for ever. Who is shown online is asked for once
 * more in a dialog of its own: there is no last document in that. */
static void on_notice(void *arg, const struct watch_notice *n)
{
	struct row *w = arg;

	watch_drop(&w->fetch);
	if (w->state != SUB_ACTIVE)
		return;
	if (n->body.n > 0)
		out_take(w, n);
	else
		out_leave(w);
	out_say_changes(w);
}

static void on_failed(void *arg, int status, int64_t retry_after_s)
{
	struct row *w = arg;

	(void)status;
	(void)retry_after_s;
	watch_drop(&w->fetch); /* what is known stays */
}

void fetch_start(struct row *w)
{
	static const struct watch_events events = {
		.on_notice = on_notice,
		.on_failed = on_failed,
	};
	struct watch_options o;

	if (w->fetch != NULL || w->state != SUB_ACTIVE ||
	    !item_any_available(w->items) || !out_options(w, &o))
		return;
	o.expires_s = 0;
	w->fetch = watch_open(w->roster->watcher, &o, &events, w);
}
