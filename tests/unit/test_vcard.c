#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>
#include "mapping/vcard.h"
#include "plans.h"

static const char ROMEO[] =
	"<vCard xmlns='vcard-temp'><FN>Romeo M.</FN><NICKNAME>Romeo "
	"M.</NICKNAME><JABBERID>romeo@sip.example.com</JABBERID>"
	"<URL>sip:romeo@example.net</URL></vCard>";
static const char NUMBER[] =
	"<vCard xmlns='vcard-temp'><FN>+4930</FN><NICKNAME>+4930</NICKNAME>"
	"<JABBERID>+4930@sip.example.com</JABBERID>"
	"<URL>sip:030@example.net</URL><TEL><VOICE/><NUMBER>030</NUMBER></TEL>"
	"<PHOTO><TYPE>image/png</TYPE><BINVAL>AAAA</BINVAL></PHOTO></vCard>";
static const char GATEWAY[] =
	"<vCard xmlns='vcard-temp'><FN>sip.example.com</FN>"
	"<JABBERID>sip.example.com</JABBERID><DESC>a &lt; b</DESC></vCard>";

static void check(struct arena *a, const struct vcard *v, const char *expected)
{
	struct strbuf b;

	strbuf_init(&b, 10000);
	xml_write(&b, vcard_write(a, v), STR_NONE);
	strbuf_addc(&b, '\0');
	assert_string_equal(b.p, expected);
	strbuf_fini(&b);
}

static void test_write(void **state)
{
	struct arena a;
	struct vcard v;

	(void)state;
	arena_init(&a, 4096);
	v = (struct vcard){ .name = STR("Romeo M."),
			    .jid = jid_of(&a, "romeo@sip.example.com"),
			    .has_uri = true,
			    .uri = uri_of("sip:romeo@example.net") };
	check(&a, &v, ROMEO);
	v = (struct vcard){ .jid = jid_of(&a, "+4930@sip.example.com"),
			    .has_uri = true,
			    .uri = uri_of("sip:030@example.net"),
			    .photo_type = STR("image/png"),
			    .photo = STR("AAAA") };
	check(&a, &v, NUMBER);
	v = (struct vcard){ .about = STR("a < b"),
			    .jid = jid_of(&a, "sip.example.com") };
	check(&a, &v, GATEWAY);
	arena_fini(&a);
}

static void check4(struct arena *a, const struct vcard *v, const char *expected)
{
	struct strbuf b;

	strbuf_init(&b, 10000);
	xml_write(&b, vcard4_write(a, v), STR_NONE);
	strbuf_addc(&b, '\0');
	assert_string_equal(b.p, expected);
	strbuf_fini(&b);
}

#define VCARD4 "<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'>"
static void test_write4(void **state)
{
	struct arena a;
	struct vcard v;

	(void)state;
	arena_init(&a, 4096);
	v = (struct vcard){ .name = STR("Romeo M."),
			    .jid = jid_of(&a, "a\\40b@sip.example.com"),
			    .has_uri = true,
			    .uri = uri_of("sip:a@b") };
	check4(&a, &v,
	       VCARD4 "<fn><text>Romeo M.</text></fn>"
		      "<nickname><text>Romeo M.</text></nickname>"
		      "<impp><uri>xmpp:a%5C40b@sip.example.com</uri></impp>"
		      "<impp><uri>sip:a@b</uri></impp></vcard>");
	v = (struct vcard){ .jid = jid_of(&a, "+4930@sip.example.com"),
			    .has_uri = true,
			    .uri = uri_of("sip:+4930@example.net"),
			    .photo_type = STR("image/png"),
			    .photo = STR("AAAA") };
	check4(&a, &v,
	       VCARD4 "<fn><text>+4930</text></fn>"
		      "<nickname><text>+4930</text></nickname>"
		      "<impp><uri>xmpp:+4930@sip.example.com</uri></impp>"
		      "<impp><uri>sip:+4930@example.net</uri></impp>"
		      "<tel><uri>tel:+4930</uri></tel>"
		      "<photo><uri>data:image/png;base64,AAAA</uri></photo>"
		      "</vcard>");
	v.uri = uri_of("sip:100@example.net");
	v.photo = STR_NONE;
	check4(&a, &v,
	       VCARD4 "<fn><text>+4930</text></fn>"
		      "<nickname><text>+4930</text></nickname>"
		      "<impp><uri>xmpp:+4930@sip.example.com</uri></impp>"
		      "<impp><uri>sip:100@example.net</uri></impp>"
		      "<tel><uri>tel:100;phone-context=example.net</uri></tel>"
		      "</vcard>");
	v = (struct vcard){ .about = STR("a < b"),
			    .jid = jid_of(&a, "sip.example.com") };
	check4(&a, &v,
	       VCARD4 "<fn><text>sip.example.com</text></fn>"
		      "<impp><uri>xmpp:sip.example.com</uri></impp>"
		      "<note><text>a &lt; b</text></note></vcard>");
	arena_fini(&a);
}

static void test_number(void **state)
{
	static const struct {
		const char *uri, *number;
	} cases[] = {
		{ "sip:+4930@example.net", "+4930" },
		{ "sip:%2B4930@example.net", "+4930" },
		{ "sip:100@example.net", "100" },
		{ "sip:romeo@example.net", "" },
		{ "sip:+@example.net", "" },
		{ "sip:1+2@example.net", "" },
		{ "sip:example.net", "" },
	};
	struct arena a;
	size_t i;

	(void)state;
	arena_init(&a, 1024);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct uri u = uri_of(cases[i].uri);

		if (!str_eq(vcard_number(&a, &u), str_z(cases[i].number)))
			fail_msg("%s", cases[i].uri);
	}
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_write4),
		cmocka_unit_test(test_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
