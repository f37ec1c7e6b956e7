#include "gateway/store/storage.h"
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "gateway/base/loop.h"
#include "gateway/store/store_backend.h"

#define FOLDER "/var/lib/stox"

enum { DETAIL_MAX_BYTES = 400 };

/* *reason: what the store itself says. */
static struct store *try(struct loop *l, const struct store_options *given,
			 const char *what, const char **why,
			 const char **reason)
{
	struct store_options o = *given;
	struct str path = o.path, text;
	struct strbuf detail;
	struct store *s;

	strbuf_init(&detail, DETAIL_MAX_BYTES);
	o.detail = &detail;
	s = store_open(l, &o, why);
	*reason = *why;
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

/* A store that is there and cannot be used must not be forgotten over one in
 * memory. Somebody else's that runs is none of ours. */
static bool is_to_do_without(const char *path, const char *reason)
{
	return access(path, F_OK) != 0 || strcmp(reason, STORE_WHY_IN_USE) == 0;
}

struct store *storage_open(struct loop *l, const struct config *c,
			   bool *is_memory, const char **why)
{
	const char *ignored, *reason;
	struct store_options o = {
		.backend = c->store_backend,
		.path = c->store_path,
		.node = c->store_node,
	};
	struct store *s;

	*is_memory = false;
	if (o.backend == STORE_PGSQL) {
		o.path = c->store_connection;
		return try(l, &o, "store.connection", why, &reason);
	}
	if (o.backend != STORE_SQLITE || o.path.n > 0)
		return try(l, &o, "store.path", why, &reason);
	(void)mkdir(FOLDER, 0700);
	o.path = STR_LIT(FOLDER "/stox.db");
	s = try(l, &o, "store.path", why, &reason);
	if (s != NULL || !is_to_do_without(o.path.p, reason))
		return s;
	*is_memory = true;
	o.backend = STORE_MEMORY;
	return try(l, &o, "store.backend", &ignored, &reason);
}
