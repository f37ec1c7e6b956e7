#include "gateway/config/value.h"
#include <string.h>

enum { ECHO_MAX_BYTES = 40 };

enum value_result value_complain(struct value *v, struct str why)
{
	v->why = str_dupz(v->a, why);
	return VALUE_WRONG;
}

enum value_result value_wrong(struct value *v, const char *why)
{
	v->why = why;
	return VALUE_WRONG;
}

/* "'x' is not ...": text of a person, cut, and nothing a terminal obeys. */
enum value_result value_wrong_text(struct value *v, const char *what)
{
	struct str head = str_head(v->text, ECHO_MAX_BYTES);
	char *p = str_dupz(v->a, head);
	size_t i;

	for (i = 0; i < head.n; i++)
		if ((unsigned char)p[i] < ' ' || (unsigned char)p[i] >= 0x7f)
			p[i] = '?';
	return value_complain(v,
			      str_fmt(v->a, "'%s%s' is not %s", p,
				      v->text.n > head.n ? "..." : "", what));
}

void value_put(struct value *v, struct str s)
{
	memcpy(v->base + v->o->offset, &s, sizeof(s));
}
