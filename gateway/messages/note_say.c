#include "gateway/messages/arrival.h"
#include "gateway/messages/aside.h"
#include "gateway/messages/note.h"
#include "mapping/cpim.h"
#include "mapping/imdn.h"
#include "xmpp/ns.h"

/* What is said as soon as its row is kept. */
struct saying {
	struct saying *prev, *next;
	struct barrier_ticket ticket;
	struct link *link;     /* borrowed: the store is closed before it */
	struct answer *answer; /* owned; or NULL */
	struct note *note;     /* owned: a copy, for the note may be gone */
	unsigned news;
};

/* --- to the contact, of a message from SIP */

static enum imdn_kind kind_of(unsigned news)
{
	if (news == CPIM_NEGATIVE)
		return IMDN_FAILED;
	return news == CPIM_DISPLAY ? IMDN_DISPLAYED : IMDN_DELIVERED;
}

/* false when it cannot be sent now. */
static bool tell_contact(struct link *k, const struct note *x, unsigned news)
{
	struct arena *a = loop_arena(k->bridge->loop);
	struct aside aside = { .content_type = STR_LIT(IMDN_TYPE),
			       .is_cpim = true,
			       .skill = SKILL_NOTICES };
	const struct imdn i = {
		.kind = kind_of(news),
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

/* --- to the user, of a message to SIP */

static bool people_of(struct arena *a, const struct note *x, struct stanza *s)
{
	const char *why;

	*s = (struct stanza){ .kind = STANZA_MESSAGE };
	if ((x->facts.wishes & NOTE_CHAT) != 0)
		s->u.message.type = MESSAGE_CHAT;
	return jid_read(a, x->facts.contact, &s->from, &why) &&
	       jid_read(a, x->facts.user, &s->to, &why);
}

static void tell_news(struct link *k, const struct note *x, const char *name,
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

static void tell_user(struct link *k, const struct note *x, unsigned news)
{
	if ((news & CPIM_POSITIVE) != 0)
		tell_news(k, x, "received", NS_RECEIPTS);
	if ((news & CPIM_DISPLAY) != 0)
		tell_news(k, x, "displayed", NS_MARKERS);
	if ((news & CPIM_NEGATIVE) != 0)
		tell_failure(k, x);
}

/* --- behind the commit */

static void saying_end(struct notices *n, struct saying *y)
{
	DL_DELETE(n->sayings, y);
	free(y->note);
	free(y);
}

void note_hush(struct notices *n)
{
	struct saying *y, *next;

	DL_FOREACH_SAFE (n->sayings, y, next) {
		barrier_cancel(&y->ticket);
		saying_end(n, y);
	}
}

/* The note of which that is a copy, if it is still there. */
static struct note *original(struct notices *n, const struct note *copy)
{
	const struct note_facts *f = &copy->facts;
	struct note *first, *x;

	first = note_find(n, f->kind, str_head(f->user, str_find(f->user, '/')),
			  f->contact,
			  f->kind == NOTE_OWED ? f->stanza_id : f->message_id);
	if (first == NULL)
		return NULL;
	DL_FOREACH2 (first->twins, x, twin_next)
		if (x->facts.number == f->number)
			return x;
	return NULL;
}

/* It could not be sent, or nobody knows whether it was: it may be said again,
 * when the one side says it again. */
static void take_back(struct notices *n, const struct saying *y)
{
	struct note *x = original(n, y->note);

	if (x == NULL)
		x = note_put_back(n, &y->note->facts);
	x->facts.done &= ~y->news;
	note_keep(n, x);
}

static void reply(struct saying *y, int status)
{
	const struct reply r = {
		.status = status,
		.retry_after_s = status == 503 ? bridge_retry_after_s() : 0,
	};

	if (y->answer != NULL)
		arrival_reply(y->link->bridge, y->answer, &r);
	y->answer = NULL;
}

/* As with messages: what has its 202 has been taken. */
static void on_taken(void *arg, bool is_taken)
{
	struct saying *y = arg;
	struct notices *n = y->link->bridge->notices;

	if (!is_taken)
		take_back(n, y);
	reply(y, is_taken ? 202 : 503);
	saying_end(n, y);
}

static void on_kept(void *arg, bool is_kept)
{
	struct saying *y = arg;
	struct link *k = y->link;
	struct notices *n = k->bridge->notices;

	/* What could not be kept is known as long as we live. */
	(void)is_kept;
	if (y->note->facts.kind == NOTE_OWED) {
		if (!tell_contact(k, y->note, y->news))
			take_back(n, y);
		saying_end(n, y);
		return;
	}
	tell_user(k, y->note, y->news);
	if (component_is_up(k->component)) {
		barrier_wait(k->barrier, &y->ticket, on_taken, y);
		return;
	}
	reply(y, 202); /* the link says it as soon as it is back */
	saying_end(n, y);
}

static bool is_over(const struct note *x)
{
	unsigned wanted = CPIM_POSITIVE | CPIM_DISPLAY;

	return (x->facts.done & CPIM_NEGATIVE) != 0 ||
	       (x->facts.wishes & wanted & ~x->facts.done) == 0;
}

void note_learn(struct notices *n, struct note *x, unsigned what)
{
	if ((what & ~x->facts.done) == 0)
		return;
	x->facts.done |= what;
	if (!is_over(x)) {
		note_keep(n, x);
		return;
	}
	note_forget(n, x);
	note_drop(n, x);
}

void note_say(struct link *k, struct note *x, unsigned news,
	      struct answer *answer)
{
	struct bridge *b = k->bridge;
	struct notices *n = b->notices;
	struct saying *y = calloc(1, sizeof(*y));
	bool is_well = b->store != NULL && store_is_well(b->store);
	store_fn *then = is_well ? on_kept : NULL;
	bool is_taken;

	if (y == NULL)
		abort();
	x->facts.done |= news;
	y->link = k;
	y->answer = answer;
	y->note = note_copy(x);
	y->news = news;
	DL_APPEND(n->sayings, y);
	if (is_over(x)) {
		is_taken = note_forget_then(n, x, then, y);
		note_drop(n, x);
	} else {
		is_taken = note_keep_then(n, x, then, y);
	}
	if (!is_taken || !is_well)
		on_kept(y, false);
}
