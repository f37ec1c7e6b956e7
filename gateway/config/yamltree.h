#ifndef STOX_GATEWAY_CONFIG_YAMLTREE_H
#define STOX_GATEWAY_CONFIG_YAMLTREE_H
#include <stdbool.h>
#include "gateway/base/arena.h"
#include "gateway/base/str.h"

/* A YAML document as a tree of values with their lines: what libyaml's events
 * leave of it. No anchors, aliases or tags, and one document only: a settings
 * file needs none of them, and an alias can stand for a gigabyte. */
enum {
	YAMLTREE_MAX_BYTES = 1024 * 1024,
	YAMLTREE_MAX_DEPTH = 16,
};

enum yamltree_kind { YAMLTREE_SCALAR, YAMLTREE_LIST, YAMLTREE_MAP };

struct yamltree {
	enum yamltree_kind kind;
	unsigned line; /* of its key in a map, else of itself; from 1 */
	bool is_quoted;
	struct str key;	 /* in a map */
	struct str text; /* of a scalar */
	struct yamltree *child, *next;
};

/* Reads a document into a; text is not kept. An empty one is an empty map. On
 * failure returns NULL, with *line and *why (in a). */
struct yamltree *yamltree_read(struct arena *a, struct str text, unsigned *line,
			       const char **why);
/* A scalar that says nothing: empty, "~" or "null" without quotes. */
bool yamltree_is_null(const struct yamltree *n);
/* The child of a map with that key, or NULL. */
const struct yamltree *yamltree_child(const struct yamltree *map,
				      struct str key);
/* "map", "list", "text": for messages. */
const char *yamltree_kind_name(const struct yamltree *n);
/* What a path like "components[0].secret" names, or NULL. *line: of that, or
 * of the nearest thing above it that is there. */
const struct yamltree *yamltree_find(const struct yamltree *root,
				     struct str path, unsigned *line);

#endif
