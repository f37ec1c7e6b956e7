#include "sip/contact.h"
#include "sip/flight.h"
#include "sip/leg.h"
#include "sip/party.h"

/* The SUBSCRIBE of a leg, as a draft. */

enum { HOPS = 70 };

/* RFC 3261 §8.1.1: outside of a dialog, from the watch's own texts. */
static bool draft_first(struct arena *a, struct watch *w, struct draft *d)
{
	struct watch_texts t = watch_texts(w, a);
	const char *why;

	*d = (struct draft){ .method = METHOD_SUBSCRIBE,
			     .call_id = { w->call_id, sizeof(w->call_id) },
			     .max_forwards = HOPS,
			     .next_hop = t.next_hop };
	if (!uri_read(t.target, &d->target, &why) ||
	    !party_read(a, t.from, &d->from, NULL, &why) ||
	    !party_read(a, t.to, &d->to, NULL, &why))
		return false;
	d->from.tag = (struct str){ w->tag, sizeof(w->tag) };
	d->cseq = ++w->cseq;
	return true;
}

/* There is one. */
static struct dialog dialog_of(const struct leg *leg, struct arena *a)
{
	const struct watch *w = leg->watch;
	struct watch_texts t = watch_texts(w, a);
	struct dialog d = dialog_view(leg->dialog);

	d.call_id = (struct str){ w->call_id, sizeof(w->call_id) };
	d.local_tag = (struct str){ w->tag, sizeof(w->tag) };
	if (d.local_party.n == 0)
		d.local_party = t.from;
	if (d.remote_party.n == 0)
		d.remote_party = t.to;
	return d;
}

static bool draft_next(struct arena *a, struct leg *leg, struct draft *out)
{
	struct dialog d = dialog_of(leg, a);

	if (!dialog_draft(a, &d, METHOD_SUBSCRIBE, out))
		return false;
	leg->dialog->local_cseq = d.local_cseq;
	return true;
}

/* NOTIFY shall come back the way that this goes; in a dialog that is where the
 * last NOTIFY came from. */
static struct str contact_text(struct leg *leg, struct arena *a,
			       const struct draft *d)
{
	struct watcher *w = leg->watch->kind->watcher;
	struct uri towards;
	struct strbuf b;
	struct str text;
	const char *why;

	if (leg->dialog == NULL ||
	    !uri_read(dialog_view(leg->dialog).source, &towards, &why))
		towards = flight_next_hop(w->uac, a, d);
	strbuf_init(&b, URI_MAX_BYTES);
	contact_write(&b, w->transport, d->from.uri.user, &towards);
	text = str_dup(a, strbuf_str(&b));
	strbuf_fini(&b);
	return text;
}

/* Without Accept where any document will do. */
static const struct header *headers_of(const struct watch *w, struct arena *a,
				       unsigned expires_s)
{
	struct header *expires = arena_alloc(a, sizeof(*expires));
	struct header *allow = arena_alloc(a, sizeof(*allow));
	struct header *accept = arena_alloc(a, sizeof(*accept));
	struct header *event = arena_alloc(a, sizeof(*event));

	*expires = (struct header){ .name = STR("Expires"),
				    .value = str_fmt(a, "%u", expires_s) };
	*allow = (struct header){ .next = expires,
				  .name = STR("Allow-Events"),
				  .value = STR("presence") };
	*accept = (struct header){ .next = allow,
				   .name = STR("Accept"),
				   .value = w->kind->accept };
	*event =
		(struct header){ .next = w->kind->accept.n > 0 ? accept : allow,
				 .name = STR("Event"),
				 .value = w->kind->event };
	return event;
}

bool leg_draft(struct leg *leg, struct arena *a, unsigned expires_s,
	       struct draft *out)
{
	bool is_readable = leg->dialog != NULL
				   ? draft_next(a, leg, out)
				   : draft_first(a, leg->watch, out);

	if (!is_readable)
		return false;
	out->headers = headers_of(leg->watch, a, expires_s);
	out->contact = contact_text(leg, a, out);
	return true;
}
