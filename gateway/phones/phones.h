#ifndef STOX_GATEWAY_PHONES_PHONES_H
#define STOX_GATEWAY_PHONES_PHONES_H
#include "gateway/bridge.h"
#include "sip/uac.h"

/* A MESSAGE to the phones of a contact who is registered here: to all of them
 * at once, the first 2xx decides, and else the best of what they say (RFC 3261
 * §16.7). */
struct fork;

/* What the agent must know of them: methods (the first three are of all),
 * option tags. */
void phones_options(const struct config *c, struct agent_options *o);
/* The registrar and what belongs to it; nothing where no phones attach. */
bool phones_open(struct bridge *b, const char **why);
void phones_close(struct bridge *b);

/* Whether that is the address of somebody whose phones attach to us. */
bool phones_serve(struct bridge *b, const struct uri *uri);
/* Whether it makes sense to say more than a message to that contact: of phones
 * that attach to us, that one is registered. */
bool phones_may_hear(struct link *k, const struct jid *to);
/* Who does not exist, or has no phone now: 404 and 480. */
bool phones_are_there(struct bridge *b, struct link *k, const struct jid *to,
		      struct fault *why);
/* Sends d: with a gr in its target to that phone alone, if there is one. fn is
 * called exactly once, never inside this call; false and *why: nothing was
 * sent. */
bool phones_send(struct link *k, const struct jid *to, const struct draft *d,
		 uac_fn *fn, void *arg, struct fault *why);
/* REGISTER, PUBLISH and INVITE, which are for phones alone. */
void phones_request(struct bridge *b, const struct request *r,
		    struct answer *a);
/* Frees what is kept of messages under way, after the SIP side is gone. */
void phones_forget(struct bridge *b);

/* The better of two statuses, by RFC 3261 §16.7 item 6: 0 is none yet. */
int phones_better(int x, int y);

#endif
