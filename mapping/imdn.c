#include "mapping/imdn.h"

#include <assert.h>

#define NS_IMDN "urn:ietf:params:xml:ns:imdn"

static const struct {
	enum imdn_kind kind;
	const char *notification, *status;
} kinds[] = {
	{ IMDN_DELIVERED, "delivery-notification", "delivered" },
	{ IMDN_FAILED, "delivery-notification", "failed" },
	{ IMDN_DISPLAYED, "display-notification", "displayed" },
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static enum imdn_kind kind_read(const struct xml *doc)
{
	for (size_t i = 0; i < COUNT(kinds); i++) {
		const struct xml *x =
			xml_child(doc, kinds[i].notification, NULL);
		const struct xml *status =
			x != NULL ? xml_child(x, "status", NULL) : NULL;

		if (status != NULL &&
		    xml_child(status, kinds[i].status, NULL) != NULL)
			return kinds[i].kind;
	}
	return IMDN_OTHER;
}

static struct str child_text(struct arena *a, const struct xml *doc,
			     const char *name)
{
	const struct xml *x = xml_child(doc, name, NULL);

	return x != NULL ? str_trim(xml_text(a, x)) : STR_NONE;
}

bool imdn_read(struct arena *a, const struct xml *doc, struct imdn *out,
	       const char **why)
{
	struct imdn i = { .kind = IMDN_OTHER };

	if (!str_eqz(doc->name, "imdn")) {
		*why = "not an imdn document";
		return false;
	}
	i.message_id = child_text(a, doc, "message-id");
	if (i.message_id.n == 0) {
		*why = "imdn without message-id";
		return false;
	}
	i.kind = kind_read(doc);
	i.date_time = child_text(a, doc, "datetime");
	i.recipient = child_text(a, doc, "recipient-uri");
	i.original_recipient = child_text(a, doc, "original-recipient-uri");
	*out = i;
	return true;
}

static void put(struct strbuf *b, const char *name, struct str text)
{
	if (text.n == 0)
		return;
	strbuf_addf(b, "<%s>", name);
	xml_put_text(b, text);
	strbuf_addf(b, "</%s>", name);
}

void imdn_write(struct strbuf *b, const struct imdn *i)
{
	size_t k = 0;

	while (k < COUNT(kinds) && kinds[k].kind != i->kind)
		k++;
	assert(k < COUNT(kinds));
	strbuf_addlit(b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n"
			 "<imdn xmlns=\"" NS_IMDN "\">");
	put(b, "message-id", i->message_id);
	put(b, "datetime", i->date_time);
	/* Both or neither (§11.1.9). */
	if (i->recipient.n > 0) {
		put(b, "recipient-uri", i->recipient);
		put(b, "original-recipient-uri",
		    i->original_recipient.n > 0 ? i->original_recipient
						: i->recipient);
	}
	strbuf_addf(b, "<%s><status><%s/></status></%s></imdn>",
		    kinds[k].notification, kinds[k].status,
		    kinds[k].notification);
}
