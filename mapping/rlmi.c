#include "mapping/rlmi.h"
#include "xmpp/xml.h"

#define NS_RLMI "urn:ietf:params:xml:ns:rlmi"

enum {
	PART_BYTES = 300, /* what stands around a body, at the most */
	CID_MAX_BYTES = 400
};

/* Index 0 is the list itself. */
static struct str cid(const struct rlmi *r, size_t i, struct strbuf *b)
{
	strbuf_reset(b);
	strbuf_addf(b, "%zu.%.*s@%.*s", i, STR_ARG(r->token), STR_ARG(r->host));
	return strbuf_str(b);
}

struct str rlmi_content_type(struct arena *a, const struct rlmi *r)
{
	return str_fmt(a,
		       "multipart/related;type=\"application/rlmi+xml\";"
		       "start=\"<0.%.*s@%.*s>\";boundary=\"%.*s\"",
		       STR_ARG(r->token), STR_ARG(r->host), STR_ARG(r->token));
}

static struct str state_name(enum rlmi_state s)
{
	static const struct str names[] = {
		[RLMI_PENDING] = STR("pending"),
		[RLMI_ACTIVE] = STR("active"),
		[RLMI_TERMINATED] = STR("terminated"),
	};

	return names[s];
}

static void put_instance(struct strbuf *b, const struct rlmi_resource *x,
			 struct str content_id)
{
	strbuf_addlit(b, "<instance");
	xml_put_attr(b, "id", x->id);
	xml_put_attr(b, "state", state_name(x->state));
	if (x->state == RLMI_TERMINATED)
		xml_put_attr(b, "reason", x->reason);
	if (content_id.n > 0)
		xml_put_attr(b, "cid", content_id);
	strbuf_addlit(b, "/>");
}

static void put_part(struct strbuf *b, const struct rlmi *r, const char *type,
		     struct str content_id)
{
	strbuf_addf(b,
		    "--%.*s\r\nContent-Transfer-Encoding: binary\r\n"
		    "Content-ID: <%.*s>\r\n"
		    "Content-Type: application/%s;charset=\"UTF-8\"\r\n\r\n",
		    STR_ARG(r->token), STR_ARG(content_id), type);
}

/* What there is room for, given that the list is to be said whole. */
static size_t room(const struct strbuf *b, const struct rlmi *r)
{
	const struct rlmi_resource *x;
	size_t needed = 2 * PART_BYTES + r->uri.n * 6;

	for (x = r->resources; x != NULL; x = x->next)
		needed += PART_BYTES + CID_MAX_BYTES + x->uri.n * 6;
	return b->limit > b->n + needed ? b->limit - b->n - needed : 0;
}

static bool takes(const struct rlmi_resource *x, size_t *left)
{
	size_t needed = x->body.n + PART_BYTES + CID_MAX_BYTES;

	if (x->id.n == 0 || x->body.n == 0 || needed > *left)
		return false;
	*left -= needed;
	return true;
}

static void put_list(struct strbuf *b, const struct rlmi *r, struct strbuf *id,
		     size_t left)
{
	const struct rlmi_resource *x;
	size_t i = 1;

	strbuf_addlit(b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<list");
	xml_put_attr(b, "xmlns", STR_LIT(NS_RLMI));
	xml_put_attr(b, "uri", r->uri);
	strbuf_addf(b, " version=\"%u\" fullState=\"true\">\n", r->version);
	for (x = r->resources; x != NULL; x = x->next, i++) {
		bool is_told = takes(x, &left);

		strbuf_addlit(b, "<resource");
		xml_put_attr(b, "uri", x->uri);
		strbuf_addlit(b, ">");
		/* RFC 4662 §5.5: active has a document; §4.5: what is not
		 * known has no instance. */
		if (x->id.n > 0 && (is_told || x->state != RLMI_ACTIVE))
			put_instance(b, x, is_told ? cid(r, i, id) : STR_NONE);
		strbuf_addlit(b, "</resource>\n");
	}
	strbuf_addlit(b, "</list>\r\n");
}

void rlmi_write(struct strbuf *b, const struct rlmi *r)
{
	const struct rlmi_resource *x;
	size_t i = 1, left = room(b, r);
	struct strbuf id;

	strbuf_init(&id, CID_MAX_BYTES);
	put_part(b, r, "rlmi+xml", cid(r, 0, &id));
	put_list(b, r, &id, left);
	for (x = r->resources; x != NULL; x = x->next, i++) {
		if (!takes(x, &left))
			continue;
		put_part(b, r, "pidf+xml", cid(r, i, &id));
		strbuf_add(b, x->body);
		strbuf_addlit(b, "\r\n");
	}
	strbuf_addf(b, "--%.*s--\r\n", STR_ARG(r->token));
	strbuf_fini(&id);
}
