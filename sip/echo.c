#include <assert.h>
#include <string.h>
#include "sip/echo.h"
#include "sip/party.h"

/* Around a value: name, colon, blank, line end, separators. */
enum { FRAME_BYTES = 24, SOURCE_BYTES = INET6_ADDRSTRLEN + 64 };

struct out {
	char *p;
	size_t room;
};

static void put(struct out *o, struct str s)
{
	assert(s.n <= o->room);
	if (s.n > 0)
		memcpy(o->p, s.p, s.n);
	o->p += s.n;
	o->room -= s.n;
}

static void put_line(struct out *o, enum header_id id, struct str value)
{
	if (value.p == NULL)
		return;
	put(o, header_name(id));
	put(o, STR_LIT(": "));
	put(o, value);
	put(o, STR_LIT("\r\n"));
}

/* What is said of the source: never by the sender himself. */
static bool is_of_source(struct str param)
{
	struct str name = str_trim(str_head(param, str_find(param, '=')));

	return str_ieqz(name, "received") || str_ieqz(name, "rport");
}

/* Is sent-by the very address that the request came from? */
static bool is_sent_by(const struct via *v, const union endpoint *source)
{
	union endpoint e;

	return endpoint_read(str_z(v->host), endpoint_port(source), &e) &&
	       endpoint_eq(&e, source);
}

/* RFC 3261 §18.2.1: received, unless sent-by says the same. RFC 3581 §4: asked
 * for rport, received is said in any case. */
static void put_source(struct out *o, const struct via *v,
		       const union endpoint *source)
{
	char text[INET6_ADDRSTRLEN];
	char digits[5];
	size_t i = sizeof(digits);
	unsigned port = endpoint_port(source);

	if (!v->wants_rport && is_sent_by(v, source))
		return;
	put(o, STR_LIT(";received="));
	put(o, endpoint_text(source, text));
	if (!v->wants_rport)
		return;
	do
		digits[--i] = (char)('0' + port % 10);
	while ((port /= 10) > 0);
	put(o, STR_LIT(";rport="));
	put(o, (struct str){ digits + i, sizeof(digits) - i });
}

static void put_top(struct out *o, const struct via *v,
		    const union endpoint *source, struct str *sent_by)
{
	char *from;

	put(o, STR_LIT("Via: "));
	put(o, str_z(v->protocol));
	put(o, STR_LIT(" "));
	from = o->p;
	put(o, str_z(v->host));
	if (v->port != NULL) {
		put(o, STR_LIT(":"));
		put(o, str_z(v->port));
	}
	*sent_by = (struct str){ from, (size_t)(o->p - from) };
	for (size_t i = 0; v->params != NULL && v->params[i] != NULL; i++) {
		struct str param = str_z(v->params[i]);

		if (is_of_source(param))
			continue;
		put(o, STR_LIT(";"));
		put(o, param);
	}
	put_source(o, v, source);
	put(o, STR_LIT("\r\n"));
}

static size_t via_index(const struct lines *ls, size_t i)
{
	while (i < ls->n && ls->line[i].id != HEADER_VIA)
		i++;
	return i;
}

/* What is behind the first value of the first Via line. */
static struct str behind_top(const struct lines *ls)
{
	struct str rest = ls->first[HEADER_VIA];

	value_cut(&rest);
	rest = str_trim(rest);
	return rest.n > 0 ? rest : STR_NONE;
}

static size_t via_bytes(const struct via *v)
{
	size_t n = str_z(v->protocol).n + str_z(v->host).n + FRAME_BYTES;

	n += v->port != NULL ? str_z(v->port).n : 0;
	for (size_t i = 0; v->params != NULL && v->params[i] != NULL; i++)
		n += str_z(v->params[i]).n + 1;
	return n;
}

/* To ends the echo, and ";tag=" may follow: the empty parameter that some put
 * at its end would stand in the middle then, where nothing reads it. */
static struct str without_empty_end(struct str to)
{
	while (to.n > 0 &&
	       (to.p[to.n - 1] == ';' || str_is_blank(to.p[to.n - 1])))
		to.n--;
	return to;
}

struct str echo_build(struct arena *a, const struct lines *ls,
		      const struct via *via, const union endpoint *source,
		      struct str *sent_by)
{
	static const enum header_id ids[] = { HEADER_FROM, HEADER_CALL_ID,
					      HEADER_CSEQ };
	size_t top = via_index(ls, 0);
	struct out o = { .room = SOURCE_BYTES };
	char *start;

	o.room += via != NULL ? via_bytes(via) : 0;
	for (size_t i = top; i < ls->n; i = via_index(ls, i + 1))
		o.room += ls->line[i].value.n + FRAME_BYTES;
	for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++)
		o.room += ls->first[ids[i]].n + FRAME_BYTES;
	o.room += ls->first[HEADER_TO].n + FRAME_BYTES;
	start = o.p = arena_alloc(a, o.room);
	if (via != NULL && top < ls->n) {
		put_top(&o, via, source, sent_by);
		put_line(&o, HEADER_VIA, behind_top(ls));
		top = via_index(ls, top + 1);
	}
	for (size_t i = top; i < ls->n; i = via_index(ls, i + 1))
		put_line(&o, HEADER_VIA, ls->line[i].value);
	for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++)
		put_line(&o, ids[i], ls->first[ids[i]]);
	put_line(&o, HEADER_TO, without_empty_end(ls->first[HEADER_TO]));
	/* Without the last CRLF. */
	return (struct str){ start,
			     o.p > start ? (size_t)(o.p - start) - 2 : 0 };
}
