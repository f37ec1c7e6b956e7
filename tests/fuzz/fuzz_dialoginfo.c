/* room: mapping;xmpp */
/* runs: 30000 */
/* A dialog-info document applied to an empty book, to itself and to what it
 * left: the book keeps its limits, a full one says the same whenever it comes,
 * and only available items are changed by what it says. */
#include "fuzz.h"
#include <string.h>
#include "mapping/dialoginfo.h"
#include "xmpp/stream.h"

enum { CHUNK_BYTES = 16384, DOC_MAX_BYTES = 65536 };

static const struct stream_limits limits = { DOC_MAX_BYTES, 32, 64 };

static void check_book(const struct callbook *b)
{
	FUZZ_CHECK(b->count <= CALLBOOK_ROWS);
	for (unsigned i = 0; i < b->count; i++) {
		FUZZ_CHECK(b->rows[i].state > CALL_TERMINATED &&
			   b->rows[i].state <= CALL_CONFIRMED);
		for (unsigned j = 0; j < i; j++)
			FUZZ_CHECK(b->rows[i].id != b->rows[j].id);
	}
	FUZZ_CHECK(b->count > 0 || callbook_state(b) == PHONE_IDLE);
}

static void check_merge(struct arena *a, enum phone_state phone)
{
	struct presence_item gone = { .resource = STR("gone") };
	struct presence_item here = { .next = &gone,
				      .resource = STR("here"),
				      .is_available = true };
	const struct presence_item *i = dialoginfo_merge(a, &here, phone);

	FUZZ_CHECK(presence_item_eq(i, &here) == (phone == PHONE_IDLE));
	FUZZ_CHECK(presence_item_eq(i->next, &gone));
	FUZZ_CHECK(i->next->next == NULL);
}

static void check(struct arena *a, const struct dialoginfo *d)
{
	struct callbook b = { .count = 0 };
	enum phone_state phone;
	bool wants_refresh;

	FUZZ_CHECK(callbook_apply(&b, d, &wants_refresh));
	FUZZ_CHECK(wants_refresh == !d->is_full);
	FUZZ_CHECK(b.version == d->version);
	check_book(&b);
	phone = callbook_state(&b);
	check_merge(a, phone);
	FUZZ_CHECK(callbook_apply(&b, d, &wants_refresh) == d->is_full);
	FUZZ_CHECK(!wants_refresh);
	check_book(&b);
	FUZZ_CHECK(callbook_state(&b) == phone);
	if (d->version == 0)
		return;
	/* one after another: a full one forgets what was */
	b.version = d->version - 1;
	FUZZ_CHECK(callbook_apply(&b, d, &wants_refresh));
	FUZZ_CHECK(!wants_refresh);
	check_book(&b);
	FUZZ_CHECK(!d->is_full || callbook_state(&b) == phone);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct dialoginfo_call *call;
	const struct xml *doc;
	struct dialoginfo d;
	unsigned count = 0;
	const char *why;
	struct arena a;

	arena_init(&a, CHUNK_BYTES);
	doc = stream_document(&a, (struct str){ (const char *)data, size },
			      &limits, &why);
	if (doc != NULL && dialoginfo_read(&a, doc, &d, &why)) {
		for (call = d.calls; call != NULL; call = call->next)
			count++;
		FUZZ_CHECK(count <= DIALOGINFO_CALLS_MAX);
		check(&a, &d);
	}
	arena_fini(&a);
	return 0;
}
