#include "gateway/monitor/hep.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static union endpoint at(const char *host, uint16_t port)
{
	union endpoint e;

	assert_true(endpoint_read(str_z(host), port, &e));
	return e;
}

static struct hep_packet packet(const char *from, const char *to)
{
	return (struct hep_packet){ .from = at(from, 5060),
				    .to = at(to, 4711),
				    .is_sip = true,
				    .s = 0x01020304,
				    .us = 0x05,
				    .agent_id = 0x0708,
				    .payload = STR("hi") };
}

static void assert_packet(const struct hep_packet *p, struct str expected)
{
	struct strbuf b;

	strbuf_init(&b, HEP_MAX_BYTES);
	assert_true(hep_write(&b, p));
	assert_int_equal(b.n, expected.n);
	assert_memory_equal(b.p, expected.p, expected.n);
	strbuf_fini(&b);
}

/* One chunk of vendor 0: type, length with its head, value. */
#define CHUNK(type, length, value) "\0\0\0" type "\0" length value

/* HEP 3 §3.2: UDP over IPv4, neither key nor correlation. */
static void over_ipv4(void **state)
{
	/* clang-format off */
	static const char expected[] =
		"HEP3\0\x65"
		CHUNK("\x01", "\x07", "\x02")
		CHUNK("\x02", "\x07", "\x11")
		CHUNK("\x03", "\x0a", "\xc0\x00\x02\x01")
		CHUNK("\x04", "\x0a", "\xc0\x00\x02\x02")
		CHUNK("\x07", "\x08", "\x13\xc4")
		CHUNK("\x08", "\x08", "\x12\x67")
		CHUNK("\x09", "\x0a", "\x01\x02\x03\x04")
		CHUNK("\x0a", "\x0a", "\0\0\0\x05")
		CHUNK("\x0b", "\x07", "\x01")
		CHUNK("\x0c", "\x0a", "\0\0\x07\x08")
		CHUNK("\x0f", "\x08", "hi");
	/* clang-format on */
	struct hep_packet p = packet("192.0.2.1", "192.0.2.2");

	(void)state;
	assert_packet(&p, (struct str){ expected, sizeof(expected) - 1 });
}

/* TCP over IPv6 with all there is. */
static void over_ipv6(void **state)
{
	/* clang-format off */
	static const char expected[] =
		"HEP3\0\x8c"
		CHUNK("\x01", "\x07", "\x0a")
		CHUNK("\x02", "\x07", "\x06")
		CHUNK("\x05", "\x16", "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01")
		CHUNK("\x06", "\x16", "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x02")
		CHUNK("\x07", "\x08", "\x13\xc4")
		CHUNK("\x08", "\x08", "\x12\x67")
		CHUNK("\x09", "\x0a", "\x01\x02\x03\x04")
		CHUNK("\x0a", "\x0a", "\0\0\0\x05")
		CHUNK("\x0b", "\x07", "\x02")
		CHUNK("\x0c", "\x0a", "\0\0\x07\x08")
		CHUNK("\x0e", "\x08", "ke")
		CHUNK("\x11", "\x07", "c")
		CHUNK("\x0f", "\x08", "hi");
	/* clang-format on */
	struct hep_packet p = packet("2001:db8::1", "2001:db8::2");

	(void)state;
	p.is_tcp = true;
	p.is_sip = false;
	p.key = STR_LIT("ke");
	p.correlation = STR_LIT("c");
	assert_packet(&p, (struct str){ expected, sizeof(expected) - 1 });
}

/* 99 bytes stand around the payload. */
static void too_long(void **state)
{
	enum { AROUND_BYTES = 99 };
	static char big[HEP_MAX_BYTES];
	struct hep_packet p = packet("192.0.2.1", "192.0.2.2");
	struct strbuf b;

	(void)state;
	memset(big, 'x', sizeof(big));
	strbuf_init(&b, 2 * HEP_MAX_BYTES);
	p.payload = (struct str){ big, sizeof(big) - AROUND_BYTES };
	assert_true(hep_write(&b, &p));
	assert_int_equal(b.n, HEP_MAX_BYTES);
	strbuf_reset(&b);
	p.payload.n++;
	assert_false(hep_write(&b, &p));
	strbuf_fini(&b);
	strbuf_init(&b, 10);
	assert_false(hep_write(&b, &p)); /* there is no room */
	strbuf_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(over_ipv4),
		cmocka_unit_test(over_ipv6),
		cmocka_unit_test(too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
