#include "gateway/config/yamltree.h"
#include <yaml.h>

struct reading {
	yaml_parser_t parser;
	struct arena *a;
	struct str text;
	unsigned line;
	const char *why;
};

static unsigned line_of(yaml_mark_t mark)
{
	return (unsigned)mark.line + 1;
}

static bool fail(struct reading *r, unsigned line, const char *why)
{
	r->line = line;
	r->why = why;
	return false;
}

/* libyaml has no line for bytes that it cannot decode, but where they are. */
static unsigned line_of_problem(const struct reading *r)
{
	const yaml_parser_t *p = &r->parser;
	struct str before = str_head(r->text, p->problem_offset);
	unsigned line = 1;

	if (p->error != YAML_READER_ERROR)
		return line_of(p->problem_mark);
	for (size_t i = 0; i < before.n; i++)
		line += before.p[i] == '\n';
	return line;
}

/* The next event, which the caller deletes. */
static bool next_event(struct reading *r, yaml_event_t *ev)
{
	const yaml_parser_t *p = &r->parser;
	struct str why;

	if (yaml_parser_parse(&r->parser, ev))
		return true;
	/* libyaml's words for it are "character that cannot start any token".
	 */
	if (p->error == YAML_SCANNER_ERROR && p->buffer.pointer != NULL &&
	    p->buffer.pointer < p->buffer.last && *p->buffer.pointer == '\t')
		return fail(r, line_of(p->problem_mark),
			    "not YAML: a tab; indent with blanks");
	why = str_fmt(r->a, "not YAML: %s%s%s",
		      p->problem != NULL ? p->problem : "cannot be read",
		      p->context != NULL ? ", " : "",
		      p->context != NULL ? p->context : "");
	return fail(r, line_of_problem(r), str_dupz(r->a, why));
}

static struct yamltree *node_new(struct reading *r, enum yamltree_kind kind,
				 const yaml_event_t *ev)
{
	struct yamltree *n = arena_new(r->a, struct yamltree);

	n->kind = kind;
	n->line = line_of(ev->start_mark);
	return n;
}

static struct yamltree *read_scalar(struct reading *r, const yaml_event_t *ev)
{
	struct yamltree *n = node_new(r, YAMLTREE_SCALAR, ev);
	struct str text = { (const char *)ev->data.scalar.value,
			    ev->data.scalar.length };

	n->text = str_dup(r->a, text);
	n->is_quoted = ev->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	return n;
}

/* Anchors and tags of any node that can have them. */
static bool is_adorned(const yaml_event_t *ev)
{
	switch (ev->type) {
	case YAML_SCALAR_EVENT:
		return ev->data.scalar.anchor || ev->data.scalar.tag;
	case YAML_SEQUENCE_START_EVENT:
		return ev->data.sequence_start.anchor ||
		       ev->data.sequence_start.tag;
	case YAML_MAPPING_START_EVENT:
		return ev->data.mapping_start.anchor ||
		       ev->data.mapping_start.tag;
	case YAML_ALIAS_EVENT:
		return true;
	default:
		return false;
	}
}

static bool read_children(struct reading *r, struct yamltree *parent,
			  unsigned depth);

/* The node that ev begins, or NULL. */
static struct yamltree *read_node(struct reading *r, const yaml_event_t *ev,
				  unsigned depth)
{
	struct yamltree *n;

	if (is_adorned(ev)) {
		fail(r, line_of(ev->start_mark),
		     "anchors, aliases and tags are not supported");
		return NULL;
	}
	if (ev->type == YAML_SCALAR_EVENT)
		return read_scalar(r, ev);
	if (depth >= YAMLTREE_MAX_DEPTH) {
		fail(r, line_of(ev->start_mark), "nested too deeply");
		return NULL;
	}
	n = node_new(r,
		     ev->type == YAML_MAPPING_START_EVENT ? YAMLTREE_MAP
							  : YAMLTREE_LIST,
		     ev);
	return read_children(r, n, depth + 1) ? n : NULL;
}

static struct yamltree *read_value(struct reading *r, unsigned depth)
{
	yaml_event_t ev;
	struct yamltree *n;

	if (!next_event(r, &ev))
		return NULL;
	n = read_node(r, &ev, depth);
	yaml_event_delete(&ev);
	return n;
}

/* One child, of which ev is the first event: in a map that is its key. */
static struct yamltree *read_child(struct reading *r,
				   const struct yamltree *parent,
				   const yaml_event_t *ev, unsigned depth)
{
	struct yamltree *n = read_node(r, ev, depth), *value;

	if (n == NULL || parent->kind == YAMLTREE_LIST)
		return n;
	if (n->kind != YAMLTREE_SCALAR || n->text.n == 0) {
		fail(r, n->line, "a key must be a word");
		return NULL;
	}
	value = read_value(r, depth);
	if (value == NULL)
		return NULL;
	value->key = n->text;
	value->line = n->line;
	return value;
}

static bool is_end(const yaml_event_t *ev)
{
	return ev->type == YAML_SEQUENCE_END_EVENT ||
	       ev->type == YAML_MAPPING_END_EVENT;
}

static bool read_children(struct reading *r, struct yamltree *parent,
			  unsigned depth)
{
	struct yamltree **end = &parent->child;
	yaml_event_t ev;
	bool is_done = false;

	while (!is_done) {
		if (!next_event(r, &ev))
			return false;
		is_done = is_end(&ev);
		if (!is_done)
			*end = read_child(r, parent, &ev, depth);
		yaml_event_delete(&ev);
		if (is_done)
			break;
		if (*end == NULL)
			return false;
		end = &(*end)->next;
	}
	return true;
}

/* Passes over the events of stream and document starts. */
static struct yamltree *read_root(struct reading *r)
{
	struct yamltree *root = NULL;
	yaml_event_t ev;
	yaml_event_type_t type;

	do {
		if (!next_event(r, &ev))
			return NULL;
		type = ev.type;
		if (type == YAML_STREAM_END_EVENT)
			root = node_new(r, YAMLTREE_MAP, &ev);
		else if (type != YAML_STREAM_START_EVENT &&
			 type != YAML_DOCUMENT_START_EVENT)
			root = read_node(r, &ev, 0);
		yaml_event_delete(&ev);
	} while (type == YAML_STREAM_START_EVENT ||
		 type == YAML_DOCUMENT_START_EVENT);
	return root;
}

/* Behind the first document nothing may follow. */
static bool read_end(struct reading *r)
{
	yaml_event_t ev;
	yaml_event_type_t type;
	unsigned line;

	do {
		if (!next_event(r, &ev))
			return false;
		type = ev.type;
		line = line_of(ev.start_mark);
		yaml_event_delete(&ev);
		if (type == YAML_DOCUMENT_START_EVENT)
			return fail(r, line, "a second document");
	} while (type == YAML_DOCUMENT_END_EVENT);
	return true;
}

struct yamltree *yamltree_read(struct arena *a, struct str text, unsigned *line,
			       const char **why)
{
	struct reading r = {
		.a = a, .text = text, .line = 1, .why = "no memory"
	};
	struct yamltree *root = NULL;

	*line = 1;
	*why = "longer than 1 MiB";
	if (text.n > YAMLTREE_MAX_BYTES)
		return NULL;
	if (yaml_parser_initialize(&r.parser)) {
		/* libyaml ends the process over NULL: an empty file. */
		yaml_parser_set_input_string(
			&r.parser,
			(const unsigned char *)(text.n > 0 ? text.p : ""),
			text.n);
		root = read_root(&r);
		if (root != NULL && !read_end(&r))
			root = NULL;
		yaml_parser_delete(&r.parser);
	}
	*line = r.line;
	*why = r.why;
	return root;
}

bool yamltree_is_null(const struct yamltree *n)
{
	if (n->kind != YAMLTREE_SCALAR || n->is_quoted)
		return false;
	return n->text.n == 0 || str_eqz(n->text, "~") ||
	       str_eqz(n->text, "null");
}

const struct yamltree *yamltree_child(const struct yamltree *map,
				      struct str key)
{
	const struct yamltree *n;

	if (map->kind != YAMLTREE_MAP)
		return NULL;
	for (n = map->child; n != NULL; n = n->next)
		if (str_eq(n->key, key))
			return n;
	return NULL;
}

const char *yamltree_kind_name(const struct yamltree *n)
{
	static const char *const names[] = { [YAMLTREE_SCALAR] = "text",
					     [YAMLTREE_LIST] = "list",
					     [YAMLTREE_MAP] = "map" };

	return yamltree_is_null(n) ? "nothing" : names[n->kind];
}

/* step: "key" or "key[3]". */
static const struct yamltree *walk(const struct yamltree *n, struct str step,
				   unsigned *line)
{
	struct str key = str_cut(&step, '[');
	uint32_t i;

	n = yamltree_child(n, key);
	if (n != NULL)
		*line = n->line;
	if (n == NULL || step.p == NULL)
		return n;
	if (n->kind != YAMLTREE_LIST || !str_to_u32(str_cut(&step, ']'), &i))
		return NULL;
	for (n = n->child; n != NULL && i > 0; i--)
		n = n->next;
	if (n != NULL)
		*line = n->line;
	return n;
}

const struct yamltree *yamltree_find(const struct yamltree *root,
				     struct str path, unsigned *line)
{
	*line = root->line;
	while (path.n > 0 && root != NULL)
		root = walk(root, str_cut(&path, '.'), line);
	return root;
}
