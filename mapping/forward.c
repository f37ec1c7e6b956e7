#include "mapping/forward.h"

#include "mapping/address.h"

static const char XMPP[] = "xmpp:";

/* RFC 5122 §2.2: xmpp:user@host/resource?query, percent-encoded; no authority
 * part ("//"), which names an account to use. */
static bool user_uri(struct arena *a, const struct address_plan *p,
		     struct str uri, struct str *out)
{
	struct str text = str_from(uri, sizeof(XMPP) - 1);
	const char *reason;
	struct fault why;
	struct jid jid;
	struct uri sip;

	text = str_head(text, str_find(text, '?'));
	text = str_head(text, str_find(text, '#'));
	if (!uri_unescape(a, text, &text) ||
	    !jid_read(a, text, &jid, &reason) ||
	    !address_user_uri(a, p, &jid, &sip, NULL, &why))
		return false;
	*out = uri_text(a, &sip);
	return true;
}

bool forward_uri(struct arena *a, const struct address_plan *p,
		 const struct fault *f, struct str *out)
{
	const char *reason;
	struct uri uri;

	if ((f->cond != COND_GONE && f->cond != COND_REDIRECT) ||
	    !uri_read(f->uri, &uri, &reason))
		return false;
	if (str_istarts(f->uri, XMPP) && user_uri(a, p, f->uri, out))
		return true;
	if (uri.scheme != URI_SIP && f->cond != COND_GONE)
		return false;
	*out = f->uri;
	return true;
}
