#include "gateway/services/profile.h"
#include "gateway/bridge.h"
#include "gateway/services/face.h"
#include "gateway/services/nicks.h"
#include "gateway/services/tongue.h"
#include "mapping/address.h"
#include "mapping/vcard.h"
#include "xmpp/ns.h"

static enum disco_who who_of(const struct stanza *s)
{
	return s->to.local.n == 0 ? DISCO_GATEWAY : DISCO_CONTACT;
}

static void gateway_fill(struct link *k, const struct stanza *s,
			 struct vcard *v)
{
	struct disco_facts facts;

	face_facts(k->bridge->face, &facts);
	v->name = facts.name;
	v->about = tongue_text(
		s->lang,
		"Gateway to SIP: messages and presence. Write \"help\" "
		"to this address.",
		"Gateway zu SIP: Nachrichten und Pr\xc3\xa4senz. "
		"Schreiben Sie \"help\" an diese Adresse.");
}

static bool vcard_fill(struct link *k, const struct stanza *s, struct arena *a,
		       struct vcard *v, struct fault *why)
{
	*v = (struct vcard){ .jid = jid_bare(&s->to) };
	face_photo(k->bridge->face, who_of(s), v);
	if (v->jid.local.n == 0) {
		gateway_fill(k, s, v);
		return true;
	}
	/* XEP-0054 §3.1: no such user */
	if (!address_contact_uri(a, &k->cfg->plan, &v->jid, &v->uri, NULL, why))
		return fault_set(why, 404, COND_SERVICE_UNAVAILABLE, NULL);
	v->has_uri = true;
	v->name = nicks_get(k->bridge->nicks, &v->jid);
	return true;
}

struct xml *profile_vcard(struct link *k, const struct stanza *s,
			  struct arena *a, struct fault *why)
{
	struct vcard v;

	return vcard_fill(k, s, a, &v, why) ? vcard_write(a, &v) : NULL;
}

struct xml *profile_vcard4(struct link *k, const struct stanza *s,
			   struct arena *a, struct fault *why)
{
	struct vcard v;

	return vcard_fill(k, s, a, &v, why) ? vcard4_write(a, &v) : NULL;
}

/* --- the items of a node; each gives one payload and its id */

struct item_of {
	struct str id;
	struct xml *payload; /* NULL: there is none */
};
typedef struct item_of item_fn(struct link *k, const struct stanza *s,
			       struct arena *a);

static struct item_of vcard4_item(struct link *k, const struct stanza *s,
				  struct arena *a)
{
	struct fault why;

	return (struct item_of){ STR_LIT("current"),
				 profile_vcard4(k, s, a, &why) };
}

static struct item_of metadata_item(struct link *k, const struct stanza *s,
				    struct arena *a)
{
	const struct face_picture *p = face_picture(k->bridge->face, who_of(s));
	struct item_of item = { 0 };
	struct xml *info;

	if (p == NULL)
		return item;
	item.id = p->sha1;
	item.payload = xml_element(a, "metadata", NS_AVATAR_METADATA);
	info = xml_add(a, item.payload, "info", NULL);
	xml_set(a, info, "bytes", str_fmt(a, "%zu", p->bytes));
	xml_set(a, info, "id", p->sha1);
	xml_set(a, info, "type", p->type);
	return item;
}

static struct item_of data_item(struct link *k, const struct stanza *s,
				struct arena *a)
{
	const struct face_picture *p = face_picture(k->bridge->face, who_of(s));
	struct item_of item = { 0 };

	if (p == NULL)
		return item;
	item.id = p->sha1;
	item.payload = xml_element(a, "data", NS_AVATAR_DATA);
	xml_add_text(a, item.payload, p->base64);
	return item;
}

static const struct {
	const char *node;
	item_fn *fn;
} nodes[] = {
	{ NODE_VCARD_4, vcard4_item },
	{ NS_AVATAR_METADATA, metadata_item },
	{ NS_AVATAR_DATA, data_item },
};

/* One of those that are asked for by their ids (XEP-0060 §6.5.6), or any. */
static bool is_wanted(const struct xml *items, struct str id)
{
	const struct xml *x = xml_child(items, "item", NULL);

	if (x == NULL)
		return true;
	while (x != NULL && !str_eq(xml_attr(x, "id"), id))
		x = xml_next(x, "item", NULL);
	return x != NULL;
}

static struct xml *answer(struct arena *a, struct str node,
			  const struct item_of *item)
{
	struct xml *pubsub = xml_element(a, "pubsub", NS_PUBSUB);
	struct xml *items = xml_add(a, pubsub, "items", NULL), *x;

	xml_set(a, items, "node", node);
	x = xml_add(a, items, "item", NULL);
	xml_set(a, x, "id", item->id);
	xml_append(x, item->payload);
	return pubsub;
}

struct xml *profile_items(struct link *k, const struct stanza *s,
			  struct arena *a, struct fault *why)
{
	const struct xml *items = xml_child(s->u.iq.payload, "items", NULL);
	struct str node = items == NULL ? STR_NONE : xml_attr(items, "node");
	struct item_of item = { 0 };
	size_t i;

	for (i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++)
		if (str_eqz(node, nodes[i].node))
			item = nodes[i].fn(k, s, a);
	if (item.payload != NULL && is_wanted(items, item.id))
		return answer(a, node, &item);
	if (items == NULL)
		fault_set(why, 501, COND_FEATURE_NOT_IMPLEMENTED, NULL);
	else
		fault_set(why, 404, COND_ITEM_NOT_FOUND, NULL);
	return NULL;
}
