#include "xmpp/sendq.h"

#include <assert.h>
#include <stdlib.h>

enum {
	SENDQ_KEEP_BYTES = 1024 * 1024, /* memory kept by an empty queue */
	SENDQ_ROOM_TENTHS = 9,
};

void sendq_init(struct sendq *q, size_t max_bytes, size_t max_stanzas,
		size_t stanza_max_bytes)
{
	*q = (struct sendq){ .max_bytes = max_bytes,
			     .max_stanzas = max_stanzas,
			     .stanza_max_bytes = stanza_max_bytes };
	strbuf_init(&q->buf, 0);
	q->ends = calloc(max_stanzas, sizeof(*q->ends));
	if (q->ends == NULL)
		abort();
}

void sendq_fini(struct sendq *q)
{
	strbuf_fini(&q->buf);
	free(q->ends);
	q->ends = NULL;
}

void sendq_clear(struct sendq *q)
{
	assert(!q->is_begun);
	q->base += q->buf.n;
	q->sent = 0;
	q->count = 0;
	strbuf_reset(&q->buf);
	if (q->buf.cap > SENDQ_KEEP_BYTES)
		strbuf_fini(&q->buf);
}

size_t sendq_bytes(const struct sendq *q)
{
	return q->buf.n - q->sent;
}

size_t sendq_stanzas(const struct sendq *q)
{
	return q->count;
}

bool sendq_has_room(const struct sendq *q)
{
	return sendq_bytes(q) < q->max_bytes / 10 * SENDQ_ROOM_TENTHS &&
	       q->count * 10 < q->max_stanzas * SENDQ_ROOM_TENTHS;
}

struct strbuf *sendq_begin(struct sendq *q)
{
	assert(!q->is_begun);
	if (sendq_bytes(q) >= q->max_bytes || q->count >= q->max_stanzas)
		return NULL;
	q->is_begun = true;
	q->begun = q->buf.n;
	q->buf.limit = q->buf.n + q->stanza_max_bytes;
	return &q->buf;
}

struct strbuf *sendq_begin_answer(struct sendq *q)
{
	struct strbuf *b = sendq_begin(q);

	if (b != NULL)
		b->limit += SENDQ_ANSWER_ROOM_BYTES;
	return b;
}

bool sendq_end(struct sendq *q)
{
	assert(q->is_begun);
	if (q->buf.overflow || q->buf.n <= q->begun) {
		sendq_abort(q);
		return false;
	}
	q->is_begun = false;
	q->ends[(q->first + q->count) % q->max_stanzas] = q->base + q->buf.n;
	q->count++;
	return true;
}

void sendq_abort(struct sendq *q)
{
	assert(q->is_begun);
	q->is_begun = false;
	strbuf_truncate(&q->buf, q->begun);
}

void sendq_add(struct sendq *q, struct str s)
{
	assert(!q->is_begun);
	q->buf.limit = q->buf.n + s.n;
	strbuf_add(&q->buf, s);
}

struct str sendq_front(const struct sendq *q)
{
	return str_from(strbuf_str(&q->buf), q->sent);
}

void sendq_shift(struct sendq *q, size_t n)
{
	uint64_t taken;

	assert(!q->is_begun && n <= sendq_bytes(q));
	q->sent += n;
	taken = q->base + q->sent;
	while (q->count > 0 && q->ends[q->first] <= taken) {
		q->first = (q->first + 1) % q->max_stanzas;
		q->count--;
	}
	if (q->sent == q->buf.n) {
		sendq_clear(q);
		return;
	}
	/* Moving less than was written keeps the cost of a byte constant. */
	if (q->sent > q->buf.n / 2) {
		strbuf_shift(&q->buf, q->sent);
		q->base += q->sent;
		q->sent = 0;
	}
}
