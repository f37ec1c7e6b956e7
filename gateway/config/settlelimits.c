#include "gateway/config/settlelimits.h"
#include <string.h>

/* The one that is blamed must not be below the other. */
struct pair {
	const char *key, *other; /* of one map */
	const char *path;	 /* of that map, behind the component's */
	size_t high, low;	 /* where they are */
	bool is_bytes;		 /* size_t, else unsigned */
	bool is_following;	 /* one that the file does not name is as the
				    other, where its default would not do */
};

#define IN_CONFIG(member)    offsetof(struct config, member)
#define IN_COMPONENT(member) offsetof(struct config_component, member)

static const struct pair of_config[] = {
	{ "t2_ms", "t1_ms", "sip.", IN_CONFIG(t2_ms), IN_CONFIG(t1_ms), false,
	  false },
	{ "timeout_ms", "t2_ms", "sip.", IN_CONFIG(timeout_ms),
	  IN_CONFIG(t2_ms), false, false },
	{ "queue_max_bytes", "stanza_max_bytes", "limits.",
	  IN_CONFIG(queue_max_bytes), IN_CONFIG(stanza_max_bytes), true,
	  false },
};

static const struct pair of_component[] = {
	{ "expires_max_s", "expires_min_s", "registrar.",
	  IN_COMPONENT(registrar.max_s), IN_COMPONENT(registrar.min_s), false,
	  false },
	{ "retry_max_s", "retry_min_s", "outbox.",
	  IN_COMPONENT(outbox.retry_max_s), IN_COMPONENT(outbox.retry_min_s),
	  false, true },
};

static size_t value_at(const void *base, size_t offset, bool is_bytes)
{
	const char *at = (const char *)base + offset;
	unsigned number;
	size_t bytes;

	if (is_bytes) {
		memcpy(&bytes, at, sizeof(bytes));
		return bytes;
	}
	memcpy(&number, at, sizeof(number));
	return number;
}

/* Whether the file names it; *line: where, or what is nearest. */
static bool is_named(const struct yamltree *root, struct str key,
		     unsigned *line)
{
	return yamltree_find(root, key, line) != NULL;
}

static void check(struct optionread *r, const struct yamltree *root,
		  struct str before, void *base, const struct pair *p)
{
	struct str key =
		str_fmt(r->a, "%.*s%s%s", STR_ARG(before), p->path, p->key);
	struct str other =
		str_fmt(r->a, "%.*s%s%s", STR_ARG(before), p->path, p->other);
	size_t low = value_at(base, p->low, p->is_bytes);
	size_t high = value_at(base, p->high, p->is_bytes);
	unsigned line, other_line;
	bool has_high = is_named(root, key, &line);
	bool has_low = is_named(root, other, &other_line);
	size_t size = p->is_bytes ? sizeof(size_t) : sizeof(unsigned);

	if (high >= low)
		return;
	if (p->is_following && has_high != has_low)
		memcpy((char *)base + (has_high ? p->low : p->high),
		       (char *)base + (has_high ? p->high : p->low), size);
	else
		optionread_error(r, has_high ? line : other_line, key,
				 "must not be below %s: %zu is below %zu",
				 p->other, high, low);
}

void settlelimits_config(struct optionread *r, const struct yamltree *root,
			 struct config *c)
{
	for (size_t i = 0; i < sizeof(of_config) / sizeof(of_config[0]); i++)
		check(r, root, STR_NONE, c, &of_config[i]);
	for (size_t k = 0; k < c->component_count; k++) {
		struct str before = str_fmt(r->a, "components[%zu].", k);

		for (size_t i = 0;
		     i < sizeof(of_component) / sizeof(of_component[0]); i++)
			check(r, root, before, (void *)&c->components[k],
			      &of_component[i]);
	}
}
