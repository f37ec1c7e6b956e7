#ifndef STOX_MAPPING_HTMLSTYLE_H
#define STOX_MAPPING_HTMLSTYLE_H
#include "gateway/base/arena.h"
#include "mapping/htmltoken.h"
#include "xmpp/xml.h"

/* What an element of XHTML-IM may say of itself (XEP-0071 §7): attributes,
 * addresses and style properties, each by name. */

/* Copies from t to x what x may carry, and adds style (NULL: none). */
void htmlstyle_copy(struct arena *a, struct xml *x, const struct html_token *t,
		    const char *style);
/* Is it an absolute URL of a scheme that a click does no harm with? images:
 * of those that an image may come from. */
bool htmlstyle_is_url(struct str url);
bool htmlstyle_is_image(struct str url);

#endif
