#include "gateway/admin/adhocform.h"
#include "gateway/services/tongue.h"
#include "xmpp/form.h"
#include "xmpp/ns.h"

/* What a client shows as a command's name: its first sentence. */
static struct str title_of(const struct admin_command *m, enum admin_lang lang)
{
	return str_z(m->help[lang]);
}

/* "help" is for chat lines: a client lists what there is by itself. */
static bool is_listed(const struct admin_command *m, enum admin_role role)
{
	return m->who <= role && !m->is_local &&
	       !str_eqz(str_z(m->name), "help");
}

struct xml *adhocform_items(struct arena *a, const struct jid *gateway,
			    enum admin_role role, enum admin_lang lang)
{
	struct xml *query = xml_element(a, "query", NS_DISCO_ITEMS), *item;
	const struct admin_command *m;

	xml_set(a, query, "node", STR_LIT(NS_COMMANDS));
	for (m = admin_commands(); m->name != NULL; m++) {
		if (!is_listed(m, role))
			continue;
		item = xml_add(a, query, "item", NULL);
		xml_set(a, item, "jid", jid_text(a, gateway));
		xml_set(a, item, "node", str_z(m->name));
		xml_set(a, item, "name", title_of(m, lang));
	}
	return query;
}

struct xml *adhocform_info(struct arena *a, struct str node,
			   enum admin_role role, enum admin_lang lang)
{
	static const char *const features[] = { NS_COMMANDS, NS_DATA_FORM };
	bool is_list = str_eqz(node, NS_COMMANDS);
	const struct admin_command *m = is_list ? NULL : admin_find(node, role);
	struct xml *query, *x;
	size_t i;

	if (!is_list && (m == NULL || m->is_local))
		return NULL;
	query = xml_element(a, "query", NS_DISCO_INFO);
	xml_set(a, query, "node", node);
	x = xml_add(a, query, "identity", NULL);
	xml_set(a, x, "category", STR_LIT("automation"));
	xml_set(a, x, "type", str_z(is_list ? "command-list" : "command-node"));
	xml_set(a, x, "name",
		is_list ? STR_LIT("Commands") : title_of(m, lang));
	for (i = 0; i < sizeof(features) / sizeof(features[0]); i++)
		xml_set(a, xml_add(a, query, "feature", NULL), "var",
			str_z(features[i]));
	return query;
}

/* --- commands */

static struct xml *command_of(struct arena *a, const struct desk_to *to,
			      const char *status)
{
	struct xml *x = xml_element(a, "command", NS_COMMANDS);

	xml_set(a, x, "node", to->node);
	xml_set(a, x, "sessionid", to->session);
	xml_set(a, x, "status", str_z(status));
	return x;
}

static void add_field(struct arena *a, struct xml *form,
		      const struct admin_arg *g, enum admin_lang lang)
{
	const char *type =
		g->type == ADMIN_CHOICE ? "list-single" : "text-single";
	struct xml *field =
		form_field(a, form, g->name, type, str_z(g->help[lang]));
	size_t i;

	if (!g->is_optional)
		xml_add(a, field, "required", NULL);
	for (i = 0; g->type == ADMIN_CHOICE && g->choices[i] != NULL; i++)
		form_option(a, field, STR_NONE, str_z(g->choices[i]));
}

struct xml *adhocform_question(struct arena *a, const struct desk_to *to,
			       const struct admin_command *m,
			       enum admin_lang lang)
{
	struct xml *x = command_of(a, to, "executing"), *form;
	const struct admin_arg *g;
	struct xml *actions = xml_add(a, x, "actions", NULL);

	xml_set(a, actions, "execute", STR_LIT("complete"));
	xml_add(a, actions, "complete", NULL);
	form = form_make(a, "form");
	form_say(a, form, "title", str_z(m->name));
	form_say(a, form, "instructions", title_of(m, lang));
	for (g = m->args; g->name != NULL; g++)
		add_field(a, form, g, lang);
	xml_append(x, form);
	return x;
}

static void add_note(struct arena *a, struct xml *x, bool is_done,
		     struct str text)
{
	struct xml *note = xml_add(a, x, "note", NULL);

	xml_set(a, note, "type", str_z(is_done ? "info" : "error"));
	xml_add_text(a, note, text);
}

struct xml *adhocform_answer(struct arena *a, const struct desk_to *to,
			     const struct admin_command *m, bool is_done,
			     struct str text)
{
	struct xml *x = command_of(a, to, "completed"), *form;

	if (text.n > 0 && text.p[text.n - 1] == '\n')
		text.n--;
	if (!is_done || str_find(text, '\n') == text.n) {
		add_note(a, x, is_done, text);
		return x;
	}
	form = form_make(a, "result");
	form_say(a, form, "title", m != NULL ? str_z(m->name) : to->node);
	/* Some clients show a field by its label. */
	form_lines(a,
		   form_field(a, form, "text", "text-multi",
			      tongue_text(to->lang, "Answer", "Antwort")),
		   text);
	xml_append(x, form);
	return x;
}

size_t adhocform_words(struct arena *a, const struct admin_command *m,
		       const struct xml *form,
		       struct str words[ADMIN_ARGS_MAX + 1])
{
	const struct admin_arg *g = m->args;
	size_t n = 1;

	words[0] = str_z(m->name);
	for (; form != NULL && g->name != NULL; g++) {
		words[n] = form_get(a, form, g->name);
		if (words[n].n == 0)
			break;
		n++;
	}
	return n;
}
