#include "gateway/messages/split.h"
#include "mapping/parts.h"

enum {
	/* A part is a request of its own in the same dialogue of Call-ID and
	 * CSeq, above those of the whole (to_sip.c) and of its plain form
	 * (enrich.c). Challenges count on from its first number. The numbers
	 * are the same in each try of the same outbox item. */
	PARTS_CSEQ = 2 << 20,
	PART_CSEQ = 1 << 10,
	/* What outgoing_bytes may be short of: a long Via (80), digits of CSeq
	 * and Content-Length. */
	SLACK_BYTES = 96,
	DATE_BYTES = 37, /* later tries have it */
	/* Digest credentials, but for the names in them. */
	CREDENTIALS_BYTES = 420
};

struct part {
	struct outgoing *o; /* owned until it is given out */
	size_t end;	    /* in the text */
};

struct split {
	size_t count, next;
	bool has_begun;
	struct part parts[];
};

static bool has_date(const struct draft *d)
{
	const struct header *h;

	for (h = d->headers; h != NULL; h = h->next)
		if (str_ieqz(h->name, "Date"))
			return true;
	return false;
}

/* Around the text, at most, in whatever try. */
static size_t frame_bytes(const struct link *k, struct arena *a,
			  const struct draft *d)
{
	const struct config *c = k->bridge->cfg;
	struct uac *u = agent_uac(k->bridge->agent);
	struct draft probe = *d;
	struct outgoing *o;
	size_t n;

	probe.body = STR_LIT("x");
	o = uac_prepare(u, &probe);
	if (o == NULL)
		return SIZE_MAX;
	n = outgoing_bytes(o) + SLACK_BYTES;
	outgoing_destroy(&o);
	if (!has_date(d))
		n += DATE_BYTES;
	if (c->account_username.n > 0)
		n += CREDENTIALS_BYTES + c->account_username.n +
		     uri_text(a, &d->target).n;
	return n;
}

bool split_is_wanted(const struct link *k, const struct outgoing *plain)
{
	return k->cfg->message.is_split &&
	       outgoing_bytes(plain) + SLACK_BYTES > k->bridge->cfg->mtu_bytes;
}

static struct split *split_alloc(size_t count)
{
	struct split *s = calloc(1, sizeof(*s) + count * sizeof(s->parts[0]));

	if (s == NULL)
		abort();
	s->count = count;
	return s;
}

struct split *split_create(struct link *k, struct arena *a,
			   const struct draft *d, size_t through)
{
	size_t frame = frame_bytes(k, a, d), max = k->bridge->cfg->mtu_bytes;
	struct str texts[PARTS_MAX];
	struct draft draft = *d;
	struct split *s;
	size_t n, end = 0;

	if (frame >= max)
		return NULL;
	n = parts_cut(a, d->body, max - frame, k->cfg->message.parts_max,
		      texts);
	if (n == 0)
		return NULL;
	s = split_alloc(n);
	for (size_t i = 0; i < n; i++) {
		end += texts[i].n;
		s->parts[i].end = end;
		if (end <= through) {
			s->next = i + 1;
			continue;
		}
		draft.body = part_body(a, texts[i], i, n);
		draft.cseq = d->cseq + PARTS_CSEQ + (uint32_t)i * PART_CSEQ;
		s->parts[i].o =
			uac_prepare(agent_uac(k->bridge->agent), &draft);
		if (s->parts[i].o == NULL) {
			split_destroy(&s);
			return NULL;
		}
	}
	return s;
}

void split_destroy(struct split **sp)
{
	struct split *s = *sp;

	if (s == NULL)
		return;
	*sp = NULL;
	for (size_t i = 0; i < s->count; i++)
		outgoing_destroy(&s->parts[i].o);
	free(s);
}

struct outgoing *split_next(struct split *s)
{
	struct outgoing *o;

	if (s->next == s->count)
		return NULL;
	o = s->parts[s->next].o;
	s->parts[s->next++].o = NULL;
	s->has_begun = true;
	return o;
}

bool split_has_begun(const struct split *s)
{
	return s->has_begun;
}

size_t split_through(const struct split *s)
{
	return s->next > 0 ? s->parts[s->next - 1].end : 0;
}
