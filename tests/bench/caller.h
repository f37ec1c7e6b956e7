#ifndef BENCH_CALLER_H
#define BENCH_CALLER_H
#include <stdbool.h>
#include <stdint.h>
#include "histogram.h"
#include "pace.h"
#include "sipview.h"
#include "template.h"

/* The transactions of a UAC in one run: which were sent, when, and how they
 * ended. Timer E with T1 = 500 ms over UDP; everything is given up four
 * seconds behind the last request. */
struct flight {
	uint64_t sent_ns, again_ns; /* again_ns 0: ended */
	uint64_t copies;
};
struct caller {
	struct template request;
	bool is_udp;
	unsigned people; /* senders, and as many targets */
	unsigned run;
	struct pace pace;
	struct flight *flights; /* owned; by serial */
	uint32_t sent, cap;
	uint32_t oldest; /* all before it have ended */
	uint32_t open;
	uint64_t ok, refused, failed, copies, late;
	uint64_t held;	    /* due, but the connection took no more */
	uint64_t window_ok; /* answered before the pace was over */
	struct histogram latency;
};
/* false: no room for it now. */
typedef bool caller_send_fn(void *arg, const char *text, size_t n);

/* domain: of the senders. */
void caller_init(struct caller *c, bool is_udp, uint16_t port, unsigned people,
		 const char *domain);
void caller_start(struct caller *c, unsigned run, unsigned rate,
		  double seconds);
/* Sends what is due; false when the run is over. */
bool caller_turn(struct caller *c, caller_send_fn *send, void *arg);
void caller_answered(struct caller *c, const struct sipview *v);
/* One line: sent=.. ok=.. ... */
void caller_report(const struct caller *c);

#endif
