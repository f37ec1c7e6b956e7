#include "gateway/services/services.h"
#include "gateway/admin/chat.h"
#include "gateway/admin/adhoc.h"
#include "gateway/bridge.h"
#include "gateway/services/face.h"
#include "gateway/presence/roster.h"
#include "gateway/services/privilege.h"
#include "gateway/services/profile.h"
#include "gateway/services/search.h"
#include "gateway/services/tongue.h"
#include "gateway/messages/traits.h"
#include "mapping/typed.h"
#include "xmpp/ns.h"

enum who { WHO_GATEWAY = 1, WHO_CONTACT = 2 };
enum kind { KIND_GET = 1, KIND_SET = 2 };

struct request_iq {
	struct link *link;
	const struct stanza *s;
	const struct xml *payload;
	struct arena *a;
	struct str lang; /* of the payload, else of the iq */
};

/* The payload of the answer, or NULL and *why. */
typedef struct xml *service_fn(const struct request_iq *q, struct fault *why);

/* --- jabber:iq:gateway */

static struct xml *prompt_get(const struct request_iq *q, struct fault *why)
{
	struct xml *query = xml_element(q->a, "query", NS_GATEWAY);
	struct str lang = q->lang;

	(void)why;
	/* RFC 6120 §8.1.5: which of ours it is. */
	xml_set(q->a, query, "xml:lang", tongue_text(lang, "en", "de"));
	xml_add_text(q->a, xml_add(q->a, query, "desc", NULL),
		     tongue_text(lang,
				 "Type the SIP address or telephone number of "
				 "the person you want to reach: "
				 "name@example.net, sip:name@example.net, "
				 "+49 30 123456.",
				 "Geben Sie die SIP-Adresse oder Telefonnummer "
				 "der Person ein, die Sie erreichen "
				 "m\xc3\xb6"
				 "chten: name@example.net, "
				 "sip:name@example.net, +49 30 123456."));
	xml_add_text(q->a, xml_add(q->a, query, "prompt", NULL),
		     tongue_text(lang, "SIP address or number",
				 "SIP-Adresse oder Nummer"));
	return query;
}

/* Old clients read the address from <prompt/>, where they wrote it. */
static struct xml *prompt_set(const struct request_iq *q, struct fault *why)
{
	const struct xml *prompt = xml_child(q->payload, "prompt", NULL);
	struct xml *query;
	struct jid jid;
	struct uri uri;
	struct str text;

	if (prompt == NULL) {
		fault_set(why, 400, COND_BAD_REQUEST, "no <prompt/>");
		return NULL;
	}
	if (!typed_contact(q->a, &q->link->cfg->plan, xml_text(q->a, prompt),
			   &jid, &uri, why))
		return NULL;
	text = jid_text(q->a, &jid);
	query = xml_element(q->a, "query", NS_GATEWAY);
	xml_add_text(q->a, xml_add(q->a, query, "jid", NULL), text);
	xml_add_text(q->a, xml_add(q->a, query, "prompt", NULL), text);
	return query;
}

/* --- search */

static struct xml *search_get(const struct request_iq *q, struct fault *why)
{
	(void)why;
	return search_fields(q->a, q->lang);
}

static struct xml *search_set(const struct request_iq *q, struct fault *why)
{
	if (!chat_admit(q->link->bridge, &q->s->from)) {
		fault_set(why, 503, COND_RESOURCE_CONSTRAINT,
			  "too many searches: slow down");
		return NULL;
	}
	return search_answer(q->link, q->a, q->payload, why);
}

/* --- vCards and pictures */

static struct xml *vcard_get(const struct request_iq *q, struct fault *why)
{
	return profile_vcard(q->link, q->s, q->a, why);
}

static struct xml *vcard4_get(const struct request_iq *q, struct fault *why)
{
	return profile_vcard4(q->link, q->s, q->a, why);
}

static struct xml *items_get(const struct request_iq *q, struct fault *why)
{
	return profile_items(q->link, q->s, q->a, why);
}

static struct xml *last_get(const struct request_iq *q, struct fault *why)
{
	struct xml *query = xml_element(q->a, "query", NS_LAST);
	int64_t seconds;

	if (!q->link->cfg->has_presence) {
		fault_set(why, 501, COND_SERVICE_UNAVAILABLE, NULL);
		return NULL;
	}
	if (!roster_last(q->link, q->s, q->a, &seconds, why))
		return NULL;
	xml_set(q->a, query, "seconds",
		str_fmt(q->a, "%lld", (long long)seconds));
	return query;
}

static struct xml *vcard_set(const struct request_iq *q, struct fault *why)
{
	(void)q;
	fault_set(why, 403, COND_FORBIDDEN, "this vCard is not yours");
	return NULL;
}

/* --- all of them */

static const struct {
	const char *name, *ns;
	unsigned whom, kinds;
	service_fn *fn;
} services[] = {
	{ "query", NS_GATEWAY, WHO_GATEWAY, KIND_GET, prompt_get },
	{ "query", NS_GATEWAY, WHO_GATEWAY, KIND_SET, prompt_set },
	{ "query", NS_SEARCH, WHO_GATEWAY, KIND_GET, search_get },
	{ "query", NS_SEARCH, WHO_GATEWAY, KIND_SET, search_set },
	{ "query", NS_LAST, WHO_CONTACT, KIND_GET, last_get },
	{ "vCard", NS_VCARD, WHO_GATEWAY | WHO_CONTACT, KIND_GET, vcard_get },
	{ "vCard", NS_VCARD, WHO_GATEWAY | WHO_CONTACT, KIND_SET, vcard_set },
	{ "vcard", NS_VCARD_4, WHO_GATEWAY | WHO_CONTACT, KIND_GET,
	  vcard4_get },
	{ "vcard", NS_VCARD_4, WHO_GATEWAY | WHO_CONTACT, KIND_SET, vcard_set },
	{ "pubsub", NS_PUBSUB, WHO_GATEWAY | WHO_CONTACT, KIND_GET, items_get },
};

static service_fn *service_find(const struct stanza *s, const struct xml *asked)
{
	unsigned whom = s->to.local.n > 0	? WHO_CONTACT
			: s->to.resource.n == 0 ? WHO_GATEWAY
						: 0;
	unsigned kind = s->u.iq.type == IQ_GET ? KIND_GET : KIND_SET;
	size_t i;

	for (i = 0; i < sizeof(services) / sizeof(services[0]); i++)
		if ((services[i].whom & whom) && (services[i].kinds & kind) &&
		    xml_is(asked, services[i].name, services[i].ns))
			return services[i].fn;
	return NULL;
}

static void serve(struct link *k, const struct stanza *s, struct arena *a,
		  service_fn *fn)
{
	const struct xml *asked = s->u.iq.payload;
	struct str lang = xml_attr(asked, "xml:lang");
	const struct request_iq q = { k, s, asked, a,
				      lang.n > 0 ? lang : s->lang };
	struct xml *payload = NULL;
	struct fault why;

	if (link_serves(k, s->from.domain))
		payload = fn(&q, &why);
	else
		fault_set(&why, 403, COND_FORBIDDEN,
			  "this gateway does not serve your domain");
	if (payload != NULL)
		link_result(k, s, payload);
	else
		link_refuse(k, s, &why);
}

static void disco(struct link *k, const struct stanza *s, struct arena *a)
{
	const struct bridge *b = k->bridge;
	struct disco_facts facts = {
		.wall_s = loop_wall_ms() / 1000,
		.uptime_s = (loop_now_ms(b->loop) - b->since_ms) / 1000,
		.is_served = link_serves(k, s->from.domain),
		.traits = traits_of(k, &s->to, a),
	};

	face_facts(b->face, &facts);
	disco_answer(a, link_begin(k), s, &facts);
	link_end(k);
}

void services_iq(struct link *k, const struct stanza *s, struct arena *a)
{
	service_fn *fn = s->u.iq.payload != NULL
				 ? service_find(s, s->u.iq.payload)
				 : NULL;

	if (fn != NULL)
		serve(k, s, a, fn);
	else if (!adhoc_iq(k, s, a) && !privilege_push(k, s, a))
		disco(k, s, a);
}
