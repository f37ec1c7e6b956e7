#ifndef STOX_GATEWAY_CIRCLE_H
#define STOX_GATEWAY_CIRCLE_H
#include <stdbool.h>
#include "xmpp/stanza.h"

/* Messages that go round through another gateway. XMPP carries no hop count;
 * what comes back is the Call-ID, as the thread (RFC 7572), with the same text
 * for the same contact, and a sender of another domain: the gateway's own. Two
 * users of one domain may say the same in one thread. */
struct circle;
enum { CIRCLE_CALL_ID_BYTES = 24 };

struct circle *circle_create(void);
void circle_destroy(struct circle **cp);
/* Makes a Call-ID that tells from which domain the message came that had no
 * thread: behind its first half, which is random, comes what that and the
 * domain give. No state. */
void circle_mark(char call_id[CIRCLE_CALL_ID_BYTES], struct str domain);
/* Whether the message has been here from another domain: its thread is a
 * Call-ID made for another, or a thread that another has used for this text to
 * this contact in the last minute. c NULL: only the first. */
bool circle_is(struct circle *c, struct arena *a, const struct stanza *s,
	       uint64_t now_ms);

#endif
