#include "gateway/services/wishes.h"
#include <string.h>
#include "gateway/presence/tally.h"

/* Records of STORE_SETTING:
 *   "block" LF user LF contact   "1"
 *   "wish" LF user               "1" then each wish, "on" or "off" */
static const char BLOCK[] = "block\n";
static const char WISH[] = "wish\n";
static const char VERSION[] = "1";

struct block {
	UT_hash_handle hh;
	size_t user_bytes, n;
	char key[]; /* user LF contact */
};

struct chosen {
	UT_hash_handle hh;
	bool is_off[WISH_COUNT];
	size_t n;
	char key[]; /* user */
};

struct wishes {
	struct bridge *bridge; /* borrowed */
	struct block *blocks;  /* owned table */
	struct tally tally;    /* blocks of each user */
	struct chosen *chosen; /* owned table: of users who chose */
};

/* --- finding */

static struct block *block_find(const struct wishes *w, struct str key)
{
	struct block *b;

	HASH_FIND(hh, w->blocks, key.p, key.n, b);
	return b;
}

static struct chosen *chosen_find(const struct wishes *w, struct str user)
{
	struct chosen *c;

	HASH_FIND(hh, w->chosen, user.p, user.n, c);
	return c;
}

static struct str pair_key(struct arena *a, const struct jid *user,
			   const struct jid *contact)
{
	return str_fmt(a, "%.*s\n%.*s", STR_ARG(jid_bare_text(a, user)),
		       STR_ARG(jid_bare_text(a, contact)));
}

bool wishes_is_blocked(const struct wishes *w, const struct jid *user,
		       const struct jid *contact)
{
	struct arena *a;

	if (w == NULL || w->blocks == NULL)
		return false;
	a = loop_arena(w->bridge->loop);
	return block_find(w, pair_key(a, user, contact)) != NULL;
}

bool wishes_has(const struct wishes *w, const struct jid *user, enum wish wish)
{
	const struct chosen *c;

	if (w == NULL || w->chosen == NULL)
		return true;
	c = chosen_find(w, jid_bare_text(loop_arena(w->bridge->loop), user));
	return c == NULL || !c->is_off[wish];
}

size_t wishes_blocked(const struct wishes *w, const struct jid *user,
		      wishes_fn *fn, void *arg)
{
	struct str bare = jid_bare_text(loop_arena(w->bridge->loop), user);
	const struct block *b, *tmp;
	size_t n = tally_count(&w->tally, bare);

	if (n == 0)
		return 0;
	HASH_ITER (hh, w->blocks, b, tmp)
		if (str_eq((struct str){ b->key, b->user_bytes }, bare))
			fn(arg, (struct str){ b->key + b->user_bytes + 1,
					      b->n - b->user_bytes - 1 });
	return n;
}

/* --- in memory */

static struct str block_user(const struct block *b)
{
	return (struct str){ b->key, b->user_bytes };
}

static void block_add(struct wishes *w, struct str key)
{
	struct block *b = block_find(w, key);

	if (b != NULL)
		return;
	b = calloc(1, sizeof(*b) + key.n);
	if (b == NULL)
		abort();
	b->n = key.n;
	b->user_bytes = str_find(key, '\n');
	memcpy(b->key, key.p, key.n);
	HASH_ADD_KEYPTR(hh, w->blocks, b->key, b->n, b);
	tally_add(&w->tally, block_user(b));
}

static void block_drop(struct wishes *w, struct block *b)
{
	tally_drop(&w->tally, block_user(b));
	HASH_DEL(w->blocks, b);
	free(b);
}

static struct chosen *chosen_get(struct wishes *w, struct str user)
{
	struct chosen *c = chosen_find(w, user);

	if (c != NULL)
		return c;
	c = calloc(1, sizeof(*c) + user.n);
	if (c == NULL)
		abort();
	c->n = user.n;
	memcpy(c->key, user.p, user.n);
	HASH_ADD_KEYPTR(hh, w->chosen, c->key, c->n, c);
	return c;
}

/* --- changing */

static struct str record_key(struct arena *a, const char *prefix,
			     struct str key)
{
	return str_fmt(a, "%s%.*s", prefix, STR_ARG(key));
}

bool wishes_block(struct wishes *w, const struct jid *user,
		  const struct jid *contact, store_fn *fn, void *arg)
{
	struct arena *a = loop_arena(w->bridge->loop);
	struct str key = pair_key(a, user, contact);

	if (block_find(w, key) == NULL &&
	    (HASH_COUNT(w->blocks) >= BLOCKS_MAX ||
	     tally_count(&w->tally, jid_bare_text(a, user)) >=
		     BLOCKS_PER_USER_MAX))
		return false;
	if (w->bridge->store == NULL ||
	    !store_put(w->bridge->store, STORE_SETTING,
		       record_key(a, BLOCK, key), str_z(VERSION), 0, fn, arg))
		return false;
	block_add(w, key);
	return true;
}

bool wishes_unblock(struct wishes *w, const struct jid *user,
		    const struct jid *contact, store_fn *fn, void *arg)
{
	struct arena *a = loop_arena(w->bridge->loop);
	struct str key = pair_key(a, user, contact);
	struct block *b = block_find(w, key);

	if (w->bridge->store == NULL ||
	    !store_remove(w->bridge->store, STORE_SETTING,
			  record_key(a, BLOCK, key), fn, arg))
		return false;
	if (b != NULL)
		block_drop(w, b);
	return true;
}

static const char *const names[WISH_COUNT] = {
	[WISH_TYPING] = "typing", [WISH_RECEIPTS] = "receipts"
};

static struct str chosen_write(struct arena *a, const struct chosen *c)
{
	struct str s = str_z(VERSION);
	size_t i;

	for (i = 0; i < WISH_COUNT; i++)
		s = str_fmt(a, "%.*s\t%s=%s", STR_ARG(s), names[i],
			    c->is_off[i] ? "off" : "on");
	return s;
}

bool wishes_set(struct wishes *w, const struct jid *user, enum wish wish,
		bool is_on, store_fn *fn, void *arg)
{
	struct arena *a = loop_arena(w->bridge->loop);
	struct str bare = jid_bare_text(a, user);
	struct chosen *c = chosen_get(w, bare);
	bool was_off = c->is_off[wish];

	c->is_off[wish] = !is_on;
	if (w->bridge->store != NULL &&
	    store_put(w->bridge->store, STORE_SETTING,
		      record_key(a, WISH, bare), chosen_write(a, c), 0, fn,
		      arg))
		return true;
	c->is_off[wish] = was_off;
	return false;
}

/* --- life */

static bool load_wish(struct wishes *w, struct str user, struct str value)
{
	struct chosen *c;
	struct str field, name;
	size_t i;

	if (!str_eqz(str_cut(&value, '\t'), VERSION))
		return false;
	c = chosen_get(w, user);
	while (value.n > 0) {
		field = str_cut(&value, '\t');
		name = str_cut(&field, '=');
		for (i = 0; i < WISH_COUNT; i++)
			if (str_eqz(name, names[i]))
				c->is_off[i] = str_eqz(field, "off");
	}
	return true;
}

static bool load(void *arg, struct str key, struct str value,
		 int64_t expires_at_s)
{
	struct wishes *w = arg;

	(void)expires_at_s;
	if (str_starts(key, WISH))
		return load_wish(w, str_from(key, sizeof(WISH) - 1), value);
	if (!str_starts(key, BLOCK))
		return true; /* the other settings are not ours */
	if (!str_eqz(value, VERSION))
		return false;
	block_add(w, str_from(key, sizeof(BLOCK) - 1));
	return true;
}

struct wishes *wishes_create(struct bridge *b, const char **why)
{
	struct wishes *w = calloc(1, sizeof(*w));

	if (w == NULL)
		abort();
	w->bridge = b;
	if (!store_load(b->store, STORE_SETTING, load, w, why))
		wishes_destroy(&w);
	return w;
}

void wishes_destroy(struct wishes **wp)
{
	struct wishes *w = *wp;
	struct block *b, *btmp;
	struct chosen *c, *ctmp;

	if (w == NULL)
		return;
	*wp = NULL;
	HASH_ITER (hh, w->blocks, b, btmp)
		block_drop(w, b);
	HASH_ITER (hh, w->chosen, c, ctmp) {
		HASH_DEL(w->chosen, c);
		free(c);
	}
	tally_fini(&w->tally);
	free(w);
}
