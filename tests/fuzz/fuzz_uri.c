/* room: sip_values */
/* runs: 60000 */
/* URIs: what is read is written so that it reads as the same, nothing passes
 * that could end a header or its brackets, and what was escaped comes back. */
#include "fuzz.h"
#include <string.h>
#include "sip/sipmsg.h"

enum { CHUNK_BYTES = 8192, WRITTEN_MAX_BYTES = 100000 };

static void check_text(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		FUZZ_CHECK(s.p[i] > ' ' && s.p[i] < 0x7f);
		FUZZ_CHECK(strchr("<>\"\\^`{|}", s.p[i]) == NULL);
	}
}

static void check_parts(struct arena *a, const struct uri *u)
{
	struct str parts[] = { u->user,	  u->password, u->host,
			       u->params, u->headers,  u->opaque };
	struct str raw;

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		FUZZ_CHECK(uri_unescape(a, parts[i], &raw));
	FUZZ_CHECK(u->scheme == URI_OTHER || u->scheme == URI_TEL ||
		   u->host.n > 0);
	FUZZ_CHECK(u->user.n <= URI_USER_MAX_BYTES);
	(void)uri_param(u, "transport", NULL);
}

static void check_read(struct arena *a, struct str in)
{
	struct uri u, again;
	const char *why = NULL;
	struct str text, text_again;
	struct strbuf b;

	if (!uri_read(in, &u, &why)) {
		FUZZ_CHECK(why != NULL);
		return;
	}
	check_parts(a, &u);
	text = uri_text(a, &u);
	check_text(text);
	strbuf_init(&b, WRITTEN_MAX_BYTES);
	uri_write(&b, &u);
	FUZZ_CHECK(str_eq(strbuf_str(&b), text));
	strbuf_fini(&b);
	FUZZ_CHECK(uri_read(text, &again, &why));
	FUZZ_CHECK(uri_eq(&u, &u) && uri_eq(&u, &again) && uri_eq(&again, &u));
	text_again = uri_text(a, &again);
	FUZZ_CHECK(str_eq(text, text_again));
}

static void check_escape(struct arena *a, struct str raw,
			 void (*escape)(struct strbuf *, struct str))
{
	struct strbuf b;
	struct str back;

	strbuf_init(&b, WRITTEN_MAX_BYTES);
	escape(&b, raw);
	check_text(strbuf_str(&b));
	FUZZ_CHECK(uri_unescape(a, strbuf_str(&b), &back));
	FUZZ_CHECK(str_eq(back, raw));
	strbuf_fini(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str in = { (const char *)data, size };
	union endpoint e;
	struct arena a;

	arena_init(&a, CHUNK_BYTES);
	check_read(&a, in);
	check_escape(&a, in, uri_escape_user);
	check_escape(&a, in, uri_escape_param);
	(void)endpoint_read(in, 5060, &e);
	(void)media_is(in, "text/plain");
	(void)media_param(in, "charset");
	arena_fini(&a);
	return 0;
}
