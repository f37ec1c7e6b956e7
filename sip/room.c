#include "sip/room.h"
#include "gateway/base/table.h"

enum { ASK_MS = 200 };

void room_init(struct room *r, struct loop *l, room_fn *fn)
{
	*r = (struct room){ .loop = l, .fn = fn };
}

void room_fini(struct room *r)
{
	loop_timer_stop(&r->timer);
}

/* A DL list has a predecessor for each, the first one's is the last. */
bool room_is_taken(const struct room_seat *seat)
{
	return seat->prev != NULL;
}

static void on_timer(void *arg)
{
	struct room *r = arg;

	room_go_on(r);
	if (r->first != NULL)
		loop_timer_start(r->loop, &r->timer, ASK_MS, on_timer, r);
}

static void seat_taken(struct room *r)
{
	r->count++;
	if (!loop_timer_is_running(&r->timer))
		loop_timer_start(r->loop, &r->timer, ASK_MS, on_timer, r);
}

void room_wait(struct room *r, struct room_seat *seat)
{
	if (room_is_taken(seat))
		return;
	DL_APPEND(r->first, seat);
	seat_taken(r);
}

void room_leave(struct room *r, struct room_seat *seat)
{
	if (!room_is_taken(seat))
		return;
	DL_DELETE(r->first, seat);
	seat->prev = NULL;
	r->count--;
}

void room_go_on(struct room *r)
{
	struct room_seat *seat;

	while ((seat = r->first) != NULL) {
		room_leave(r, seat);
		if (r->fn(seat))
			continue;
		if (!room_is_taken(seat)) {
			DL_PREPEND(r->first, seat);
			seat_taken(r);
		}
		return;
	}
}
