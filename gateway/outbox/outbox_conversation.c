#include "gateway/base/log.h"
#include "gateway/messages/to_sip.h"
#include "gateway/outbox/outbox_inner.h"

enum {
	JITTER_PERCENT = 20,
	SHIFT_MAX = 16,
	KICK_MS = 100,	    /* online: so soon ... */
	KICK_GAP_MS = 2000, /* ... but so long after the last try */
	RETRY_AFTER_MAX_S = 3600
};

struct str conversation_user(const struct conversation *c)
{
	return (struct str){ c->key, c->user_bytes };
}

struct str conversation_contact(const struct conversation *c)
{
	return (struct str){ c->contact->jid, c->contact->n };
}

struct contact_box *contact_find(const struct outbox *o, struct str jid)
{
	struct contact_box *b;

	HASH_FIND(hh, o->contacts, jid.p, jid.n, b);
	return b;
}

static struct contact_box *contact_get(struct outbox *o, struct str jid)
{
	struct contact_box *b = contact_find(o, jid);

	if (b != NULL)
		return b;
	b = calloc(1, sizeof(*b) + jid.n);
	if (b == NULL)
		abort();
	b->n = jid.n;
	memcpy(b->jid, jid.p, jid.n);
	HASH_ADD_KEYPTR(hh, o->contacts, b->jid, b->n, b);
	return b;
}

struct conversation *conversation_get(struct outbox *o, struct arena *a,
				      struct str user, struct str contact)
{
	struct str key =
		str_fmt(a, "%.*s\n%.*s", STR_ARG(user), STR_ARG(contact));
	struct conversation *c;

	HASH_FIND(hh, o->conversations, key.p, key.n, c);
	if (c != NULL)
		return c;
	c = calloc(1, sizeof(*c) + key.n);
	if (c == NULL)
		abort();
	c->outbox = o;
	c->contact = contact_get(o, contact);
	c->user_bytes = user.n;
	c->n = key.n;
	memcpy(c->key, key.p, key.n);
	HASH_ADD_KEYPTR(hh, o->conversations, c->key, c->n, c);
	DL_APPEND(c->contact->conversations, c);
	return c;
}

void conversation_destroy(struct conversation *c)
{
	struct outbox *o = c->outbox;
	struct contact_box *b = c->contact;

	loop_timer_stop(&c->timer);
	DL_DELETE(b->conversations, c);
	if (b->conversations == NULL) {
		HASH_DEL(o->contacts, b);
		free(b);
	}
	HASH_DEL(o->conversations, c);
	free(c);
}

/* --- tries */

static void expire(struct outbox_item *it)
{
	struct outbox *o = it->outbox;
	struct arena *a = loop_arena(o->link->bridge->loop);
	struct fault f = it->error;

	if (f.status == 0)
		fault_set(&f, 408, COND_RECIPIENT_UNAVAILABLE, NULL);
	f.text = str_fmt(a, "not delivered within %u hours%s%.*s",
			 (outbox_settings(o)->age_max_s + 3599) / 3600,
			 f.text.n > 0 ? ": " : "", STR_ARG(f.text));
	o->counters.expired++;
	log_info("outbox_expired", F_STR("component", o->link->cfg->domain),
		 F_NUM("age_s", loop_wall_ms() / 1000 - it->since_s));
	held_give_up(it, &f);
}

static void on_due(void *arg)
{
	struct conversation *c = arg;
	uint64_t now_ms = outbox_now_ms(c->outbox);

	while (c->items != NULL && c->items->due_ms <= now_ms)
		expire(c->items);
	if (now_ms >= c->next_ms)
		c->is_waiting = false;
	conversation_run(c);
}

/* Sleeps until the next try, or until its oldest message is too old. */
void conversation_sleep(struct conversation *c)
{
	uint64_t now_ms = outbox_now_ms(c->outbox), at_ms = c->next_ms;

	if (c->items->due_ms < at_ms)
		at_ms = c->items->due_ms;
	loop_timer_start(c->outbox->link->bridge->loop, &c->timer,
			 at_ms > now_ms ? at_ms - now_ms : 0, on_due, c);
}

static void conversation_try(struct conversation *c)
{
	struct outbox_item *it = c->items;
	struct link *k = c->outbox->link;
	struct arena *a = loop_arena(k->bridge->loop);
	struct stanza s;
	struct fault f;

	if (!held_stanza(it, a, &s)) {
		fault_set(&f, 500, COND_INTERNAL_SERVER_ERROR,
			  "the message could not be read again");
		held_give_up(it, &f);
		return;
	}
	c->is_sending = true;
	if (it->tries++ > 0)
		c->outbox->counters.retries++;
	to_sip_again(k, &s, a,
		     &(struct to_sip_try){ .item = it,
					   .token = it->token,
					   .cseq = it->cseq,
					   .since_s = it->since_s });
}

/* A try may end at once, within: then the loop here goes on. */
void conversation_run(struct conversation *c)
{
	if (c->is_running)
		return;
	c->is_running = true;
	while (c->items != NULL && !c->is_sending && !c->is_waiting)
		conversation_try(c);
	c->is_running = false;
	if (c->items == NULL)
		conversation_destroy(c);
	else if (c->is_waiting)
		conversation_sleep(c);
}

void conversation_wait(struct conversation *c, uint64_t at_ms)
{
	c->is_waiting = true;
	c->next_ms = at_ms;
}

void conversation_kick(struct conversation *c)
{
	uint64_t now_ms = outbox_now_ms(c->outbox);
	uint64_t at_ms = now_ms + loop_jitter_ms(KICK_MS, 90);

	if (c->is_sending) {
		c->is_kicked = true;
		return;
	}
	if (c->tried_ms != 0 && at_ms < c->tried_ms + KICK_GAP_MS)
		at_ms = c->tried_ms + KICK_GAP_MS;
	if (!c->is_waiting || c->next_ms <= at_ms)
		return;
	conversation_wait(c, at_ms);
	conversation_sleep(c);
}

void contact_kick(struct contact_box *b)
{
	struct conversation *c, *next;

	DL_FOREACH_SAFE (b->conversations, c, next)
		conversation_kick(c);
}

/* Twice as long each time, never all at once, and as the far side asks. */
static void back_off(struct conversation *c, unsigned retry_after_s)
{
	const struct config_outbox *cfg = outbox_settings(c->outbox);
	unsigned shift = c->tries < SHIFT_MAX ? c->tries : SHIFT_MAX;
	uint64_t s = (uint64_t)cfg->retry_min_s << shift;

	if (s > cfg->retry_max_s)
		s = cfg->retry_max_s;
	if (retry_after_s > RETRY_AFTER_MAX_S)
		retry_after_s = RETRY_AFTER_MAX_S;
	if (s < retry_after_s)
		s = retry_after_s;
	c->tries++;
	conversation_wait(c, outbox_now_ms(c->outbox) +
				     loop_jitter_ms(s * 1000, JITTER_PERCENT));
	if (c->is_kicked)
		c->next_ms = outbox_now_ms(c->outbox) + KICK_GAP_MS;
	c->is_kicked = false;
}

void conversation_drop(struct conversation *c)
{
	struct outbox_item *it, *next;
	struct fault f;

	fault_set(&f, 503, COND_RESOURCE_CONSTRAINT,
		  "the contact is away, and the gateway cannot keep the "
		  "message now");
	DL_FOREACH_SAFE (c->items, it, next)
		if (it->row == ROW_NONE)
			held_give_up(it,
				     it->error.status != 0 ? &it->error : &f);
}

static void on_taken(struct outbox_item *it)
{
	struct conversation *c = it->conversation;

	if (it->tries > 1)
		it->outbox->counters.delivered++;
	held_done(it);
	if (c->tries > 0)
		contact_kick(c->contact); /* he is there */
	c->tries = 0;
}

static void on_away(struct outbox_item *it, const struct outbox_verdict *v)
{
	struct conversation *c = it->conversation;

	held_note(it, &v->why);
	if (it->row == ROW_NONE) {
		held_give_up(it, &it->error);
		return;
	}
	it->is_uncertain = !v->is_answered;
	if (v->is_answered) { /* the next try is another request */
		it->cseq++;
		held_put(it);
	}
	back_off(c, v->retry_after_s);
	conversation_drop(c);
	log_debug("outbox_away", F_STR("user", conversation_user(c)),
		  F_STR("contact", conversation_contact(c)),
		  F_NUM("status", v->why.status), F_NUM("tries", c->tries),
		  F_NUM("next_ms", c->next_ms - outbox_now_ms(c->outbox)));
}

void outbox_end(struct outbox_item *it, const struct outbox_verdict *v)
{
	struct conversation *c = it->conversation;

	c->is_sending = false;
	c->tried_ms = outbox_now_ms(c->outbox);
	if (it->is_abandoned) {
		held_done(it);
		conversation_run(c);
		return;
	}
	switch (v->fate) {
	case FATE_TAKEN:
		on_taken(it);
		break;
	case FATE_AWAY:
		on_away(it, v);
		break;
	case FATE_REFUSED:
		c->outbox->counters.refused++;
		held_give_up(it, &v->why);
		break;
	}
	conversation_run(c);
}

void outbox_put_through(struct outbox_item *it, size_t bytes)
{
	it->through_bytes = bytes;
	it->is_uncertain = false;
	if (it->row != ROW_NONE)
		held_put(it);
}

size_t outbox_through(const struct outbox_item *it)
{
	return it->through_bytes;
}

bool outbox_is_safe(const struct outbox_item *it)
{
	return it->row == ROW_KEPT && !it->is_abandoned;
}

bool outbox_is_uncertain(const struct outbox_item *it)
{
	return it->is_uncertain && it->tries > 1;
}
