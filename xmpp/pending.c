#include "xmpp/pending.h"

#include <string.h>
#include "gateway/base/loop.h"
#include "gateway/base/table.h"

enum {
	PENDING_ID_BYTES = 16,
	PENDING_ADDRESS_MAX_BYTES = 3 * JID_PART_MAX_BYTES + 2,
	PENDING_CHUNK_BYTES = 1024,
};

struct request {
	char id[PENDING_ID_BYTES + 1];
	struct str to; /* owned; prepared where it is a valid address */
	struct pending *owner;
	struct loop_timer deadline;
	pending_fn *fn;
	void *arg;
	UT_hash_handle hh;
};

struct pending {
	struct loop *loop;     /* borrowed */
	struct request *by_id; /* owned table */
	size_t max;
	struct strbuf from; /* scratch: an answer's sender */
};

static void request_destroy(struct request *r)
{
	loop_timer_stop(&r->deadline);
	str_free(&r->to);
	free(r);
}

/* Frees r before its owner hears of it, who may ask again at once. */
static void request_end(struct request *r, const struct stanza *answer)
{
	pending_fn *fn = r->fn;
	void *arg = r->arg;

	HASH_DEL(r->owner->by_id, r);
	request_destroy(r);
	fn(arg, answer);
}

static void on_deadline(void *arg)
{
	request_end(arg, NULL);
}

/* Answers carry prepared addresses (RFC 7622 §3), so we compare with one. */
static struct str address_dup(struct str to)
{
	struct arena a;
	struct str text;
	struct jid j;
	const char *why;

	arena_init(&a, PENDING_CHUNK_BYTES);
	text = jid_read(&a, to, &j, &why) ? jid_text(&a, &j) : to;
	text = str_heap(text);
	arena_fini(&a);
	return text;
}

bool pending_add(struct pending *p, struct str to, uint64_t timeout_ms,
		 pending_fn *fn, void *arg, char id[17])
{
	struct request *r;

	if (HASH_COUNT(p->by_id) >= p->max)
		return false;
	r = calloc(1, sizeof(*r));
	if (r == NULL)
		abort();
	keyed_token(r->id, PENDING_ID_BYTES);
	memcpy(id, r->id, sizeof(r->id));
	r->to = address_dup(to);
	r->owner = p;
	r->fn = fn;
	r->arg = arg;
	HASH_ADD(hh, p->by_id, id, PENDING_ID_BYTES, r);
	loop_timer_start(p->loop, &r->deadline, timeout_ms, on_deadline, r);
	return true;
}

static bool is_answer(const struct stanza *s)
{
	return s->kind == STANZA_IQ &&
	       (s->u.iq.type == IQ_RESULT || s->u.iq.type == IQ_ERROR);
}

bool pending_offer(struct pending *p, const struct stanza *s)
{
	struct request *r = NULL;

	if (!is_answer(s) || s->id.n != PENDING_ID_BYTES)
		return false;
	HASH_FIND(hh, p->by_id, s->id.p, PENDING_ID_BYTES, r);
	if (r == NULL)
		return false;
	strbuf_reset(&p->from);
	jid_write(&p->from, &s->from);
	if (!str_eq(strbuf_str(&p->from), r->to))
		return false;
	request_end(r, s);
	return true;
}

/* Whoever asks again while he hears of the loss is not lost with the rest. */
void pending_lost(struct pending *p)
{
	struct request *all = p->by_id, *r, *next;

	p->by_id = NULL;
	HASH_ITER (hh, all, r, next) {
		pending_fn *fn = r->fn;
		void *arg = r->arg;

		HASH_DEL(all, r);
		request_destroy(r);
		fn(arg, NULL);
	}
}

struct pending *pending_create(struct loop *l, size_t max)
{
	struct pending *p = calloc(1, sizeof(*p));

	if (p == NULL)
		abort();
	p->loop = l;
	p->max = max;
	strbuf_init(&p->from, PENDING_ADDRESS_MAX_BYTES);
	return p;
}

void pending_destroy(struct pending **pp)
{
	struct pending *p = *pp;
	struct request *r, *next;

	if (p == NULL)
		return;
	*pp = NULL;
	HASH_ITER (hh, p->by_id, r, next) {
		HASH_DEL(p->by_id, r);
		request_destroy(r);
	}
	strbuf_fini(&p->from);
	free(p);
}
