#include "mapping/links.h"

#include "mapping/htmlstyle.h"
#include "sip/sipmsg.h"
#include "xmpp/ns.h"

enum { WORDS_MAX_BYTES = 1024 };

static bool is_file_url(struct str url)
{
	return htmlstyle_is_image(url) ||
	       (str_istarts(url, "ftp://") && htmlstyle_is_url(url));
}

/* Content-Description of the headers within (RFC 2046 §5.2.3). */
static struct str description_of(struct str s)
{
	while (s.n > 0) {
		struct str value = str_cut(&s, '\n');
		struct str name = str_trim(str_cut(&value, ':'));

		if (value.p == NULL)
			break;
		if (str_ieqz(name, "Content-Description"))
			return str_trim(value);
	}
	return STR_NONE;
}

bool links_external(const struct part *part, struct link_found *out)
{
	struct str access = media_param(part->content_type, "access-type");
	struct str url = str_trim(media_param(part->content_type, "url"));

	if (!str_ieqz(access, "URL") || !is_file_url(url))
		return false;
	*out = (struct link_found){ url, description_of(part->body) };
	if (out->words.n > WORDS_MAX_BYTES || !str_is_utf8(out->words))
		out->words = STR_NONE;
	return true;
}

static const struct xml *file_info(const struct xml *doc)
{
	const struct xml *x = xml_child(doc, "file-info", NULL);

	while (x != NULL && !str_ieqz(xml_attr(x, "type"), "file"))
		x = xml_next(x, "file-info", NULL);
	return x;
}

bool links_rcs(struct arena *a, const struct xml *doc, struct link_found *out)
{
	const struct xml *info = file_info(doc), *data, *name;
	struct str url;

	if (!str_eqz(doc->name, "file") || info == NULL)
		return false;
	data = xml_child(info, "data", NULL);
	name = xml_child(info, "file-name", NULL);
	url = data != NULL ? str_trim(xml_attr(data, "url")) : STR_NONE;
	if (!is_file_url(url))
		return false;
	*out = (struct link_found){ .url = url };
	if (name != NULL)
		out->words = str_trim(xml_text(a, name));
	if (out->words.n > WORDS_MAX_BYTES)
		out->words = STR_NONE;
	return true;
}

struct xml *links_oob(struct arena *a, const struct link_found *l)
{
	struct xml *x = xml_element(a, "x", NS_OOB);

	xml_add_text(a, xml_add(a, x, "url", NULL), l->url);
	if (l->words.n > 0)
		xml_add_text(a, xml_add(a, x, "desc", NULL), l->words);
	return x;
}
