#include "gateway/messages/enrich.h"
#include "mapping/datetime.h"
#include "mapping/message.h"

enum { BOUNDARY_BYTES = 24, AGAIN_CSEQ = 1 << 20 };

static unsigned wishes_of(const struct link *k, const struct extras *x)
{
	unsigned wishes = 0;

	if (!k->cfg->message.wants_receipts)
		return 0;
	if (x->wants_receipt)
		wishes |= CPIM_POSITIVE | CPIM_NEGATIVE;
	if (x->is_markable)
		wishes |= CPIM_DISPLAY | CPIM_NEGATIVE;
	return wishes;
}

bool enrich_is_wanted(const struct link *k, const struct extras *x)
{
	return (x->html != NULL && k->cfg->wants_html) || wishes_of(k, x) != 0;
}

static bool may_have_cpim(struct link *k, struct str contact)
{
	enum knows knows = skills_get(k->bridge->skills, contact, SKILL_CPIM);

	switch (k->cfg->cpim) {
	case KNOWING_KNOWN:
		return knows == KNOWS_YES;
	case KNOWING_ALWAYS:
		return knows != KNOWS_NO;
	case KNOWING_NEVER:
		break;
	}
	return false;
}

static struct str token(struct arena *a, size_t n)
{
	char *p = arena_alloc(a, n);

	keyed_token(p, n);
	return (struct str){ p, n };
}

/* The same in each try of a message: its From tag is random and is kept with
 * it (60 bits of the 64 that RFC 5438 §6.3 advises); its id adds to them. */
static struct str message_id(struct arena *a, const struct stanza *s,
			     const struct draft *d)
{
	uint32_t h = UINT32_C(0x811C9DC5); /* FNV-1a */

	for (size_t i = 0; i < s->id.n; i++)
		h = (h ^ (unsigned char)s->id.p[i]) * UINT32_C(0x01000193);
	return str_fmt(a, "%.*s%08x", STR_ARG(d->from.tag), h);
}

/* XEP-0203 says when it was written; else it is now. */
static struct str written_at(struct arena *a, const struct stanza *s)
{
	int64_t wall_s;

	if (!datetime_read_stamp(s->u.message.delay_stamp, &wall_s))
		wall_s = loop_wall_ms() / 1000;
	return datetime_write_stamp(a, wall_s);
}

void enrich(struct link *k, const struct stanza *s, const struct extras *x,
	    struct arena *a, struct draft *d, struct enrichment *out)
{
	struct str contact = jid_bare_text(a, &s->to);
	struct draft plain = *d;

	out->wishes = wishes_of(k, x);
	/* Phones name a message without an id of its own by its Call-ID. */
	out->message_id = d->call_id;
	if (x->html != NULL && k->cfg->wants_html &&
	    skills_get(k->bridge->skills, contact, SKILL_ALTERNATIVE) !=
		    KNOWS_NO) {
		message_add_html(a, x->html, token(a, BOUNDARY_BYTES), d);
		out->tried |= 1U << SKILL_ALTERNATIVE;
	}
	if (out->wishes != 0 && may_have_cpim(k, contact)) {
		out->message_id = message_id(a, s, d);
		message_wrap(a, out->message_id, out->wishes, written_at(a, s),
			     d);
		out->tried |= 1U << SKILL_CPIM;
	}
	if (out->tried == 0)
		return;
	/* To the other side a request of its own, not a copy; challenges and
	 * later tries count on from the first number. */
	plain.cseq = d->cseq + AGAIN_CSEQ;
	out->plain = uac_prepare(agent_uac(k->bridge->agent), &plain);
}

bool enrich_is_refused(const struct outcome *o)
{
	if (o->kind == OUTCOME_TOO_LARGE)
		return true;
	if (o->kind != OUTCOME_ANSWERED)
		return false;
	return o->status == 406 || o->status == 415 || o->status == 488 ||
	       o->status == 606;
}
