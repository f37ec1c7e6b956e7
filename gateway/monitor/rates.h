#ifndef STOX_GATEWAY_MONITOR_RATES_H
#define STOX_GATEWAY_MONITOR_RATES_H
#include <stdint.h>
#include "gateway/base/str.h"

struct bridge;
struct rates;

/* How fast it went lately: a sample of the counters every few seconds, for as
 * long as five minutes. */
enum { RATES_EVERY_MS = 5000, RATES_SAMPLES = 60 };
enum rate {
	RATE_TO_SIP, /* delivered */
	RATE_TO_SIP_REFUSED,
	RATE_TO_XMPP,
	RATE_TO_XMPP_REFUSED,
	RATE_COUNT
};

struct rates *rates_create(const struct bridge *b);
void rates_destroy(struct rates **rp);
/* In thousandths a second, over the last seconds (at most the five minutes, at
 * least one sample). */
uint64_t rates_milli(const struct rates *r, enum rate k, unsigned seconds);
/* Of each interval, the oldest first; returns how many there are, at most
 * RATES_SAMPLES - 1. */
unsigned rates_history(const struct rates *r, enum rate k,
		       uint64_t out_milli[RATES_SAMPLES]);

#endif
