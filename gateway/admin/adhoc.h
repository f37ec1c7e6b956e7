#ifndef STOX_GATEWAY_ADMIN_ADHOC_H
#define STOX_GATEWAY_ADMIN_ADHOC_H
#include "gateway/link.h"

/* Ad-hoc commands (XEP-0050): the commands of admin.h as forms, for whoever may
 * give them. A command with arguments has one form, then its answer; its
 * session is his who began it, from the same full JID. */
struct adhoc;

enum {
	ADHOC_SESSIONS_MAX = 2000,
	ADHOC_SESSIONS_PER_USER_MAX = 10,
	ADHOC_SESSION_MS = 600000
};

/* A form that nobody sends back is forgotten after session_ms. */
struct adhoc *adhoc_create(unsigned session_ms);
void adhoc_destroy(struct adhoc **ap);

/* An iq to the gateway's own address that is a command, or asks which there
 * are: true, and it is answered, now or soon. */
bool adhoc_iq(struct link *k, const struct stanza *s, struct arena *a);

#endif
