#include "gateway/monitor/mask.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void test_mask(void **state)
{
	static const struct {
		bool is_sip;
		const char *in, *shown, *kept;
	} cases[] = {
		{ true, "", "\r\n", "\r\n" },
		{ true,
		  "MESSAGE sip:a@b SIP/2.0\r\nAuthorization: Digest x\r\n"
		  " response=y\r\nTo: <sip:a@b>\r\n\r\nhush",
		  "MESSAGE sip:a@b SIP/2.0\r\nAuthorization: ***\r\n"
		  "To: <sip:a@b>\r\n\r\n[4 bytes]",
		  "MESSAGE sip:a@b SIP/2.0\r\nAuthorization: ***\r\n"
		  "To: <sip:a@b>\r\n\r\n****" },
		{ true, "SIP/2.0 401 No\r\nwww-authenticate: a\r\n\r\n",
		  "SIP/2.0 401 No\r\nwww-authenticate: ***\r\n\r\n",
		  "SIP/2.0 401 No\r\nwww-authenticate: ***\r\n\r\n" },
		{ true,
		  "NOTIFY sip:a@b SIP/2.0\r\nAuthorization \t: Digest x\r\n"
		  "Proxy-Authorization:Digest y\r\nAuthorization-Not: "
		  "z\r\n\r\n",
		  "NOTIFY sip:a@b SIP/2.0\r\nAuthorization: ***\r\n"
		  "Proxy-Authorization: ***\r\nAuthorization-Not: z\r\n\r\n",
		  "NOTIFY sip:a@b SIP/2.0\r\nAuthorization: ***\r\n"
		  "Proxy-Authorization: ***\r\nAuthorization-Not: z\r\n\r\n" },
		{ true, "NOTIFY sip:a@b SIP/2.0\r\n\r\n<presence/>",
		  "NOTIFY sip:a@b SIP/2.0\r\n\r\n<presence/>",
		  "NOTIFY sip:a@b SIP/2.0\r\n\r\n<presence/>" },
		{ true, "MESSAGE", "MESSAGE\r\n\r\n", "MESSAGE\r\n\r\n" },
		/* Blanks before the colon, empty lines in front, a line of
		 * blanks that ends nothing. */
		{ true,
		  "\r\n\r\nMESSAGE sip:a@b SIP/2.0\r\n"
		  "Proxy-Authorization\t : x\r\n \r\n"
		  "authorization:y\r\n\r\nhush",
		  "MESSAGE sip:a@b SIP/2.0\r\nProxy-Authorization: ***\r\n"
		  "authorization: ***\r\n\r\n[4 bytes]",
		  "MESSAGE sip:a@b SIP/2.0\r\nProxy-Authorization: ***\r\n"
		  "authorization: ***\r\n\r\n****" },
		{ true, "X: a\r\n \r\nAuthorization: y\r\n\r\n",
		  "X: a\r\n\r\nAuthorization: ***\r\n\r\n",
		  "X: a\r\n\r\nAuthorization: ***\r\n\r\n" },
		{ true, "message sip:a@b SIP/2.0\r\n\r\nhush",
		  "message sip:a@b SIP/2.0\r\n\r\n[4 bytes]",
		  "message sip:a@b SIP/2.0\r\n\r\n****" },
		{ false, "", "", "" },
		{ false, "<", "<", "<" },
		{ false, "<body", "<body", "<body" },
		{ false, "<body>", "<body>[0 bytes]", "<body>" },
		{ false, "<message id='1'><body>hush</body></message>",
		  "<message id='1'><body>[4 bytes]</body></message>",
		  "<message id='1'><body>****</body></message>" },
		{ false, "<m><body xml:lang='a'>hu<b/>sh</body><body/></m>",
		  "<m><body xml:lang='a'>[8 bytes]</body><body/></m>",
		  "<m><body xml:lang='a'>********</body><body/></m>" },
		{ false,
		  "<q><password>x</password><bodyguard>y</bodyguard></q>",
		  "<q><password>[1 bytes]</password><bodyguard>y</bodyguard>"
		  "</q>",
		  "<q><password>*</password><bodyguard>y</bodyguard></q>" },
		{ false, "<c:body\n>hush</c:body><b/>",
		  "<c:body\n>[4 bytes]</c:body><b/>",
		  "<c:body\n>****</c:body><b/>" },
		{ false, "<body a='/>'>x<![CDATA[</body>y]]>z</body>",
		  "<body a='/>'>[22 bytes]</body>",
		  "<body a='/>'>**********************</body>" },
		{ false, "<html><body>a</body><html>b</html>c</html>d",
		  "<html>[29 bytes]</html>d",
		  "<html>*****************************</html>d" },
		{ false, "<><!--<body>--><body>x</body>",
		  "<><!--<body>--><body>[1 bytes]</body>",
		  "<><!--<body>--><body>*</body>" },
		{ false, "<body>never closed", "<body>[12 bytes]",
		  "<body>************" },
	};
	struct strbuf b;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		strbuf_init(&b, 10000);
		mask_write(&b, cases[i].is_sip, str_z(cases[i].in), false);
		strbuf_addc(&b, '\0');
		assert_string_equal(b.p, cases[i].shown);
		strbuf_reset(&b);
		mask_write(&b, cases[i].is_sip, str_z(cases[i].in), true);
		strbuf_addc(&b, '\0');
		assert_string_equal(b.p, cases[i].kept);
		strbuf_fini(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mask),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
