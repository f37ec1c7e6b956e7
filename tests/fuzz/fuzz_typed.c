/* room: mapping */
/* What people type for a contact, in every plan: what is taken is a contact's
 * bare JID and his URI, and each leads to the other. */
#include "fields.h"
#include "fuzz.h"
#include "mapping/address.h"
#include "mapping/typed.h"

static void check_number(struct str n)
{
	for (size_t i = 0; i < n.n; i++)
		FUZZ_CHECK((n.p[i] >= '0' && n.p[i] <= '9') || n.p[i] == '*' ||
			   n.p[i] == '#' || (i == 0 && n.p[i] == '+'));
}

static void check_contact(struct arena *a, const struct address_plan *p,
			  const struct jid *jid, const struct uri *uri)
{
	struct fault why;
	struct uri to;
	struct jid back;

	FUZZ_CHECK(jid->local.n > 0 && jid->resource.n == 0);
	FUZZ_CHECK(str_eq(jid->domain, p->component));
	FUZZ_CHECK(address_contact_uri(a, p, jid, &to, NULL, &why));
	FUZZ_CHECK(str_eq(uri_text(a, &to), uri_text(a, uri)));
	FUZZ_CHECK(address_contact_jid(a, p, uri, &back, NULL, &why));
	FUZZ_CHECK(jid_eq(&back, jid));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str rest = { (const char *)data, size }, choice;
	const struct address_plan *p;
	struct fault why;
	struct arena a;
	struct uri uri;
	struct jid jid;

	arena_init(&a, 4096);
	choice = fuzz_field(&rest);
	p = &fuzz_plans[fuzz_choice(choice, 4)];
	check_number(typed_number(&a, rest));
	if (typed_contact(&a, p, rest, &jid, &uri, &why))
		check_contact(&a, p, &jid, &uri);
	else
		FUZZ_CHECK(why.status >= 400);
	arena_fini(&a);
	return 0;
}
