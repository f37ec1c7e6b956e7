#include "xmpp/form.h"
#include "xmpp/ns.h"

struct xml *form_make(struct arena *a, const char *type)
{
	struct xml *form = xml_element(a, "x", NS_DATA_FORM);

	xml_set(a, form, "type", str_z(type));
	return form;
}

void form_set_type(struct arena *a, struct xml *form, const char *name)
{
	form_value(a, form_field(a, form, "FORM_TYPE", "hidden", STR_NONE),
		   str_z(name));
}

void form_say(struct arena *a, struct xml *form, const char *name,
	      struct str text)
{
	xml_add_text(a, xml_add(a, form, name, NULL), text);
}

struct xml *form_field(struct arena *a, struct xml *form, const char *var,
		       const char *type, struct str label)
{
	struct xml *field = xml_add(a, form, "field", NULL);

	if (type != NULL)
		xml_set(a, field, "type", str_z(type));
	if (var != NULL)
		xml_set(a, field, "var", str_z(var));
	if (label.n > 0)
		xml_set(a, field, "label", label);
	return field;
}

void form_value(struct arena *a, struct xml *field, struct str value)
{
	xml_add_text(a, xml_add(a, field, "value", NULL), value);
}

void form_lines(struct arena *a, struct xml *field, struct str text)
{
	struct str line;

	while (text.n > 0) {
		line = str_cut(&text, '\n');
		form_value(a, field, line);
	}
}

void form_option(struct arena *a, struct xml *field, struct str label,
		 struct str value)
{
	struct xml *option = xml_add(a, field, "option", NULL);

	if (label.n > 0)
		xml_set(a, option, "label", label);
	xml_add_text(a, xml_add(a, option, "value", NULL), value);
}

const struct xml *form_find(const struct xml *x, const char *type)
{
	const struct xml *form = xml_child(x, "x", NS_DATA_FORM);

	while (form != NULL && !str_eqz(xml_attr(form, "type"), type)) {
		form = xml_next(form, "x", NS_DATA_FORM);
	}
	return form;
}

struct str form_get(struct arena *a, const struct xml *form, const char *var)
{
	const struct xml *field = xml_child(form, "field", NULL);
	const struct xml *value;

	for (; field != NULL; field = xml_next(field, "field", NULL)) {
		if (!str_eqz(xml_attr(field, "var"), var))
			continue;
		value = xml_child(field, "value", NULL);
		return value == NULL ? STR_NONE : str_trim(xml_text(a, value));
	}
	return STR_NONE;
}
