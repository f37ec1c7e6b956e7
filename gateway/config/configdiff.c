#include "gateway/config/configdiff.h"
#include <stdint.h>
#include <string.h>
#include "sip/uri.h"
#include "xmpp/jid.h"

enum { TEXT_MAX_BYTES = 4096 };

/* --- fields */

#define FIELD(type, base, at) (*(const type *)(const void *)((base) + (at)))

static bool is_secret(const struct option *o)
{
	return o->type == OPTION_SECRET || o->is_secret;
}

/* The same field as the secret itself: said once. */
static bool is_other_source(const struct option *o)
{
	return o->type == OPTION_SECRET_FILE || o->type == OPTION_SECRET_ENV;
}

static struct str choice_name(const struct option *o, int value)
{
	const struct option_choice *c;

	for (c = o->choices; c->name != NULL; c++)
		if (c->value == value)
			return str_z(c->name);
	return STR_LIT("-");
}

static struct str pair(struct arena *a, struct str s, unsigned n)
{
	if (n == 0)
		return s;
	return str_fmt(a, "%.*s:%u", STR_ARG(s), n);
}

/* One scalar as text; what compares equal is equal. */
static struct str scalar_text(struct arena *a, const struct option *o,
			      const char *base)
{
	switch (o->type) {
	case OPTION_FLAG:
		return FIELD(bool, base, o->offset) ? STR_LIT("true")
						    : STR_LIT("false");
	case OPTION_EITHER:
		return choice_name(o, FIELD(bool, base, o->offset));
	case OPTION_CHOICE:
		return choice_name(o, FIELD(int, base, o->offset));
	case OPTION_NUMBER:
		return str_fmt(a, "%u", FIELD(unsigned, base, o->offset));
	case OPTION_BYTES:
		return str_fmt(a, "%zu", FIELD(size_t, base, o->offset));
	case OPTION_PORT:
		return str_fmt(a, "%u", FIELD(uint16_t, base, o->offset));
	case OPTION_JID:
		return jid_text(a, &FIELD(struct jid, base, o->offset));
	case OPTION_URI:
		return uri_text(a, &FIELD(struct uri, base, o->offset));
	case OPTION_DIGITS:
		return str_fmt(a, "%u-%u", FIELD(unsigned, base, o->offset),
			       FIELD(unsigned, base, o->second));
	case OPTION_ADVERTISE:
		return pair(a, FIELD(struct str, base, o->offset),
			    FIELD(uint16_t, base, o->second));
	default:
		return FIELD(struct str, base, o->offset);
	}
}

static struct str list_text(struct arena *a, const struct option *o,
			    const char *base)
{
	const struct str *items = FIELD(struct str *, base, o->offset);
	size_t i, n = FIELD(size_t, base, o->second);
	struct strbuf b;
	struct str text;

	strbuf_init(&b, TEXT_MAX_BYTES);
	strbuf_addc(&b, '[');
	for (i = 0; i < n; i++)
		strbuf_addf(&b, "%s%.*s", i > 0 ? ", " : "", STR_ARG(items[i]));
	strbuf_addc(&b, ']');
	text = b.overflow ? str_fmt(a, "%zu items", n)
			  : str_dup(a, strbuf_str(&b));
	strbuf_fini(&b);
	return text;
}

/* --- the old value back */

static void put_str(struct arena *a, const char *from, char *to, size_t at)
{
	struct str s = str_dup(a, FIELD(struct str, from, at));

	memcpy(to + at, &s, sizeof(s));
}

static void put_bytes(const char *from, char *to, size_t at, size_t n)
{
	memcpy(to + at, from + at, n);
}

static void keep_scalar(struct arena *a, const struct option *o,
			const char *old, char *new)
{
	switch (o->type) {
	case OPTION_FLAG:
	case OPTION_EITHER:
		put_bytes(old, new, o->offset, sizeof(bool));
		break;
	case OPTION_CHOICE:
		put_bytes(old, new, o->offset, sizeof(int));
		break;
	case OPTION_NUMBER:
		put_bytes(old, new, o->offset, sizeof(unsigned));
		break;
	case OPTION_BYTES:
		put_bytes(old, new, o->offset, sizeof(size_t));
		break;
	case OPTION_PORT:
		put_bytes(old, new, o->offset, sizeof(uint16_t));
		break;
	case OPTION_ADVERTISE:
		put_str(a, old, new, o->offset);
		put_bytes(old, new, o->second, sizeof(uint16_t));
		break;
	default:
		put_str(a, old, new, o->offset);
		break;
	}
}

/* --- walking */

static void tell(const struct configdiff *d, const struct option *o,
		 struct str key, struct str from, struct str to)
{
	struct configdiff_change c = { .key = key,
				       .option = o,
				       .from = from,
				       .to = to,
				       .is_secret = is_secret(o),
				       .is_fixed = d->is_fixed || o->is_fixed,
				       .is_personal = o->type == OPTION_JID ||
						      o->type == OPTION_URI };

	if (c.is_secret)
		c.from = c.to = STR_NONE;
	if (o->type == OPTION_IMAGE) {
		c.from = str_fmt(d->scratch, "%zu bytes", from.n);
		c.to = str_fmt(d->scratch, "%zu bytes", to.n);
	}
	d->fn(d->arg, &c);
}

static void walk(const struct configdiff *d, const struct option *table,
		 struct str path, const char *old, char *new);

static bool is_same_scalar(const struct configdiff *d, const struct option *o,
			   const char *old, const char *new, struct str *from,
			   struct str *to)
{
	*from = o->type == OPTION_LIST ? list_text(d->scratch, o, old)
				       : scalar_text(d->scratch, o, old);
	*to = o->type == OPTION_LIST ? list_text(d->scratch, o, new)
				     : scalar_text(d->scratch, o, new);
	return str_eq(*from, *to);
}

static void walk_scalar(const struct configdiff *d, const struct option *o,
			struct str key, const char *old, char *new)
{
	struct str from, to;

	if (is_same_scalar(d, o, old, new, &from, &to))
		return;
	tell(d, o, key, from, to);
	if (o->is_fixed)
		keep_scalar(d->keep, o, old, new);
}

/* The old list, in the new configuration's memory. */
static void keep_maps(struct arena *a, const struct option *o, const char *old,
		      char *new)
{
	size_t i, n = FIELD(size_t, old, o->second);
	const char *from = FIELD(char *, old, o->offset);
	char *items = arena_zalloc(a, n * o->item_bytes + 1);
	const struct option *m;

	for (i = 0; i < n; i++)
		for (m = o->table; m->key != NULL; m++)
			keep_scalar(a, m, from + i * o->item_bytes,
				    items + i * o->item_bytes);
	memcpy(new + o->offset, &items, sizeof(items));
	memcpy(new + o->second, &n, sizeof(n));
}

/* Two lists of the same length differ item by item; else as a whole. */
static void walk_maps(const struct configdiff *d, const struct option *o,
		      struct str key, const char *old, char *new)
{
	size_t i, n = FIELD(size_t, old, o->second);
	size_t n_new = FIELD(size_t, new, o->second);
	const char *from = FIELD(char *, old, o->offset);
	char *to = (char *)(uintptr_t)FIELD(char *, new, o->offset);
	struct configdiff inner = *d;

	inner.is_fixed |= o->is_fixed;

	if (n != n_new)
		tell(d, o, key, str_fmt(d->scratch, "%zu entries", n),
		     str_fmt(d->scratch, "%zu entries", n_new));
	for (i = 0; n == n_new && i < n; i++)
		walk(&inner, o->table,
		     str_fmt(d->scratch, "%.*s[%zu].", STR_ARG(key), i),
		     from + i * o->item_bytes, to + i * o->item_bytes);
	if (o->is_fixed)
		keep_maps(d->keep, o, old, new);
}

static void walk(const struct configdiff *d, const struct option *table,
		 struct str path, const char *old, char *new)
{
	const struct option *o;
	struct str key;

	for (o = table; o->key != NULL; o++) {
		key = str_fmt(d->scratch, "%.*s%s", STR_ARG(path), o->key);
		if (is_other_source(o) ||
		    (d->skip != NULL && str_eqz(key, d->skip)))
			continue;
		if (o->type == OPTION_MAP)
			walk(d, o->table,
			     str_fmt(d->scratch, "%.*s.", STR_ARG(key)), old,
			     new);
		else if (o->type == OPTION_MAPS)
			walk_maps(d, o, key, old, new);
		else
			walk_scalar(d, o, key, old, new);
	}
}

void configdiff_run(const struct configdiff *d, struct str path,
		    const void *old, void *new)
{
	walk(d, d->table, path, old, new);
}
