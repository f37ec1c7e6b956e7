#include "gateway/config/optionvalue.h"
#include <stdlib.h>
#include <string.h>
#include "gateway/config/secretfile.h"
#include "gateway/config/value.h"
#include "gateway/services/imagefile.h"
#include "xmpp/jid.h"

static bool has_controls(struct str s)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f)
			return true;
	return false;
}

/* --- numbers and names */

static bool read_number(struct value *v, uint64_t *out)
{
	struct str what;

	if (str_to_u64(v->text, out) && *out >= v->o->min && *out <= v->o->max)
		return true;
	what = str_fmt(v->a, "a number from %lu to %lu%s%s", v->o->min,
		       v->o->max, v->o->unit ? ", in " : "",
		       v->o->unit ? v->o->unit : "");
	value_wrong_text(v, str_dupz(v->a, what));
	return false;
}

static enum value_result value_number(struct value *v)
{
	uint64_t n;
	unsigned u;

	if (!read_number(v, &n))
		return VALUE_WRONG;
	u = (unsigned)n;
	memcpy(v->base + v->o->offset, &u, sizeof(u));
	return VALUE_OK;
}

static enum value_result value_bytes(struct value *v)
{
	uint64_t n;
	size_t size;

	if (!read_number(v, &n))
		return VALUE_WRONG;
	size = (size_t)n;
	memcpy(v->base + v->o->offset, &size, sizeof(size));
	return VALUE_OK;
}

static enum value_result value_port(struct value *v)
{
	uint64_t n;
	uint16_t port;

	if (!read_number(v, &n))
		return VALUE_WRONG;
	port = (uint16_t)n;
	memcpy(v->base + v->o->offset, &port, sizeof(port));
	return VALUE_OK;
}

static enum value_result value_flag(struct value *v)
{
	bool is_on = str_eqz(v->text, "true");

	if (!is_on && !str_eqz(v->text, "false"))
		return value_wrong_text(v, "true or false");
	memcpy(v->base + v->o->offset, &is_on, sizeof(is_on));
	return VALUE_OK;
}

/* "a, b or c" */
static void describe_choices(struct strbuf *b, const struct option_choice *c)
{
	for (; c->name != NULL; c++) {
		strbuf_addz(b, c->name);
		if (c[1].name != NULL)
			strbuf_addz(b, c[2].name != NULL ? ", " : " or ");
	}
}

static const struct option_choice *choose(struct value *v)
{
	const struct option_choice *c;
	struct strbuf b;

	for (c = v->o->choices; c->name != NULL; c++)
		if (str_eqz(v->text, c->name))
			return c;
	strbuf_init(&b, 1000);
	describe_choices(&b, v->o->choices);
	value_wrong_text(v, str_dupz(v->a, strbuf_str(&b)));
	strbuf_fini(&b);
	return NULL;
}

static enum value_result value_either(struct value *v)
{
	const struct option_choice *c = choose(v);
	bool is_second;

	if (c == NULL)
		return VALUE_WRONG;
	is_second = c->value != 0;
	memcpy(v->base + v->o->offset, &is_second, sizeof(is_second));
	return VALUE_OK;
}

static enum value_result value_choice(struct value *v)
{
	const struct option_choice *c = choose(v);

	if (c == NULL)
		return VALUE_WRONG;
	memcpy(v->base + v->o->offset, &c->value, sizeof(c->value));
	return VALUE_OK;
}

static enum value_result value_text(struct value *v)
{
	if (has_controls(v->text) || !str_is_utf8(v->text))
		return value_wrong(v,
				   "has characters that do not belong there");
	if (v->text.n < v->o->min || v->text.n > v->o->max)
		return value_complain(
			v, v->o->min == v->o->max
				   ? str_fmt(v->a, "must have %lu bytes",
					     v->o->min)
				   : str_fmt(v->a, "must have %lu to %lu bytes",
					     v->o->min, v->o->max));
	value_put(v, v->text);
	return VALUE_OK;
}

static enum value_result value_path(struct value *v)
{
	if (!str_starts(v->text, "/") || has_controls(v->text))
		return value_wrong_text(v, "an absolute path");
	value_put(v, v->text);
	return VALUE_OK;
}

static bool is_scheme(struct str s)
{
	size_t i;

	for (i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      (i > 0 && ((c >= '0' && c <= '9') || c == '+' ||
				 c == '-' || c == '.'))))
			return false;
	}
	return s.n > 0;
}

/* RFC 3986, as far as a typing mistake goes. */
static enum value_result value_link(struct value *v)
{
	size_t colon = str_find(v->text, ':'), i;

	if (!is_scheme(str_head(v->text, colon)) || colon + 1 >= v->text.n)
		return value_wrong_text(v, "a URI, like mailto:a@example.com");
	for (i = 0; i < v->text.n; i++)
		if ((unsigned char)v->text.p[i] <= ' ' ||
		    (unsigned char)v->text.p[i] >= 0x7f)
			return value_wrong_text(v, "a URI in ASCII, without "
						   "blanks");
	value_put(v, v->text);
	return VALUE_OK;
}

static enum value_result value_image(struct value *v)
{
	struct str bytes;

	if (!str_starts(v->text, "/") || has_controls(v->text))
		return value_wrong_text(v, "an absolute path");
	if (!imagefile_read(v->a, v->text, &bytes, &v->why))
		return VALUE_WRONG;
	value_put(v, bytes);
	return VALUE_OK;
}

/* --- secrets */

static enum value_result value_secret(struct value *v)
{
	if (!secretfile_is_good(v->text))
		return value_wrong(v,
				   "must have 1 to 1024 bytes without control "
				   "characters");
	value_put(v, v->text);
	return VALUE_OK;
}

static enum value_result value_secret_file(struct value *v)
{
	struct str secret;
	enum value_result result;

	if (!str_starts(v->text, "/") || has_controls(v->text))
		return value_wrong_text(v, "an absolute path");
	result = secretfile_read(v->a, v->text, &secret, &v->why);
	if (result != VALUE_WRONG)
		value_put(v, secret);
	return result;
}

static enum value_result value_secret_env(struct value *v)
{
	const char *s = getenv(str_dupz(v->a, v->text));

	if (s == NULL)
		return value_wrong_text(v, "a variable of the environment");
	if (!secretfile_is_good(str_z(s)))
		return value_wrong(v, "the variable must hold 1 to 1024 bytes "
				      "without control characters");
	value_put(v, str_dup(v->a, str_z(s)));
	return VALUE_OK;
}

/* --- addresses of XMPP */

static enum value_result value_domain(struct value *v)
{
	struct jid j;
	const char *why;

	if (!jid_read(v->a, v->text, &j, &why) || j.local.n > 0 ||
	    j.resource.n > 0)
		return value_wrong_text(v, "an XMPP domain");
	value_put(v, j.domain);
	return VALUE_OK;
}

static enum value_result value_jid(struct value *v)
{
	struct jid j;
	const char *why;

	if (!jid_read(v->a, v->text, &j, &why) || j.local.n == 0 ||
	    j.resource.n > 0)
		return value_wrong_text(v, "a bare JID, like room@example.com");
	memcpy(v->base + v->o->offset, &j, sizeof(j));
	return VALUE_OK;
}

/* --- all of them */

static const struct {
	enum value_result (*read)(struct value *v);
	const char *name; /* for the manual */
} types[] = {
	[OPTION_FLAG] = { value_flag, "true or false" },
	[OPTION_EITHER] = { value_either, "" },
	[OPTION_CHOICE] = { value_choice, "" },
	[OPTION_NUMBER] = { value_number, "number" },
	[OPTION_BYTES] = { value_bytes, "number" },
	[OPTION_PORT] = { value_port, "number" },
	[OPTION_TEXT] = { value_text, "text" },
	[OPTION_PATH] = { value_path, "path" },
	[OPTION_DOMAIN] = { value_domain, "XMPP domain" },
	[OPTION_HOST] = { value_host, "SIP domain" },
	[OPTION_PATTERN] = { value_pattern, "SIP domain or pattern" },
	[OPTION_RANGE] = { value_range, "address range" },
	[OPTION_ADDRESS] = { value_address, "IP address" },
	[OPTION_NAMESERVER] = { value_nameserver, "address[:port]" },
	[OPTION_NEXT_HOP] = { value_next_hop, "SIP URI" },
	[OPTION_LINK] = { value_link, "URI" },
	[OPTION_IMAGE] = { value_image, "path" },
	[OPTION_JID] = { value_jid, "bare JID" },
	[OPTION_URI] = { value_uri, "SIP URI" },
	[OPTION_PREFIX] = { value_prefix, "digits and + * . -" },
	[OPTION_DIGITS] = { value_digits, "count or range" },
	[OPTION_ADVERTISE] = { value_advertise, "host[:port]" },
	[OPTION_LISTEN] = { value_listen, "transport:address[:port]" },
	[OPTION_SECRET] = { value_secret, "text" },
	[OPTION_SECRET_FILE] = { value_secret_file, "path" },
	[OPTION_SECRET_ENV] = { value_secret_env, "name" },
};

enum value_result optionvalue_read(struct arena *a, const struct option *o,
				   struct str text, void *base,
				   const char **why)
{
	struct value v = { a, o, text, base, "" };
	enum value_result result = types[o->type].read(&v);

	*why = v.why;
	return result;
}

void optionvalue_describe(struct strbuf *b, const struct option *o)
{
	strbuf_addz(b, types[o->type].name);
	if (o->choices != NULL)
		describe_choices(b, o->choices);
	else if (o->type == OPTION_NUMBER || o->type == OPTION_BYTES ||
		 o->type == OPTION_PORT)
		strbuf_addf(b, " %lu..%lu%s%s", o->min, o->max,
			    o->unit != NULL ? " " : "",
			    o->unit != NULL ? o->unit : "");
}
