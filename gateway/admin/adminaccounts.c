#include <stdlib.h>
#include <string.h>
#include "gateway/admin/adminwork.h"
#include "gateway/base/arena.h"
#include "gateway/bridge.h"
#include "gateway/phones/accounts.h"

/* The users of the registrar that are in the store (accounts.h). The answer
 * waits for the row: what was told survives kill -9. */

struct pending {
	struct admin_later *later; /* NULL: who asked does not wait */
};

static void on_kept(void *arg, bool is_kept)
{
	enum { TEXT_MAX_BYTES = 400 };
	struct pending *p = arg;
	struct admin_later *l = p->later;
	struct strbuf out;
	struct admin_call c = { .out = &out };
	const char *text;

	free(p);
	if (l == NULL)
		return;
	c.lang = l->lang;
	text = admin_t(&c, "done", "erledigt");
	if (!is_kept)
		text = admin_t(&c,
			       "the store has not kept it: it holds until the "
			       "next start; see the log, and try again",
			       "die Datenbank hat es nicht behalten: es gilt "
			       "bis zum nächsten Start; siehe Log, und noch "
			       "einmal versuchen");
	strbuf_init(&out, TEXT_MAX_BYTES);
	admin_say(&c, "%s", text);
	l->done(l, is_kept, strbuf_str(&out));
	strbuf_fini(&out);
}

static bool refuse(struct admin_call *c, const char *why)
{
	admin_say(c, "%.*s: %s", STR_ARG(c->args[0]), why);
	return false;
}

/* The answer comes with on_kept; for who cannot wait: at once. */
static bool act(struct admin_call *c,
		bool (*fn)(struct admin_call *c, struct pending *p,
			   const char **why))
{
	struct pending *p = calloc(1, sizeof(*p));
	const char *why;

	if (p == NULL)
		abort();
	if (!fn(c, p, &why)) {
		free(p);
		return refuse(c, why);
	}
	if (c->defer != NULL)
		p->later = admin_defer(c);
	return true;
}

static bool put(struct admin_call *c, struct pending *p, const char **why)
{
	return account_put(c->bridge, c->args[0], c->args[1], on_kept, p, why);
}

static bool cancel(struct admin_call *c, struct pending *p, const char **why)
{
	return account_remove(c->bridge, c->args[0], on_kept, p, why);
}

bool admin_account_add(struct admin_call *c)
{
	if (account_is_there(c->bridge, c->args[0]))
		return refuse(c, admin_t(c,
					 "is there already; see "
					 "account-password",
					 "gibt es schon; siehe "
					 "account-password"));
	return act(c, put);
}

bool admin_account_password(struct admin_call *c)
{
	if (!account_is_there(c->bridge, c->args[0]))
		return refuse(c, admin_t(c, "is not in the store",
					 "steht nicht in der Datenbank"));
	return act(c, put);
}

bool admin_account_remove(struct admin_call *c)
{
	return act(c, cancel);
}

static int by_text(const void *x, const void *y)
{
	const struct str *s = x, *t = y;
	int d = memcmp(s->p, t->p, s->n < t->n ? s->n : t->n);

	return d != 0 ? d : (s->n > t->n) - (s->n < t->n);
}

struct list {
	struct str *aors;
	size_t n;
};

static void count(void *arg, struct str aor)
{
	(void)aor;
	((struct list *)arg)->n++;
}

static void collect(void *arg, struct str aor)
{
	struct list *l = arg;

	l->aors[l->n++] = aor;
}

bool admin_accounts(struct admin_call *c)
{
	struct list l = { .n = 0 };
	size_t i;

	accounts_each(c->bridge, count, &l);
	admin_row(c, admin_t(c, "users in the store", "Nutzer"), "%zu", l.n);
	l.aors = arena_alloc(c->a, (l.n + 1) * sizeof(*l.aors));
	l.n = 0;
	accounts_each(c->bridge, collect, &l);
	qsort(l.aors, l.n, sizeof(*l.aors), by_text);
	for (i = 0; i < l.n; i++)
		admin_say(c, "%.*s", STR_ARG(l.aors[i]));
	return true;
}
