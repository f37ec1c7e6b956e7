#include "gateway/admin/chat.h"
#include "gateway/admin/desk.h"
#include "gateway/base/table.h"
#include "gateway/bridge.h"
#include "gateway/trust/policy.h"
#include "mapping/payload.h"

enum {
	ASKED_BURST = 20, /* of one user, then one a second */
	HINTS_BURST = 5,  /* of one user, then one a minute */
	HINT_EVERY_MS = 60000,
	HINTS = 1024,
	ID_BYTES = 16
};

/* Hints to somebody are remembered in the slot of his hash; a collision gives
 * him more of them. Up to all_ms those that he got would have come one a
 * minute. */
struct chat {
	struct policy *policy; /* owned */
	struct {
		uint64_t who, all_ms;
	} hints[HINTS];
};

struct chat *chat_create(void)
{
	struct chat *c = calloc(1, sizeof(*c));

	if (c == NULL)
		abort();
	c->policy = policy_create((struct config_rate){ 1, ASKED_BURST });
	return c;
}

void chat_destroy(struct chat **cp)
{
	struct chat *c = *cp;

	if (c == NULL)
		return;
	*cp = NULL;
	policy_destroy(&c->policy);
	free(c);
}

bool chat_admit(struct bridge *b, const struct jid *user)
{
	return policy_admit(b->chat->policy,
			    jid_bare_text(loop_arena(b->loop), user),
			    loop_now_ms(b->loop));
}

/* --- answers */

static void say(const struct desk_to *to, struct str text)
{
	char *id = arena_alloc(loop_arena(to->link->bridge->loop), ID_BYTES);
	struct text body = { .s = text };
	struct stanza s = {
		.kind = STANZA_MESSAGE,
		.from = to->gateway,
		.to = to->user,
		.id = { id, ID_BYTES },
		.u.message = { .type = to->type,
			       .body = &body,
			       .thread = to->thread },
	};

	keyed_token(id, ID_BYTES);
	message_write(link_begin(to->link), &s, NULL);
	link_end(to->link);
}

/* A person may mistype a few times; two programs must not talk to each other
 * for ever. */
static bool may_hint(const struct desk_to *to)
{
	struct bridge *b = to->link->bridge;
	struct str who = jid_bare_text(loop_arena(b->loop), &to->user);
	uint64_t hash = keyed_hash(who.p, who.n);
	uint64_t now_ms = loop_now_ms(b->loop);
	size_t i = hash % HINTS;
	uint64_t all_ms = b->chat->hints[i].all_ms;

	if (b->chat->hints[i].who != hash || all_ms < now_ms)
		all_ms = now_ms;
	if (all_ms - now_ms > (HINTS_BURST - 1) * (uint64_t)HINT_EVERY_MS)
		return false;
	b->chat->hints[i].who = hash;
	b->chat->hints[i].all_ms = all_ms + HINT_EVERY_MS;
	return true;
}

static void on_answer(const struct desk_to *to, enum admin_status status,
		      struct str text)
{
	bool is_refused = status == ADMIN_USAGE || status == ADMIN_FORBIDDEN;

	if (is_refused && !may_hint(to))
		return;
	if (text.n > 0 && text.p[text.n - 1] == '\n')
		text.n--;
	say(to, text);
}

/* --- questions */

/* What Germans may type; the answer is German then. */
static const struct {
	const char *word, *command;
} synonyms[] = {
	{ "hilfe", "help" },	      { "werbinich", "whoami" },
	{ "suche", "lookup" },	      { "sperren", "block" },
	{ "freigeben", "unblock" },   { "gesperrt", "blocked" },
	{ "beobachter", "watchers" }, { "entziehen", "withdraw" },
	{ "tippen", "typing" },	      { "quittungen", "receipts" },
};

static struct str translate(struct arena *a, struct str line, struct str *lang)
{
	struct str rest = line, word = str_cut(&rest, ' ');
	size_t i;

	if (str_eqz(word, "?"))
		return STR_LIT("help");
	for (i = 0; i < sizeof(synonyms) / sizeof(synonyms[0]); i++) {
		if (!str_ieqz(word, synonyms[i].word))
			continue;
		*lang = STR_LIT("de");
		return str_fmt(a, "%s %.*s", synonyms[i].command,
			       STR_ARG(rest));
	}
	return line;
}

static bool is_question(const struct stanza *s)
{
	const struct message *m = &s->u.message;

	return (m->type == MESSAGE_CHAT || m->type == MESSAGE_NORMAL) &&
	       s->from.local.n > 0 && m->body != NULL &&
	       str_trim(m->body->s).n > 0;
}

static void refuse(struct link *k, const struct stanza *s, int status,
		   enum cond cond, const char *text)
{
	struct fault f;

	fault_set(&f, status, cond, text);
	link_refuse(k, s, &f);
}

/* Who writes encrypted waits for an answer, too. */
static void tell_lost(struct link *k, const struct stanza *s, struct arena *a)
{
	struct extras x;
	const char *lost;

	extras_read(a, s->el, &x);
	lost = payload_lost(s->el, &x);
	if (lost != NULL && s->u.message.type != MESSAGE_HEADLINE)
		refuse(k, s, 488, COND_SERVICE_UNAVAILABLE, lost);
}

void chat_message(struct link *k, const struct stanza *s, struct arena *a)
{
	const struct message *m = &s->u.message;
	struct desk_to to = { .link = k,
			      .user = s->from,
			      .gateway = s->to,
			      .lang = s->lang,
			      .thread = m->thread,
			      .type = m->type };
	struct str line;

	if (m->type == MESSAGE_GROUPCHAT) {
		refuse(k, s, 406, COND_NOT_ACCEPTABLE, "this is no chat room");
		return;
	}
	if (!is_question(s)) {
		if (m->body == NULL && s->from.local.n > 0)
			tell_lost(k, s, a);
		return;
	}
	if (!link_serves(k, s->from.domain)) {
		refuse(k, s, 403, COND_FORBIDDEN,
		       "this gateway does not serve your domain");
		return;
	}
	if (!chat_admit(k->bridge, &s->from))
		return; /* an error could be answered as well */
	line = str_trim(m->body->s);
	if (str_find(line, '\n') < line.n)
		line = STR_LIT("?\?"); /* a command is one line */
	desk_line(&to, translate(a, line, &to.lang), on_answer);
}
