#include "notice_bench.h"

/* --- SUBSCRIBE */

static void test_checks(void **state)
{
	static const struct {
		const char *more, *contact, *expected, *part;
	} cases[] = {
		{ "Expires: 600\r\n", NULL, "SIP/2.0 489 ",
		  "\r\nAllow-Events: presence\r\n" },
		{ "Event: dialog\r\n", NULL, "SIP/2.0 489 ",
		  "\r\nAllow-Events: presence\r\n" },
		{ "Event: PRESENCE\r\n", NULL, "SIP/2.0 489 ", "" },
		{ "Event: presence.winfo\r\n", NULL, "SIP/2.0 489 ", "" },
		{ "Event: presence\r\nAccept: application/xpidf+xml\r\n", NULL,
		  "SIP/2.0 406 ", "\r\nAccept: application/pidf+xml\r\n" },
		{ "Event: presence\r\nExpires: 1\r\n", NULL, "SIP/2.0 423 ",
		  "\r\nMin-Expires: 60\r\n" },
		{ "Event: presence\r\nExpires: 59\r\n", NULL, "SIP/2.0 423 ",
		  "\r\nMin-Expires: 60\r\n" },
		{ "Event: presence\r\n", "", "SIP/2.0 400 ", "" },
		{ "Event: presence\r\n", "Contact: <tel:+123>\r\n",
		  "SIP/2.0 400 ", "" },
	};
	struct bench *b = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct form f = plain;
		char id[16];

		(void)snprintf(id, sizeof(id), "check%zu", i);
		f.call_id = id;
		f.more = cases[i].more;
		f.contact = cases[i].contact;
		send_form(b, &f);
		expect(b, cases[i].expected);
		assert_has(b, cases[i].part);
	}
	expect_told_nothing(b);
	assert_int_equal(notifier_count(subject_of(b)->notifier), 0);
}

static void test_expiry(void **state)
{
	static const struct {
		const char *more;
		unsigned expires_s;
	} cases[] = {
		{ "Event: presence\r\n", 3600 },
		{ "Event: presence\r\nExpires: rubbish\r\n", 3600 },
		{ "Event: presence\r\nExpires: 60\r\n", 60 },
		{ "Event: presence\r\nExpires: 7200\r\n", 7200 },
		{ "Event: presence\r\nExpires: 7201\r\n", 7200 },
		{ "Event: presence\r\nExpires: 99999999999\r\n", 7200 },
		{ "Event: presence\r\nAccept: application/pidf+xml\r\n", 3600 },
		{ "Event: presence\r\nAccept: text/plain, Application/PIDF+xml"
		  ";q=0.5\r\n",
		  3600 },
		{ "Event: presence\r\nAccept: application/*\r\n", 3600 },
		{ "Event: presence\r\nAccept: */*\r\n", 3600 },
	};
	struct bench *b = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct form f = plain;
		char id[16], line[64];

		(void)snprintf(id, sizeof(id), "expiry%zu", i);
		f.call_id = id;
		f.more = cases[i].more;
		send_form(b, &f);
		(void)snprintf(line, sizeof(line), "subscribe %u",
			       cases[i].expires_s);
		expect_told(b, line);
		expect(b, "SIP/2.0 200 ");
		assert_string_equal(header(b, "Expires"), line + 10);
		expect(b, "NOTIFY ");
		(void)snprintf(line, sizeof(line), "pending;expires=%u",
			       cases[i].expires_s);
		assert_string_equal(header(b, "Subscription-State"), line);
		respond(b, 200, NULL, NULL);
	}
}

static void test_accept(void **state)
{
	struct bench *b = *state;
	char expected[128];
	struct form f = plain;

	f.more = "Event: presence;id=a7\r\nExpires: 600\r\n"
		 "Record-Route: <sip:127.0.0.1:9;lr>\r\n";
	subject_of(b)->is_mute = true;
	send_form(b, &f);
	expect(b, "SIP/2.0 200 ");
	note_ids(b);
	assert_string_equal(header(b, "Expires"), "600");
	assert_int_equal(strlen(subject_of(b)->tag), 16);
	(void)snprintf(expected, sizeof(expected), "<sip:juliet@127.0.0.1:%u>",
		       b->port);
	assert_string_equal(header(b, "Contact"), expected);
	assert_string_equal(header(b, "Record-Route"), "<sip:127.0.0.1:9;lr>");
	assert_string_equal(header(b, "Allow-Events"), "presence");
	assert_true(str_eqz(notice_event_id(subject_of(b)->notice), "a7"));
	assert_true(str_eqz(notice_dialog(subject_of(b)->notice).local_tag,
			    subject_of(b)->tag));
	assert_in_range(notice_expires_at_s(subject_of(b)->notice),
			loop_wall_ms() / 1000 + 595,
			loop_wall_ms() / 1000 + 601);
	assert_int_equal(notifier_count(subject_of(b)->notifier), 1);
}

static void test_notify(void **state)
{
	struct bench *b = *state;
	struct form f = plain;
	char expected[128];

	f.more = "Event: presence;id=a7\r\nExpires: 600\r\n";
	send_form(b, &f);
	expect(b, "SIP/2.0 200 "); /* first of all */
	note_ids(b);
	expect(b, "NOTIFY ");
	(void)snprintf(expected, sizeof(expected),
		       "NOTIFY sip:peer@127.0.0.1:%u SIP/2.0\r\n",
		       b->peer_port);
	assert_has(b, expected);
	/* From is the one who is watched, with his tag: the dialog's rule. */
	(void)snprintf(expected, sizeof(expected),
		       "<sip:juliet@example.com>;tag=%s", subject_of(b)->tag);
	assert_string_equal(header(b, "From"), expected);
	assert_string_equal(header(b, "To"),
			    "\"Romeo\" <sip:romeo@example.net>;tag=theirs");
	assert_string_equal(header(b, "Call-ID"), "sub1");
	assert_string_equal(header(b, "Event"), "presence;id=a7");
	assert_string_equal(header(b, "Subscription-State"),
			    "pending;expires=600");
	assert_string_equal(header(b, "CSeq"), "1 NOTIFY");
	(void)snprintf(expected, sizeof(expected), "<sip:juliet@127.0.0.1:%u>",
		       b->port);
	assert_string_equal(header(b, "Contact"), expected);
	assert_string_equal(header(b, "Content-Length"), "0");
	assert_false(has(b, "Content-Type"));
	respond(b, 200, NULL, NULL);
	turns(b, 2);
	say(subject_of(b)->notice, NOTICE_ACTIVE, "doc");
	expect(b, "NOTIFY ");
	assert_string_equal(body_of(b), "doc");
	assert_string_equal(header(b, "CSeq"), "2 NOTIFY");
	assert_string_equal(header(b, "Content-Type"), "application/pidf+xml");
	assert_true(str_starts(str_z(header(b, "Subscription-State")),
			       "active;expires="));
}

/* The store takes its time: nothing is said before. */
static void test_late(void **state)
{
	struct bench *b = *state;
	struct subject *s = subject_of(b);

	s->is_lazy = true;
	send_form(b, &plain);
	expect_told(b, "subscribe 600");
	expect_nothing(b);
	accept_it(b, &s->dialog, STR_NONE, s->kept);
	expect(b, "SIP/2.0 200 ");
	note_ids(b);
	expect_notify(b, "pending;expires=600", "");
	respond(b, 200, NULL, NULL);
	again(b, 11, "Event: presence\r\nExpires: 600\r\n");
	expect(b, "SIP/2.0 200 ");
}

static void test_refresh(void **state)
{
	struct bench *b = *state;

	establish(b);
	for (int i = 0; i < 20; i++)
		turns(b, 4);
	assert_int_equal(notice_granted_s(subject_of(b)->notice), 600);
	again(b, 12, "Event: presence\r\nExpires: 300\r\n");
	expect(b, "SIP/2.0 200 ");
	assert_string_equal(header(b, "Expires"), "300");
	assert_has(b, "\r\nContact: <sip:juliet@");
	expect_told(b, "refresh 300");
	expect_notify(b, "active;expires=300", "again");
	assert_string_equal(header(b, "CSeq"), "2 NOTIFY");
	respond(b, 200, NULL, NULL);
	again(b, 11, "Event: presence\r\nExpires: 300\r\n");
	expect(b, "SIP/2.0 500 "); /* out of order */
	again(b, 13, "Event: presence\r\nExpires: 30\r\n");
	expect(b, "SIP/2.0 423 ");
	again(b, 14, "Event: presence;id=2\r\nExpires: 300\r\n");
	expect(b, "SIP/2.0 403 "); /* a second usage of the dialog */
	again(b, 15, "Event: dialog\r\n");
	expect(b, "SIP/2.0 489 ");
	(void)snprintf(subject_of(b)->tag, 8, "unknown");
	again(b, 16, "Event: presence\r\n");
	expect(b, "SIP/2.0 481 ");
	expect_told_nothing(b);
	assert_int_equal(notifier_count(subject_of(b)->notifier), 1);
}

static void test_wrong_remote_tag(void **state)
{
	struct bench *b = *state;
	struct form f = plain;
	char to[128];

	establish(b);
	(void)snprintf(to, sizeof(to), "<sip:juliet@example.com>;tag=%s",
		       subject_of(b)->tag);
	f.to = to;
	f.from = "<sip:romeo@example.net>;tag=foreign";
	f.cseq = 99;
	send_form(b, &f);
	expect(b, "SIP/2.0 481 ");
}

static void test_target_refresh(void **state)
{
	struct bench *b = *state;
	struct form f = plain;
	char to[128], contact[128];

	establish(b);
	(void)snprintf(to, sizeof(to), "<sip:juliet@example.com>;tag=%s",
		       subject_of(b)->tag);
	(void)snprintf(contact, sizeof(contact),
		       "Contact: <sip:moved@127.0.0.1:%u;x=y>\r\n",
		       b->peer_port);
	f.to = to;
	f.cseq = 11;
	f.contact = contact;
	send_form(b, &f);
	expect(b, "SIP/2.0 200 ");
	expect(b, "NOTIFY sip:moved@127.0.0.1:");
	assert_has(b, ";x=y SIP/2.0\r\n");
}

static void test_end(void **state)
{
	struct bench *b = *state;

	establish(b);
	again(b, 11, "Event: presence\r\nExpires: 0\r\n");
	expect(b, "SIP/2.0 200 ");
	assert_string_equal(header(b, "Expires"), "0");
	expect_told(b, "refresh 0");
	expect_notify(b, "terminated;reason=timeout", "closed");
	assert_int_equal(notifier_count(subject_of(b)->notifier), 0);
	respond(b, 200, NULL, NULL);
	again(b, 12, "Event: presence\r\nExpires: 600\r\n");
	expect(b, "SIP/2.0 481 ");
	expect_told_nothing(b);
}

static void test_poll(void **state)
{
	struct bench *b = *state;
	struct form f = plain;

	f.more = "Event: presence\r\nExpires: 0\r\n";
	subject_of(b)->is_mute = true;
	send_form(b, &f);
	expect(b, "SIP/2.0 200 ");
	assert_string_equal(header(b, "Expires"), "0");
	expect_told(b, "subscribe 0");
	expect_nothing(b);
	/* whatever the owner says, it is the last word */
	say(subject_of(b)->notice, NOTICE_ACTIVE, "doc");
	expect_notify(b, "terminated;reason=timeout", "doc");
	assert_int_equal(notifier_count(subject_of(b)->notifier), 0);
	respond(b, 200, NULL, NULL);
	expect_told_nothing(b);
}

/* --- over a restart */

static void test_restore(void **state)
{
	struct bench *b = *state;
	struct subject *s = subject_of(b);
	struct strbuf row;
	struct dialog d;
	int64_t until;

	establish(b);
	strbuf_init(&row, 10000);
	d = notice_dialog(s->notice);
	dialog_write(&row, &d);
	until = notice_expires_at_s(s->notice);
	notifier_destroy(&s->notifier); /* kill -9 */
	s->notifier = notifier_create(b->loop, b->agent, &events, b);
	assert_true(dialog_read(&s->arena, strbuf_str(&row), &d));
	s->notice =
		notifier_restore(s->notifier, &d, STR_LIT("i"), until, 100, b);
	assert_non_null(s->notice);
	assert_null(notifier_restore(s->notifier, &d, STR_NONE, until, 1, b));
	strbuf_fini(&row);
	assert_int_equal(notice_expires_at_s(s->notice), until);
	assert_in_range(notice_remaining_s(s->notice), 590, 600);
	say(s->notice, NOTICE_ACTIVE, "restored");
	expect(b, "NOTIFY sip:peer@127.0.0.1:");
	assert_string_equal(body_of(b), "restored");
	assert_int_equal(cseq(b), 102); /* above all that were sent */
	assert_string_equal(header(b, "Call-ID"), s->call_id);
	assert_string_equal(tag(b, "From"), s->tag);
	assert_string_equal(tag(b, "To"), "theirs");
	assert_string_equal(header(b, "Event"), "presence;id=i");
	respond(b, 200, NULL, NULL);
	again(b, 10, "Event: presence;id=i\r\nExpires: 600\r\n");
	expect(b, "SIP/2.0 500 "); /* the peer's number was kept too */
	again(b, 11, "Event: presence;id=i\r\nExpires: 600\r\n");
	expect(b, "SIP/2.0 200 ");
	expect_told(b, "refresh 600");
}

static void test_restore_expired(void **state)
{
	struct bench *b = *state;
	struct subject *s = subject_of(b);
	struct dialog d;
	char text[256];

	(void)snprintf(text, sizeof(text),
		       "d1\t4\t9\tc\tl\tr\t<sip:juliet@example.com>\t"
		       "<sip:romeo@example.net>\tsip:romeo@127.0.0.1:%u\t\t",
		       b->peer_port);
	assert_true(dialog_read(&s->arena, str_z(text), &d));
	assert_non_null(notifier_restore(s->notifier, &d, STR_NONE,
					 loop_wall_ms() / 1000 - 1000, 100, b));
	for (int i = 0; i < 3 && b->told_count == 0; i++)
		turns(b, 600);
	expect_told(b, "expired 0");
	expect_notify(b, "terminated;reason=timeout", "closed");
	assert_int_equal(cseq(b), 105);
	/* Contact, although nothing is known of a source. */
	assert_has(b, "\r\nContact: <sip:juliet@127.0.0.1:");
}

static void test_drop(void **state)
{
	struct bench *b = *state;

	establish(b);
	say(subject_of(b)->notice, NOTICE_ACTIVE, "x");
	say(subject_of(b)->notice, NOTICE_ACTIVE, "y");
	notice_drop(subject_of(b)->notice); /* with one under way */
	expect(b, "NOTIFY ");
	respond(b, 200, NULL, NULL);
	expect_nothing(b);
	assert_int_equal(notifier_count(subject_of(b)->notifier), 0);
	expect_told_nothing(b);
}

/* The uac takes two: the others wait and come in turn. */
static void test_room(void **state)
{
	enum { MANY = 40 };
	struct bench *b = *state;
	struct subject *s = subject_of(b);
	size_t seen = 0, most = 0;

	s->is_mute = true;
	for (size_t i = 0; i < MANY; i++) {
		struct form f = plain;
		char id[16];

		(void)snprintf(id, sizeof(id), "room%zu", i);
		f.call_id = id;
		send_form(b, &f);
		expect(b, "SIP/2.0 200 ");
	}
	for (size_t i = 0; i < MANY; i++)
		say(s->all[i], NOTICE_ACTIVE, "x");
	most = notifier_waiting(s->notifier);
	assert_int_equal(most, MANY - 2);
	notice_drop(s->all[MANY - 1]);
	while (seen < MANY - 1 && receive(b, TURNS_MAX)) {
		assert_int_equal(cseq(b), 1);
		respond(b, 200, NULL, NULL);
		seen++;
	}
	turns(b, 3);
	assert_int_equal(seen, MANY - 1);
	assert_int_equal(notifier_waiting(s->notifier), 0);
	expect_nothing(b);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_checks),
		T(test_expiry),
		T(test_accept),
		T(test_notify),
		T(test_late),
		T(test_refresh),
		T(test_wrong_remote_tag),
		T(test_target_refresh),
		T(test_end),
		T(test_poll),
		T(test_restore),
		T(test_restore_expired),
		T(test_drop),
		cmocka_unit_test_setup_teardown(test_room, setup_narrow,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
