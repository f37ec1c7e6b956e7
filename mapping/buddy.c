#include "mapping/buddy.h"

static bool bad(struct fault *why, const char *text)
{
	return fault_set(why, 400, COND_BAD_REQUEST, text);
}

bool buddy_read(struct arena *a, const struct address_plan *p, struct str text,
		struct buddy *out, struct fault *why)
{
	const char *reason;

	if (str_istarts(text, "sip:")) {
		if (!uri_read(text, &out->uri, &reason))
			return bad(why, reason);
		if (!address_is_user_host(p, &out->uri))
			return bad(why, "that domain is not served");
		if (!address_user_jid(a, p, &out->uri, &out->jid, NULL, why))
			return false;
		return out->jid.local.n > 0 || bad(why, "no user in it");
	}
	if (!jid_read(a, text, &out->jid, &reason))
		return bad(why, reason);
	if (out->jid.local.n == 0 || out->jid.resource.n > 0)
		return bad(why, "neither a bare JID nor a sip: URI");
	if (!address_user_uri(a, p, &out->jid, &out->uri, NULL, why))
		return false;
	return address_is_user_host(p, &out->uri) ||
	       bad(why, "that domain is not served");
}
