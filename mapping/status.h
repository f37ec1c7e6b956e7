#ifndef STOX_MAPPING_STATUS_H
#define STOX_MAPPING_STATUS_H
#include "gateway/base/fault.h"

/* RFC 7247 §7: SIP status codes and stanza error conditions, one table read
 * both ways. docs/mapping.md is checked against it. */

/* Table 3: fills *f for a final status 300..699; reason becomes the text.
 * Transport failures of our own come in as 408 and 503. */
void status_to_fault(struct fault *f, int status, struct str reason);
/* The new address of a 3xx, as an XMPP or SIP URI; none when the response had
 * none that can be used. A 301 without it is item-not-found, for gone must
 * carry it then (note 1). Nothing happens to other faults. */
void status_set_uri(struct fault *f, struct str uri);
/* Table 2: the status for a stanza error. is_full: the error is about a full
 * JID, so 4xx and not 6xx. 401 and 407 become 403: we have no challenge to
 * give (RFC 3261 §22). service-unavailable is never 503 (note 5). */
int status_from_error(const struct fault *f, bool is_full);

/* For docs and tests: row i of the table, false behind its end. */
struct status_row {
	int status_min, status_max; /* equal for one code */
	enum cond cond;
	enum error_type type;
};
bool status_row(size_t i, struct status_row *out);

#endif
