#include "mapping/aor.h"

#include "mapping/idn.h"
#include "xmpp/jid.h"

static bool malformed(struct fault *why, const char *text)
{
	return fault_set(why, 400, COND_JID_MALFORMED, text);
}

/* UTF-8 without C0 and C1 controls. */
static bool is_text(struct str s)
{
	size_t i = 0;

	while (i < s.n) {
		uint32_t c = str_utf8_next(s, &i);

		if (c < ' ' || (c >= 0x7F && c < 0xA0))
			return false;
	}
	return str_is_utf8(s);
}

/* Text as a prepared localpart would give it back. Blanks at its ends are kept
 * aside: they are illegal at the ends of a localpart only, and where the user
 * part is not all of it, they are not there. */
static bool fold(struct arena *a, struct str text, struct str *out,
		 struct fault *why)
{
	const char *reason = "user part that no JID can hold";
	size_t head = 0, tail = text.n;
	struct str local;
	struct jid jid;

	if (str_is_ascii(text)) {
		*out = str_lowered(a, text);
		return true;
	}
	while (text.p[head] == ' ')
		head++;
	while (text.p[tail - 1] == ' ')
		tail--;
	if (!jid_escape(a, str_head(str_from(text, head), tail - head),
			&local) ||
	    !jid_make(a, local, STR_LIT("x"), STR_NONE, &jid, &reason))
		return malformed(why, reason);
	local = jid_unescape(a, jid.local);
	*out = head == 0 && tail == text.n
		       ? local
		       : str_fmt(a, "%.*s%.*s%.*s",
				 STR_ARG(str_head(text, head)), STR_ARG(local),
				 STR_ARG(str_from(text, tail)));
	return true;
}

/* What needs no escape anywhere: RFC 3261 §25.1 unreserved without marks that
 * uri.h may know better. */
static bool is_plain(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      (c >= '0' && c <= '9') || c == '-' || c == '.' ||
		      c == '_'))
			return false;
	}
	return true;
}

static bool text_read(struct arena *a, struct str escaped, struct str *out,
		      struct fault *why)
{
	*out = escaped;
	if (is_plain(escaped))
		return true;
	if (!uri_unescape(a, escaped, out))
		return malformed(why, "bad escape in the URI");
	if (!is_text(*out))
		return malformed(why, "control character or no UTF-8 in URI");
	return true;
}

static bool is_separator(char c)
{
	return c == '-' || c == '.' || c == '(' || c == ')';
}

static struct str number_of(struct arena *a, struct str s)
{
	char *p = arena_alloc(a, s.n);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (!is_separator(s.p[i]))
			p[n++] = s.p[i];
	}
	return str_lower(a, (struct str){ p, n });
}

/* A number with separators in it, and user=phone to say that it is one
 * (RFC 3261 §19.1.1): who looks the same without them is the same. */
static bool is_spaced_number(struct str s, const struct uri *uri)
{
	size_t separators = 0, digits = 0;

	for (size_t i = s.n > 0 && s.p[0] == '+'; i < s.n; i++) {
		if (is_separator(s.p[i]))
			separators++;
		else if (s.p[i] >= '0' && s.p[i] <= '9')
			digits++;
		else
			return false;
	}
	return separators > 0 && digits > 0 &&
	       str_ieq(uri_param(uri, "user", NULL), STR_LIT("phone"));
}

/* RFC 3966 §5.1.4 and §5.3: an extension or subaddress names another
 * telephone, and a local number counts within its context only. */
static bool tel_read(struct arena *a, const struct uri *uri, struct aor *out,
		     struct fault *why)
{
	bool has_ext, has_isub;
	struct str context = uri_param(uri, "phone-context", NULL);

	(void)uri_param(uri, "ext", &has_ext);
	(void)uri_param(uri, "isub", &has_isub);
	if (has_ext || has_isub || str_starts(context, "+"))
		return fault_set(why, 404, COND_ITEM_NOT_FOUND,
				 "telephone number with an extension or a "
				 "numeric context");
	out->user = number_of(a, uri->user);
	if (context.n > 0 && !idn_to_ascii(a, context, &out->host))
		return malformed(why, "bad phone-context");
	return out->user.n > 0 || malformed(why, "no digits in the number");
}

static bool scheme_check(const struct uri *uri, struct fault *why)
{
	if (uri->scheme == URI_SIPS)
		return fault_set(why, 403, COND_FORBIDDEN,
				 "sips cannot be kept up in XMPP");
	if (uri->scheme == URI_OTHER)
		return fault_set(why, 416, COND_NOT_ACCEPTABLE,
				 "unsupported URI scheme");
	if (uri->password.n > 0 || uri->headers.n > 0)
		return malformed(why, "password or headers in the URI");
	return true;
}

bool aor_read(struct arena *a, const struct uri *uri, struct aor *out,
	      struct fault *why)
{
	struct aor o = { .port = uri->port };
	struct str user;

	if (!scheme_check(uri, why))
		return false;
	if (uri->scheme == URI_TEL) {
		if (!tel_read(a, uri, &o, why))
			return false;
		*out = o;
		return true;
	}
	if (!text_read(a, uri->user, &user, why) ||
	    !fold(a, user, &o.user, why))
		return false;
	if (is_spaced_number(o.user, uri))
		o.user = number_of(a, o.user);
	if (!idn_to_ascii(a, uri->host, &o.host))
		return malformed(why, "bad host");
	if (!text_read(a, uri_param(uri, "gr", NULL), &o.resource, why))
		return false;
	*out = o;
	return true;
}

static struct str escaped(struct arena *a, struct str prefix, struct str s,
			  void (*escape)(struct strbuf *, struct str))
{
	struct strbuf b;
	struct str out;

	strbuf_init(&b, prefix.n + s.n * 3);
	strbuf_add(&b, prefix);
	escape(&b, s);
	out = str_dup(a, strbuf_str(&b));
	strbuf_fini(&b);
	return out;
}

void aor_put_resource(struct arena *a, struct uri *uri, struct str resource)
{
	if (resource.n > 0)
		uri->params =
			escaped(a, STR_LIT("gr="), resource, uri_escape_param);
}

void aor_write(struct arena *a, const struct aor *o, struct uri *out)
{
	*out = (struct uri){
		.scheme = URI_SIP,
		.scheme_text = STR("sip"),
		.host = o->host,
		.port = o->port,
	};
	if (o->user.n > 0)
		out->user = is_plain(o->user) ? o->user
					      : escaped(a, STR_NONE, o->user,
							uri_escape_user);
	aor_put_resource(a, out, o->resource);
}

static unsigned port_of(const struct aor *o)
{
	return o->port != 0 ? o->port : SIP_PORT;
}

bool aor_eq(const struct aor *x, const struct aor *y)
{
	return str_ieq(x->user, y->user) && str_ieq(x->host, y->host) &&
	       port_of(x) == port_of(y);
}
