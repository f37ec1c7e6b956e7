#include "tests/unit/uplink_fixture.h"
#include "xmpp/barrier.h"
#include "xmpp/window.h"

/* A component, its barrier, and tickets that note their fate in order. */
struct book {
	struct fixture *f;
	struct barrier *b;
	struct strbuf told; /* "a+ b- ...": which ticket, and taken or not */
	bool is_inside;	    /* a call of barrier_wait */
	unsigned pings;	    /* seen by the server */
	unsigned ours;	    /* stanzas that were the barrier's */
	char old_id[64];
};

struct waiter {
	struct book *book;
	struct barrier_ticket ticket;
	char name;
	struct waiter *then; /* waits when this one is told */
	struct waiter *cancels;
};

static void wait_for(struct waiter *w);

static void on_told(void *arg, bool is_taken)
{
	struct waiter *w = arg;

	assert_false(w->book->is_inside);
	strbuf_addc(&w->book->told, w->name);
	strbuf_addc(&w->book->told, is_taken ? '+' : '-');
	if (w->then != NULL)
		wait_for(w->then);
	if (w->cancels != NULL)
		barrier_cancel(&w->cancels->ticket);
}

static void wait_for(struct waiter *w)
{
	w->book->is_inside = true;
	barrier_wait(w->book->b, &w->ticket, on_told, w);
	w->book->is_inside = false;
}

static void assert_told(struct book *book, const char *expected)
{
	char got[100] = "";

	memcpy(got, book->told.p != NULL ? book->told.p : "", book->told.n);
	assert_string_equal(got, expected);
	strbuf_reset(&book->told);
}

static void offer(struct fixture *f, const struct xml *el)
{
	struct book *book = f->more;
	struct arena a;
	struct stanza s;
	struct fault why;
	bool is_reply_wanted;

	arena_init(&a, 4096);
	assert_true(stanza_read(&a, el, &s, &why, &is_reply_wanted));
	book->ours += barrier_offer(book->b, &s);
	arena_fini(&a);
}

static void lose(struct fixture *f)
{
	struct book *book = f->more;

	barrier_lost(book->b);
}

static struct book *book_open(void)
{
	struct book *book = calloc(1, sizeof(*book));

	book->f = fixture_create();
	book->f->more = book;
	book->f->on_stanza = offer;
	book->f->on_down = lose;
	fixture_start(book->f);
	fixture_up(book->f);
	book->b = barrier_create(book->f->loop, book->f->link,
				 book->f->options.domain,
				 book->f->options.server);
	strbuf_init(&book->told, 99);
	return book;
}

static void book_close(struct book *book)
{
	barrier_destroy(&book->b);
	fixture_destroy(book->f);
	strbuf_fini(&book->told);
	free(book);
}

#define WAITER(book, letter)                                                   \
	{                                                                      \
		.book = (book), .name = (letter)                               \
	}

/* The server answers the ping that it has got. */
static void answer(struct book *book, const char *type)
{
	char text[200];

	server_expect(book->f->server, "<ping ");
	snprintf(book->old_id, sizeof(book->old_id), "%s",
		 server_id(book->f->server));
	snprintf(text, sizeof(text),
		 "<iq type='%s' from='example.com' to='sip.example.com' "
		 "id='%s'/>",
		 type, book->old_id);
	server_forget(book->f->server);
	server_send(book->f->server, text);
	server_idle(book->f->server, 20);
}

/* What the server has got, without further turns of ours in which something
 * happens. */
static unsigned pings(struct book *book)
{
	const char *p = book->f->server->got;
	unsigned n = 0;

	fixture_turn(book->f);
	server_idle(book->f->server, 10);
	server_take(book->f->server);
	while ((p = strstr(p, "<ping ")) != NULL)
		n++, p++;
	return n;
}

static void test_one_ping_serves_all(void **state)
{
	struct book *book = book_open();
	struct waiter a = WAITER(book, 'a'), b = WAITER(book, 'b'),
		      c = WAITER(book, 'c'), d = WAITER(book, 'd');

	(void)state;
	fixture_write(book->f, "<message id='1'/>");
	wait_for(&a);
	fixture_write(book->f, "<message id='2'/>");
	wait_for(&b);
	wait_for(&c);
	assert_int_equal(pings(book), 1);
	/* behind the stanzas, in the same write */
	assert_true(str_starts(str_z(book->f->server->got),
			       "<message id='1'/><message id='2'/><iq "));
	wait_for(&d);
	assert_int_equal(pings(book), 1); /* one in flight */
	assert_told(book, "");
	answer(book, "result");
	assert_told(book, "a+b+c+");
	assert_int_equal(pings(book), 1);
	answer(book, "error"); /* proves the same */
	assert_told(book, "d+");
	assert_int_equal(pings(book), 0);
	book_close(book);
}

static void test_other_answers(void **state)
{
	struct book *book = book_open();
	struct waiter a = WAITER(book, 'a');
	char text[400];

	(void)state;
	wait_for(&a);
	assert_int_equal(pings(book), 1);
	server_send(book->f->server, "<iq type='result' from='example.com' "
				     "to='sip.example.com' id='x'/>");
	snprintf(text, sizeof(text),
		 "<iq type='get' from='example.com' to='sip.example.com' "
		 "id='%s'><ping xmlns='urn:xmpp:ping'/></iq>"
		 "<message from='example.com' to='sip.example.com' id='%s'/>",
		 server_id(book->f->server), server_id(book->f->server));
	server_send(book->f->server, text);
	fixture_wait(book->f, &book->f->stanzas, 3);
	assert_told(book, "");
	assert_int_equal(book->ours, 0);
	answer(book, "result");
	assert_told(book, "a+");
	assert_int_equal(book->ours, 1);
	book_close(book);
}

static void test_lost(void **state)
{
	struct book *book = book_open();
	struct waiter a = WAITER(book, 'a'), b = WAITER(book, 'b'),
		      c = WAITER(book, 'c');
	char text[200];

	(void)state;
	wait_for(&a);
	assert_int_equal(pings(book), 1);
	snprintf(text, sizeof(text),
		 "<iq type='result' from='example.com' to='sip.example.com' "
		 "id='%s'/>",
		 server_id(book->f->server));
	wait_for(&b);
	server_cut(book->f->server);
	fixture_wait(book->f, &book->f->downs, 1);
	assert_told(book, "a-b-");
	/* Down on arrival. */
	wait_for(&c);
	fixture_turn(book->f);
	assert_told(book, "c-");
	/* An answer from the old stream proves nothing about the new one. */
	fixture_up(book->f);
	wait_for(&a);
	assert_int_equal(pings(book), 1);
	server_send(book->f->server, text);
	fixture_wait(book->f, &book->f->stanzas, 1);
	assert_told(book, "");
	answer(book, "result");
	assert_told(book, "a+");
	book_close(book);
}

static void test_cancel_and_wait_again(void **state)
{
	struct book *book = book_open();
	struct waiter a = WAITER(book, 'a'), b = WAITER(book, 'b'),
		      c = WAITER(book, 'c'), d = WAITER(book, 'd'),
		      e = WAITER(book, 'e');

	(void)state;
	a.cancels = &c;
	b.then = &e;
	wait_for(&a);
	wait_for(&b);
	wait_for(&c);
	wait_for(&d);
	assert_int_equal(pings(book), 1);
	barrier_cancel(&d.ticket);
	barrier_cancel(&d.ticket);
	answer(book, "result");
	assert_told(book, "a+b+");
	assert_int_equal(pings(book), 1);
	answer(book, "result");
	assert_told(book, "e+");

	/* Nobody left to wait: the ping's answer is still the barrier's, and
	 * what is on its way is asked for all the same. */
	wait_for(&a);
	barrier_cancel(&a.ticket);
	assert_int_equal(pings(book), 1);
	answer(book, "result");
	wait_for(&a);
	assert_int_equal(pings(book), 1);
	barrier_cancel(&a.ticket);
	answer(book, "result");
	assert_told(book, "");
	assert_int_equal(pings(book), 0);

	/* Tickets do not outlive their barrier. */
	wait_for(&a);
	wait_for(&b);
	barrier_destroy(&book->b);
	assert_null(a.ticket.owner);
	barrier_cancel(&b.ticket);
	assert_told(book, "");
	book_close(book);
}

/* A server that loses one ping: it is asked again, and what came behind the
 * first is not taken for read by the answer to it. */
static void test_lost_ping(void **state)
{
	struct book *book = book_open();
	struct waiter a = WAITER(book, 'a'), b = WAITER(book, 'b');
	char id[64];
	uint64_t since;

	(void)state;
	wait_for(&a);
	assert_int_equal(pings(book), 1);
	snprintf(id, sizeof(id), "%s", server_id(book->f->server));
	since = loop_now_ms(book->f->loop);
	server_forget(book->f->server);
	wait_for(&b);
	while (pings(book) == 0 && loop_now_ms(book->f->loop) - since < 10000)
		continue;
	assert_in_range(loop_now_ms(book->f->loop) - since, 900, 9000);
	assert_string_equal(server_id(book->f->server), id);
	assert_told(book, "");
	answer(book, "result");
	assert_told(book, "a+");
	answer(book, "result");
	assert_told(book, "b+");
	book_close(book);
}

/* While the queue is full the ping waits for room, not for ever. */
static void test_full_queue(void **state)
{
	struct book *book = book_open();
	struct waiter a = WAITER(book, 'a');
	char stanza[60000];
	unsigned written = 0;

	(void)state;
	memset(stanza, 'x', sizeof(stanza));
	memcpy(stanza, "<message>", 9);
	memcpy(stanza + sizeof(stanza) - 11, "</message>", 11);
	while (fixture_write(book->f, stanza)) {
		written++;
		fixture_turn(book->f);
	}
	wait_for(&a);
	for (int i = 0; i < 5; i++)
		fixture_turn(book->f);
	assert_told(book, "");
	for (unsigned i = 0; i < written; i++)
		server_expect_exactly(book->f->server, stanza);
	answer(book, "result");
	assert_told(book, "a+");
	book_close(book);
}

/* So many may be on their way and no more; who is cancelled still is. What is
 * lost is not, nor what is taken. */
static void test_room(void **state)
{
	struct book *book = book_open();
	struct waiter a[WINDOW_MIN];

	(void)state;
	for (size_t i = 0; i < WINDOW_MIN; i++) {
		assert_true(barrier_has_room(book->b));
		a[i] = (struct waiter)WAITER(book, '.');
		wait_for(&a[i]);
		if (i == WINDOW_MIN / 2)
			assert_int_equal(pings(book), 1);
	}
	assert_false(barrier_has_room(book->b));
	for (size_t i = 0; i < WINDOW_MIN; i++)
		barrier_cancel(&a[i].ticket);
	assert_false(barrier_has_room(book->b));
	answer(book, "result");
	assert_true(barrier_has_room(book->b));
	assert_int_equal(pings(book), 1);
	answer(book, "result");
	assert_told(book, "");
	assert_in_range(barrier_window(book->b), WINDOW_MIN, 2 * WINDOW_MIN);
	for (size_t i = 0; i < WINDOW_MIN; i++) {
		assert_true(barrier_has_room(book->b));
		wait_for(&a[i]);
	}
	server_cut(book->f->server);
	fixture_wait(book->f, &book->f->downs, 1);
	assert_int_equal(barrier_window(book->b), WINDOW_MIN);
	assert_true(barrier_has_room(book->b));
	for (size_t i = 0; i < WINDOW_MIN; i++)
		wait_for(&a[i]);
	assert_false(barrier_has_room(book->b));
	book_close(book);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_ping_serves_all),
		cmocka_unit_test(test_other_answers),
		cmocka_unit_test(test_lost),
		cmocka_unit_test(test_cancel_and_wait_again),
		cmocka_unit_test(test_lost_ping),
		cmocka_unit_test(test_full_queue),
		cmocka_unit_test(test_room),
	};

	log_setup(stderr, LOG_LEVEL_ERROR, false);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
