/* room: gateway */
/* Traces and Homer: a word of what our own parsers take for a credential or for
 * a message's text, and that stands nowhere else in the input, does not come
 * through. The first byte says whether it is SIP; else it is a stanza. */
#include <string.h>
#include "fuzz.h"
#include "gateway/base/arena.h"
#include "gateway/monitor/mask.h"
#include "sip/lines.h"
#include "xmpp/stream.h"

enum { WORD_MIN = 6, OUT_BYTES = 1 << 20 };

static const enum header_id secrets[] = {
	HEADER_AUTHORIZATION,
	HEADER_PROXY_AUTHORIZATION,
	HEADER_WWW_AUTHENTICATE,
	HEADER_PROXY_AUTHENTICATE,
};
static const char *const private[] = { "body", "password", "subject", "html" };

static bool is_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	       (c >= 'a' && c <= 'z');
}

static struct str longest_word(struct str s)
{
	struct str best = STR_NONE;
	size_t i, from = 0;

	for (i = 0; i <= s.n; i++) {
		if (i < s.n && is_word(s.p[i]))
			continue;
		if (i - from > best.n)
			best = (struct str){ s.p + from, i - from };
		from = i + 1;
	}
	return best;
}

static unsigned count(struct str s, struct str word)
{
	unsigned n = 0;

	for (size_t i = 0; i + word.n <= s.n; i++)
		n += memcmp(s.p + i, word.p, word.n) == 0;
	return n;
}

static void check(struct str in, struct str out, struct str hidden)
{
	struct str word = longest_word(hidden);

	if (word.n >= WORD_MIN && count(in, word) == 1)
		FUZZ_CHECK(count(out, word) == 0);
}

static void check_sip(struct arena *a, struct str in, struct str out)
{
	struct str rest = in, start;
	struct lines ls;
	size_t i, k;

	while (rest.n > 0 && (rest.p[0] == '\r' || rest.p[0] == '\n'))
		rest = str_from(rest, 1);
	if (!line_cut(&rest, &start))
		return;
	i = lines_read(a, rest, &ls);
	if (str_starts(start, "MESSAGE ") && ls.has_end)
		check(in, out, str_from(rest, i));
	for (i = 0; i < ls.n; i++)
		for (k = 0; k < sizeof(secrets) / sizeof(secrets[0]); k++)
			if (ls.line[i].id == secrets[k])
				check(in, out, ls.line[i].value);
}

static bool is_private(const struct xml *x)
{
	for (size_t i = 0; i < sizeof(private) / sizeof(private[0]); i++)
		if (str_eqz(x->name, private[i]))
			return true;
	return false;
}

/* As deep as the limits of a document allow. */
static void check_xml(struct str in, struct str out, const struct xml *x,
		      bool is_hidden)
{
	is_hidden |= is_private(x);
	for (x = x->child; x != NULL; x = x->next) {
		if (x->name.n > 0)
			check_xml(in, out, x, is_hidden);
		else if (is_hidden)
			check(in, out, x->text);
	}
}

static void try(struct str in, bool is_sip, bool keeps_length)
{
	static const struct stream_limits limits = { 65536, 32, 64 };
	const struct xml *x;
	struct strbuf out;
	const char *why;
	struct arena a;

	arena_init(&a, 4096);
	strbuf_init(&out, OUT_BYTES);
	mask_write(&out, is_sip, in, keeps_length);
	FUZZ_CHECK(!out.overflow);
	if (is_sip)
		check_sip(&a, in, strbuf_str(&out));
	else if (keeps_length)
		FUZZ_CHECK(out.n == in.n);
	x = is_sip ? NULL : stream_document(&a, in, &limits, &why);
	if (x != NULL)
		check_xml(in, strbuf_str(&out), x, false);
	strbuf_fini(&out);
	arena_fini(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str in = { (const char *)data + 1, size - 1 };

	if (size < 2)
		return -1;
	try(in, data[0] == 'S', false);
	try(in, data[0] == 'S', true);
	return 0;
}
