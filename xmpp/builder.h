#ifndef STOX_XMPP_BUILDER_H
#define STOX_XMPP_BUILDER_H
#include <expat.h>
#include "xmpp/stream.h"

/* Makes a tree of expat's events: what a stream and a document share. The
 * owner sets the handlers of parser and passes on what it hears, as long as
 * is_over is off. Inside xmpp/ only. */
struct builder {
	XML_Parser parser;		    /* owned */
	struct arena *arena;		    /* borrowed; holds the tree */
	const struct stream_limits *limits; /* borrowed */
	struct xml *top, *at;		    /* the root; the open element */
	struct strbuf text; /* of the run that is not finished */
	unsigned depth;	    /* how many elements are open */
	unsigned declared;  /* xmlns attributes of the element to come */
	/* A stanza over a limit is passed over: excess, static, says why, and
	 * of the tree no more than top is made. Documents fail instead. */
	bool may_pass;
	const char *excess;
	bool is_over; /* whatever expat still says is not heard */
	const char *condition, *why; /* static; NULL unless it failed */
};

/* encoding: as for XML_ParserCreate; NULL leaves it to the document. */
void builder_init(struct builder *b, struct arena *a,
		  const struct stream_limits *limits, const char *encoding);
void builder_fini(struct builder *b);

void builder_start(struct builder *b, const char *name, const char **attrs);
void builder_end(struct builder *b);
void builder_text(struct builder *b, struct str text);
void builder_declare(struct builder *b); /* one more xmlns attribute */

/* Too much of something: this stanza is passed over, or the document fails. */
void builder_exceed(struct builder *b, const char *why);

/* The first failure sticks; condition is one of RFC 6120 §4.9.3. */
void builder_fail(struct builder *b, const char *condition, const char *why);
/* After XML_Parse went wrong: why it did, unless we know better. */
void builder_fail_expat(struct builder *b);
/* Nothing more is parsed. */
void builder_stop(struct builder *b);

/* "namespace SEPARATOR local" of expat: the local name; *ns may be none. */
struct str builder_name(const char *name, struct str *ns);

#endif
