#ifndef STOX_TESTS_SAID_H
#define STOX_TESTS_SAID_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>
#include "gateway/base/str.h"

/* What the fakes of a test were asked for: a line each, in order. */
enum { SAID_MAX_BYTES = 1 << 18, LINE_MAX_BYTES = 4096 };

static struct strbuf SAID;

static inline void line(const char *fmt, ...)
	__attribute__((format(printf, 1, 2)));
static inline void line(const char *fmt, ...)
{
	char text[LINE_MAX_BYTES];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (SAID.n > 0)
		strbuf_addz(&SAID, "; ");
	strbuf_addz(&SAID, text);
}

/* What was said since the last time. */
#define assert_said(expected)                                                  \
	do {                                                                   \
		strbuf_addc(&SAID, '\0');                                      \
		assert_string_equal(SAID.p, expected);                         \
		strbuf_reset(&SAID);                                           \
	} while (0)

static inline void said_open(void)
{
	strbuf_init(&SAID, SAID_MAX_BYTES);
}

static inline void said_close(void)
{
	strbuf_fini(&SAID);
}

#endif
