#include "xmpp/prep.h"

#include <string.h>
#include "xmpp/jid.h"

enum {
	UTF8_MAX_BYTES = 6,			/* as libidn sees it */
	PREP_MAX_CHARS = 2 * JID_PART_MAX_BYTES /* while it is prepared */
};

/* One round of libidn over *n code points; false when they are refused or
 * grow too much. In code points, since libidn's stringprep() starts anew for
 * each 50 characters that a text grows. */
static bool is_prepared(const Stringprep_profile *profile, uint32_t *text,
			size_t *n)
{
	return stringprep_4i(text, n, PREP_MAX_CHARS, 0, profile) ==
	       STRINGPREP_OK;
}

/* The second round sees to it that a prepared part stays as it is when it is
 * prepared again, which RFC 3454 does not promise. */
bool prep_apply(struct arena *a, const Stringprep_profile *profile,
		struct str s, struct str *out)
{
	uint32_t text[PREP_MAX_CHARS], again[PREP_MAX_CHARS];
	size_t i, n = 0, m, bytes = 0;
	char *p;

	if (!str_is_utf8(s) || memchr(s.p, '\0', s.n) != NULL)
		return false;
	for (i = 0; i < s.n; n++)
		text[n] = str_utf8_next(s, &i);
	if (!is_prepared(profile, text, &n))
		return false;
	memcpy(again, text, n * sizeof(text[0]));
	m = n;
	if (!is_prepared(profile, again, &m) || m != n ||
	    memcmp(again, text, n * sizeof(text[0])) != 0)
		return false;
	p = arena_alloc(a, n * UTF8_MAX_BYTES);
	for (i = 0; i < n; i++)
		bytes += (size_t)stringprep_unichar_to_utf8(text[i], p + bytes);
	*out = (struct str){ p, bytes };
	return bytes > 0 && bytes <= JID_PART_MAX_BYTES;
}
