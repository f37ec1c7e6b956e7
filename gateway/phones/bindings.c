#include "gateway/phones/bindings.h"
#include "mapping/address.h"
#include "sip/date.h"

enum { CONTACT_HEADER_MAX_BYTES = 4096, DATE_MAX_BYTES = 64 };

struct bindings_said bindings_said_of(const struct registration *reg,
				      int64_t now_s)
{
	struct bindings_said s = { .has_path = reg->path.n > 0,
				   .knows_gruu = reg->knows_gruu,
				   .now_s = now_s };

	for (size_t i = 0; i < reg->count; i++)
		s.has_flow |= reg->contacts[i].reg_id > 0 &&
			      reg->contacts[i].expires_s > 0;
	return s;
}

/* --- the answer */

/* The public GRUU: the address itself, with the instance as gr. */
static void put_gruu(struct arena *a, struct strbuf *b,
		     const struct address_plan *plan, struct str key,
		     const struct binding *x)
{
	struct jid jid;
	struct uri uri;
	struct fault fault;
	const char *why;

	if (!jid_read(a, key, &jid, &why) ||
	    !address_contact_uri(a, plan, &jid, &uri, NULL, &fault))
		return;
	strbuf_addlit(b, ";pub-gruu=\"");
	uri_write(b, &uri);
	strbuf_addlit(b, ";gr=");
	uri_escape_param(b, x->instance);
	strbuf_addlit(b, "\"");
}

static struct str contact_text(struct arena *a, const struct address_plan *plan,
			       struct str key, const struct binding *x,
			       const struct bindings_said *said)
{
	struct strbuf b;
	struct str text;

	strbuf_init(&b, CONTACT_HEADER_MAX_BYTES);
	strbuf_addlit(&b, "<");
	strbuf_add(&b, x->contact);
	strbuf_addf(&b, ">;expires=%lld",
		    (long long)(x->expires_at_s - said->now_s));
	if (x->q < Q_MAX)
		strbuf_addf(&b, ";q=0.%03u", x->q);
	if (x->instance.n > 0)
		strbuf_addf(&b, ";+sip.instance=\"<%.*s>\"",
			    STR_ARG(x->instance));
	if (x->reg_id > 0)
		strbuf_addf(&b, ";reg-id=%u", (unsigned)x->reg_id);
	if (said->knows_gruu && x->instance.n > 0)
		put_gruu(a, &b, plan, key, x);
	text = b.overflow ? STR_NONE : str_dup(a, strbuf_str(&b));
	strbuf_fini(&b);
	return text;
}

static struct header *put(struct arena *a, struct header **last,
			  struct str name, struct str value)
{
	struct header *h = arena_new(a, struct header);

	*h = (struct header){ .name = name, .value = value };
	if (*last != NULL)
		(*last)->next = h;
	*last = h;
	return h;
}

static struct str date_text(struct arena *a, int64_t now_s)
{
	struct strbuf b;
	struct str text;

	strbuf_init(&b, DATE_MAX_BYTES);
	date_write(&b, now_s);
	text = str_dup(a, strbuf_str(&b));
	strbuf_fini(&b);
	return text;
}

/* RFC 3327 §5.3: the Path of what was registered goes back. */
static struct str path_of(const struct binding *all)
{
	return all != NULL ? all->prev->path : STR_NONE;
}

const struct header *bindings_headers(struct arena *a,
				      const struct address_plan *plan,
				      struct str key, const struct binding *all,
				      const struct bindings_said *said)
{
	struct header *last = NULL;
	const struct header *first =
		put(a, &last, STR_LIT("Date"), date_text(a, said->now_s));
	const struct binding *x;
	struct str text;

	DL_FOREACH (all, x) {
		text = contact_text(a, plan, key, x, said);
		if (text.n > 0)
			put(a, &last, STR_LIT("Contact"), text);
	}
	if (said->has_path && path_of(all).n > 0)
		put(a, &last, STR_LIT("Path"), path_of(all));
	if (said->has_flow) {
		put(a, &last, STR_LIT("Require"), STR_LIT("outbound"));
		put(a, &last, STR_LIT("Flow-Timer"),
		    str_fmt(a, "%d", FLOW_TIMER_S));
	}
	put(a, &last, STR_LIT("Supported"), STR_LIT("path, gruu, outbound"));
	return first;
}

/* --- the way */

static bool is_at(const struct uri *u, const union endpoint *e,
		  enum transport t, union endpoint *out)
{
	uint16_t port = u->port != 0	     ? u->port
			: t == TRANSPORT_TLS ? 5061
					     : 5060;
	char x[INET6_ADDRSTRLEN], y[INET6_ADDRSTRLEN];

	return endpoint_read(u->host, port, out) &&
	       str_eq(endpoint_text(out, x), endpoint_text(e, y));
}

/* Over a stream only its own connection leads back for sure. Of UDP the address
 * that it came from does: a phone that is at its contact's address itself is
 * called there, at whatever port it says; all others are behind a NAT. */
bool binding_way(struct transport_set *t, const struct binding *x,
		 struct hop *out)
{
	struct hop hop = { .transport = x->transport,
			   .peer = x->from,
			   .socket = x->socket,
			   .conn = x->conn };
	union endpoint said;
	struct uri u;
	const char *why;

	if (x->path.n > 0 || !x->is_direct)
		return false;
	if (x->transport != TRANSPORT_UDP) {
		*out = hop;
		return transport_is_there(t, &hop);
	}
	if (!transport_is_there(t, &hop))
		hop.socket = 0; /* a listen point less than then */
	if (x->reg_id == 0 && uri_read(x->contact, &u, &why) &&
	    is_at(&u, &x->from, TRANSPORT_UDP, &said))
		hop.peer = said;
	*out = hop;
	return true;
}

/* A phone that listens says where, and that is not where its connections come
 * from. A name may be anywhere. */
static bool is_listening(const struct binding *x)
{
	union endpoint said;
	struct uri u;
	const char *why;

	if (!uri_read(x->contact, &u, &why) || !endpoint_read(u.host, 0, &said))
		return true;
	return is_at(&u, &x->from, x->transport, &said) &&
	       !endpoint_eq(&said, &x->from);
}

bool binding_is_tied(const struct binding *x)
{
	return x->is_direct && x->path.n == 0 &&
	       x->transport != TRANSPORT_UDP &&
	       (x->reg_id > 0 || !is_listening(x));
}

const struct binding *binding_of_instance(const struct person *p,
					  struct str instance)
{
	const struct binding *x, *best = NULL;

	DL_FOREACH (p->bindings, x)
		if (str_eq(x->instance, instance))
			best = x; /* the newest flow */
	return best;
}

const struct binding *binding_of_target(const struct person *p,
					const struct uri *target)
{
	const struct binding *x;
	bool has_gr;
	struct str gr = uri_param(target, "gr", &has_gr);
	struct uri u;
	const char *why;

	if (has_gr && gr.n > 0)
		return binding_of_instance(p, gr);
	DL_FOREACH (p->bindings, x)
		if (uri_read(x->contact, &u, &why) && uri_eq(&u, target))
			return x;
	return p->count == 1 ? p->bindings : NULL;
}
