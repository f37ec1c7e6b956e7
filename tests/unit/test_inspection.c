#include "sip/inspection.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "gateway/base/arena.h"
#include "sip/capabilities.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

/* A request that is fine but for what the case gives; the status, 0: none. */
static int inspect_for(const enum method *methods, size_t n, struct request r)
{
	const struct agent_options o = { .methods = methods,
					 .method_count = n };
	struct capabilities c;
	struct objection out = { .reply.status = 0 };
	struct arena a;
	bool objects;

	arena_init(&a, 1024);
	capabilities_init(&c, &a, &o);
	objects = inspection_objects(&c, STR_LIT("z9hG4bKabc-"), &a, &r, &out);
	assert_int_equal(objects, out.reply.status != 0);
	arena_fini(&a);
	return out.reply.status;
}

static int inspect(struct request r)
{
	static const enum method methods[] = { METHOD_MESSAGE };

	return inspect_for(methods, COUNT(methods), r);
}

static struct request good(void)
{
	return (struct request){ .method = METHOD_MESSAGE,
				 .target.scheme = URI_SIP,
				 .to.uri.scheme = URI_SIP,
				 .max_forwards = 70 };
}

/* Our mark anywhere in a Via, of the top or below, and nowhere else. */
static void test_loop(void **state)
{
	static const struct {
		const char *echo;
		int status;
	} cases[] = {
		{ "Via: SIP/2.0/UDP h;branch=z9hG4bKabc-1\r\nTo: x", 482 },
		{ "Via: SIP/2.0/UDP h;branch=z9hG4bKabc-", 482 },
		{ "Via: SIP/2.0/UDP h;branch=z9hG4bK-zz9hG4bKabc-1", 482 },
		{ "Via: SIP/2.0/UDP h\r\nVia: SIP/2.0/UDP i;x=z9hG4bKabc-1\r\n",
		  482 },
		{ "Via: SIP/2.0/UDP h;branch=z9hG4bKabc\r\nTo: x", 0 },
		{ "Via: SIP/2.0/UDP h;branch=z9hG4bKabd-1\r\nTo: x", 0 },
		{ "Via: SIP/2.0/UDP zzz;branch=z\r\nTo: x", 0 },
		{ "Via: SIP/2.0/UDP h\r\nFrom: x;tag=z9hG4bKabc-1", 0 },
		{ "", 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct request r = good();

		r.echo = str_z(cases[i].echo);
		if (inspect(r) != cases[i].status)
			fail_msg("%s", cases[i].echo);
	}
}

static void test_others(void **state)
{
	struct request r = good();

	(void)state;
	assert_int_equal(inspect(r), 0);
	r.method = METHOD_PUBLISH;
	assert_int_equal(inspect(r), 405);
	r.method = METHOD_OTHER;
	assert_int_equal(inspect(r), 501);
	r.method = METHOD_CANCEL;
	assert_int_equal(inspect(r), 481);
	r = good();
	r.target.scheme = URI_OTHER;
	assert_int_equal(inspect(r), 416);
	r = good();
	r.to.uri.scheme = URI_SIPS;
	assert_int_equal(inspect(r), 403);
	r = good();
	r.max_forwards = 0;
	assert_int_equal(inspect(r), 483);
	r.method = METHOD_OPTIONS;
	assert_int_equal(inspect(r), 0);
	r = good();
	r.require = STR_LIT("x, y");
	assert_int_equal(inspect(r), 420);
}

/* RFC 3261 §16.3 is for proxies: a REGISTER ends here. */
static void test_hops_of_register(void **state)
{
	static const enum method methods[] = { METHOD_REGISTER };
	struct request r = good();

	(void)state;
	r.method = METHOD_REGISTER;
	r.max_forwards = 0;
	assert_int_equal(inspect_for(methods, COUNT(methods), r), 0);
}

/* All that are not known, and no more memory than the list is worth. */
static void test_unsupported(void **state)
{
	enum { TAGS = 8000, MEMORY_MAX = 65536 };
	static char many[2 * TAGS];
	const struct agent_options o = { .extensions = STR("path, gruu") };
	struct capabilities c;
	struct objection out;
	struct request r = good();
	struct arena a;

	(void)state;
	arena_init(&a, 1024);
	capabilities_init(&c, &a, &o);
	c.methods[c.method_count++] = r.method;
	r.require = STR_LIT("GRUU , x,,path,y;z");
	assert_true(inspection_objects(&c, STR_LIT("mark"), &a, &r, &out));
	assert_int_equal(out.reply.status, 420);
	assert_true(str_eqz(out.header.name, "Unsupported"));
	assert_true(str_eqz(out.header.value, "x, y;z"));
	r.require = STR_LIT("path,gruu");
	assert_false(inspection_objects(&c, STR_LIT("mark"), &a, &r, &out));
	for (size_t i = 0; i < TAGS; i++)
		memcpy(many + 2 * i, "a,", 2);
	r.require = (struct str){ many, sizeof(many) };
	assert_true(inspection_objects(&c, STR_LIT("mark"), &a, &r, &out));
	assert_int_equal(out.header.value.n, 3 * TAGS - 2);
	assert_true(arena_used_bytes(&a) < MEMORY_MAX);
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_loop),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_hops_of_register),
		cmocka_unit_test(test_unsupported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
