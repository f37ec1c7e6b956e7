#include "gateway/storage.h"
#include <sys/stat.h>
#include "gateway/base/loop.h"

#define FOLDER "/var/lib/stox"

enum { DETAIL_MAX_BYTES = 400 };

static struct store *try(struct loop *l, const struct store_options *given,
			 const char *what, const char **why)
{
	struct store_options o = *given;
	struct str path = o.path, text;
	struct strbuf detail;
	struct store *s;

	strbuf_init(&detail, DETAIL_MAX_BYTES);
	o.detail = &detail;
	s = store_open(l, &o, why);
	if (s == NULL) {
		/* A connection string may hold a password. */
		if (o.backend != STORE_SQLITE)
			path = STR_NONE;
		text = str_fmt(loop_arena(l), "%s%s%.*s: %s%s%.*s", what,
			       path.n > 0 ? " " : "", STR_ARG(path), *why,
			       detail.n > 0 ? ": " : "",
			       STR_ARG(strbuf_str(&detail)));
		*why = str_dupz(loop_arena(l), text);
	}
	strbuf_fini(&detail);
	return s;
}

struct store *storage_open(struct loop *l, const struct config *c,
			   bool *is_memory, const char **why)
{
	const char *ignored;
	struct store_options o = {
		.backend = c->store_backend,
		.path = c->store_path,
		.node = c->store_node,
	};
	struct store *s;

	*is_memory = false;
	if (o.backend == STORE_PGSQL) {
		o.path = c->store_connection;
		return try(l, &o, "store.connection", why);
	}
	if (o.backend != STORE_SQLITE || o.path.n > 0)
		return try(l, &o, "store.path", why);
	(void)mkdir(FOLDER, 0700);
	o.path = STR_LIT(FOLDER "/stox.db");
	s = try(l, &o, "store.path", why);
	if (s != NULL)
		return s;
	*is_memory = true;
	o.backend = STORE_MEMORY;
	return try(l, &o, "store.backend", &ignored);
}
