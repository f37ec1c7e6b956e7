#include "mapping/datetime.h"

enum { DAY_S = 86400, ERA_DAYS = 146097, ERA_YEARS = 400 };
/* Days from 0000-03-01 to 1970-01-01: a year that begins in March has its leap
 * day at its end. */
enum { EPOCH_DAYS = 719468, EPOCH_WEEKDAY = 4 };
#define RANGE_FIRST_S INT64_C(-62135596800) /* 0001-01-01T00:00:00 */
#define RANGE_LAST_S  INT64_C(253402300799) /* 9999-12-31T23:59:59 */

struct civil {
	int64_t year;
	unsigned month, day, hour, minute, second, weekday;
};

static bool is_leap(int64_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static unsigned month_days(int64_t year, unsigned month)
{
	static const unsigned char days[] = { 31, 28, 31, 30, 31, 30,
					      31, 31, 30, 31, 30, 31 };

	return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

/* Days before a month of the March year: 0, 31, 61, 92, ... */
static int64_t march_days(int64_t march_month)
{
	return (153 * march_month + 2) / 5;
}

static int64_t days_of(int64_t year, unsigned month, unsigned day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t m = month <= 2 ? (int64_t)month + 9 : (int64_t)month - 3;

	return y * 365 + y / 4 - y / 100 + y / 400 + march_days(m) + day - 1 -
	       EPOCH_DAYS;
}

static bool civil_of(int64_t wall_s, struct civil *c)
{
	int64_t days, rest, era, n, year, m;

	if (wall_s < RANGE_FIRST_S || wall_s > RANGE_LAST_S)
		return false;
	rest = wall_s % DAY_S;
	rest += rest < 0 ? DAY_S : 0;
	days = (wall_s - rest) / DAY_S;
	c->weekday = (unsigned)((days % 7 + 7 + EPOCH_WEEKDAY) % 7);
	days += EPOCH_DAYS;
	era = days / ERA_DAYS;
	n = days % ERA_DAYS;
	year = (n - n / 1460 + n / 36524 - n / 146096) / 365;
	n -= 365 * year + year / 4 - year / 100;
	m = (5 * n + 2) / 153;
	c->day = (unsigned)(n - march_days(m) + 1);
	c->month = (unsigned)(m < 10 ? m + 3 : m - 9);
	c->year = era * ERA_YEARS + year + (c->month <= 2 ? 1 : 0);
	c->hour = (unsigned)(rest / 3600);
	c->minute = (unsigned)(rest / 60 % 60);
	c->second = (unsigned)(rest % 60);
	return true;
}

/* Cuts n digits from the front. */
static bool digits_cut(struct str *s, size_t n, unsigned *out)
{
	uint32_t v;

	if (s->n < n || !str_to_u32(str_head(*s, n), &v))
		return false;
	*out = v;
	*s = str_from(*s, n);
	return true;
}

static bool char_cut(struct str *s, char c)
{
	if (s->n == 0 || s->p[0] != c)
		return false;
	*s = str_from(*s, 1);
	return true;
}

static bool date_cut(struct str *s, int64_t *days)
{
	unsigned year, month, day;

	if (!digits_cut(s, 4, &year) || !char_cut(s, '-') ||
	    !digits_cut(s, 2, &month) || !char_cut(s, '-') ||
	    !digits_cut(s, 2, &day))
		return false;
	if (year == 0 || month < 1 || month > 12 || day < 1 ||
	    day > month_days(year, month))
		return false;
	*days = days_of(year, month, day);
	return true;
}

static bool time_cut(struct str *s, int64_t *of_day_s)
{
	unsigned hour, minute, second;

	if (!digits_cut(s, 2, &hour) || !char_cut(s, ':') ||
	    !digits_cut(s, 2, &minute) || !char_cut(s, ':') ||
	    !digits_cut(s, 2, &second))
		return false;
	if (hour > 23 || minute > 59 || second > 60)
		return false;
	if (char_cut(s, '.')) {
		if (s->n == 0 || s->p[0] < '0' || s->p[0] > '9')
			return false;
		while (s->n > 0 && s->p[0] >= '0' && s->p[0] <= '9')
			*s = str_from(*s, 1);
	}
	*of_day_s = (int64_t)hour * 3600 + minute * 60 +
		    (second == 60 ? 59 : second);
	return true;
}

/* "Z" or "+02:00", to the end. */
static bool zone_read(struct str s, int64_t *offset_s)
{
	unsigned hour, minute;
	bool is_east = s.n > 0 && s.p[0] == '+';

	*offset_s = 0;
	if (str_ieqz(s, "Z"))
		return true;
	if (!char_cut(&s, '+') && !char_cut(&s, '-'))
		return false;
	if (!digits_cut(&s, 2, &hour) || !char_cut(&s, ':') ||
	    !digits_cut(&s, 2, &minute) || s.n > 0 || hour > 23 || minute > 59)
		return false;
	*offset_s = (int64_t)hour * 3600 + minute * 60;
	*offset_s = is_east ? *offset_s : -*offset_s;
	return true;
}

bool datetime_read_stamp(struct str s, int64_t *out_s)
{
	int64_t days, of_day_s, offset_s;

	s = str_trim(s);
	if (!date_cut(&s, &days) || (!char_cut(&s, 'T') && !char_cut(&s, 't')))
		return false;
	if (!time_cut(&s, &of_day_s) || !zone_read(s, &offset_s))
		return false;
	*out_s = days * DAY_S + of_day_s - offset_s;
	return true;
}

struct str datetime_write_stamp(struct arena *a, int64_t wall_s)
{
	struct civil c;

	if (!civil_of(wall_s, &c))
		return STR_NONE;
	return str_fmt(a, "%04u-%02u-%02uT%02u:%02u:%02uZ", (unsigned)c.year,
		       c.month, c.day, c.hour, c.minute, c.second);
}

struct str datetime_write_header(struct arena *a, int64_t wall_s)
{
	static const char days[][4] = { "Sun", "Mon", "Tue", "Wed",
					"Thu", "Fri", "Sat" };
	static const char months[][4] = { "Jan", "Feb", "Mar", "Apr",
					  "May", "Jun", "Jul", "Aug",
					  "Sep", "Oct", "Nov", "Dec" };
	struct civil c;

	if (!civil_of(wall_s, &c))
		return STR_NONE;
	return str_fmt(a, "%s, %02u %s %04u %02u:%02u:%02u GMT",
		       days[c.weekday], c.day, months[c.month - 1],
		       (unsigned)c.year, c.hour, c.minute, c.second);
}
