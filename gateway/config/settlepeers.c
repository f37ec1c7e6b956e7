#include "gateway/config/settlepeers.h"
#include "gateway/config/settletrust.h"

/* A set of strings that grows in an arena; room is made for all at once. */
struct names {
	struct str *items;
	size_t n;
};

static void names_add(struct names *names, struct str s)
{
	size_t i;

	for (i = 0; i < names->n; i++)
		if (str_ieq(names->items[i], s))
			return;
	names->items[names->n++] = s;
}

/* How many names the components can have at most. */
static size_t count_names(const struct config *c)
{
	size_t i, n = 4;

	for (i = 0; i < c->component_count; i++)
		n += 2 + c->components[i].plan.alias_count +
		     c->components[i].plan.number_count;
	return n;
}

static void add_domains(struct names *names, const struct address_plan *p)
{
	size_t i;

	if (p->contacts != CONTACT_ESCAPED)
		names_add(names, p->sip_domain);
	for (i = 0; i < p->alias_count; i++)
		if (str_eq(p->aliases[i].jid.domain, p->component))
			names_add(names, p->aliases[i].uri.host);
	for (i = 0; i < p->number_count; i++)
		if (str_eq(p->numbers[i].jid_domain, p->component))
			names_add(names, p->numbers[i].sip_host);
}

/* The SIP domains that contacts of ours live in. */
static struct names sip_domains(struct arena *a, const struct config *c)
{
	struct names names = {
		arena_zalloc(a, count_names(c) * sizeof(struct str)), 0
	};
	size_t i;

	for (i = 0; i < c->component_count; i++) {
		/* Phones prove who they are; a peer that is to speak for such a
		 * domain has it in its list. */
		if (c->components[i].registrar.is_on)
			continue;
		if (c->components[i].plan.contacts != CONTACT_ESCAPED) {
			add_domains(&names, &c->components[i].plan);
			continue;
		}
		names.items[0] = STR_LIT("*");
		names.n = 1;
		break;
	}
	return names;
}

static struct str without_brackets(struct str s)
{
	if (s.n > 2 && s.p[0] == '[')
		return (struct str){ s.p + 1, s.n - 2 };
	return s;
}

/* The peers to be where the file names none. */
struct defaults {
	struct names addresses, tls_names;
	bool has_name; /* a hop whose addresses may change */
};

/* Who is called over TLS may call us by the name that was checked. */
static void add_hop(struct defaults *d, struct str hop)
{
	struct uri u;
	union endpoint e;
	const char *why;

	if (hop.n == 0 || !uri_read(hop, &u, &why))
		return;
	if (endpoint_read(u.host, 0, &e))
		names_add(&d->addresses, without_brackets(u.host));
	else if (settletrust_is_tls_hop(hop))
		names_add(&d->tls_names, u.host);
	else
		d->has_name = true;
}

static struct names names_new(struct arena *a, const struct config *c)
{
	return (struct names){
		.items = arena_zalloc(a, count_names(c) * sizeof(struct str))
	};
}

static void default_peers(struct optionread *r, const struct yamltree *root,
			  struct config *c)
{
	struct defaults d = { names_new(r->a, c), names_new(r->a, c), false };
	struct config_peer *peer = arena_new(r->a, struct config_peer);
	unsigned line;
	size_t i;

	names_add(&d.addresses, STR_LIT("127.0.0.0/8"));
	names_add(&d.addresses, STR_LIT("::1"));
	add_hop(&d, c->outbound_proxy);
	for (i = 0; i < c->component_count; i++)
		add_hop(&d, c->components[i].next_hop);
	*peer = (struct config_peer){ .addresses = d.addresses.items,
				      .address_count = d.addresses.n,
				      .tls_names = d.tls_names.items,
				      .tls_name_count = d.tls_names.n,
				      .is_asserting = true };
	c->peers = peer;
	c->peer_count = 1;
	yamltree_find(root, STR_LIT("sip"), &line);
	if (d.has_name)
		optionread_warning(
			r, line, STR_LIT("sip.peers"),
			"the next hop is a name, so its addresses are "
			"not known: list them here, or its requests "
			"are refused");
}

void settlepeers_config(struct optionread *r, const struct yamltree *root,
			struct config *c)
{
	struct names domains = sip_domains(r->a, c);
	struct config_peer *peers;
	size_t i;

	if (c->peer_count == 0)
		default_peers(r, root, c);
	peers = (struct config_peer *)c->peers;
	for (i = 0; i < c->peer_count; i++) {
		if (peers[i].domain_count > 0)
			continue;
		peers[i].domains = domains.items;
		peers[i].domain_count = domains.n;
	}
}
