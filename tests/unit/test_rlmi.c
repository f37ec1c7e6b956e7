#include "mapping/rlmi.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define HEAD(id)                                                               \
	"--b0\r\nContent-Transfer-Encoding: binary\r\n"                        \
	"Content-ID: <" id ".b0@sip.example>\r\n"
#define RLMI                                                                   \
	HEAD("0")                                                              \
	"Content-Type: application/rlmi+xml;charset=\"UTF-8\"\r\n\r\n"         \
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
#define PIDF(id)                                                               \
	HEAD(id)                                                               \
	"Content-Type: "                                                       \
	"application/pidf+xml;charset=\"UTF-8\"\r\n\r\n"
#define LIST(version)                                                          \
	"<list xmlns='urn:ietf:params:xml:ns:rlmi' "                           \
	"uri='sip:friends@sip.example' version=\"" version                     \
	"\" fullState=\"true\">\n"

static struct rlmi list_of(struct rlmi_resource *x)
{
	return (struct rlmi){ .uri = STR("sip:friends@sip.example"),
			      .version = 7,
			      .resources = x,
			      .token = STR("b0"),
			      .host = STR("sip.example") };
}

static void check(struct rlmi_resource *x, size_t limit, const char *expected)
{
	struct rlmi r = list_of(x);
	struct strbuf b;

	strbuf_init(&b, limit);
	rlmi_write(&b, &r);
	assert_false(b.overflow);
	strbuf_addc(&b, '\0');
	assert_string_equal(b.p, expected);
	strbuf_fini(&b);
}

static void says_how_it_stands(void **state)
{
	struct rlmi_resource d = { .uri = STR("sip:d@x.example"),
				   .id = STR("3"),
				   .state = RLMI_TERMINATED,
				   .reason = STR("rejected") };
	struct rlmi_resource c = { .next = &d, .uri = STR("sip:c@x.example") };
	struct rlmi_resource b = { .next = &c,
				   .uri = STR("sip:b%26'&<@x.example"),
				   .id = STR("2"),
				   .state = RLMI_PENDING };
	struct rlmi_resource a = { .next = &b,
				   .uri = STR("sip:a@x.example"),
				   .id = STR("1"),
				   .state = RLMI_ACTIVE,
				   .body = STR("<presence/>") };

	(void)state;
	check(&a, 60000,
	      RLMI LIST(
		      "7") "<resource uri='sip:a@x.example'><instance id='1' "
			   "state='active' "
			   "cid='1.b0@sip.example'/></resource>\n"
			   "<resource uri='sip:b%26&apos;&amp;&lt;@x.example'>"
			   "<instance id='2' state='pending'/></resource>\n"
			   "<resource uri='sip:c@x.example'></resource>\n"
			   "<resource uri='sip:d@x.example'><instance id='3' "
			   "state='terminated' reason='rejected'/></resource>\n"
			   "</list>\r\n" PIDF("1") "<presence/>\r\n--b0--\r\n");
}

static void is_empty(void **state)
{
	(void)state;
	check(NULL, 60000, RLMI LIST("7") "</list>\r\n--b0--\r\n");
}

/* The list is said whole, whatever there is no room for. */
static void leaves_out_bodies(void **state)
{
	static char big[3000];
	struct rlmi_resource b = { .uri = STR("sip:b@x.example"),
				   .id = STR("2"),
				   .state = RLMI_ACTIVE,
				   .body = STR("<presence/>") };
	struct rlmi_resource a = { .next = &b,
				   .uri = STR("sip:a@x.example"),
				   .id = STR("1"),
				   .state = RLMI_ACTIVE,
				   .body = { big, sizeof(big) } };

	(void)state;
	check(&a, 4096,
	      RLMI LIST("7") "<resource uri='sip:a@x.example'></resource>\n"
			     "<resource uri='sip:b@x.example'><instance id='2' "
			     "state='active' "
			     "cid='2.b0@sip.example'/></resource>\n"
			     "</list>\r\n" PIDF(
				     "2") "<presence/>\r\n--b0--\r\n");
}

static void has_a_type(void **state)
{
	struct rlmi r = list_of(NULL);
	struct arena a;
	struct str type;

	(void)state;
	arena_init(&a, 1024);
	type = rlmi_content_type(&a, &r);
	assert_true(str_eqz(type, "multipart/related;"
				  "type=\"application/rlmi+xml\";"
				  "start=\"<0.b0@sip.example>\";"
				  "boundary=\"b0\""));
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_how_it_stands),
		cmocka_unit_test(is_empty),
		cmocka_unit_test(leaves_out_bodies),
		cmocka_unit_test(has_a_type),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
