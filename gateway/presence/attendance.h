#ifndef STOX_GATEWAY_PRESENCE_ATTENDANCE_H
#define STOX_GATEWAY_PRESENCE_ATTENDANCE_H
#include <stdbool.h>
#include <stdint.h>
#include "gateway/base/str.h"
#include "gateway/base/table.h"

/* Whether a user is there to see what the SIP side is asked for: his server is
 * probed before a subscription of his is refreshed (RFC 8048 §8.1). One
 * question serves all his contacts for a minute. */
struct attendance; /* NULL: nobody was asked for */

enum attendance_word {
	ATTENDANCE_ASK,	 /* nothing is known: probe him; noted as done */
	ATTENDANCE_WAIT, /* the answer is on its way */
	/* It does not say: he has not let the gateway see him. */
	ATTENDANCE_UNKNOWN,
	ATTENDANCE_HERE,
	ATTENDANCE_AWAY
};

enum { ATTENDANCE_ANSWER_MS = 3000, ATTENDANCE_FRESH_MS = 60000 };

enum attendance_word attendance_look(struct attendance **tp, struct str user,
				     uint64_t now_ms);
/* What his server says: UNKNOWN, HERE or AWAY. Of who was not asked for it is
 * passed over. Of several answers to one probe HERE wins. */
void attendance_heard(struct attendance *t, struct str user,
		      enum attendance_word word, uint64_t now_ms);
/* It was the last that was heard of him. */
bool attendance_is_away(struct attendance *t, struct str user);
/* One of his resources has gone: he is to be asked for again. */
void attendance_forget(struct attendance **tp, struct str user);
void attendance_fini(struct attendance **tp);

#endif
