#ifndef STOX_XMPP_SENDQ_H
#define STOX_XMPP_SENDQ_H
#include <stdbool.h>
#include <stdint.h>
#include "gateway/base/str.h"

/* What waits to be written to the XMPP server: one run of bytes, bounded by
 * bytes and by stanzas. Nothing is allocated for a stanza. Embedded. */
struct sendq {
	struct strbuf buf;
	size_t sent;	     /* of buf: what the socket has taken */
	uint64_t base;	     /* position in the stream of buf's first byte */
	uint64_t *ends;	     /* owned ring: position behind each stanza */
	size_t first, count; /* of the ring */
	size_t begun;	     /* length of buf at sendq_begin */
	bool is_begun;
	size_t max_bytes, max_stanzas, stanza_max_bytes;
};

void sendq_init(struct sendq *q, size_t max_bytes, size_t max_stanzas,
		size_t stanza_max_bytes);
void sendq_fini(struct sendq *q);
void sendq_clear(struct sendq *q); /* drops everything */

/* The buffer to append one stanza to; NULL when the queue is full. It may
 * pass max_bytes by one stanza, never by more. */
struct strbuf *sendq_begin(struct sendq *q);
/* The same for one that answers: it repeats the id and the addresses of a
 * stanza that may have been as long as one can be, and has room for its own
 * words. */
enum { SENDQ_ANSWER_ROOM_BYTES = 16384 };
struct strbuf *sendq_begin_answer(struct sendq *q);
/* Takes the stanza, or takes it back and returns false when it is empty or
 * larger than it may be. */
bool sendq_end(struct sendq *q);
void sendq_abort(struct sendq *q);
/* Adds what is no stanza (the stream's own tags), past the limits. */
void sendq_add(struct sendq *q, struct str s);
/* Under nine tenths of both limits. */
bool sendq_has_room(const struct sendq *q);

size_t sendq_bytes(const struct sendq *q);
size_t sendq_stanzas(const struct sendq *q); /* not wholly written yet */
/* What is to be written next, all of it; and: n bytes of it were taken. */
struct str sendq_front(const struct sendq *q);
void sendq_shift(struct sendq *q, size_t n);

#endif
