#include "template.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(sizeof(T_BODY) - 1 == BODY_BYTES, "the body of the figures");

static void field_add(struct template *t, size_t at, size_t width, int which)
{
	if (t->count == TEMPLATE_FIELDS)
		abort();
	t->field[t->count].at = at;
	t->field[t->count].width = width;
	t->field[t->count++].which = which;
}

void template_init(struct template *t, const char *text)
{
	size_t i = 0;

	t->count = 0;
	t->n = strlen(text);
	if (t->n > sizeof(t->text))
		abort();
	memcpy(t->text, text, t->n);
	while (i < t->n) {
		char c = text[i];
		size_t width = strspn(text + i, (char[]){ c, '\0' });

		if (c >= FIELD_SENDER && c < FIELDS)
			field_add(t, i, width, c);
		i += width;
	}
}

static void hex_write(char *p, size_t n, uint64_t value)
{
	while (n-- > 0) {
		p[n] = "0123456789abcdef"[value & 15];
		value >>= 4;
	}
}

void template_write(const struct template *t, const uint64_t value[FIELDS],
		    char *out)
{
	memcpy(out, t->text, t->n);
	for (size_t i = 0; i < t->count; i++)
		hex_write(out + t->field[i].at, t->field[i].width,
			  value[t->field[i].which]);
}

uint64_t hex_read(const char *p, size_t n)
{
	uint64_t value = 0;

	for (size_t i = 0; i < n; i++) {
		if (p[i] >= '0' && p[i] <= '9')
			value = value << 4 | (uint64_t)(p[i] - '0');
		else if (p[i] >= 'a' && p[i] <= 'f')
			value = value << 4 | (uint64_t)(p[i] - 'a' + 10);
		else
			break;
	}
	return value;
}

void stamp_read(const char *body, struct stamp *out)
{
	out->run = (unsigned)hex_read(body, 4);
	out->serial = (uint32_t)hex_read(body + 5, 8);
	out->time_ns = hex_read(body + 14, 16);
}
