/* room: mapping;xmpp */
/* IMDN: what was read and is written again is read as the same. */
#include "fuzz.h"
#include "mapping/imdn.h"
#include "xmpp/stream.h"

enum { TEXT_MAX_BYTES = 1 << 20 };

static const struct stream_limits limits = { TEXT_MAX_BYTES, 32, 64 };

static void check(struct arena *a, const struct imdn *n)
{
	struct strbuf b;
	struct imdn back;
	struct xml *doc;
	const char *why;

	FUZZ_CHECK(n->message_id.n > 0);
	if (n->kind == IMDN_OTHER)
		return;
	strbuf_init(&b, TEXT_MAX_BYTES);
	imdn_write(&b, n);
	doc = stream_document(a, strbuf_str(&b), &limits, &why);
	FUZZ_CHECK(doc != NULL && imdn_read(a, doc, &back, &why));
	FUZZ_CHECK(back.kind == n->kind);
	FUZZ_CHECK(str_eq(back.message_id, n->message_id));
	FUZZ_CHECK(str_eq(back.recipient, n->recipient));
	strbuf_fini(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str in = { (const char *)data, size };
	struct arena a;
	struct imdn n;
	struct xml *doc;
	const char *why;

	arena_init(&a, 4096);
	doc = stream_document(&a, in, &limits, &why);
	if (doc != NULL && imdn_read(&a, doc, &n, &why))
		check(&a, &n);
	arena_fini(&a);
	return 0;
}
