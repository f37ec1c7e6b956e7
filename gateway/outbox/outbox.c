#include "gateway/outbox/outbox.h"
#include "gateway/base/log.h"
#include "gateway/outbox/outbox_inner.h"
#include "mapping/address.h"
#include "xmpp/ns.h"

/* --- taking */

bool outbox_wants(const struct link *k, const struct stanza *s)
{
	const struct message *m = &s->u.message;

	return k->cfg->outbox.to_sip &&
	       (m->body != NULL || m->subject != NULL) &&
	       m->type != MESSAGE_HEADLINE && s->el != NULL &&
	       xml_child(s->el, "no-store", NS_HINTS) == NULL;
}

static bool has_room(struct outbox *o, struct str contact, size_t bytes,
		     struct fault *why)
{
	const struct config_outbox *cfg = outbox_settings(o);
	const struct contact_box *b = contact_find(o, contact);
	const struct outbox_counters *n = &o->counters;

	if (b != NULL && b->count >= cfg->per_contact_max)
		fault_set(why, 503, COND_RESOURCE_CONSTRAINT,
			  "too many messages wait for this contact");
	else if (n->waiting >= cfg->count_max ||
		 n->bytes + bytes > cfg->bytes_max)
		fault_set(why, 503, COND_RESOURCE_CONSTRAINT,
			  "too many messages wait in this gateway");
	else
		return true;
	o->counters.full++;
	return false;
}

uint64_t outbox_number(struct outbox *o)
{
	uint64_t now = (uint64_t)loop_wall_ms() << 8;

	o->seq = now > o->seq ? now : o->seq + 1;
	return o->seq;
}

void outbox_key(char kind, uint64_t number, char out[OUTBOX_KEY_BYTES])
{
	char text[18];

	(void)snprintf(text, sizeof(text), "%c%016llx", kind,
		       (unsigned long long)number);
	memcpy(out, text, 17);
	keyed_token(out + 17, OUTBOX_KEY_BYTES - 17);
}

uint64_t outbox_key_seen(struct outbox *o, struct str key)
{
	char text[17] = "";
	uint64_t seq;

	memcpy(text, key.p + 1, 16);
	seq = strtoull(text, NULL, 16);
	if (seq > o->seq)
		o->seq = seq;
	return seq;
}

struct outbox_item *outbox_take(struct outbox *o, const struct stanza *s,
				struct arena *a, const char *token,
				struct fault *why)
{
	struct str user = jid_bare_text(a, &s->from);
	struct str contact = jid_bare_text(a, &s->to);
	struct outbox_item *it;
	struct strbuf b;

	strbuf_init(&b, 2 * o->link->bridge->cfg->stanza_max_bytes);
	xml_write(&b, s->el, STR_NONE);
	if (b.overflow) {
		strbuf_fini(&b);
		fault_set(why, 413, COND_POLICY_VIOLATION, "too long");
		return NULL;
	}
	if (!has_room(o, contact, b.n, why)) {
		strbuf_fini(&b);
		return NULL;
	}
	it = held_create(o, strbuf_str(&b));
	strbuf_fini(&b);
	it->seq = outbox_number(o);
	outbox_key('s', it->seq, it->key);
	memcpy(it->token, token, LETTER_TOKEN_BYTES);
	held_age(it, loop_wall_ms() / 1000);
	held_append(it, conversation_get(o, a, user, contact));
	o->counters.taken++;
	held_put(it);
	return it;
}

bool outbox_begin(struct outbox_item *it)
{
	struct conversation *c = it->conversation;

	if (c->items != it || c->is_sending || c->is_waiting) {
		if (c->is_waiting)
			conversation_drop(c);
		return false;
	}
	c->is_sending = true;
	it->tries++;
	return true;
}

/* --- online */

void outbox_online(struct outbox *o, const struct jid *contact)
{
	struct contact_box *b;

	if (o->contacts == NULL)
		return;
	b = contact_find(
		o, jid_bare_text(loop_arena(o->link->bridge->loop), contact));
	if (b != NULL)
		contact_kick(b);
}

void outbox_link_up(struct outbox *o)
{
	held_sweep(o);
}

/* --- the drain */

bool outbox_is_busy(const struct outbox *o)
{
	const struct conversation *c, *tmp;
	const struct outbox_item *it;

	HASH_ITER (hh, o->conversations, c, tmp)
		DL_FOREACH (c->items, it)
			if (it->row != ROW_KEPT)
				return true;
	DL_FOREACH (o->ending, it)
		if (it->row != ROW_KEPT && it->phase != ITEM_IS_OVER)
			return true;
	return false;
}

void outbox_give_up(struct outbox *o)
{
	struct conversation *c, *tmp;
	struct outbox_item *it, *next;
	struct fault f;

	fault_set(&f, 408, COND_REMOTE_SERVER_TIMEOUT,
		  "the gateway shut down before the SIP side answered");
	HASH_ITER (hh, o->conversations, c, tmp) {
		DL_FOREACH_SAFE (c->items, it, next)
			held_abandon(it, &f);
		conversation_run(c);
	}
	DL_FOREACH_SAFE (o->ending, it, next)
		if (it->phase == ITEM_ENDS || it->phase == ITEM_TELLS)
			held_abandon(it, &it->error);
}

/* --- the whole */

struct outbox *outbox_create(struct link *k)
{
	struct outbox *o = calloc(1, sizeof(*o));

	if (o == NULL)
		abort();
	o->link = k;
	return o;
}

void outbox_destroy(struct outbox **op)
{
	struct outbox *o = *op;
	struct conversation *c, *tmp;
	struct outbox_item *it, *next;

	if (o == NULL)
		return;
	*op = NULL;
	loop_timer_stop(&o->sweep);
	HASH_ITER (hh, o->conversations, c, tmp) {
		DL_FOREACH_SAFE (c->items, it, next)
			held_free(it);
		conversation_destroy(c);
	}
	DL_FOREACH_SAFE (o->ending, it, next)
		held_free(it);
	free(o);
}

void outbox_count(const struct outbox *o, struct outbox_counters *out)
{
	*out = o->counters;
}
