#ifndef STOX_GATEWAY_MESSAGES_CIRCLE_H
#define STOX_GATEWAY_MESSAGES_CIRCLE_H
#include <stdbool.h>
#include "gateway/base/fault.h"
#include "xmpp/stanza.h"

/* Messages that go round through another gateway. XMPP carries no hop count;
 * what comes back has the same text, for the same person, and
 *   - the thread or Call-ID that it left with (RFC 7572 §5), and a sender of
 *     another domain: the gateway's own. Two users of one domain may say the
 *     same in one thread;
 *   - or, where that was dropped, the name of the first sender in another
 *     address ("juliet@x", then "juliet@y" or "juliet\\40x@y"), over and over
 *     within seconds. Of two people of one name who say the same neither goes
 *     on like that; and when the first says it himself, the count begins anew.
 */
struct circle;
enum { CIRCLE_CALL_ID_BYTES = 24 };

struct circle *circle_create(void);
void circle_destroy(struct circle **cp);
/* Makes a Call-ID that tells from which domain the message came that had no
 * thread: behind its first half, which is random, comes what that and the
 * domain give. No state. */
void circle_mark(char call_id[CIRCLE_CALL_ID_BYTES], struct str domain);

enum circle_way { CIRCLE_TO_SIP, CIRCLE_TO_XMPP };
struct circle_pass {
	struct arena *a;
	enum circle_way way;
	const struct stanza *s; /* as it came, or as it is to go */
	/* Users of several domains are served: without that no other gateway's
	 * users are, and names are not looked at. */
	bool has_others;
};

/* Whether the message has been here: its thread is a Call-ID made for another
 * domain, or one that another has used for this text to this person in the last
 * minute; or it is the ninth round of a sender's name. c NULL: only the first.
 */
bool circle_is(struct circle *c, const struct circle_pass *p, uint64_t now_ms);
/* The same, said in the log. false: go on, else *why is set. */
bool circle_refuse(struct circle *c, const struct circle_pass *p,
		   uint64_t now_ms, struct fault *why);

#endif
