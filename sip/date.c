#include <string.h>
#include <time.h>
#include "sip/date.h"

enum { YEAR_MIN = 1970, YEAR_MAX = 9999 };

static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
static const char weekdays[] = "SunMonTueWedThuFriSat";

/* Index of a three-letter name in such a list; -1 if it is not there. */
static int name_index(const char *list, struct str name)
{
	struct str all = str_z(list);

	for (size_t i = 0; i < all.n; i += 3)
		if (str_ieq(str_head(str_from(all, i), 3), name))
			return (int)(i / 3);
	return -1;
}

static bool number_cut(struct str *rest, char sep, uint32_t max, int *out)
{
	uint32_t n;

	if (!str_to_u32(str_cut(rest, sep), &n) || n > max)
		return false;
	*out = (int)n;
	return true;
}

static bool month_cut(struct str *rest, int *out)
{
	*out = name_index(months, str_cut(rest, ' '));
	return *out >= 0;
}

bool date_read(struct str s, int64_t *out_s)
{
	struct tm t, back;
	time_t at;

	memset(&t, 0, sizeof(t));
	if (name_index(weekdays, str_cut(&s, ',')) < 0)
		return false;
	s = str_trim(s);
	if (!number_cut(&s, ' ', 31, &t.tm_mday) || !month_cut(&s, &t.tm_mon) ||
	    !number_cut(&s, ' ', YEAR_MAX, &t.tm_year) ||
	    !number_cut(&s, ':', 23, &t.tm_hour) ||
	    !number_cut(&s, ':', 59, &t.tm_min) ||
	    !number_cut(&s, ' ', 60, &t.tm_sec) || !str_ieqz(s, "GMT") ||
	    t.tm_year < YEAR_MIN || t.tm_mday == 0)
		return false;
	t.tm_year -= 1900;
	back = t;
	at = timegm(&back);
	/* "31 Feb" would be moved into March. */
	if (back.tm_mon != t.tm_mon && t.tm_sec < 60)
		return false;
	*out_s = at;
	return true;
}

static void add_name(struct strbuf *b, const char *list, int i)
{
	strbuf_add(b, (struct str){ list + (size_t)i * 3, 3 });
}

static void add_two(struct strbuf *b, int n)
{
	strbuf_addc(b, (char)('0' + n / 10));
	strbuf_addc(b, (char)('0' + n % 10));
}

void date_write(struct strbuf *b, int64_t utc_s)
{
	time_t at = (time_t)utc_s;
	struct tm t;

	if (gmtime_r(&at, &t) == NULL)
		return;
	add_name(b, weekdays, t.tm_wday);
	strbuf_addlit(b, ", ");
	add_two(b, t.tm_mday);
	strbuf_addc(b, ' ');
	add_name(b, months, t.tm_mon);
	strbuf_addc(b, ' ');
	strbuf_addu(b, (uint64_t)t.tm_year + 1900);
	strbuf_addc(b, ' ');
	add_two(b, t.tm_hour);
	strbuf_addc(b, ':');
	add_two(b, t.tm_min);
	strbuf_addc(b, ':');
	add_two(b, t.tm_sec);
	strbuf_addlit(b, " GMT");
}
