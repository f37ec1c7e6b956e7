#ifndef STOX_GATEWAY_CONFIG_OPTIONREAD_H
#define STOX_GATEWAY_CONFIG_OPTIONREAD_H
#include "gateway/config/options.h"
#include "gateway/config/yamltree.h"

/* Fills a struct from a tree by a table of options, and says what is wrong
 * with the file, each mistake in one line: "stox.yml:12: sip.t1_ms: ...". */
struct optionread {
	struct arena *a;       /* borrowed; owns the values */
	const char *name;      /* of the file, for messages */
	struct strbuf *errors; /* borrowed */
	unsigned error_count;
};

/* Every option of the table: from the map (NULL: an empty one), or its
 * default. path stands before the keys in messages; none for the whole file.
 * line: of the map. base must be zeroed. */
void optionread_map(struct optionread *r, const struct option *table,
		    const struct yamltree *map, struct str path, unsigned line,
		    void *base);
/* Appends a line and counts it. */
void optionread_error(struct optionread *r, unsigned line, struct str path,
		      const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* The same, not counted: "...: warning: ...". */
void optionread_warning(struct optionread *r, unsigned line, struct str path,
			const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

#endif
