#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "gateway/messages/stanza_ids.h"

static struct request request(const char *call_id, uint32_t cseq,
			      const char *tag)
{
	struct request r = { .cseq = cseq };

	r.call_id = str_z(call_id);
	r.from.tag = str_z(tag);
	return r;
}

static void test_same_and_different(void **state)
{
	static const struct {
		const char *call_id;
		uint32_t cseq;
		const char *tag;
		bool is_same;
	} rows[] = {
		{ "abc@host", 1, "t1", true },  { "abc@host", 2, "t1", false },
		{ "abc@host", 1, "t2", false }, { "abc@hos", 1, "tt1", false },
		{ "abd@host", 1, "t1", false },
	};
	struct stanza_ids *ids = stanza_ids_create();
	struct request first = request("abc@host", 1, "t1");
	char a[STANZA_ID_BYTES], b[STANZA_ID_BYTES];
	size_t i;

	(void)state;
	stanza_ids_make(ids, &first, a);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct request r =
			request(rows[i].call_id, rows[i].cseq, rows[i].tag);

		stanza_ids_make(ids, &r, b);
		assert_int_equal(memcmp(a, b, sizeof(a)) == 0, rows[i].is_same);
	}
	stanza_ids_destroy(&ids);
}

/* The id must not change between versions: a copy may come after an upgrade.
 * printf 'abc@host\0\0\0\0\1\0t1' | sha256sum | head -c 32 */
static void test_known_value(void **state)
{
	struct stanza_ids *ids = stanza_ids_create();
	struct request r = request("abc@host", 1, "t1");
	char id[STANZA_ID_BYTES];

	(void)state;
	stanza_ids_make(ids, &r, id);
	assert_memory_equal(id, "505066205e2892c6b6faf71b47ca2ddd", STANZA_ID_BYTES);
	stanza_ids_destroy(&ids);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_and_different),
		cmocka_unit_test(test_known_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
