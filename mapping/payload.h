#ifndef STOX_MAPPING_PAYLOAD_H
#define STOX_MAPPING_PAYLOAD_H
#include "mapping/extras.h"

/* What a message without a text has for a person, and SIP no form for: its
 * sender has to learn that it does not arrive. Why, as a static text; NULL:
 * there is nothing to read in it (states, notices, events, hints, the empty
 * messages by which OMEMO keeps its keys fresh). x: what extras_read found. */
const char *payload_lost(const struct xml *el, const struct extras *x);

#endif
