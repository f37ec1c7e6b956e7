#include "gateway/config/optiondoc.h"
#include <stdio.h>
#include "gateway/config/options.h"
#include "gateway/config/optionvalue.h"

enum { PATH_BYTES = 128 };

static bool has_table(const struct option *o)
{
	return o->type == OPTION_MAP || o->type == OPTION_MAPS;
}

static void put_type(struct strbuf *b, const struct option *o)
{
	const struct option item = { .type = o->item };

	if (o->type == OPTION_MAP) {
		strbuf_addz(b, "map");
	} else if (o->type == OPTION_MAPS) {
		strbuf_addz(b, "list of maps");
	} else if (o->type == OPTION_LIST) {
		strbuf_addz(b, "list: ");
		optionvalue_describe(b, &item);
	} else {
		optionvalue_describe(b, o);
	}
}

static void put_default(struct strbuf *b, const struct option *o)
{
	if (o->is_required)
		strbuf_addz(b, "*required*");
	else if (o->otherwise != NULL)
		strbuf_addz(b, o->otherwise);
	else if (o->def != NULL)
		strbuf_addf(b, "`%s`", o->def);
}

static void put_row(struct strbuf *b, const struct option *o)
{
	strbuf_addf(b, "| `%s` | ", o->key);
	put_type(b, o);
	strbuf_addz(b, " | ");
	put_default(b, o);
	strbuf_addf(b, " | %s%s |\n", o->help,
		    o->is_fixed ? " *(restart)*" : "");
}

static void put_table(struct strbuf *b, const struct option *table,
		      const char *path)
{
	char inner[PATH_BYTES];
	const struct option *o;

	strbuf_addz(b, "| key | value | default | |\n|---|---|---|---|\n");
	for (o = table; o->key != NULL; o++)
		put_row(b, o);
	for (o = table; o->key != NULL; o++) {
		if (!has_table(o))
			continue;
		snprintf(inner, sizeof(inner), "%s%s%s%s", path,
			 path[0] != '\0' ? "." : "", o->key,
			 o->type == OPTION_MAPS ? "[]" : "");
		strbuf_addf(b, "\n### %s\n\n%s\n\n", inner, o->help);
		put_table(b, o->table, inner);
	}
}

void optiondoc_write(struct strbuf *b)
{
	put_table(b, options_table(), "");
}
