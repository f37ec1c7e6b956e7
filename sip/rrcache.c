#include "sip/rrcache.h"

#include <stdlib.h>
#include <string.h>

static const char letters[] = {
	[RR_HOSTS] = 'h', [RR_NAPTR] = 'n', [RR_SRV] = 's',
	[RR_A] = 'a',	  [RR_AAAA] = 'q',
};

static void drop(struct rrcache *c, struct rrcache_entry *e)
{
	HASH_DEL(c->table, e);
	free(e->set.rr);
	free(e);
}

void rrcache_fini(struct rrcache *c)
{
	struct rrcache_entry *e, *tmp;

	HASH_ITER (hh, c->table, e, tmp)
		drop(c, e);
}

struct rrcache_entry *rrcache_get(const struct rrcache *c, enum rr_kind kind,
				  const char *name)
{
	char key[1 + RR_NAME_BYTES];
	size_t n = strlen(name) + 1;
	struct rrcache_entry *e;

	if (n > RR_NAME_BYTES)
		return NULL;
	key[0] = letters[kind];
	memcpy(key + 1, name, n);
	HASH_FIND(hh, c->table, key, n + 1, e);
	return e;
}

static bool make_room(struct rrcache *c)
{
	struct rrcache_entry *e, *tmp;

	if (HASH_COUNT(c->table) < RRCACHE_MAX)
		return true;
	HASH_ITER (hh, c->table, e, tmp) {
		if (!e->is_pending) {
			drop(c, e);
			return true;
		}
	}
	return false;
}

struct rrcache_entry *rrcache_add(struct rrcache *c, enum rr_kind kind,
				  const char *name)
{
	size_t n = strlen(name) + 1;
	struct rrcache_entry *e;

	if (n > RR_NAME_BYTES || !make_room(c))
		return NULL;
	e = calloc(1, sizeof(*e) + 1 + n);
	if (e == NULL)
		abort();
	e->kind = kind;
	e->key[0] = letters[kind];
	memcpy(e->key + 1, name, n);
	HASH_ADD_KEYPTR(hh, c->table, e->key, n + 1, e);
	return e;
}

const char *rrcache_name(const struct rrcache_entry *e)
{
	return e->key + 1;
}

bool rrcache_is_fresh(const struct rrcache_entry *e, uint64_t now_ms)
{
	return e->is_known && now_ms < e->until_ms;
}

static uint64_t ttl_ms(size_t n, uint32_t ttl_s)
{
	if (n == 0)
		return RRCACHE_NEGATIVE_MS;
	if (ttl_s < RRCACHE_TTL_MIN_S)
		ttl_s = RRCACHE_TTL_MIN_S;
	if (ttl_s > RRCACHE_TTL_MAX_S)
		ttl_s = RRCACHE_TTL_MAX_S;
	return (uint64_t)ttl_s * 1000;
}

/* What is asked for again is young again: it moves to the table's end. */
void rrcache_answer(struct rrcache *c, struct rrcache_entry *e, uint64_t now_ms,
		    const struct rr *rr, size_t n, uint32_t ttl_s)
{
	size_t key_bytes = strlen(e->key) + 1;

	HASH_DEL(c->table, e);
	HASH_ADD_KEYPTR(hh, c->table, e->key, key_bytes, e);
	free(e->set.rr);
	e->set = (struct rr_set){ 0 };
	if (n > 0) {
		e->set.rr = malloc(n * sizeof(*rr));
		if (e->set.rr == NULL)
			abort();
		memcpy(e->set.rr, rr, n * sizeof(*rr));
		e->set.n = n;
	}
	e->is_known = true;
	e->has_failed = false;
	e->until_ms = now_ms + ttl_ms(n, ttl_s);
}

void rrcache_fail(struct rrcache_entry *e, uint64_t now_ms)
{
	e->is_known = e->has_failed = true;
	e->until_ms = now_ms + RRCACHE_NEGATIVE_MS;
}
