/* room: mapping */
/* A long text in parts: together they are the text, each fits with its mark
 * and is UTF-8. The first byte of the input says how long a part may be, the
 * second how many there may be. */
#include <string.h>
#include "fuzz.h"
#include "mapping/parts.h"
#include "xmpp/xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str out[PARTS_MAX], text;
	size_t bytes, max, n, at = 0;
	struct arena a;

	if (size < 3)
		return -1;
	bytes = data[0];
	max = 1 + data[1] % PARTS_MAX;
	arena_init(&a, 4096);
	/* As the caller has it: UTF-8 that XML can carry. */
	text = xml_clean(&a, (struct str){ (const char *)data + 2, size - 2 });
	n = parts_cut(&a, text, bytes, max, out);
	FUZZ_CHECK(n <= max);
	for (size_t i = 0; i < n; i++) {
		struct str body = part_body(&a, out[i], i, n);

		FUZZ_CHECK(out[i].p == text.p + at && out[i].n > 0);
		FUZZ_CHECK(body.n <= bytes);
		FUZZ_CHECK(str_is_utf8(out[i]));
		at += out[i].n;
	}
	FUZZ_CHECK(n == 0 || at == text.n);
	if (bytes >= PART_MIN_BYTES && text.n > 0 &&
	    text.n <= bytes - PART_MARK_MAX_BYTES)
		FUZZ_CHECK(n == 1);
	arena_fini(&a);
	return 0;
}
