#include "sip/inspection.h"
#include <string.h>
#include "gateway/base/arena.h"
#include "sip/capabilities.h"
#include "sip/party.h"

static bool object(struct objection *out, int status, struct str reason,
		   const struct header *h)
{
	out->reply = (struct reply){ .status = status,
				     .reason = reason,
				     .headers = h };
	return true;
}

/* memmem makes a table of the mark for each line; it is looked at where its
 * first letter stands, once as a rule. */
static bool has_mark(struct str line, struct str mark)
{
	for (;;) {
		line = str_from(line, str_find(line, mark.p[0]));
		if (line.n < mark.n)
			return false;
		if (memcmp(line.p, mark.p, mark.n) == 0)
			return true;
		line = str_from(line, 1);
	}
}

/* Our mark in a Via: we have sent this ourselves (RFC 5393 §4.2). Only the
 * Via lines count, which come first in the echo. */
static bool is_loop(struct str mark, const struct request *r)
{
	struct str rest = r->echo;

	while (str_starts(rest, "Via:")) {
		struct str line = str_cut(&rest, '\n');

		if (has_mark(line, mark))
			return true;
	}
	return false;
}

static bool object_method(const struct capabilities *c, const struct request *r,
			  struct objection *out)
{
	if (capabilities_has(c, r->method))
		return false;
	if (r->method == METHOD_CANCEL) /* of what we answer none is left */
		return object(out, 481, STR_NONE, NULL);
	return object(out, r->method == METHOD_OTHER ? 501 : 405, STR_NONE,
		      &c->allow);
}

static bool object_address(const struct request *r, struct objection *out)
{
	if (r->target.scheme == URI_OTHER)
		return object(out, 416, STR_NONE, NULL);
	/* RFC 7247 §8: XMPP cannot promise TLS on every hop. */
	return (r->target.scheme == URI_SIPS || r->to.uri.scheme == URI_SIPS) &&
	       object(out, 403, STR_LIT("SIPS Cannot Be Kept"), NULL);
}

/* A request that goes on to the other side takes a hop. OPTIONS and REGISTER
 * end here, and so does what comes in a dialog of ours. */
static bool object_hops(const struct request *r, struct objection *out)
{
	return r->max_forwards == 0 && r->method != METHOD_OPTIONS &&
	       r->method != METHOD_REGISTER && r->to.tag.n == 0 &&
	       object(out, 483, STR_NONE, NULL);
}

/* Those of a list that are not known, as a list. Each takes a blank more than
 * it has there, at most. */
static struct str unknown_of(const struct capabilities *c, struct arena *a,
			     struct str list)
{
	struct strbuf b;
	struct str tag, text;

	strbuf_init(&b, 2 * list.n);
	while ((tag = value_cut(&list)).n > 0) {
		if (list_has(c->extensions, tag))
			continue;
		if (b.n > 0)
			strbuf_addlit(&b, ", ");
		strbuf_add(&b, tag);
	}
	text = str_dup(a, strbuf_str(&b));
	strbuf_fini(&b);
	return text;
}

/* RFC 3261 §8.2.2.3: all that are not known are named. */
static bool object_extension(const struct capabilities *c, struct arena *a,
			     const struct request *r, struct objection *out)
{
	struct str unknown =
		r->require.n > 0 ? unknown_of(c, a, r->require) : STR_NONE;

	if (unknown.n == 0)
		return false;
	out->header =
		(struct header){ .name = STR("Unsupported"), .value = unknown };
	return object(out, 420, STR_NONE, &out->header);
}

bool inspection_objects(const struct capabilities *c, struct str mark,
			struct arena *a, const struct request *r,
			struct objection *out)
{
	if (is_loop(mark, r))
		return object(out, 482, STR_LIT("Loop Detected"), NULL);
	return object_method(c, r, out) || object_address(r, out) ||
	       object_hops(r, out) || object_extension(c, a, r, out);
}
