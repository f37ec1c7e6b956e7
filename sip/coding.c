#include "sip/coding.h"

#include <limits.h>
#include <string.h>
#include <zlib.h>

enum {
	CHUNK_BYTES = 4096,
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

/* Into out, whose limit is that of the result. */
static enum coding run(z_stream *z, struct str in, struct strbuf *out)
{
	char chunk[CHUNK_BYTES];
	int rc = Z_OK;

	z->next_in = (z_const Bytef *)(uintptr_t)in.p;
	z->avail_in = (uInt)in.n;
	while (rc != Z_STREAM_END) {
		z->next_out = (Bytef *)chunk;
		z->avail_out = sizeof(chunk);
		rc = inflate(z, Z_NO_FLUSH);
		if (rc != Z_OK && rc != Z_STREAM_END)
			return CODING_BROKEN; /* cut off: Z_BUF_ERROR */
		strbuf_add(out,
			   (struct str){ chunk, sizeof(chunk) - z->avail_out });
		if (out->overflow)
			return CODING_TOO_LARGE;
	}
	return CODING_DONE;
}

static enum coding inflate_as(struct str in, int bits, struct strbuf *out)
{
	z_stream z = { .next_in = Z_NULL };
	enum coding result;

	if (inflateInit2(&z, bits) != Z_OK)
		return CODING_BROKEN;
	strbuf_reset(out);
	result = run(&z, in, out);
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
	bool is_deflate = str_ieqz(name, "deflate");
	enum coding result;
	struct strbuf b;

	if (in.n > UINT_MAX)
		return CODING_TOO_LARGE;
	strbuf_init(&b, max_bytes);
	result = inflate_as(in, BITS_BY_HEADER, &b);
	if (result == CODING_BROKEN && is_deflate)
		result = inflate_as(in, BITS_BARE, &b);
	if (result == CODING_DONE)
		*out = str_dup(a, strbuf_str(&b));
	strbuf_fini(&b);
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
