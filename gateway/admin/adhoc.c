#include "gateway/admin/adhoc.h"
#include "gateway/admin/adhocform.h"
#include "gateway/admin/chat.h"
#include "gateway/admin/desk.h"
#include "gateway/base/table.h"
#include "xmpp/form.h"
#include "xmpp/ns.h"

enum { ID_BYTES = 16 };

struct session {
	UT_hash_handle hh; /* by id; the oldest first */
	char id[ID_BYTES];
	struct link *link; /* borrowed */
	const struct admin_command *command;
	uint64_t until_ms;
	struct keyed128 owner; /* of the full JID */
	struct keyed128 user;  /* of the bare one */
};

struct adhoc {
	struct session *sessions; /* owned table */
	unsigned session_ms;
};

struct asking {
	struct link *link;
	const struct stanza *s;
	const struct xml *command;
	struct arena *a;
	struct str lang;
};

struct adhoc *adhoc_create(unsigned session_ms)
{
	struct adhoc *h = calloc(1, sizeof(*h));

	if (h == NULL)
		abort();
	h->session_ms = session_ms;
	return h;
}

static void session_drop(struct adhoc *h, struct session *n)
{
	HASH_DEL(h->sessions, n);
	free(n);
}

void adhoc_destroy(struct adhoc **ap)
{
	struct adhoc *h = *ap;

	if (h == NULL)
		return;
	*ap = NULL;
	while (h->sessions != NULL)
		session_drop(h, h->sessions);
	free(h);
}

/* --- sessions */

static struct keyed128 key_of(struct str s)
{
	return keyed_hash128(s.p, s.n);
}

static bool is_same(struct keyed128 x, struct keyed128 y)
{
	return x.a == y.a && x.b == y.b;
}

/* One more of his: his oldest goes where he has too many. */
static void make_room(struct adhoc *h, struct keyed128 user)
{
	struct session *n, *tmp, *oldest = NULL;
	size_t count = 0;

	HASH_ITER (hh, h->sessions, n, tmp) {
		if (!is_same(n->user, user))
			continue;
		if (count++ == 0)
			oldest = n;
	}
	if (count >= ADHOC_SESSIONS_PER_USER_MAX)
		session_drop(h, oldest);
	else if (HASH_COUNT(h->sessions) >= ADHOC_SESSIONS_MAX)
		session_drop(h, h->sessions);
}

static struct str session_begin(const struct asking *q,
				const struct admin_command *m)
{
	struct bridge *b = q->link->bridge;
	struct session *n = calloc(1, sizeof(*n));

	if (n == NULL)
		abort();
	n->link = q->link;
	n->command = m;
	n->until_ms = loop_now_ms(b->loop) + b->adhoc->session_ms;
	n->owner = key_of(jid_text(q->a, &q->s->from));
	n->user = key_of(jid_bare_text(q->a, &q->s->from));
	make_room(b->adhoc, n->user);
	keyed_token(n->id, ID_BYTES);
	HASH_ADD(hh, b->adhoc->sessions, id, ID_BYTES, n);
	return str_dup(q->a, (struct str){ n->id, ID_BYTES });
}

/* Nobody else's: whoever guesses an id learns nothing by it. */
static struct session *session_find(const struct asking *q, struct str id)
{
	struct adhoc *h = q->link->bridge->adhoc;
	struct session *n = NULL;

	if (id.n == ID_BYTES)
		HASH_FIND(hh, h->sessions, id.p, ID_BYTES, n);
	if (n == NULL || n->link != q->link ||
	    !is_same(n->owner, key_of(jid_text(q->a, &q->s->from))))
		return NULL;
	return n;
}

/* --- answers */

static void give(struct link *k, const struct stanza *s, struct xml *payload)
{
	link_result(k, s, payload);
}

/* An error with a condition of XEP-0050 §4.4. */
static void refuse(const struct asking *q, const char *type,
		   const char *condition, const char *why)
{
	struct arena *a = q->a;
	struct xml *iq = xml_element(a, "iq", NS_COMPONENT), *error;

	xml_set(a, iq, "type", STR_LIT("error"));
	xml_set(a, iq, "from", jid_text(a, &q->s->to));
	xml_set(a, iq, "to", jid_text(a, &q->s->from));
	xml_set(a, iq, "id", q->s->id);
	error = xml_add(a, iq, "error", NULL);
	xml_set(a, error, "type", str_z(type));
	xml_add(a, error, condition, NS_STANZA_ERRORS);
	if (why != NULL)
		xml_add(a, error, why, NS_COMMANDS);
	xml_write(link_begin(q->link), iq, STR_LIT(NS_COMPONENT));
	link_end(q->link);
}

static struct desk_to to_of(const struct asking *q, struct str session)
{
	return (struct desk_to){
		.link = q->link,
		.user = q->s->from,
		.gateway = q->s->to,
		.id = q->s->id,
		.lang = q->lang,
		.node = xml_attr(q->command, "node"),
		.session = session,
	};
}

static void on_answer(const struct desk_to *to, enum admin_status status,
		      struct str text)
{
	struct arena *a = loop_arena(to->link->bridge->loop);
	const struct stanza s = { .kind = STANZA_IQ,
				  .from = to->user,
				  .to = to->gateway,
				  .id = to->id,
				  .u.iq.type = IQ_SET };
	const struct admin_command *m =
		admin_find(to->node, desk_role(to->link, &to->user));

	give(to->link, &s,
	     adhocform_answer(a, to, m, status == ADMIN_OK, text));
}

/* --- the steps */

/* As often as he may write a line; else he is told to wait. */
static bool is_admitted(const struct asking *q)
{
	bool is = chat_admit(q->link->bridge, &q->s->from);

	if (!is)
		refuse(q, "wait", "resource-constraint", NULL);
	return is;
}

static void run(const struct asking *q, const struct admin_command *m,
		const struct xml *form, struct str session)
{
	const struct desk_to to = to_of(q, session);
	struct str words[ADMIN_ARGS_MAX + 1];
	size_t n = adhocform_words(q->a, m, form, words);

	desk_words(&to, words, n, on_answer);
}

static void begin(const struct asking *q, const struct admin_command *m)
{
	const struct xml *form = form_find(q->command, "submit");
	struct str session;
	struct desk_to to;

	/* Without arguments, or with all that is wanted: at once. */
	if (m->args[0].name == NULL || form != NULL) {
		char *id = arena_alloc(q->a, ID_BYTES);

		if (!is_admitted(q))
			return;
		keyed_token(id, ID_BYTES);
		run(q, m, form, (struct str){ id, ID_BYTES });
		return;
	}
	session = session_begin(q, m);
	to = to_of(q, session);
	give(q->link, q->s,
	     adhocform_question(q->a, &to, m, admin_lang_read(q->lang)));
}

static void cancel(const struct asking *q, struct session *n, struct str id)
{
	struct xml *x = xml_element(q->a, "command", NS_COMMANDS);

	session_drop(q->link->bridge->adhoc, n);
	xml_set(q->a, x, "node", xml_attr(q->command, "node"));
	xml_set(q->a, x, "sessionid", id);
	xml_set(q->a, x, "status", STR_LIT("canceled"));
	give(q->link, q->s, x);
}

/* The second step, which is the last one. */
static void go_on(const struct asking *q, const struct admin_command *m,
		  struct str id, struct str action)
{
	struct adhoc *h = q->link->bridge->adhoc;
	struct session *n = session_find(q, id);
	const struct xml *form = form_find(q->command, "submit");

	if (n == NULL || n->command != m) {
		refuse(q, "modify", "bad-request", "bad-sessionid");
	} else if (n->until_ms < loop_now_ms(q->link->bridge->loop)) {
		session_drop(h, n);
		refuse(q, "cancel", "not-allowed", "session-expired");
	} else if (str_eqz(action, "cancel")) {
		cancel(q, n, id);
	} else if (str_eqz(action, "prev")) {
		refuse(q, "modify", "bad-request", "bad-action");
	} else if (form == NULL) {
		refuse(q, "modify", "bad-request", "bad-payload");
	} else if (is_admitted(q)) {
		session_drop(h, n);
		run(q, m, form, str_dup(q->a, id));
	}
}

static bool is_action(struct str s)
{
	static const char *const actions[] = { "execute", "complete", "next",
					       "prev", "cancel" };
	size_t i;

	for (i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (str_eqz(s, actions[i]))
			return true;
	return s.n == 0;
}

/* Not those that a secret comes with: they are given at the socket. */
static const struct admin_command *find(struct str node, enum admin_role role)
{
	const struct admin_command *m = admin_find(node, role);

	return m != NULL && !m->is_local ? m : NULL;
}

static void on_command(const struct asking *q)
{
	struct str id = xml_attr(q->command, "sessionid");
	struct str action = xml_attr(q->command, "action");
	enum admin_role role = desk_role(q->link, &q->s->from);
	struct str node = xml_attr(q->command, "node");
	const struct admin_command *m = find(node, role);
	bool is_forbidden =
		!link_serves(q->link, q->s->from.domain) ||
		(m == NULL && admin_find(node, ADMIN_ADMIN) != NULL);

	if (is_forbidden)
		refuse(q, "auth", "forbidden", NULL);
	else if (!is_action(action))
		refuse(q, "modify", "bad-request", "malformed-action");
	else if (m == NULL)
		refuse(q, "cancel", "item-not-found", NULL);
	else if (id.n > 0)
		go_on(q, m, id, action);
	else if (action.n == 0 || str_eqz(action, "execute"))
		begin(q, m);
	else
		refuse(q, "modify", "bad-request",
		       str_eqz(action, "cancel") ? "bad-sessionid"
						 : "bad-action");
}

/* --- which there are */

static bool on_disco(struct asking *q, const struct xml *asked)
{
	bool is_info = xml_is(asked, "query", NS_DISCO_INFO);
	struct str node = xml_attr(asked, "node");
	enum admin_role role = desk_role(q->link, &q->s->from);
	enum admin_lang lang = admin_lang_read(q->lang);
	struct xml *x = NULL;

	if ((!is_info && !xml_is(asked, "query", NS_DISCO_ITEMS)) ||
	    node.n == 0 || !link_serves(q->link, q->s->from.domain))
		return false;
	if (is_info)
		x = adhocform_info(q->a, node, role, lang);
	else if (str_eqz(node, NS_COMMANDS))
		x = adhocform_items(q->a, &q->s->to, role, lang);
	if (x != NULL)
		give(q->link, q->s, x);
	return x != NULL;
}

bool adhoc_iq(struct link *k, const struct stanza *s, struct arena *a)
{
	const struct xml *payload = s->u.iq.payload;
	struct asking q = { k, s, payload, a, s->lang };

	if (payload == NULL || s->to.local.n > 0 || s->to.resource.n > 0)
		return false;
	if (xml_attr(payload, "xml:lang").n > 0)
		q.lang = xml_attr(payload, "xml:lang");
	if (s->u.iq.type == IQ_GET)
		return on_disco(&q, payload);
	if (!xml_is(payload, "command", NS_COMMANDS))
		return false;
	on_command(&q);
	return true;
}
