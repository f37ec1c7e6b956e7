/* room: xmpp_values */
/* runs: 250000 */
/* Addresses and XEP-0106: what is read reads again as the same, and what was
 * escaped comes back. */
#include "fuzz.h"
#include <string.h>
#include "xmpp/jid.h"

enum { CHUNK_BYTES = 8192 };

static void check_part(struct str s)
{
	FUZZ_CHECK(s.n <= JID_PART_MAX_BYTES);
	FUZZ_CHECK(str_is_utf8(s));
	FUZZ_CHECK(str_find(s, '\0') == s.n);
}

static void check_read(struct arena *a, struct str in)
{
	struct jid j, again;
	const char *why = NULL;
	struct str text;

	if (!jid_read(a, in, &j, &why)) {
		FUZZ_CHECK(why != NULL);
		return;
	}
	check_part(j.local);
	check_part(j.domain);
	check_part(j.resource);
	FUZZ_CHECK(j.domain.n > 0);
	FUZZ_CHECK(str_find(j.domain, '@') == j.domain.n);
	FUZZ_CHECK(str_find(j.domain, '/') == j.domain.n);
	FUZZ_CHECK(strpbrk(str_dupz(a, j.local), "\"&'/:<>@ ") == NULL);
	text = jid_text(a, &j);
	FUZZ_CHECK(jid_read(a, text, &again, &why));
	FUZZ_CHECK(jid_eq(&j, &again));
	FUZZ_CHECK(str_eq(jid_text(a, &again), text));
}

/* The localpart that a text gets stands for that text, but for what nodeprep
 * folds. */
static void check_escape(struct arena *a, struct str raw)
{
	struct str escaped, back;
	const char *why;
	struct jid j;

	if (!jid_escape(a, raw, &escaped))
		return;
	FUZZ_CHECK(str_eq(jid_unescape(a, escaped), raw));
	FUZZ_CHECK(escaped.n == raw.n || escaped.n > raw.n);
	if (escaped.n == 0 ||
	    !jid_make(a, escaped, STR_LIT("h"), STR_NONE, &j, &why))
		return;
	back = jid_unescape(a, j.local);
	if (str_eq(j.local, escaped))
		FUZZ_CHECK(str_eq(back, raw));
	FUZZ_CHECK(jid_escape(a, back, &escaped));
	FUZZ_CHECK(str_eq(escaped, j.local));
}

static void check_unescape(struct arena *a, struct str local)
{
	struct str raw = jid_unescape(a, local), escaped;

	FUZZ_CHECK(raw.n <= local.n);
	if (jid_escape(a, raw, &escaped))
		FUZZ_CHECK(str_eq(jid_unescape(a, escaped), raw));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str in = { (const char *)data, size };
	struct arena a;

	arena_init(&a, CHUNK_BYTES);
	check_read(&a, in);
	check_escape(&a, in);
	check_unescape(&a, in);
	arena_fini(&a);
	return 0;
}
