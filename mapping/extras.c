#include "mapping/extras.h"

#include "xmpp/ns.h"

static const struct {
	const char *name;
	enum chat_state state;
} states[] = {
	{ "active", CHAT_ACTIVE }, { "composing", CHAT_COMPOSING },
	{ "paused", CHAT_PAUSED }, { "inactive", CHAT_INACTIVE },
	{ "gone", CHAT_GONE },
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void read_state(struct arena *a, const struct xml *x, struct extras *out)
{
	(void)a;
	for (size_t i = 0; i < COUNT(states); i++)
		if (str_eqz(x->name, states[i].name))
			out->state = states[i].state;
}

static void read_receipt(struct arena *a, const struct xml *x,
			 struct extras *out)
{
	(void)a;
	if (str_eqz(x->name, "request"))
		out->wants_receipt = true;
	else if (str_eqz(x->name, "received"))
		out->received = xml_attr(x, "id");
}

static void read_marker(struct arena *a, const struct xml *x,
			struct extras *out)
{
	(void)a;
	if (str_eqz(x->name, "markable"))
		out->is_markable = true;
	else if (str_eqz(x->name, "displayed"))
		out->displayed = xml_attr(x, "id");
}

static void read_replace(struct arena *a, const struct xml *x,
			 struct extras *out)
{
	(void)a;
	if (str_eqz(x->name, "replace"))
		out->replaces = xml_attr(x, "id");
}

static void read_reply(struct arena *a, const struct xml *x, struct extras *out)
{
	(void)a;
	if (str_eqz(x->name, "reply"))
		out->replies_to = xml_attr(x, "id");
}

static void read_reactions(struct arena *a, const struct xml *x,
			   struct extras *out)
{
	(void)a;
	if (!str_eqz(x->name, "reactions"))
		return;
	out->reactions = x;
	out->reacts_to = xml_attr(x, "id");
}

static void read_retract(struct arena *a, const struct xml *x,
			 struct extras *out)
{
	(void)a;
	if (str_eqz(x->name, "retract"))
		out->retracts = xml_attr(x, "id");
}

/* Before it had a namespace of its own: <apply-to><retract/></apply-to>. */
static void read_fasten(struct arena *a, const struct xml *x,
			struct extras *out)
{
	(void)a;
	if (xml_child(x, "retract", NS_RETRACT_OLD) != NULL)
		out->retracts = xml_attr(x, "id");
}

static void read_html(struct arena *a, const struct xml *x, struct extras *out)
{
	(void)a;
	if (str_eqz(x->name, "html"))
		out->html = x;
}

static void read_oob(struct arena *a, const struct xml *x, struct extras *out)
{
	const struct xml *url = xml_child(x, "url", NULL);
	const struct xml *desc = xml_child(x, "desc", NULL);

	if (url == NULL || out->url.n > 0)
		return;
	out->url = str_trim(xml_text(a, url));
	if (desc != NULL)
		out->url_words = str_trim(xml_text(a, desc));
}

/* XEP-0447: a file, with the places to get it from. Those that are encrypted
 * (XEP-0448) nobody in SIP can read. */
static void read_sharing(struct arena *a, const struct xml *x,
			 struct extras *out)
{
	const struct xml *at = xml_child(x, "sources", NULL);
	const struct xml *file = xml_child(x, "file", NS_FILE_METADATA);
	const struct xml *name = NULL;

	if (out->url.n > 0 || at == NULL)
		return;
	at = xml_child(at, "url-data", NS_URL_DATA);
	if (at == NULL)
		return;
	out->url = str_trim(xml_attr(at, "target"));
	if (file != NULL)
		name = xml_child(file, "name", NULL);
	if (name != NULL)
		out->url_words = str_trim(xml_text(a, name));
}

/* XEP-0385: the same of old, in a reference (XEP-0372). */
static void read_reference(struct arena *a, const struct xml *x,
			   struct extras *out)
{
	const struct xml *at = xml_child(x, "media-sharing", NS_SIMS);

	(void)a;
	if (at != NULL)
		at = xml_child(at, "sources", NULL);
	if (at != NULL)
		at = xml_child(at, "reference", NS_REFERENCE);
	if (at != NULL && out->url.n == 0 &&
	    str_starts(xml_attr(at, "uri"), "http"))
		out->url = xml_attr(at, "uri");
}

/* A chat room cannot be joined from SIP; who is invited can read where it is.
 */
static void read_conference(struct arena *a, const struct xml *x,
			    struct extras *out)
{
	struct jid room;
	struct str uri;
	const char *why;

	if (out->url.n > 0 || !jid_read(a, xml_attr(x, "jid"), &room, &why))
		return;
	uri = jid_uri(a, &room);
	out->url = str_fmt(a, "%.*s?join", STR_ARG(uri));
	out->url_words = str_trim(xml_attr(x, "reason"));
}

static const struct {
	struct str ns;
	void (*read)(struct arena *a, const struct xml *x, struct extras *out);
} readers[] = {
	{ STR(NS_CHATSTATES), read_state },
	{ STR(NS_RECEIPTS), read_receipt },
	{ STR(NS_MARKERS), read_marker },
	{ STR(NS_CORRECT), read_replace },
	{ STR(NS_REPLY), read_reply },
	{ STR(NS_REACTIONS), read_reactions },
	{ STR(NS_RETRACT), read_retract },
	{ STR(NS_FASTEN), read_fasten },
	{ STR(NS_XHTML_IM), read_html },
	{ STR(NS_OOB), read_oob },
	{ STR(NS_CONFERENCE), read_conference },
	{ STR(NS_FILE_SHARING), read_sharing },
	{ STR(NS_REFERENCE), read_reference },
};

void extras_read(struct arena *a, const struct xml *el, struct extras *out)
{
	const struct xml *x = el != NULL ? el->child : NULL;

	*out = (struct extras){ .state = CHAT_NONE };
	for (; x != NULL; x = x->next) {
		if (x->name.n == 0 || str_eqz(x->ns, NS_COMPONENT))
			continue;
		for (size_t i = 0; i < COUNT(readers); i++)
			if (str_eq(x->ns, readers[i].ns))
				readers[i].read(a, x, out);
	}
}

struct xml *extras_state(struct arena *a, enum chat_state state)
{
	for (size_t i = 0; i < COUNT(states); i++)
		if (states[i].state == state)
			return xml_element(a, states[i].name, NS_CHATSTATES);
	return NULL;
}
