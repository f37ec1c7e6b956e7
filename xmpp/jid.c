#include "xmpp/jid.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include "xmpp/prep.h"

/* Where an ASCII character may stand once it is prepared, and what has to be
 * prepared. */
enum { IN_LOCAL = 1, IN_DOMAIN = 2, IN_RESOURCE = 4, UPPER = 8, UNICODE = 16 };
enum { LABEL_MAX_BYTES = 63 };

/* Nodeprep (RFC 6122 App. A, with RFC 7622 §3.3.1) and resourceprep leave
 * these as they are, but for upper case. The domain: letters, digits, hyphen,
 * dot, and the underscore that private networks use. */
/* clang-format off */
static const unsigned char class_of[128] = {
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	4, 5, 4, 5, 5, 5, 4, 4, 5, 5, 5, 5, 5, 7, 7, 4, /* blank to / */
	7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 4, 5, 4, 5, 4, 5, /* 0 to ? */
	4, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, /* @ */
	15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 5, 5, 5, 5, 7, /* P to _ */
	5, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, /* ` to o */
	7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 5, 5, 5, 5, 0, /* p to DEL */
};
/* clang-format on */

/* How one part is prepared. */
struct rule {
	unsigned char place;
	bool is_folded; /* upper case becomes lower case */
	const Stringprep_profile *profile;
	const char *bad, *too_long;
};

static const struct rule local_rule = {
	.place = IN_LOCAL,
	.is_folded = true,
	.profile = stringprep_xmpp_nodeprep,
	.bad = "localpart with a character that is not allowed",
	.too_long = "localpart too long",
};
static const struct rule domain_rule = {
	.place = IN_DOMAIN,
	.is_folded = true,
	.profile = stringprep_nameprep,
	.bad = "domain with a character that is not allowed",
	.too_long = "domain too long",
};
static const struct rule resource_rule = {
	.place = IN_RESOURCE,
	.profile = stringprep_xmpp_resourceprep,
	.bad = "resource with a character that is not allowed",
	.too_long = "resource too long",
};

enum look { LOOK_PLAIN, LOOK_UPPER, LOOK_UNICODE, LOOK_BAD };

/* The most that any byte of s asks for. */
static enum look look_at(const struct rule *r, struct str s)
{
	unsigned all = 0;

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		unsigned class = c < 0x80 ? class_of[c] : UNICODE;

		if (!(class & (r->place | UNICODE)))
			return LOOK_BAD;
		all |= class;
	}
	if (all & UNICODE)
		return LOOK_UNICODE;
	return r->is_folded && (all & UPPER) ? LOOK_UPPER : LOOK_PLAIN;
}

/* s is not empty. */
static bool part_read(struct arena *a, const struct rule *r, struct str s,
		      struct str *out, const char **why)
{
	struct str done = s;

	*why = r->too_long;
	if (s.n > JID_PART_MAX_BYTES)
		return false;
	*why = r->bad;
	switch (look_at(r, s)) {
	case LOOK_PLAIN:
		break;
	case LOOK_UPPER:
		done = str_lower(a, s);
		break;
	case LOOK_UNICODE:
		/* Normalisation may have made an ASCII character of another
		 * one. */
		if (!prep_apply(a, r->profile, s, &done) ||
		    look_at(r, done) == LOOK_BAD)
			return false;
		break;
	case LOOK_BAD:
		return false;
	}
	*out = done;
	return true;
}

/* The dots of other scripts (RFC 3490 §3.1): U+3002, U+FF0E, U+FF61. */
static size_t dot_bytes(struct str s)
{
	static const char *const dots[] = { ".", "\xe3\x80\x82", "\xef\xbc\x8e",
					    "\xef\xbd\xa1" };
	size_t i;

	for (i = 0; i < sizeof(dots) / sizeof(dots[0]); i++)
		if (str_starts(s, dots[i]))
			return strlen(dots[i]);
	return 0;
}

static bool is_label(struct str label)
{
	return label.n > 0 && label.p[0] != '-' &&
	       label.p[label.n - 1] != '-' && str_find(label, '.') == label.n &&
	       (label.n <= LABEL_MAX_BYTES || !str_is_ascii(label));
}

/* Label by label: the bidi rule of nameprep is one for labels. */
static bool unicode_labels(struct arena *a, struct str s, struct str *out)
{
	char *p = arena_alloc(a, 2 * JID_PART_MAX_BYTES + 1);
	size_t n = 0, end, dot = 0;
	struct str label;
	const char *why;

	for (; s.n > 0; s = str_from(s, end + dot)) {
		end = 0;
		while (end < s.n && (dot = dot_bytes(str_from(s, end))) == 0)
			end++;
		if (end == 0 ||
		    !part_read(a, &domain_rule, str_head(s, end), &label,
			       &why) ||
		    !is_label(label) || n + label.n > JID_PART_MAX_BYTES)
			return false;
		memcpy(p + n, label.p, label.n);
		n += label.n;
		if (end == s.n)
			break;
		p[n++] = '.';
	}
	/* A dot at the end: RFC 7622 §3.2. */
	if (n > 0 && p[n - 1] == '.')
		n--;
	*out = (struct str){ p, n };
	return n > 0 && n <= JID_PART_MAX_BYTES;
}

static bool are_labels(struct str s)
{
	struct str label;

	while (s.p != NULL) {
		label = str_cut(&s, '.');
		if (!is_label(label))
			return false;
	}
	return true;
}

static bool is_ipv6(struct str s)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr ip;

	if (s.n < 3 || s.n - 2 >= sizeof(text) || s.p[s.n - 1] != ']')
		return false;
	memcpy(text, s.p + 1, s.n - 2);
	text[s.n - 2] = '\0';
	return strlen(text) == s.n - 2 && inet_pton(AF_INET6, text, &ip) == 1;
}

static bool domain_read(struct arena *a, struct str s, struct str *out,
			const char **why)
{
	*why = domain_rule.too_long;
	if (s.n > JID_PART_MAX_BYTES)
		return false;
	if (s.n > 0 && s.p[0] == '[') {
		*why = "domain in brackets is no IPv6 address";
		*out = str_lower(a, s);
		return is_ipv6(s);
	}
	if (s.n > 0 && s.p[s.n - 1] == '.')
		s.n--;
	if (s.n == 0) {
		*why = "no domain";
		return false;
	}
	if (look_at(&domain_rule, s) == LOOK_UNICODE) {
		*why = "domain that is no internationalised name";
		return unicode_labels(a, s, out);
	}
	if (!part_read(a, &domain_rule, s, out, why))
		return false;
	*why = "domain with a label that is empty, too long or malformed";
	return are_labels(*out);
}

bool jid_make_at(struct arena *a, struct str local, struct str domain,
		 struct str resource, struct jid *out, const char **why)
{
	struct jid j = { .domain = domain };

	if (local.n > 0 && !part_read(a, &local_rule, local, &j.local, why))
		return false;
	if (resource.n > 0 &&
	    !part_read(a, &resource_rule, resource, &j.resource, why))
		return false;
	*out = j;
	return true;
}

bool jid_make(struct arena *a, struct str local, struct str domain,
	      struct str resource, struct jid *out, const char **why)
{
	struct str prepared;

	return domain_read(a, domain, &prepared, why) &&
	       jid_make_at(a, local, prepared, resource, out, why);
}

bool jid_read(struct arena *a, struct str s, struct jid *out, const char **why)
{
	struct str local = STR_NONE, rest = s, domain, resource;
	size_t at;

	/* The resource may hold '/' and '@', so it is cut off first. */
	domain = str_cut(&rest, '/');
	resource = rest;
	if (resource.n == 0 && domain.n < s.n) {
		*why = "empty resource";
		return false;
	}
	at = str_find(domain, '@');
	if (at < domain.n) {
		local = str_head(domain, at);
		domain = str_from(domain, at + 1);
		if (local.n == 0) {
			*why = "empty localpart";
			return false;
		}
	}
	return jid_make(a, local, domain, resource, out, why);
}

void jid_write(struct strbuf *b, const struct jid *j)
{
	if (j->local.n > 0) {
		strbuf_add(b, j->local);
		strbuf_addc(b, '@');
	}
	strbuf_add(b, j->domain);
	if (j->resource.n > 0) {
		strbuf_addc(b, '/');
		strbuf_add(b, j->resource);
	}
}

static size_t append(char *p, size_t n, struct str s)
{
	if (s.n > 0)
		memcpy(p + n, s.p, s.n);
	return n + s.n;
}

struct str jid_text(struct arena *a, const struct jid *j)
{
	size_t n = 0;
	char *p = arena_alloc(a, j->local.n + j->domain.n + j->resource.n + 2);

	if (j->local.n > 0) {
		n = append(p, n, j->local);
		p[n++] = '@';
	}
	n = append(p, n, j->domain);
	if (j->resource.n > 0) {
		p[n++] = '/';
		n = append(p, n, j->resource);
	}
	return (struct str){ p, n };
}

struct str jid_bare_text(struct arena *a, const struct jid *j)
{
	struct jid bare = jid_bare(j);

	return jid_text(a, &bare);
}

/* RFC 5122 §2.2: what may not stand in an xmpp: URI as it is. */
struct str jid_uri(struct arena *a, const struct jid *j)
{
	static const char safe[] = "-._~!$&'()*+,;=:@";
	struct str s = jid_text(a, j), out;
	struct strbuf b;
	size_t i;

	strbuf_init(&b, 3 * s.n + 8);
	strbuf_addz(&b, "xmpp:");
	for (i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool is_plain = (c >= '0' && c <= '9') ||
				(c >= 'A' && c <= 'Z') ||
				(c >= 'a' && c <= 'z') ||
				(c != '\0' && strchr(safe, c) != NULL);

		if (is_plain)
			strbuf_addc(&b, c);
		else
			strbuf_addf(&b, "%%%02X", (unsigned char)c);
	}
	out = str_dup(a, strbuf_str(&b));
	strbuf_fini(&b);
	return out;
}

struct jid jid_bare(const struct jid *j)
{
	return (struct jid){ .local = j->local, .domain = j->domain };
}

bool jid_bare_eq(const struct jid *a, const struct jid *b)
{
	return str_eq(a->local, b->local) && str_eq(a->domain, b->domain);
}

bool jid_eq(const struct jid *a, const struct jid *b)
{
	return jid_bare_eq(a, b) && str_eq(a->resource, b->resource);
}
