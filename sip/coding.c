#include "sip/coding.h"

#include <limits.h>
#include <string.h>
#include <zlib.h>

enum {
	FIRST_BYTES = 1024,
	GROWTH = 2,
	LAYERS_MAX = 2, /* coded twice is odd, but RFC 3261 §20.12 lets it be */
	/* For inflateInit2: zlib or gzip by its first bytes; bare deflate. */
	BITS_BY_HEADER = 15 + 32,
	BITS_BARE = -15
};

static bool is_plain(struct str name)
{
	name = str_trim(name);
	return name.n == 0 || str_ieqz(name, "identity");
}

/* What inflate has made so far. */
struct inflation {
	struct arena *a;
	struct str in;
	char *p;
	size_t n, cap;
	size_t max_bytes;
};

/* Room for more; one byte over the limit, so that it can be crossed. */
static bool grow(struct inflation *f)
{
	size_t cap = f->cap == 0 ? FIRST_BYTES : f->cap * GROWTH;
	char *p;

	if (f->n > f->max_bytes)
		return false;
	if (cap > f->max_bytes + 1)
		cap = f->max_bytes + 1;
	p = arena_alloc(f->a, cap);
	if (f->n > 0)
		memcpy(p, f->p, f->n);
	f->p = p;
	f->cap = cap;
	return true;
}

static enum coding run(struct inflation *f, z_stream *z)
{
	int rc = Z_OK;

	z->next_in = (z_const Bytef *)(uintptr_t)f->in.p;
	z->avail_in = (uInt)f->in.n;
	while (rc != Z_STREAM_END) {
		if (f->n == f->cap && !grow(f))
			return CODING_TOO_LARGE;
		z->next_out = (Bytef *)f->p + f->n;
		z->avail_out = (uInt)(f->cap - f->n);
		rc = inflate(z, Z_NO_FLUSH);
		f->n = f->cap - z->avail_out;
		if (rc != Z_OK && rc != Z_STREAM_END)
			return CODING_BROKEN; /* cut off: Z_BUF_ERROR */
	}
	return f->n > f->max_bytes ? CODING_TOO_LARGE : CODING_DONE;
}

static enum coding inflate_as(struct inflation *f, int bits)
{
	z_stream z = { .next_in = Z_NULL };
	enum coding result;

	if (inflateInit2(&z, bits) != Z_OK)
		return CODING_BROKEN;
	f->n = 0;
	result = run(f, &z);
	inflateEnd(&z);
	return result;
}

static bool is_known(struct str name)
{
	return str_ieqz(name, "deflate") || str_ieqz(name, "gzip") ||
	       str_ieqz(name, "x-gzip");
}

/* One of them: what is there is what its name says. */
static enum coding undo(struct arena *a, struct str name, struct str in,
			size_t max_bytes, struct str *out)
{
	struct inflation f = { .a = a, .in = in, .max_bytes = max_bytes };
	bool is_deflate = str_ieqz(name, "deflate");
	enum coding result;

	if (in.n > UINT_MAX || max_bytes >= UINT_MAX)
		return CODING_TOO_LARGE;
	result = inflate_as(&f, BITS_BY_HEADER);
	if (result == CODING_BROKEN && is_deflate)
		result = inflate_as(&f, BITS_BARE);
	if (result == CODING_DONE)
		*out = (struct str){ f.p, f.n };
	return result;
}

enum coding coding_decode(struct arena *a, struct str name, struct str in,
			  size_t max_bytes, struct str *out)
{
	struct str names[LAYERS_MAX], one;
	enum coding result = CODING_DONE;
	size_t n = 0;

	if (is_plain(name)) {
		if (in.n > max_bytes)
			return CODING_TOO_LARGE;
		*out = in;
		return CODING_DONE;
	}
	while (name.n > 0) {
		one = str_trim(str_cut(&name, ','));
		if (is_plain(one))
			continue;
		if (n == LAYERS_MAX || !is_known(one))
			return CODING_UNKNOWN;
		names[n++] = one;
	}
	if (n == 0 && in.n > max_bytes)
		return CODING_TOO_LARGE;
	/* They stand in the order in which they were applied. */
	while (n > 0 && result == CODING_DONE)
		result = undo(a, names[--n], in, max_bytes, &in);
	if (result == CODING_DONE)
		*out = in;
	return result;
}

int coding_status(enum coding c)
{
	if (c == CODING_BROKEN)
		return 400;
	return c == CODING_TOO_LARGE ? 413 : 415;
}

const char *coding_text(enum coding c)
{
	if (c == CODING_BROKEN)
		return "the body is not coded as Content-Encoding says";
	return c == CODING_TOO_LARGE
		       ? "message too long"
		       : "accepted Content-Encodings: " CODING_ACCEPT;
}
