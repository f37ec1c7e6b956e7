#include "gateway/roster_inner.h"

/* What users ask of the roster by command. */

size_t roster_watchers(struct roster *r, struct str user, roster_watcher_fn *fn,
		       void *arg)
{
	struct row *w = NULL;
	size_t n = 0;

	while ((w = roster_next(r, w)) != NULL) {
		if (w->direction != SUB_IN || w->state == SUB_NONE ||
		    !str_eq(row_user(w), user))
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

	if (w == NULL || w->state == SUB_NONE)
		return false;
	row_say(w, PRESENCE_UNSUBSCRIBE);
	row_event(w, EV_UNSUBSCRIBED);
	return true;
}
