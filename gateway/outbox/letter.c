#include "gateway/outbox/letter.h"

enum { FIELDS = 11 };

static const char KINDS[] = {
	[LETTER_TO_SIP] = 's', [LETTER_ENDED] = 'e', [LETTER_TO_XMPP] = 'x'
};

/* A line has no line ends, and a word no blanks. */
static bool is_raw(char c)
{
	return c != ' ' && c != '%' && c != '\n' && c != '\r';
}

static void word_write(struct strbuf *b, struct str s)
{
	strbuf_addc(b, ' ');
	if (s.n == 0)
		strbuf_addc(b, '%'); /* nothing */
	for (size_t i = 0; i < s.n; i++) {
		if (is_raw(s.p[i])) {
			strbuf_addc(b, s.p[i]);
		} else {
			strbuf_addc(b, '%');
			strbuf_addhex(b, &s.p[i], 1);
		}
	}
}

static void number_write(struct strbuf *b, uint64_t n)
{
	strbuf_addc(b, ' ');
	strbuf_addu(b, n);
}

void letter_write(struct strbuf *b, const struct letter *l)
{
	strbuf_addlit(b, "1 ");
	strbuf_addc(b, KINDS[l->kind]);
	word_write(b, l->domain);
	number_write(b, l->since_s > 0 ? (uint64_t)l->since_s : 0);
	number_write(b, l->cseq);
	word_write(b, l->token);
	number_write(b, (uint64_t)l->error.status);
	word_write(b, cond_name(l->error.cond));
	word_write(b, error_type_name(l->error.type));
	word_write(b, l->error.text);
	word_write(b, l->stanza);
	if (l->through_bytes > 0)
		number_write(b, l->through_bytes);
}

static bool word_read(struct arena *a, struct str in, struct str *out)
{
	unsigned high, low;
	size_t n = 0;
	char *p;

	*out = STR_NONE;
	if (str_eqz(in, "%"))
		return true;
	p = arena_alloc(a, in.n + 1);
	for (size_t i = 0; i < in.n; i++) {
		if (in.p[i] != '%') {
			p[n++] = in.p[i];
			continue;
		}
		if (in.n - i < 3)
			return false;
		high = str_hex_value(in.p[i + 1]);
		low = str_hex_value(in.p[i + 2]);
		if (high > 15 || low > 15)
			return false;
		p[n++] = (char)(high << 4 | low);
		i += 2;
	}
	*out = (struct str){ p, n };
	return in.n > 0;
}

static bool kind_read(struct str word, enum letter_kind *out)
{
	for (unsigned i = 0; i < sizeof(KINDS); i++) {
		if (word.n == 1 && word.p[0] == KINDS[i]) {
			*out = (enum letter_kind)i;
			return true;
		}
	}
	return false;
}

static bool since_read(struct str word, int64_t *out)
{
	uint64_t since;

	if (!str_to_u64(word, &since) || since > INT64_MAX / 2)
		return false;
	*out = (int64_t)since;
	return true;
}

static bool error_read(struct arena *a, const struct str *w, struct fault *f)
{
	uint32_t status;
	struct str text;

	if (!str_to_u32(w[0], &status) || status > 699 ||
	    !word_read(a, w[3], &text))
		return false;
	*f = (struct fault){ .status = (int)status,
			     .cond = cond_read(w[1]),
			     .type = error_type_read(w[2]),
			     .text = text };
	return true;
}

bool letter_read(struct arena *a, struct str line, struct letter *out)
{
	struct str w[FIELDS];
	struct letter l = { .kind = LETTER_TO_SIP };

	for (size_t i = 0; i < FIELDS; i++)
		w[i] = str_cut(&line, ' ');
	if (line.p != NULL && !str_to_u32(line, &l.through_bytes))
		return false;
	if (!str_eqz(w[0], "1") || !kind_read(w[1], &l.kind))
		return false;
	if (!word_read(a, w[2], &l.domain) || !since_read(w[3], &l.since_s) ||
	    !str_to_u32(w[4], &l.cseq) || !word_read(a, w[5], &l.token) ||
	    !error_read(a, w + 6, &l.error) || !word_read(a, w[10], &l.stanza))
		return false;
	if (l.stanza.n == 0 || l.token.n == 0 || l.domain.n == 0)
		return false;
	*out = l;
	return true;
}
