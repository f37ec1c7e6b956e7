#include "gateway/config/optionread.h"
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "gateway/config/optionvalue.h"

enum { GUESS_MAX = 2, KEY_MAX_BYTES = 40, ITEM_MAX_BYTES = 3071 };

__attribute__((format(printf, 5, 0))) static void
say(struct optionread *r, unsigned line, struct str path, const char *kind,
    const char *fmt, va_list ap)
{
	char text[1000];
	int n = vsnprintf(text, sizeof(text), fmt, ap);
	struct str s = { text, n < 0 ? 0 : (size_t)n };

	strbuf_addf(r->errors, "%s:%u: ", r->name, line);
	if (path.n > 0) {
		strbuf_add(r->errors, path);
		strbuf_addz(r->errors, ": ");
	}
	strbuf_addz(r->errors, kind);
	strbuf_add(r->errors, str_head(s, sizeof(text) - 1));
	strbuf_addc(r->errors, '\n');
}

void optionread_error(struct optionread *r, unsigned line, struct str path,
		      const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(r, line, path, "", fmt, ap);
	va_end(ap);
	r->error_count++;
}

void optionread_warning(struct optionread *r, unsigned line, struct str path,
			const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(r, line, path, "warning: ", fmt, ap);
	va_end(ap);
}

static struct str path_join(struct arena *a, struct str path, struct str key)
{
	if (path.n == 0)
		return key;
	return str_fmt(a, "%.*s.%.*s", STR_ARG(path), STR_ARG(key));
}

static struct str path_item(struct arena *a, struct str path, size_t i)
{
	return str_fmt(a, "%.*s[%zu]", STR_ARG(path), i);
}

static void read_scalar(struct optionread *r, const struct option *o,
			const struct yamltree *n, struct str path, void *base)
{
	const char *why;

	if (yamltree_is_null(n)) {
		optionread_error(r, n->line, path, "has no value");
		return;
	}
	if (n->kind != YAMLTREE_SCALAR) {
		optionread_error(r, n->line, path,
				 "must be one value, not a %s",
				 yamltree_kind_name(n));
		return;
	}
	switch (optionvalue_read(r->a, o, n->text, base, &why)) {
	case VALUE_OK:
		break;
	case VALUE_WARNED:
		optionread_warning(r, n->line, path, "%s", why);
		break;
	case VALUE_WRONG:
		optionread_error(r, n->line, path, "%s", why);
		break;
	}
}

static void read_item(struct optionread *r, const struct option *o,
		      const struct yamltree *n, struct str path, void *item)
{
	struct option plain = {
		.key = o->key, .type = o->item, .min = 1, .max = ITEM_MAX_BYTES
	};

	if (o->type == OPTION_LIST) {
		read_scalar(r, &plain, n, path, item);
		return;
	}
	if (n->kind == YAMLTREE_MAP) {
		optionread_map(r, o->table, n, path, n->line, item);
		return;
	}
	if (o->item == OPTION_MAP) {
		optionread_error(r, n->line, path,
				 "must be a map of settings, not %s",
				 yamltree_kind_name(n));
		return;
	}
	read_scalar(r, &plain, n, path, item);
}

static size_t count_children(const struct yamltree *n)
{
	size_t count = 0;

	for (n = n->child; n != NULL; n = n->next)
		count++;
	return count;
}

static void read_list(struct optionread *r, const struct option *o,
		      const struct yamltree *n, struct str path, char *base)
{
	size_t count = count_children(n), i = 0;
	size_t bytes =
		o->type == OPTION_LIST ? sizeof(struct str) : o->item_bytes;
	char *items;

	if (n->kind != YAMLTREE_LIST) {
		optionread_error(r, n->line, path, "must be a list, not %s",
				 yamltree_kind_name(n));
		return;
	}
	if (count < o->min || count > o->max) {
		optionread_error(r, n->line, path, "must have %lu to %lu items",
				 o->min, o->max);
		return;
	}
	items = arena_zalloc(r->a, count * bytes + 1);
	for (n = n->child; n != NULL; n = n->next, i++)
		read_item(r, o, n, path_item(r->a, path, i), items + i * bytes);
	memcpy(base + o->offset, &items, sizeof(items));
	memcpy(base + o->second, &count, sizeof(count));
}

static void read_value(struct optionread *r, const struct option *o,
		       const struct yamltree *n, struct str path, void *base)
{
	switch (o->type) {
	case OPTION_MAP:
		if (n->kind == YAMLTREE_MAP || yamltree_is_null(n))
			optionread_map(r, o->table, n, path, n->line, base);
		else
			optionread_error(r, n->line, path,
					 "must be a map of settings, not %s",
					 yamltree_kind_name(n));
		break;
	case OPTION_MAPS:
	case OPTION_LIST:
		read_list(r, o, n, path, base);
		break;
	default:
		read_scalar(r, o, n, path, base);
		break;
	}
}

/* The default is YAML too: so the manual shows what the code does. */
static void read_default(struct optionread *r, const struct option *o,
			 struct str path, unsigned line, void *base)
{
	const char *why;
	unsigned at;
	struct yamltree *n;

	if (o->type == OPTION_MAP && o->otherwise == NULL) {
		optionread_map(r, o->table, NULL, path, line, base);
		return;
	}
	if (o->def == NULL)
		return;
	n = yamltree_read(r->a, str_z(o->def), &at, &why);
	assert(n != NULL);
	read_value(r, o, n, path, base);
}

/* How many letters must be changed, added, dropped; never over max + 1. */
static unsigned distance(struct str a, struct str b, unsigned max)
{
	unsigned best, other;

	while (a.n > 0 && b.n > 0 && a.p[0] == b.p[0]) {
		a = str_from(a, 1);
		b = str_from(b, 1);
	}
	if (a.n == 0 && b.n == 0)
		return 0;
	if (max == 0)
		return 1;
	best = distance(str_from(a, 1), str_from(b, 1), max - 1);
	other = distance(str_from(a, 1), b, max - 1);
	best = other < best && a.n > 0 ? other : best;
	other = distance(a, str_from(b, 1), max - 1);
	best = other < best && b.n > 0 ? other : best;
	return best + 1;
}

static const char *guess(const struct option *table, struct str key)
{
	/* Of a short key nothing would be left. */
	unsigned max = key.n < 3 * GUESS_MAX ? (unsigned)key.n / 3 : GUESS_MAX;
	unsigned best_distance = max + 1, d;
	const char *best = NULL;

	for (; table->key != NULL; table++) {
		d = distance(key, str_z(table->key), max);
		if (d < best_distance) {
			best_distance = d;
			best = table->key;
		}
	}
	return best;
}

static bool is_known(const struct option *table, struct str key)
{
	for (; table->key != NULL; table++)
		if (str_eqz(key, table->key))
			return true;
	return false;
}

/* A key as a person wrote it, fit for a terminal. */
static struct str key_shown(struct arena *a, struct str key)
{
	struct str head = str_head(key, KEY_MAX_BYTES);
	char *p = str_dupz(a, head);
	size_t i;

	for (i = 0; i < head.n; i++)
		if ((unsigned char)p[i] <= ' ' || (unsigned char)p[i] >= 0x7f)
			p[i] = '?';
	return (struct str){ p, head.n };
}

static void check_keys(struct optionread *r, const struct option *table,
		       const struct yamltree *map, struct str path)
{
	const struct yamltree *n;
	const char *best;
	struct str shown;

	for (n = map->child; n != NULL; n = n->next) {
		shown = path_join(r->a, path, key_shown(r->a, n->key));
		best = guess(table, n->key);
		if (is_known(table, n->key)) {
			if (yamltree_child(map, n->key) != n)
				optionread_error(r, n->line, shown,
						 "is there twice");
		} else if (best != NULL) {
			optionread_error(r, n->line, shown,
					 "unknown key; is %s meant?", best);
		} else {
			optionread_error(r, n->line, shown, "unknown key");
		}
	}
}

static bool is_container(const struct option *o)
{
	return o->type == OPTION_MAP || o->type == OPTION_MAPS ||
	       o->type == OPTION_LIST;
}

static void read_option(struct optionread *r, const struct option *o,
			const struct yamltree *map, struct str path,
			unsigned line, void *base)
{
	struct str here = path_join(r->a, path, str_z(o->key));
	const struct yamltree *n = NULL;

	if (map != NULL)
		n = yamltree_child(map, str_z(o->key));
	/* A heading of which all is commented out says nothing. */
	if (n != NULL && is_container(o) && yamltree_is_null(n))
		n = NULL;
	if (n != NULL)
		read_value(r, o, n, here, base);
	else if (o->is_required)
		optionread_error(r, line, here, "is required");
	else
		read_default(r, o, here, line, base);
}

void optionread_map(struct optionread *r, const struct option *table,
		    const struct yamltree *map, struct str path, unsigned line,
		    void *base)
{
	const struct option *o;

	if (map != NULL)
		check_keys(r, table, map, path);
	for (o = table; o->key != NULL; o++)
		read_option(r, o, map, path, line, base);
}
