#include "sip/notice.h"
#include "sip/flight.h"
#include "sip/ration.h"

/* Where a NOTIFY waits that cannot go at once: behind others of its watcher
 * (sip/ration.h), then for room in the uac. */

/* Who watches, in whatever way his phones write it. */
static struct str watcher_of(const struct notice *n)
{
	struct arena *a = loop_arena(n->notifier->loop);
	struct str s = dialog_view(n->dialog).remote_party, name;
	size_t at, i = s.n;

	while (i > 0 && s.p[i - 1] != '<')
		i--;
	s = str_from(s, i);
	at = str_find(s, '@');
	for (i = at < s.n ? at : 0; i < s.n; i++)
		if (s.p[i] == ';' || s.p[i] == '?' || s.p[i] == '>')
			break;
	s = str_head(s, i);
	return str_lower(a, uri_unescape(a, s, &name) ? name : s);
}

bool noticeseat_take(struct notice *n)
{
	struct rations *all = &n->notifier->rations;
	struct str watcher = watcher_of(n);

	n->is_held = !ration_take(all, watcher, &n->seat);
	n->ration = ration_find(all, watcher);
	return !n->is_held;
}

void noticeseat_rationed(struct room_seat *seat)
{
	struct notice *n = notice_in(seat);

	n->is_held = false;
	room_wait(&n->notifier->room, seat);
}

void noticeseat_free(struct notice *n)
{
	struct ration *one = n->ration;

	n->ration = NULL;
	if (one != NULL)
		ration_leave(one);
}

/* The request goes its way, and counts until it has. */
static void on_forgotten(void *arg, const struct outcome *o)
{
	(void)o;
	ration_leave(arg);
}

void noticeseat_leave(struct notice *n)
{
	if (n->flight != NULL) {
		flight_forget_to(&n->flight, on_forgotten, n->ration);
		n->ration = NULL;
	} else if (n->is_held) {
		ration_drop(n->ration, &n->seat);
		n->ration = NULL;
	} else {
		room_leave(&n->notifier->room, &n->seat);
		noticeseat_free(n);
	}
}
