/* room: mapping */
/* CPIM: what was read and is written again is read as the same. */
#include "fuzz.h"
#include "mapping/cpim.h"
#include "mapping/multipart.h"

enum { TEXT_MAX_BYTES = 1 << 20 };

static bool is_printable(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7F)
			return false;
	return true;
}

static void check(struct arena *a, const struct cpim *c)
{
	struct part part = multipart_part(c->content);
	const struct cpim_body body = { STR("text/plain"), STR_NONE,
					part.body };
	struct strbuf b;
	struct cpim back;
	struct fault why;

	strbuf_init(&b, TEXT_MAX_BYTES);
	cpim_write(&b, c, &body);
	FUZZ_CHECK(cpim_read(a, strbuf_str(&b), &back, &why));
	if (is_printable(c->message_id))
		FUZZ_CHECK(str_eq(back.message_id, c->message_id));
	FUZZ_CHECK(back.wishes == c->wishes);
	if (is_printable(c->date_time))
		FUZZ_CHECK(str_eq(back.date_time, c->date_time));
	part = multipart_part(back.content);
	FUZZ_CHECK(str_eq(part.body, body.body));
	FUZZ_CHECK(str_eqz(part.content_type, "text/plain"));
	strbuf_fini(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str in = { (const char *)data, size };
	struct fault why = { .status = 0 };
	struct arena a;
	struct cpim c;

	arena_init(&a, 4096);
	if (cpim_read(&a, in, &c, &why))
		check(&a, &c);
	else
		FUZZ_CHECK(why.status == 400 || why.status == 488);
	arena_fini(&a);
	return 0;
}
