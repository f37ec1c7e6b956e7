#ifndef STOX_MAPPING_HTMLTOKEN_H
#define STOX_MAPPING_HTMLTOKEN_H
#include <stdbool.h>
#include "gateway/base/arena.h"
#include "gateway/base/str.h"

/* HTML as people's clients write it, cut into tags and runs of text. Nothing
 * is wrong: what is no tag is text. */
enum html_token_kind { HTML_TEXT, HTML_OPEN, HTML_CLOSE };
enum { HTML_ATTRS_MAX = 16 }; /* of one tag; more are passed over */

struct html_attr {
	struct str name, value; /* character references resolved */
};

struct html_token {
	enum html_token_kind kind;
	struct str text; /* of HTML_TEXT, character references resolved */
	struct str name; /* of a tag, as written */
	bool is_empty;	 /* ends in "/>" */
	struct html_attr attrs[HTML_ATTRS_MAX];
	unsigned attr_count;
};

/* Cuts the next token off *rest; false at the end. Comments, declarations and
 * processing instructions are passed over. */
bool html_token(struct arena *a, struct str *rest, struct html_token *out);
/* Passes over all text up to the end tag of a raw element (script, style). */
void html_skip_raw(struct str *rest, struct str name);

#endif
