#ifndef STOX_MAPPING_EDITS_H
#define STOX_MAPPING_EDITS_H
#include "mapping/env.h"
#include "mapping/extras.h"

/* What SIP has no word for, as text that a person can read, once: corrections
 * (XEP-0308), reactions (XEP-0444), replies (XEP-0461), retractions
 * (XEP-0424), links beside the text (XEP-0066), and XHTML-IM without a body.
 * A body that its client wrote for such as us (XEP-0428) goes as it is. */
enum { EDITS_REACTIONS_MAX = 32, EDITS_TEXT_MAX_BYTES = 262144 };

/* The text to send instead of body; none when there is nothing to say. */
struct str edits_text(struct arena *a, const struct message_rules *rules,
		      const struct extras *x, struct str body);
/* The id of the message that it answers; none as a rule. */
struct str edits_answers(const struct extras *x);

#endif
