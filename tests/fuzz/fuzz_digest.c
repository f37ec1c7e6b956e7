/* room: sip */
/* runs: 30000 */
/* Challenges and credentials of strangers: nothing of them ends a header, what
 * we answer to a challenge can be read again, and without the password nobody
 * gets in. */
#include "fuzz.h"
#include <string.h>
#include "sip/digest.h"
#include "sip/gatekeeper.h"

enum { CHUNK_BYTES = 8192, WRITTEN_MAX_BYTES = 100000 };

static void check_inside(struct str part, struct str whole)
{
	FUZZ_CHECK(part.n == 0 ||
		   (part.p >= whole.p && part.p + part.n <= whole.p + whole.n));
}

static void check_credentials(struct str in)
{
	struct digest_credentials c;
	struct str rest = in;

	if (!digest_read(&rest, &c))
		return;
	check_inside(rest, in);
	check_inside(c.username, in);
	check_inside(c.realm, in);
	check_inside(c.nonce, in);
	check_inside(c.uri, in);
	check_inside(c.response, in);
	check_inside(c.cnonce, in);
	FUZZ_CHECK(!(c.is_md5 && c.is_sha256));
}

static struct uri uri_of(const char *text)
{
	struct uri u;
	const char *why;

	FUZZ_CHECK(uri_read(str_z(text), &u, &why));
	return u;
}

static void check_gate(struct arena *a, struct str in)
{
	const struct gatekeeper_options o = { .allows_md5 = true,
					      .nonce_ms = 60000,
					      .nonces_max = 4 };
	struct gatekeeper *g = gatekeeper_create(&o);
	struct gatekeeper_user u = { .uri = uri_of("sip:u@example.net"),
				     .username = STR("u"),
				     .realm = STR("r"),
				     .password = STR("not in the corpus") };
	struct request r = { .method = METHOD_MESSAGE,
			     .method_name = STR("MESSAGE"),
			     .target = uri_of("sip:j@example.com"),
			     .target_text = STR("sip:j@example.com"),
			     .authorization = in };
	const char *why;
	enum gate gate;

	r.from.uri = u.uri;
	FUZZ_CHECK(endpoint_read(STR_LIT("192.0.2.1"), 1, &r.source.peer));
	gatekeeper_add(g, &u);
	gate = gatekeeper_ask(g, &r, 1000, &why);
	FUZZ_CHECK(gate == GATE_CHALLENGE || gate == GATE_REFUSE);
	FUZZ_CHECK(gatekeeper_challenge(g, &r, a, 1000) != NULL);
	gatekeeper_destroy(&g);
}

/* A header's value has no line end in it; the reader sees to that. */
static bool is_value(struct str in)
{
	for (size_t i = 0; i < in.n; i++)
		if (in.p[i] == '\r' || in.p[i] == '\n' || in.p[i] == '\0')
			return false;
	return true;
}

static void check_answer(struct str in)
{
	const struct digest_account acc = { .username = STR("a\"\\b"),
					    .password = STR("x") };
	struct digest_state s = { .nonce_count = 0 };
	struct digest_credentials c;
	struct strbuf b;
	struct str line;

	if (!is_value(in) || !digest_take(&s, &in, 1, false, &acc))
		return;
	strbuf_init(&b, WRITTEN_MAX_BYTES);
	digest_write(&b, &s, &acc, METHOD_MESSAGE, STR_LIT("sip:j@b"));
	line = strbuf_str(&b);
	FUZZ_CHECK(str_find(line, '\r') == line.n - 2);
	FUZZ_CHECK(str_starts(line, "Authorization: "));
	line = str_trim(str_from(line, strlen("Authorization: ")));
	FUZZ_CHECK(digest_read(&line, &c));
	FUZZ_CHECK(c.is_sha256 == s.is_sha256);
	strbuf_fini(&b);
	digest_fini(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str in = { (const char *)data, size };
	struct arena a;

	arena_init(&a, CHUNK_BYTES);
	(void)digest_is_stale(in);
	check_credentials(in);
	check_gate(&a, in);
	check_answer(in);
	arena_fini(&a);
	return 0;
}
