#include "sip/rr.h"

#include <ares.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER_BYTES = 12, QUESTION_BYTES = 4, RECORD_BYTES = 10 };

static uint16_t get16(const unsigned char *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t get32(const unsigned char *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

/* Passes over a name: to the byte behind it; false when it runs out. */
static bool name_skip(const unsigned char *p, size_t n, size_t *at)
{
	while (*at < n) {
		unsigned char c = p[*at];

		if ((c & 0xc0) == 0xc0) { /* RFC 1035 §4.1.4 */
			*at += 2;
			return *at <= n;
		}
		*at += 1u + c;
		if (c == 0)
			return true;
	}
	return false;
}

/* c-ares' readers of NAPTR and SRV answers do not tell the TTL. */
static bool ttl_read(const unsigned char *p, size_t n, uint32_t *ttl_s)
{
	size_t at = HEADER_BYTES;
	unsigned questions, answers;

	if (n < HEADER_BYTES)
		return false;
	questions = get16(p + 4);
	answers = get16(p + 6);
	*ttl_s = UINT32_MAX;
	while (questions-- > 0) {
		if (!name_skip(p, n, &at))
			return false;
		at += QUESTION_BYTES;
	}
	while (answers-- > 0) {
		uint32_t ttl;

		if (!name_skip(p, n, &at) || at + RECORD_BYTES > n)
			return false;
		ttl = get32(p + at + 4);
		at += RECORD_BYTES + (size_t)get16(p + at + 8);
		/* RFC 2181 §8: with the top bit set it means none. */
		if (ttl > INT32_MAX)
			ttl = 0;
		if (ttl < *ttl_s)
			*ttl_s = ttl;
	}
	return true;
}

/* A copy with its NUL, in lower case; false when it does not fit. */
static bool copy(char *out, size_t cap, const char *in)
{
	size_t n = in ? strlen(in) : 0;

	if (n >= cap)
		return false;
	for (size_t i = 0; i < n; i++)
		out[i] = in[i] >= 'A' && in[i] <= 'Z'
				 ? (char)(in[i] + ('a' - 'A'))
				 : in[i];
	out[n] = '\0';
	return true;
}

static bool naptr_take(const struct ares_naptr_reply *r, struct rr *out)
{
	char flag[2];

	out->naptr.order = r->order;
	out->naptr.preference = r->preference;
	if (!copy(flag, sizeof(flag), (const char *)r->flags))
		return false;
	out->naptr.flag = flag[0];
	return copy(out->naptr.service, sizeof(out->naptr.service),
		    (const char *)r->service) &&
	       copy(out->naptr.replacement, sizeof(out->naptr.replacement),
		    r->replacement);
}

static int naptr_read(const unsigned char *p, int n, struct rr out[RR_MAX])
{
	struct ares_naptr_reply *all = NULL;
	int count = 0, status = ares_parse_naptr_reply(p, n, &all);

	if (status != ARES_SUCCESS)
		return status == ARES_ENODATA ? 0 : -1;
	for (struct ares_naptr_reply *r = all; r && count < RR_MAX; r = r->next)
		count += naptr_take(r, &out[count]);
	ares_free_data(all);
	return count;
}

static bool srv_take(const struct ares_srv_reply *r, struct rr *out)
{
	out->srv.priority = r->priority;
	out->srv.weight = r->weight;
	out->srv.port = r->port;
	if (!copy(out->srv.target, sizeof(out->srv.target), r->host))
		return false;
	if (strcmp(out->srv.target, ".") == 0)
		out->srv.target[0] = '\0';
	return true;
}

static int srv_read(const unsigned char *p, int n, struct rr out[RR_MAX])
{
	struct ares_srv_reply *all = NULL;
	int count = 0, status = ares_parse_srv_reply(p, n, &all);

	if (status != ARES_SUCCESS)
		return status == ARES_ENODATA ? 0 : -1;
	for (struct ares_srv_reply *r = all; r && count < RR_MAX; r = r->next)
		count += srv_take(r, &out[count]);
	ares_free_data(all);
	return count;
}

int rr_read(enum rr_kind kind, const unsigned char *p, size_t n,
	    struct rr out[RR_MAX], uint32_t *ttl_s)
{
	if (n > UINT16_MAX || !ttl_read(p, n, ttl_s))
		return -1;
	memset(out, 0, RR_MAX * sizeof(*out));
	if (kind == RR_NAPTR)
		return naptr_read(p, (int)n, out);
	return kind == RR_SRV ? srv_read(p, (int)n, out) : -1;
}

/* --- order */

static void swap(struct rr *a, struct rr *b)
{
	struct rr t = *a;

	*a = *b;
	*b = t;
}

static uint32_t naptr_rank(const struct rr *r)
{
	return (uint32_t)r->naptr.order << 16 | r->naptr.preference;
}

static uint32_t srv_rank(const struct rr *r)
{
	return r->srv.priority;
}

/* By insertion: stable, and there are few. */
static void sort(struct rr *rr, size_t n, uint32_t (*rank)(const struct rr *))
{
	for (size_t i = 1; i < n; i++) {
		for (size_t j = i; j > 0 && rank(&rr[j]) < rank(&rr[j - 1]);
		     j--)
			swap(&rr[j], &rr[j - 1]);
	}
}

void rr_sort_naptr(struct rr *rr, size_t n)
{
	sort(rr, n, naptr_rank);
}

/* The next of n by weight. RFC 2782 lets records of weight 0 come first in the
 * running sum, so that they have a small chance: here it is one step of
 * 65536th, and an even one when all are 0. */
static size_t pick(const struct rr *rr, size_t n, rr_random_fn *random,
		   void *arg)
{
	uint32_t sum = 0, at;

	for (size_t i = 0; i < n; i++)
		sum += rr[i].srv.weight;
	if (sum == 0)
		return random(arg, (uint32_t)n);
	at = random(arg, sum + 1);
	for (size_t i = 0; i < n; i++) {
		if (rr[i].srv.weight == 0 && at == 0)
			return i;
	}
	for (size_t i = 0; i < n; i++) {
		if (rr[i].srv.weight > 0 && at <= rr[i].srv.weight)
			return i;
		at -= rr[i].srv.weight;
	}
	return 0;
}

void rr_sort_srv(struct rr *rr, size_t n, rr_random_fn *random, void *arg)
{
	size_t end;

	sort(rr, n, srv_rank);
	for (size_t i = 0; i < n; i++) {
		for (end = i; end < n; end++) {
			if (srv_rank(&rr[end]) != srv_rank(&rr[i]))
				break;
		}
		swap(&rr[i], &rr[i + pick(&rr[i], end - i, random, arg)]);
	}
}
