#include "gateway/base/log.h"
#include "gateway/presence/published.h"
#include "mapping/address.h"
#include "mapping/winfo.h"
#include "xmpp/stream.h"

/* Who wants to watch a published user asks the presence server, not us: it
 * tells by Event: presence.winfo (RFC 3857), and the user is asked in the
 * watcher's name. What he answers stays in his roster: writing it back into the
 * server's policy would take XCAP, which Stox does not speak. */
enum {
	WINFO_RETRY_MS = 600000,
	WINFO_SOON_MS = 30000,
	JITTER_PERCENT = 20,
	WINFO_MAX_BYTES = 262144,
	ASKED_MAX = 1000 /* watchers of one user */
};

static void ask(struct published *p, const struct winfo_watcher *w)
{
	struct arena *a = loop_arena(p->roster->bridge->loop);
	struct jid from, user;
	struct str contact;
	struct uri uri;
	struct fault f;
	const char *why;

	if (!uri_read(w->uri, &uri, &why) ||
	    !address_contact_jid(a, &p->link->cfg->plan, &uri, &from, NULL,
				 &f) ||
	    !jid_read(a, published_user(p), &user, &why))
		return;
	from = jid_bare(&from);
	contact = jid_bare_text(a, &from);
	if (tally_count(&p->asked, contact) > 0 ||
	    tally_names(&p->asked) >= ASKED_MAX ||
	    row_find(p->roster, SUB_IN, published_user(p), contact) != NULL)
		return;
	tally_add(&p->asked, contact);
	roster_say(p->link, &from, &user, PRESENCE_SUBSCRIBE);
}

static void take_document(struct published *p, struct str body)
{
	static const struct stream_limits limits = { WINFO_MAX_BYTES, 32, 64 };
	struct arena *a = loop_arena(p->roster->bridge->loop);
	const struct winfo_watcher *w;
	const struct winfo_list *list;
	enum winfo_order order;
	struct winfo doc;
	struct xml *tree;
	const char *why;

	tree = stream_document(a, body, &limits, &why);
	if (tree == NULL || !winfo_read(a, tree, &doc, &why)) {
		log_warn("watcherinfo_refused",
			 F_STR("component", p->link->cfg->domain),
			 F_Z("why", why));
		return;
	}
	order = winfo_order(p->has_winfo_version, p->winfo_version, &doc);
	if (order == WINFO_DISCARD)
		return;
	p->has_winfo_version = true;
	p->winfo_version = doc.version;
	for (list = doc.lists; list != NULL; list = list->next)
		for (w = list->watchers; w != NULL; w = w->next)
			if (str_eqz(list->package, "presence") &&
			    winfo_wish(w) == WINFO_ASK)
				ask(p, w);
	if (order == WINFO_TAKE_AND_REFRESH)
		watch_refresh(p->winfo);
}

static void on_retry(void *arg)
{
	winfo_open(arg);
}

static void retry(struct published *p, uint64_t ms)
{
	loop_timer_start(p->roster->bridge->loop, &p->winfo_retry,
			 loop_jitter_ms(ms, JITTER_PERCENT), on_retry, p);
}

static void on_notice(void *arg, const struct watch_notice *n)
{
	struct published *p = arg;

	if (n->state == WATCH_ACTIVE && n->body.n > 0)
		take_document(p, n->body);
	if (n->state != WATCH_TERMINATED)
		return;
	watch_drop(&p->winfo);
	retry(p, WINFO_SOON_MS);
}

static void on_failed(void *arg, int status, int64_t retry_after_s)
{
	struct published *p = arg;

	(void)retry_after_s;
	watch_drop(&p->winfo);
	log_info("winfo_failed", F_STR("component", p->link->cfg->domain),
		 F_NUM("status", status));
	if (subscription_response(status, true) == EV_FAILED)
		retry(p, WINFO_RETRY_MS);
}

void winfo_open(struct published *p)
{
	static const struct watch_events events = {
		.on_notice = on_notice,
		.on_failed = on_failed,
	};
	struct watch_options o = {
		.event = STR_LIT("presence.winfo"),
		.accept = STR_LIT("application/watcherinfo+xml"),
		.next_hop = p->link->cfg->next_hop,
		.expires_s = p->roster->bridge->cfg->presence_expires_s,
		.wants_many = true,
	};

	if (p->winfo != NULL || p->is_refused || p->is_unlisted ||
	    loop_timer_is_running(&p->winfo_retry) ||
	    !published_uri(p, &o.target))
		return;
	o.from.uri = o.target;
	o.to.uri = o.target;
	p->has_winfo_version = false;
	p->winfo = watch_open(p->roster->watcher, &o, &events, p);
}

void winfo_close(struct published *p)
{
	loop_timer_stop(&p->winfo_retry);
	if (p->winfo != NULL)
		watch_close(&p->winfo);
}
