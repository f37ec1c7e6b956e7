#include "sip/refusal.h"
#include "sip/sipmsg.h"

#include "gateway/base/keyed.h"

enum { TAG_BYTES = 16 };

/* The header fields that a response repeats, in one bit each. */
static const struct {
	struct str name, compact;
	unsigned bit;
} repeated[] = {
	{ STR("Via"), STR("v"), 1 },	  { STR("From"), STR("f"), 2 },
	{ STR("To"), STR("t"), 4 },	  { STR("Call-ID"), STR("i"), 8 },
	{ STR("CSeq"), STR("CSeq"), 16 },
};
enum {
	REPEATED_COUNT = sizeof(repeated) / sizeof(repeated[0]),
	VIA_BIT = 1,
	TO_BIT = 4,
	ALL_BITS = 31
};

/* One line, without its end; none when there is no whole one. */
static bool line_take(struct str *rest, struct str *line)
{
	size_t n = str_find(*rest, '\n');

	if (n == rest->n)
		return false;
	*line = str_trim(str_head(*rest, n));
	*rest = str_from(*rest, n + 1);
	return true;
}

/* The same with the lines that continue it (RFC 3261 §7.3.1). */
static bool field_take(struct str *rest, struct str *field)
{
	const char *start = rest->p;
	struct str more;

	if (!line_take(rest, field) || field->n == 0)
		return false;
	while (rest->n > 0 && (rest->p[0] == ' ' || rest->p[0] == '\t')) {
		if (!line_take(rest, &more))
			return false;
	}
	*field = str_trim((struct str){ start, (size_t)(rest->p - start) });
	return rest->n > 0; /* else a continuation may still be missing */
}

static unsigned bit_of(struct str field)
{
	struct str name = str_trim(str_head(field, str_find(field, ':')));

	for (size_t i = 0; i < REPEATED_COUNT; i++) {
		if (str_ieq(name, repeated[i].name) ||
		    str_ieq(name, repeated[i].compact))
			return repeated[i].bit;
	}
	return 0;
}

/* Control characters, and the ends of folded lines, become blanks. */
static void field_write(struct strbuf *b, struct str field)
{
	for (size_t i = 0; i < field.n; i++) {
		unsigned char c = (unsigned char)field.p[i];

		strbuf_addc(b, c < 0x20 || c == 0x7f ? ' ' : field.p[i]);
	}
}

static bool has_tag(struct str field)
{
	for (size_t i = 0; i < field.n; i++) {
		if (field.p[i] == ';' &&
		    str_istarts(str_trim(str_from(field, i + 1)), "tag="))
			return true;
	}
	return false;
}

static bool is_request(struct str line)
{
	struct str method = str_head(line, str_find(line, ' '));

	return line.n > method.n + 9 && method.n > 0 &&
	       !str_eqz(method, "ACK") &&
	       str_ieqz(str_from(line, line.n - 8), " SIP/2.0");
}

static unsigned fields_write(struct strbuf *b, struct str rest)
{
	struct str field;
	unsigned seen = 0, bit;

	while (field_take(&rest, &field)) {
		bit = bit_of(field);
		if (bit == 0 || (bit != VIA_BIT && (seen & bit)))
			continue;
		seen |= bit;
		field_write(b, field);
		if (bit == TO_BIT && !has_tag(field)) {
			char tag[TAG_BYTES];

			keyed_token(tag, sizeof(tag));
			strbuf_addlit(b, ";tag=");
			strbuf_add(b, (struct str){ tag, sizeof(tag) });
		}
		strbuf_addlit(b, "\r\n");
	}
	return seen;
}

bool refusal_write(struct strbuf *b, int status, struct str raw)
{
	size_t start = b->n;
	struct str line;

	if (!line_take(&raw, &line) || !is_request(line))
		return false;
	strbuf_addlit(b, "SIP/2.0 ");
	strbuf_addu(b, (uint64_t)status);
	strbuf_addc(b, ' ');
	strbuf_add(b, reason_phrase(status));
	strbuf_addlit(b, "\r\n");
	if (fields_write(b, raw) == ALL_BITS) {
		strbuf_addlit(b, "Content-Length: 0\r\n\r\n");
		if (!b->overflow)
			return true;
	}
	strbuf_truncate(b, start);
	return false;
}
