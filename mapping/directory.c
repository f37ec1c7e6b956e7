#include "mapping/directory.h"

#include <string.h>
#include "mapping/aliasindex.h"

/* The longest telephone number is one of 15 digits (E.164); the rest is room
 * for prefixes. */
enum { DIGITS_MAX = 32, PREFIX_MAX_BYTES = 64 };

static enum side side_of(const struct address_plan *p, struct str jid_domain)
{
	return str_eq(jid_domain, p->component) ? SIDE_CONTACT : SIDE_USER;
}

static bool is_number(struct str s, const struct number_rule *r)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	}
	return s.n >= r->digits_min && s.n <= r->digits_max;
}

/* What is behind the prefix, when that is a number of the rule. */
static bool digits_of(struct str s, struct str prefix,
		      const struct number_rule *r, struct str *out)
{
	if (s.n < prefix.n || !str_ieq(str_head(s, prefix.n), prefix))
		return false;
	*out = str_from(s, prefix.n);
	return is_number(*out, r);
}

static struct str join(struct arena *a, struct str prefix, struct str digits)
{
	if (prefix.n == 0)
		return digits;
	return str_fmt(a, "%.*s%.*s", STR_ARG(prefix), STR_ARG(digits));
}

static void entry_of_alias(const struct address_plan *p,
			   const struct alias *alias, struct entry *out)
{
	*out = (struct entry){
		.side = side_of(p, alias->jid.domain),
		.jid = alias->jid,
		.uri = alias->uri,
		.alias = alias,
	};
}

static void entry_of_number(struct arena *a, const struct address_plan *p,
			    const struct number_rule *r, struct str digits,
			    struct entry *out)
{
	const struct aor aor = {
		.user = join(a, r->sip_prefix, digits),
		.host = r->sip_host,
	};

	*out = (struct entry){
		.side = side_of(p, r->jid_domain),
		.jid = { .local = join(a, r->jid_prefix, digits),
			 .domain = r->jid_domain },
		.rule = r,
	};
	aor_write(a, &aor, &out->uri);
}

enum finding directory_by_jid(struct arena *a, const struct address_plan *p,
			      const struct jid *jid, struct entry *out)
{
	const struct alias *alias = aliasindex_by_jid(p, jid);
	struct str digits;
	struct aor aor;

	if (alias != NULL) {
		entry_of_alias(p, alias, out);
		return FINDING_ENTRY;
	}
	for (size_t i = 0; i < p->number_count; i++) {
		const struct number_rule *r = &p->numbers[i];

		if (!str_eq(jid->domain, r->jid_domain) ||
		    !digits_of(jid->local, r->jid_prefix, r, &digits))
			continue;
		entry_of_number(a, p, r, digits, out);
		aor = (struct aor){ .user = out->uri.user,
				    .host = out->uri.host };
		return aliasindex_by_aor(a, p, &aor) == NULL ? FINDING_ENTRY
							     : FINDING_TAKEN;
	}
	return FINDING_NONE;
}

static bool is_at(const struct aor *aor, struct str host)
{
	return aor->host.n == 0 || (str_ieq(aor->host, host) &&
				    (aor->port == 0 || aor->port == SIP_PORT));
}

enum finding directory_by_aor(struct arena *a, const struct address_plan *p,
			      const struct aor *aor, struct entry *out)
{
	const struct alias *alias = aliasindex_by_aor(a, p, aor);
	struct str digits;

	if (alias != NULL) {
		entry_of_alias(p, alias, out);
		return FINDING_ENTRY;
	}
	for (size_t i = 0; i < p->number_count; i++) {
		const struct number_rule *r = &p->numbers[i];
		struct aor named;

		if (!is_at(aor, r->sip_host) ||
		    !digits_of(aor->user, r->sip_prefix, r, &digits))
			continue;
		entry_of_number(a, p, r, digits, out);
		/* A tel number may be an alias once it has a host. */
		named = (struct aor){ .user = aor->user, .host = r->sip_host };
		alias = aliasindex_by_aor(a, p, &named);
		if (alias != NULL) {
			entry_of_alias(p, alias, out);
			return FINDING_ENTRY;
		}
		return aliasindex_by_jid(p, &out->jid) == NULL ? FINDING_ENTRY
							       : FINDING_TAKEN;
	}
	return FINDING_NONE;
}

static struct str rule_text(struct arena *a, const struct number_rule *r)
{
	return str_fmt(a, "sip:%.*s<%u-%u digits>@%.*s <-> %.*s<digits>@%.*s",
		       STR_ARG(r->sip_prefix), r->digits_min, r->digits_max,
		       STR_ARG(r->sip_host), STR_ARG(r->jid_prefix),
		       STR_ARG(r->jid_domain));
}

static struct str alias_text(struct arena *a, const struct alias *alias)
{
	struct str jid = jid_bare_text(a, &alias->jid);
	struct str uri = uri_text(a, &alias->uri);

	return str_fmt(a, "%.*s <-> %.*s", STR_ARG(jid), STR_ARG(uri));
}

struct str directory_how(struct arena *a, const struct entry *e)
{
	struct str text = e->alias != NULL ? alias_text(a, e->alias)
					   : rule_text(a, e->rule);

	return str_fmt(a, "%s %.*s", e->alias != NULL ? "alias" : "number rule",
		       STR_ARG(text));
}

static bool fail(struct arena *a, struct str *why, struct str who,
		 const char *what)
{
	*why = str_fmt(a, "%.*s: %s", STR_ARG(who), what);
	return false;
}

static bool is_known_domain(const struct address_plan *p, struct str domain)
{
	if (str_eq(domain, p->component))
		return true;
	for (size_t i = 0; i < p->xmpp_domain_count; i++) {
		if (str_eq(domain, p->xmpp_domains[i]))
			return true;
	}
	return false;
}

static bool alias_check(struct arena *a, const struct address_plan *p,
			const struct alias *alias, struct str *why)
{
	struct str text = alias_text(a, alias);
	struct fault fault;
	struct aor aor;

	if (alias->jid.resource.n > 0 || alias->jid.local.n == 0)
		return fail(a, why, text,
			    "the JID of an alias is user@domain, no more");
	if (!is_known_domain(p, alias->jid.domain))
		return fail(a, why, text,
			    "the JID's domain is neither the component nor "
			    "one of the XMPP domains");
	if (alias->uri.scheme != URI_SIP || alias->uri.user.n == 0 ||
	    alias->uri.params.n > 0)
		return fail(a, why, text,
			    "the URI of an alias is sip:user@host, no more");
	if (!aor_read(a, &alias->uri, &aor, &fault))
		return fail(a, why, text, "the URI names nobody");
	if (aliasindex_by_jid(p, &alias->jid) != alias)
		return fail(a, why, text, "another alias has this JID");
	if (aliasindex_by_aor(a, p, &aor) != alias)
		return fail(a, why, text, "another alias has this URI");
	return true;
}

static bool is_prefix(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
		      (c != '\0' && strchr("+*-._", c) != NULL)))
			return false;
	}
	return s.n <= PREFIX_MAX_BYTES;
}

/* Whether prefix x with its digits can be the same text as y with its own:
 * the longer one must go on in digits. */
static bool prefixes_meet(struct str x, const struct number_rule *rx,
			  struct str y, const struct number_rule *ry)
{
	struct str more;

	if (x.n > y.n)
		return prefixes_meet(y, ry, x, rx);
	if (!str_eq(str_head(y, x.n), x))
		return false;
	more = str_from(y, x.n);
	for (size_t i = 0; i < more.n; i++) {
		if (more.p[i] < '0' || more.p[i] > '9')
			return false;
	}
	return more.n + ry->digits_min <= rx->digits_max &&
	       more.n + ry->digits_max >= rx->digits_min;
}

static bool rules_meet(const struct number_rule *x, const struct number_rule *y)
{
	bool sip = str_ieq(x->sip_host, y->sip_host) &&
		   prefixes_meet(x->sip_prefix, x, y->sip_prefix, y);
	bool jid = str_eq(x->jid_domain, y->jid_domain) &&
		   prefixes_meet(x->jid_prefix, x, y->jid_prefix, y);

	return sip || jid;
}

static bool rule_check(struct arena *a, const struct address_plan *p,
		       const struct number_rule *r, struct str *why)
{
	struct str text = rule_text(a, r);

	if (r->digits_min < 1 || r->digits_min > r->digits_max ||
	    r->digits_max > DIGITS_MAX)
		return fail(a, why, text,
			    "the number of digits must be 1 to "
			    "32, the least not over the most");
	if (!is_prefix(r->sip_prefix) || !is_prefix(r->jid_prefix))
		return fail(a, why, text,
			    "a prefix is made of a-z, 0-9 and +*-._");
	if (r->sip_host.n == 0 || !is_known_domain(p, r->jid_domain))
		return fail(a, why, text,
			    "a SIP host and the component or an XMPP domain "
			    "are needed");
	for (const struct number_rule *x = p->numbers; x < r; x++) {
		if (rules_meet(x, r))
			return fail(a, why, text,
				    "another number rule has such numbers");
	}
	return true;
}

/* With an index, lest the check of many aliases takes their square. */
bool directory_check(struct arena *a, const struct address_plan *plan,
		     struct str *why)
{
	struct address_plan indexed = *plan;
	const struct address_plan *p = &indexed;

	indexed.index = aliasindex_make(a, p->aliases, p->alias_count);
	for (size_t i = 0; i < p->alias_count; i++) {
		if (!alias_check(a, p, &p->aliases[i], why))
			return false;
	}
	for (size_t i = 0; i < p->number_count; i++) {
		if (!rule_check(a, p, &p->numbers[i], why))
			return false;
	}
	return true;
}
