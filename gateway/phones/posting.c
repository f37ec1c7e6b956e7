#include "gateway/phones/posting.h"
#include <stdlib.h>
#include <string.h>
#include "gateway/base/keyed.h"

static const char VERSION[] = "1";
enum { BODY_MAX_BYTES = 131072 };

static struct posting *make(struct str body, int64_t expires_at_s)
{
	struct posting *x = calloc(1, sizeof(*x) + body.n);

	if (x == NULL)
		abort();
	if (body.n > 0)
		memcpy(x->block, body.p, body.n);
	x->body = (struct str){ x->block, body.n };
	x->expires_at_s = expires_at_s;
	return x;
}

struct posting *posting_create(const struct posting *before, struct str body,
			       int64_t expires_at_s)
{
	struct posting *x =
		make(body.n == 0 && before != NULL ? before->body : body,
		     expires_at_s);

	keyed_token(x->etag, POSTING_ETAG_BYTES);
	if (before != NULL)
		memcpy(x->id, before->id, POSTING_ID_BYTES);
	else
		keyed_token(x->id, POSTING_ID_BYTES);
	return x;
}

struct str posting_id(const struct posting *x)
{
	return (struct str){ x->id, POSTING_ID_BYTES };
}

struct str posting_etag(const struct posting *x)
{
	return (struct str){ x->etag, POSTING_ETAG_BYTES };
}

/* --- as text: a record is one line, a document has many */

static const struct {
	char c, name;
} escapes[] = { { '\n', 'n' }, { '\r', 'r' }, { '\t', 't' }, { '\\', '\\' } };
enum { ESCAPES = sizeof(escapes) / sizeof(escapes[0]) };

void posting_write(struct strbuf *b, const struct posting *x, struct str key)
{
	size_t i, k;

	strbuf_addz(b, VERSION);
	strbuf_addc(b, '\t');
	strbuf_add(b, key);
	strbuf_addc(b, '\t');
	strbuf_add(b, posting_etag(x));
	strbuf_addc(b, '\t');
	for (i = 0; i < x->body.n; i++) {
		for (k = 0; k < ESCAPES && escapes[k].c != x->body.p[i]; k++)
			;
		if (k < ESCAPES)
			strbuf_addc(b, '\\');
		strbuf_addc(b, k < ESCAPES ? escapes[k].name : x->body.p[i]);
	}
}

static bool unescape(struct strbuf *b, struct str s)
{
	size_t i, k;

	for (i = 0; i < s.n; i++) {
		if (s.p[i] != '\\') {
			strbuf_addc(b, s.p[i]);
			continue;
		}
		if (++i == s.n)
			return false;
		for (k = 0; k < ESCAPES && escapes[k].name != s.p[i]; k++)
			;
		if (k == ESCAPES)
			return false;
		strbuf_addc(b, escapes[k].c);
	}
	return !b->overflow;
}

struct posting *posting_read(struct str id, struct str line,
			     int64_t expires_at_s, struct str *key)
{
	struct str version = str_cut(&line, '\t');
	struct posting *x = NULL;
	struct strbuf body;
	struct str etag;

	*key = str_cut(&line, '\t');
	etag = str_cut(&line, '\t');
	if (!str_eqz(version, VERSION) || id.n != POSTING_ID_BYTES ||
	    etag.n != POSTING_ETAG_BYTES || key->n == 0)
		return NULL;
	strbuf_init(&body, BODY_MAX_BYTES);
	if (unescape(&body, line)) {
		x = make(strbuf_str(&body), expires_at_s);
		memcpy(x->id, id.p, POSTING_ID_BYTES);
		memcpy(x->etag, etag.p, POSTING_ETAG_BYTES);
	}
	strbuf_fini(&body);
	return x;
}
