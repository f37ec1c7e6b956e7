#ifndef STOX_XMPP_FORM_H
#define STOX_XMPP_FORM_H
#include "xmpp/xml.h"

/* Data forms (XEP-0004). Slices are borrowed, as in xmpp/xml.h. */

/* type: "form" or "result". */
struct xml *form_make(struct arena *a, const char *type);
/* The hidden FORM_TYPE (XEP-0068). */
void form_set_type(struct arena *a, struct xml *form, const char *name);
/* <title/>, <instructions/>. */
void form_say(struct arena *a, struct xml *form, const char *name,
	      struct str text);
/* type NULL: not said (a result that has one; text-single); label none: none.
 */
struct xml *form_field(struct arena *a, struct xml *form, const char *var,
		       const char *type, struct str label);
void form_value(struct arena *a, struct xml *field, struct str value);
/* One value for each line. */
void form_lines(struct arena *a, struct xml *field, struct str text);
void form_option(struct arena *a, struct xml *field, struct str label,
		 struct str value);

/* The form among the children of x with that type; NULL when there is none. */
const struct xml *form_find(const struct xml *x, const char *type);
/* The first value of the field, trimmed; none when there is none. */
struct str form_get(struct arena *a, const struct xml *form, const char *var);

#endif
