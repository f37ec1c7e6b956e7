#include "sipview.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct {
	const char *name;
	size_t n, offset;
} lines[] = {
	{ "Via:", 4, offsetof(struct sipview, via) },
	{ "From:", 5, offsetof(struct sipview, from) },
	{ "To:", 3, offsetof(struct sipview, to) },
	{ "Call-ID:", 8, offsetof(struct sipview, call_id) },
	{ "CSeq:", 5, offsetof(struct sipview, cseq) },
};

static void line_take(struct sipview *v, const char *p, size_t n)
{
	if (n > 15 && strncasecmp(p, "Content-Length:", 15) == 0)
		v->body.n = strtoul(p + 15, NULL, 10);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct span *s = (void *)((char *)v + lines[i].offset);

		if (s->n == 0 && n > lines[i].n &&
		    (p[0] | 32) == (lines[i].name[0] | 32) &&
		    strncasecmp(p, lines[i].name, lines[i].n) == 0) {
			*s = (struct span){ p, n };
			return;
		}
	}
}

int sipview_read(const char *p, size_t n, struct sipview *v)
{
	const char *at = p, *end = p + n, *eol;

	memset(v, 0, sizeof(*v));
	for (;;) {
		eol = memchr(at, '\n', (size_t)(end - at));
		if (eol == NULL)
			return 0;
		if (eol - at <= 1)
			break;
		if (v->start.n == 0)
			v->start = (struct span){ at, (size_t)(eol - at) - 1 };
		else
			line_take(v, at, (size_t)(eol - at) - 1);
		at = eol + 1;
	}
	v->body.p = eol + 1;
	v->bytes = (size_t)(v->body.p - p) + v->body.n;
	if (v->bytes > n)
		return 0;
	return v->via.n > 0 && v->cseq.n > 0 ? 1 : -1;
}

static char *put(char *out, const char *p, size_t n)
{
	memcpy(out, p, n);
	return out + n;
}

static char *put_line(char *out, struct span s)
{
	return put(put(out, s.p, s.n), "\r\n", 2);
}

size_t sipview_answer(const struct sipview *v, const char *status,
		      const char *tag, struct span source, char *out)
{
	static const char tail[] = "Content-Length: 0\r\n\r\n";
	char *p = out;

	p = put(p, "SIP/2.0 ", 8);
	p = put(p, status, strlen(status));
	p = put(p, "\r\n", 2);
	p = put(p, v->via.p, v->via.n);
	p = put_line(p, source);
	p = put_line(p, v->from);
	p = put(p, v->to.p, v->to.n);
	p = put(p, ";tag=", 5);
	p = put(p, tag, strlen(tag));
	p = put(p, "\r\n", 2);
	p = put_line(p, v->call_id);
	p = put_line(p, v->cseq);
	p = put(p, tail, sizeof(tail) - 1);
	return (size_t)(p - out);
}

struct span span_between(struct span s, const char *from, char to)
{
	size_t n = strlen(from);
	const char *p = memmem(s.p, s.n, from, n), *end;

	if (p == NULL)
		return (struct span){ NULL, 0 };
	p += n;
	end = memchr(p, to, (size_t)(s.p + s.n - p));
	return end ? (struct span){ p, (size_t)(end - p) }
		   : (struct span){ NULL, 0 };
}
