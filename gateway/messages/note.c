#include "gateway/messages/note.h"

static int64_t now_s(void)
{
	return loop_wall_ms() / 1000;
}

static struct str bare(struct str jid)
{
	return str_head(jid, str_find(jid, '/'));
}

static struct str key_text(struct arena *a, enum note_kind kind,
			   struct str user_bare, struct str contact,
			   struct str id)
{
	return str_fmt(a, "%c\n%.*s\n%.*s\n%.*s", kind == NOTE_OWED ? 'o' : 'a',
		       STR_ARG(user_bare), STR_ARG(contact), STR_ARG(id));
}

/* --- pairs */

static void pair_add(struct notices *n, struct note *x)
{
	struct str key = str_fmt(loop_arena(n->bridge->loop), "%.*s\n%.*s",
				 STR_ARG(bare(x->facts.user)),
				 STR_ARG(x->facts.contact));
	struct note_pair *p;

	HASH_FIND(hh, n->pairs, key.p, key.n, p);
	if (p == NULL) {
		p = calloc(1, sizeof(*p) + key.n);
		if (p == NULL)
			abort();
		p->n = key.n;
		memcpy(p->key, key.p, key.n);
		HASH_ADD_KEYPTR(hh, n->pairs, p->key, p->n, p);
	}
	x->pair = p;
	p->count++;
	DL_APPEND2(p->notes, x, pair_prev, pair_next);
}

static void pair_remove(struct notices *n, struct note *x)
{
	struct note_pair *p = x->pair;

	DL_DELETE2(p->notes, x, pair_prev, pair_next);
	p->count--;
	if (p->notes != NULL)
		return;
	HASH_DEL(n->pairs, p);
	free(p);
}

/* --- the table: messages of one thread may share a Call-ID */

static struct note *twins_find(struct notices *n, struct str key)
{
	struct note *first;

	HASH_FIND(hh, n->by_key, key.p, key.n, first);
	return first;
}

static void table_add(struct notices *n, struct note *x)
{
	struct note *first = twins_find(n, x->key);

	if (first == NULL) {
		HASH_ADD_KEYPTR(hh, n->by_key, x->key.p, x->key.n, x);
		first = x;
	}
	DL_APPEND2(first->twins, x, twin_prev, twin_next);
}

static void table_remove(struct notices *n, struct note *x)
{
	struct note *first = twins_find(n, x->key), *rest;

	DL_DELETE2(first->twins, x, twin_prev, twin_next);
	if (first != x)
		return;
	rest = x->twins;
	HASH_DEL(n->by_key, x);
	if (rest == NULL)
		return;
	rest->twins = rest;
	HASH_ADD_KEYPTR(hh, n->by_key, rest->key.p, rest->key.n, rest);
}

/* --- notes */

static struct note *note_make(const struct note_facts *f, struct str key)
{
	size_t n = key.n + f->user.n + f->contact.n + f->stanza_id.n +
		   f->message_id.n + f->date_time.n + f->original_to.n;
	struct note *x = calloc(1, sizeof(*x) + n);
	char *p;

	if (x == NULL)
		abort();
	p = x->text;
	x->key = str_put(&p, key);
	x->facts = *f;
	x->facts.user = str_put(&p, f->user);
	x->facts.contact = str_put(&p, f->contact);
	x->facts.stanza_id = str_put(&p, f->stanza_id);
	x->facts.message_id = str_put(&p, f->message_id);
	x->facts.date_time = str_put(&p, f->date_time);
	x->facts.original_to = str_put(&p, f->original_to);
	return x;
}

struct note *note_copy(const struct note *x)
{
	return note_make(&x->facts, x->key);
}

static void make_room(struct notices *n)
{
	const struct config *c = n->bridge->cfg;

	while (n->all != NULL &&
	       (n->count >= c->notices_max ||
		now_s() - n->all->facts.since_s > (int64_t)c->notices_age_s)) {
		note_forget(n, n->all);
		note_drop(n, n->all);
	}
}

struct note *note_put_back(struct notices *n, const struct note_facts *f)
{
	struct arena *a = loop_arena(n->bridge->loop);
	uint64_t wall = (uint64_t)loop_wall_ms() * 1000;
	struct note *x =
		note_make(f, key_text(a, f->kind, bare(f->user), f->contact,
				      f->kind == NOTE_OWED ? f->stanza_id
							   : f->message_id));

	if (x->facts.number == 0)
		x->facts.number =
			wall > n->last_number ? wall : n->last_number + 1;
	if (x->facts.number > n->last_number)
		n->last_number = x->facts.number;
	DL_APPEND(n->all, x);
	n->count++;
	table_add(n, x);
	if (f->kind == NOTE_OWED)
		pair_add(n, x);
	return x;
}

struct note *note_add(struct notices *n, const struct note_facts *f)
{
	struct note *x;

	make_room(n);
	x = note_put_back(n, f);
	if (x->pair != NULL && x->pair->count > NOTE_PAIR_MAX) {
		note_forget(n, x->pair->notes);
		note_drop(n, x->pair->notes);
	}
	return x;
}

void note_drop(struct notices *n, struct note *x)
{
	if (x->pair != NULL)
		pair_remove(n, x);
	table_remove(n, x);
	DL_DELETE(n->all, x);
	n->count--;
	free(x);
}

struct note *note_find(struct notices *n, enum note_kind kind,
		       struct str user_bare, struct str contact, struct str id)
{
	return n->by_key == NULL
		       ? NULL
		       : twins_find(n, key_text(loop_arena(n->bridge->loop),
						kind, user_bare, contact, id));
}
