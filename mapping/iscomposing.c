#include "mapping/iscomposing.h"

#define NS_ISCOMPOSING "urn:ietf:params:xml:ns:im-iscomposing"

static unsigned refresh_read(struct str s)
{
	uint32_t v;

	if (!str_to_u32(str_trim(s), &v) || v == 0)
		return ISCOMPOSING_REFRESH_S;
	return v < ISCOMPOSING_REFRESH_MAX_S ? v : ISCOMPOSING_REFRESH_MAX_S;
}

bool iscomposing_read(struct arena *a, const struct xml *doc,
		      struct iscomposing *out, const char **why)
{
	const struct xml *state = xml_child(doc, "state", NULL);
	const struct xml *refresh = xml_child(doc, "refresh", NULL);

	if (!str_eqz(doc->name, "isComposing") || state == NULL) {
		*why = "not an isComposing document";
		return false;
	}
	out->is_active = str_eqz(str_trim(xml_text(a, state)), "active");
	out->refresh_s =
		refresh_read(refresh != NULL ? xml_text(a, refresh) : STR_NONE);
	return true;
}

void iscomposing_write(struct strbuf *b, const struct iscomposing *i)
{
	strbuf_addlit(b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n"
			 "<isComposing xmlns=\"" NS_ISCOMPOSING "\">");
	strbuf_addf(b, "<state>%s</state><contenttype>text/plain</contenttype>",
		    i->is_active ? "active" : "idle");
	/* §3.3: of an active state only */
	if (i->is_active)
		strbuf_addf(b, "<refresh>%u</refresh>", i->refresh_s);
	strbuf_addlit(b, "</isComposing>");
}
