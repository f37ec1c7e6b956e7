#ifndef STOX_TESTS_ADMIN_BENCH_H
#define STOX_TESTS_ADMIN_BENCH_H
#include "gateway/admin/adminwork.h"
#include "said.h"

/* A handler of the commands without the table of them: its arguments are what
 * the table would have made of a line, what it says is said, in English. */
static struct admin_call A;

const char *admin_t(const struct admin_call *c, const char *en, const char *de)
{
	(void)c;
	(void)de;
	return en;
}

void admin_say(struct admin_call *c, const char *fmt, ...)
{
	char text[LINE_MAX_BYTES];
	va_list ap;

	(void)c;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	line("%s", text);
}

void admin_row(struct admin_call *c, const char *name, const char *fmt, ...)
{
	char text[LINE_MAX_BYTES];
	va_list ap;

	(void)c;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	line("%s: %s", name, text);
}

struct str admin_duration(struct arena *a, unsigned long long seconds)
{
	return str_fmt(a, "%llu s", seconds);
}

static inline bool command(admin_fn *fn, const char *first, const char *second)
{
	A.args[0] = str_z(first);
	A.args[1] = str_z(second);
	return fn(&A);
}

static inline void admin_bench_open(struct bridge *b, struct arena *a,
				    struct strbuf *out)
{
	A = (struct admin_call){
		.bridge = b, .a = a, .out = out, .role = ADMIN_ADMIN
	};
}

#endif
