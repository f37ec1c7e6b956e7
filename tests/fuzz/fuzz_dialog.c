/* room: sip */
/* What the store keeps of a dialog: whatever is read is written and read back
 * as the same, fits into what is kept in memory, and can be drafted from. */
#include "fuzz.h"
#include <string.h>
#include "sip/dialog.h"
#include "sip/writer.h"

enum { TEXT_MAX_BYTES = 1 << 20 };

static void check_same(const struct dialog *a, const struct dialog *b)
{
	FUZZ_CHECK(str_eq(a->call_id, b->call_id));
	FUZZ_CHECK(str_eq(a->local_tag, b->local_tag));
	FUZZ_CHECK(str_eq(a->remote_tag, b->remote_tag));
	FUZZ_CHECK(str_eq(a->local_party, b->local_party));
	FUZZ_CHECK(str_eq(a->remote_party, b->remote_party));
	FUZZ_CHECK(str_eq(a->target, b->target));
	FUZZ_CHECK(str_eq(a->route, b->route));
	FUZZ_CHECK(str_eq(a->source, b->source));
	FUZZ_CHECK(a->local_cseq == b->local_cseq);
	FUZZ_CHECK(a->remote_cseq == b->remote_cseq);
}

static void check(struct arena *a, struct dialog *d)
{
	struct dialog_kept *kept = dialog_keep(d);
	struct dialog view = dialog_view(kept), back;
	struct strbuf text;
	struct draft draft;

	check_same(d, &view);
	strbuf_init(&text, TEXT_MAX_BYTES);
	dialog_write(&text, &view);
	FUZZ_CHECK(!text.overflow);
	FUZZ_CHECK(memchr(text.p, '\n', text.n) == NULL);
	FUZZ_CHECK(dialog_read(a, strbuf_str(&text), &back));
	check_same(d, &back);
	if (dialog_draft(a, &back, METHOD_NOTIFY, &draft))
		FUZZ_CHECK(draft.call_id.n > 0);
	strbuf_fini(&text);
	free(kept);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a;
	struct dialog d;

	arena_init(&a, 4096);
	if (dialog_read(&a, (struct str){ (const char *)data, size }, &d))
		check(&a, &d);
	arena_fini(&a);
	return 0;
}
