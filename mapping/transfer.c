#include "mapping/transfer.h"

enum { NOT_A_DIGIT = 64 };

/* How many bytes of a soft line break begin at s[i], behind the '='; 0 when
 * there is none. */
static size_t soft_break_bytes(struct str s, size_t i)
{
	size_t from = i;

	while (i < s.n && (s.p[i] == ' ' || s.p[i] == '\t'))
		i++;
	if (i < s.n && s.p[i] == '\r')
		i++;
	if (i < s.n && s.p[i] == '\n')
		return i + 1 - from;
	return i == s.n ? i - from : 0;
}

/* RFC 2045 §6.7. An '=' that means nothing stays, as §6.7 (2) suggests. */
static struct str quoted_decode(struct arena *a, struct str in)
{
	char *p = arena_alloc(a, in.n);
	size_t n = 0, i = 0, skip;

	while (i < in.n) {
		if (in.p[i] != '=') {
			p[n++] = in.p[i++];
			continue;
		}
		skip = soft_break_bytes(in, i + 1);
		if (skip > 0 || i + 1 == in.n) {
			i += 1 + skip;
		} else if (in.n - i > 2 && str_hex_value(in.p[i + 1]) < 16 &&
			   str_hex_value(in.p[i + 2]) < 16) {
			p[n++] = (char)(str_hex_value(in.p[i + 1]) << 4 |
					str_hex_value(in.p[i + 2]));
			i += 3;
		} else {
			p[n++] = in.p[i++];
		}
	}
	return (struct str){ p, n };
}

static unsigned base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (unsigned)(c - 'A');
	if (c >= 'a' && c <= 'z')
		return (unsigned)(c - 'a') + 26;
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0') + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : NOT_A_DIGIT;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* RFC 2045 §6.8; line breaks may stand anywhere, padding may be missing. */
static bool base64_decode(struct arena *a, struct str in, struct str *out)
{
	char *p = arena_alloc(a, in.n / 4 * 3 + 3);
	size_t n = 0, digits = 0;
	uint32_t bits = 0;
	bool is_padded = false;

	for (size_t i = 0; i < in.n; i++) {
		unsigned v = base64_value(in.p[i]);

		if (is_blank(in.p[i]))
			continue;
		if (in.p[i] == '=') {
			is_padded = true;
			continue;
		}
		if (v == NOT_A_DIGIT || is_padded)
			return false;
		bits = bits << 6 | v;
		if (++digits % 4 != 1)
			p[n++] = (char)(bits >> (6 - 2 * ((digits - 1) % 4)));
	}
	*out = (struct str){ p, n };
	return digits % 4 != 1;
}

bool transfer_decode(struct arena *a, struct str name, struct str in,
		     struct str *out)
{
	name = str_trim(name);
	*out = in;
	if (name.n == 0 || str_ieqz(name, "7bit") || str_ieqz(name, "8bit") ||
	    str_ieqz(name, "binary"))
		return true;
	if (str_ieqz(name, "base64"))
		return base64_decode(a, in, out);
	if (!str_ieqz(name, "quoted-printable"))
		return false;
	*out = quoted_decode(a, in);
	return true;
}
