#include "mapping/vcard.h"
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

struct xml *vcard_write(struct arena *a, const struct vcard *v)
{
	struct xml *card = xml_element(a, "vCard", NS_VCARD), *photo;
	struct str name = v->name;

	if (name.n == 0)
		name = v->jid.local.n > 0 ? jid_unescape(a, v->jid.local)
					  : v->jid.domain;
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
