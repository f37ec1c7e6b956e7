#include "mapping/pidfvalue.h"

#include "mapping/datetime.h"

enum { SUBTAG_MAX_BYTES = 8, MILLI = 1000 };

enum basic pidfvalue_basic(struct str s)
{
	s = str_trim(s);
	if (str_ieqz(s, "open"))
		return BASIC_OPEN;
	return str_ieqz(s, "closed") ? BASIC_CLOSED : BASIC_NONE;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The digits behind the point as thousandths; -1 for anything else. */
static int fraction(struct str s)
{
	int milli = 0, weight = MILLI / 10;

	for (size_t i = 0; i < s.n; i++) {
		if (!is_digit(s.p[i]))
			return -1;
		milli += (s.p[i] - '0') * weight;
		weight /= 10;
	}
	return milli;
}

int pidfvalue_priority(struct str s)
{
	struct str whole, rest;
	uint32_t units = 0;
	size_t point = 0;
	int milli;

	s = str_trim(s);
	while (point < s.n && is_digit(s.p[point]))
		point++;
	whole = str_head(s, point);
	rest = str_from(s, point);
	if (s.n == 0 || (whole.n > 0 && !str_to_u32(whole, &units)))
		return -1;
	if (rest.n > 0 && rest.p[0] != '.' && rest.p[0] != ',')
		return -1;
	milli = fraction(str_from(rest, 1));
	if (milli < 0 || units > 1 || (units == 1 && milli > 0))
		return -1;
	return (int)units * MILLI + milli;
}

void pidfvalue_put_priority(struct strbuf *b, int milli)
{
	if (milli % MILLI == 0)
		strbuf_addf(b, "%d", milli / MILLI);
	else
		strbuf_addf(b, "0.%03d", milli);
}

struct str pidfvalue_time(struct arena *a, struct str s)
{
	int64_t wall_s;

	return datetime_read_stamp(s, &wall_s) ? datetime_write_stamp(a, wall_s)
					       : STR_NONE;
}

bool pidfvalue_is_time(struct str s)
{
	int64_t wall_s;

	return datetime_read_stamp(s, &wall_s) && str_trim(s).n == s.n &&
	       str_find(s, 't') == s.n && str_find(s, 'z') == s.n;
}

static bool is_subtag(struct str s, bool is_first)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool is_letter =
			(c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

		if (!is_letter && (is_first || !is_digit(c)))
			return false;
	}
	return s.n > 0 && s.n <= SUBTAG_MAX_BYTES;
}

bool pidfvalue_is_language(struct str s)
{
	bool is_first = true;

	do {
		if (!is_subtag(str_cut(&s, '-'), is_first))
			return false;
		is_first = false;
	} while (s.p != NULL);
	return true;
}

static struct str language_of(const struct xml *x)
{
	while (x != NULL && !xml_has_attr(x, "xml:lang"))
		x = x->parent;
	return x != NULL ? xml_attr(x, "xml:lang") : STR_NONE;
}

void pidfvalue_note(struct arena *a, const struct xml *x, struct text **list)
{
	struct str s = str_trim(xml_text(a, x)), lang = language_of(x);
	unsigned count = 0;

	if (s.n == 0)
		return;
	while (*list != NULL) {
		list = &(*list)->next;
		count++;
	}
	if (count >= PIDF_NOTES_MAX)
		return;
	*list = arena_new(a, struct text);
	(*list)->s = s;
	(*list)->lang = pidfvalue_is_language(lang) ? lang : STR_NONE;
}

struct text *pidfvalue_tidy(struct arena *a, const struct text *list,
			    struct str fallback)
{
	struct text *first = NULL, **end, *seen;

	for (; list != NULL; list = list->next) {
		struct str lang = list->lang.n > 0 ? list->lang : fallback;

		end = &first;
		for (seen = first; seen != NULL; seen = seen->next) {
			if (str_ieq(seen->lang, lang))
				break;
			end = &seen->next;
		}
		if (seen != NULL || str_trim(list->s).n == 0)
			continue;
		*end = arena_new(a, struct text);
		(*end)->lang = lang;
		(*end)->s = list->s;
	}
	return first;
}
