#include "gateway/messages/arrival.h"
#include "gateway/messages/to_sip.h"
#include "gateway/outbox/outbox_inner.h"
#include "journal.h"
#include "stream_bench.h"

/* Messages to SIP that wait: each ends once, with a 2xx or with an error to its
 * sender, whatever the store, the link and the SIP side do; and those of one
 * conversation go in order. What is tried again is said as "try A cseq". */
static const char JULIET[] = "juliet@xmpp.test", ROMEO[] = "romeo@sip.test";
static const char TOKEN[] = "cccccccccccccccccccccccctttttttttttt";

static struct outbox_item *last; /* of the last try */
static int ends_at_once;	 /* with that status; 0: when the test says */

void to_sip_again(struct link *k, const struct stanza *s, struct arena *a,
		  const struct to_sip_try *t)
{
	(void)k;
	(void)a;
	assert_memory_equal(t->token, TOKEN, LETTER_TOKEN_BYTES);
	assert_in_range(t->since_s, loop_wall_ms() / 1000 - 100,
			loop_wall_ms() / 1000);
	last = t->item;
	line("try %.*s %u", STR_ARG(s->u.message.body->s), t->cseq);
	if (ends_at_once != 0) {
		struct outbox_verdict v = { .fate = ends_at_once < 300
							    ? FATE_TAKEN
							    : FATE_REFUSED,
					    .is_answered = true };

		fault_set(&v.why, ends_at_once, COND_FORBIDDEN, NULL);
		outbox_end(last, &v);
	}
}

bool arrival_restore(struct link *k, struct arena *a, struct str key,
		     const struct letter *l)
{
	(void)k;
	(void)a;
	(void)key;
	line("arrival %.*s", STR_ARG(l->domain));
	return true;
}

void arrival_start(struct link *k)
{
	(void)k;
	line("start");
}

/* --- the bench */

static struct outbox *box;

static int set_up(void **state)
{
	(void)state;
	stream_bench_open();
	L.component.outbox = (struct config_outbox){ .to_sip = true,
						     .age_max_s = 7200,
						     .per_contact_max = 10,
						     .count_max = 20,
						     .bytes_max = 100000,
						     .retry_min_s = 10,
						     .retry_max_s = 60 };
	L.bridge.store = JOURNAL;
	box = L.link.outbox = outbox_create(&L.link);
	ends_at_once = 0;
	return 0;
}

static void box_end(void)
{
	L.bridge.store = NULL;
	commit_all(false);
	outbox_destroy(&L.link.outbox);
	assert_null(S.tickets);
}

static int tear_down(void **state)
{
	(void)state;
	box_end();
	journal_fini();
	stream_bench_close();
	return 0;
}

static struct stanza message(const char *from, const char *to, const char *body)
{
	char text[512];

	snprintf(text, sizeof(text),
		 "<message xmlns='jabber:component:accept' from='%s/d' to='%s' "
		 "id='%s' type='chat'><body>%s</body></message>",
		 from, to, body, body);
	return stanza_of(text);
}

/* As to_sip.c does: "send A" when it is its turn at once. */
static struct outbox_item *leave_from(const char *from, const char *to,
				      const char *body)
{
	struct stanza s = message(from, to, body);
	struct outbox_item *it;
	struct fault why;

	it = outbox_take(box, &s, loop_arena(L.loop), TOKEN, &why);
	if (it == NULL)
		line("no %s %d", body, why.status);
	else if (outbox_begin(it))
		line("send %s", body);
	return it;
}

static struct outbox_item *leave_to(const char *to, const char *body)
{
	return leave_from(JULIET, to, body);
}

static struct outbox_item *leave(const char *body)
{
	return leave_to(ROMEO, body);
}

static void end(struct outbox_item *it, enum fate fate, int status)
{
	struct outbox_verdict v = { .fate = fate,
				    .is_answered = status != 408 };

	fault_set(&v.why, status, COND_RECIPIENT_UNAVAILABLE, "not now");
	outbox_end(it, &v);
}

/* It is time for the next try of the one conversation that there is. */
static void due(void)
{
	struct conversation *c = box->conversations;

	assert_non_null(c);
	assert_true(c->is_waiting);
	conversation_wait(c, outbox_now_ms(box));
	conversation_sleep(c);
	bench_turns(20);
}

/* Errors that were written, as the ids of their messages. */
#define assert_errors(expected) assert_string_equal(errors(), expected)
static const char *errors(void)
{
	static char out[64];
	const char *at = written();
	size_t n = 0;

	for (; (at = strstr(at, "<message ")) != NULL; at++) {
		const char *id = strstr(at, " id='");

		assert_non_null(strstr(at, "to='juliet@xmpp.test/d'"));
		assert_non_null(strstr(at, "type='error'"));
		out[n++] = id[5];
	}
	out[n] = '\0';
	return out;
}

static size_t rows(void)
{
	return journal_count(STORE_OUTBOX);
}

/* All that is left to do is done: nothing is kept, nobody waits. */
static void assert_empty(void)
{
	struct outbox_counters n;

	taken_all();
	commit_all(true);
	assert_int_equal(rows(), 0);
	assert_null(box->conversations);
	assert_null(box->contacts);
	assert_null(box->ending);
	outbox_count(box, &n);
	assert_int_equal(n.waiting, 0);
	assert_int_equal(n.bytes, 0);
}

/* --- the way of one */

static void test_wants(void **state)
{
	static const struct {
		const char *attributes, *children;
		bool wants;
	} cases[] = {
		{ "type='chat'", "<body>x</body>", true },
		{ "", "<body>x</body>", true },
		{ "type='headline'", "<body>x</body>", false },
		{ "", "<subject>x</subject>", true },
		{ "", "<thread>x</thread>", false },
		{ "", "<body>x</body><no-store xmlns='urn:xmpp:hints'/>",
		  false },
		{ "", "<body>x</body><no-store xmlns='urn:other'/>", true },
		{ "", "<body>x</body><no-copy xmlns='urn:xmpp:hints'/>", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[512];
		struct stanza s;

		snprintf(text, sizeof(text),
			 "<message xmlns='jabber:component:accept' from='a@b.c'"
			 " to='d@e.f' %s>%s</message>",
			 cases[i].attributes, cases[i].children);
		s = stanza_of(text);
		if (outbox_wants(&L.link, &s) != cases[i].wants)
			fail_msg("%s", text);
		L.component.outbox.to_sip = false;
		assert_false(outbox_wants(&L.link, &s));
		L.component.outbox.to_sip = true;
	}
}

/* The store writes while the message is on its way; it is gone at the end. */
static void test_taken(void **state)
{
	struct outbox_item *a = leave("A");

	(void)state;
	assert_said("send A");
	assert_true(outbox_is_busy(box));
	assert_false(outbox_is_safe(a));
	commit(true);
	assert_int_equal(rows(), 1);
	assert_false(outbox_is_busy(box));
	assert_true(outbox_is_safe(a));
	assert_false(outbox_is_uncertain(a));
	end(a, FATE_TAKEN, 200);
	commit(true);
	assert_int_equal(rows(), 0);
	a = leave("B");
	end(a, FATE_TAKEN, 200); /* before the store has said a word */
	assert_empty();
	assert_said("send B");
	assert_errors("");
	assert_int_equal(box->counters.taken, 2);
	assert_int_equal(box->counters.delivered, 0); /* of those that waited */
}

/* He is away: it is tried again, as another request where the last one was
 * answered, and as the same one where it was not. */
static void test_away(void **state)
{
	struct outbox_item *a = leave("A");

	(void)state;
	commit(true);
	end(a, FATE_AWAY, 480);
	assert_int_equal(J.op_count, 1); /* its next CSeq */
	commit(true);
	assert_false(outbox_is_uncertain(a));
	due();
	assert_false(outbox_is_uncertain(a)); /* it was answered */
	assert_said("send A; try A 2");
	end(a, FATE_AWAY, 408);
	assert_int_equal(J.op_count, 0);
	due();
	assert_true(outbox_is_uncertain(a));
	assert_said("try A 2");
	assert_true(outbox_is_safe(a));
	end(a, FATE_TAKEN, 200);
	assert_empty();
	assert_errors("");
	assert_int_equal(box->counters.retries, 2);
	assert_int_equal(box->counters.delivered, 1);
}

/* Twice as long each time up to a limit, or as the far side asks; and less or
 * more of it by a fifth. */
static void test_back_off(void **state)
{
	static const struct {
		unsigned retry_after_s, expected_s;
	} cases[] = { { 0, 10 }, { 0, 20 },  { 0, 40 },	     { 0, 60 },
		      { 0, 60 }, { 90, 90 }, { 9999, 3600 }, { 5, 60 } };
	struct outbox_item *a = leave("A");

	(void)state;
	commit(true);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct outbox_verdict v = { .fate = FATE_AWAY };
		uint64_t ms;

		fault_set(&v.why, 408, COND_RECIPIENT_UNAVAILABLE, NULL);
		v.retry_after_s = cases[i].retry_after_s;
		outbox_end(a, &v);
		ms = box->conversations->next_ms - outbox_now_ms(box);
		assert_in_range(ms, cases[i].expected_s * 790,
				cases[i].expected_s * 1210);
		due();
	}
	end(a, FATE_TAKEN, 200);
	assert_int_equal(box->counters.retries, 8);
	strbuf_reset(&SAID);
	assert_empty();
}

/* By itself, when its time has come; and soon again, once one was taken. */
static void test_tried_again(void **state)
{
	struct outbox_item *a = leave("A");

	(void)state;
	leave("B");
	commit_all(true);
	end(a, FATE_AWAY, 408);
	bench_turns(7900);
	assert_said("send A");
	bench_turns(4200);
	assert_said("try A 1");
	end(a, FATE_AWAY, 408);
	bench_turns(15900);
	assert_said("");
	bench_turns(8200);
	assert_said("try A 1");
	end(a, FATE_TAKEN, 200);
	assert_said("try B 1");
	end(last, FATE_AWAY, 408);
	bench_turns(12100); /* as after the first failure */
	assert_said("try B 1");
	end(last, FATE_TAKEN, 200);
	assert_empty();
}

/* Tries that end before they have begun: each once, and in order. */
static void test_at_once(void **state)
{
	struct outbox_item *a = leave("A");

	(void)state;
	leave("B");
	leave("C");
	leave("D");
	commit_all(true);
	ends_at_once = 403;
	end(a, FATE_TAKEN, 200);
	assert_said("send A; try B 1; try C 1; try D 1");
	assert_null(box->conversations);
	commit_all(true);
	assert_errors("BCD");
	assert_empty();
	ends_at_once = 200;
	a = leave("E");
	leave("F");
	end(a, FATE_TAKEN, 200);
	assert_said("send E; try F 1");
	assert_errors("");
	assert_empty();
}

static void test_order(void **state)
{
	(void)state;
	leave("A");
	leave("B");
	leave("C");
	leave_to("nurse@sip.test", "D"); /* another conversation */
	assert_said("send A; send D");
	last = NULL;
	end(box->contacts->conversations->items, FATE_TAKEN, 200);
	assert_said("try B 1");
	end(last, FATE_AWAY, 480); /* the store does not have it yet: */
	commit_all(true);	   /* it does now */
	assert_said("");
	for (struct conversation *c = box->conversations; c != NULL;
	     c = c->hh.next)
		if (c->is_waiting)
			conversation_wait(c, 0), conversation_sleep(c);
	bench_turns(20);
	assert_said("try B 2");
	end(last, FATE_REFUSED, 403);
	assert_said("try C 1");
	end(last, FATE_TAKEN, 200);
	end(box->conversations->items, FATE_TAKEN, 200);
	commit_all(true);
	assert_errors("B");
	assert_empty();
	assert_int_equal(box->counters.refused, 1);
}

/* --- its end is told */

/* First the row says so, then the error goes out, then the row goes. */
static void test_refused(void **state)
{
	struct outbox_item *a = leave("A");

	(void)state;
	commit(true);
	end(a, FATE_REFUSED, 403);
	assert_errors("");
	assert_int_equal(rows(), 1);
	commit(true);
	assert_errors("A");
	assert_int_equal(L.bridge.counters.to_sip_refused, 1);
	assert_int_equal(
		L.bridge.counters.to_sip_conditions[COND_RECIPIENT_UNAVAILABLE],
		1);
	assert_int_equal(J.op_count, 0);
	taken(true);
	assert_int_equal(rows(), 1);
	commit(true);
	assert_empty();
}

/* The server was away, or went before it had taken the error. */
static void test_told_later(void **state)
{
	struct outbox_item *a = leave("A");

	(void)state;
	commit(true);
	L.is_up = false;
	end(a, FATE_REFUSED, 403);
	commit(true);
	assert_errors("");
	outbox_link_up(box); /* not quite */
	assert_errors("");
	L.is_up = true;
	L.link.owed = (struct owed *)&S; /* may not be overtaken */
	outbox_link_up(box);
	assert_errors("");
	L.link.owed = NULL;
	outbox_link_up(box);
	assert_errors("A");
	link_lost();
	assert_int_equal(rows(), 1);
	L.is_up = true;
	outbox_link_up(box);
	assert_errors("A");
	outbox_link_up(box); /* once a link */
	assert_errors("");
	assert_empty();
}

/* No word of the link: it is looked at now and then. */
static void test_told_by_itself(void **state)
{
	struct outbox_item *a = leave("A");

	(void)state;
	commit(true);
	S.is_choked = true;
	end(a, FATE_REFUSED, 403);
	commit(true);
	S.is_choked = false;
	bench_turns(1100);
	assert_errors("A");
	assert_empty();
}

static void test_error_too_long(void **state)
{
	struct outbox_item *a = leave("A");

	(void)state;
	S.stanza_max_bytes = 10;
	commit(true);
	end(a, FATE_REFUSED, 403);
	commit_all(true);
	assert_errors("");
	assert_empty();
}

/* --- the store fails */

/* It is as if there were no outbox: who is away gets an error now. */
static void test_not_kept(void **state)
{
	struct outbox_item *a = leave("A");

	(void)state;
	commit(false);
	assert_false(outbox_is_safe(a));
	assert_errors("");
	end(a, FATE_AWAY, 480);
	assert_errors("A");
	taken(true);
	assert_int_equal(J.op_count, 1); /* the row that may be there goes */
	assert_empty();
	a = leave("B");
	end(a, FATE_AWAY, 480); /* the store is still at it */
	commit(false);
	assert_errors("");
	commit_all(false);
	assert_errors("B");
	assert_empty();
	strbuf_reset(&SAID);
}

static void test_not_taken(void **state)
{
	struct outbox_item *a;

	(void)state;
	J.is_refusing = true;
	a = leave("A");
	leave("B");
	assert_said("send A");
	end(a, FATE_TAKEN, 200);
	assert_said("try B 1");
	end(last, FATE_AWAY, 480);
	assert_errors("B");
	assert_null(box->conversations);
	/* While it waits with another in the store, there is no waiting. */
	J.is_refusing = false;
	a = leave("C");
	commit(true);
	J.is_refusing = true;
	leave("F");
	assert_errors("");
	end(a, FATE_AWAY, 408);
	assert_errors("F");
	leave("D");
	assert_errors("D");
	J.is_refusing = false;
	leave("E");
	commit(false);
	assert_errors("E");
	assert_said("send C");
	due();
	end(a, FATE_TAKEN, 200);
	assert_said("try C 1");
	assert_empty();
}

/* The end must get into the store: it would be sent again after a start. */
static void test_not_removed(void **state)
{
	struct outbox_item *a = leave("A");

	(void)state;
	commit(true);
	J.is_refusing = true;
	end(a, FATE_TAKEN, 200);
	J.is_refusing = false;
	assert_int_equal(J.op_count, 0);
	bench_turns(1100);
	commit(false);
	assert_int_equal(rows(), 1);
	bench_turns(1100);
	assert_empty();
	strbuf_reset(&SAID);
}

/* The store takes no removal, and still writes what it was given first. */
static void test_removed_behind(void **state)
{
	struct outbox_item *a = leave("A");

	(void)state;
	J.is_refusing = true;
	end(a, FATE_TAKEN, 200);
	bench_turns(1100);
	commit(true);
	assert_int_equal(rows(), 1);
	J.is_refusing = false;
	bench_turns(1100);
	assert_int_equal(J.op_count, 1);
	assert_said("send A");
	assert_empty();
}

/* It was written when its message had gone already, and is there. */
static void test_written_late(void **state)
{
	struct outbox_item *a = leave("A");

	(void)state;
	end(a, FATE_TAKEN, 200);
	commit(true);
	commit(false);
	assert_int_equal(rows(), 1);
	bench_turns(1100);
	assert_empty();
	assert_said("send A");
}

/* Two records are under way when it ends: the second one says so. */
static void test_ends_behind(void **state)
{
	struct outbox_item *a = leave("A");

	(void)state;
	commit(true);
	end(a, FATE_AWAY, 480);
	assert_int_equal(outbox_flush(box, STR_NONE), 1);
	commit(true);
	assert_errors("");
	commit(true);
	assert_errors("A");
	assert_empty();
	strbuf_reset(&SAID);
}

/* Refused, and the store cannot write that: the sender is told all the same. */
static void test_end_not_kept(void **state)
{
	struct outbox_item *a = leave("A");

	(void)state;
	commit(true);
	end(a, FATE_REFUSED, 403);
	commit(false);
	assert_errors("A");
	assert_empty();
	a = leave("B");
	commit(true);
	J.is_refusing = true;
	end(a, FATE_REFUSED, 403);
	J.is_refusing = false;
	assert_errors("B");
	assert_empty();
	strbuf_reset(&SAID);
}

/* --- limits */

static void test_limits(void **state)
{
	(void)state;
	L.component.outbox.per_contact_max = 2;
	L.component.outbox.count_max = 4;
	leave("A");
	leave("B");
	leave("C");
	assert_said("send A; no C 503");
	leave_to("nurse@sip.test", "D");
	leave_to("nurse@sip.test", "E");
	leave_to("friar@sip.test", "F");
	assert_said("send D; no F 503");
	L.component.outbox.count_max = 5;
	L.component.outbox.bytes_max = box->counters.bytes / 4 * 5 - 1;
	leave_to("prince@sip.test", "G");
	L.component.outbox.bytes_max += 100;
	leave_to("prince@sip.test", "H");
	assert_said("no G 503; send H");
	assert_int_equal(box->counters.full, 3);
	assert_int_equal(box->counters.taken, 5);
}

/* Who has been delivered makes room for the next, and for each as much. */
static void test_room_again(void **state)
{
	struct outbox_item *a = leave("A");

	(void)state;
	L.component.outbox.per_contact_max = 2;
	leave("B");
	assert_null(leave("C"));
	end(a, FATE_TAKEN, 200);
	assert_said("send A; no C 503; try B 1");
	leave("D");
	assert_null(leave("E"));
	assert_int_equal(box->contacts->count, 2);
	assert_int_equal(box->conversations->count, 2);
	assert_int_equal(box->conversations->bytes, box->counters.bytes);
	strbuf_reset(&SAID);
}

static void test_too_long(void **state)
{
	(void)state;
	L.cfg.stanza_max_bytes = 60;
	leave("A");
	assert_said("no A 413");
	assert_int_equal(box->counters.waiting, 0);
}

/* --- age */

static void test_too_old(void **state)
{
	struct outbox_item *a = leave("A"), *b;

	(void)state;
	b = leave("B");
	commit_all(true);
	end(a, FATE_AWAY, 408);
	a->due_ms = outbox_now_ms(box);
	b->due_ms = outbox_now_ms(box) + 150;
	conversation_sleep(box->conversations);
	bench_turns(100);
	commit_all(true);
	assert_written("not delivered within 2 hours: not now");
	conversation_sleep(box->conversations);
	bench_turns(150);
	commit_all(true);
	assert_written("not delivered within 2 hours<");
	assert_int_equal(box->counters.expired, 2);
	assert_said("send A"); /* B had no try */
	assert_empty();
}

/* --- he comes online */

static void test_online(void **state)
{
	struct jid romeo = { STR("romeo"), STR("sip.test"), STR("x") };
	struct jid nurse = { STR("nurse"), STR("sip.test"), STR("") };
	struct outbox_item *a;
	uint64_t ms;

	(void)state;
	outbox_online(box, &romeo); /* nobody waits */
	a = leave("A");
	commit(true);
	outbox_online(box, &romeo); /* while it is tried */
	end(a, FATE_AWAY, 408);
	ms = box->conversations->next_ms - outbox_now_ms(box);
	assert_in_range(ms, 1900, 2000);
	due();
	end(a, FATE_AWAY, 408);
	outbox_online(box, &nurse);
	ms = box->conversations->next_ms - outbox_now_ms(box);
	assert_in_range(ms, 15000, 25000);
	outbox_online(box, &romeo); /* not more often than each 2 s */
	ms = box->conversations->next_ms - outbox_now_ms(box);
	assert_in_range(ms, 1900, 2000);
	box->conversations->tried_ms = 0;
	outbox_online(box, &romeo);
	bench_turns(250);
	assert_said("send A; try A 1; try A 1");
	end(a, FATE_TAKEN, 200);
	assert_empty();
}

/* One message has reached him: the others who wait for him hear of it. */
static void test_he_is_there(void **state)
{
	struct outbox_item *a = leave("A");
	struct outbox_item *b = leave_from("nurse@xmpp.test", ROMEO, "B");
	struct conversation *c = b->conversation;

	(void)state;
	commit_all(true);
	end(a, FATE_AWAY, 408);
	end(b, FATE_AWAY, 408);
	c->tried_ms = 0;
	conversation_wait(a->conversation, 0);
	conversation_sleep(a->conversation);
	bench_turns(20);
	end(a, FATE_TAKEN, 200);
	bench_turns(250);
	assert_said("send A; send B; try A 1; try B 1");
	end(b, FATE_TAKEN, 200);
	assert_empty();
}

/* --- parts that are through */

static void test_through(void **state)
{
	struct outbox_item *a = leave("A");

	(void)state;
	commit(true);
	assert_int_equal(outbox_through(a), 0);
	outbox_put_through(a, 700);
	commit(true);
	end(a, FATE_AWAY, 408);
	assert_int_equal(outbox_through(a), 700);
	assert_non_null(strstr(J.rows[0].value.p, " 700"));
}

/* --- the next start */

static void restart(void)
{
	const char *why;

	box_end();
	L.bridge.store = JOURNAL;
	box = L.link.outbox = outbox_create(&L.link);
	L.cfg.wake_per_s = 1000;
	assert_true(outbox_load(&L.bridge, &why));
}

/* As after kill -9: what the store had said that it has is tried again, in its
 * order, as the same requests; who had to be told is told. */
static void test_restart(void **state)
{
	struct outbox_item *a = leave("A"), *b, *d;
	struct journal_row first;

	(void)state;
	b = leave("B");
	d = leave_to("nurse@sip.test", "D");
	commit_all(true);
	end(a, FATE_AWAY, 480);
	end(d, FATE_REFUSED, 403);
	commit(true);
	commit(true); /* the row says so; nobody has been told */
	leave("C");   /* this the store does not have yet */
	assert_errors("D");
	assert_false(outbox_is_uncertain(b));
	link_lost();
	journal_has(STORE_OUTBOX, "unknown", "9 of another version");
	first = J.rows[0];
	memmove(J.rows, J.rows + 1, 3 * sizeof(first));
	J.rows[3] = first; /* they come unordered */
	strbuf_reset(&SAID);
	restart();
	assert_said("start");
	assert_int_equal(J.unknown, 1);
	assert_false(outbox_is_busy(box));
	assert_int_equal(box->counters.waiting, 2);
	L.is_up = true;
	outbox_link_up(box);
	assert_errors("D");
	taken(true);
	commit(true);
	bench_turns(1200);
	assert_said("try A 2");
	assert_true(outbox_is_uncertain(last));
	end(last, FATE_TAKEN, 200);
	assert_said("try B 1");
	end(last, FATE_TAKEN, 200);
	commit_all(true);
	assert_int_equal(rows(), 1); /* the unknown one stays */
	journal_forget();
	assert_empty();
}

/* Its age is that of the message, whatever the clock has done since. */
static void test_old_at_restart(void **state)
{
	int64_t now_s = loop_wall_ms() / 1000;

	(void)state;
	L.component.outbox.age_max_s = 100;
	L.component.outbox.retry_min_s = 1000;
	L.component.outbox.retry_max_s = 1000;
	for (int i = 0; i < 3; i++) {
		struct outbox_item *it = leave(i == 0	? "A"
					       : i == 1 ? "B"
							: "C");

		it->since_s = now_s + (i == 0 ? -101 : i == 1 ? -50 : 1000000);
		held_put(it); /* with that */
		commit_all(true);
	}
	strbuf_reset(&SAID);
	restart();
	assert_int_equal(box->counters.waiting, 3);
	bench_turns(2000); /* A is too old at once, B is tried */
	assert_said("start; try B 1");
	commit_all(true);
	assert_errors("A");
	end(last, FATE_AWAY, 408);
	bench_turns(53000);
	commit_all(true);
	assert_errors("B");
	strbuf_reset(&SAID);
	bench_turns(60000); /* C was of now, not of times to come */
	commit_all(true);
	assert_errors("C");
	strbuf_reset(&SAID);
	assert_empty();
}

static const char STANZA[] =
	"<message xmlns='jabber:component:accept' from='juliet@xmpp.test/d' "
	"to='romeo@sip.test' id='A' type='chat'><body>A</body></message>";

/* A row of an earlier run; key_bytes of its key. */
static void row(unsigned n, size_t key_bytes, struct letter l)
{
	char key[OUTBOX_KEY_BYTES + 1] = "";
	struct strbuf b;

	outbox_key('s', n, key);
	key[key_bytes] = '\0';
	l.since_s = loop_wall_ms() / 1000;
	strbuf_init(&b, 10000);
	letter_write(&b, &l);
	strbuf_addc(&b, '\0');
	journal_has(STORE_OUTBOX, key, b.p);
	strbuf_fini(&b);
}

/* What is not whole is left where it is; what is goes on where it was. */
static void test_restart_rows(void **state)
{
	const struct letter good = { .kind = LETTER_TO_SIP,
				     .domain = STR("sip.test"),
				     .cseq = 3,
				     .token = str_z(TOKEN),
				     .stanza = str_z(STANZA),
				     .through_bytes = 700 };
	struct letter bad[4] = { good, good, good, good }, ended = good,
		      other = good;

	(void)state;
	row(1, OUTBOX_KEY_BYTES, good);
	ended.kind = LETTER_ENDED;
	fault_set(&ended.error, 403, COND_FORBIDDEN, "not you");
	row(2, OUTBOX_KEY_BYTES, ended);
	other.kind = LETTER_TO_XMPP;
	row(3, OUTBOX_KEY_BYTES, other);
	row(4, 5, good);
	bad[0].token = STR_LIT("short");
	bad[1].stanza = STR_LIT("<message");
	bad[2].stanza = STR_LIT("<presence xmlns='jabber:component:accept' "
				"from='a@xmpp.test' to='b@sip.test'/>");
	bad[3].domain = STR_LIT("elsewhere.test");
	for (unsigned i = 0; i < 4; i++)
		row(5 + i, OUTBOX_KEY_BYTES, bad[i]);
	restart();
	assert_said("arrival sip.test; start");
	assert_int_equal(J.unknown, 5);
	assert_int_equal(box->counters.waiting, 1);
	outbox_link_up(box);
	assert_written("<forbidden ");
	taken(true);
	bench_turns(1200);
	assert_said("try A 3");
	assert_int_equal(outbox_through(last), 700);
	end(last, FATE_TAKEN, 200);
	commit_all(true);
	assert_int_equal(rows(), 6); /* the arrival's, and the odd ones */
	J.unknown = 0;
	journal_forget();
	assert_empty();
}

static void test_restart_fails(void **state)
{
	const char *why = NULL;

	(void)state;
	J.is_unreadable = true;
	assert_false(outbox_load(&L.bridge, &why));
	assert_non_null(why);
}

static uint64_t key_next(char key[OUTBOX_KEY_BYTES])
{
	uint64_t n = outbox_number(box);

	outbox_key('s', n, key);
	return n;
}

static void test_keys(void **state)
{
	char one[OUTBOX_KEY_BYTES], two[OUTBOX_KEY_BYTES];
	uint64_t n = key_next(one), far;

	(void)state;
	for (int i = 0; i < 1000; i++) { /* many in one millisecond */
		assert_true(key_next(two) > n);
		assert_true(memcmp(one, two, 17) < 0);
		memcpy(one, two, sizeof(one));
	}
	/* The clock has been set back since. */
	memcpy(one, "sffff000000000000", 17);
	far = outbox_key_seen(box, (struct str){ one, sizeof(one) });
	assert_int_equal(key_next(two), far + 1);
	assert_true(memcmp(one, two, 17) < 0);
}

/* --- the drain */

static void test_give_up(void **state)
{
	struct outbox_item *a = leave("A"), *d;

	(void)state;
	commit(true); /* the store has A: it goes on at the next start */
	leave("B");
	leave("C");
	d = leave_to("nurse@sip.test", "D");
	assert_true(outbox_is_busy(box));
	outbox_give_up(box);
	assert_errors("BCD");
	assert_true(outbox_is_safe(a));
	assert_false(outbox_is_safe(d));
	outbox_give_up(box);
	assert_errors("");
	end(d, FATE_REFUSED, 403); /* it has been told */
	assert_errors("");
	commit_all(true);
	assert_int_equal(rows(), 1);
	assert_false(outbox_is_busy(box));
	end(a, FATE_TAKEN, 200);
	assert_empty();
	strbuf_reset(&SAID);
}

/* The store does not have it, and its sender has not been told: he is now. */
static void test_give_up_ending(void **state)
{
	struct outbox_item *a;

	(void)state;
	J.is_refusing = true;
	a = leave("A");
	L.is_up = false;
	end(a, FATE_REFUSED, 403);
	assert_errors("");
	assert_true(outbox_is_busy(box));
	outbox_give_up(box);
	assert_errors("A");
	assert_int_equal(L.bridge.counters.to_sip_refused, 1);
	assert_false(outbox_is_busy(box));
	L.is_up = true;
	outbox_link_up(box);
	assert_errors("");
	assert_said("send A");
	assert_empty();
}

/* Its try goes on, or will be for ever; but it is told, and no row is left that
 * would send it again after the next start. */
static void test_give_up_under_way(void **state)
{
	struct outbox_item *b;

	(void)state;
	leave("A");
	b = leave_to("nurse@sip.test", "B");
	end(b, FATE_AWAY, 408); /* waits, and the store is still at it */
	outbox_give_up(box);
	assert_errors("AB");
	commit_all(true);
	assert_int_equal(rows(), 0);
	assert_int_equal(HASH_COUNT(box->conversations), 1);
	assert_true(box->conversations->is_sending);
	bench_turns(30000);
	assert_said("send A; send B");
	assert_errors("");
}

/* The same for one whose end is being written. */
static void test_give_up_ends(void **state)
{
	struct outbox_item *a = leave("A");

	(void)state;
	end(a, FATE_REFUSED, 403); /* the store has said nothing yet */
	assert_errors("");
	outbox_give_up(box);
	assert_errors("A");
	commit_all(true);
	assert_errors("");
	assert_said("send A");
	assert_empty();
}

/* All ends before the server has taken the error. */
static void test_end_untaken(void **state)
{
	struct outbox_item *a = leave("A");

	(void)state;
	commit(true);
	end(a, FATE_REFUSED, 403);
	commit(true);
	assert_errors("A");
	assert_non_null(S.tickets);
	strbuf_reset(&SAID); /* box_end looks whether a ticket is left */
}

/* --- for the admin */

static void on_entry(void *arg, const struct outbox_entry *e)
{
	(void)arg;
	line("%.*s %.*s %zu tries %u next %d %s", STR_ARG(e->user),
	     STR_ARG(e->contact), e->count, e->tries, e->next_s > 0, e->why);
	assert_true(e->bytes >= 60 * e->count);
}

static void test_admin(void **state)
{
	struct outbox_item *a = leave("A"), *d;

	(void)state;
	leave("B");
	d = leave_to("nurse@sip.test", "D");
	commit_all(true);
	strbuf_reset(&SAID);
	end(a, FATE_AWAY, 408);
	outbox_list(box, STR_LIT("nurse@sip.test"), on_entry, NULL);
	assert_said("juliet@xmpp.test nurse@sip.test 1 tries 0 next 0 ");
	outbox_list(box, str_z(ROMEO), on_entry, NULL);
	assert_said("juliet@xmpp.test romeo@sip.test 2 tries 1 next 1 not now");
	outbox_list(box, STR_LIT("romeo@sip.tes"), on_entry, NULL);
	assert_said("");
	assert_int_equal(outbox_retry(box, str_z(JULIET)), 2);
	assert_int_equal(outbox_retry(box, STR_LIT("eve@xmpp.test")), 0);
	/* What is on its way goes on. */
	assert_int_equal(outbox_flush(box, STR_NONE), 2);
	commit_all(true);
	assert_errors("AB");
	assert_int_equal(box->counters.flushed, 2);
	end(d, FATE_TAKEN, 200);
	assert_empty();
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_wants),	   TEST(test_taken),
		TEST(test_away),	   TEST(test_back_off),
		TEST(test_order),	   TEST(test_refused),
		TEST(test_told_later),	   TEST(test_told_by_itself),
		TEST(test_error_too_long), TEST(test_not_kept),
		TEST(test_not_taken),	   TEST(test_not_removed),
		TEST(test_written_late),   TEST(test_ends_behind),
		TEST(test_end_not_kept),   TEST(test_limits),
		TEST(test_too_long),	   TEST(test_too_old),
		TEST(test_online),	   TEST(test_he_is_there),
		TEST(test_through),	   TEST(test_restart),
		TEST(test_restart_fails),  TEST(test_keys),
		TEST(test_give_up),	   TEST(test_admin),
		TEST(test_tried_again),	   TEST(test_at_once),
		TEST(test_room_again),	   TEST(test_removed_behind),
		TEST(test_old_at_restart), TEST(test_give_up_ending),
		TEST(test_end_untaken),	   TEST(test_give_up_under_way),
		TEST(test_give_up_ends),   TEST(test_restart_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
