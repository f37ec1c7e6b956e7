#ifndef STOX_TESTS_ADMIN_BENCH_H
#define STOX_TESTS_ADMIN_BENCH_H
#include "gateway/admin/adminwork.h"
#include "said.h"

/* A handler of the commands without the table of them: its arguments are what
 * the table would have made of a line, what it says is said. */
static struct admin_call A;
static size_t promised; /* answers that are to come later */

const char *admin_t(const struct admin_call *c, const char *en, const char *de)
{
	return c->lang == ADMIN_DE ? de : en;
}

void admin_say(struct admin_call *c, const char *fmt, ...)
{
	char text[LINE_MAX_BYTES];
	va_list ap;

	strbuf_addc(c->out, '\n'); /* handlers see that something was said */
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	line("%s", text);
}

void admin_row(struct admin_call *c, const char *name, const char *fmt, ...)
{
	char text[LINE_MAX_BYTES];
	va_list ap;

	strbuf_addc(c->out, '\n'); /* handlers see that something was said */
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	line("%s: %s", name, text);
}

struct str admin_duration(struct arena *a, unsigned long long seconds)
{
	return str_fmt(a, "%llu s", seconds);
}

/* An answer that comes later is said as "... (done)" or "... (not done)". */
static inline void on_later(struct admin_later *l, bool is_done,
			    struct str text)
{
	assert_in_range(promised, 1, SIZE_MAX);
	promised--;
	if (str_trim(text).n > 0)
		line("%.*s", STR_ARG(str_trim(text)));
	line(is_done ? "(done)" : "(not done)");
	free(l);
}

struct admin_later *admin_defer(struct admin_call *c)
{
	struct admin_later *l = calloc(1, sizeof(*l));

	assert_non_null(l);
	*l = (struct admin_later){ .lang = c->lang, .done = on_later };
	c->is_deferred = true;
	promised++;
	return l;
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
	promised = 0;
}

#endif
