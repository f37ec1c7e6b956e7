#include "mapping/edits.h"

#include <string.h>
#include "mapping/html.h"
#include "xmpp/ns.h"

static struct str reactions_text(struct arena *a, const struct xml *reactions)
{
	const struct xml *x = xml_child(reactions, "reaction", NULL);
	struct str out = STR_NONE, emoji;

	for (unsigned n = 0; x != NULL && n < EDITS_REACTIONS_MAX; n++) {
		emoji = str_trim(xml_text(a, x));
		if (out.n > 0 && emoji.n > 0)
			out = str_fmt(a, "%.*s %.*s", STR_ARG(out),
				      STR_ARG(emoji));
		else if (emoji.n > 0)
			out = emoji;
		x = xml_next(x, "reaction", NULL);
	}
	return out;
}

static bool contains(struct str s, struct str part)
{
	return s.n >= part.n && memmem(s.p, s.n, part.p, part.n) != NULL;
}

/* The address once: most clients repeat it in the body. */
static struct str with_link(struct arena *a, const struct extras *x,
			    struct str body)
{
	if (x->url.n == 0 || contains(body, x->url))
		return body;
	if (body.n == 0)
		body = x->url_words;
	if (body.n == 0)
		return x->url;
	return str_fmt(a, "%.*s\n%.*s", STR_ARG(body), STR_ARG(x->url));
}

struct str edits_text(struct arena *a, const struct message_rules *rules,
		      const struct extras *x, struct str body)
{
	if (body.n == 0 && x->html != NULL)
		body = html_plain(a, x->html, EDITS_TEXT_MAX_BYTES);
	if (body.n == 0 && x->reactions != NULL)
		return reactions_text(a, x->reactions);
	if (body.n == 0 && x->retracts.n > 0)
		return rules->retracted_mark;
	body = with_link(a, x, body);
	if (x->replaces.n == 0 || body.n == 0 || rules->edited_mark.n == 0)
		return body;
	return str_fmt(a, "%.*s %.*s", STR_ARG(rules->edited_mark),
		       STR_ARG(body));
}

struct str edits_answers(const struct extras *x)
{
	if (x->replies_to.n > 0)
		return x->replies_to;
	return x->reacts_to;
}
