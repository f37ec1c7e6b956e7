#ifndef STOX_MAPPING_IMDN_H
#define STOX_MAPPING_IMDN_H
#include <stdbool.h>
#include "gateway/base/arena.h"
#include "xmpp/xml.h"

/* message/imdn+xml (RFC 5438 §11): what became of a message. */
#define IMDN_TYPE "message/imdn+xml"

enum imdn_kind {
	IMDN_DELIVERED,
	IMDN_FAILED, /* it did not get there */
	IMDN_DISPLAYED,
	/* About the notification, the storing or the processing, or a status
	 * that is not known: says nothing that XMPP has a word for. */
	IMDN_OTHER
};

struct imdn {
	enum imdn_kind kind;
	struct str message_id;	       /* of the message it is about */
	struct str date_time;	       /* of that message, as written */
	struct str recipient;	       /* URI; none: not said */
	struct str original_recipient; /* URI; none: not said */
};

/* doc is its tree. Of any namespace, any order; false and static *why when it
 * is no <imdn/> or names no message. Slices borrow from the tree. */
bool imdn_read(struct arena *a, const struct xml *doc, struct imdn *out,
	       const char **why);
/* Valid against the RFC's schema. kind is not IMDN_OTHER (asserted). */
void imdn_write(struct strbuf *b, const struct imdn *i);

#endif
