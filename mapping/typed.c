#include "mapping/typed.h"
#include "mapping/address.h"
#include "mapping/plan.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_separator(char c)
{
	return c == ' ' || c == '-' || c == '.' || c == '/' || c == '(' ||
	       c == ')';
}

struct str typed_number(struct arena *a, struct str text)
{
	char *p = arena_alloc(a, text.n + 1);
	size_t i, n = 0, digits = 0;

	for (i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (is_separator(c))
			continue;
		if (is_digit(c))
			digits++;
		else if (!(c == '+' && n == 0) && c != '*' && c != '#')
			return STR_NONE;
		p[n++] = c;
	}
	return digits > 0 ? (struct str){ p, n } : STR_NONE;
}

static bool unacceptable(struct fault *why, const char *text)
{
	fault_set(why, 406, COND_NOT_ACCEPTABLE, text);
	return false;
}

static bool is_uri(struct str s)
{
	return str_istarts(s, "sip:") || str_istarts(s, "sips:") ||
	       str_istarts(s, "im:") || str_istarts(s, "pres:") ||
	       str_istarts(s, "tel:");
}

static bool has_any(struct str s, const char *chars)
{
	for (; *chars != '\0'; chars++)
		if (str_find(s, *chars) < s.n)
			return true;
	return false;
}

static bool has_blank(struct str s)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] <= ' ' || s.p[i] == 0x7f)
			return true;
	return false;
}

struct typing {
	struct arena *a;
	const struct address_plan *p;
	struct jid *jid; /* what comes out */
	struct uri *uri;
	struct fault *why;
};

/* Whatever device of his was named: the contact is the person. */
static bool finish(const struct typing *t)
{
	*t->jid = jid_bare(t->jid);
	return address_contact_uri(t->a, t->p, t->jid, t->uri, NULL, t->why);
}

static bool by_uri(const struct typing *t, struct str text)
{
	const char *reason;
	struct uri asked;

	if (!uri_read(text, &asked, &reason))
		return fault_set(t->why, 400, COND_JID_MALFORMED, reason);
	return address_contact_jid(t->a, t->p, &asked, t->jid, NULL, t->why) &&
	       finish(t);
}

/* The user part may have what a URI escapes; behind: "@host..." */
static bool by_user(const struct typing *t, struct str user, struct str behind)
{
	struct strbuf b;
	struct str text;

	strbuf_init(&b, URI_MAX_BYTES);
	strbuf_addlit(&b, "sip:");
	uri_escape_user(&b, user);
	strbuf_add(&b, behind);
	text = str_dup(t->a, strbuf_str(&b));
	strbuf_fini(&b);
	return by_uri(t, text);
}

/* As SIP dials it, then as XMPP writes it. */
static bool by_number(const struct typing *t, struct str number)
{
	struct str host = plan_contact_host(t->a, t->p);
	struct typing again = *t;
	const char *reason;
	struct fault other;
	bool is_found;

	if (host.n > 0)
		is_found = by_user(t, number,
				   str_fmt(t->a, "@%.*s", STR_ARG(host)));
	else
		is_found =
			by_uri(t, str_fmt(t->a, "tel:%.*s", STR_ARG(number)));
	again.why = &other;
	return is_found || (jid_make(t->a, number, t->p->component, STR_NONE,
				     t->jid, &reason) &&
			    finish(&again));
}

static bool by_jid(const struct typing *t, struct str text)
{
	const char *reason;

	if (!jid_read(t->a, text, t->jid, &reason))
		return fault_set(t->why, 400, COND_JID_MALFORMED, reason);
	return finish(t);
}

/* One of the domain that the component stands for. */
static bool by_name(const struct typing *t, struct str text)
{
	struct str local;
	const char *reason;

	if (t->p->contacts == CONTACT_ESCAPED)
		return unacceptable(t->why, "an address needs a domain: "
					    "name@example.net");
	/* A name that needs an escape is a mistake, or another scheme. */
	if (!jid_escape(t->a, text, &local) || !str_eq(local, text) ||
	    has_any(text, "\"&'/:<>") ||
	    !jid_make(t->a, local, t->p->component, STR_NONE, t->jid, &reason))
		return unacceptable(t->why, "this is no address");
	return finish(t);
}

static size_t find_last(struct str s, char c)
{
	size_t i = s.n;

	while (i > 0)
		if (s.p[--i] == c)
			return i;
	return s.n;
}

static bool by_text(const struct typing *t, struct str text)
{
	size_t at = find_last(text, '@');
	bool is_of_scheme = str_find(text, ':') < at;
	struct str domain;

	if (is_uri(text))
		return by_uri(t, text);
	if (at == text.n)
		return by_name(t, text);
	domain = str_from(text, at + 1);
	if (str_ieq(str_head(domain, str_find(domain, '/')), t->p->component))
		return by_jid(t, text);
	/* A user part has none: it is another scheme, mailto: say. */
	if (is_of_scheme)
		return unacceptable(t->why, "this is no address");
	return by_user(t, str_head(text, at), str_from(text, at));
}

struct str typed_address(struct str text)
{
	text = str_trim(text);
	if (text.n >= 2 && text.p[0] == '<' && text.p[text.n - 1] == '>')
		text = (struct str){ text.p + 1, text.n - 2 };
	if (str_istarts(text, "xmpp:"))
		text = str_head(str_from(text, 5),
				str_find(str_from(text, 5), '?'));
	return text;
}

bool typed_contact(struct arena *a, const struct address_plan *p,
		   struct str text, struct jid *jid, struct uri *uri,
		   struct fault *why)
{
	const struct typing t = { a, p, jid, uri, why };
	struct str number;

	text = typed_address(text);
	if (text.n == 0)
		return unacceptable(why, "type a SIP address or a number");
	if (text.n > TYPED_MAX_BYTES || !str_is_utf8(text))
		return unacceptable(why, "this is no address");
	number = typed_number(a, str_istarts(text, "tel:") ? str_from(text, 4)
							   : text);
	if (number.n > 0)
		return by_number(&t, number);
	if (has_blank(text))
		return unacceptable(why, "an address has no blanks: "
					 "name@example.net");
	return by_text(&t, text);
}
