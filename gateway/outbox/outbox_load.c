#include "gateway/base/log.h"
#include "gateway/messages/arrival.h"
#include "gateway/outbox/outbox_inner.h"

/* At the start: what the store has of messages that wait. */
enum { SPREAD_MIN_MS = 1000, CHUNK_BYTES = 65536 };

static bool outbox_restore(struct outbox *o, struct arena *a, struct str key,
			   const struct letter *l)
{
	struct outbox_item *it;
	struct stanza s;

	if (key.n != OUTBOX_KEY_BYTES || l->token.n != LETTER_TOKEN_BYTES)
		return false;
	it = held_create(o, l->stanza);
	if (!held_stanza(it, a, &s)) {
		held_free(it);
		return false;
	}
	memcpy(it->key, key.p, key.n);
	memcpy(it->token, l->token.p, l->token.n);
	it->seq = outbox_key_seen(o, key);
	it->row = ROW_KEPT;
	it->is_put = true;
	it->cseq = l->cseq;
	it->through_bytes = l->through_bytes;
	it->is_uncertain = true;
	it->tries = 1; /* perhaps */
	if (l->error.status != 0)
		held_note(it, &l->error);
	held_age(it, l->since_s);
	if (l->kind == LETTER_ENDED) {
		it->phase = ITEM_TELLS;
		DL_APPEND(o->ending, it);
	} else {
		held_append(it,
			    conversation_get(o, a, jid_bare_text(a, &s.from),
					     jid_bare_text(a, &s.to)));
	}
	return true;
}

static int by_seq(const struct outbox_item *x, const struct outbox_item *y)
{
	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

static void outbox_start(struct outbox *o)
{
	uint64_t spread_ms = SPREAD_MIN_MS;
	struct conversation *c, *tmp;

	spread_ms += HASH_COUNT(o->conversations) * UINT64_C(1000) /
		     o->link->bridge->cfg->wake_per_s;
	HASH_ITER (hh, o->conversations, c, tmp) {
		DL_SORT(c->items, by_seq);
		conversation_wait(c,
				  outbox_now_ms(o) +
					  loop_jitter_ms(spread_ms / 2, 100));
		conversation_sleep(c);
	}
	if (o->counters.waiting > 0)
		log_info("outbox_loaded",
			 F_STR("component", o->link->cfg->domain),
			 F_NUM("messages", o->counters.waiting));
}

/* --- all of them */

static bool on_row(void *arg, struct str key, struct str value,
		   int64_t expires_at_s)
{
	struct bridge *b = arg;
	struct arena a;
	struct letter l;
	struct link *k = NULL;
	bool is_read;

	(void)expires_at_s;
	arena_init(&a, CHUNK_BYTES);
	is_read = letter_read(&a, value, &l);
	if (is_read)
		k = link_find(b, l.domain);
	if (k == NULL)
		is_read = false;
	else if (l.kind == LETTER_TO_XMPP)
		is_read = arrival_restore(k, &a, key, &l);
	else
		is_read = outbox_restore(k->outbox, &a, key, &l);
	arena_fini(&a);
	return is_read;
}

bool outbox_load(struct bridge *b, const char **why)
{
	size_t i;

	if (!store_load(b->store, STORE_OUTBOX, on_row, b, why))
		return false;
	for (i = 0; i < b->link_count; i++) {
		outbox_start(b->links[i].outbox);
		arrival_start(&b->links[i]);
	}
	return true;
}
