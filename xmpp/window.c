#include "xmpp/window.h"

static uint64_t half_ms(const struct window *w)
{
	uint64_t span_ms = 2 * w->way_ms;

	if (span_ms < WINDOW_SPAN_MIN_MS)
		span_ms = WINDOW_SPAN_MIN_MS;
	else if (span_ms > WINDOW_SPAN_MAX_MS)
		span_ms = WINDOW_SPAN_MAX_MS;
	return span_ms / 2;
}

/* A time that has become longer counts by its rate. */
static void turn(struct window_count *c, uint64_t long_ms, uint64_t now_ms)
{
	uint64_t gone_ms = now_ms - c->since_ms;

	if (gone_ms < long_ms)
		return;
	c->before = (size_t)(c->taken * long_ms / gone_ms);
	c->taken = 0;
	c->since_ms = now_ms;
}

/* So a pause before it does not count as a time in which little was taken. */
void window_asked(struct window *w, uint64_t now_ms)
{
	turn(&w->half, half_ms(w), now_ms);
	turn(&w->whole, WINDOW_LONG_MS, now_ms);
}

void window_taken(struct window *w, size_t n, uint64_t way_ms, uint64_t now_ms)
{
	const struct window_count *c = &w->half;
	size_t steady;

	if (!w->has_way || way_ms < w->way_ms)
		w->way_ms = way_ms;
	w->has_way = true;
	w->half.taken += n;
	w->whole.taken += n;
	window_asked(w, now_ms);
	w->size = 2 * (c->taken > c->before ? c->taken : c->before);
	steady = w->whole.before / WINDOW_LONG_PART;
	if (w->size < steady)
		w->size = steady;
}
