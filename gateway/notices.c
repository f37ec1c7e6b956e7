#include "gateway/notices.h"
#include "gateway/aside.h"
#include "gateway/base/log.h"
#include "gateway/note.h"
#include "gateway/wishes.h"
#include "mapping/address.h"
#include "xmpp/ns.h"

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
	while (n->all != NULL)
		note_drop(n, n->all);
	free(n);
}

static int64_t now_s(void)
{
	return loop_wall_ms() / 1000;
}

/* Nothing more to say of it? What was told is written, so that a restart does
 * not tell it again. */
static void settle(struct notices *n, struct note *x)
{
	unsigned wanted = CPIM_POSITIVE | CPIM_DISPLAY;

	if ((x->facts.wishes & wanted & ~x->facts.done) != 0) {
		note_keep(n, x);
		return;
	}
	note_forget(n, x);
	note_drop(n, x);
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

/* Tells the contact; false when it could not be sent now. */
static bool tell_contact(struct link *k, const struct note *x,
			 enum imdn_kind kind)
{
	struct arena *a = loop_arena(k->bridge->loop);
	struct aside aside = { .content_type = STR_LIT(IMDN_TYPE),
			       .is_cpim = true,
			       .skill = SKILL_NOTICES };
	const struct imdn i = {
		.kind = kind,
		.message_id = x->facts.message_id,
		.date_time = x->facts.date_time,
		.recipient = x->facts.original_to,
		.original_recipient = x->facts.original_to,
	};
	struct strbuf b;
	bool is_sent;

	strbuf_init(&b, ASIDE_MAX_BYTES);
	imdn_write(&b, &i);
	aside.body = str_dup(a, strbuf_str(&b));
	is_sent = !b.overflow &&
		  aside_to_contact(k, x->facts.user, x->facts.contact, &aside);
	strbuf_fini(&b);
	return is_sent;
}

/* Once, and only what was asked for. false when it cannot be sent now. */
static bool answer(struct link *k, struct note *x, unsigned wish,
		   enum imdn_kind kind)
{
	if ((x->facts.wishes & wish) == 0 || (x->facts.done & wish) != 0)
		return true;
	if (!tell_contact(k, x, kind))
		return false;
	x->facts.done |= wish;
	settle(k->bridge->notices, x);
	return true;
}

static void answer_up_to(struct link *k, struct note *last)
{
	struct note *x = last->pair->notes, *next;
	bool is_last = false;

	for (; x != NULL && !is_last; x = next) {
		next = x->pair_next;
		is_last = x == last;
		/* The next marker means what is left as well. */
		if (!answer(k, x, CPIM_DISPLAY, IMDN_DISPLAYED))
			return;
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
		answer(k, x, CPIM_POSITIVE, IMDN_DELIVERED);
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
	if (x->facts.done == 0 && (x->facts.wishes & CPIM_NEGATIVE) != 0)
		tell_contact(k, x, IMDN_FAILED);
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

static bool people_of(struct arena *a, const struct note *x, struct stanza *s)
{
	const char *why;

	*s = (struct stanza){ .kind = STANZA_MESSAGE };
	if ((x->facts.wishes & NOTE_CHAT) != 0)
		s->u.message.type = MESSAGE_CHAT;
	return jid_read(a, x->facts.contact, &s->from, &why) &&
	       jid_read(a, x->facts.user, &s->to, &why);
}

static void tell_user(struct link *k, const struct note *x, const char *name,
		      const char *ns)
{
	struct arena *a = loop_arena(k->bridge->loop);
	struct xml *el = xml_element(a, name, ns);
	struct stanza s;

	if (!people_of(a, x, &s))
		return;
	xml_set(a, el, "id", x->facts.stanza_id);
	aside_to_user(k, &s, el);
}

/* The message did not arrive although it was taken (RFC 5438 §7.2.1.1). */
static void tell_failure(struct link *k, const struct note *x)
{
	struct arena *a = loop_arena(k->bridge->loop);
	struct stanza s, original;
	struct fault f;

	fault_set(&f, 480, COND_RECIPIENT_UNAVAILABLE,
		  "the SIP side could not deliver the message");
	if (!people_of(a, x, &s))
		return;
	original = (struct stanza){ .kind = STANZA_MESSAGE,
				    .from = s.to,
				    .to = s.from,
				    .id = x->facts.stanza_id };
	link_refuse(k, &original, &f);
}

/* One that was read was delivered: a phone may say only the second. */
static void hear(struct link *k, struct note *x, unsigned news)
{
	unsigned fresh = x->facts.wishes & news & ~x->facts.done;

	if ((fresh & CPIM_POSITIVE) != 0)
		tell_user(k, x, "received", NS_RECEIPTS);
	if ((fresh & CPIM_DISPLAY) != 0)
		tell_user(k, x, "displayed", NS_MARKERS);
	x->facts.done |= fresh;
	settle(k->bridge->notices, x);
}

/* Of several messages with one Call-ID: the oldest of which this is news. */
static struct note *awaited(struct link *k, const struct jid *contact,
			    const struct jid *user, struct str message_id,
			    unsigned news)
{
	struct arena *a = loop_arena(k->bridge->loop);
	struct note *first = note_find(k->bridge->notices, NOTE_AWAITED,
				       jid_bare_text(a, user),
				       jid_bare_text(a, contact), message_id);
	struct note *x;

	if (first == NULL)
		return NULL;
	DL_FOREACH2 (first->twins, x, twin_next)
		if ((x->facts.wishes & news & ~x->facts.done) != 0)
			return x;
	return NULL;
}

void notices_from_contact(struct link *k, const struct jid *contact,
			  const struct jid *user, const struct imdn *n)
{
	static const unsigned news_of[] = {
		[IMDN_DELIVERED] = CPIM_POSITIVE,
		[IMDN_FAILED] = CPIM_NEGATIVE,
		[IMDN_DISPLAYED] = CPIM_POSITIVE | CPIM_DISPLAY,
		[IMDN_OTHER] = 0,
	};
	struct notices *all = k->bridge->notices;
	struct note *x =
		awaited(k, contact, user, n->message_id, news_of[n->kind]);

	log_debug("notice_heard", F_STR("message_id", n->message_id),
		  F_NUM("kind", n->kind), F_NUM("known", x != NULL));
	if (x == NULL)
		return;
	if (n->kind != IMDN_FAILED) {
		hear(k, x, news_of[n->kind]);
		return;
	}
	/* One that a device has shown to him did not fail. */
	if ((x->facts.done & (CPIM_POSITIVE | CPIM_DISPLAY)) == 0)
		tell_failure(k, x);
	note_forget(all, x);
	note_drop(all, x);
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
