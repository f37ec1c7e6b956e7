#ifndef STOX_XMPP_WINDOW_H
#define STOX_XMPP_WINDOW_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How many stanzas may be on their way to the XMPP server that it has not been
 * seen to take: that many messages may come twice when we are killed, since
 * whoever sent them sends them again. The most of
 *   - WINDOW_MIN,
 *   - a tenth of what the server took in the second before,
 *   - what it takes in twice the way of its answers, so that the window doubles
 *     with each answer for as long as more comes. The way is the shortest that
 *     this stream has seen: a server that has become slow does not open it.
 * Zeroed: nothing happened yet. */
enum {
	WINDOW_MIN = 64,
	WINDOW_SPAN_MIN_MS = 20, /* of twice the way */
	WINDOW_SPAN_MAX_MS = 500,
	WINDOW_LONG_MS = 1000,
	WINDOW_LONG_PART = 10
};
struct window_count { /* what was taken in a time, and in the one before */
	uint64_t since_ms;
	size_t taken, before;
};
struct window {
	uint64_t way_ms; /* there and back */
	bool has_way;
	struct window_count half;  /* span */
	struct window_count whole; /* WINDOW_LONG_MS */
	size_t size;		   /* less than WINDOW_MIN: that */
};

static inline size_t window_size(const struct window *w)
{
	return w->size > WINDOW_MIN ? w->size : WINDOW_MIN;
}

/* A ping has left; and it was answered behind way_ms: n more are taken. */
void window_asked(struct window *w, uint64_t now_ms);
void window_taken(struct window *w, size_t n, uint64_t way_ms, uint64_t now_ms);

#endif
