#include "gateway/base/log.h"
#include "gateway/outbox/outbox_inner.h"
#include "xmpp/stream.h"

enum { SWEEP_MS = 1000 };

struct outbox_item *held_create(struct outbox *o, struct str stanza)
{
	struct outbox_item *it = calloc(1, sizeof(*it) + stanza.n);

	if (it == NULL)
		abort();
	it->outbox = o;
	it->cseq = 1;
	it->n = stanza.n;
	memcpy(it->stanza, stanza.p, stanza.n);
	return it;
}

void held_free(struct outbox_item *it)
{
	barrier_cancel(&it->ticket);
	free(it);
}

bool held_stanza(const struct outbox_item *it, struct arena *a,
		 struct stanza *s)
{
	const struct config *cfg = it->outbox->link->bridge->cfg;
	const struct stream_limits limits = { 2 * cfg->stanza_max_bytes, 64,
					      128 };
	const char *text;
	struct fault why;
	bool is_reply_wanted;
	struct xml *el;

	el = stream_document(a, (struct str){ it->stanza, it->n }, &limits,
			     &text);
	return el != NULL && stanza_read(a, el, s, &why, &is_reply_wanted) &&
	       s->kind == STANZA_MESSAGE;
}

void held_note(struct outbox_item *it, const struct fault *f)
{
	size_t n = str_utf8_head(f->text, ITEM_TEXT_BYTES).n;

	it->error = *f;
	it->error.uri = STR_NONE;
	if (n > 0)
		memmove(it->text, f->text.p, n);
	it->error.text = (struct str){ it->text, n };
}

void held_age(struct outbox_item *it, int64_t since_s)
{
	int64_t now_s = loop_wall_ms() / 1000;
	int64_t left_s;

	it->since_s = since_s < now_s ? since_s : now_s;
	left_s = it->since_s + outbox_settings(it->outbox)->age_max_s - now_s;
	it->due_ms = outbox_now_ms(it->outbox) +
		     (left_s > 0 ? (uint64_t)left_s * 1000 : 0);
}

void held_append(struct outbox_item *it, struct conversation *c)
{
	it->conversation = c;
	DL_APPEND(c->items, it);
	c->count++;
	c->bytes += it->n;
	c->contact->count++;
	it->outbox->counters.waiting++;
	it->outbox->counters.bytes += it->n;
}

/* --- the row */

static struct str key_of(const struct outbox_item *it)
{
	return (struct str){ it->key, OUTBOX_KEY_BYTES };
}

static void sweep_later(struct outbox *o);
static void held_end(struct outbox_item *it);
static void held_remove(struct outbox_item *it);

/* The store has failed: it is as if there were no outbox. */
static void not_kept(struct outbox_item *it)
{
	bool is_new = it->row != ROW_KEPT;

	if (is_new)
		it->row = ROW_NONE;
	if (it->outbox->link->bridge->store == NULL || !is_new)
		return;
	log_warn("outbox_not_kept",
		 F_STR("component", it->outbox->link->cfg->domain),
		 F_Z("why", "the store failed: a message that cannot be "
			    "delivered now goes back to its sender"));
}

static void on_put(void *arg, bool is_kept)
{
	struct outbox_item *it = arg;
	struct conversation *c = it->conversation;

	it->calls--;
	if (is_kept)
		it->row = ROW_KEPT;
	if (it->phase == ITEM_IS_OVER) {
		if (it->calls == 0) /* its removal was not taken */
			sweep_later(it->outbox);
		return;
	}
	if (!is_kept)
		not_kept(it);
	if (it->phase == ITEM_ENDS && it->calls == 0) {
		held_end(it);
	} else if (it->phase == ITEM_WAITS && it->row == ROW_NONE &&
		   c->is_waiting && it->outbox->link->bridge->store != NULL) {
		conversation_drop(c);
		conversation_run(c);
	}
}

static struct str letter_of(const struct outbox_item *it, struct strbuf *b)
{
	const struct letter l = {
		.kind = it->phase == ITEM_WAITS ? LETTER_TO_SIP : LETTER_ENDED,
		.domain = it->outbox->link->cfg->domain,
		.since_s = it->since_s,
		.cseq = it->cseq,
		.token = { it->token, LETTER_TOKEN_BYTES },
		.error = it->error,
		.stanza = { it->stanza, it->n },
		.through_bytes = (uint32_t)it->through_bytes,
	};

	letter_write(b, &l);
	return strbuf_str(b);
}

void held_put(struct outbox_item *it)
{
	struct store *s = it->outbox->link->bridge->store;
	struct strbuf b;

	strbuf_init(&b, STORE_VALUE_MAX_BYTES);
	letter_of(it, &b);
	if (s != NULL && !b.overflow &&
	    store_put(s, STORE_OUTBOX, key_of(it), strbuf_str(&b), 0, on_put,
		      it)) {
		it->calls++;
		it->is_put = true;
		if (it->row == ROW_NONE)
			it->row = ROW_WRITING;
	} else if (it->row == ROW_NONE && s != NULL) {
		not_kept(it);
	}
	strbuf_fini(&b);
}

/* --- the end */

static void held_unlink(struct outbox_item *it)
{
	struct outbox *o = it->outbox;
	struct conversation *c = it->conversation;

	DL_DELETE(c->items, it);
	c->count--;
	c->bytes -= it->n;
	c->contact->count--;
	o->counters.waiting--;
	o->counters.bytes -= it->n;
	it->conversation = NULL;
	DL_APPEND(o->ending, it);
}

static void held_gone(struct outbox_item *it)
{
	DL_DELETE(it->outbox->ending, it);
	held_free(it);
}

static void on_removed(void *arg, bool is_kept)
{
	struct outbox_item *it = arg;

	it->calls--;
	if (is_kept || it->row != ROW_KEPT)
		held_gone(it);
	else
		sweep_later(it->outbox);
}

/* Until it is gone from the store: else it would be sent again after the next
 * start. A row that was not reported as kept may be there all the same. */
static void held_remove(struct outbox_item *it)
{
	struct store *s = it->outbox->link->bridge->store;

	it->phase = ITEM_IS_OVER;
	if (!it->is_put) {
		held_gone(it);
		return;
	}
	if (s != NULL &&
	    store_remove(s, STORE_OUTBOX, key_of(it), on_removed, it))
		it->calls++;
	else if (it->row == ROW_KEPT || it->calls > 0)
		sweep_later(it->outbox);
	else
		held_gone(it);
}

static void on_told(void *arg, bool is_taken)
{
	struct outbox_item *it = arg;

	if (is_taken)
		held_remove(it);
	else
		it->phase = ITEM_TELLS; /* outbox_link_up */
}

/* The error stanza, and not before it can be written: what is owed may not be
 * overtaken, and what the server has not taken is told again. */
static void held_tell(struct outbox_item *it)
{
	struct link *k = it->outbox->link;
	struct arena *a = loop_arena(k->bridge->loop);
	struct strbuf *b = NULL;
	struct stanza s;

	it->phase = ITEM_TELLS;
	if (!held_stanza(it, a, &s)) {
		held_remove(it);
		return;
	}
	if (k->owed == NULL && component_is_up(k->component))
		b = component_begin_answer(k->component);
	if (b == NULL) {
		sweep_later(it->outbox);
		return;
	}
	error_write(b, &s, &it->error);
	if (!component_end(k->component)) {
		held_remove(it);
		return;
	}
	bridge_count_refusal(k->bridge, it->error.cond);
	it->phase = ITEM_IS_TOLD;
	barrier_wait(k->barrier, &it->ticket, on_told, it);
}

/* The row says that it is given up, or there is none. */
static void held_end(struct outbox_item *it)
{
	if (it->outbox->link->bridge->store != NULL)
		held_tell(it);
}

void held_give_up(struct outbox_item *it, const struct fault *f)
{
	held_note(it, f);
	held_unlink(it);
	it->phase = ITEM_ENDS;
	if (it->row != ROW_NONE)
		held_put(it);
	if (it->calls == 0)
		held_end(it);
}

/* Its row may still be written: the removal comes behind. */
void held_abandon(struct outbox_item *it, const struct fault *f)
{
	struct link *k = it->outbox->link;
	struct conversation *c = it->conversation;
	struct store *s = k->bridge->store;
	struct stanza e;

	if (it->row == ROW_KEPT || it->is_abandoned)
		return;
	if (held_stanza(it, loop_arena(k->bridge->loop), &e)) {
		link_refuse(k, &e, f);
		bridge_count_refusal(k->bridge, f->cond);
	}
	it->is_abandoned = true;
	if (c == NULL)
		held_remove(it);
	else if (c->items != it || !c->is_sending)
		held_done(it);
	else if (it->is_put && s != NULL) /* gone when its try ends */
		store_remove(s, STORE_OUTBOX, key_of(it), NULL, NULL);
}

void held_done(struct outbox_item *it)
{
	held_unlink(it);
	held_remove(it);
}

/* --- what could not end at once */

static void held_go_on(struct outbox_item *it)
{
	if (it->phase == ITEM_TELLS)
		held_tell(it);
	else if (it->phase == ITEM_IS_OVER && it->calls == 0)
		held_remove(it);
}

static void sweep(void *arg)
{
	held_sweep(arg);
}

static void sweep_later(struct outbox *o)
{
	if (!loop_timer_is_running(&o->sweep))
		loop_timer_start(o->link->bridge->loop, &o->sweep, SWEEP_MS,
				 sweep, o);
}

void held_sweep(struct outbox *o)
{
	struct outbox_item *it, *next;

	DL_FOREACH_SAFE (o->ending, it, next)
		held_go_on(it);
}
