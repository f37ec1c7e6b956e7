#ifndef STOX_GATEWAY_CONFIG_CHECKUP_H
#define STOX_GATEWAY_CONFIG_CHECKUP_H
#include <stdio.h>
#include "gateway/base/loop.h"
#include "gateway/config/config.h"
#include "gateway/trust/keyring.h"

/* One run of --check: what was found so far, and the means of its steps. */
enum {
	CHECKUP_LINE_BYTES = 600,
	CHECKUP_WAIT_MS = 6000, /* for the steps that wait, all together */
	CHECKUP_CLOSE_MS = 500, /* for links to say goodbye */
};

struct checkup {
	const struct config *cfg; /* borrowed */
	struct loop *loop;	  /* borrowed */
	FILE *out;		  /* borrowed */
	struct arena arena;	  /* of the whole run */
	struct keyring *keyring;  /* owned by check_run; NULL: does not load */
	bool is_running; /* a stoxd holds our ports: hands off its links */
	unsigned wrong_count, warning_count;
	char first_wrong[CHECKUP_LINE_BYTES];
};

/* One line each. What is wrong is counted; the first such line is kept. */
void checkup_good(struct checkup *k, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void checkup_unwise(struct checkup *k, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void checkup_wrong(struct checkup *k, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Binds every listen address for a moment, and that of the status page; sets
 * is_running. */
void checkports_run(struct checkup *k);

/* Loads certificates, keys and authorities; sets keyring. */
void checkkeys_run(struct checkup *k);

/* Opens and closes the store, unless a stoxd runs. */
void checkstore_run(struct checkup *k);

/* Makes the control socket for a moment, where one is named, unless a stoxd
 * runs. */
void checkcontrol_run(struct checkup *k);

/* The links and the next hops are tried at the same time: start, let the loop
 * turn until both are done or the time is over, report (what is not done by
 * then counts as no answer). */
struct checklinks;
struct checklinks *checklinks_start(struct checkup *k);
bool checklinks_is_done(const struct checklinks *l);
void checklinks_report(struct checklinks *l);
/* Those that came up have been closed in order. */
bool checklinks_is_closed(const struct checklinks *l);
void checklinks_destroy(struct checklinks **lp);

struct checkhops;
struct checkhops *checkhops_start(struct checkup *k);
bool checkhops_is_done(const struct checkhops *h);
void checkhops_report(struct checkhops *h);
void checkhops_destroy(struct checkhops **hp);

#endif
