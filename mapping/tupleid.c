#include "mapping/tupleid.h"

#include "mapping/aor.h"
#include "xmpp/jid.h"

#define PREFIX "ID-"
#define OWN    "sip"

enum {
	PREFIX_BYTES = sizeof(PREFIX) - 1,
	ESCAPE_MAX_BYTES = 10, /* _x10FFFF_ and a little more */
	HEX_DIGITS_MAX = 6,
	CODE_MAX = 0x10FFFF,
	HASH_DIGITS = 8
};

static bool is_plain(uint32_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}

static void put_char(struct strbuf *b, uint32_t c, bool is_escaped)
{
	if (is_escaped)
		strbuf_addf(b, "_x%X_", (unsigned)c);
	else
		strbuf_addc(b, (char)c);
}

struct str tupleid_write(struct arena *a, struct str resource)
{
	struct strbuf b;
	struct str id;
	size_t i = 0;

	strbuf_init(&b, PREFIX_BYTES + ESCAPE_MAX_BYTES * resource.n);
	strbuf_addlit(&b, PREFIX);
	while (i < resource.n) {
		uint32_t c = str_utf8_next(resource, &i);
		bool is_before_x = i < resource.n && resource.p[i] == 'x';

		put_char(&b, c, !is_plain(c) || (c == '_' && is_before_x));
	}
	id = str_dup(a, strbuf_str(&b));
	strbuf_fini(&b);
	return id;
}

/* At "_x": how many bytes the escape has, and what it stands for; 0: none. */
static size_t escape_read(struct str s, uint32_t *c)
{
	uint32_t v = 0;
	size_t i;

	if (!str_starts(s, "_x"))
		return 0;
	for (i = 2; i < s.n && i < 2 + HEX_DIGITS_MAX; i++) {
		if (s.p[i] >= '0' && s.p[i] <= '9')
			v = v * 16 + (uint32_t)(s.p[i] - '0');
		else if (s.p[i] >= 'A' && s.p[i] <= 'F')
			v = v * 16 + (uint32_t)(s.p[i] - 'A') + 10;
		else
			break;
	}
	if (i == 2 || i == s.n || s.p[i] != '_' || v > CODE_MAX)
		return 0;
	*c = v;
	return i + 1;
}

static struct str unescape(struct arena *a, struct str s)
{
	char code[4] = { 0 };
	struct strbuf b;
	struct str out;
	uint32_t c = 0;
	size_t i = 0, n;

	strbuf_init(&b, s.n);
	while (i < s.n) {
		n = escape_read(str_from(s, i), &c);
		if (n > 0)
			strbuf_add(&b,
				   (struct str){ code, str_utf8_put(code, c) });
		else
			strbuf_addc(&b, s.p[i]);
		i += n > 0 ? n : 1;
	}
	out = str_dup(a, strbuf_str(&b));
	strbuf_fini(&b);
	return out;
}

/* As a server would prepare it. */
static bool prepare(struct arena *a, struct str text, struct str *resource)
{
	const char *why;
	struct jid jid;

	if (text.n == 0 ||
	    !jid_make(a, STR_NONE, STR_LIT("x"), text, &jid, &why))
		return false;
	*resource = jid.resource;
	return true;
}

bool tupleid_read(struct arena *a, struct str id, struct str *resource)
{
	struct str text;

	if (!str_starts(id, PREFIX))
		return false;
	text = unescape(a, str_from(id, PREFIX_BYTES));
	if (!str_is_utf8(text) || !str_eq(tupleid_write(a, text), id))
		text = str_from(id, PREFIX_BYTES);
	*resource = text;
	return true;
}

/* Whom a URI names, without what differs from one writing to the next. */
static bool party_read(struct arena *a, struct str text, struct aor *out)
{
	struct fault fault;
	const char *why;
	struct uri uri;

	return uri_read(text, &uri, &why) && aor_read(a, &uri, out, &fault);
}

/* FNV-1a: it must be the same tomorrow, and on another node. */
static uint32_t hash_of(struct str s, uint32_t h)
{
	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * 16777619u;
	return h;
}

static struct str hashed(struct arena *a, uint32_t h)
{
	return str_fmt(a, OWN "-%08x", (unsigned)h);
}

static struct str resource_of_contact(struct arena *a, struct str entity,
				      struct str contact)
{
	struct aor whom, presentity;
	uint32_t h = 2166136261u;
	struct str resource;

	if (contact.n == 0)
		return STR_LIT(OWN);
	if (!party_read(a, contact, &whom))
		return hashed(a, hash_of(contact, h));
	if (prepare(a, whom.resource, &resource))
		return resource;
	if (party_read(a, entity, &presentity) && aor_eq(&whom, &presentity))
		return STR_LIT(OWN);
	h = hash_of(STR_LIT("@"), hash_of(whom.user, h));
	h = hash_of(whom.host, h);
	h = (h ^ (whom.port != 0 ? whom.port : SIP_PORT)) * 16777619u;
	return hashed(a, h);
}

struct str tupleid_resource(struct arena *a, struct str entity,
			    const struct pidf_tuple *t)
{
	struct str text, resource;

	if (tupleid_read(a, t->id, &text)) {
		if (text.n == 0)
			return STR_NONE;
		if (prepare(a, text, &resource))
			return resource;
	}
	return resource_of_contact(a, entity, t->contact);
}

bool tupleid_is_made_up(struct str resource)
{
	struct str digits = str_from(resource, sizeof(OWN));

	if (str_eqz(resource, OWN))
		return true;
	if (!str_starts(resource, OWN "-") || digits.n != HASH_DIGITS)
		return false;
	for (size_t i = 0; i < digits.n; i++) {
		char c = digits.p[i];

		if ((c < '0' || c > '9') && (c < 'a' || c > 'f'))
			return false;
	}
	return true;
}
