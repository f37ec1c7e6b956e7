#include "xmpp/disco.h"

#include <time.h>
#include "xmpp/caps.h"
#include "xmpp/form.h"
#include "xmpp/ns.h"

/* Whom a request is for. */
enum target {
	TARGET_GATEWAY = 1, /* our domain */
	TARGET_ACCOUNT = 2, /* a SIP user's bare address */
	TARGET_PHONE = 4,   /* and his full one */
	TARGET_OTHER = 8,   /* our domain with a resource */
	TARGET_USER = TARGET_ACCOUNT | TARGET_PHONE,
};

struct question {
	struct arena *a;
	const struct stanza *s;
	const struct disco_facts *facts;
	enum target target;
	unsigned traits;
};

/* The payload of the answer; NULL for an empty result. */
typedef struct xml *answer_fn(const struct question *q);

static answer_fn answer_info, answer_items, answer_ping, answer_version,
	answer_time, answer_last;

static const struct {
	const char *name, *ns;
	unsigned targets;
	bool has_node; /* the root node is meant, or that of our <c/> */
	answer_fn *fn;
} answers[] = {
	{ "query", NS_DISCO_INFO, TARGET_GATEWAY | TARGET_USER, true,
	  answer_info },
	{ "query", NS_DISCO_ITEMS, TARGET_GATEWAY | TARGET_USER, true,
	  answer_items },
	{ "ping", NS_PING, TARGET_GATEWAY | TARGET_USER, false, answer_ping },
	{ "query", NS_VERSION, TARGET_GATEWAY, false, answer_version },
	{ "time", NS_TIME, TARGET_GATEWAY, false, answer_time },
	{ "query", NS_LAST, TARGET_GATEWAY, false, answer_last },
};

/* "simple" is the registered type; "sip" is none (XMPP registrar). */
static const struct {
	enum target target;
	const char *category, *type, *name; /* NULL: the gateway's own */
} identities[] = {
	{ TARGET_GATEWAY, "gateway", "simple", NULL },
	{ TARGET_ACCOUNT, "account", "registered", "SIP" },
	{ TARGET_PHONE, "client", "phone", "SIP" },
};

static const struct {
	unsigned targets;
	const char *var;
	unsigned trait; /* that it needs; 0: none */
} features[] = {
	{ TARGET_GATEWAY | TARGET_USER, NS_DISCO_INFO, 0 },
	{ TARGET_GATEWAY, NS_DISCO_ITEMS, 0 },
	{ TARGET_GATEWAY | TARGET_USER, NS_CAPS, 0 },
	{ TARGET_GATEWAY, NS_COMMANDS, 0 },
	{ TARGET_GATEWAY, FEATURE_JID_ESCAPING, 0 },
	{ TARGET_GATEWAY, NS_GATEWAY, 0 },
	{ TARGET_GATEWAY | TARGET_USER, NS_LAST, 0 },
	{ TARGET_GATEWAY, NS_SEARCH, 0 },
	{ TARGET_GATEWAY | TARGET_USER, NS_PING, 0 },
	{ TARGET_GATEWAY, NS_TIME, 0 },
	{ TARGET_GATEWAY, NS_VERSION, 0 },
	{ TARGET_GATEWAY | TARGET_USER, NS_VCARD_4, 0 },
	{ TARGET_GATEWAY | TARGET_USER, NS_VCARD, 0 },
	/* XEP-0163 §4.3.2: events of the user's that a contact wants. */
	{ TARGET_PHONE, NS_ACTIVITY FEATURE_NOTIFY, 0 },
	{ TARGET_PHONE, NS_MOOD FEATURE_NOTIFY, 0 },
	{ TARGET_USER, NS_CHATSTATES, DISCO_CHATSTATES },
	{ TARGET_USER, NS_RECEIPTS, DISCO_RECEIPTS },
	{ TARGET_USER, NS_MARKERS, DISCO_MARKERS },
};

static const char *const address_vars[DISCO_ADDRESSES] = {
	[DISCO_ABUSE] = "abuse-addresses",
	[DISCO_ADMIN] = "admin-addresses",
	[DISCO_FEEDBACK] = "feedback-addresses",
	[DISCO_SALES] = "sales-addresses",
	[DISCO_SECURITY] = "security-addresses",
	[DISCO_STATUS] = "status-addresses",
	[DISCO_SUPPORT] = "support-addresses",
};

/* The node of our <c/>: not the address of a web page, for there is none. */
static const struct {
	enum target target;
	const char *node;
} caps[] = {
	[DISCO_GATEWAY] = { TARGET_GATEWAY, "urn:x-stox:gateway" },
	[DISCO_CONTACT] = { TARGET_PHONE, "urn:x-stox:contact" },
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* XEP-0157: whom people may turn to. */
static void add_addresses(const struct question *q, struct xml *query)
{
	struct xml *form = NULL, *field;
	size_t i, k;

	for (i = 0; i < DISCO_ADDRESSES; i++) {
		const struct disco_uris *u = &q->facts->addresses[i];

		if (u->count == 0)
			continue;
		if (form == NULL) {
			form = form_make(q->a, "result");
			form_set_type(q->a, form, FORM_SERVERINFO);
			xml_append(query, form);
		}
		field = form_field(q->a, form, address_vars[i], "list-multi",
				   STR_NONE);
		for (k = 0; k < u->count; k++)
			form_value(q->a, field, u->uris[k]);
	}
}

static struct xml *info_of(const struct question *q)
{
	struct xml *query = xml_element(q->a, "query", NS_DISCO_INFO);

	for (size_t i = 0; i < COUNT(identities); i++) {
		struct str name = str_z(identities[i].name);
		struct xml *x;

		if (identities[i].target != q->target)
			continue;
		x = xml_add(q->a, query, "identity", NULL);
		xml_set(q->a, x, "category", str_z(identities[i].category));
		xml_set(q->a, x, "type", str_z(identities[i].type));
		xml_set(q->a, x, "name", name.p ? name : q->facts->name);
	}
	for (size_t i = 0; i < COUNT(features); i++) {
		if ((features[i].targets & q->target) != 0 &&
		    (features[i].trait & ~q->traits) == 0)
			xml_set(q->a, xml_add(q->a, query, "feature", NULL),
				"var", str_z(features[i].var));
	}
	if (q->target == TARGET_GATEWAY)
		add_addresses(q, query);
	return query;
}

struct xml *disco_caps(struct arena *a, enum disco_who who,
		       const struct disco_facts *facts)
{
	const struct question q = { a, NULL, facts, caps[who].target,
				    facts->caps_traits };

	return caps_element(a, str_z(caps[who].node), caps_ver(a, info_of(&q)));
}

/* "node#ver" of what presence from there says (XEP-0115 §6.2); *who says of
 * whom. Presence of a contact may come from the bare JID too. */
static struct str caps_node(const struct question *q, enum disco_who *who)
{
	const struct xml *c;

	*who = q->target == TARGET_GATEWAY ? DISCO_GATEWAY : DISCO_CONTACT;
	c = disco_caps(q->a, *who, q->facts);
	return str_fmt(q->a, "%.*s#%.*s", STR_ARG(xml_attr(c, "node")),
		       STR_ARG(xml_attr(c, "ver")));
}

static struct xml *answer_info(const struct question *q)
{
	struct str node = xml_attr(q->s->u.iq.payload, "node");
	struct question asked = *q;
	enum disco_who who;
	struct xml *query;

	if (node.n == 0)
		return info_of(q);
	caps_node(q, &who);
	asked.target = caps[who].target;
	asked.traits = q->facts->caps_traits;
	query = info_of(&asked);
	xml_set(q->a, query, "node", node);
	return query;
}

/* The root node, or what our <c/> points to: of disco#info alone. */
static bool is_node_known(const struct question *q)
{
	const struct xml *asked = q->s->u.iq.payload;
	struct str node = xml_attr(asked, "node");
	enum disco_who who;

	return node.n == 0 || (xml_is(asked, "query", NS_DISCO_INFO) &&
			       str_eq(node, caps_node(q, &who)));
}

/* Never a list of all users. */
static struct xml *answer_items(const struct question *q)
{
	return xml_element(q->a, "query", NS_DISCO_ITEMS);
}

static struct xml *answer_ping(const struct question *q)
{
	(void)q;
	return NULL;
}

static struct xml *answer_version(const struct question *q)
{
	struct xml *query = xml_element(q->a, "query", NS_VERSION);

	xml_add_text(q->a, xml_add(q->a, query, "name", NULL), STR_LIT("Stox"));
	xml_add_text(q->a, xml_add(q->a, query, "version", NULL),
		     q->facts->version);
	return query;
}

static struct xml *answer_time(const struct question *q)
{
	struct xml *x = xml_element(q->a, "time", NS_TIME);
	time_t wall = (time_t)q->facts->wall_s;
	char stamp[40];
	struct tm tm;

	xml_add_text(q->a, xml_add(q->a, x, "tzo", NULL), STR_LIT("+00:00"));
	if (gmtime_r(&wall, &tm) == NULL ||
	    strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		stamp[0] = '\0';
	xml_add_text(q->a, xml_add(q->a, x, "utc", NULL),
		     str_dup(q->a, str_z(stamp)));
	return x;
}

/* XEP-0012 §5: to a server or component, how long it has been running. */
static struct xml *answer_last(const struct question *q)
{
	struct xml *query = xml_element(q->a, "query", NS_LAST);

	xml_set(q->a, query, "seconds",
		str_fmt(q->a, "%llu", (unsigned long long)q->facts->uptime_s));
	return query;
}

static enum target target_of(const struct jid *to)
{
	if (to->local.n > 0)
		return to->resource.n > 0 ? TARGET_PHONE : TARGET_ACCOUNT;
	return to->resource.n > 0 ? TARGET_OTHER : TARGET_GATEWAY;
}

static void refuse(struct strbuf *b, const struct stanza *s, int status,
		   enum cond cond, const char *text)
{
	struct fault f;

	fault_set(&f, status, cond, text);
	error_write(b, s, &f);
}

void disco_answer(struct arena *a, struct strbuf *b, const struct stanza *s,
		  const struct disco_facts *facts)
{
	const struct question q = { a, s, facts, target_of(&s->to),
				    facts->traits };
	const struct xml *asked = s->u.iq.payload;
	bool is_private = (q.target & TARGET_USER) && !facts->is_served;
	size_t i = 0;

	while (i < COUNT(answers) &&
	       (asked == NULL || s->u.iq.type != IQ_GET || is_private ||
		(answers[i].targets & (unsigned)q.target) == 0 ||
		!xml_is(asked, answers[i].name, answers[i].ns)))
		i++;
	if (i == COUNT(answers))
		refuse(b, s, 503, COND_SERVICE_UNAVAILABLE, NULL);
	else if (answers[i].has_node && !is_node_known(&q))
		refuse(b, s, 404, COND_ITEM_NOT_FOUND, NULL);
	else
		result_write(b, s, answers[i].fn(&q));
}
