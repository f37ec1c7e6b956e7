#include "xmpp/disco.h"

#include <time.h>
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
};

/* The payload of the answer; NULL for an empty result. */
typedef struct xml *answer_fn(const struct question *q);

static answer_fn answer_info, answer_items, answer_ping, answer_version,
	answer_time, answer_last;

static const struct {
	const char *name, *ns;
	unsigned targets;
	bool has_node; /* only the root node is known (XEP-0030 §3.2) */
	answer_fn *fn;
} answers[] = {
	{ "query", NS_DISCO_INFO, TARGET_GATEWAY | TARGET_USER, true,
	  answer_info },
	{ "query", NS_DISCO_ITEMS, TARGET_GATEWAY, true, answer_items },
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
} features[] = {
	{ TARGET_GATEWAY | TARGET_USER, NS_DISCO_INFO },
	{ TARGET_GATEWAY, NS_DISCO_ITEMS },
	{ TARGET_GATEWAY, FEATURE_JID_ESCAPING },
	{ TARGET_GATEWAY, NS_LAST },
	{ TARGET_GATEWAY | TARGET_USER, NS_PING },
	{ TARGET_GATEWAY, NS_TIME },
	{ TARGET_GATEWAY, NS_VERSION },
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static struct xml *answer_info(const struct question *q)
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
		if ((features[i].targets & q->target) != 0)
			xml_set(q->a, xml_add(q->a, query, "feature", NULL),
				"var", str_z(features[i].var));
	}
	return query;
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
	const struct question q = { a, s, facts, target_of(&s->to) };
	const struct xml *asked = s->u.iq.payload;
	size_t i = 0;

	while (i < COUNT(answers) &&
	       (asked == NULL || s->u.iq.type != IQ_GET ||
		(answers[i].targets & (unsigned)q.target) == 0 ||
		!xml_is(asked, answers[i].name, answers[i].ns)))
		i++;
	if (i == COUNT(answers))
		refuse(b, s, 503, COND_SERVICE_UNAVAILABLE, NULL);
	else if (answers[i].has_node && xml_attr(asked, "node").n > 0)
		refuse(b, s, 404, COND_ITEM_NOT_FOUND, NULL);
	else
		result_write(b, s, answers[i].fn(&q));
}
