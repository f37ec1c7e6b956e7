#include "gateway/base/log.h"
#include "gateway/outbox/outbox.h"
#include "gateway/presence/roster_inner.h"
#include "gateway/services/face.h"
#include "mapping/address.h"
#include "mapping/pidfvalue.h"
#include "xmpp/stream.h"

/* SUB_OUT: an XMPP user watches a contact. We hold the SUBSCRIBE dialog. */
enum {
	RETRY_SOON_MS = 2000,
	RETRY_LATE_MS = 30000,
	RETRY_MAX_MS = 1800000,
	RETRY_MAX_S = 86400,
	JITTER_PERCENT = 20,
	FRESH_S = 60
};

static const char ACCEPT[] = "application/pidf+xml, application/xpidf+xml";

/* --- to the user */

static bool pair_read(const struct row *w, struct arena *a, struct jid *user,
		      struct jid *contact)
{
	const char *why;

	return jid_read(a, row_user(w), user, &why) &&
	       jid_read(a, row_contact(w), contact, &why);
}

static void say_item(struct row *w, const struct presence_item *i)
{
	struct arena *a = loop_arena(w->roster->bridge->loop);
	struct presence_item now = *i;
	struct jid user, contact;
	const struct xml *extra = NULL;
	struct stanza s;

	if ((i->is_available && w->roster->is_leaving) ||
	    !pair_read(w, a, &user, &contact))
		return;
	now.next = NULL;
	now = *dialoginfo_merge(a, &now, phone_state(w));
	if (loop_wall_ms() / 1000 - now.stamp_s < FRESH_S)
		now.stamp_s = 0; /* it has just happened: no delay */
	presence_item_stanza(a, &now, &contact, &user, &s, &extra);
	if (now.is_available)
		extra = face_add(w->roster->bridge->face, a, DISCO_CONTACT,
				 extra);
	presence_write(link_begin(w->link), &s, extra);
	link_end(w->link);
}

void out_say_changes(struct row *w)
{
	struct item *i;

	if (w->state != SUB_NONE && !row_can_say(w)) {
		if (component_is_up(w->link->component))
			row_wake_later(w);
		return;
	}
	if (w->items != NULL)
		w->is_gone_told = false;
	for (i = w->items; i != NULL; i = i->next) {
		if (i->is_dirty && !i->value.is_available)
			gone_note(w, i->value.resource);
		if (i->is_dirty)
			say_item(w, &i->value);
		i->is_dirty = false;
	}
	last_note(w);
	item_drop_unavailable(&w->items);
	if (w->items == NULL)
		w->is_gone_told = true;
}

/* From the bare JID, when nothing is known of any resource; once. */
static void say_gone(struct row *w)
{
	/* Since when: RFC 6121 §4.3.2. */
	const struct presence_item gone = { .stamp_s = w->asked_at_s };

	if (w->is_gone_told)
		return;
	if (w->state != SUB_NONE && !row_can_say(w)) {
		if (component_is_up(w->link->component))
			row_wake_later(w);
		return;
	}
	w->is_gone_told = true;
	say_item(w, &gone);
}

void out_leave(struct row *w)
{
	struct item *i;

	for (i = w->items; i != NULL; i = i->next)
		item_leave(i, 0);
}

void out_say_gone(struct row *w)
{
	struct presence_item gone = { .is_available = false };
	const struct item *i;

	for (i = w->items; i != NULL; i = i->next) {
		gone.resource = i->value.resource;
		say_item(w, &gone);
	}
}

static void say_unavailable(struct row *w)
{
	if (w->items == NULL) {
		say_gone(w);
		return;
	}
	out_leave(w);
	out_say_changes(w);
}

/* What was told before a restart and is not known now has gone. */
static bool leave_remembered(struct row *w)
{
	bool has_left = false;
	struct item *i;

	for (i = w->items; i != NULL; i = i->next) {
		has_left |= i->is_remembered;
		if (i->is_remembered)
			item_leave(i, 0);
	}
	return has_left;
}

void out_take_back(struct row *w)
{
	if (leave_remembered(w))
		out_say_changes(w);
}

void out_say_presence(struct row *w)
{
	leave_remembered(w);
	if (w->items == NULL)
		say_gone(w);
	else
		out_say_changes(w);
}

void out_mark(struct row *w)
{
	struct item *i;

	w->is_gone_told = false;
	for (i = w->items; i != NULL; i = i->next)
		i->is_dirty = !i->is_remembered;
}

void out_say_resource(struct row *w, struct str resource)
{
	const struct presence_item gone = { .resource = resource };
	const struct item *i = item_find(w->items, resource);

	if (row_can_say(w))
		say_item(w, i != NULL ? &i->value : &gone);
}

static void say_not_found(struct row *w)
{
	struct jid user, contact;

	words_note(w, SAID_NOT_FOUND);
	if (pair_read(w, loop_arena(w->roster->bridge->loop), &user, &contact))
		roster_say_not_found(w->link, &contact, &user);
}

static void say_subscribed(struct row *w)
{
	words_note(w, SAID_SUBSCRIBED);
	row_say(w, PRESENCE_SUBSCRIBED);
}

/* --- from the SIP side */

void out_take_items(struct row *w, struct presence_item *v)
{
	struct arena *a = loop_arena(w->roster->bridge->loop);
	bool is_crowded = false;
	struct presence_item *gone;
	struct item *i;

	leave_remembered(w);
	for (i = w->items; i != NULL; i = i->next) {
		struct presence_item *in = v;

		while (in != NULL && !str_eq(in->resource, i->value.resource))
			in = in->next;
		if (in != NULL || !i->value.is_available)
			continue;
		gone = arena_new(a, struct presence_item);
		*gone = (struct presence_item){
			.next = v,
			.resource = str_dup(a, i->value.resource),
		};
		v = gone;
	}
	for (; v != NULL; v = v->next)
		if ((v->is_available || item_find(w->items, v->resource)) &&
		    item_put(&w->items, v) == NULL)
			is_crowded = true;
	row_crowded(w, is_crowded);
}

/* Content-Language speaks for what says none itself (RFC 8048 Table 2). */
static void inherit_language(struct arena *a, struct xml *tree,
			     struct str languages)
{
	struct str first = str_trim(str_cut(&languages, ','));

	if (pidfvalue_is_language(first) && !xml_has_attr(tree, "xml:lang"))
		xml_set(a, tree, "xml:lang", first);
}

void out_take(struct row *w, const struct watch_notice *n)
{
	static const struct stream_limits limits = { PIDF_MAX_BYTES, 32, 64 };
	struct arena *a = loop_arena(w->roster->bridge->loop);
	struct presence_item *v;
	struct pidf doc;
	struct xml *tree;
	const char *why;

	tree = stream_document(a, n->body, &limits, &why);
	if (tree != NULL)
		inherit_language(a, tree, n->language);
	if (tree == NULL || !pidf_read(a, tree, &doc, &why)) {
		log_warn("presence_document_refused",
			 F_STR("component", w->link->cfg->domain),
			 F_Z("why", why));
		return;
	}
	/* What comes as an answer is as it is now, whatever its clock says. */
	if (n->is_answer)
		w->heard.stamp_s = 0;
	if (!freshness_take(&w->heard, &doc, loop_wall_ms() / 1000)) {
		log_debug("presence_document_old",
			  F_STR("component", w->link->cfg->domain),
			  F_STR("contact", row_contact(w)));
		return;
	}
	v = presence_from_pidf(a, &doc);
	if (v != NULL) /* else it says nothing */
		out_take_items(w, v);
}

static enum sub_event notice_event(const struct watch_notice *n)
{
	if (n->state == WATCH_ACTIVE)
		return EV_NOTIFY_ACTIVE;
	if (n->state == WATCH_PENDING)
		return EV_NOTIFY_PENDING;
	return subscription_reason(n->reason, n->retry_after_s >= 0);
}

/* What the other side asked us to wait is the least. */
static void wait_for(struct row *w, uint64_t ms, bool is_soon)
{
	uint64_t least_ms = (uint64_t)w->retry_after_s * 1200;

	if (ms < least_ms)
		ms = least_ms;
	w->retry_after_s = 0;
	out_retry(w, loop_jitter_ms(ms, JITTER_PERCENT), is_soon);
}

static void wait_long(struct row *w)
{
	uint64_t ms = (uint64_t)RETRY_LATE_MS << w->failures;

	/* The first time the other side knows best. */
	if (w->failures == 0 && w->retry_after_s > 0)
		ms = 0;
	if (ms < RETRY_MAX_MS)
		w->failures++;
	wait_for(w, ms < RETRY_MAX_MS ? ms : RETRY_MAX_MS, false);
}

/* Once; the next time without a word in between it counts as a failure. */
static void wait_short(struct row *w)
{
	if (w->failures > 0) {
		wait_long(w);
		return;
	}
	w->failures = 1;
	w->retry_after_s = 0; /* meanwhile he is shown as he was */
	wait_for(w, RETRY_SOON_MS, true);
}

static void take_retry_after(struct row *w, int64_t s)
{
	w->retry_after_s = s <= 0	     ? 0
			   : s > RETRY_MAX_S ? RETRY_MAX_S
					     : (unsigned)s;
}

/* The answer to a poll (RFC 8048 §7.1): told once, and nothing stays. */
void out_poll_end(struct row *w)
{
	w->is_poll = false;
	if (w->state != SUB_NONE)
		return;
	out_say_presence(w);
	row_settle(w);
}

/* Who may not see the contact is told so (RFC 6121 §4.3.2): his server would
 * ask as well if he was refused while neither heard it. */
static void poll_refused(struct row *w)
{
	w->is_poll = false;
	if (w->state != SUB_NONE)
		return;
	out_say_presence(w); /* unavailable: before it would be dropped */
	out_say_unsubscribed(w);
	row_settle(w);
}

/* Messages may wait for him. */
static void tell_outbox(const struct row *w)
{
	struct jid user, contact;

	if (pair_read(w, loop_arena(w->roster->bridge->loop), &user, &contact))
		outbox_online(w->link->outbox, &contact);
}

static void on_notice(void *arg, const struct watch_notice *n)
{
	struct row *w = arg;
	/* The row stays, for it was active before and is now. */
	bool is_empty = n->state == WATCH_ACTIVE && n->body.n == 0 &&
			w->state == SUB_ACTIVE;
	enum sub_event event;

	if (n->body.n > 0)
		out_take(w, n);
	if (item_any_available(w->items))
		tell_outbox(w);
	if (n->state == WATCH_TERMINATED)
		watch_drop(&w->watch);
	else
		w->failures = 0;
	if (n->state == WATCH_ACTIVE && !w->is_poll)
		phone_open(w);
	if (w->is_poll && n->state == WATCH_TERMINATED) {
		if (str_ieqz(n->reason, "rejected"))
			poll_refused(w);
		else
			out_poll_end(w);
		return;
	}
	if (w->is_poll)
		return;
	event = notice_event(n);
	/* deactivated and timeout have no use for it (RFC 6665 §4.1.3). */
	take_retry_after(w, event == EV_NOTIFY_LATER ? n->retry_after_s : 0);
	row_event(w, event);
	if (is_empty)
		fetch_start(w);
}

static void on_failed(void *arg, int status, int64_t retry_after_s)
{
	struct row *w = arg;
	bool is_first = w->state == SUB_ASKING || w->state == SUB_PENDING;

	watch_drop(&w->watch);
	if (w->is_poll) {
		if (subscription_response(status, true) == EV_REFUSED)
			poll_refused(w);
		else
			out_poll_end(w);
		return;
	}
	log_info("subscribe_failed", F_STR("component", w->link->cfg->domain),
		 F_NUM("status", status));
	take_retry_after(w, retry_after_s);
	row_event(w, subscription_response(status, is_first));
}

/* --- to the SIP side */

bool out_options(struct row *w, struct watch_options *o)
{
	struct arena *a = loop_arena(w->roster->bridge->loop);
	const struct address_plan *p = &w->link->cfg->plan;
	struct jid user, contact;
	struct fault why;

	*o = (struct watch_options){
		.event = STR_LIT("presence"),
		.accept = str_z(ACCEPT),
		.next_hop = w->link->cfg->next_hop,
		.expires_s = w->roster->bridge->cfg->presence_expires_s,
	};
	if (!pair_read(w, a, &user, &contact) ||
	    !address_contact_uri(a, p, &contact, &o->target, NULL, &why) ||
	    !address_user_uri(a, p, &user, &o->from.uri, NULL, &why))
		return false;
	o->to.uri = o->target;
	return true;
}

static void out_open(struct row *w, bool is_poll)
{
	static const struct watch_events events = {
		.on_notice = on_notice,
		.on_failed = on_failed,
		.on_due = out_due,
	};
	struct watch_options o;

	if (w->watch != NULL && w->is_poll && !is_poll)
		watch_drop(&w->watch); /* he wants more than one answer */
	if (w->watch != NULL)
		return;
	row_timer_stop(w);
	w->is_poll = false;
	if (local_open(w, is_poll))
		return;
	if (!out_options(w, &o)) {
		/* The settings have changed under it: no try helps. */
		log_warn("contact_unreachable",
			 F_STR("component", w->link->cfg->domain),
			 F_Z("why", "no SIP address is his any more"));
		return;
	}
	if (is_poll)
		o.expires_s = 0;
	w->is_poll = is_poll;
	w->watch = watch_open(w->roster->watcher, &o, &events, w);
}

static void close_watch(struct row *w)
{
	phone_close(w);
	watch_drop(&w->fetch);
	local_close(w);
	w->is_poll = false;
	row_timer_stop(w);
	if (w->watch != NULL)
		watch_close(&w->watch);
}

void row_act_out(struct row *w, unsigned todo)
{
	static const struct {
		unsigned action;
		void (*fn)(struct row *w);
	} says[] = {
		{ DO_SAY_UNAVAILABLE, say_unavailable },
		{ DO_SAY_PRESENCE, out_say_presence },
		{ DO_SAY_NOT_FOUND, say_not_found },
	};
	size_t i;

	if ((todo & DO_OPEN) || ((todo & DO_POLL) && !w->is_parting))
		out_open(w, todo & DO_POLL);
	if (todo & DO_CLOSE)
		close_watch(w);
	if (todo & DO_RETRY_SOON)
		wait_short(w);
	if (todo & DO_RETRY_LATE)
		wait_long(w);
	if (todo & DO_SAY_SUBSCRIBED)
		say_subscribed(w);
	for (i = 0; i < sizeof(says) / sizeof(says[0]); i++)
		if (todo & says[i].action)
			says[i].fn(w);
	/* Not to one who has asked again meanwhile: it would end that. */
	if ((todo & DO_SAY_UNSUBSCRIBED) && w->state == SUB_NONE)
		out_say_unsubscribed(w);
	if ((todo & DO_PART) && w->state == SUB_NONE)
		out_part(w);
}
