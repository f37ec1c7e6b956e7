#include "xmpp/pingpace.h"

uint64_t pingpace_wait_ms(struct pingpace *p, uint64_t now_ms)
{
	uint64_t span_ms = now_ms - p->since_ms;
	uint64_t gone_ms = now_ms - p->asked_ms;

	if (span_ms >= PINGPACE_WINDOW_MS) {
		p->is_busy = p->tickets * UINT64_C(1000) >=
			     PINGPACE_BUSY_PER_S * span_ms;
		p->tickets = 0;
		p->since_ms = now_ms;
	}
	if (!p->is_busy || gone_ms >= PINGPACE_GAP_MS ||
	    p->unserved >= PINGPACE_TICKETS)
		return 0;
	return PINGPACE_GAP_MS - gone_ms;
}

void pingpace_left(struct pingpace *p, uint64_t now_ms)
{
	p->asked_ms = now_ms;
	p->unserved = 0;
}
