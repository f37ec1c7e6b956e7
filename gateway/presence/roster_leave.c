#include "gateway/presence/roster_inner.h"

/* The end of the gateway: it will not know whether a contact is there, so each
 * user who was shown one is told that it has gone (XEP-0100 §8), as the
 * links have room. Only that is said: rows, dialogs and records stay as they
 * are, and the next start takes them up. */
enum { LOOKS_MAX = 4096 }; /* rows a call; it is called often */

static void list_clear(struct roster *r)
{
	struct row *w;

	while ((w = r->waking) != NULL) {
		DL_DELETE(r->waking, w);
		w->is_waking = false;
	}
}

static void list_put(struct row *w)
{
	struct roster *r = w->roster;

	if (w->direction != SUB_OUT || w->items == NULL ||
	    w->state == SUB_NONE || w->is_waking)
		return;
	r->lost_count -= w->is_lost;
	w->is_lost = false;
	w->is_waking = true;
	DL_APPEND(r->waking, w);
}

void roster_leave(struct roster *r)
{
	struct row *w;

	r->is_leaving = true;
	loop_timer_stop(&r->wake);
	list_clear(r);
	for (w = roster_next(r, NULL); w != NULL; w = roster_next(r, w))
		if (component_is_up(w->link->component))
			list_put(w);
}

void leave_link_up(struct link *k)
{
	struct roster *r = k->bridge->roster;
	struct row *w;

	for (w = roster_next(r, NULL); w != NULL; w = roster_next(r, w))
		if (w->link == k)
			list_put(w);
}

static bool is_for_nobody(struct row *w)
{
	return out_is_for_nobody(w) ||
	       (w->state == SUB_DORMANT &&
		attendance_is_away(w->roster->attendance, row_user(w)));
}

static void off_list(struct row *w)
{
	DL_DELETE(w->roster->waking, w);
	w->is_waking = false;
}

bool roster_leave_more(struct roster *r)
{
	unsigned n, words = LOOKS_MAX;
	bool is_said = words_repeat(r, &words);
	struct row *w;

	for (n = 0; n < LOOKS_MAX && (w = r->waking) != NULL; n++) {
		off_list(w);
		if (is_for_nobody(w))
			continue;
		if (row_has_room(w)) {
			out_say_gone(w);
		} else if (component_is_up(w->link->component)) {
			w->is_waking = true; /* behind those of other links */
			DL_APPEND(r->waking, w);
		} else {
			w->is_lost = true;
			r->lost_count++;
		}
	}
	return is_said && r->waking == NULL;
}

size_t roster_left(const struct roster *r)
{
	const struct row *w;
	size_t n = r->lost_count;

	DL_FOREACH (r->waking, w)
		n++;
	return n;
}
