#include "gateway/messages/circle.h"
#include <stdlib.h>
#include <string.h>
#include "gateway/base/keyed.h"
#include "gateway/base/log.h"

enum {
	RANDOM_BYTES = 12, /* 60 bits */
	PART_BYTES = 6,	   /* 30 bits: ours; 30 bits: of the domain */
	WHOLE_BYTES = 2048,
	SLOTS = 4096
};

/* What makes two messages the same one, said by two, and how often the second
 * may say it before that is no chance. */
struct rule {
	uint64_t lately_ms;
	unsigned turns;
};
static const struct rule SAME_THREAD = { 60000, 0 };
/* Nobody writes the same words nine times, each within this of the last. */
static const struct rule SAME_NAME = { 5000, 8 };

struct slot {
	uint64_t what, who, until_ms;
	unsigned turns; /* since the first one said it */
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

/* --- what was here lately */

static uint64_t hash(struct str s)
{
	return keyed_hash(s.p, s.n);
}

/* first: what else is the same beside recipient and text. */
static uint64_t what_of(const struct circle_pass *p, struct str first)
{
	struct str to = jid_bare_text(p->a, &p->s->to);
	struct str key = str_fmt(
		p->a, "%d%.*s\n%.*s\n%llx", (int)p->way, STR_ARG(first),
		STR_ARG(to), (unsigned long long)hash(p->s->u.message.body->s));

	return hash(key);
}

static bool comes_round(struct circle *c, const struct rule *r, uint64_t what,
			uint64_t who, uint64_t now_ms)
{
	struct slot *at = &c->slots[what % SLOTS];

	if (at->what != what || at->until_ms <= now_ms || at->who == who) {
		*at = (struct slot){ what, who, now_ms + r->lately_ms, 0 };
		return false;
	}
	if (at->turns >= r->turns)
		return true;
	at->turns++;
	at->until_ms = now_ms + r->lately_ms;
	return false;
}

/* --- threads */

/* That of the other side, where the plan has put it into the name. */
static struct str domain_of(const struct circle_pass *p)
{
	struct str at = p->s->from.local, rest;

	if (p->way == CIRCLE_TO_XMPP)
		for (size_t i = at.n; i-- > 0;) {
			rest = (struct str){ at.p + i, at.n - i };
			if (str_starts(rest, "\\40"))
				return (struct str){ rest.p + 3, rest.n - 3 };
		}
	return p->s->from.domain;
}

static bool has_thread_of_another(struct circle *c, const struct circle_pass *p,
				  uint64_t now_ms)
{
	const struct message *m = &p->s->u.message;
	struct str domain = domain_of(p);

	if (m->thread.n == 0)
		return false;
	if (p->way == CIRCLE_TO_SIP && is_ours(m->thread))
		return !has_part(m->thread, RANDOM_BYTES + PART_BYTES, domain);
	return c != NULL && m->body != NULL &&
	       comes_round(c, &SAME_THREAD, what_of(p, m->thread), hash(domain),
			   now_ms);
}

/* --- names */

/* Where an address within a name goes on: "@x", "\40x", "%40x", escaped once
 * more by each gateway, and "*x.y", "%x.y" of old ones. */
static bool is_at(struct str s)
{
	bool is_escape = s.p[0] == '\\' || s.p[0] == '%';

	if (s.p[0] == '@')
		return true;
	if ((s.p[0] == '*' || s.p[0] == '%') && str_find(s, '.') < s.n)
		return true;
	for (s = str_from(s, 1); str_istarts(s, "5c") || str_starts(s, "25");)
		s = str_from(s, 2);
	return is_escape && str_starts(s, "40");
}

/* "juliet" of "juliet" and of "juliet\\5c40x.example\\40y.example". */
static struct str name_of(struct str local)
{
	size_t n = 0;

	while (n < local.n && !is_at((struct str){ local.p + n, local.n - n }))
		n++;
	return str_head(local, n);
}

static bool has_name_of_another(struct circle *c, const struct circle_pass *p,
				uint64_t now_ms)
{
	struct str name = name_of(p->s->from.local);

	return p->has_others && name.n > 0 && p->s->u.message.body != NULL &&
	       comes_round(c, &SAME_NAME, what_of(p, name),
			   hash(jid_bare_text(p->a, &p->s->from)), now_ms);
}

bool circle_is(struct circle *c, const struct circle_pass *p, uint64_t now_ms)
{
	return has_thread_of_another(c, p, now_ms) ||
	       has_name_of_another(c, p, now_ms);
}

bool circle_refuse(struct circle *c, const struct circle_pass *p,
		   uint64_t now_ms, struct fault *why)
{
	bool is_to_sip = p->way == CIRCLE_TO_SIP;
	const struct jid *ours = is_to_sip ? &p->s->to : &p->s->from;

	if (!circle_is(c, p, now_ms))
		return false;
	log_warn("message_came_back", F_STR("component", ours->domain),
		 F_STR("domain", domain_of(p)),
		 F_Z("advice", "two gateways lead to each other: see who "
			       "sends that domain's messages here"));
	fault_set(why, 482, COND_NOT_ACCEPTABLE,
		  "this message has been here before");
	return true;
}
