#ifndef STOX_MAPPING_EXTRAS_H
#define STOX_MAPPING_EXTRAS_H
#include "xmpp/stanza.h"

/* What a message says beside its text, found in one walk over its children.
 * Slices and pointers borrow from the tree. */
enum chat_state { /* XEP-0085 */
		  CHAT_NONE,
		  CHAT_ACTIVE,
		  CHAT_COMPOSING,
		  CHAT_PAUSED,
		  CHAT_INACTIVE,
		  CHAT_GONE
};

struct extras {
	enum chat_state state;
	bool wants_receipt;	     /* XEP-0184 request */
	bool is_markable;	     /* XEP-0333 */
	struct str received;	     /* XEP-0184: the id; none */
	struct str displayed;	     /* XEP-0333: the id; none */
	struct str replaces;	     /* XEP-0308: the id; none */
	struct str replies_to;	     /* XEP-0461: the id; none */
	struct str retracts;	     /* XEP-0424: the id; none */
	const struct xml *reactions; /* XEP-0444; or NULL */
	struct str reacts_to;	     /* the id of what it reacts to */
	const struct xml *html;	     /* XHTML-IM; or NULL */
	struct str url, url_words;   /* XEP-0066, XEP-0249; none */
};

/* el NULL: nothing. */
void extras_read(struct arena *a, const struct xml *el, struct extras *out);
/* The element of a state; NULL for CHAT_NONE. */
struct xml *extras_state(struct arena *a, enum chat_state state);

#endif
