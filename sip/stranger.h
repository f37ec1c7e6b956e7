#ifndef STOX_SIP_STRANGER_H
#define STOX_SIP_STRANGER_H
#include "sip/responder.h"

/* Answers to those who have proved nothing. The source address of a datagram
 * may be a victim's, so it never gets more bytes than came in its name: an
 * answer that is too large waits for the next copy of the request. Over streams
 * there is no such limit. Part of the agent. */
struct stranger;

struct stranger *stranger_create(struct responder *r);
void stranger_destroy(struct stranger **sp);
/* A request of that many bytes has come. */
void stranger_heard(struct stranger *s, const struct request *r, size_t bytes,
		    uint64_t now_ms);
/* Answers as far as the bytes go, in fewer words if need be; false: they do not
 * go that far. */
bool stranger_reply(struct stranger *s, const struct request *r,
		    const struct reply *reply, uint64_t now_ms);

#endif
