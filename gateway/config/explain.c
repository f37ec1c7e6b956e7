#include "gateway/config/check.h"
#include "mapping/address.h"
#include "mapping/plan.h"

enum { ARENA_CHUNK_BYTES = 4096 };

/* One address, seen by one component. */
struct explaining {
	struct arena *a;
	const struct address_plan *plan;
	FILE *out;
};

static const char *const contact_names[] = { [CONTACT_FIXED] = "fixed",
					     [CONTACT_TRANSPARENT] =
						     "transparent",
					     [CONTACT_ESCAPED] = "escaped" };
static const char *const user_names[] = { [USER_TRANSPARENT] = "transparent",
					  [USER_FIXED] = "fixed",
					  [USER_ESCAPED] = "escaped" };

typedef bool to_uri_fn(struct arena *a, const struct address_plan *p,
		       const struct jid *jid, struct uri *out, struct str *how,
		       struct fault *why);
typedef bool to_jid_fn(struct arena *a, const struct address_plan *p,
		       const struct uri *uri, struct jid *out, struct str *how,
		       struct fault *why);

static const struct direction {
	const char *what;
	to_uri_fn *to_uri;
	to_jid_fn *to_jid;
} contact = { "a contact, on the SIP side", address_contact_uri,
	      address_contact_jid },
  user = { "a user, on the XMPP side", address_user_uri, address_user_jid };

static void put_head(struct explaining *x, struct str what,
		     const struct direction *d)
{
	fprintf(x->out, "component %.*s (contacts: %s, users: %s)\n",
		STR_ARG(x->plan->component), contact_names[x->plan->contacts],
		user_names[x->plan->users]);
	fprintf(x->out, "  %.*s is %s\n", STR_ARG(what), d->what);
}

static void put_way(struct explaining *x, const char *arrow, struct str to,
		    struct str how)
{
	fprintf(x->out, "  %s %.*s\n     because %.*s\n", arrow, STR_ARG(to),
		STR_ARG(how));
}

static void put_refusal(struct explaining *x, const char *arrow,
			const struct fault *why)
{
	fprintf(x->out, "  %s refused: %.*s (SIP %d, XMPP %.*s)\n", arrow,
		STR_ARG(why->text), why->status, STR_ARG(cond_name(why->cond)));
}

static void put_verdict(struct explaining *x, bool is_same)
{
	fprintf(x->out, "     round trip: %s\n",
		is_same ? "yes" : "no, it comes back in another form");
}

static bool explain_jid(struct explaining *x, const struct jid *jid,
			const struct direction *d)
{
	struct uri uri;
	struct jid back;
	struct str how = STR_NONE;
	struct fault why;

	put_head(x, jid_text(x->a, jid), d);
	if (!d->to_uri(x->a, x->plan, jid, &uri, &how, &why)) {
		put_refusal(x, "->", &why);
		return false;
	}
	put_way(x, "->", uri_text(x->a, &uri), how);
	if (!d->to_jid(x->a, x->plan, &uri, &back, &how, &why)) {
		put_refusal(x, "<-", &why);
		return false;
	}
	put_way(x, "<-", jid_text(x->a, &back), how);
	put_verdict(x, jid_eq(jid, &back));
	return true;
}

static bool explain_uri(struct explaining *x, const struct uri *uri,
			const struct direction *d)
{
	struct jid jid;
	struct uri back;
	struct str how = STR_NONE;
	struct fault why;

	put_head(x, uri_text(x->a, uri), d);
	if (!d->to_jid(x->a, x->plan, uri, &jid, &how, &why)) {
		put_refusal(x, "->", &why);
		return false;
	}
	put_way(x, "->", jid_text(x->a, &jid), how);
	if (!d->to_uri(x->a, x->plan, &jid, &back, &how, &why)) {
		put_refusal(x, "<-", &why);
		return false;
	}
	put_way(x, "<-", uri_text(x->a, &back), how);
	put_verdict(x, uri_eq(uri, &back));
	return true;
}

static bool is_contact(struct explaining *x, const struct uri *uri)
{
	struct jid jid;
	struct fault why;

	return address_contact_jid(x->a, x->plan, uri, &jid, NULL, &why);
}

/* Where users and contacts share a host, the role in a request tells. */
static bool explain_sip(struct explaining *x, const struct uri *uri)
{
	bool is_user = address_is_user_host(x->plan, uri), is_known = false;

	if (is_user)
		is_known = explain_uri(x, uri, &user);
	if (!is_user ||
	    (str_ieq(uri->host, x->plan->sip_domain) && is_contact(x, uri)))
		is_known |= explain_uri(x, uri, &contact);
	return is_known;
}

static bool explain_xmpp(struct explaining *x, const struct jid *jid)
{
	if (str_eq(jid->domain, x->plan->component))
		return explain_jid(x, jid, &contact);
	if (plan_has_domain(x->plan, jid->domain))
		return explain_jid(x, jid, &user);
	return false;
}

/* "im:" could be a JID only with a port, which JIDs have not. */
static bool is_uri(struct str s)
{
	return str_istarts(s, "sip:") || str_istarts(s, "sips:") ||
	       str_istarts(s, "tel:") || str_istarts(s, "im:") ||
	       str_istarts(s, "pres:");
}

static bool explain_all(struct arena *a, const struct config *c,
			struct str address, FILE *out)
{
	struct explaining x = { .a = a, .out = out };
	bool has_uri = is_uri(address), is_known = false;
	const char *why = "";
	struct jid jid;
	struct uri uri;
	size_t i;

	if (has_uri ? !uri_read(address, &uri, &why)
		    : !jid_read(a, address, &jid, &why)) {
		fprintf(out, "%.*s: not a %s: %s\n", STR_ARG(address),
			has_uri ? "URI"
				: "JID (nor a sip:, tel:, im: or "
				  "pres: URI)",
			why);
		return false;
	}
	for (i = 0; i < c->component_count; i++) {
		x.plan = &c->components[i].plan;
		is_known |= has_uri ? explain_sip(&x, &uri)
				    : explain_xmpp(&x, &jid);
	}
	if (!is_known)
		fprintf(out, "%.*s: no component carries it\n",
			STR_ARG(address));
	return is_known;
}

bool check_explain(const struct config *c, const char *address, FILE *out)
{
	struct arena a;
	bool is_known;

	arena_init(&a, ARENA_CHUNK_BYTES);
	is_known = explain_all(&a, c, str_z(address), out);
	arena_fini(&a);
	return is_known;
}
