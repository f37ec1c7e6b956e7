#include <stdlib.h>
#include <string.h>
#include "gateway/base/keyed.h"
#include "sip/generation.h"
#include "sip/replay.h"

/* Entries stand in generations of eight seconds. A request is looked for in
 * all of them, five probes that rarely touch an entry; what is new goes into
 * the youngest, and the oldest is given back as a whole: no timers, no walk. */
enum {
	GENERATION_MS = 8000,
	GENERATIONS = 5, /* so an answer is kept for 32 to 40 s */
	/* Who waits for an answer moves on with the youngest, once: a request
	 * that nobody answered in 72 s is forgotten. */
	MOVES_MAX = 1,
	ENTRIES_LIMIT = (1 << 24) - 2, /* what a generation can number */
	RETRY_MAX_S = UINT16_MAX
};

/* Without a To tag the hash is that of the merge key, so that one probe finds
 * a retransmission (same check) and a merged request (another one). It stays
 * the only one of its hash. With a To tag nothing is merged, and the hash is
 * that of the transaction: however many branches, no two share a chain. The
 * check only has to tell branches of one request apart, so it is short: with
 * its share of the groups an entry is 21 to 26 bytes. */
struct replay {
	struct generation ring[GENERATIONS]; /* by number modulo */
	uint64_t number;		     /* of the youngest */
	size_t entries;			     /* dead ones too */
	size_t max_entries;
	struct slabs pool;
};

struct replay *replay_create(size_t max_entries)
{
	struct replay *p = calloc(1, sizeof(*p));

	if (p == NULL)
		abort();
	for (size_t i = 0; i < GENERATIONS; i++)
		generation_init(&p->ring[i], &p->pool, NULL, 0);
	p->max_entries =
		max_entries < ENTRIES_LIMIT ? max_entries : ENTRIES_LIMIT;
	return p;
}

void replay_destroy(struct replay **rp)
{
	struct replay *p = *rp;

	if (p == NULL)
		return;
	*rp = NULL;
	for (size_t i = 0; i < GENERATIONS; i++)
		generation_clear(&p->ring[i]);
	while (slabs_trim(&p->pool, 0))
		;
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

/* The same for what is compared without case (RFC 3261 §7.3.1): tokens and
 * hosts, where the bit that is set here tells nothing else apart. */
static void key_add_folded(struct key_text *t, struct str s)
{
	unsigned char *p = t->p + t->n + sizeof(uint64_t);

	key_add(t, s);
	for (size_t i = 0; i < s.n && s.n <= KEY_PART_BYTES; i++)
		p[i] |= 0x20;
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
	key_add_folded(&t, r->branch);
	key_add_folded(&t, r->sent_by);
	whole = keyed_hash128(t.p, t.n);
	k->a = whole.a;
	k->b = whole.b;
}

/* The n-th youngest. */
static struct generation *generation_at(struct replay *p, uint64_t n)
{
	return &p->ring[(p->number + GENERATIONS - n) % GENERATIONS];
}

static bool entry_add(struct replay *p, const struct seen *e)
{
	if (!generation_add(generation_at(p, 0), e))
		return false;
	p->entries++;
	return true;
}

static void move_on(void *arg, const struct seen *e)
{
	struct seen moved = *e;

	if (moved.retry_after_s++ < MOVES_MAX)
		entry_add(arg, &moved);
}

/* The oldest goes; who still waits for an answer is not lost sight of. */
static void retire(struct replay *p)
{
	struct generation oldest = *generation_at(p, GENERATIONS - 1);

	p->number++;
	generation_init(generation_at(p, 0), &p->pool, generation_at(p, 1),
			p->pool.spare_count + oldest.slab_count);
	p->entries -= oldest.n;
	generation_pending(&oldest, move_on, p);
	generation_clear(&oldest);
}

/* What the youngest will not need goes back to the kernel, one slab at a time,
 * so that nobody waits while it takes hundreds. */
static void advance(struct replay *p, uint64_t now_ms)
{
	uint64_t number = now_ms / GENERATION_MS;

	/* Twice round, and even who may move is gone. */
	if (number > p->number + 2 * GENERATIONS)
		p->number = number - 2 * GENERATIONS;
	while (p->number < number)
		retire(p);
	slabs_trim(&p->pool, generation_at(p, 1)->slab_count);
}

void replay_expire(struct replay *p, uint64_t now_ms)
{
	advance(p, now_ms);
	while (slabs_trim(&p->pool, 0))
		;
}

/* Its number in *in, or 0. */
static uint32_t entry_find(struct replay *p, uint64_t hash,
			   const uint32_t *check, struct generation **in)
{
	uint32_t found = 0;

	for (uint64_t i = 0; i < GENERATIONS && found == 0; i++) {
		*in = generation_at(p, i);
		found = generation_find(*in, hash, check);
	}
	return found;
}

static enum replay_verdict verdict(const struct seen *e, int *status,
				   unsigned *retry_after_s)
{
	if (e->status == SEEN_PENDING)
		return REPLAY_PENDING;
	*status = e->status;
	*retry_after_s = e->retry_after_s;
	return REPLAY_ANSWERED;
}

static enum replay_verdict enter_new(struct replay *p, const struct seen *e)
{
	if (p->entries >= p->max_entries || !entry_add(p, e))
		return REPLAY_FULL;
	return REPLAY_NEW;
}

/* A request that was refused may come once more on another way (RFC 3263 §4.3:
 * the next server of the list, a new branch): it has done nothing yet, so it
 * is no merged request but a new try. */
static enum replay_verdict enter_branch(struct replay *p, struct generation *g,
					uint32_t old, const struct seen *e)
{
	if (generation_get(g, old)->status < 300) /* SEEN_PENDING too */
		return REPLAY_MERGED;
	if (g == generation_at(p, 0)) {
		generation_set(g, old, e);
		return REPLAY_NEW;
	}
	generation_kill(g, old);
	return enter_new(p, e);
}

enum replay_verdict replay_enter(struct replay *p, const struct replay_key *k,
				 bool has_to_tag, uint64_t now_ms, int *status,
				 unsigned *retry_after_s)
{
	const struct seen e = { .hash = has_to_tag ? k->a : k->merge,
				.check = (uint32_t)(has_to_tag ? k->b : k->a),
				.status = SEEN_PENDING };
	struct generation *g = NULL;
	const struct seen *old;
	uint32_t found;

	advance(p, now_ms);
	found = entry_find(p, e.hash, has_to_tag ? &e.check : NULL, &g);
	if (found == 0)
		return enter_new(p, &e);
	old = generation_get(g, found);
	if (old->check == e.check)
		return verdict(old, status, retry_after_s);
	return enter_branch(p, g, found, &e);
}

void replay_answer(struct replay *p, const struct replay_key *k, int status,
		   unsigned retry_after_s, uint64_t now_ms)
{
	const uint32_t a = (uint32_t)k->a, b = (uint32_t)k->b;
	struct generation *g = NULL;
	struct seen answered;
	uint32_t found;

	advance(p, now_ms);
	found = entry_find(p, k->merge, &a, &g);
	if (found == 0)
		found = entry_find(p, k->a, &b, &g);
	if (found == 0)
		return;
	answered = *generation_get(g, found);
	answered.status = (uint16_t)status;
	answered.retry_after_s = retry_after_s < RETRY_MAX_S
					 ? (uint16_t)retry_after_s
					 : RETRY_MAX_S;
	/* The 32 s count from the answer on, so it goes to the youngest. */
	if (g != generation_at(p, 0) && entry_add(p, &answered))
		generation_kill(g, found);
	else
		generation_set(g, found, &answered);
}

size_t replay_count(const struct replay *p)
{
	size_t n = p->entries;

	for (size_t i = 0; i < GENERATIONS; i++)
		n -= p->ring[i].dead;
	return n;
}

size_t replay_bytes(const struct replay *p)
{
	size_t n = p->pool.spare_count * SLAB_BYTES;

	for (size_t i = 0; i < GENERATIONS; i++)
		n += generation_bytes(&p->ring[i]);
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
