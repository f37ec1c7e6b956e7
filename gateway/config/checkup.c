#include "gateway/config/checkup.h"
#include <stdarg.h>
#include <string.h>

__attribute__((format(printf, 3, 0))) static void
put(struct checkup *k, const char *mark, const char *fmt, va_list ap)
{
	char line[CHECKUP_LINE_BYTES];

	vsnprintf(line, sizeof(line), fmt, ap);
	fprintf(k->out, "%-8s %s\n", mark, line);
	fflush(k->out);
	if (strcmp(mark, "WRONG") != 0)
		return;
	if (k->wrong_count++ == 0)
		memcpy(k->first_wrong, line, sizeof(line));
}

void checkup_good(struct checkup *k, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put(k, "ok", fmt, ap);
	va_end(ap);
}

void checkup_unwise(struct checkup *k, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	k->warning_count++;
	put(k, "warning", fmt, ap);
	va_end(ap);
}

void checkup_wrong(struct checkup *k, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put(k, "WRONG", fmt, ap);
	va_end(ap);
}
