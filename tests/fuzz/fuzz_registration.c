/* room: gateway */
/* runs: 20000 */
/* What a REGISTER says of contacts: it is refused, or each of them can be kept
 * in a record that says the same when it is read again. Records that somebody
 * has spoilt are refused whole. The input is the Contact value, a line end, the
 * Path value, a line end, and a record. */
#include "fuzz.h"
#include <string.h>
#include "gateway/phones/phonebook.h"

enum { TEXT_MAX_BYTES = 200000 };

static void check_round_trip(struct phonebook *b, struct person *p)
{
	struct person *copy = phonebook_get(b, STR_LIT("copy@x"));
	struct strbuf first, second;

	strbuf_init(&first, TEXT_MAX_BYTES);
	strbuf_init(&second, TEXT_MAX_BYTES);
	person_write(&first, p);
	FUZZ_CHECK(!first.overflow);
	FUZZ_CHECK(person_read(b, copy, strbuf_str(&first)));
	FUZZ_CHECK(copy->count == p->count);
	person_write(&second, copy);
	FUZZ_CHECK(str_eq(strbuf_str(&first), strbuf_str(&second)));
	strbuf_fini(&first);
	strbuf_fini(&second);
}

static void check_request(struct arena *a, struct phonebook *b,
			  struct str contacts, struct str path)
{
	const struct registration_limits limits = { 3600, 60, 3600 };
	struct request r = { .contacts = contacts,
			     .path = path,
			     .supported = STR("outbound, gruu"),
			     .expires_s = -1,
			     .via_count = 1,
			     .call_id = STR("c"),
			     .cseq = 1 };
	struct person *p = phonebook_get(b, STR_LIT("bob@x"));
	struct registration reg;
	struct strbuf text;
	const char *why = NULL;
	int status;

	endpoint_read(STR_LIT("192.0.2.1"), 5060, &r.source.peer);
	status = registration_read(a, &r, &limits, &reg, &why);
	if (status != 0) {
		FUZZ_CHECK(status >= 400 && why != NULL);
		return;
	}
	FUZZ_CHECK(reg.count <= REGISTRATION_CONTACTS_MAX);
	for (size_t i = 0; i < reg.count; i++) {
		const struct registration_contact *c = &reg.contacts[i];

		FUZZ_CHECK(c->expires_s == 0 ||
			   (c->expires_s >= 60 && c->expires_s <= 3600));
		FUZZ_CHECK(c->q <= Q_MAX && c->uri.scheme == URI_SIP);
		if (c->expires_s > 0)
			(void)person_put(b, p, &reg, c, &r, 1000);
	}
	strbuf_init(&text, TEXT_MAX_BYTES);
	person_write(&text, p);
	FUZZ_CHECK(memchr(text.p, '\n', text.n) == NULL);
	strbuf_fini(&text);
	check_round_trip(b, p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str rest = { (const char *)data, size };
	struct str contacts = str_cut(&rest, '\n');
	struct str path = str_cut(&rest, '\n');
	struct phonebook *b = phonebook_create();
	struct person *p;
	struct arena a;

	arena_init(&a, 4096);
	/* The reader gives no line ends and no NUL. */
	if (memchr(data, '\r', size) == NULL &&
	    memchr(data, '\0', size) == NULL)
		check_request(&a, b, contacts, path);
	p = phonebook_get(b, STR_LIT("spoilt@x"));
	if (person_read(b, p, rest))
		check_round_trip(b, p);
	else
		FUZZ_CHECK(p->count == 0);
	arena_fini(&a);
	phonebook_destroy(&b);
	return 0;
}
