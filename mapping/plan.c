#include "mapping/plan.h"

#include "mapping/idn.h"

static bool malformed(struct fault *why, const char *text)
{
	return fault_set(why, 400, COND_JID_MALFORMED, text);
}

static bool nobody(struct fault *why, const char *text)
{
	return fault_set(why, 404, COND_ITEM_NOT_FOUND, text);
}

static bool forbidden(struct fault *why, const char *text)
{
	return fault_set(why, 403, COND_FORBIDDEN, text);
}

/* The name of one of our domains as SIP writes it; none if it has no such
 * form. */
static struct str sip_name(struct arena *a, struct str domain)
{
	struct str host;

	return idn_to_ascii(a, domain, &host) ? host : STR_NONE;
}

static bool is_at(struct arena *a, struct str host, struct str domain)
{
	struct str name;

	if (str_eq(host, domain)) /* both are prepared: no other form */
		return host.n > 0;
	name = sip_name(a, domain);

	return name.n > 0 && str_eq(host, name);
}

/* Index of the last c, or s.n. */
static size_t find_last(struct str s, char c)
{
	size_t i = s.n;

	while (i > 0 && s.p[i - 1] != c)
		i--;
	return i > 0 ? i - 1 : s.n;
}

/* RFC 7247 §6.4 with its completions: the plain user part becomes a
 * localpart. text none: no localpart. domain: one of the plan's, so prepared.
 */
static bool jid_of(struct arena *a, struct str text, struct str domain,
		   struct str resource, struct jid *out, struct fault *why)
{
	struct str local = STR_NONE;
	const char *reason;

	if (text.n > 0 && !jid_escape(a, text, &local))
		return malformed(why, "user part that no localpart can hold");
	if (!jid_make_at(a, local, domain, resource, out, &reason))
		return malformed(why, reason);
	return true;
}

/* A localpart that has but one spelling and goes through every plan as it is:
 * no need to look whether it comes back. */
static bool is_simple(struct str local)
{
	for (size_t i = 0; i < local.n; i++) {
		char c = local.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
		      c == '-' || c == '.' || c == '_'))
			return false;
	}
	return local.n > 0;
}

struct str plan_contact_host(struct arena *a, const struct address_plan *p)
{
	if (p->contacts == CONTACT_ESCAPED)
		return STR_NONE;
	return sip_name(a, p->contacts == CONTACT_FIXED ? p->sip_domain
							: p->component);
}

/* "romeo@example.net:5080" or "example.net". The host cannot hold '@', the
 * user can. */
static bool contact_split(struct arena *a, struct str text, struct aor *out,
			  struct fault *why)
{
	size_t at = find_last(text, '@');
	struct str hostport = at < text.n ? str_from(text, at + 1) : text;
	bool is_ipv6 = str_starts(hostport, "[");
	size_t end =
		is_ipv6 ? str_find(hostport, ']') + 1 : str_find(hostport, ':');
	struct str host = str_head(hostport, end), name, port;
	const char *reason;
	struct uri uri;

	port = str_from(hostport, end);
	if (!idn_to_ascii(a, host, &name))
		return malformed(why, "no host in the address");
	name = str_fmt(a, "sip:%.*s%.*s", STR_ARG(name), STR_ARG(port));
	if (!uri_read(name, &uri, &reason))
		return malformed(why, reason);
	out->user = at < text.n ? str_head(text, at) : STR_NONE;
	out->host = uri.host;
	out->port = uri.port;
	return true;
}

static struct str contact_join(struct arena *a, const struct aor *aor)
{
	struct str host = idn_to_unicode(a, aor->host);
	const char *at = aor->user.n > 0 ? "@" : "";

	if (aor->port != 0)
		return str_fmt(a, "%.*s%s%.*s:%u", STR_ARG(aor->user), at,
			       STR_ARG(host), (unsigned)aor->port);
	return str_fmt(a, "%.*s%s%.*s", STR_ARG(aor->user), at, STR_ARG(host));
}

bool plan_contact_jid(struct arena *a, const struct address_plan *p,
		      const struct aor *aor, struct jid *out, struct fault *why)
{
	if (aor->host.n == 0)
		return nobody(why, "no rule for this telephone number");
	if (p->contacts == CONTACT_ESCAPED)
		return jid_of(a, contact_join(a, aor), p->component,
			      aor->resource, out, why);
	if (!is_at(a, aor->host,
		   p->contacts == CONTACT_FIXED ? p->sip_domain : p->component))
		return forbidden(why, "not of the SIP domain that is served "
				      "here");
	if (aor->port != 0 && aor->port != SIP_PORT)
		return forbidden(why, "a port of its own is not served here");
	if (aor->user.n == 0)
		return malformed(why, "no user part");
	return jid_of(a, aor->user, p->component, aor->resource, out, why);
}

bool plan_contact_aor(struct arena *a, const struct address_plan *p,
		      const struct jid *jid, struct aor *out, struct fault *why)
{
	struct aor aor = { .resource = jid->resource };
	struct str text;
	struct jid back;

	if (!str_eq(jid->domain, p->component))
		return nobody(why, "not in the domain of this gateway");
	if (jid->local.n == 0)
		return nobody(why, "this is the gateway itself, no contact");
	text = jid_unescape(a, jid->local);
	if (p->contacts == CONTACT_ESCAPED) {
		if (!contact_split(a, text, &aor, why))
			return false;
	} else {
		aor.user = text;
		aor.host = plan_contact_host(a, p);
	}
	if (is_simple(jid->local) && p->contacts != CONTACT_ESCAPED &&
	    aor.host.n > 0) {
		*out = aor;
		return true;
	}
	/* One spelling of each address: an escape that was not needed, a port
	 * with a leading nought, an A-label. */
	if (!plan_contact_jid(a, p, &aor, &back, why))
		return false;
	if (!jid_eq(&back, jid))
		return malformed(why, "not the canonical spelling of this "
				      "address");
	*out = aor;
	return true;
}

/* The domain of the list that host stands for; none if it is not there. */
static struct str domain_of_host(struct arena *a, const struct address_plan *p,
				 struct str host)
{
	for (size_t i = 0; i < p->xmpp_domain_count; i++) {
		if (is_at(a, host, p->xmpp_domains[i]))
			return p->xmpp_domains[i];
	}
	return STR_NONE;
}

bool plan_has_domain(const struct address_plan *p, struct str domain)
{
	for (size_t i = 0; i < p->xmpp_domain_count; i++) {
		if (str_eq(domain, p->xmpp_domains[i]))
			return true;
	}
	return false;
}

bool plan_is_user_host(struct arena *a, const struct address_plan *p,
		       struct str host)
{
	if (p->users == USER_TRANSPARENT)
		return domain_of_host(a, p, host).n > 0;
	return is_at(a, host, p->user_host);
}

/* "juliet@example.com", or "example.com" for the server itself. */
static bool user_split(struct arena *a, const struct address_plan *p,
		       const struct aor *aor, struct jid *out,
		       struct fault *why)
{
	size_t at = find_last(aor->user, '@');
	struct str text = at < aor->user.n ? str_head(aor->user, at) : STR_NONE;
	struct str domain =
		at < aor->user.n ? str_from(aor->user, at + 1) : aor->user;

	struct jid host;
	const char *reason;

	if (domain.n == 0 || (at < aor->user.n && text.n == 0))
		return nobody(why, "no such user");
	if (!jid_make(a, STR_NONE, domain, STR_NONE, &host, &reason))
		return malformed(why, reason);
	if (!plan_has_domain(p, host.domain))
		return nobody(why, "no XMPP domain that is served here");
	return jid_of(a, text, host.domain, aor->resource, out, why);
}

bool plan_user_jid(struct arena *a, const struct address_plan *p,
		   const struct aor *aor, struct jid *out, struct fault *why)
{
	struct str domain;

	if (aor->host.n == 0)
		return nobody(why, "no rule for this telephone number");
	if (!plan_is_user_host(a, p, aor->host))
		return nobody(why, "no domain that is served here");
	switch (p->users) {
	case USER_ESCAPED:
		return user_split(a, p, aor, out, why);
	case USER_TRANSPARENT:
		domain = domain_of_host(a, p, aor->host);
		break;
	case USER_FIXED:
		domain = p->xmpp_domain_count > 0 ? p->xmpp_domains[0]
						  : STR_NONE;
		break;
	default:
		domain = STR_NONE;
		break;
	}
	return jid_of(a, aor->user, domain, aor->resource, out, why);
}

static struct str user_join(struct arena *a, struct str text, struct str domain)
{
	if (text.n == 0)
		return domain;
	return str_fmt(a, "%.*s@%.*s", STR_ARG(text), STR_ARG(domain));
}

bool plan_user_aor(struct arena *a, const struct address_plan *p,
		   const struct jid *jid, struct aor *out, struct fault *why)
{
	struct aor aor = { .user = jid_unescape(a, jid->local),
			   .resource = jid->resource };
	struct jid back;

	if (!plan_has_domain(p, jid->domain))
		return forbidden(why, "your domain is not served here");
	aor.host = sip_name(a, p->users == USER_TRANSPARENT ? jid->domain
							    : p->user_host);
	if (p->users == USER_ESCAPED)
		aor.user = user_join(a, aor.user, jid->domain);
	if (aor.user.n > URI_USER_MAX_BYTES)
		return malformed(why, "address too long for SIP");
	if (is_simple(jid->local) && p->users == USER_TRANSPARENT &&
	    aor.host.n > 0) {
		*out = aor;
		return true;
	}
	if (!plan_user_jid(a, p, &aor, &back, why))
		return false;
	/* Also the domains of USER_FIXED behind the first one. */
	if (!jid_eq(&back, jid))
		return forbidden(why, "your address has no form in SIP here");
	*out = aor;
	return true;
}

struct str plan_contact_how(struct arena *a, const struct address_plan *p)
{
	switch (p->contacts) {
	case CONTACT_FIXED:
		return str_fmt(a, "contact plan fixed: %.*s stands for %.*s",
			       STR_ARG(p->component), STR_ARG(p->sip_domain));
	case CONTACT_TRANSPARENT:
		return str_fmt(a,
			       "contact plan transparent: %.*s on both "
			       "sides",
			       STR_ARG(p->component));
	case CONTACT_ESCAPED:
		break;
	}
	return str_fmt(a, "contact plan escaped: any SIP address within %.*s",
		       STR_ARG(p->component));
}

struct str plan_user_how(struct arena *a, const struct address_plan *p)
{
	switch (p->users) {
	case USER_TRANSPARENT:
		return STR_LIT("user plan transparent: the same domain on "
			       "both sides");
	case USER_FIXED:
		return str_fmt(a,
			       "user plan fixed: %.*s stands for the first "
			       "XMPP domain",
			       STR_ARG(p->user_host));
	case USER_ESCAPED:
		break;
	}
	return str_fmt(a, "user plan escaped: any XMPP address within %.*s",
		       STR_ARG(p->user_host));
}

static bool fail(struct str *why, const char *text)
{
	*why = str_z(text);
	return false;
}

static bool is_host(struct arena *a, struct str domain)
{
	struct str name = sip_name(a, domain);
	const char *reason;
	struct uri uri;

	return name.n > 0 &&
	       uri_read(str_fmt(a, "sip:%.*s", STR_ARG(name)), &uri, &reason) &&
	       uri.port == 0 && str_eq(uri.host, name);
}

static bool hosts_check(struct arena *a, const struct address_plan *p,
			struct str *why)
{
	if (!is_host(a, p->component))
		return fail(why, "the component's domain is no host name");
	if (p->contacts == CONTACT_FIXED && !is_host(a, p->sip_domain))
		return fail(why, "the fixed contact plan needs a SIP domain");
	if (p->users != USER_TRANSPARENT && !is_host(a, p->user_host))
		return fail(why, "the user plan needs a host for the users' "
				 "SIP addresses");
	if (p->xmpp_domain_count == 0)
		return fail(why, "no XMPP domain whose users are served");
	return true;
}

bool plan_check(struct arena *a, const struct address_plan *p, struct str *why)
{
	struct str contacts = plan_contact_host(a, p);

	if (!hosts_check(a, p, why))
		return false;
	for (size_t i = 0; i < p->xmpp_domain_count; i++) {
		if (!is_host(a, p->xmpp_domains[i]))
			return fail(why, "an XMPP domain is no host name");
		if (str_eq(p->xmpp_domains[i], p->component))
			return fail(why, "the component is one of the XMPP "
					 "domains, too");
	}
	if (contacts.n > 0 && plan_is_user_host(a, p, contacts))
		return fail(why, "a SIP address would name a contact and a "
				 "user: the SIP domain is a host of users, "
				 "too");
	return true;
}
