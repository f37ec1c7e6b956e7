#include "gateway/admin/desk.h"
#include <string.h>

/* A call, with what its answer needs. */
struct desk_call {
	struct admin_call call; /* first: what handlers see */
	const struct desk_to *to;
	desk_answer_fn *answer;
	struct strbuf out;
};

/* What is kept of the question while its answer is under way. */
struct desk_later {
	struct admin_later later; /* first */
	struct desk_to to;	  /* slices in text[] */
	desk_answer_fn *answer;
	char text[];
};

enum admin_role desk_role(const struct link *k, const struct jid *user)
{
	const struct config *c = k->bridge->cfg;
	size_t i;

	for (i = 0; i < c->admin_count; i++)
		if (jid_bare_eq(&c->admins[i], user))
			return ADMIN_ADMIN;
	return ADMIN_USER;
}

/* --- later */

static void later_done(struct admin_later *l, bool is_done, struct str text)
{
	struct desk_later *d = (struct desk_later *)l;

	d->answer(&d->to, is_done ? ADMIN_OK : ADMIN_FAILED, text);
	free(d);
}

/* Every slice of to; their bytes into p, unless that is NULL. */
static size_t keep_all(struct desk_to *to, char *p)
{
	struct str *const all[] = {
		&to->user.local,
		&to->user.domain,
		&to->user.resource,
		&to->gateway.local,
		&to->gateway.domain,
		&to->gateway.resource,
		&to->id,
		&to->lang,
		&to->thread,
		&to->node,
		&to->session,
	};
	size_t i, n = 0;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		n += all[i]->n;
		if (p != NULL)
			*all[i] = str_put(&p, *all[i]);
	}
	return n;
}

static struct admin_later *defer(struct admin_call *call)
{
	struct desk_call *c = (struct desk_call *)call;
	struct desk_to to = *c->to;
	struct desk_later *d = malloc(sizeof(*d) + keep_all(&to, NULL));

	if (d == NULL)
		abort();
	d->later =
		(struct admin_later){ .lang = call->lang, .done = later_done };
	d->to = to;
	d->answer = c->answer;
	keep_all(&d->to, d->text);
	return &d->later;
}

/* --- now */

static void begin(struct desk_call *c, const struct desk_to *to,
		  desk_answer_fn *answer)
{
	struct bridge *b = to->link->bridge;
	struct arena *a = loop_arena(b->loop);

	*c = (struct desk_call){
		.call = { .bridge = b,
			  .link = to->link,
			  .role = desk_role(to->link, &to->user),
			  .lang = admin_lang_read(to->lang),
			  .by = STR_LIT("xmpp"),
			  .jid = jid_bare_text(a, &to->user),
			  .a = a,
			  .out = &c->out,
			  .defer = defer },
		.to = to,
		.answer = answer,
	};
	strbuf_init(&c->out, to->link->bridge->cfg->stanza_max_bytes / 4);
}

static void end(struct desk_call *c, enum admin_status status)
{
	if (c->out.overflow) {
		strbuf_reset(&c->out);
		admin_say(&c->call, "%s",
			  admin_t(&c->call, "the answer is too long",
				  "Die Antwort ist zu lang"));
		status = ADMIN_FAILED;
	}
	if (!c->call.is_deferred)
		c->answer(c->to, status, strbuf_str(&c->out));
	strbuf_fini(&c->out);
}

void desk_line(const struct desk_to *to, struct str line,
	       desk_answer_fn *answer)
{
	struct desk_call c;

	begin(&c, to, answer);
	end(&c, admin_line(&c.call, line));
}

void desk_words(const struct desk_to *to, const struct str *words, size_t count,
		desk_answer_fn *answer)
{
	struct desk_call c;

	begin(&c, to, answer);
	end(&c, admin_run(&c.call, words, count));
}
