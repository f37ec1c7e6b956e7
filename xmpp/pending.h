#ifndef STOX_XMPP_PENDING_H
#define STOX_XMPP_PENDING_H
#include <stdbool.h>
#include <stdint.h>
#include "xmpp/stanza.h"

struct loop;
struct pending;

/* iq requests of ours that wait for an answer, with a deadline each. */
typedef void pending_fn(void *arg, const struct stanza *answer);

struct pending *pending_create(struct loop *l, size_t max);
void pending_destroy(struct pending **pp); /* calls nobody */
/* Remembers a request to `to` (text of the address) and writes its id into id
 * (NUL-terminated). fn gets the answer, or NULL at the deadline or when the
 * link is lost. false when max wait already. */
bool pending_add(struct pending *p, struct str to, uint64_t timeout_ms,
		 pending_fn *fn, void *arg, char id[17]);
/* Hand iq results and errors here: true if it was awaited from that address. */
bool pending_offer(struct pending *p, const struct stanza *s);
void pending_lost(struct pending *p); /* all get NULL */

#endif
