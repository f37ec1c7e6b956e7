#include "sip/recall.h"
#include <string.h>
#include "gateway/base/table.h"

struct entry {
	UT_hash_handle hh;
	struct entry *prev, *next; /* oldest first: all live equally long */
	uint64_t key[2];
	uint64_t until_ms;
	size_t n;
	char text[];
};

struct recall {
	struct entry *by_key, *oldest; /* owned */
	size_t bytes, max_bytes;
	unsigned keep_ms;
};

struct recall *recall_create(size_t max_bytes, unsigned keep_ms)
{
	struct recall *r = calloc(1, sizeof(*r));

	if (r == NULL)
		abort();
	r->max_bytes = max_bytes;
	r->keep_ms = keep_ms;
	return r;
}

static size_t entry_bytes(size_t text)
{
	return sizeof(struct entry) + text;
}

static void entry_drop(struct recall *r, struct entry *e)
{
	HASH_DEL(r->by_key, e);
	DL_DELETE(r->oldest, e);
	r->bytes -= entry_bytes(e->n);
	free(e);
}

void recall_destroy(struct recall **rp)
{
	struct recall *r = *rp;

	if (r == NULL)
		return;
	*rp = NULL;
	while (r->oldest != NULL)
		entry_drop(r, r->oldest);
	free(r);
}

static void make_room(struct recall *r, size_t more, uint64_t now_ms)
{
	while (r->oldest != NULL && (r->oldest->until_ms <= now_ms ||
				     r->bytes + more > r->max_bytes))
		entry_drop(r, r->oldest);
}

void recall_expire(struct recall *r, uint64_t now_ms)
{
	make_room(r, 0, now_ms);
}

static struct entry *find(struct recall *r, const struct replay_key *k)
{
	uint64_t key[2] = { k->a, k->b };
	struct entry *e;

	HASH_FIND(hh, r->by_key, key, sizeof(key), e);
	return e;
}

void recall_put(struct recall *r, const struct replay_key *k, struct str answer,
		uint64_t now_ms)
{
	size_t more = entry_bytes(answer.n);
	struct entry *e = find(r, k);

	if (e != NULL)
		entry_drop(r, e);
	make_room(r, more, now_ms);
	if (more > r->max_bytes)
		return;
	e = malloc(more);
	if (e == NULL)
		abort();
	memset(e, 0, sizeof(*e));
	e->key[0] = k->a;
	e->key[1] = k->b;
	e->until_ms = now_ms + r->keep_ms;
	e->n = answer.n;
	memcpy(e->text, answer.p, answer.n);
	r->bytes += more;
	HASH_ADD(hh, r->by_key, key, sizeof(e->key), e);
	DL_APPEND(r->oldest, e);
}

struct str recall_get(struct recall *r, const struct replay_key *k,
		      uint64_t now_ms)
{
	struct entry *e;

	make_room(r, 0, now_ms);
	e = find(r, k);
	return e != NULL ? (struct str){ e->text, e->n } : STR_NONE;
}

size_t recall_bytes(const struct recall *r)
{
	return r->bytes;
}
