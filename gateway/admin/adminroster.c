#include "gateway/admin/adminwork.h"
#include <stdlib.h>
#include "gateway/bridge.h"
#include "gateway/presence/roster.h"
#include "gateway/services/privilege.h"
#include "mapping/typed.h"

/* Commands of users about their own roster: by the server where it allows that,
 * else by subscriptions, which their client shows them. */

struct named {
	struct jid user, contact;
};

static bool named_read(struct admin_call *c, struct named *out)
{
	const char *reason;
	struct uri uri;
	struct fault why;

	if (!jid_read(c->a, c->jid, &out->user, &reason))
		return false;
	if (typed_contact(c->a, &c->link->cfg->plan, c->args[0], &out->contact,
			  &uri, &why))
		return true;
	admin_say(c, admin_t(c, "no: %.*s", "Nein: %.*s"),
		  STR_ARG(why.text.n > 0 ? why.text : cond_name(why.cond)));
	return false;
}

static void say(struct link *k, const struct named *n, enum presence_type type)
{
	const struct stanza s = { .kind = STANZA_PRESENCE,
				  .from = n->contact,
				  .to = n->user,
				  .u.presence.type = type };

	presence_write(link_begin(k), &s, NULL);
	link_end(k);
}

/* --- by subscriptions */

/* Where his roster has nothing of it, his server passes over what it is told,
 * and tells us nothing. */
static void part(struct link *k, const struct named *n)
{
	struct arena *a = loop_arena(k->bridge->loop);

	if (k->bridge->roster != NULL) /* else all is ending */
		roster_part(k->bridge->roster, jid_bare_text(a, &n->user),
			    jid_bare_text(a, &n->contact));
}

static void add_plainly(struct admin_call *c, struct link *k,
			const struct named *n)
{
	say(k, n, PRESENCE_SUBSCRIBE);
	admin_say(c,
		  admin_t(c,
			  "%.*s@%.*s asks to be your contact: accept it in "
			  "your client",
			  "%.*s@%.*s bittet darum, Ihr Kontakt zu sein: nehmen "
			  "Sie es im Client an"),
		  STR_ARG(n->contact.local), STR_ARG(n->contact.domain));
}

static void remove_plainly(struct admin_call *c, struct link *k,
			   const struct named *n)
{
	say(k, n, PRESENCE_UNSUBSCRIBE);
	say(k, n, PRESENCE_UNSUBSCRIBED);
	part(k, n);
	admin_say(c, "%s",
		  admin_t(c,
			  "you do not see each other any more; take the entry "
			  "off your roster in your client",
			  "Sie sehen einander nicht mehr; nehmen Sie den "
			  "Eintrag im Client von der Kontaktliste"));
}

/* --- by the server */

/* What is to be done when the server has done it, and what when it has not. */
struct help {
	void (*besides)(struct link *k, const struct named *n); /* or NULL */
	void (*instead)(struct admin_call *c, struct link *k,
			const struct named *n);
};

static const struct help adding = { NULL, add_plainly };
static const struct help removing = { part, remove_plainly };

/* Under way. */
struct helping {
	struct admin_later *later; /* owned */
	struct link *link;	   /* borrowed */
	const struct help *help;
	struct str user, contact; /* heap */
};

static void on_done(void *arg, bool is_done, const char *why)
{
	enum { TEXT_MAX_BYTES = 4000 };
	struct helping *h = arg;
	struct arena *a = loop_arena(h->link->bridge->loop);
	struct admin_call c = { .lang = h->later->lang };
	struct named n;
	struct strbuf out;
	bool is_read = jid_read(a, h->user, &n.user, &why) &&
		       jid_read(a, h->contact, &n.contact, &why);

	strbuf_init(&out, TEXT_MAX_BYTES);
	c.out = &out;
	if (is_done && is_read && h->help->besides != NULL)
		h->help->besides(h->link, &n);
	if (is_done)
		admin_say(&c, "%s", admin_t(&c, "done", "Erledigt"));
	else if (is_read)
		h->help->instead(&c, h->link, &n);
	h->later->done(h->later, true, strbuf_str(&out));
	strbuf_fini(&out);
	str_free(&h->user);
	str_free(&h->contact);
	free(h);
}

static struct helping *helping_create(struct admin_call *c,
				      const struct named *n,
				      const struct help *help)
{
	struct helping *h = calloc(1, sizeof(*h));

	if (h == NULL)
		abort();
	h->later = admin_defer(c);
	h->link = c->link;
	h->help = help;
	h->user = str_heap(jid_bare_text(c->a, &n->user));
	h->contact = str_heap(jid_bare_text(c->a, &n->contact));
	return h;
}

bool admin_add(struct admin_call *c)
{
	struct named n;

	if (!named_read(c, &n))
		return false;
	if (privilege_has_roster(c->link, n.user.domain))
		privilege_put(c->link, &n.user, &n.contact, c->args[1], on_done,
			      helping_create(c, &n, &adding));
	else
		add_plainly(c, c->link, &n);
	return true;
}

bool admin_remove(struct admin_call *c)
{
	struct named n;

	if (!named_read(c, &n))
		return false;
	if (privilege_has_roster(c->link, n.user.domain))
		privilege_remove(c->link, &n.user, &n.contact, on_done,
				 helping_create(c, &n, &removing));
	else
		remove_plainly(c, c->link, &n);
	return true;
}
