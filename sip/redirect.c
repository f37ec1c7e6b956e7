#include "sip/redirect.h"
#include "sip/party.h"

/* Index of the '<' behind a display name, which may be quoted; or e.n. */
static size_t find_bracket(struct str e)
{
	bool is_quoted = false;

	for (size_t i = 0; i < e.n; i++) {
		if (is_quoted && e.p[i] == '\\')
			i++;
		else if (e.p[i] == '"')
			is_quoted = !is_quoted;
		else if (e.p[i] == '<' && !is_quoted)
			return i;
	}
	return e.n;
}

/* What is behind the URI: ";q=0.5;expires=60". */
static struct str element_params(struct str e, struct str *uri)
{
	size_t open = find_bracket(e);
	struct str inner;
	size_t n;

	if (open < e.n) {
		inner = str_from(e, open + 1);
		n = str_find(inner, '>');
		*uri = n < inner.n ? str_trim(str_head(inner, n)) : STR_NONE;
		return str_from(inner, n + 1);
	}
	/* RFC 3261 §20: without brackets what follows ';' is the header's. */
	n = str_find(e, ';');
	*uri = str_trim(str_head(e, n));
	return str_from(e, n);
}

struct str redirect_uri(struct str element)
{
	struct str uri;

	(void)element_params(element, &uri);
	return uri;
}

/* In thousandths; 1000 when there is none or it is not readable. */
static unsigned q_of(struct str params)
{
	struct str v = param_find(params, "q", NULL);
	unsigned q = 0, weight = 100;

	if (v.n == 0 || v.n > 5 || v.p[0] != '0')
		return 1000;
	for (size_t i = 2; i < v.n; i++, weight /= 10) {
		if (v.p[i] < '0' || v.p[i] > '9')
			return 1000;
		q += (unsigned)(v.p[i] - '0') * weight;
	}
	return v.n > 1 && v.p[1] != '.' ? 1000 : q;
}

/* A method parameter or headers would change the request: such a target is
 * cut where they begin when that leaves the rest whole, else passed over. */
static bool target_read(struct str text, struct str *out)
{
	struct uri u;
	const char *why;
	bool has_method;

	text = str_head(text, str_find(text, '?'));
	if (!uri_read(text, &u, &why) || u.scheme != URI_SIP)
		return false;
	(void)uri_param(&u, "method", &has_method);
	if (has_method)
		return false;
	*out = text;
	return true;
}

size_t redirect_read(struct str contacts,
		     struct str targets[REDIRECT_TARGETS_MAX])
{
	unsigned q[REDIRECT_TARGETS_MAX];
	size_t n = 0;
	struct str e, uri, target;

	while (n < REDIRECT_TARGETS_MAX &&
	       (e = value_cut(&contacts)).p != NULL) {
		unsigned mine = q_of(element_params(e, &uri));
		size_t at = n;

		if (!target_read(uri, &target))
			continue;
		for (; at > 0 && q[at - 1] < mine; at--) {
			q[at] = q[at - 1];
			targets[at] = targets[at - 1];
		}
		q[at] = mine;
		targets[at] = target;
		n++;
	}
	return n;
}

struct str redirect_first(struct str contacts)
{
	struct str e = value_cut(&contacts);

	return e.p != NULL ? redirect_uri(e) : STR_NONE;
}
