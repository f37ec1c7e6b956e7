#include "gateway/base/log.h"
#include "gateway/outbox/outbox_inner.h"

static bool fits(const struct conversation *c, struct str who)
{
	return who.n == 0 || str_eq(who, conversation_user(c)) ||
	       str_eq(who, conversation_contact(c));
}

static void entry_fill(struct outbox_entry *e, const struct conversation *c,
		       char why[ITEM_TEXT_BYTES + 1])
{
	const struct outbox_item *it = c->items;
	uint64_t now_ms = outbox_now_ms(c->outbox);
	size_t n = it->error.text.n;

	if (n > 0)
		memcpy(why, it->error.text.p, n);
	why[n] = '\0';
	*e = (struct outbox_entry){
		.user = conversation_user(c),
		.contact = conversation_contact(c),
		.count = c->count,
		.bytes = c->bytes,
		.oldest_s = it->since_s,
		.tries = c->tries,
		.why = why,
	};
	if (c->is_waiting && c->next_ms > now_ms)
		e->next_s = (int64_t)((c->next_ms - now_ms + 999) / 1000);
}

void outbox_list(struct outbox *o, struct str who, outbox_fn *fn, void *arg)
{
	struct conversation *c, *tmp;
	char why[ITEM_TEXT_BYTES + 1];
	struct outbox_entry e;

	HASH_ITER (hh, o->conversations, c, tmp) {
		if (c->items == NULL || !fits(c, who))
			continue;
		entry_fill(&e, c, why);
		fn(arg, &e);
	}
}

size_t outbox_retry(struct outbox *o, struct str who)
{
	struct conversation *c, *tmp;
	size_t n = 0;

	HASH_ITER (hh, o->conversations, c, tmp) {
		if (!fits(c, who))
			continue;
		conversation_kick(c);
		n++;
	}
	return n;
}

static size_t conversation_flush(struct conversation *c)
{
	struct outbox_item *it, *next;
	struct fault f;
	size_t n = 0;

	fault_set(&f, 480, COND_RECIPIENT_UNAVAILABLE,
		  "not delivered: removed from the outbox by the "
		  "administrator");
	f.type = ERROR_CANCEL;
	DL_FOREACH_SAFE (c->items, it, next) {
		if (it == c->items && c->is_sending)
			continue;
		held_give_up(it, &f);
		n++;
	}
	conversation_run(c);
	return n;
}

size_t outbox_flush(struct outbox *o, struct str who)
{
	struct conversation *c, *tmp;
	size_t n = 0;

	HASH_ITER (hh, o->conversations, c, tmp) {
		if (fits(c, who))
			n += conversation_flush(c);
	}
	o->counters.flushed += n;
	if (n > 0)
		log_info("outbox_flushed",
			 F_STR("component", o->link->cfg->domain),
			 F_NUM("messages", n));
	return n;
}
