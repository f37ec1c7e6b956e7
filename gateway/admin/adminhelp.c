#include "gateway/admin/adminwork.h"

static void help_line(struct admin_call *c, const struct admin_command *m)
{
	admin_usage_write(c->out, m);
	admin_say(c, " - %s", m->help[c->lang]);
}

static bool help_one(struct admin_call *c)
{
	const struct admin_command *m = admin_find(c->args[0], c->role);
	const struct admin_arg *g;

	if (m == NULL) {
		admin_say(c,
			  admin_t(c, "no such command: '%.*s'",
				  "Kein solcher Befehl: '%.*s'"),
			  STR_ARG(c->args[0]));
		return false;
	}
	help_line(c, m);
	for (g = m->args; g->name != NULL; g++)
		admin_say(c, "  %s: %s", g->name, g->help[c->lang]);
	return true;
}

bool admin_help(struct admin_call *c)
{
	const struct admin_command *m;

	if (c->args[0].n > 0)
		return help_one(c);
	for (m = admin_commands(); m->name != NULL; m++)
		if (m->who <= c->role && (c->link != NULL || !m->is_personal) &&
		    (c->link == NULL || !m->is_local))
			help_line(c, m);
	return true;
}
