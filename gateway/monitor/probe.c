#include "gateway/monitor/probe.h"
#include "gateway/base/arena.h"
#include "gateway/base/keyed.h"

enum { TOKEN_BYTES = 16, MAX_FORWARDS = 70 };

static bool target_of(struct arena *a, struct str hop, struct uri *out)
{
	struct str transport;
	const char *why;
	struct uri u;

	if (!uri_read(hop, &u, &why))
		return false;
	*out = (struct uri){ .scheme = u.scheme,
			     .scheme_text = u.scheme_text,
			     .host = u.host,
			     .port = u.port };
	transport = uri_param(&u, "transport", NULL);
	if (transport.n > 0)
		out->params = str_fmt(a, "transport=%.*s", STR_ARG(transport));
	return true;
}

bool probe_draft(struct arena *a, struct str hop, struct str domain,
		 struct draft *out)
{
	char *token = arena_alloc(a, (size_t)2 * TOKEN_BYTES);
	struct draft d = { .method = METHOD_OPTIONS,
			   .cseq = 1,
			   .max_forwards = MAX_FORWARDS };

	if (!target_of(a, hop, &d.target))
		return false;
	keyed_token(token, (size_t)2 * TOKEN_BYTES);
	d.call_id = (struct str){ token, TOKEN_BYTES };
	d.to.uri = d.target;
	d.from.uri = (struct uri){ .scheme = URI_SIP,
				   .scheme_text = STR("sip"),
				   .host = domain };
	d.from.tag = (struct str){ token + TOKEN_BYTES, TOKEN_BYTES };
	*out = d;
	return true;
}
