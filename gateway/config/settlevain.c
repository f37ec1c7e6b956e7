#include "gateway/config/settlevain.h"
#include "mapping/plan.h"

static void warn(struct optionread *r, const struct yamltree *root,
		 struct str key, const char *what)
{
	unsigned line;

	yamltree_find(root, key, &line);
	optionread_warning(r, line, key, "%s", what);
}

static bool is_served(const struct config *c, struct str domain)
{
	for (size_t i = 0; i < c->component_count; i++)
		if (plan_has_domain(&c->components[i].plan, domain))
			return true;
	return false;
}

/* As admission refuses them; but for XMPP domains whose users have another
 * host in SIP, which may be that of contacts. */
static bool is_own(const struct config *c, struct str host)
{
	for (size_t i = 0; i < c->component_count; i++) {
		const struct address_plan *p = &c->components[i].plan;

		if (p->contacts != CONTACT_TRANSPARENT &&
		    str_ieq(host, p->component))
			return true;
		if (p->users != USER_TRANSPARENT ? str_ieq(host, p->user_host)
						 : plan_has_domain(p, host))
			return true;
	}
	return false;
}

static const char own[] = "is a domain of our own: whoever says in From that "
			  "he is of it is refused";

static void peers(struct optionread *r, const struct yamltree *root,
		  const struct config *c)
{
	for (size_t i = 0; i < c->peer_count; i++)
		for (size_t k = 0; k < c->peers[i].domain_count; k++)
			if (is_own(c, c->peers[i].domains[k]))
				warn(r, root,
				     str_fmt(r->a,
					     "sip.peers[%zu].domains[%zu]", i,
					     k),
				     own);
}

static void users(struct optionread *r, const struct yamltree *root,
		  const struct config *c)
{
	for (size_t i = 0; i < c->user_count; i++)
		if (is_own(c, str_lower(r->a, c->users[i].uri.host)))
			warn(r, root, str_fmt(r->a, "sip.users[%zu].uri", i),
			     own);
}

static void admins(struct optionread *r, const struct yamltree *root,
		   const struct config *c)
{
	for (size_t i = 0; i < c->admin_count; i++)
		if (!is_served(c, c->admins[i].domain))
			warn(r, root, str_fmt(r->a, "admin.jids[%zu]", i),
			     "is of a domain that is in no xmpp_domains: his "
			     "commands are refused");
}

/* "*", a domain, "*.domain", a bare JID; what is right of the '@' counts. */
static bool can_fit(const struct address_plan *p, struct str pattern)
{
	size_t at = str_find(pattern, '@');
	struct str tail;

	if (at < pattern.n)
		return plan_has_domain(p, str_from(pattern, at + 1));
	if (!str_starts(pattern, "*"))
		return plan_has_domain(p, pattern);
	tail = str_from(pattern, 1);
	if (tail.n > 0 && tail.p[0] != '.')
		return false;
	for (size_t i = 0; i < p->xmpp_domain_count; i++) {
		struct str d = p->xmpp_domains[i];

		if (tail.n == 0 ||
		    (d.n > tail.n && str_ieq(str_from(d, d.n - tail.n), tail)))
			return true;
	}
	return false;
}

static void publish(struct optionread *r, const struct yamltree *root,
		    const struct config *c)
{
	for (size_t i = 0; i < c->component_count; i++) {
		const struct config_component *cc = &c->components[i];

		for (size_t k = 0; k < cc->publish_count; k++)
			if (!can_fit(&cc->plan, cc->publish[k]))
				warn(r, root,
				     str_fmt(r->a,
					     "components[%zu].publish[%zu]", i,
					     k),
				     "fits nobody of xmpp_domains");
	}
}

void settlevain_config(struct optionread *r, const struct yamltree *root,
		       const struct config *c)
{
	peers(r, root, c);
	users(r, root, c);
	admins(r, root, c);
	publish(r, root, c);
}
