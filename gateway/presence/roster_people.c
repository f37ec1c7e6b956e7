#include "gateway/presence/roster_inner.h"

/* What users ask of the roster by command. */

/* Whom he turned away long ago may ask as if he never had. */
static bool is_known(const struct row *w)
{
	return w->direction == SUB_IN && w->state != SUB_NONE &&
	       (w->state != SUB_DENIED || !in_is_pardoned(w));
}

size_t roster_watchers(struct roster *r, struct str user, roster_watcher_fn *fn,
		       void *arg)
{
	struct row *w = NULL;
	size_t n = 0;

	while ((w = roster_next(r, w)) != NULL) {
		if (!is_known(w) || !str_eq(row_user(w), user))
			continue;
		n++;
		if (fn != NULL)
			fn(arg, row_contact(w), (enum sub_state)w->state);
	}
	return n;
}

/* The user's server learns it from the contact, as if he had given up; his
 * phones get the refusal. */
bool roster_withdraw(struct roster *r, struct str user, struct str contact)
{
	struct row *w = row_find(r, SUB_IN, user, contact);

	if (w == NULL || !is_known(w) || w->state == SUB_DENIED)
		return false;
	row_say(w, PRESENCE_UNSUBSCRIBE);
	row_event(w, EV_UNSUBSCRIBED);
	return true;
}

/* His server keeps an approval to itself where nobody asks. */
bool roster_pardon(struct roster *r, struct str user, struct str contact)
{
	struct row *w = row_find(r, SUB_IN, user, contact);

	if (w == NULL || w->state != SUB_DENIED)
		return false;
	row_event(w, EV_PARDON);
	return true;
}

bool roster_part(struct roster *r, struct str user, struct str contact)
{
	struct row *out = row_find(r, SUB_OUT, user, contact);
	struct row *in = row_find(r, SUB_IN, user, contact);

	if (out != NULL)
		row_event(out, EV_UNSUBSCRIBE);
	if (in != NULL)
		row_event(in, EV_UNSUBSCRIBED);
	return out != NULL || in != NULL;
}
