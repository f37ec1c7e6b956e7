#include "sip/nonce.h"
#include <assert.h>
#include <string.h>
#include "gateway/base/table.h"

enum {
	TIME_DIGITS = 8, /* seconds; hexadecimal, as the next two */
	NUMBER_DIGITS = 6,
	SEAL_DIGITS = NONCE_BYTES - TIME_DIGITS - NUMBER_DIGITS,
	WINDOW = 64, /* counts below the highest that are told apart */
	RECENT = 16, /* requests that a copy may come of */
	REALM_MAX_BYTES = 255
};

/* --- text */

static void hex_write(char *out, uint64_t v, size_t digits)
{
	static const char all[] = "0123456789abcdef";

	for (size_t i = digits; i-- > 0; v >>= 4)
		out[i] = all[v & 15];
}

static bool hex_read(struct str s, uint64_t *out)
{
	uint64_t v = 0;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c >= '0' && c <= '9')
			v = v << 4 | (uint64_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			v = v << 4 | (uint64_t)(c - 'a' + 10);
		else
			return false;
	}
	*out = v;
	return true;
}

struct parts {
	uint32_t time_s;
	uint32_t number; /* so that no two are the same */
	uint64_t seal;
};

/* Over all the rest, the address and the realm; no port, which may change
 * behind a NAT. */
static uint64_t seal(const struct parts *p, const union endpoint *source,
		     struct str realm)
{
	struct {
		char what[8];
		uint32_t time_s, number, family, zero;
		unsigned char address[16];
		char realm[REALM_MAX_BYTES + 1];
	} x;

	memset(&x, 0, sizeof(x));
	memcpy(x.what, "nonce", 5);
	x.time_s = p->time_s;
	x.number = p->number;
	x.family = source->sa.sa_family;
	if (source->sa.sa_family == AF_INET6)
		memcpy(x.address, &source->in6.sin6_addr, 16);
	else
		memcpy(x.address, &source->in.sin_addr, 4);
	realm = str_head(realm, REALM_MAX_BYTES);
	if (realm.n > 0)
		memcpy(x.realm, realm.p, realm.n);
	return keyed_hash(&x, sizeof(x)) >> (64 - 4 * SEAL_DIGITS);
}

void nonce_write(char out[NONCE_BYTES], const union endpoint *source,
		 struct str realm, uint64_t now_ms, uint32_t number)
{
	struct parts p = { .time_s = (uint32_t)(now_ms / 1000),
			   .number = number &
				     (((uint32_t)1 << 4 * NUMBER_DIGITS) - 1) };

	hex_write(out, p.time_s, TIME_DIGITS);
	hex_write(out + TIME_DIGITS, p.number, NUMBER_DIGITS);
	hex_write(out + TIME_DIGITS + NUMBER_DIGITS, seal(&p, source, realm),
		  SEAL_DIGITS);
}

static bool parts_read(struct str nonce, struct parts *out)
{
	uint64_t time_s, number;

	if (nonce.n != NONCE_BYTES ||
	    !hex_read(str_head(nonce, TIME_DIGITS), &time_s) ||
	    !hex_read(str_head(str_from(nonce, TIME_DIGITS), NUMBER_DIGITS),
		      &number))
		return false;
	out->time_s = (uint32_t)time_s;
	out->number = (uint32_t)number;
	return hex_read(str_from(nonce, TIME_DIGITS + NUMBER_DIGITS),
			&out->seal);
}

enum nonce_state nonce_check(struct str nonce, const union endpoint *source,
			     struct str realm, uint64_t now_ms,
			     uint64_t lifetime_ms)
{
	struct parts p;

	if (!parts_read(nonce, &p) || p.seal != seal(&p, source, realm))
		return NONCE_FOREIGN;
	return now_ms < (uint64_t)p.time_s * 1000 + lifetime_ms ? NONCE_GOOD
								: NONCE_STALE;
}

/* --- counts */

struct recent {
	uint32_t count;
	uint64_t request, at_ms;
};

struct record {
	UT_hash_handle hh;
	uint64_t hash; /* key: seal and number of the nonce */
	uint32_t time_s;
	uint32_t highest;
	uint64_t used; /* bit i: highest - i */
	struct recent recent[RECENT];
	size_t next;
};

struct nonces {
	struct record *table; /* owned; oldest record first */
	size_t max;
	uint64_t lifetime_ms;
	bool has_lost;
	uint32_t lost_s; /* nonces up to then may have lost their record */
};

struct nonces *nonces_create(size_t max, uint64_t lifetime_ms)
{
	struct nonces *n = calloc(1, sizeof(*n));

	if (n == NULL)
		abort();
	n->max = max;
	n->lifetime_ms = lifetime_ms;
	return n;
}

static void record_drop(struct nonces *n, struct record *r)
{
	HASH_DEL(n->table, r);
	free(r);
}

void nonces_destroy(struct nonces **np)
{
	struct nonces *n = *np;

	if (n == NULL)
		return;
	*np = NULL;
	while (n->table != NULL)
		record_drop(n, n->table);
	free(n);
}

size_t nonces_count(const struct nonces *n)
{
	return HASH_COUNT(n->table);
}

static bool is_over(const struct nonces *n, const struct record *r,
		    uint64_t now_ms)
{
	return now_ms >=
	       (uint64_t)r->time_s * 1000 + n->lifetime_ms + NONCE_AGAIN_MS;
}

/* Those whose time is over are refused by nonce_check; of the others that make
 * room it must be known that they are gone. */
static void make_room(struct nonces *n, uint64_t now_ms)
{
	for (int i = 0; i < 2 && n->table != NULL; i++) {
		struct record *r = n->table;

		if (!is_over(n, r, now_ms)) {
			if (HASH_COUNT(n->table) < n->max)
				return;
			if (!n->has_lost || r->time_s > n->lost_s)
				n->lost_s = r->time_s;
			n->has_lost = true;
		}
		record_drop(n, r);
	}
}

static uint64_t key_of(const struct parts *p)
{
	return p->seal | (uint64_t)p->number << (4 * SEAL_DIGITS);
}

static struct record *record_find(const struct nonces *n, const struct parts *p)
{
	uint64_t key = key_of(p);
	struct record *r;

	HASH_FIND(hh, n->table, &key, sizeof(key), r);
	return r;
}

static struct record *record_add(struct nonces *n, const struct parts *p,
				 uint64_t now_ms)
{
	struct record *r;

	make_room(n, now_ms);
	r = calloc(1, sizeof(*r));
	if (r == NULL)
		abort();
	r->hash = key_of(p);
	r->time_s = p->time_s;
	HASH_ADD(hh, n->table, hash, sizeof(r->hash), r);
	return r;
}

/* true: it was used before, or is too far behind to know. */
static bool mark(struct record *r, uint32_t count)
{
	uint32_t behind;

	if (count > r->highest) {
		uint32_t ahead = count - r->highest;

		r->used = ahead < WINDOW ? r->used << ahead | 1 : 1;
		r->highest = count;
		return false;
	}
	behind = r->highest - count;
	if (behind >= WINDOW || (r->used & (uint64_t)1 << behind))
		return true;
	r->used |= (uint64_t)1 << behind;
	return false;
}

static bool is_copy(const struct record *r, uint32_t count, uint64_t request,
		    uint64_t now_ms)
{
	for (size_t i = 0; i < RECENT; i++) {
		const struct recent *x = &r->recent[i];

		if (x->count == count && x->request == request)
			return now_ms - x->at_ms < NONCE_AGAIN_MS;
	}
	return false;
}

bool nonces_is_copy(struct nonces *n, struct str nonce, uint32_t count,
		    uint64_t request, uint64_t now_ms)
{
	struct parts p;
	struct record *r;

	if (!parts_read(nonce, &p))
		return false;
	r = record_find(n, &p);
	return r != NULL && is_copy(r, count, request, now_ms);
}

enum nonce_use nonces_use(struct nonces *n, struct str nonce, uint32_t count,
			  uint64_t request, uint64_t now_ms)
{
	struct record *r;
	struct parts p;

	if (count == 0 || !parts_read(nonce, &p))
		return NONCE_USED;
	r = record_find(n, &p);
	if (r == NULL && n->has_lost && p.time_s <= n->lost_s)
		return NONCE_LOST;
	if (r == NULL)
		r = record_add(n, &p, now_ms);
	if (mark(r, count))
		return is_copy(r, count, request, now_ms) ? NONCE_AGAIN
							  : NONCE_USED;
	r->recent[r->next++ % RECENT] =
		(struct recent){ count, request, now_ms };
	return NONCE_NEW;
}
