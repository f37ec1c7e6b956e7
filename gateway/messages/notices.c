#include "gateway/messages/notices.h"
#include "gateway/base/log.h"
#include "gateway/messages/note.h"
#include "gateway/services/wishes.h"

enum { ID_MAX_BYTES = 1024, DATE_TIME_MAX_BYTES = 64 };

struct notices *notices_create(struct bridge *b, const char **why)
{
	struct notices *n = calloc(1, sizeof(*n));

	if (n == NULL)
		abort();
	n->bridge = b;
	if (!note_load(n, why))
		notices_destroy(&n);
	return n;
}

void notices_destroy(struct notices **np)
{
	struct notices *n = *np;

	if (n == NULL)
		return;
	*np = NULL;
	note_hush(n);
	while (n->all != NULL)
		note_drop(n, n->all);
	free(n);
}

static int64_t now_s(void)
{
	return loop_wall_ms() / 1000;
}

/* --- messages from SIP */

void notices_owe(struct link *k, const struct cpim *c, const struct stanza *s)
{
	struct notices *n = k->bridge->notices;
	struct arena *a = loop_arena(k->bridge->loop);
	const struct note_facts f = {
		.kind = NOTE_OWED,
		.wishes = c->wishes,
		.since_s = now_s(),
		.user = jid_bare_text(a, &s->to),
		.contact = jid_bare_text(a, &s->from),
		.stanza_id = s->id,
		.message_id = c->message_id,
		.date_time = str_head(c->date_time, DATE_TIME_MAX_BYTES),
		.original_to = c->original_to,
	};

	if (!k->cfg->message.wants_receipts || c->wishes == 0 ||
	    c->message_id.n == 0)
		return;
	/* The same request once more, after a restart of either side. */
	if (note_find(n, NOTE_OWED, f.user, f.contact, s->id) != NULL)
		return;
	note_keep(n, note_add(n, &f));
}

/* Once, and only what was asked for; the rest is remembered. */
static void answer(struct link *k, struct note *x, unsigned wish)
{
	if ((x->facts.wishes & wish & ~x->facts.done) != 0)
		note_say(k, x, wish, NULL);
	else
		note_learn(k->bridge->notices, x, wish);
}

static void answer_up_to(struct link *k, struct note *last)
{
	struct note *x = last->pair->notes, *next;
	bool is_last = false;

	for (; x != NULL && !is_last; x = next) {
		next = x->pair_next;
		is_last = x == last;
		answer(k, x, CPIM_DISPLAY);
	}
}

static struct note *owed(struct link *k, const struct jid *user,
			 const struct jid *contact, struct str id)
{
	struct arena *a = loop_arena(k->bridge->loop);

	if (id.n == 0)
		return NULL;
	return note_find(k->bridge->notices, NOTE_OWED, jid_bare_text(a, user),
			 jid_bare_text(a, contact), id);
}

void notices_from_user(struct link *k, const struct stanza *s,
		       struct str received, struct str displayed)
{
	struct note *x;

	if (!wishes_has(k->bridge->wishes, &s->from, WISH_RECEIPTS))
		return;
	x = owed(k, &s->from, &s->to, received);
	if (x != NULL)
		answer(k, x, CPIM_POSITIVE);
	x = owed(k, &s->from, &s->to, displayed);
	if (x != NULL)
		answer_up_to(k, x);
}

bool notices_bounced(struct link *k, const struct stanza *s)
{
	struct note *x = owed(k, &s->from, &s->to, s->id);

	if (x == NULL)
		return false;
	/* RFC 5438 §12.1.3.1: what was accepted and failed later. One that was
	 * received or read did not fail, on whatever device. */
	if (x->facts.done == 0 && (x->facts.wishes & CPIM_NEGATIVE) != 0) {
		note_say(k, x, CPIM_NEGATIVE, NULL);
		return true;
	}
	note_forget(k->bridge->notices, x);
	note_drop(k->bridge->notices, x);
	return true;
}

void notices_refused(struct link *k, const struct jid *user,
		     const struct jid *contact, struct str stanza_id)
{
	struct note *x = owed(k, user, contact, stanza_id);

	if (x == NULL)
		return;
	note_forget(k->bridge->notices, x);
	note_drop(k->bridge->notices, x);
}

/* --- messages to SIP */

void notices_await(struct link *k, const struct stanza *s, unsigned wishes,
		   struct str message_id)
{
	struct notices *n = k->bridge->notices;
	struct arena *a = loop_arena(k->bridge->loop);
	const struct note_facts f = {
		.kind = NOTE_AWAITED,
		.wishes = wishes |
			  (s->u.message.type == MESSAGE_CHAT ? NOTE_CHAT : 0),
		.since_s = now_s(),
		.user = jid_text(a, &s->from),
		.contact = jid_bare_text(a, &s->to),
		.stanza_id = s->id,
		.message_id = message_id,
	};
	struct note *first, *x;

	first = note_find(n, NOTE_AWAITED, jid_bare_text(a, &s->from),
			  f.contact, message_id);
	/* XEP-0184 §5.1: without an id nothing can be said of it. */
	if (!k->cfg->message.wants_receipts || wishes == 0 || s->id.n == 0 ||
	    s->id.n > ID_MAX_BYTES || message_id.n > ID_MAX_BYTES)
		return;
	/* One that is tried again is awaited already. */
	x = first != NULL ? first->twins : NULL;
	for (; x != NULL; x = x->twin_next)
		if (str_eq(x->facts.stanza_id, s->id))
			return;
	note_keep(n, note_add(n, &f));
}

static const unsigned means[] = {
	[IMDN_DELIVERED] = CPIM_POSITIVE,
	[IMDN_FAILED] = CPIM_NEGATIVE,
	[IMDN_DISPLAYED] = CPIM_POSITIVE | CPIM_DISPLAY,
	[IMDN_OTHER] = 0,
};

/* What of it is news of that message. One that was read was delivered: a phone
 * may say only the second. And one that a device has shown to him did not
 * fail. */
static unsigned news_of(const struct note *x, enum imdn_kind kind)
{
	unsigned told = CPIM_POSITIVE | CPIM_DISPLAY;

	if (kind == IMDN_FAILED && (x->facts.done & told) != 0)
		return 0;
	return x->facts.wishes & means[kind] & ~x->facts.done;
}

/* Of several messages with one Call-ID: the oldest of which this is news. */
static struct note *awaited(struct note *first, enum imdn_kind kind)
{
	struct note *x = first != NULL ? first->twins : NULL;

	while (x != NULL && news_of(x, kind) == 0)
		x = x->twin_next;
	return x;
}

bool notices_from_contact(struct link *k, const struct jid *contact,
			  const struct jid *user, const struct imdn *n,
			  struct answer *answer)
{
	struct notices *all = k->bridge->notices;
	struct arena *a = loop_arena(k->bridge->loop);
	struct note *first =
		note_find(all, NOTE_AWAITED, jid_bare_text(a, user),
			  jid_bare_text(a, contact), n->message_id);
	struct note *x = awaited(first, n->kind);

	log_debug("notice_heard", F_STR("message_id", n->message_id),
		  F_NUM("kind", n->kind), F_NUM("known", first != NULL));
	if (x != NULL)
		note_say(k, x, news_of(x, n->kind), answer);
	else if (first != NULL && n->kind != IMDN_FAILED)
		note_learn(all, first, means[n->kind]);
	return x != NULL;
}

struct str notices_stanza(struct link *k, const struct jid *contact,
			  const struct jid *user, struct str message_id)
{
	struct arena *a = loop_arena(k->bridge->loop);
	struct note *x = note_find(k->bridge->notices, NOTE_AWAITED,
				   jid_bare_text(a, user),
				   jid_bare_text(a, contact), message_id);

	return x != NULL ? str_dup(a, x->facts.stanza_id) : STR_NONE;
}
