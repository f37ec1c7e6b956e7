#ifndef STOX_MAPPING_HTML_H
#define STOX_MAPPING_HTML_H
#include "gateway/base/arena.h"
#include "xmpp/xml.h"

/* text/html -> XHTML-IM (XEP-0071), through a whitelist: what is not named in
 * its tables does not come through, its text does. Whatever the input, the
 * tree holds only elements, attributes, style properties and schemes of URLs
 * that are known to do no harm. */
enum {
	HTML_DEPTH_MAX = 24,  /* deeper elements count as their text */
	HTML_NODES_MAX = 4096 /* what comes behind is text */
};

/* s is UTF-8. Gives <html xmlns=XHTML-IM><body/></html>. Slices borrow from s
 * and a. */
struct xml *html_read(struct arena *a, struct str s);
/* The same in plain text: one line for a paragraph, "> " before quotations,
 * "* " and "1. " before items, the address behind a link that shows another
 * text. LF at line ends; no blanks at either end. */
struct str html_plain(struct arena *a, const struct xml *html,
		      size_t max_bytes);

/* XHTML-IM as the text/html part of a multipart/alternative, through the same
 * whitelist; none when there is nothing in it. */
struct str html_write(struct arena *a, const struct xml *html,
		      size_t max_bytes);

#endif
