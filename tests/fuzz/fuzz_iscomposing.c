/* room: mapping;xmpp */
/* isComposing: a refresh is within its limits, and what is written is read as
 * the same. */
#include "fuzz.h"
#include "mapping/iscomposing.h"
#include "xmpp/stream.h"

enum { TEXT_MAX_BYTES = 1 << 20 };

static const struct stream_limits limits = { TEXT_MAX_BYTES, 32, 64 };

static void check(struct arena *a, const struct iscomposing *c)
{
	struct strbuf b;
	struct iscomposing back;
	struct xml *doc;
	const char *why;

	FUZZ_CHECK(c->refresh_s > 0 &&
		   c->refresh_s <= ISCOMPOSING_REFRESH_MAX_S);
	strbuf_init(&b, TEXT_MAX_BYTES);
	iscomposing_write(&b, c);
	doc = stream_document(a, strbuf_str(&b), &limits, &why);
	FUZZ_CHECK(doc != NULL && iscomposing_read(a, doc, &back, &why));
	FUZZ_CHECK(back.is_active == c->is_active);
	if (c->is_active)
		FUZZ_CHECK(back.refresh_s == c->refresh_s);
	strbuf_fini(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str in = { (const char *)data, size };
	struct arena a;
	struct iscomposing c;
	struct xml *doc;
	const char *why;

	arena_init(&a, 4096);
	doc = stream_document(&a, in, &limits, &why);
	if (doc != NULL && iscomposing_read(&a, doc, &c, &why))
		check(&a, &c);
	arena_fini(&a);
	return 0;
}
