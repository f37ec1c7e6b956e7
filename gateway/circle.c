#include "gateway/circle.h"
#include <stdlib.h>
#include <string.h>
#include "gateway/base/keyed.h"

enum {
	RANDOM_BYTES = 12, /* 60 bits */
	PART_BYTES = 6,	   /* 30 bits: ours; 30 bits: of the domain */
	WHOLE_BYTES = 2048,
	SLOTS = 4096,
	LATELY_MS = 60000
};

struct slot {
	uint64_t what, who, until_ms;
};

struct circle {
	struct slot slots[SLOTS]; /* by what; the newest counts */
};

struct circle *circle_create(void)
{
	struct circle *c = calloc(1, sizeof(*c));

	if (c == NULL)
		abort();
	return c;
}

void circle_destroy(struct circle **cp)
{
	free(*cp);
	*cp = NULL;
}

/* --- Call-IDs of ours */

static void part_write(char out[PART_BYTES], const char *random, struct str who)
{
	static const char digits[] = "0123456789abcdefghijklmnopqrstuv";
	char text[RANDOM_BYTES + WHOLE_BYTES];
	size_t n = who.n < WHOLE_BYTES ? who.n : WHOLE_BYTES;
	uint64_t h;

	memcpy(text, random, RANDOM_BYTES);
	if (n > 0)
		memcpy(text + RANDOM_BYTES, who.p, n);
	h = keyed_hash(text, RANDOM_BYTES + n);
	for (size_t i = 0; i < PART_BYTES; i++, h >>= 5)
		out[i] = digits[h & 31];
}

void circle_mark(char call_id[CIRCLE_CALL_ID_BYTES], struct str domain)
{
	part_write(call_id + RANDOM_BYTES, call_id, STR_NONE);
	part_write(call_id + RANDOM_BYTES + PART_BYTES, call_id, domain);
}

static bool has_part(struct str thread, size_t at, struct str who)
{
	char part[PART_BYTES];

	part_write(part, thread.p, who);
	return memcmp(thread.p + at, part, PART_BYTES) == 0;
}

static bool is_ours(struct str thread)
{
	return thread.n == CIRCLE_CALL_ID_BYTES &&
	       has_part(thread, RANDOM_BYTES, STR_NONE);
}

/* --- threads of users */

static uint64_t what_of(struct arena *a, const struct stanza *s)
{
	const struct message *m = &s->u.message;
	struct str to = jid_bare_text(a, &s->to);
	struct str key = str_fmt(
		a, "%.*s\n%.*s\n%llx", STR_ARG(m->thread), STR_ARG(to),
		(unsigned long long)keyed_hash(m->body->s.p, m->body->s.n));

	return keyed_hash(key.p, key.n);
}

static bool is_anothers(struct circle *c, uint64_t what, uint64_t who,
			uint64_t now_ms)
{
	struct slot *at = &c->slots[what % SLOTS];

	if (at->what == what && at->until_ms > now_ms && at->who != who)
		return true;
	*at = (struct slot){ what, who, now_ms + LATELY_MS };
	return false;
}

bool circle_is(struct circle *c, struct arena *a, const struct stanza *s,
	       uint64_t now_ms)
{
	const struct message *m = &s->u.message;
	struct str from = s->from.domain;

	if (m->thread.n == 0)
		return false;
	if (is_ours(m->thread))
		return !has_part(m->thread, RANDOM_BYTES + PART_BYTES, from);
	return c != NULL && m->body != NULL &&
	       is_anothers(c, what_of(a, s), keyed_hash(from.p, from.n),
			   now_ms);
}
