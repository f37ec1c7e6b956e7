#include "sip/capabilities.h"
#include <assert.h>
#include "gateway/base/arena.h"
#include "sip/coding.h"

static struct str allow_text(const struct capabilities *c, struct arena *a)
{
	struct str name = method_name(METHOD_OPTIONS);
	struct str text = str_dup(a, name);

	for (size_t i = 0; i < c->method_count; i++) {
		name = method_name(c->methods[i]);
		text = str_fmt(a, "%.*s, %.*s", STR_ARG(text), STR_ARG(name));
	}
	return text;
}

static void chain(struct header *out, const struct header *all, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		out[i] = all[i];
		out[i].next = i + 1 < n ? &out[i + 1] : NULL;
	}
}

void capabilities_init(struct capabilities *c, struct arena *a,
		       const struct agent_options *o)
{
	struct header all[CAPABILITIES_ALL] = {
		{ .name = STR("Allow") },
		{ .name = STR("Accept"), .value = str_dup(a, o->accept) },
		{ .name = STR("Supported") },
		{ .name = STR("Allow-Events"),
		  .value = str_dup(a, o->event_packages) },
		{ .name = STR("Accept-Encoding"), .value = STR(CODING_ACCEPT) },
		{ .name = STR("Accept-Language"), .value = STR("en") },
	};

	assert(o->method_count <= CAPABILITIES_METHODS_MAX);
	c->method_count = o->method_count;
	for (size_t i = 0; i < o->method_count; i++)
		c->methods[i] = o->methods[i];
	c->extensions = str_dup(a, o->extensions);
	all[0].value = allow_text(c, a);
	all[2].value = c->extensions;
	c->allow = all[0];
	chain(c->all, all, CAPABILITIES_ALL);
	if (o->event_packages.n == 0)
		c->all[2].next = &c->all[4];
}

bool capabilities_has(const struct capabilities *c, enum method m)
{
	for (size_t i = 0; i < c->method_count; i++) {
		if (c->methods[i] == m)
			return true;
	}
	return m == METHOD_OPTIONS;
}
