#ifndef STOX_MAPPING_FATE_H
#define STOX_MAPPING_FATE_H
#include <stdbool.h>

/* What a final SIP status says of a message that could wait: docs/mapping.md
 * has the table and is checked against it. */
enum fate {
	FATE_TAKEN,  /* 2xx */
	FATE_AWAY,   /* nobody there now: a later try may do */
	FATE_REFUSED /* the same again would be answered the same */
};

/* Time-outs and lost transports of our own come in as 408 and 503. Some
 * refusals are for now only if they say how long: has_retry_after. A registrar
 * that answers 404 for a phone that is switched off: is_404_away. */
enum fate fate_of(int status, bool has_retry_after, bool is_404_away);

/* For docs and tests: row i of the table, false behind its end. */
struct fate_row {
	int status;
	bool needs_retry_after;
};
bool fate_row(unsigned i, struct fate_row *out);

#endif
