#include "mapping/charset.h"

#include "xmpp/xml.h"

enum charset {
	CHARSET_UTF8,
	CHARSET_1252,
	CHARSET_LATIN9,
	CHARSET_UTF16, /* by its BOM */
	CHARSET_UTF16LE,
	CHARSET_UTF16BE
};
enum { REPLACEMENT = 0xFFFD, BOM = 0xFEFF };

/* US-ASCII is a part of UTF-8, and phones that say the first send the second.
 * ISO-8859-1 is read as windows-1252, which fills its unused places, as the
 * WHATWG Encoding Standard has it. */
static const struct {
	struct str label;
	enum charset charset;
} labels[] = {
	{ STR("utf-8"), CHARSET_UTF8 },
	{ STR("utf8"), CHARSET_UTF8 },
	{ STR("us-ascii"), CHARSET_UTF8 },
	{ STR("ascii"), CHARSET_UTF8 },
	{ STR("iso-8859-1"), CHARSET_1252 },
	{ STR("iso_8859-1"), CHARSET_1252 },
	{ STR("latin1"), CHARSET_1252 },
	{ STR("windows-1252"), CHARSET_1252 },
	{ STR("cp1252"), CHARSET_1252 },
	{ STR("iso-8859-15"), CHARSET_LATIN9 },
	{ STR("latin-9"), CHARSET_LATIN9 },
	{ STR("latin9"), CHARSET_LATIN9 },
	{ STR("utf-16"), CHARSET_UTF16 },
	{ STR("utf-16le"), CHARSET_UTF16LE },
	{ STR("utf-16be"), CHARSET_UTF16BE },
};

/* windows-1252 from 0x80 to 0x9F; 0 where nothing is defined. */
static const uint16_t windows[32] = {
	0x20AC, 0,	0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
	0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0,	0x017D, 0,
	0,	0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
	0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,	0x017E, 0x0178,
};

/* Where ISO-8859-15 differs from ISO-8859-1. */
static const struct {
	unsigned char c;
	uint16_t code;
} latin9[] = {
	{ 0xA4, 0x20AC }, { 0xA6, 0x0160 }, { 0xA8, 0x0161 }, { 0xB4, 0x017D },
	{ 0xB8, 0x017E }, { 0xBC, 0x0152 }, { 0xBD, 0x0153 }, { 0xBE, 0x0178 },
};

static uint32_t windows_code(unsigned char c)
{
	if (c < 0x80 || c > 0x9F)
		return c;
	return windows[c - 0x80] != 0 ? windows[c - 0x80] : REPLACEMENT;
}

static uint32_t latin9_code(unsigned char c)
{
	if (c >= 0x80 && c <= 0x9F)
		return REPLACEMENT;
	for (size_t i = 0; i < sizeof(latin9) / sizeof(latin9[0]); i++) {
		if (latin9[i].c == c)
			return latin9[i].code;
	}
	return c;
}

/* Appends one code point, or U+FFFD for what XML 1.0 §2.2 does not allow. */
static size_t put(char *p, size_t n, uint32_t c)
{
	bool is_carried = c == '\t' || c == '\n' || c == '\r' ||
			  (c >= 0x20 && c < 0xD800) ||
			  (c >= 0xE000 && c < 0xFFFE) ||
			  (c >= 0x10000 && c <= 0x10FFFF);

	if (!is_carried)
		c = REPLACEMENT;
	return n + str_utf8_put(p + n, c);
}

static struct str bytes_to_utf8(struct arena *a, struct str in,
				uint32_t (*code)(unsigned char))
{
	char *p = arena_alloc(a, in.n * 3);
	size_t n = 0;

	for (size_t i = 0; i < in.n; i++)
		n = put(p, n, code((unsigned char)in.p[i]));
	return (struct str){ p, n };
}

static uint32_t unit_at(struct str in, size_t i, bool is_little)
{
	unsigned char first = (unsigned char)in.p[i];
	unsigned char second = (unsigned char)in.p[i + 1];

	return is_little ? (uint32_t)second << 8 | first
			 : (uint32_t)first << 8 | second;
}

/* RFC 2781. One unit gives three bytes at most, a pair of them four. */
static struct str utf16_to_utf8(struct arena *a, struct str in, bool is_little)
{
	char *p = arena_alloc(a, in.n / 2 * 3 + 3);
	size_t n = 0, i = 0;

	while (i + 1 < in.n) {
		uint32_t c = unit_at(in, i, is_little), low;

		i += 2;
		if (c >= 0xD800 && c < 0xDC00 && i + 1 < in.n) {
			low = unit_at(in, i, is_little);
			if (low >= 0xDC00 && low < 0xE000) {
				c = 0x10000 + ((c & 0x3FF) << 10) +
				    (low & 0x3FF);
				i += 2;
			}
		}
		if (c != BOM || n > 0)
			n = put(p, n, c);
	}
	if (i < in.n)
		n = put(p, n, REPLACEMENT);
	return (struct str){ p, n };
}

static bool charset_read(struct str label, enum charset *out)
{
	*out = CHARSET_UTF8;
	if (label.n == 0)
		return true;
	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
		if (str_ieq(labels[i].label, label)) {
			*out = labels[i].charset;
			return true;
		}
	}
	return false;
}

bool charset_to_utf8(struct arena *a, struct str label, struct str in,
		     struct str *out)
{
	enum charset charset;

	if (!charset_read(str_trim(label), &charset))
		return false;
	switch (charset) {
	case CHARSET_UTF8:
		*out = xml_clean(a, str_starts(in, "\xEF\xBB\xBF")
					    ? str_from(in, 3)
					    : in);
		break;
	case CHARSET_1252:
		*out = bytes_to_utf8(a, in, windows_code);
		break;
	case CHARSET_LATIN9:
		*out = bytes_to_utf8(a, in, latin9_code);
		break;
	case CHARSET_UTF16:
		*out = utf16_to_utf8(a, in, str_starts(in, "\xFF\xFE"));
		break;
	case CHARSET_UTF16LE:
		*out = utf16_to_utf8(a, in, true);
		break;
	case CHARSET_UTF16BE:
		*out = utf16_to_utf8(a, in, false);
		break;
	}
	return true;
}
