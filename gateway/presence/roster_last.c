#include "gateway/base/log.h"
#include "gateway/presence/roster_inner.h"
#include "mapping/datetime.h"

/* XEP-0012 about a contact: for those only who see his presence. */

/* He has gone, as far as the user was told: since when. */
void last_note(struct row *w)
{
	int64_t now_s = loop_wall_ms() / 1000, newest_s = 0;
	const struct item *i;

	for (i = w->items; i != NULL; i = i->next) {
		if (i->value.is_available)
			return;
		if (i->value.stamp_s > newest_s && i->value.stamp_s <= now_s)
			newest_s = i->value.stamp_s;
	}
	if (w->items != NULL)
		w->asked_at_s = newest_s > 0 ? newest_s : now_s;
}

static int64_t idle_s(const struct presence_item *v)
{
	int64_t since_s, now_s = loop_wall_ms() / 1000;

	if (!datetime_read_stamp(v->idle_since, &since_s) || since_s > now_s)
		return 0;
	return now_s - since_s;
}

/* RFC 6121 §8.5.3.2.3: a resource that is not there. */
static bool fail(struct fault *why)
{
	return fault_set(why, 404, COND_SERVICE_UNAVAILABLE, NULL);
}

bool roster_last(struct link *k, const struct stanza *s, struct arena *a,
		 int64_t *seconds, struct fault *why)
{
	const struct row *w =
		row_find(k->bridge->roster, SUB_OUT, jid_bare_text(a, &s->from),
			 jid_bare_text(a, &s->to));
	const struct item *i;

	if (w == NULL || (w->state != SUB_ACTIVE && w->state != SUB_DORMANT))
		return fault_set(why, 403, COND_FORBIDDEN,
				 "you do not see this contact's presence");
	*seconds = 0;
	if (s->to.resource.n > 0) {
		i = item_find(w->items, s->to.resource);
		if (i == NULL || !i->value.is_available)
			return fail(why);
		*seconds = idle_s(&i->value);
		return true;
	}
	if (item_any_available(w->items))
		return true;
	if (w->asked_at_s == 0)
		return fail(why); /* never seen */
	*seconds = loop_wall_ms() / 1000 - w->asked_at_s;
	if (*seconds < 0)
		*seconds = 0; /* the clock has been put back */
	return true;
}
