#include "mapping/imdn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>
#include "document.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define HEAD                                                                   \
	"<imdn xmlns='urn:ietf:params:xml:ns:imdn'><message-id> 7 "            \
	"</message-id><datetime>then</datetime>"

static const struct {
	const char *doc;
	bool is_read;
	enum imdn_kind kind;
} rows[] = {
	{ HEAD "<delivery-notification><status><delivered/></status>"
	       "</delivery-notification></imdn>",
	  true, IMDN_DELIVERED },
	{ HEAD "<delivery-notification><status><failed/></status>"
	       "</delivery-notification></imdn>",
	  true, IMDN_FAILED },
	{ HEAD "<display-notification><status><displayed/></status>"
	       "</display-notification></imdn>",
	  true, IMDN_DISPLAYED },
	{ HEAD "<delivery-notification><status><forbidden/></status>"
	       "</delivery-notification></imdn>",
	  true, IMDN_OTHER },
	{ HEAD "<display-notification><status><error/></status>"
	       "</display-notification></imdn>",
	  true, IMDN_OTHER },
	{ HEAD "<processing-notification><status><stored/></status>"
	       "</processing-notification></imdn>",
	  true, IMDN_OTHER },
	{ HEAD "<x/></imdn>", true, IMDN_OTHER },
	{ "<imdn xmlns='urn:ietf:params:xml:ns:imdn'/>", false, 0 },
	{ "<other xmlns='x'><message-id>7</message-id></other>", false, 0 },
};

static void reads(void **state)
{
	struct arena a;
	const char *why;

	(void)state;
	arena_init(&a, 1024);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct xml *doc = document_of(&a, str_z(rows[i].doc));
		struct imdn n;

		if (imdn_read(&a, doc, &n, &why) != rows[i].is_read)
			fail_msg("row %zu", i);
		if (!rows[i].is_read)
			continue;
		assert_int_equal(n.kind, rows[i].kind);
		assert_true(str_eqz(n.message_id, "7"));
		assert_true(str_eqz(n.date_time, "then"));
	}
	arena_fini(&a);
}

static void writes_what_it_reads(void **state)
{
	static const enum imdn_kind kinds[] = { IMDN_DELIVERED, IMDN_FAILED,
						IMDN_DISPLAYED };
	struct arena a;
	struct strbuf b;
	const char *why;

	(void)state;
	arena_init(&a, 1024);
	strbuf_init(&b, 4096);
	for (size_t i = 0; i < COUNT(kinds); i++) {
		const struct imdn n = { kinds[i], STR("a<b"), STR("then"),
					STR("sip:x@y"), STR_NONE };
		struct imdn back;

		strbuf_reset(&b);
		imdn_write(&b, &n);
		strbuf_addc(&b, '\0');
		assert_true(imdn_read(&a, document_of(&a, str_z(b.p)), &back,
				      &why));
		assert_int_equal(back.kind, n.kind);
		assert_true(str_eq(back.message_id, n.message_id));
		assert_true(str_eq(back.date_time, n.date_time));
		/* both or neither (RFC 5438 §11.1.9) */
		assert_true(str_eq(back.recipient, n.recipient));
		assert_true(str_eq(back.original_recipient, n.recipient));
	}
	strbuf_fini(&b);
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads),
		cmocka_unit_test(writes_what_it_reads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
