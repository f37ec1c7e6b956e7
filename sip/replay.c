#include <stdlib.h>
#include <string.h>
#include "gateway/base/keyed.h"
#include "sip/replay.h"

/* Entries stand in generations of eight seconds. A request is looked for in
 * all of them, five probes that rarely touch an entry; what is new goes into
 * the youngest, and what is older is given back in large parts: no timers, no
 * walk. */
enum {
	GENERATION_MS = 8000,
	GENERATIONS = 5,	/* so an answer is kept for 32 to 40 s */
	RING = GENERATIONS + 1, /* one is being given back */
	/* Who waits for an answer moves on with the youngest, once: a request
	 * that nobody answered in 72 s is forgotten. */
	MOVES_MAX = 1,
	/* Parts of a generation, by hash: each grows and goes by itself, so
	 * that no request waits while half a million entries find new slots
	 * (30 ms at p99 before). */
	SHARD_BITS = 6,
	SHARDS = 1 << SHARD_BITS,
	SHARD_SHIFT = 56 - SHARD_BITS, /* below what a slot keeps */
	ENTRIES_MIN = 16,
	INDEX_BITS = 24,
	INDEX_MASK = (1 << INDEX_BITS) - 1,
	ENTRIES_LIMIT = INDEX_MASK - 2 * ENTRIES_MIN,
	RETRY_MAX_S = UINT16_MAX
};

enum { STATUS_PENDING = 0, STATUS_DEAD = UINT16_MAX };

/* Without a To tag the hash is that of the merge key, so that one probe finds
 * a retransmission (same check) and a merged request (another one). It stays
 * the only one of its hash. With a To tag nothing is merged, and the hash is
 * that of the transaction: however many branches, no two share a chain. The
 * check only has to tell branches of one request apart, so it is short: with
 * its share of the slots an entry is 24 bytes. */
struct entry {
	uint64_t hash;
	uint32_t check;
	uint16_t status;
	uint16_t retry_after_s; /* STATUS_PENDING: how often it has moved */
};

struct shard {
	struct entry *entry; /* owned; dense, in order of arrival */
	uint32_t *slot;	     /* owned; open addressing: 0, or the top byte of
				the hash and 1 + index */
	uint32_t n, cap;
	uint32_t slots; /* half as many again as cap */
	uint32_t pending, dead;
};

struct generation {
	struct shard shard[SHARDS];
};

struct replay {
	struct generation ring[RING]; /* by number modulo */
	uint64_t number;	      /* of the youngest */
	size_t left;	/* shards of the oldest that are not given back yet */
	size_t entries; /* dead ones too */
	size_t max_entries;
};

struct replay *replay_create(size_t max_entries)
{
	struct replay *p = calloc(1, sizeof(*p));

	if (p == NULL)
		abort();
	p->max_entries =
		max_entries < ENTRIES_LIMIT ? max_entries : ENTRIES_LIMIT;
	return p;
}

static void shard_clear(struct shard *g)
{
	free(g->entry);
	free(g->slot);
	*g = (struct shard){ .n = 0 };
}

void replay_destroy(struct replay **rp)
{
	struct replay *p = *rp;

	if (p == NULL)
		return;
	*rp = NULL;
	for (size_t i = 0; i < RING; i++) {
		for (size_t j = 0; j < SHARDS; j++)
			shard_clear(&p->ring[i].shard[j]);
	}
	free(p);
}

/* What a key is made of, one behind the other: hashing once costs less than
 * hashing each. */
enum { KEY_PART_BYTES = 96, KEY_BYTES = 3 * (8 + KEY_PART_BYTES) + 8 };
struct key_text {
	unsigned char p[KEY_BYTES];
	size_t n;
};

static void key_put(struct key_text *t, const void *p, size_t n)
{
	memcpy(t->p + t->n, p, n);
	t->n += n;
}

/* With its length in front, so that no two keys have the same text; what is
 * too long is there by its hash. */
static void key_add(struct key_text *t, struct str s)
{
	uint64_t n = s.n;
	uint64_t hash;

	key_put(t, &n, sizeof(n));
	if (s.n <= KEY_PART_BYTES) {
		if (s.n > 0)
			key_put(t, s.p, s.n);
		return;
	}
	hash = keyed_hash(s.p, s.n);
	key_put(t, &hash, sizeof(hash));
}

void replay_key(const struct request *r, struct replay_key *k)
{
	struct key_text t;
	struct keyed128 whole;

	t.n = 0;
	key_put(&t, &r->cseq, sizeof(r->cseq));
	key_add(&t, r->call_id);
	key_add(&t, r->from.tag);
	key_add(&t, r->method == METHOD_OTHER ? r->method_name
					      : method_name(r->method));
	k->merge = keyed_hash(t.p, t.n);
	t.n = 0;
	key_put(&t, &k->merge, sizeof(k->merge));
	key_add(&t, r->branch);
	key_add(&t, r->sent_by);
	whole = keyed_hash128(t.p, t.n);
	k->a = whole.a;
	k->b = whole.b;
}

static uint32_t slot_value(uint64_t hash, uint32_t index)
{
	return (uint32_t)(hash >> 56) << INDEX_BITS | (index + 1);
}

/* Where a hash begins to look: any number of slots will do. */
static uint32_t slot_first(const struct shard *g, uint64_t hash)
{
	return (uint32_t)((hash & UINT32_MAX) * g->slots >> 32);
}

static uint32_t slot_next(const struct shard *g, uint32_t i)
{
	return i + 1 < g->slots ? i + 1 : 0;
}

static void slot_put(struct shard *g, uint64_t hash, uint32_t index)
{
	uint32_t i = slot_first(g, hash);

	while (g->slot[i] != 0)
		i = slot_next(g, i);
	g->slot[i] = slot_value(hash, index);
}

/* The live entry of that hash, and with that check unless it is NULL. */
static struct entry *shard_find(const struct shard *g, uint64_t hash,
				const uint32_t *check)
{
	if (g->n == 0)
		return NULL;
	for (uint32_t i = slot_first(g, hash); g->slot[i] != 0;
	     i = slot_next(g, i)) {
		struct entry *e;

		if (g->slot[i] >> INDEX_BITS != hash >> 56)
			continue;
		e = &g->entry[(g->slot[i] & INDEX_MASK) - 1];
		if (e->hash == hash && e->status != STATUS_DEAD &&
		    (check == NULL || e->check == *check))
			return e;
	}
	return NULL;
}

static bool shard_grow(struct shard *g, uint32_t cap)
{
	uint32_t slots = cap + cap / 2;
	struct entry *entry;
	uint32_t *slot;

	slot = calloc(slots, sizeof(*slot));
	entry = realloc(g->entry, (size_t)cap * sizeof(*entry));
	if (entry != NULL)
		g->entry = entry;
	if (slot == NULL || entry == NULL) {
		free(slot);
		return false;
	}
	free(g->slot);
	g->slot = slot;
	g->slots = slots;
	g->cap = cap;
	for (uint32_t i = 0; i < g->n; i++)
		slot_put(g, g->entry[i].hash, i);
	return true;
}

static struct shard *shard_at(struct replay *p, uint64_t number, uint64_t hash)
{
	struct generation *g = &p->ring[number % RING];

	return &g->shard[hash >> SHARD_SHIFT & (SHARDS - 1)];
}

/* Into the youngest generation. A generation begins with room for as many as
 * the one before it had: under steady load nothing is moved. */
static bool entry_add(struct replay *p, const struct entry *e)
{
	struct shard *g = shard_at(p, p->number, e->hash);

	if (g->n == g->cap) {
		uint32_t before = shard_at(p, p->number + RING - 1, e->hash)->n;
		uint32_t cap =
			g->cap > 0 ? g->cap + g->cap / 2 : before + before / 16;

		if (cap < ENTRIES_MIN)
			cap = ENTRIES_MIN;
		if (cap > p->max_entries + ENTRIES_MIN)
			cap = (uint32_t)p->max_entries + ENTRIES_MIN;
		if (cap <= g->n || !shard_grow(g, cap))
			return false;
	}
	g->entry[g->n] = *e;
	g->pending += e->status == STATUS_PENDING;
	slot_put(g, e->hash, g->n++);
	p->entries++;
	return true;
}

/* Takes it away; who still waits for an answer moves. */
static void shard_retire(struct replay *p, struct shard *old)
{
	struct shard g = *old;

	*old = (struct shard){ .n = 0 };
	p->entries -= g.n;
	for (uint32_t i = 0; i < g.n && g.pending > 0; i++) {
		struct entry *e = &g.entry[i];

		if (e->status != STATUS_PENDING)
			continue;
		g.pending--;
		if (e->retry_after_s++ < MOVES_MAX)
			entry_add(p, e);
	}
	shard_clear(&g);
}

/* The one behind those that are looked at. */
static struct generation *oldest(struct replay *p)
{
	return &p->ring[(p->number + 1) % RING];
}

/* Gives back up to n shards of it: one with each request, so that nobody waits
 * while half a million entries go. */
static void retire_some(struct replay *p, size_t n)
{
	for (; n > 0 && p->left > 0; n--)
		shard_retire(p, &oldest(p)->shard[--p->left]);
}

/* Who still waits for an answer is not lost sight of. */
static void retire_begin(struct replay *p)
{
	struct generation *g;

	retire_some(p, SHARDS);
	p->number++;
	p->left = SHARDS;
	g = oldest(p);
	for (size_t i = 0; i < SHARDS; i++) {
		if (g->shard[i].pending > 0)
			shard_retire(p, &g->shard[i]);
	}
}

static void advance(struct replay *p, uint64_t now_ms)
{
	uint64_t number = now_ms / GENERATION_MS;

	/* Twice round, and even who may move is gone. */
	if (number > p->number + 2 * RING)
		p->number = number - 2 * RING;
	while (p->number < number)
		retire_begin(p);
	retire_some(p, 1);
}

void replay_expire(struct replay *p, uint64_t now_ms)
{
	advance(p, now_ms);
	retire_some(p, SHARDS);
}

static struct entry *entry_find(struct replay *p, uint64_t hash,
				const uint32_t *check, struct shard **in)
{
	for (uint64_t i = 0; i < GENERATIONS; i++) {
		struct shard *g;
		struct entry *e;

		g = shard_at(p, p->number + RING - i, hash);
		e = shard_find(g, hash, check);
		if (e != NULL) {
			*in = g;
			return e;
		}
	}
	return NULL;
}

static enum replay_verdict verdict(const struct entry *e, int *status,
				   unsigned *retry_after_s)
{
	if (e->status == STATUS_PENDING)
		return REPLAY_PENDING;
	*status = e->status;
	*retry_after_s = e->retry_after_s;
	return REPLAY_ANSWERED;
}

static void entry_kill(struct shard *g, struct entry *e)
{
	g->pending -= e->status == STATUS_PENDING;
	g->dead++;
	e->status = STATUS_DEAD;
}

static enum replay_verdict enter_new(struct replay *p, const struct entry *e)
{
	if (p->entries >= p->max_entries)
		retire_some(p, SHARDS);
	if (p->entries >= p->max_entries || !entry_add(p, e))
		return REPLAY_FULL;
	return REPLAY_NEW;
}

/* A request that was refused may come once more on another way (RFC 3263 §4.3:
 * the next server of the list, a new branch): it has done nothing yet, so it
 * is no merged request but a new try. */
static enum replay_verdict enter_branch(struct replay *p, struct shard *g,
					struct entry *old,
					const struct entry *e)
{
	if (old->status < 300) /* STATUS_PENDING too */
		return REPLAY_MERGED;
	entry_kill(g, old);
	return enter_new(p, e);
}

enum replay_verdict replay_enter(struct replay *p, const struct replay_key *k,
				 bool has_to_tag, uint64_t now_ms, int *status,
				 unsigned *retry_after_s)
{
	const struct entry e = { .hash = has_to_tag ? k->a : k->merge,
				 .check = (uint32_t)(has_to_tag ? k->b : k->a),
				 .status = STATUS_PENDING };
	struct shard *g = NULL;
	struct entry *old;

	advance(p, now_ms);
	old = entry_find(p, e.hash, has_to_tag ? &e.check : NULL, &g);
	if (old == NULL)
		return enter_new(p, &e);
	if (old->check == e.check)
		return verdict(old, status, retry_after_s);
	return enter_branch(p, g, old, &e);
}

void replay_answer(struct replay *p, const struct replay_key *k, int status,
		   unsigned retry_after_s, uint64_t now_ms)
{
	const uint32_t a = (uint32_t)k->a, b = (uint32_t)k->b;
	struct shard *g = NULL;
	struct entry *e;
	struct entry answered;

	advance(p, now_ms);
	e = entry_find(p, k->merge, &a, &g);
	if (e == NULL)
		e = entry_find(p, k->a, &b, &g);
	if (e == NULL)
		return;
	answered = *e;
	answered.status = (uint16_t)status;
	answered.retry_after_s = retry_after_s < RETRY_MAX_S
					 ? (uint16_t)retry_after_s
					 : RETRY_MAX_S;
	/* The 32 s count from the answer on, so it goes to the youngest. */
	if (g != shard_at(p, p->number, e->hash) && entry_add(p, &answered)) {
		entry_kill(g, e);
		return;
	}
	g->pending -= e->status == STATUS_PENDING;
	*e = answered;
}

size_t replay_count(const struct replay *p)
{
	size_t n = p->entries;

	for (size_t i = 0; i < RING; i++) {
		for (size_t j = 0; j < SHARDS; j++)
			n -= p->ring[i].shard[j].dead;
	}
	return n;
}

size_t replay_bytes(const struct replay *p)
{
	size_t n = 0;

	for (size_t i = 0; i < RING; i++) {
		for (size_t j = 0; j < SHARDS; j++) {
			const struct shard *g = &p->ring[i].shard[j];

			n += g->cap * sizeof(*g->entry) +
			     g->slots * sizeof(*g->slot);
		}
	}
	return n;
}

/* Of the half that places no entry: whoever sees tags learns nothing about
 * what would share a chain. */
void replay_tag(const struct replay_key *k, char out[17])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < 16; i++)
		out[i] = digits[k->b >> (i * 4) & 15];
	out[16] = '\0';
}
