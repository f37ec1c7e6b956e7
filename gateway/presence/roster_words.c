#include <stdlib.h>
#include <string.h>
#include "gateway/presence/roster_inner.h"

/* What was written to a link that then broke may be lost, for as long as it
 * took to notice (see roster_gone.c). States are said again over the new link
 * anyway; these are the words that are said once: an authorisation that was
 * given, refused or ended. A server passes over those that it has heard
 * (RFC 6121 §3.1.6, §3.2.3). */
enum { LATELY_MS = 90000, WORDS_MAX = 32768 };

struct word {
	struct word *prev, *next;
	struct link *link; /* borrowed: outlives the roster */
	uint64_t at_ms;
	enum said what;
	bool is_due; /* to be said again */
	size_t user_bytes, contact_bytes;
	char text[]; /* user, contact */
};

static void word_drop(struct roster *r, struct word *d)
{
	DL_DELETE(r->words, d);
	r->word_count--;
	r->words_due -= d->is_due;
	free(d);
}

/* The oldest ones come first; what is to be said waits for its link. */
static void forget_old(struct roster *r, uint64_t now_ms)
{
	while (r->words != NULL &&
	       (r->word_count >= WORDS_MAX ||
		(!r->words->is_due && now_ms - r->words->at_ms > LATELY_MS)))
		word_drop(r, r->words);
}

static struct word *word_add(struct row *w, enum said what)
{
	struct roster *r = w->roster;
	struct str user = row_user(w), contact = row_contact(w);
	uint64_t now_ms = loop_now_ms(r->bridge->loop);
	struct word *d;

	forget_old(r, now_ms);
	d = calloc(1, sizeof(*d) + user.n + contact.n);
	if (d == NULL)
		abort();
	d->link = w->link;
	d->at_ms = now_ms;
	d->what = what;
	d->user_bytes = user.n;
	d->contact_bytes = contact.n;
	memcpy(d->text, user.p, user.n);
	memcpy(d->text + user.n, contact.p, contact.n);
	DL_APPEND(r->words, d);
	r->word_count++;
	return d;
}

void words_note(struct row *w, enum said what)
{
	/* What is owed goes over the next link. */
	if (w->link->owed == NULL && component_is_up(w->link->component))
		word_add(w, what);
}

/* Killed between the journal and the link, or with what it had written still
 * in the socket. When that was nobody knows; not before its last approval. */
void words_restore(struct roster *r)
{
	uint32_t last_s = 0;
	struct row *w;

	for (w = roster_next(r, NULL); w != NULL; w = roster_next(r, w))
		if (w->approved_at_s > last_s)
			last_s = w->approved_at_s;
	for (w = roster_next(r, NULL); w != NULL; w = roster_next(r, w)) {
		if (w->approved_at_s == 0 ||
		    last_s - w->approved_at_s > LATELY_MS / 1000)
			continue;
		word_add(w, SAID_SUBSCRIBED)->is_due = true;
		r->words_due++;
	}
}

bool words_recall(struct roster *r, const struct link *k)
{
	struct word *d;

	forget_old(r, loop_now_ms(r->bridge->loop));
	DL_FOREACH (r->words, d)
		if (d->link == k && !d->is_due) {
			d->is_due = true;
			r->words_due++;
		}
	return r->words_due > 0;
}

/* Whether it is still what there is to say. */
static bool is_true(struct roster *r, const struct word *d, struct str user,
		    struct str contact)
{
	const struct row *out = row_find(r, SUB_OUT, user, contact);
	const struct row *in;

	switch (d->what) {
	case SAID_SUBSCRIBED:
		return out != NULL &&
		       (out->state == SUB_ACTIVE || out->state == SUB_DORMANT);
	case SAID_UNSUBSCRIBED:
	case SAID_NOT_FOUND:
		/* Who has asked again would take it for the answer. */
		return out == NULL || out->state == SUB_NONE;
	case SAID_WATCHER_GONE:
		in = row_find(r, SUB_IN, user, contact);
		return (in == NULL || in->usages == NULL) &&
		       (out == NULL || !item_any_available(out->items));
	}
	return false;
}

static void say(struct roster *r, const struct word *d)
{
	struct str user = { d->text, d->user_bytes };
	struct str contact = { d->text + d->user_bytes, d->contact_bytes };
	struct arena *a = loop_arena(r->bridge->loop);
	struct jid from, to;
	const char *why;

	if (!is_true(r, d, user, contact) ||
	    !jid_read(a, contact, &from, &why) || !jid_read(a, user, &to, &why))
		return;
	switch (d->what) {
	case SAID_SUBSCRIBED:
		roster_say(d->link, &from, &to, PRESENCE_SUBSCRIBED);
		break;
	case SAID_UNSUBSCRIBED:
		roster_say(d->link, &from, &to, PRESENCE_UNSUBSCRIBED);
		break;
	case SAID_NOT_FOUND:
		roster_say_not_found(d->link, &from, &to);
		break;
	case SAID_WATCHER_GONE:
		roster_say(d->link, &from, &to, PRESENCE_UNAVAILABLE);
		break;
	}
}

/* They stay: this link may break, too. */
bool words_repeat(struct roster *r, unsigned *n)
{
	struct word *d;

	for (d = r->words; r->words_due > 0 && *n > 0 && d != NULL;
	     d = d->next) {
		if (!d->is_due)
			continue;
		(*n)--;
		d->is_due = false;
		r->words_due--;
		say(r, d);
	}
	return r->words_due == 0;
}

void words_fini(struct roster *r)
{
	while (r->words != NULL)
		word_drop(r, r->words);
}
