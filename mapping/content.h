#ifndef STOX_MAPPING_CONTENT_H
#define STOX_MAPPING_CONTENT_H
#include "mapping/cpim.h"
#include "mapping/env.h"

/* What a SIP message body holds, out of CPIM and of multiparts. Text is as an
 * XMPP body can carry it: of any charset we know, UTF-8, legal in XML, lines
 * ended by LF. */
enum content_kind {
	CONTENT_TEXT,	/* for people */
	CONTENT_TYPING, /* document: isComposing */
	CONTENT_NOTICE	/* document: IMDN */
};

struct content {
	enum content_kind kind;
	struct text *bodies; /* one a language; NULL: an empty text */
	struct xml *html;    /* XHTML-IM of it; or NULL */
	struct xml *oob;     /* a link (XEP-0066); or NULL */
	const struct xml *document;
	bool has_cpim;
	struct cpim cpim; /* with has_cpim */
};

/* false with *why: 415 for what is not understood, 413 when it is longer than
 * the rules allow, 400 for what is not what it says to be, 488 for a CPIM that
 * requires more than we know and for HTML without a text. A body without a type
 * is text/plain. */
bool content_read(struct arena *a, const struct env *env,
		  const struct request *r, struct content *out,
		  struct fault *why);

#endif
