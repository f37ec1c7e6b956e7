#include "mapping/vcard.h"
#include <string.h>
#include "xmpp/ns.h"

static struct xml *add(struct arena *a, struct xml *x, const char *name,
		       struct str text)
{
	struct xml *child = xml_add(a, x, name, NULL);

	if (text.n > 0)
		xml_add_text(a, child, text);
	return child;
}

struct str vcard_number(struct arena *a, const struct uri *uri)
{
	struct str user, digits;
	size_t i;

	if (!uri_unescape(a, uri->user, &user))
		return STR_NONE;
	digits = str_starts(user, "+") ? str_from(user, 1) : user;
	for (i = 0; i < digits.n; i++)
		if (digits.p[i] < '0' || digits.p[i] > '9')
			return STR_NONE;
	return digits.n > 0 ? user : STR_NONE;
}

static void add_addresses(struct arena *a, struct xml *card,
			  const struct vcard *v)
{
	struct str number;
	struct xml *tel;

	add(a, card, "JABBERID", jid_text(a, &v->jid));
	if (!v->has_uri)
		return;
	add(a, card, "URL", uri_text(a, &v->uri));
	number = vcard_number(a, &v->uri);
	if (number.n == 0)
		return;
	tel = add(a, card, "TEL", STR_NONE);
	add(a, tel, "VOICE", STR_NONE);
	add(a, tel, "NUMBER", number);
}

static struct str name_of(struct arena *a, const struct vcard *v)
{
	if (v->name.n > 0)
		return v->name;
	return v->jid.local.n > 0 ? jid_unescape(a, v->jid.local)
				  : v->jid.domain;
}

struct xml *vcard_write(struct arena *a, const struct vcard *v)
{
	struct xml *card = xml_element(a, "vCard", NS_VCARD), *photo;
	struct str name = name_of(a, v);

	add(a, card, "FN", name);
	if (v->has_uri)
		add(a, card, "NICKNAME", name);
	add_addresses(a, card, v);
	if (v->about.n > 0)
		add(a, card, "DESC", v->about);
	if (v->photo.n > 0) {
		photo = add(a, card, "PHOTO", STR_NONE);
		add(a, photo, "TYPE", v->photo_type);
		add(a, photo, "BINVAL", v->photo);
	}
	return card;
}

/* --- vCard4 */

static void add_uri(struct arena *a, struct xml *card, const char *name,
		    struct str uri)
{
	add(a, add(a, card, name, STR_NONE), "uri", uri);
}

static void add_text(struct arena *a, struct xml *card, const char *name,
		     struct str text)
{
	add(a, add(a, card, name, STR_NONE), "text", text);
}

static struct str tel_uri(struct arena *a, struct str number, struct str host)
{
	if (number.p[0] == '+')
		return str_fmt(a, "tel:%.*s", STR_ARG(number));
	return str_fmt(a, "tel:%.*s;phone-context=%.*s", STR_ARG(number),
		       STR_ARG(host));
}

struct xml *vcard4_write(struct arena *a, const struct vcard *v)
{
	struct xml *card = xml_element(a, "vcard", NS_VCARD_4);
	struct str name = name_of(a, v), number;

	add_text(a, card, "fn", name);
	if (v->has_uri)
		add_text(a, card, "nickname", name);
	add_uri(a, card, "impp", jid_uri(a, &v->jid));
	if (v->has_uri) {
		number = vcard_number(a, &v->uri);
		add_uri(a, card, "impp", uri_text(a, &v->uri));
		if (number.n > 0)
			add_uri(a, card, "tel",
				tel_uri(a, number, v->uri.host));
	}
	if (v->about.n > 0)
		add_text(a, card, "note", v->about);
	if (v->photo.n > 0)
		add_uri(a, card, "photo",
			str_fmt(a, "data:%.*s;base64,%.*s",
				STR_ARG(v->photo_type), STR_ARG(v->photo)));
	return card;
}
