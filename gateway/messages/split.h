#ifndef STOX_GATEWAY_MESSAGES_SPLIT_H
#define STOX_GATEWAY_MESSAGES_SPLIT_H
#include "gateway/bridge.h"
#include "sip/uac.h"

/* A text too long for UDP on its way to a contact who offers nothing else, in
 * parts that fit (message.long: split). Each is a request of its own and goes
 * when the one before it has been taken. */
struct split;

/* Is that to be done with this message, should there be no TCP? Cheap. */
bool split_is_wanted(const struct link *k, const struct outgoing *plain);
/* d: the message as text/plain. through: so many bytes of its text have been
 * taken at an earlier try. NULL: too long for that, too. */
struct split *split_create(struct link *k, struct arena *a,
			   const struct draft *d, size_t through);
void split_destroy(struct split **sp);
/* The next part, for the caller to send or to destroy; NULL: that was all. */
struct outgoing *split_next(struct split *s);
bool split_has_begun(const struct split *s);
/* How much of the text is through with the part that split_next gave last. */
size_t split_through(const struct split *s);

#endif
