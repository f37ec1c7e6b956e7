#ifndef STOX_GATEWAY_CIRCLE_H
#define STOX_GATEWAY_CIRCLE_H
#include <stdbool.h>
#include "xmpp/stanza.h"

/* Messages that go round through another gateway. XMPP carries no hop count;
 * what comes back is the Call-ID, as the thread (RFC 7572), with the same text
 * for the same contact, and another sender: the name that he has over there. */
struct circle;
enum { CIRCLE_CALL_ID_BYTES = 24 };

struct circle *circle_create(void);
void circle_destroy(struct circle **cp);
/* Makes a Call-ID that tells whose message had no thread: behind its first
 * half, which is random, comes what that and the user's bare JID give. No
 * state. */
void circle_mark(char call_id[CIRCLE_CALL_ID_BYTES], struct str user);
/* Whether the message, whose sender is user, has been here as another's: its
 * thread is a Call-ID made for another, or a thread that another has used for
 * this text to this contact in the last minute. c NULL: only the first. */
bool circle_is(struct circle *c, struct arena *a, const struct stanza *s,
	       struct str user, uint64_t now_ms);

#endif
