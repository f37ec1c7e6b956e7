/* room: gateway */
/* A command line, of the control socket or of a chat: its words, put in quotes,
 * are the same words again. Nothing is run. */
#include "fuzz.h"
#include "gateway/admin/admin.h"
#include "gateway/base/arena.h"

static void put_quoted(struct strbuf *b, struct str word)
{
	strbuf_addc(b, '"');
	for (size_t i = 0; i < word.n; i++) {
		if (word.p[i] == '"' || word.p[i] == '\\')
			strbuf_addc(b, '\\');
		strbuf_addc(b, word.p[i]);
	}
	strbuf_addz(b, "\" ");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str line = { (const char *)data, size };
	struct str words[ADMIN_WORDS_MAX], again[ADMIN_WORDS_MAX];
	size_t i, n, n_again, bytes = 0;
	struct strbuf b;
	struct arena a;

	arena_init(&a, 4096);
	if (!admin_words(&a, line, words, &n)) {
		arena_fini(&a);
		return 0;
	}
	FUZZ_CHECK(n <= ADMIN_WORDS_MAX);
	strbuf_init(&b, 2 * size + 100);
	for (i = 0; i < n; i++) {
		put_quoted(&b, words[i]);
		bytes += words[i].n;
	}
	FUZZ_CHECK(bytes <= size && !b.overflow);
	FUZZ_CHECK(admin_words(&a, strbuf_str(&b), again, &n_again));
	FUZZ_CHECK(n == n_again);
	for (i = 0; i < n; i++)
		FUZZ_CHECK(str_eq(words[i], again[i]));
	strbuf_fini(&b);
	arena_fini(&a);
	return 0;
}
