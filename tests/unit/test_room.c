#include "sip/room.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

enum { SEATS = 5 };

static struct {
	struct room_seat seats[SEATS];
	struct room room;
	int left; /* how many more find room */
	int order[SEATS];
	int count, asked;
	bool sits_again;
} b;

static bool on_turn(struct room_seat *seat)
{
	b.asked++;
	if (b.sits_again)
		room_wait(&b.room, seat);
	if (b.left == 0)
		return false;
	b.left--;
	b.order[b.count++] = (int)(seat - b.seats);
	return true;
}

static void test_room(void **state)
{
	const char *why;
	struct loop *l = loop_create(&why);

	(void)state;
	room_init(&b.room, l, on_turn);
	room_go_on(&b.room); /* nobody there */
	for (int i = 0; i < SEATS; i++) {
		room_wait(&b.room, &b.seats[i]);
		room_wait(&b.room, &b.seats[i]);
	}
	assert_int_equal(b.room.count, SEATS);
	assert_int_equal(b.asked, 0);
	room_go_on(&b.room); /* no room: only the first asks */
	assert_int_equal(b.asked, 1);
	assert_int_equal(b.room.count, SEATS);
	room_leave(&b.room, &b.seats[1]);
	room_leave(&b.room, &b.seats[1]);
	b.left = 2;
	room_go_on(&b.room);
	assert_int_equal(b.count, 2);
	assert_int_equal(b.order[0], 0);
	assert_int_equal(b.order[1], 2);
	assert_int_equal(b.room.count, 2);
	b.sits_again = true; /* and then there is none: once is enough */
	room_go_on(&b.room);
	assert_int_equal(b.room.count, 2);
	b.sits_again = false;
	b.left = SEATS;
	for (int i = 0; i < 100 && b.count < 4; i++)
		loop_turn(l, 10); /* somebody else's has ended: the timer */
	assert_int_equal(b.count, 4);
	assert_int_equal(b.room.count, 0);
	assert_null(b.room.first);
	for (int i = 0; i < 50; i++)
		loop_turn(l, 10);
	assert_false(loop_timer_is_running(&b.room.timer));
	room_fini(&b.room);
	loop_destroy(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
