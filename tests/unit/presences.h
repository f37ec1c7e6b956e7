#ifndef STOX_TESTS_PRESENCES_H
#define STOX_TESTS_PRESENCES_H
#include <stdio.h>
#include "document.h"
#include "mapping/presence.h"

/* Presence documents and what they say, in a line each, for several tests. */
enum { PRESENCES_CHUNK_BYTES = 4096 };

/* A document of the fuzz corpus, so that each is written down once. */
static inline struct str presences_file(struct arena *a, const char *folder,
					const char *name)
{
	char *p = arena_alloc(a, PIDF_MAX_BYTES);
	struct str path = str_fmt(a, "%s/tests/fuzz/corpus/%s/%s%c",
				  STOX_SOURCE_DIR, folder, name, '\0');
	FILE *in = fopen(path.p, "r");
	size_t n;

	assert(in != NULL);
	n = fread(p, 1, PIDF_MAX_BYTES, in);
	fclose(in);
	return (struct str){ p, n };
}

static inline struct pidf presences_pidf(struct arena *a, struct str doc)
{
	const char *why = NULL;
	struct pidf p;
	bool ok = pidf_read(a, document_of(a, doc), &p, &why);

	assert(ok);
	return p;
}

static inline void presences_put_texts(struct strbuf *b, const struct text *t)
{
	for (; t != NULL; t = t->next)
		strbuf_addf(b, " [%.*s]%.*s", STR_ARG(t->lang), STR_ARG(t->s));
}

/* "balcony dnd 5 [en]busy idle 2015-01-01T00:00:00Z at 1420070400; phone -":
 * resource ("." for none), show or "+" or "-" when not available, priority
 * unless it is 0, status, idle, stamp unless it is 0. "nothing" for NULL. */
static inline const char *presences_dump(struct arena *a,
					 const struct presence_item *i)
{
	struct strbuf b;
	char *z;

	strbuf_init(&b, PIDF_MAX_BYTES);
	if (i == NULL)
		strbuf_addlit(&b, "nothing");
	for (; i != NULL; i = i->next) {
		struct str show = presence_show_name(i->show);

		strbuf_add(&b, i->resource.n > 0 ? i->resource : STR_LIT("."));
		strbuf_addf(&b, " %.*s",
			    STR_ARG(!i->is_available ? STR_LIT("-")
				    : show.n > 0     ? show
						     : STR_LIT("+")));
		if (i->priority != 0)
			strbuf_addf(&b, " %d", i->priority);
		presences_put_texts(&b, i->status);
		if (i->idle_since.n > 0)
			strbuf_addf(&b, " idle %.*s", STR_ARG(i->idle_since));
		if (i->stamp_s != 0)
			strbuf_addf(&b, " at %lld", (long long)i->stamp_s);
		if (i->next != NULL)
			strbuf_addlit(&b, "; ");
	}
	z = str_dupz(a, strbuf_str(&b));
	strbuf_fini(&b);
	return z;
}

static inline const char *presences_items_of(struct arena *a, struct str doc)
{
	struct pidf p = presences_pidf(a, doc);

	return presences_dump(a, presence_from_pidf(a, &p));
}

#endif
