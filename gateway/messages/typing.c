#include "gateway/messages/typing.h"
#include "gateway/base/log.h"
#include "gateway/bridge.h"
#include "gateway/messages/aside.h"
#include "gateway/messages/skills.h"
#include "gateway/services/wishes.h"
#include "xmpp/ns.h"

enum {
	RETRY_MS = 500,	    /* while something is under way to him */
	RETRIES_MAX = 64,   /* of the last word: as long as that may be */
	REFRESH_PARTS = 10, /* said again after so many ... */
	REFRESH_USED = 8    /* ... of these parts of its refresh */
};

/* One user and one contact; each may type to the other. */
struct pair {
	UT_hash_handle hh;
	struct pair *prev, *next; /* of all, the longest unused first */
	struct link *link;	  /* borrowed */

	/* from the contact to the user */
	bool is_shown;	     /* the user was told <composing/> */
	bool has_been_told;  /* the user was ever told a state */
	bool user_knows;     /* he has sent one himself */
	bool is_unwanted;    /* he has answered one without one (XEP-0085
				§5.1: no more of them) */
	struct str resource; /* owned: of the phone that said it last */
	struct loop_timer shown;

	/* from the user to the contact */
	bool is_wanted; /* the user types */
	bool is_sent;	/* the contact was told so */
	unsigned stops; /* times that he could not be told of the end */
	uint64_t until_ms;
	struct loop_timer refresh;

	struct str user, contact; /* bare JIDs, in key */
	size_t n;
	char key[]; /* user LF contact */
};

struct typing {
	struct bridge *bridge; /* borrowed */
	struct pair *table;
	struct pair *all;
};

struct typing *typing_create(struct bridge *b)
{
	struct typing *t = calloc(1, sizeof(*t));

	if (t == NULL)
		abort();
	t->bridge = b;
	return t;
}

static void pair_drop(struct typing *t, struct pair *p)
{
	loop_timer_stop(&p->shown);
	loop_timer_stop(&p->refresh);
	HASH_DEL(t->table, p);
	DL_DELETE(t->all, p);
	str_free(&p->resource);
	free(p);
}

void typing_destroy(struct typing **tp)
{
	struct typing *t = *tp;

	if (t == NULL)
		return;
	*tp = NULL;
	while (t->all != NULL)
		pair_drop(t, t->all);
	free(t);
}

static struct str key_of(struct link *k, const struct jid *user,
			 const struct jid *contact)
{
	struct arena *a = loop_arena(k->bridge->loop);
	struct str u = jid_bare_text(a, user), c = jid_bare_text(a, contact);

	return str_fmt(a, "%.*s\n%.*s", STR_ARG(u), STR_ARG(c));
}

static struct pair *pair_find(struct link *k, const struct jid *user,
			      const struct jid *contact)
{
	struct typing *t = k->bridge->typing;
	struct pair *p = NULL;
	struct str key;

	if (t->table == NULL)
		return NULL;
	key = key_of(k, user, contact);
	HASH_FIND(hh, t->table, key.p, key.n, p);
	return p;
}

/* A state that comes late is worth nothing: when the link is down or full, it
 * is not said. While messages wait for it nobody is said to type, for the words
 * would overtake his last message, which ends that. */
static void tell_user(struct pair *p, enum chat_state state)
{
	struct link *k = p->link;
	struct arena *a = loop_arena(k->bridge->loop);
	struct stanza s = { .kind = STANZA_MESSAGE,
			    .u.message.type = MESSAGE_CHAT };
	const char *why;

	if (!component_is_up(k->component) || !component_has_room(k->component))
		return;
	if (state == CHAT_COMPOSING && k->turns.count > 0)
		return;
	if (!jid_read(a, p->contact, &s.from, &why) ||
	    !jid_read(a, p->user, &s.to, &why))
		return;
	s.from.resource = p->resource;
	aside_to_user(k, &s, extras_state(a, state));
	p->has_been_told = true;
}

static void hide(struct pair *p)
{
	loop_timer_stop(&p->shown);
	if (p->is_shown && !p->is_unwanted)
		tell_user(p, CHAT_ACTIVE);
	p->is_shown = false;
}

/* When there are too many, the pair that was silent longest is forgotten. The
 * user's client has no timer that would end what it shows; a phone has (RFC
 * 3994 §3.2). */
static void make_room(struct typing *t)
{
	if (HASH_COUNT(t->table) < t->bridge->cfg->typing_pairs_max ||
	    t->all == NULL)
		return;
	hide(t->all);
	pair_drop(t, t->all);
}

static struct pair *pair_get(struct link *k, const struct jid *user,
			     const struct jid *contact)
{
	struct typing *t = k->bridge->typing;
	struct pair *p = pair_find(k, user, contact);
	struct str key, rest;

	if (p != NULL) {
		DL_DELETE(t->all, p);
		DL_APPEND(t->all, p);
		return p;
	}
	make_room(t);
	key = key_of(k, user, contact);
	p = calloc(1, sizeof(*p) + key.n);
	if (p == NULL)
		abort();
	p->link = k;
	p->n = key.n;
	memcpy(p->key, key.p, key.n);
	rest = (struct str){ p->key, key.n };
	p->user = str_cut(&rest, '\n');
	p->contact = rest;
	HASH_ADD_KEYPTR(hh, t->table, p->key, p->n, p);
	DL_APPEND(t->all, p);
	return p;
}

static bool is_off(const struct link *k)
{
	return k->cfg->typing == KNOWING_NEVER;
}

/* --- from the contact to the user */

static void on_shown_end(void *arg)
{
	hide(arg);
}

void typing_from_contact(struct link *k, const struct jid *contact,
			 const struct jid *user, const struct iscomposing *i)
{
	struct pair *p;

	if (is_off(k) || !wishes_has(k->bridge->wishes, user, WISH_TYPING))
		return;
	p = pair_get(k, user, contact);
	if (!str_eq(p->resource, contact->resource)) {
		str_free(&p->resource);
		if (contact->resource.n > 0)
			p->resource = str_heap(contact->resource);
	}
	if (!i->is_active) {
		hide(p);
		return;
	}
	if (p->is_unwanted)
		return;
	if (!p->is_shown)
		tell_user(p, CHAT_COMPOSING);
	p->is_shown = true;
	loop_timer_start(k->bridge->loop, &p->shown,
			 (uint64_t)i->refresh_s * 1000, on_shown_end, p);
}

static void add_active(struct arena *a, struct message *m)
{
	struct xml *x = extras_state(a, CHAT_ACTIVE);

	x->next = (struct xml *)m->extra;
	m->extra = x;
}

void typing_contact_spoke(struct link *k, struct arena *a,
			  const struct jid *contact, const struct jid *user,
			  struct message *m)
{
	struct pair *p = pair_find(k, user, contact);

	if (p == NULL)
		return;
	loop_timer_stop(&p->shown);
	p->is_shown = false;
	if (!p->user_knows)
		return;
	add_active(a, m);
	p->has_been_told = true;
}

/* --- from the user to the contact */

static bool is_understood(const struct pair *p)
{
	enum knows knows =
		skills_get(p->link->bridge->skills, p->contact, SKILL_TYPING);

	if (p->link->cfg->typing == KNOWING_ALWAYS)
		return knows != KNOWS_NO;
	return knows == KNOWS_YES;
}

/* false: a message is under way to him, and this would wait behind it. */
static bool tell_contact(struct pair *p, bool is_active)
{
	struct link *k = p->link;
	const struct iscomposing i = { is_active, k->cfg->typing_refresh_s };
	struct aside aside = { .content_type = STR_LIT(ISCOMPOSING_TYPE),
			       .is_fleeting = true,
			       .skill = SKILL_TYPING };
	struct strbuf b;
	bool is_said;

	strbuf_init(&b, ASIDE_MAX_BYTES);
	iscomposing_write(&b, &i);
	aside.body = strbuf_str(&b);
	is_said = aside_to_contact(k, p->user, p->contact, &aside);
	strbuf_fini(&b);
	return is_said;
}

static void on_refresh(void *arg);

static void refresh_later(struct pair *p)
{
	uint64_t ms = p->is_sent ? (uint64_t)p->link->cfg->typing_refresh_s *
					   1000 * REFRESH_USED / REFRESH_PARTS
				 : RETRY_MS;

	loop_timer_start(p->link->bridge->loop, &p->refresh, ms, on_refresh, p);
}

/* The user has stopped, or what he said is too old. */
static void stop(struct pair *p)
{
	loop_timer_stop(&p->refresh);
	p->is_wanted = false;
	if (p->is_sent && is_understood(p) && !tell_contact(p, false) &&
	    !p->link->bridge->is_draining && p->stops++ < RETRIES_MAX) {
		/* What is under way may be our own last word. But his address
		 * may be none any more, after a reload: his phone ends it by
		 * itself (RFC 3994 §3.2). */
		loop_timer_start(p->link->bridge->loop, &p->refresh, RETRY_MS,
				 on_refresh, p);
		return;
	}
	p->stops = 0;
	p->is_sent = false;
}

static void on_refresh(void *arg)
{
	struct pair *p = arg;

	if (!p->is_wanted || !is_understood(p) ||
	    loop_now_ms(p->link->bridge->loop) >= p->until_ms) {
		stop(p);
		return;
	}
	p->is_sent = tell_contact(p, true) || p->is_sent;
	refresh_later(p);
}

static void start(struct pair *p)
{
	const struct link *k = p->link;

	p->until_ms = loop_now_ms(k->bridge->loop) +
		      (uint64_t)k->cfg->typing_max_s * 1000;
	if (p->is_wanted || !is_understood(p))
		return;
	p->is_wanted = true;
	/* He may not have heard yet that it had ended. */
	if (!p->is_sent)
		p->is_sent = tell_contact(p, true);
	refresh_later(p);
}

void typing_from_user(struct link *k, const struct stanza *s,
		      enum chat_state state)
{
	struct pair *p;

	if (is_off(k) || state == CHAT_NONE ||
	    !wishes_has(k->bridge->wishes, &s->from, WISH_TYPING))
		return;
	p = pair_get(k, &s->from, &s->to);
	p->user_knows = true;
	p->is_unwanted = false;
	if (state == CHAT_COMPOSING)
		start(p);
	else
		stop(p);
}

void typing_user_spoke(struct link *k, const struct stanza *s,
		       enum chat_state state)
{
	struct pair *p;

	if (is_off(k))
		return;
	p = state != CHAT_NONE ? pair_get(k, &s->from, &s->to)
			       : pair_find(k, &s->from, &s->to);
	if (p == NULL)
		return;
	/* The text says that he has stopped (RFC 3994 §3.2). */
	loop_timer_stop(&p->refresh);
	p->is_wanted = p->is_sent = false;
	if (state != CHAT_NONE) {
		p->user_knows = true;
		p->is_unwanted = false;
	} else if (p->has_been_told) {
		p->user_knows = false;
		p->is_unwanted = true;
	}
}
