#include "xmpp/complaint.h"

#include "xmpp/ns.h"

enum { COMPLAINT_TEXT_MAX_BYTES = 200 };

/* Where domain is on, the name stands between before and after. */
struct complaint {
	const char *condition;
	enum retry_cause cause;
	const char *before, *after;
};

static const struct complaint complaints[] = {
	{ "host-unknown", RETRY_SETTINGS,
	  "the XMPP server has no component named ",
	  ": add it there (Prosody: Component, ejabberd: hosts of an "
	  "ejabberd_service listener)" },
	{ "host-gone", RETRY_SETTINGS,
	  "the XMPP server no longer has a component named ", NULL },
	{ "not-authorized", RETRY_SETTINGS,
	  "the secret does not match the one that the XMPP server has for ",
	  " (ejabberd says so of a name that it does not know, too)" },
	{ "conflict", RETRY_CONFLICT,
	  "another connection to the XMPP server holds the name ",
	  ": is a second gateway running, or is it a host of the server "
	  "itself?" },
	{ "invalid-namespace", RETRY_SETTINGS,
	  "the port is not one for components (XEP-0114) that takes ", NULL },
	{ "invalid-from", RETRY_TROUBLE,
	  "the XMPP server refused a sender address outside ", NULL },
	{ "policy-violation", RETRY_TROUBLE,
	  "the XMPP server's limits (stanza size, rate) were passed by ",
	  NULL },
	{ "system-shutdown", RETRY_TROUBLE, "the XMPP server shuts down",
	  NULL },
	{ "reset", RETRY_TROUBLE, "the XMPP server resets the stream", NULL },
	{ "connection-timeout", RETRY_TROUBLE,
	  "the XMPP server heard nothing from us for too long", NULL },
	{ "resource-constraint", RETRY_TROUBLE,
	  "the XMPP server lacks resources", NULL },
};

static const struct complaint *find(struct str condition)
{
	for (size_t i = 0; i < sizeof(complaints) / sizeof(complaints[0]); i++)
		if (str_eqz(condition, complaints[i].condition))
			return &complaints[i];
	return NULL;
}

/* The sentences that end in a blank go on with the name. */
static void say(struct strbuf *out, const struct complaint *c,
		struct str domain)
{
	struct str before = str_z(c->before);

	strbuf_add(out, before);
	if (before.n > 0 && before.p[before.n - 1] == ' ')
		strbuf_add(out, domain);
	strbuf_addz(out, c->after);
}

/* The first child in the namespace of conditions that is not the text. */
static struct str condition_of(const struct xml *el)
{
	const struct xml *x = xml_child(el, NULL, NS_STREAM_ERRORS);

	while (x != NULL && str_eqz(x->name, "text"))
		x = xml_next(x, NULL, NS_STREAM_ERRORS);
	return x != NULL ? x->name : STR_NONE;
}

enum retry_cause complaint_read(struct arena *a, const struct xml *el,
				struct str domain, struct strbuf *out)
{
	struct str condition = condition_of(el);
	const struct xml *said = xml_child(el, "text", NS_STREAM_ERRORS);
	const struct complaint *c = find(condition);
	struct str text = said != NULL ? str_trim(xml_text(a, said)) : STR_NONE;

	if (c != NULL) {
		say(out, c, domain);
	} else {
		strbuf_addlit(out, "the XMPP server ended the stream");
		if (condition.n > 0)
			strbuf_addf(
				out, ": %.*s",
				STR_ARG(str_head(condition,
						 COMPLAINT_TEXT_MAX_BYTES)));
	}
	if (text.n > 0)
		strbuf_addf(out, " (it says: %.*s)",
			    STR_ARG(str_head(text, COMPLAINT_TEXT_MAX_BYTES)));
	return c != NULL ? c->cause : RETRY_TROUBLE;
}
