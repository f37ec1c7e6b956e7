/* room: mapping */
/* runs: 200000 */
/* JID and URI, both ways, in every plan: whatever is taken leads back. */
#include "fields.h"
#include "fuzz.h"
#include "mapping/address.h"

typedef bool (*to_uri_fn)(struct arena *, const struct address_plan *,
			  const struct jid *, struct uri *, struct str *,
			  struct fault *);
typedef bool (*to_jid_fn)(struct arena *, const struct address_plan *,
			  const struct uri *, struct jid *, struct str *,
			  struct fault *);

static const to_uri_fn to_uri[] = { address_contact_uri, address_user_uri };
static const to_jid_fn to_jid[] = { address_contact_jid, address_user_jid };

static void check_clean(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		FUZZ_CHECK((unsigned char)s.p[i] > ' ' &&
			   (unsigned char)s.p[i] < 0x7F);
}

/* A resource may be left out where the URI would be too long with it. */
static bool has_no_room(const struct uri *uri, struct str resource)
{
	return uri->params.n == 0 &&
	       uri->user.n + uri->host.n + 3 * resource.n + 16 > URI_MAX_BYTES;
}

static void from_jid(struct arena *a, const struct address_plan *p,
		     const struct jid *jid)
{
	int sides = 0;

	for (int side = 0; side < 2; side++) {
		struct fault fault;
		struct uri uri, read;
		struct jid back;
		const char *why;

		if (!to_uri[side](a, p, jid, &uri, NULL, &fault)) {
			FUZZ_CHECK(fault.status >= 400 && fault.text.n > 0);
			continue;
		}
		sides++;
		check_clean(uri_text(a, &uri));
		if (uri_text(a, &uri).n > URI_MAX_BYTES)
			continue;
		FUZZ_CHECK(uri_read(uri_text(a, &uri), &read, &why));
		FUZZ_CHECK(to_jid[side](a, p, &read, &back, NULL, &fault));
		if (has_no_room(&uri, jid->resource))
			back.resource = jid->resource;
		FUZZ_CHECK(jid_eq(jid, &back));
	}
	FUZZ_CHECK(sides < 2);
}

static void from_uri(struct arena *a, const struct address_plan *p,
		     const struct uri *uri)
{
	bool is_user = address_is_user_host(p, uri);
	int sides = 0;

	for (int side = 0; side < 2; side++) {
		struct fault fault;
		struct uri canonical;
		struct jid jid, again;

		if (!to_jid[side](a, p, uri, &jid, NULL, &fault)) {
			FUZZ_CHECK(fault.status >= 400 && fault.text.n > 0);
			continue;
		}
		sides++;
		FUZZ_CHECK(is_user == (side == 1));
		/* Only its length can keep it from being written. */
		if (!to_uri[side](a, p, &jid, &canonical, NULL, &fault)) {
			FUZZ_CHECK(fault.cond == COND_JID_MALFORMED);
			FUZZ_CHECK(uri->user.n > URI_USER_MAX_BYTES / 3);
			continue;
		}
		FUZZ_CHECK(
			to_jid[side](a, p, &canonical, &again, NULL, &fault));
		FUZZ_CHECK(jid_eq(&jid, &again));
	}
	FUZZ_CHECK(sides < 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str rest = { (const char *)data, size }, choice;
	const struct address_plan *p;
	struct arena a;
	struct uri uri;
	struct jid jid;
	const char *why;

	arena_init(&a, 4096);
	choice = fuzz_field(&rest);
	p = &fuzz_plans[fuzz_choice(choice, 4)];
	if (jid_read(&a, rest, &jid, &why))
		from_jid(&a, p, &jid);
	if (jid_make(&a, rest, p->component, STR_NONE, &jid, &why))
		from_jid(&a, p, &jid);
	if (uri_read(rest, &uri, &why))
		from_uri(&a, p, &uri);
	arena_fini(&a);
	return 0;
}
