#include "gateway/config/settle.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "gateway/config/settlelimits.h"
#include "gateway/config/settlepeers.h"
#include "gateway/config/settletrust.h"
#include "gateway/config/settlevain.h"
#include "mapping/address.h"
#include "mapping/buddy.h"

struct settling {
	struct optionread *r;
	const struct yamltree *root;
	struct config *c;
	struct config_component *cc; /* the component at hand */
	size_t index;		     /* its number */
	bool has_inline_secret;
};

static unsigned line_of(const struct settling *s, struct str path)
{
	unsigned line;

	yamltree_find(s->root, path, &line);
	return line;
}

/* key: dotted, from the top. */
static void wrong(struct settling *s, struct str key, const char *what)
{
	optionread_error(s->r, line_of(s, key), key, "%s", what);
}

/* "components[2].key" */
static struct str key_of(struct settling *s, const char *key)
{
	return str_fmt(s->r->a, "components[%zu].%s", s->index, key);
}

static void wrong_in(struct settling *s, const char *key, const char *what)
{
	wrong(s, key_of(s, key), what);
}

/* --- secrets */

/* name, name_file and name_env: one of them. */
static void settle_secret(struct settling *s, struct str path, const char *name)
{
	static const char *const endings[] = { "", "_file", "_env" };
	unsigned count = 0, line;
	const struct yamltree *map = yamltree_find(s->root, path, &line);
	struct str key;
	size_t i;

	for (i = 0; map != NULL && i < 3; i++) {
		key = str_fmt(s->r->a, "%s%s", name, endings[i]);
		if (yamltree_child(map, key) == NULL)
			continue;
		count++;
		if (i == 0)
			s->has_inline_secret = true;
	}
	if (count == 1)
		return;
	optionread_error(s->r, line, path,
			 "give exactly one of %s, %s_file and %s_env", name,
			 name, name);
}

/* --- components */

static bool is_set(struct str s)
{
	return s.n > 0;
}

/* IPv6 as it is written before a port, and in sip.listen. */
static void settle_host(struct settling *s)
{
	struct str *host = &s->cc->host;

	if (host->n > 2 && host->p[0] == '[' && host->p[host->n - 1] == ']')
		*host = str_from(str_head(*host, host->n - 1), 1);
}

static void settle_server(struct settling *s)
{
	struct config_component *cc = s->cc;
	size_t dot = str_find(cc->domain, '.');

	if (is_set(cc->server)) {
		if (str_eq(cc->server, cc->domain))
			wrong_in(s, "server",
				 "must be a domain of the XMPP server itself, "
				 "not the component's");
		return;
	}
	/* A component with the SIP domain's own name has no parent here. */
	if (cc->plan.contacts == CONTACT_TRANSPARENT || dot == cc->domain.n) {
		wrong_in(s, "server",
			 "is required: it does not follow from the domain");
		return;
	}
	cc->server = str_from(cc->domain, dot + 1);
}

static void settle_xmpp_domains(struct settling *s)
{
	struct address_plan *p = &s->cc->plan;
	struct str *only;
	size_t i;

	if (p->xmpp_domain_count == 0) {
		only = arena_new(s->r->a, struct str);
		*only = s->cc->server;
		p->xmpp_domains = only;
		p->xmpp_domain_count = 1;
		return;
	}
	for (i = 0; i < p->xmpp_domain_count; i++)
		if (str_eq(p->xmpp_domains[i], p->component))
			wrong_in(s, "xmpp_domains",
				 "the component's own domain has no users");
	if (p->users == USER_FIXED && p->xmpp_domain_count > 1)
		optionread_warning(s->r, line_of(s, key_of(s, "xmpp_domains")),
				   key_of(s, "xmpp_domains"),
				   "with users: fixed only the first one has "
				   "SIP addresses");
}

/* As the server writes whom it means. What is nobody stays, and is said to be
 * so (settlevain.h). */
static struct str publish_read(struct arena *a, struct str text)
{
	size_t stars = str_starts(text, "*.") ? 2 : 0;
	const char *why;
	struct jid j;

	if (!jid_read(a, str_from(text, stars), &j, &why) || j.resource.n > 0)
		return text;
	return str_fmt(a, "%.*s%.*s", (int)stars, text.p,
		       STR_ARG(jid_bare_text(a, &j)));
}

static void settle_publish(struct settling *s)
{
	struct config_component *cc = s->cc;
	struct str *all =
		arena_zalloc(s->r->a, cc->publish_count * sizeof(*all) + 1);

	for (size_t i = 0; i < cc->publish_count; i++)
		all[i] = publish_read(s->r->a, cc->publish[i]);
	cc->publish = all;
}

static void settle_contacts(struct settling *s)
{
	struct address_plan *p = &s->cc->plan;
	bool has_domain = is_set(p->sip_domain);

	switch (p->contacts) {
	case CONTACT_FIXED:
		if (!has_domain)
			wrong_in(s, "sip_domain",
				 "is required with contacts: fixed");
		break;
	case CONTACT_TRANSPARENT:
		if (has_domain && !str_ieq(p->sip_domain, p->component))
			wrong_in(s, "sip_domain",
				 "must be the domain itself with contacts: "
				 "transparent; leave it out");
		if (!str_is_ascii(p->component))
			wrong_in(s, "domain",
				 "must be ASCII with contacts: transparent, as "
				 "SIP domains are");
		p->sip_domain = p->component;
		break;
	case CONTACT_ESCAPED:
		if (has_domain)
			wrong_in(
				s, "sip_domain",
				"is of no use with contacts: escaped; leave it "
				"out");
		break;
	}
}

static void settle_registrar(struct settling *s)
{
	struct config_component *cc = s->cc;

	cc->plan.has_phones = cc->registrar.is_on;
	if (cc->registrar.is_on && cc->plan.contacts == CONTACT_ESCAPED)
		wrong_in(s, "registrar.enabled",
			 "needs a SIP domain: contacts: fixed or transparent");
}

static void settle_users(struct settling *s)
{
	struct address_plan *p = &s->cc->plan;
	bool wants_host = p->users != USER_TRANSPARENT;

	if (wants_host && !is_set(p->user_host))
		wrong_in(s, "user_host",
			 "is required with users: fixed or escaped");
	if (!wants_host && is_set(p->user_host))
		wrong_in(s, "user_host",
			 "is of no use with users: transparent; leave it out");
}

static bool is_our_domain(const struct address_plan *p, struct str domain)
{
	size_t i;

	if (str_eq(domain, p->component))
		return true;
	for (i = 0; i < p->xmpp_domain_count; i++)
		if (str_eq(domain, p->xmpp_domains[i]))
			return true;
	return false;
}

static const char foreign[] = "must be the component's domain or one of "
			      "xmpp_domains";

static void settle_aliases(struct settling *s)
{
	const struct address_plan *p = &s->cc->plan;
	size_t i;

	for (i = 0; i < p->alias_count; i++)
		if (!is_our_domain(p, p->aliases[i].jid.domain))
			wrong(s,
			      str_fmt(s->r->a,
				      "components[%zu].aliases[%zu].jid",
				      s->index, i),
			      foreign);
}

static void settle_numbers(struct settling *s)
{
	struct address_plan *p = &s->cc->plan;
	struct number_rule *rules = (struct number_rule *)p->numbers;
	struct str key;
	size_t i;

	for (i = 0; i < p->number_count; i++) {
		key = str_fmt(s->r->a, "components[%zu].numbers[%zu]", s->index,
			      i);
		if (!is_set(rules[i].jid_domain))
			rules[i].jid_domain = p->component;
		if (!is_our_domain(p, rules[i].jid_domain))
			wrong(s,
			      str_fmt(s->r->a, "%.*s.jid_domain", STR_ARG(key)),
			      foreign);
		if (!is_set(rules[i].sip_host))
			rules[i].sip_host = p->sip_domain;
		if (!is_set(rules[i].sip_host))
			wrong(s,
			      str_fmt(s->r->a, "%.*s.sip_host", STR_ARG(key)),
			      "is required: there is no sip_domain");
	}
}

static void settle_tls(struct settling *s)
{
	const struct config_component *cc = s->cc;

	if (cc->has_tls)
		return;
	if (is_set(cc->tls_ca_file))
		wrong_in(s, "tls_ca_file", "is of no use without tls: true");
	if (is_set(cc->tls_name))
		wrong_in(s, "tls_name", "is of no use without tls: true");
}

static void settle_domain(struct settling *s)
{
	size_t i;

	for (i = 0; i < s->index; i++)
		if (str_eq(s->c->components[i].domain, s->cc->domain))
			wrong_in(s, "domain", "is that of another component");
}

/* Does SIP call users of both by that host? */
static bool has_user_host(const struct address_plan *p, struct str host)
{
	if (p->users != USER_TRANSPARENT)
		return str_ieq(p->user_host, host);
	for (size_t i = 0; i < p->xmpp_domain_count; i++)
		if (str_ieq(p->xmpp_domains[i], host))
			return true;
	return false;
}

static bool share_users(const struct address_plan *a,
			const struct address_plan *b)
{
	if (a->users != USER_TRANSPARENT)
		return has_user_host(b, a->user_host);
	for (size_t i = 0; i < a->xmpp_domain_count; i++)
		if (has_user_host(b, a->xmpp_domains[i]))
			return true;
	return false;
}

/* What comes from a SIP domain must have one way: the first of two would get
 * all. Two for users of different domains have one each, unless its phones
 * register here. */
static void settle_sip_domain(struct settling *s)
{
	const struct address_plan *p = &s->cc->plan;

	for (size_t i = 0; i < s->index; i++) {
		const struct address_plan *o = &s->c->components[i].plan;

		if (p->contacts != CONTACT_ESCAPED &&
		    o->contacts != CONTACT_ESCAPED &&
		    str_ieq(p->sip_domain, o->sip_domain) &&
		    (p->has_phones || o->has_phones || share_users(p, o)))
			wrong_in(s, "sip_domain",
				 "is that of another component, for the same "
				 "users: one of them would get nothing");
	}
}

static bool is_list_name(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (strchr("abcdefghijklmnopqrstuvwxyz0123456789-_.",
			   s.p[i] |
				   (s.p[i] >= 'A' && s.p[i] <= 'Z' ? 32 : 0)) ==
		    NULL)
			return false;
	return true;
}

/* The plan is right by now. */
static void settle_list(struct settling *s, size_t index)
{
	const struct config_component *cc = s->cc;
	const struct config_list *l = &cc->registrar.lists[index];
	struct str key =
		str_fmt(s->r->a, "components[%zu].registrar.lists[%zu]",
			s->index, index);
	struct buddy buddy;
	struct fault why;

	if (!cc->registrar.is_on)
		wrong(s, key, "is of no use without registrar.enabled");
	if (!is_list_name(l->name))
		wrong(s, str_fmt(s->r->a, "%.*s.name", STR_ARG(key)),
		      "must be of letters, digits, '-', '_' and '.'");
	for (size_t i = 0; i < index; i++)
		if (str_ieq(l->name, cc->registrar.lists[i].name))
			wrong(s, str_fmt(s->r->a, "%.*s.name", STR_ARG(key)),
			      "is that of another list");
	for (size_t i = 0; i < l->member_count; i++)
		if (!buddy_read(s->r->a, &cc->plan, l->members[i], &buddy,
				&why))
			wrong(s,
			      str_fmt(s->r->a, "%.*s.members[%zu]",
				      STR_ARG(key), i),
			      "must be a bare JID or a sip: URI of a user of "
			      "this component");
}

static void settle_component(struct settling *s)
{
	struct config_component *cc = s->cc;
	unsigned before = s->r->error_count;
	struct str path = str_fmt(s->r->a, "components[%zu]", s->index), why;

	cc->plan.component = cc->domain;
	settle_secret(s, path, "secret");
	settle_domain(s);
	settle_host(s);
	settle_server(s);
	settle_xmpp_domains(s);
	settle_publish(s);
	settle_contacts(s);
	settle_registrar(s);
	settle_users(s);
	settle_aliases(s);
	settle_numbers(s);
	settle_tls(s);
	if (cc->message.body_max_bytes >= s->c->stanza_max_bytes)
		wrong_in(s, "message.body_max_bytes",
			 "must be below limits.stanza_max_bytes");
	/* The plan as a whole, once its parts are right. */
	if (s->r->error_count != before)
		return;
	if (!address_plan_check(s->r->a, &cc->plan, &why)) {
		optionread_error(s->r, line_of(s, path), path, "%.*s",
				 STR_ARG(why));
		return;
	}
	settle_sip_domain(s);
	address_plan_index(s->r->a, &cc->plan);
	for (size_t i = 0; i < cc->registrar.list_count; i++)
		settle_list(s, i);
}

/* --- the SIP side */

static bool is_same_listen(const struct config_listen *a,
			   const struct config_listen *b)
{
	union endpoint ea, eb;

	return (a->transport == TRANSPORT_UDP) ==
		       (b->transport == TRANSPORT_UDP) &&
	       endpoint_read(a->host, a->port, &ea) &&
	       endpoint_read(b->host, b->port, &eb) && endpoint_eq(&ea, &eb);
}

static void settle_listens(struct settling *s)
{
	struct config_listen *l = (struct config_listen *)s->c->listens;
	size_t i, k;

	for (i = 0; i < s->c->listen_count; i++)
		if (l[i].port == 0)
			l[i].port =
				l[i].transport == TRANSPORT_TLS ? 5061 : 5060;
	for (i = 0; i < s->c->listen_count; i++)
		for (k = 0; k < i; k++)
			if (is_same_listen(&l[i], &l[k]))
				wrong(s, str_fmt(s->r->a, "sip.listen[%zu]", i),
				      "is there twice");
}

static void settle_sip(struct settling *s)
{
	struct config *c = s->c;

	settle_listens(s);
	if (is_set(c->account_username))
		settle_secret(s, STR_LIT("sip.account"), "password");
	if (!is_set(c->user_agent))
		c->user_agent = STR_LIT("Stox/" STOX_VERSION);
}

void settle_config(struct optionread *r, const struct yamltree *root,
		   struct config *c, bool *has_inline_secret)
{
	struct settling s = { .r = r, .root = root, .c = c };

	for (; s.index < c->component_count; s.index++) {
		s.cc = (struct config_component *)&c->components[s.index];
		settle_component(&s);
	}
	settle_sip(&s);
	settlelimits_config(r, root, c);
	settlepeers_config(r, root, c);
	settletrust_config(r, root, c, &s.has_inline_secret);
	settlevain_config(r, root, c);
	*has_inline_secret = s.has_inline_secret;
}
