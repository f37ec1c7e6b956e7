#include "tests/unit/uplink_fixture.h"

static void test_handshake(void **state)
{
	struct fixture *f = fixture_create();

	(void)state;
	fixture_start(f);
	assert_false(component_is_up(f->link));
	assert_null(component_begin(f->link));
	assert_false(component_has_room(f->link));
	server_accept(f->server);
	server_expect(f->server, "to='sip.example.com'>");
	assert_string_equal(f->server->got,
			    "<?xml version='1.0'?><stream:stream "
			    "xmlns='jabber:component:accept' "
			    "xmlns:stream='http://etherx.jabber.org/streams' "
			    "to='sip.example.com'>");
	server_forget(f->server);
	server_send(f->server, SERVER_HEADER);
	server_expect(f->server, "</handshake>");
	assert_string_equal(
		f->server->got,
		"<handshake>b09ea9b3b7f586be8a08d0a3dd7466f110aeb136</"
		"handshake>");
	assert_int_equal(f->ups, 0);
	server_send(f->server, "<handshake></handshake>");
	fixture_wait(f, &f->ups, 1);
	assert_true(str_eqz(component_domain(f->link), "sip.example.com"));
	assert_int_equal(component_counters(f->link)->connects, 1);
	fixture_destroy(f);
}

/* The id as parsed, not as written. */
static void test_escaped_id(void **state)
{
	struct fixture *f = fixture_create();

	(void)state;
	f->options.secret = STR_LIT("geheim");
	fixture_start(f);
	server_accept(f->server);
	server_send(f->server,
		    "<stream:stream xmlns='jabber:component:accept' "
		    "xmlns:stream='http://etherx.jabber.org/streams' "
		    "id='1234&amp;5'>");
	server_expect(f->server, "d13d3fbedcb8c851f8c2f4f0c0c8cc02d400c98e");
	fixture_destroy(f);
}

/* What a server may send at each point, and what it is called. All of it ends
 * the connection, costs nothing else, and is followed by a new one. */
static void test_refusals(void **state)
{
	static const struct {
		const char *name;
		bool is_greeted, is_shaken;
		const char *sent, *why;
		const char *answer; /* ours, before we close; or NULL */
	} cases[] = {
		{ "host-unknown", true, false, STREAM_ERROR("host-unknown"),
		  "no component named sip.example.com", "</stream:stream>" },
		{ "wrong secret", true, false, STREAM_ERROR("not-authorized"),
		  "the secret does not match", NULL },
		{ "shutdown", true, true, STREAM_ERROR("system-shutdown"),
		  "shuts down", NULL },
		{ "end", true, true, "</stream:stream>",
		  "the server closed the stream", "</stream:stream>" },
		{ "early stanza", true, false, "<message from='a' to='b'/>",
		  "before the end of the handshake", "<not-authorized" },
		{ "second handshake", true, true, "<handshake/>",
		  "a second handshake", "<stream:error><bad-format" },
		{ "comment", true, true, "<!-- hello -->", "comment",
		  "<restricted-xml" },
		{ "instruction", true, true, "<?php exit?>", "instruction",
		  "<restricted-xml" },
		{ "doctype", false, false, "<!DOCTYPE x [<!ENTITY a 'b'>]>",
		  "XMPP forbids", "<restricted-xml" },
		{ "broken", true, true, "<message></iq>", "XMPP forbids",
		  "<not-well-formed" },
		{ "no XML", false, false, "SSH-2.0-OpenSSH_9.2\r\n",
		  "XMPP forbids", NULL },
		{ "client port", false, false,
		  "<stream:stream xmlns='jabber:client' id='1' "
		  "xmlns:stream='http://etherx.jabber.org/streams'>",
		  "not one for components", "<invalid-namespace" },
		{ "no stream", false, false, "<html>", "XMPP forbids", NULL },
		{ "no id", false, false,
		  "<stream:stream xmlns='jabber:component:accept' "
		  "xmlns:stream='http://etherx.jabber.org/streams'>",
		  "no id", "</stream:stream>" },
		{ "host-unknown, as Prosody says it", false, false,
		  "<stream:stream xmlns='jabber:component:accept' "
		  "xmlns:stream='http://etherx.jabber.org/"
		  "streams'>" STREAM_ERROR("host-unknown"),
		  "no component named sip.example.com", NULL },
		{ "no id, and goes on", false, false,
		  "<stream:stream xmlns='jabber:component:accept' "
		  "xmlns:stream='http://etherx.jabber.org/streams'>"
		  "<handshake/>",
		  "before the end of the handshake", "<not-authorized" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fixture *f = fixture_create();

		fixture_start(f);
		if (cases[i].is_shaken) {
			fixture_up(f);
		} else {
			server_accept(f->server);
			if (cases[i].is_greeted)
				server_send(f->server, SERVER_HEADER);
		}
		server_send(f->server, cases[i].sent);
		if (cases[i].answer != NULL)
			server_expect(f->server, cases[i].answer);
		server_expect_end(f->server);
		if (strstr(component_why(f->link), cases[i].why) == NULL)
			fail_msg("%s: %s", cases[i].name,
				 component_why(f->link));
		assert_int_equal(f->downs, cases[i].is_shaken ? 1 : 0);
		assert_int_equal(f->stanzas, 0);
		server_accept(f->server);
		fixture_destroy(f);
	}
}

static void test_answered_ping(void **state)
{
	struct fixture *f = fixture_create();
	char answer[200];

	(void)state;
	f->options.ping_idle_ms = 60;
	f->options.ping_timeout_ms = 60;
	fixture_start(f);
	fixture_up(f);
	for (int i = 0; i < 4; i++) {
		const char *type = i % 2 == 0 ? "result" : "error";

		server_expect(f->server, "<ping ");
		snprintf(answer, sizeof(answer),
			 "<iq type='%s' from='example.com' "
			 "to='sip.example.com' id='%s'/>",
			 type, server_id(f->server));
		server_forget(f->server);
		server_send(f->server, answer);
	}
	/* The answers are ours; the same id in a request is not. */
	assert_int_equal(f->stanzas, 0);
	server_expect(f->server, "<ping ");
	snprintf(answer, sizeof(answer),
		 "<iq type='get' from='a@example.com' to='sip.example.com' "
		 "id='%s'/>",
		 server_id(f->server));
	server_send(f->server, answer);
	fixture_wait(f, &f->stanzas, 1);
	assert_int_equal(f->downs, 0);
	fixture_destroy(f);
}

static void test_stanzas(void **state)
{
	static const struct {
		const char *sent;
		unsigned count;
	} cases[] = {
		{ "<message id='1' from='a@b' to='c@d'/>", 1 },
		{ "<presence id='2' from='a@b' to='c@d'/>", 1 },
		{ "<iq id='3' from='a@b' to='c@d'/>", 1 },
		{ "<message id='4' xmlns='jabber:client'/>", 1 },
		{ "<message id='5' xmlns='urn:example:other'/>", 0 },
		{ "<route id='6'/>", 0 },
		{ "<x xmlns='urn:example:other'><message id='7'/></x>", 0 },
		{ "<message id='8'/><message id='9'/>", 2 },
	};
	struct fixture *f = fixture_create();
	unsigned count = 0;

	(void)state;
	fixture_start(f);
	fixture_up(f);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		server_send(f->server, cases[i].sent);
		server_idle(f->server, 20);
		count += cases[i].count;
		if (f->stanzas != count)
			fail_msg("%s: %u", cases[i].sent, f->stanzas);
	}
	assert_int_equal(component_counters(f->link)->stanzas_in, count);
	fixture_destroy(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_handshake),
		cmocka_unit_test(test_escaped_id),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_answered_ping),
		cmocka_unit_test(test_stanzas),
	};

	log_setup(stderr, LOG_LEVEL_ERROR, false);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
