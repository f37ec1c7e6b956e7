#include "gateway/presence/roster_inner.h"
#include "mapping/leanings.h"
#include "xmpp/ns.h"

/* Moods and activities of users (XEP-0107, XEP-0108). They are no presence: a
 * user's server sends them as events (XEP-0163) to those of his contacts who
 * see his presence and show in their own, by their capabilities, that they want
 * them. Kept with the row of who watches him. */
struct kept_leanings {
	struct leanings value;
	char text[];
};

static char *put(char *p, struct str *s)
{
	if (s->n > 0)
		memcpy(p, s->p, s->n);
	s->p = p;
	return p + s->n;
}

static bool is_none(const struct leanings *l)
{
	return l->activity.name.n == 0 && l->mood.name.n == 0;
}

static struct kept_leanings *dup(const struct leanings *l)
{
	size_t n = l->activity.word.n + l->activity.note.n + l->mood.word.n +
		   l->mood.note.n;
	struct kept_leanings *k = malloc(sizeof(*k) + n);
	char *p;

	if (k == NULL)
		abort();
	k->value = *l;
	p = put(k->text, &k->value.activity.word);
	p = put(p, &k->value.activity.note);
	p = put(p, &k->value.mood.word);
	put(p, &k->value.mood.note);
	return k;
}

bool roster_event(struct link *k, const struct stanza *s, struct arena *a)
{
	const struct xml *event = xml_child(s->el, "event", NS_PUBSUB_EVENT);
	struct leanings l = { .activity = { .bit = 0 } };
	struct kept_leanings *old;
	struct row *w;

	if (event == NULL)
		return false;
	w = row_find(k->bridge->roster, SUB_IN, jid_bare_text(a, &s->from),
		     jid_bare_text(a, &s->to));
	if (w != NULL && w->leanings != NULL)
		l = w->leanings->value;
	if (!leanings_read(a, event, &l))
		return false;
	if (w == NULL || (w->state != SUB_ACTIVE && w->state != SUB_DORMANT))
		return true;
	old = w->leanings; /* l may borrow from it */
	w->leanings = is_none(&l) ? NULL : dup(&l);
	free(old);
	row_event(w, EV_USER_PRESENCE);
	return true;
}

void leanings_add(const struct row *w, struct pidf *doc)
{
	if (w->leanings != NULL && item_any_available(w->items))
		leanings_to_pidf(&w->leanings->value, doc);
}
