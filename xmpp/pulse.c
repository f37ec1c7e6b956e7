#include "xmpp/pulse.h"

void pulse_start(struct pulse *p, uint64_t idle_ms, uint64_t timeout_ms,
		 uint64_t now_ms)
{
	*p = (struct pulse){ .idle_ms = idle_ms,
			     .timeout_ms = timeout_ms,
			     .in_ms = now_ms,
			     .out_ms = now_ms };
}

void pulse_heard(struct pulse *p, uint64_t now_ms)
{
	p->in_ms = now_ms;
	p->is_pinged = false;
}

void pulse_wrote(struct pulse *p, uint64_t now_ms)
{
	p->out_ms = now_ms;
}

static uint64_t left_ms(uint64_t since_ms, uint64_t span_ms, uint64_t now_ms)
{
	uint64_t gone = now_ms > since_ms ? now_ms - since_ms : 0;

	return gone < span_ms ? span_ms - gone : 0;
}

enum pulse_verdict pulse_check(struct pulse *p, bool is_stuck, uint64_t now_ms,
			       uint64_t *next_ms)
{
	enum pulse_verdict verdict = PULSE_GOOD;
	uint64_t standing =
		left_ms(p->out_ms, p->idle_ms + p->timeout_ms, now_ms);

	if (is_stuck && standing == 0)
		return PULSE_STANDING;
	if (p->is_pinged && left_ms(p->ping_ms, p->timeout_ms, now_ms) == 0)
		return PULSE_SILENT;
	if (!p->is_pinged && left_ms(p->in_ms, p->idle_ms, now_ms) == 0) {
		p->is_pinged = true;
		p->ping_ms = now_ms;
		verdict = PULSE_PING;
	}
	*next_ms = p->is_pinged ? left_ms(p->ping_ms, p->timeout_ms, now_ms)
				: left_ms(p->in_ms, p->idle_ms, now_ms);
	if (is_stuck && standing < *next_ms)
		*next_ms = standing;
	return verdict;
}
