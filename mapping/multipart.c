#include "mapping/multipart.h"

#include "sip/sipmsg.h"

/* RFC 2046 §5.1.1 */
enum { BOUNDARY_MAX_BYTES = 70 };

bool multipart_is(struct str content_type)
{
	struct str type = str_cut(&content_type, '/');

	return str_ieqz(str_trim(type), "multipart") &&
	       str_trim(str_cut(&content_type, ';')).n > 0;
}

/* Cuts the next line; *end is where its line end begins. */
static struct str line_cut(struct str *rest)
{
	struct str line = str_cut(rest, '\n');

	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	return line;
}

enum fence { FENCE_NONE, FENCE_NEXT, FENCE_LAST };

static enum fence fence_read(struct str line, struct str boundary)
{
	struct str behind;

	if (!str_starts(line, "--") || line.n < boundary.n + 2 ||
	    !str_eq(str_head(str_from(line, 2), boundary.n), boundary))
		return FENCE_NONE;
	behind = str_from(line, boundary.n + 2);
	if (str_starts(behind, "--"))
		return FENCE_LAST;
	return str_trim(behind).n == 0 ? FENCE_NEXT : FENCE_NONE;
}

/* Leaves in *rest what is behind the next fence; returns what is before it,
 * without the line end that belongs to the fence. FENCE_NONE: there is none. */
static struct str fence_cut(struct str *rest, struct str boundary,
			    enum fence *fence)
{
	struct str all = *rest, line;
	size_t end = 0, at;

	while (rest->n > 0) {
		at = (size_t)(rest->p - all.p);
		line = line_cut(rest);
		*fence = fence_read(line, boundary);
		if (*fence != FENCE_NONE)
			return str_head(all, end);
		/* Up to its line end, should a fence follow. */
		end = at + line.n;
	}
	*fence = FENCE_NONE; /* it was cut off */
	return all;
}

/* One header with its folded lines. */
static struct str header_cut(struct str *rest)
{
	struct str header = line_cut(rest);

	while (header.n > 0 && rest->n > 0 &&
	       (rest->p[0] == ' ' || rest->p[0] == '\t')) {
		struct str more = line_cut(rest);

		header.n = (size_t)(more.p + more.n - header.p);
	}
	return header;
}

struct part multipart_part(struct str s)
{
	struct part part = { .body = STR_NONE };
	const struct {
		const char *name;
		struct str *value;
	} fields[] = {
		{ "Content-Type", &part.content_type },
		{ "Content-Transfer-Encoding", &part.transfer_encoding },
		{ "Content-Encoding", &part.content_encoding },
		{ "Content-Language", &part.language },
		{ "Content-Disposition", &part.disposition },
	};

	while (s.n > 0) {
		struct str value = header_cut(&s);
		struct str name;

		if (value.n == 0)
			break;
		name = str_trim(str_cut(&value, ':'));
		for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
			if (str_ieqz(name, fields[i].name))
				*fields[i].value = str_trim(value);
	}
	part.body = s;
	return part;
}

struct walk {
	struct str boundary, rest;
	bool is_alternative;
};

static bool walk_init(struct walk *w, struct str content_type, struct str body)
{
	enum fence fence;

	w->boundary = media_param(content_type, "boundary");
	w->rest = body;
	w->is_alternative = media_is(content_type, "multipart/alternative");
	if (w->boundary.n == 0 || w->boundary.n > BOUNDARY_MAX_BYTES)
		return false;
	(void)fence_cut(&w->rest, w->boundary, &fence);
	return fence == FENCE_NEXT;
}

size_t multipart_read(struct str content_type, struct str body,
		      struct part out[MULTIPART_PARTS_MAX])
{
	struct walk levels[MULTIPART_DEPTH_MAX];
	enum fence fence;
	size_t depth = 0, n = 0;

	if (walk_init(&levels[0], content_type, body))
		depth = 1;
	for (int i = 0; i < MULTIPART_PARTS_MAX && depth > 0; i++) {
		struct walk *w = &levels[depth - 1];
		struct part part = multipart_part(
			fence_cut(&w->rest, w->boundary, &fence));

		part.is_alternative = w->is_alternative;
		if (fence != FENCE_NEXT)
			w->rest = STR_NONE;
		if (fence == FENCE_NONE && part.body.n == 0)
			; /* cut off before its text */
		else if (!multipart_is(part.content_type))
			out[n++] = part;
		else if (depth < MULTIPART_DEPTH_MAX &&
			 walk_init(&levels[depth], part.content_type,
				   part.body))
			depth++;
		while (depth > 0 && levels[depth - 1].rest.n == 0)
			depth--;
	}
	return n;
}
