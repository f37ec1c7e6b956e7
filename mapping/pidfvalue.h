#ifndef STOX_MAPPING_PIDFVALUE_H
#define STOX_MAPPING_PIDFVALUE_H
#include "mapping/pidf.h"

/* The values of a presence document, read with tolerance and written strictly.
 * Inside mapping/ only. */

/* "open" and "closed", whatever the case; else BASIC_NONE ("?" of baresip). */
enum basic pidfvalue_basic(struct str s);
/* "0.8" -> 800; more than three decimals are cut (Asterisk writes six, and a
 * comma in some locales); -1 for what is no number from 0 to 1. */
int pidfvalue_priority(struct str s);
/* "0.800" */
void pidfvalue_put_priority(struct strbuf *b, int milli);
/* A point in time as UTC ("2015-01-01T00:00:00Z"), or none. */
struct str pidfvalue_time(struct arena *a, struct str s);
/* Whether s is such a point in time, with T and Z as capitals (RFC 3863
 * §4.1.7). */
bool pidfvalue_is_time(struct str s);
/* A language tag that xs:language takes, RFC 3066's shape. */
bool pidfvalue_is_language(struct str s);
/* Puts the text of x, unless it is blank, at the end of the list, with the
 * language of x or of what stands around it. */
void pidfvalue_note(struct arena *a, const struct xml *x, struct text **list);
/* A copy of the list without what is blank, and with one text a language, as
 * <status/> wants it (RFC 6121 §4.7.2.2): the first. fallback: the language of
 * those that name none. */
struct text *pidfvalue_tidy(struct arena *a, const struct text *list,
			    struct str fallback);

#endif
