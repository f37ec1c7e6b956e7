#include "gateway/base/log.h"
#include "gateway/presence/roster_inner.h"
#include "xmpp/stream.h"

/* The telephone of a contact whose presence a user watches: Event: dialog
 * (RFC 4235) beside it, where the component wants that. What it says is laid
 * over the presence; without it the presence stands alone. */
enum { PHONE_RETRY_MS = 600000, PHONE_SOON_MS = 2000, JITTER_PERCENT = 20 };

struct phone {
	struct watch *watch; /* owned */
	struct loop_timer retry;
	struct callbook book;
	enum phone_state state;
	bool is_tried; /* nothing was heard since the last try */
};

enum phone_state phone_state(const struct row *w)
{
	return w->phone != NULL ? w->phone->state : PHONE_IDLE;
}

static void phone_set(struct row *w, enum phone_state s)
{
	if (w->phone->state == s)
		return;
	w->phone->state = s;
	if (w->state != SUB_ACTIVE || w->items == NULL)
		return;
	out_mark(w);
	out_say_changes(w);
}

static void phone_start(struct row *w);

static void on_retry(void *arg)
{
	phone_start(arg);
}

static void retry(struct row *w, uint64_t ms)
{
	loop_timer_start(w->roster->bridge->loop, &w->phone->retry,
			 loop_jitter_ms(ms, JITTER_PERCENT), on_retry, w);
}

static void take_document(struct row *w, struct str body)
{
	static const struct stream_limits limits = { PIDF_MAX_BYTES, 32, 64 };
	struct arena *a = loop_arena(w->roster->bridge->loop);
	struct phone *p = w->phone;
	struct dialoginfo doc;
	struct xml *tree;
	const char *why;
	bool wants_refresh = false;

	tree = stream_document(a, body, &limits, &why);
	if (tree == NULL || !dialoginfo_read(a, tree, &doc, &why)) {
		log_warn("dialog_document_refused",
			 F_STR("component", w->link->cfg->domain),
			 F_Z("why", why));
		return;
	}
	if (!callbook_apply(&p->book, &doc, &wants_refresh))
		return;
	if (wants_refresh)
		watch_refresh(p->watch);
	phone_set(w, callbook_state(&p->book));
}

static void on_notice(void *arg, const struct watch_notice *n)
{
	struct row *w = arg;
	struct phone *p = w->phone;
	bool is_again = p->is_tried;

	p->is_tried = n->state == WATCH_TERMINATED;
	if (n->state == WATCH_ACTIVE && n->body.n > 0)
		take_document(w, n->body);
	if (n->state != WATCH_TERMINATED)
		return;
	watch_drop(&p->watch);
	phone_set(w, PHONE_IDLE);
	if (subscription_reason(n->reason, false) != EV_NOTIFY_REJECTED)
		retry(w, is_again ? PHONE_RETRY_MS : PHONE_SOON_MS);
}

/* A peer that has no dialog events, or none for us, is not asked again before
 * the next subscription; the others now and then. */
static void on_failed(void *arg, int status, int64_t retry_after_s)
{
	struct row *w = arg;
	enum sub_event e = subscription_response(status, true);

	(void)retry_after_s;
	watch_drop(&w->phone->watch);
	phone_set(w, PHONE_IDLE);
	if (e != EV_REFUSED && e != EV_NOT_FOUND)
		retry(w, PHONE_RETRY_MS);
}

static void phone_start(struct row *w)
{
	static const struct watch_events events = {
		.on_notice = on_notice,
		.on_failed = on_failed,
	};
	struct phone *p = w->phone;
	struct watch_options o;

	if (p->watch != NULL || !out_options(w, &o))
		return;
	o.event = STR_LIT("dialog");
	o.accept = STR_LIT("application/dialog-info+xml");
	p->book = (struct callbook){ .has_version = false };
	p->is_tried = true;
	p->watch = watch_open(w->roster->watcher, &o, &events, w);
}

void phone_open(struct row *w)
{
	if (!w->link->cfg->wants_dialog_events || w->phone != NULL)
		return;
	w->phone = calloc(1, sizeof(*w->phone));
	if (w->phone == NULL)
		abort();
	phone_start(w);
}

void phone_close(struct row *w)
{
	if (w->phone != NULL && w->phone->watch != NULL)
		watch_close(&w->phone->watch);
	phone_drop(w);
}

void phone_drop(struct row *w)
{
	struct phone *p = w->phone;

	if (p == NULL)
		return;
	watch_drop(&p->watch);
	loop_timer_stop(&p->retry);
	free(p);
	w->phone = NULL;
}
