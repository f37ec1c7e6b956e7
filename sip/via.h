#ifndef STOX_SIP_VIA_H
#define STOX_SIP_VIA_H
#include "sip/echo.h"

/* The everyday form of what Sofia's parser would be asked for. Nearly every
 * message has it, and then a whole message of Sofia's need not be made. What
 * has another form is not wrong, but for Sofia to say. */

enum { VIA_PARAMS_MAX = 8 };

/* "SIP/2.0/UDP host[:port];name=token;...", one blank, nothing quoted, a name
 * or an IPv4 address. The texts live in a. *branch: none if it is not said. */
bool via_read_plain(struct arena *a, struct str value, struct via *out,
		    struct str *branch);
/* The port of sent-by, 5060 if none is said, and whether rport is asked for.
 * NULL could not be read: the answer goes to where it came from. */
void via_way(const struct via *v, uint16_t *port, bool *wants_rport);
/* Of what Sofia read: a protocol of three tokens, and a name or an address, so
 * that an answer with it can be read again. */
bool via_is_sound(const struct via *v);
/* "type" or "type;id=token" of an Event, or none at all (RFC 6665 §8.4). *id:
 * none if it is not said. */
bool via_event_plain(struct str value, struct str *type, struct str *id);
/* Whether an address (From, To, Contact) has only characters with which
 * party_read says all that there is to say: no quotes, comments, escapes,
 * lists, nor anything that is not ASCII. */
bool via_is_plain_address(struct str value);

#endif
