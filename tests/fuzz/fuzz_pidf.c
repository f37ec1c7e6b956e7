/* room: mapping;xmpp */
/* runs: 30000 */
/* A presence document: what is made of it are valid items, each resource once;
 * what is written of those is well-formed, and read again it gives the same
 * items, as several tuples and as one. */
#include "fuzz.h"
#include "mapping/presence.h"
#include "xmpp/stream.h"

enum { CHUNK_BYTES = 16384, NOW_S = 1420070400, WRITTEN_MAX_BYTES = 1 << 20 };

/* What is written may be longer: ids and escapes grow. */
static const struct stream_limits limits = { PIDF_MAX_BYTES, 32, 64 };
static const struct stream_limits wide = { WRITTEN_MAX_BYTES, 32, 64 };

static void check_text(struct arena *a, struct str s)
{
	FUZZ_CHECK(str_is_utf8(s));
	FUZZ_CHECK(xml_clean(a, s).p == s.p);
}

static void check_status(struct arena *a, const struct text *t)
{
	const struct text *other;

	for (; t != NULL; t = t->next) {
		check_text(a, t->s);
		FUZZ_CHECK(t->s.n > 0);
		for (other = t->next; other != NULL; other = other->next)
			FUZZ_CHECK(!str_ieq(t->lang, other->lang));
	}
}

static void check_resource(struct arena *a, struct str resource)
{
	const char *why;
	struct jid jid;

	if (resource.n == 0)
		return;
	FUZZ_CHECK(jid_make(a, STR_NONE, STR_LIT("x"), resource, &jid, &why));
	FUZZ_CHECK(str_eq(jid.resource, resource));
}

static void check_items(struct arena *a, const struct presence_item *i)
{
	const struct presence_item *other;

	for (; i != NULL; i = i->next) {
		check_resource(a, i->resource);
		check_status(a, i->status);
		FUZZ_CHECK(i->priority >= 0 && i->priority <= 127);
		FUZZ_CHECK(i->stamp_s >= 0);
		FUZZ_CHECK(i->is_available ||
			   (i->show == SHOW_NONE && i->priority == 0 &&
			    i->idle_since.n == 0));
		for (other = i->next; other != NULL; other = other->next)
			FUZZ_CHECK(!str_eq(i->resource, other->resource));
	}
}

static const struct presence_item *find(const struct presence_item *list,
					struct str resource)
{
	while (list != NULL && !str_eq(list->resource, resource))
		list = list->next;
	return list;
}

static struct pidf written(struct arena *a, const struct presence_item *items,
			   bool wants_one)
{
	static const struct uri entity = { .scheme = URI_SIP,
					   .scheme_text = STR("sip"),
					   .user = STR("juliet"),
					   .host = STR("example.com") };
	const struct xml *doc;
	const char *why;
	struct strbuf b;
	struct pidf p;

	presence_to_pidf(a, &entity, items, wants_one, NOW_S, &p);
	strbuf_init(&b, WRITTEN_MAX_BYTES);
	pidf_write(&b, &p);
	FUZZ_CHECK(!b.overflow);
	doc = stream_document(a, strbuf_str(&b), &wide, &why);
	FUZZ_CHECK(doc != NULL);
	FUZZ_CHECK(pidf_read(a, doc, &p, &why));
	strbuf_fini(&b);
	return p;
}

static void check_round(struct arena *a, const struct presence_item *items)
{
	const struct pidf several = written(a, items, false);
	const struct pidf one = written(a, items, true);
	const struct presence_item *back = presence_from_pidf(a, &several);
	const struct presence_item *i, *same;

	check_items(a, back);
	for (i = items; i != NULL; i = i->next) {
		same = find(back, i->resource);
		FUZZ_CHECK(same != NULL && presence_item_eq(i, same));
	}
	FUZZ_CHECK(one.tuples != NULL && one.tuples->next == NULL);
	check_items(a, presence_from_pidf(a, &one));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct presence_item *items;
	const struct xml *doc;
	const char *why;
	struct arena a;
	struct pidf p;

	arena_init(&a, CHUNK_BYTES);
	doc = stream_document(&a, (struct str){ (const char *)data, size },
			      &limits, &why);
	if (doc != NULL && pidf_read(&a, doc, &p, &why)) {
		items = presence_from_pidf(&a, &p);
		FUZZ_CHECK(items != NULL || p.tuples == NULL);
		check_items(&a, items);
		check_round(&a, items);
	}
	arena_fini(&a);
	return 0;
}
