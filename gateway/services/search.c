#include "gateway/services/search.h"
#include "gateway/services/tongue.h"
#include "mapping/address.h"
#include "mapping/typed.h"
#include "xmpp/form.h"
#include "xmpp/ns.h"

static const char ADDRESS[] = "address";

struct xml *search_fields(struct arena *a, struct str lang)
{
	struct xml *query = xml_element(a, "query", NS_SEARCH), *form;
	struct str how = tongue_text(
		lang,
		"Type a SIP address, a telephone number or a part of a name.",
		"Geben Sie eine SIP-Adresse, eine Telefonnummer oder einen "
		"Teil eines Namens ein.");

	form_say(a, query, "instructions", how);
	xml_add(a, query, "nick", NULL);
	form = form_make(a, "form");
	form_say(a, form, "title",
		 tongue_text(lang, "Find a SIP contact", "SIP-Kontakt suchen"));
	form_say(a, form, "instructions", how);
	form_set_type(a, form, NS_SEARCH);
	form_field(a, form, ADDRESS, "text-single",
		   tongue_text(lang, "Address, number or name",
			       "Adresse, Nummer oder Name"));
	xml_append(query, form);
	return query;
}

/* --- results */

struct results {
	struct arena *a;
	struct xml *query, *form; /* form NULL: plain elements */
	size_t n;
};

static void results_begin(struct results *r, bool has_form)
{
	struct xml *reported;

	r->query = xml_element(r->a, "query", NS_SEARCH);
	if (!has_form)
		return;
	r->form = form_make(r->a, "result");
	xml_append(r->query, r->form);
	form_set_type(r->a, r->form, NS_SEARCH);
	reported = xml_add(r->a, r->form, "reported", NULL);
	form_field(r->a, reported, "jid", "jid-single", STR_LIT("JID"));
	form_field(r->a, reported, "nick", NULL, STR_LIT("Name"));
	form_field(r->a, reported, "sip", NULL, STR_LIT("SIP"));
}

static void results_add(struct results *r, const struct jid *jid,
			const struct uri *uri)
{
	struct str name = jid_unescape(r->a, jid->local);
	struct str text = jid_text(r->a, jid);
	struct xml *item;

	item = xml_add(r->a, r->form != NULL ? r->form : r->query, "item",
		       NULL);
	r->n++;
	if (r->form == NULL) {
		xml_set(r->a, item, "jid", text);
		xml_add_text(r->a, xml_add(r->a, item, "nick", NULL), name);
		return;
	}
	form_value(r->a, form_field(r->a, item, "jid", NULL, STR_NONE), text);
	form_value(r->a, form_field(r->a, item, "nick", NULL, STR_NONE), name);
	form_value(r->a, form_field(r->a, item, "sip", NULL, STR_NONE),
		   uri_text(r->a, uri));
}

/* --- aliases */

static bool contains(struct str s, struct str word)
{
	size_t i;

	for (i = 0; i + word.n <= s.n; i++)
		if (str_ieq((struct str){ s.p + i, word.n }, word))
			return true;
	return false;
}

static void search_aliases(struct link *k, struct results *r, struct str word)
{
	const struct address_plan *p = &k->cfg->plan;
	size_t i;

	for (i = 0; i < p->alias_count && r->n < SEARCH_RESULTS_MAX; i++) {
		const struct alias *x = &p->aliases[i];

		if (str_eq(x->jid.domain, p->component) &&
		    (contains(jid_unescape(r->a, x->jid.local), word) ||
		     contains(x->uri.user, word)))
			results_add(r, &x->jid, &x->uri);
	}
}

/* What was typed: of the form, or of any of the plain elements. */
static struct str asked_for(struct arena *a, const struct xml *query,
			    bool *has_form)
{
	const struct xml *form = form_find(query, "submit"), *x;
	struct str s;

	*has_form = form != NULL;
	if (form != NULL)
		return form_get(a, form, ADDRESS);
	for (x = xml_child(query, NULL, NULL); x != NULL;
	     x = xml_next(x, NULL, NULL)) {
		s = str_trim(xml_text(a, x));
		if (s.n > 0)
			return s;
	}
	return STR_NONE;
}

struct xml *search_answer(struct link *k, struct arena *a,
			  const struct xml *query, struct fault *why)
{
	struct results r = { .a = a };
	struct fault unused;
	struct jid jid;
	struct uri uri;
	bool has_form;
	struct str word = asked_for(a, query, &has_form);

	if (word.n < SEARCH_WORD_MIN || word.n > TYPED_MAX_BYTES) {
		fault_set(why, 406, COND_NOT_ACCEPTABLE,
			  "type an address, a number or a part of a name");
		return NULL;
	}
	results_begin(&r, has_form);
	search_aliases(k, &r, word);
	if (r.n == 0 &&
	    typed_contact(a, &k->cfg->plan, word, &jid, &uri, &unused))
		results_add(&r, &jid, &uri);
	return r.query;
}
