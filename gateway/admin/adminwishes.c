#include "gateway/admin/adminwork.h"
#include "gateway/bridge.h"
#include "gateway/presence/roster.h"
#include "gateway/services/wishes.h"
#include "mapping/address.h"
#include "mapping/typed.h"

/* Commands of users about others: whom they block, who watches them; and what
 * is told of them. */

static bool user_read(struct admin_call *c, struct jid *out)
{
	const char *why;

	return jid_read(c->a, c->jid, out, &why);
}

static bool contact_read(struct admin_call *c, struct jid *out)
{
	struct uri uri;
	struct fault why;

	if (typed_contact(c->a, &c->link->cfg->plan, c->args[0], out, &uri,
			  &why))
		return true;
	admin_say(c, admin_t(c, "no: %.*s", "Nein: %.*s"),
		  STR_ARG(why.text.n > 0 ? why.text : cond_name(why.cond)));
	return false;
}

/* --- what waits for the store */

static void on_kept(void *arg, bool is_kept)
{
	struct admin_later *l = arg;
	struct str text = str_z(
		is_kept ? l->lang == ADMIN_DE ? "Erledigt\n" : "done\n"
		: l->lang == ADMIN_DE
			? "Gilt, aber nur bis zum nächsten Neustart: "
			  "der Speicher nimmt nichts an\n"
			: "done, but until the next restart only: the store "
			  "takes nothing\n");

	l->done(l, is_kept, text);
}

/* The store has taken it: on_kept answers. Else nobody does, but here. */
static bool answer_later(struct admin_call *c, struct admin_later *l,
			 bool is_taken)
{
	if (is_taken)
		return true;
	l->done(l, false,
		str_z(admin_t(c, "not now: too many, or no room to keep it\n",
			      "Jetzt nicht: zu viele, oder kein Platz\n")));
	return false;
}

/* --- blocking */

bool admin_block(struct admin_call *c)
{
	struct jid user, contact;
	struct admin_later *l;
	bool is_taken;

	if (!user_read(c, &user) || !contact_read(c, &contact))
		return false;
	l = admin_defer(c);
	is_taken = wishes_block(c->bridge->wishes, &user, &contact, on_kept, l);
	if (is_taken)
		roster_withdraw(c->bridge->roster, c->jid,
				jid_bare_text(c->a, &contact));
	return answer_later(c, l, is_taken);
}

bool admin_unblock(struct admin_call *c)
{
	struct jid user, contact;
	struct admin_later *l;
	bool is_pardoned;

	if (!user_read(c, &user) || !contact_read(c, &contact))
		return false;
	is_pardoned = roster_pardon(c->bridge->roster, c->jid,
				    jid_bare_text(c->a, &contact));
	if (!wishes_is_blocked(c->bridge->wishes, &user, &contact)) {
		if (is_pardoned) {
			admin_say(c, "%s", admin_t(c, "done", "Erledigt"));
			return true;
		}
		admin_say(c, "%s",
			  admin_t(c,
				  "nobody of that address is "
				  "blocked",
				  "Diese Adresse ist nicht "
				  "gesperrt"));
		return false;
	}
	l = admin_defer(c);
	return answer_later(
		c, l,
		wishes_unblock(c->bridge->wishes, &user, &contact, on_kept, l));
}

static void say_contact(void *arg, struct str contact)
{
	struct admin_call *c = arg;

	admin_say(c, "%.*s", STR_ARG(contact));
}

bool admin_blocked(struct admin_call *c)
{
	struct jid user;

	if (user_read(c, &user) &&
	    wishes_blocked(c->bridge->wishes, &user, say_contact, c) == 0)
		admin_say(c, "%s",
			  admin_t(c, "nobody is blocked",
				  "Niemand ist gesperrt"));
	return true;
}

/* --- who watches */

static const char *state_text(const struct admin_call *c, enum sub_state s)
{
	switch (s) {
	case SUB_ACTIVE:
		return admin_t(c, "watches you", "beobachtet Sie");
	case SUB_DORMANT:
		return admin_t(c, "may watch you", "darf Sie beobachten");
	case SUB_DENIED:
		return admin_t(c, "turned away; unblock lets him ask again",
			       "abgewiesen; mit freigeben darf er wieder "
			       "fragen");
	default:
		return admin_t(c, "waits for your answer",
			       "wartet auf Ihre Antwort");
	}
}

static void say_watcher(void *arg, struct str contact, enum sub_state state)
{
	struct admin_call *c = arg;
	const char *why;
	struct jid jid;
	struct uri uri;
	struct fault f;

	if (!jid_read(c->a, contact, &jid, &why) ||
	    !str_eq(jid.domain, c->link->cfg->domain) ||
	    !address_contact_uri(c->a, &c->link->cfg->plan, &jid, &uri, NULL,
				 &f))
		return;
	admin_say(c, "%.*s (%.*s): %s", STR_ARG(contact),
		  STR_ARG(uri_text(c->a, &uri)), state_text(c, state));
}

/* Those of another component are asked for there. */
bool admin_watchers(struct admin_call *c)
{
	size_t before = c->out->n;

	roster_watchers(c->bridge->roster, c->jid, say_watcher, c);
	if (c->out->n == before)
		admin_say(c, "%s",
			  admin_t(c, "nobody watches you",
				  "Niemand beobachtet Sie"));
	return true;
}

bool admin_withdraw(struct admin_call *c)
{
	struct jid contact;
	bool is_done;

	if (!contact_read(c, &contact))
		return false;
	is_done = roster_withdraw(c->bridge->roster, c->jid,
				  jid_bare_text(c->a, &contact));
	admin_say(c, "%s",
		  is_done ? admin_t(c, "he does not see you any more",
				    "Er sieht Sie nicht mehr")
			  : admin_t(c, "he does not watch you",
				    "Er beobachtet Sie nicht"));
	return is_done;
}

/* --- what is told of the user */

static bool wish(struct admin_call *c, enum wish which, const char *name)
{
	struct wishes *w = c->bridge->wishes;
	struct admin_later *l;
	struct jid user;

	if (!user_read(c, &user))
		return false;
	if (c->args[0].n == 0) {
		admin_row(c, name, "%s",
			  wishes_has(w, &user, which)
				  ? admin_t(c, "on", "an")
				  : admin_t(c, "off", "aus"));
		return true;
	}
	l = admin_defer(c);
	return answer_later(c, l,
			    wishes_set(w, &user, which,
				       str_eqz(c->args[0], "on"), on_kept, l));
}

bool admin_typing(struct admin_call *c)
{
	return wish(c, WISH_TYPING, admin_t(c, "typing", "Tippen"));
}

bool admin_receipts(struct admin_call *c)
{
	return wish(c, WISH_RECEIPTS, admin_t(c, "receipts", "Quittungen"));
}
