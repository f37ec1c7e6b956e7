#include "gateway/admin/adminwork.h"
#include "gateway/bridge.h"
#include "gateway/monitor/siphealth.h"
#include "gateway/services/wishes.h"
#include "mapping/address.h"
#include "mapping/typed.h"

/* Commands of users about themselves: whose answer is, and where they live on
 * the SIP side. */

static bool user_read(struct admin_call *c, struct jid *out, struct fault *why)
{
	const char *reason;

	return jid_read(c->a, c->jid, out, &reason) ||
	       fault_set(why, 400, COND_JID_MALFORMED, reason);
}

static const char *on_off(const struct admin_call *c, bool is_on)
{
	return is_on ? admin_t(c, "on", "an") : admin_t(c, "off", "aus");
}

static void fail(struct admin_call *c, const struct fault *why)
{
	admin_say(c, admin_t(c, "no: %.*s", "Nein: %.*s"),
		  STR_ARG(why->text.n > 0 ? why->text : cond_name(why->cond)));
}

bool admin_whoami(struct admin_call *c)
{
	const struct address_plan *p = &c->link->cfg->plan;
	const struct wishes *w = c->bridge->wishes;
	struct jid user;
	struct uri uri;
	struct fault why = { .cond = COND_JID_MALFORMED };

	admin_row(c, "XMPP", "%.*s", STR_ARG(c->jid));
	if (!user_read(c, &user, &why) ||
	    !address_user_uri(c->a, p, &user, &uri, NULL, &why)) {
		fail(c, &why);
		return false;
	}
	admin_row(c, "SIP", "%.*s", STR_ARG(uri_text(c->a, &uri)));
	if (p->contacts != CONTACT_ESCAPED)
		admin_row(c, admin_t(c, "contacts", "Kontakte"),
			  admin_t(c, "name@%.*s is sip:name@%.*s",
				  "name@%.*s ist sip:name@%.*s"),
			  STR_ARG(p->component), STR_ARG(p->sip_domain));
	admin_row(c, admin_t(c, "typing", "Tippen"), "%s",
		  on_off(c, wishes_has(w, &user, WISH_TYPING)));
	admin_row(c, admin_t(c, "receipts", "Quittungen"), "%s",
		  on_off(c, wishes_has(w, &user, WISH_RECEIPTS)));
	return true;
}

/* --- looking up */

static bool say_user(struct admin_call *c, const struct jid *jid)
{
	struct uri uri;
	struct fault why;
	struct jid bare = jid_bare(jid);

	if (!address_user_uri(c->a, &c->link->cfg->plan, &bare, &uri, NULL,
			      &why)) {
		fail(c, &why);
		return false;
	}
	admin_row(c, "XMPP", "%.*s", STR_ARG(jid_text(c->a, &bare)));
	admin_row(c, "SIP", "%.*s", STR_ARG(uri_text(c->a, &uri)));
	return true;
}

/* One of the users whom this component serves. */
static bool is_user(const struct admin_call *c, const struct jid *jid)
{
	return link_serves(c->link, jid->domain) &&
	       !str_eq(jid->domain, c->link->cfg->domain);
}

static bool by_jid(struct admin_call *c, struct jid *out)
{
	struct str text = typed_address(c->args[0]);
	const char *reason;

	return str_find(text, '@') < text.n &&
	       jid_read(c->a, text, out, &reason) && is_user(c, out);
}

/* As whoami shows him. */
static bool by_uri(struct admin_call *c, struct jid *out)
{
	struct uri uri;
	struct fault why;
	const char *reason;

	return uri_read(typed_address(c->args[0]), &uri, &reason) &&
	       address_user_jid(c->a, &c->link->cfg->plan, &uri, out, NULL,
				&why) &&
	       is_user(c, out);
}

bool admin_lookup(struct admin_call *c)
{
	struct jid jid;
	struct uri uri;
	struct fault why;

	if (by_jid(c, &jid))
		return say_user(c, &jid);
	if (!typed_contact(c->a, &c->link->cfg->plan, c->args[0], &jid, &uri,
			   &why)) {
		if (by_uri(c, &jid))
			return say_user(c, &jid);
		fail(c, &why);
		return false;
	}
	admin_row(c, "XMPP", "%.*s", STR_ARG(jid_text(c->a, &jid)));
	admin_row(c, "SIP", "%.*s", STR_ARG(uri_text(c->a, &uri)));
	return true;
}

/* --- testing */

static void on_tested(void *arg, const struct siphealth_result *r)
{
	enum { TEXT_MAX_BYTES = 4096 };
	struct admin_later *l = arg;
	struct strbuf out;
	struct admin_call c = { .lang = l->lang, .out = &out };

	strbuf_init(&out, TEXT_MAX_BYTES);
	admin_row(&c, "XMPP", "%s",
		  admin_t(&c, "the link is up", "die Verbindung steht"));
	if (r->is_answered)
		admin_row(&c, "SIP",
			  admin_t(&c, "%.*s answers: %d, after %u ms",
				  "%.*s antwortet: %d, nach %u ms"),
			  STR_ARG(r->hop), r->status, r->ms);
	else if (r->hop.n == 0)
		admin_row(&c, "SIP", "%s",
			  admin_t(&c, "each domain has a server of its own",
				  "jede Domain hat ihren eigenen Server"));
	else
		admin_row(&c, "SIP", admin_t(&c, "%.*s: %s", "%.*s: %s"),
			  STR_ARG(r->hop), r->reason);
	l->done(l, r->is_answered || r->hop.n == 0, strbuf_str(&out));
	strbuf_fini(&out);
}

bool admin_test(struct admin_call *c)
{
	siphealth_ask(c->link->health, on_tested, admin_defer(c));
	return true;
}
