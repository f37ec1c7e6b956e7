#include "sip/outgoing.h"

static struct uri uri_keep(struct arena *a, struct str text)
{
	struct uri kept = { 0 };
	const char *why;

	if (text.n > 0)
		(void)uri_read(str_dup(a, text), &kept, &why);
	return kept;
}

static void proxy_take(struct outgoing_style *s, struct arena *a,
		       struct str text)
{
	bool is_loose = false;

	s->proxy_text = str_dup(a, text);
	s->proxy = uri_keep(a, text);
	s->proxy_route = STR_NONE;
	if (s->proxy.host.n > 0)
		(void)uri_param(&s->proxy, "lr", &is_loose);
	if (is_loose)
		s->proxy_route = str_fmt(a, "<%.*s>", STR_ARG(text));
}

void style_adjust(struct outgoing_style *s, struct arena *a,
		  const struct uac_options *o)
{
	struct strbuf proxy;

	if (!str_eq(s->user_agent, o->user_agent))
		s->user_agent = str_dup(a, o->user_agent);
	strbuf_init(&proxy, URI_MAX_BYTES);
	if (o->outbound_proxy.host.n > 0)
		uri_write(&proxy, &o->outbound_proxy);
	if (!str_eq(s->proxy_text, strbuf_str(&proxy)))
		proxy_take(s, a, strbuf_str(&proxy));
	strbuf_fini(&proxy);
}
