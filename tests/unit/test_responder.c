#include "agent_bench.h"
#include "sip/responder.h"

/* RFC 3261 §18.2.2, RFC 3581 §4: without rport to the port of sent-by. */
static void test_way_back(void **state)
{
	struct bench *b = *state;
	uint16_t other_port;
	int other = raw_udp(&other_port);
	char text[512];

	(void)snprintf(text, sizeof(text),
		       "OPTIONS sip:a@b SIP/2.0\r\n"
		       "Via: SIP/2.0/UDP gone.invalid:%u;branch=z9hG4bKw\r\n"
		       "From: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\n"
		       "Call-ID: way\r\nCSeq: 1 OPTIONS\r\n\r\n",
		       b->udp_port);
	send_udp(b, other, text, strlen(text));
	expect(b, "SIP/2.0 200 ");
	assert_true(has(b, ";received=127.0.0.1"));
	assert_false(has(b, "rport"));
	close(other);
}

/* --- replays */

static void tag_of(const struct bench *b, char out[17])
{
	const char *p = strstr(b->text, "\r\nTo: ");

	assert_non_null(p);
	p = strstr(p, ";tag=");
	assert_non_null(p);
	memcpy(out, p + 5, 16);
	out[16] = '\0';
}

static void test_later(void **state)
{
	struct bench *b = *state;
	const struct form f = { .method = "MESSAGE",
				.body = "hello",
				.more = "Content-Type: text/plain\r\n" };
	const struct agent_counters *c = agent_counters(b->a.agent);
	char first[17], tag[17];

	b->a.is_lazy = true;
	send_form(b, &f);
	send_form(b, &f);
	expect_nothing(b); /* and no 100 either: RFC 4320 §4.1 */
	assert_int_equal(b->a.requests, 1);
	assert_string_equal(b->a.body, "hello");
	assert_int_equal(c->retransmissions_in, 1);
	assert_true(answer_since_ms(b->a.kept[0]) <= loop_now_ms(b->loop));
	memcpy(first, answer_tag(b->a.kept[0]).p, 17);
	say(b->a.kept[0], 404, NULL);
	expect(b, "SIP/2.0 404 ");
	tag_of(b, tag);
	assert_string_equal(tag, first);
	for (int i = 0; i < 3; i++) {
		send_form(b, &f);
		expect(b, "SIP/2.0 404 ");
		tag_of(b, tag);
		assert_string_equal(tag, first);
	}
	assert_int_equal(b->a.requests, 1);
	assert_int_equal(c->retransmissions_in, 4);
}

static void test_same_headers_again(void **state)
{
	struct bench *b = *state;
	const struct form f = { .method = "SUBSCRIBE",
				.more = "Event: presence\r\n" };
	char first[MESSAGE_MAX];

	b->a.extra =
		(struct header){ .name = STR("Expires"), .value = STR("1800") };
	send_form(b, &f);
	expect(b, "SIP/2.0 202 ");
	assert_true(has(b, "\r\nExpires: 1800\r\n"));
	memcpy(first, b->text, sizeof(first));
	send_form(b, &f);
	expect(b, "SIP/2.0 202 ");
	assert_string_equal(b->text, first);
	assert_int_equal(b->a.requests, 1);
}

static void test_merged(void **state)
{
	struct bench *b = *state;
	struct form f = { .method = "MESSAGE" };

	b->a.is_lazy = true;
	send_form(b, &f);
	turns(b, 3);
	f.branch = "z9hG4bK-2"; /* the same by another way, §8.2.2.2 */
	send_form(b, &f);
	expect(b, "SIP/2.0 482 Merged");
	assert_int_equal(b->a.requests, 1);
	say(b->a.kept[0], 200, NULL);
	expect(b, "SIP/2.0 200 ");
	assert_true(has(b, "branch=z9hG4bK-1"));
}

static void test_too_many(void **state)
{
	struct bench *b = *state;
	char call_id[32], branch[32];
	struct form f = { .method = "MESSAGE",
			  .branch = branch,
			  .call_id = call_id };

	b->a.is_lazy = true;
	for (int i = 0; i <= ANSWERS_MAX; i++) {
		(void)snprintf(call_id, sizeof(call_id), "many-%d", i);
		(void)snprintf(branch, sizeof(branch), "z9hG4bK-m%d", i);
		send_form(b, &f);
	}
	expect(b, "SIP/2.0 503 ");
	assert_in_range(retry_after(b), 5, 15);
	assert_int_equal(b->a.requests, ANSWERS_MAX);
	send_form(b, &f); /* its copy is not let in, though there is room */
	say(b->a.kept[0], 200, NULL);
	expect(b, "SIP/2.0 200 ");
	expect(b, "SIP/2.0 503 ");
	assert_in_range(retry_after(b), 5, 15);
	(void)snprintf(call_id, sizeof(call_id), "room");
	send_form(b, &f);
	turns(b, 3);
	assert_int_equal(b->a.requests, ANSWERS_MAX + 1);
	/* agent_destroy: answers still open get nothing */
}

/* --- streams */

static const char stream_message[] =
	"MESSAGE sip:juliet@example.com SIP/2.0\r\n"
	"Via: SIP/2.0/TCP 127.0.0.1:%u;branch=z9hG4bK-t%d\r\n"
	"From: <sip:romeo@example.net>;tag=r1\r\n"
	"To: <sip:juliet@example.com>\r\n"
	"Call-ID: tcp-%d\r\nCSeq: 1 MESSAGE\r\n"
	"Content-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi";

static void send_stream(struct bench *b, uint16_t listen_port, int i)
{
	char text[1024];
	int n = snprintf(text, sizeof(text), stream_message, listen_port, i, i);

	assert_int_equal(send(b->tcp, text, (size_t)n, 0), n);
}

static void test_stream(void **state)
{
	static const char bad[] =
		"FOO sip:a@b SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1;"
		"branch=z9hG4bKb\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\n"
		"Call-ID: x\r\nCSeq: 1 BAR\r\nContent-Length: 0\r\n\r\n";
	struct bench *b = *state;

	b->tcp = raw_tcp(b->a.port);
	send_stream(b, 9, 1);
	assert_true(str_starts(str_z(receive(b, b->tcp, TURNS_MAX)),
			       "SIP/2.0 202 "));
	assert_string_equal(b->a.body, "hi");
	/* malformed, but the framing holds: the connection lives on */
	assert_int_equal(send(b->tcp, bad, sizeof(bad) - 1, 0),
			 sizeof(bad) - 1);
	assert_true(str_starts(str_z(receive(b, b->tcp, TURNS_MAX)),
			       "SIP/2.0 400 "));
	send_stream(b, 9, 2);
	assert_true(str_starts(str_z(receive(b, b->tcp, TURNS_MAX)),
			       "SIP/2.0 202 "));
	assert_int_equal(b->a.requests, 2);
}

/* The connection is gone before the answer: it comes to sent-by's port. */
static void test_stream_gone(void **state)
{
	struct bench *b = *state;
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), fd = -1;
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_addr = { htonl(INADDR_LOOPBACK) } };
	const struct linger reset = { .l_onoff = 1 };
	socklen_t n = sizeof(in);

	assert_int_equal(bind(listener, (struct sockaddr *)&in, sizeof(in)), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&in, &n), 0);
	b->a.is_lazy = true;
	b->tcp = raw_tcp(b->a.port);
	send_stream(b, ntohs(in.sin_port), 1);
	for (int i = 0; i < TURNS_MAX && b->a.kept_count == 0; i++)
		turns(b, 1);
	assert_int_equal(setsockopt(b->tcp, SOL_SOCKET, SO_LINGER, &reset,
				    sizeof(reset)),
			 0);
	close(b->tcp);
	b->tcp = -1;
	turns(b, 5);
	say(b->a.kept[0], 200, NULL);
	for (int i = 0; i < TURNS_MAX && fd < 0; i++) {
		turns(b, 1);
		fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
	}
	assert_true(fd >= 0);
	assert_true(
		str_starts(str_z(receive(b, fd, TURNS_MAX)), "SIP/2.0 200 "));
	close(fd);
	close(listener);
}

/* --- RFC 4475 and RFC 5118: what the wire must say */

/* An answer goes to the port of sent-by, so the sockets are bound there: on
 * an address of the loopback network that nobody else uses. */
enum { TORTURE_NET = 0x7f4b0000, PORTS_MAX = 4 };

struct torture {
	const char *file;
	int status;    /* 0: silence */
	uint16_t port; /* of sent-by; 0: 5060 */
};

static const struct torture torture[] = {
	/* valid: INVITE, REGISTER and BYE are known, but not served */
	{ "rfc4475/wsinv", 405, 0 },
	{ "rfc4475/intmeth", 501, 0 },
	{ "rfc4475/esc01", 405, 0 },
	{ "rfc4475/escnull", 405, 0 },
	{ "rfc4475/esc02", 501, 0 },
	{ "rfc4475/lwsdisp", 200, 0 },
	{ "rfc4475/longreq", 405, 0 },
	{ "rfc4475/dblreq", 405, 0 }, /* one request a datagram */
	{ "rfc4475/semiuri", 200, 0 },
	{ "rfc4475/transports", 200, 0 },
	{ "rfc4475/mpart01", 202, 0 },
	{ "rfc4475/unreason", 0, 0 },
	{ "rfc4475/noreason", 0, 0 },
	/* invalid */
	{ "rfc4475/badinv01", 400, 0 },
	{ "rfc4475/clerr", 400, 0 },
	{ "rfc4475/ncl", 400, 0 },
	{ "rfc4475/scalar02", 400, 0 },
	{ "rfc4475/scalarlg", 0, 0 },
	{ "rfc4475/quotbal", 400, 5050 },
	{ "rfc4475/ltgtruri", 400, 0 },
	{ "rfc4475/lwsruri", 400, 0 },
	{ "rfc4475/lwsstart", 405, 0 },
	{ "rfc4475/trws", 200, 0 },
	{ "rfc4475/escruri", 400, 0 },
	{ "rfc4475/baddate", 405, 0 },
	{ "rfc4475/regbadct", 400, 0 },
	{ "rfc4475/badaspec", 400, 0 },
	{ "rfc4475/baddn", 400, 0 },
	{ "rfc4475/badvers", 505, 0 },
	{ "rfc4475/mismatch01", 400, 0 },
	{ "rfc4475/mismatch02", 400, 0 },
	{ "rfc4475/bigcode", 0, 0 },
	/* transaction and application */
	{ "rfc4475/badbranch", 200, 0 },
	{ "rfc4475/insuf", 400, 0 },
	{ "rfc4475/unkscm", 416, 0 },
	{ "rfc4475/novelsc", 416, 0 },
	{ "rfc4475/unksm2", 405, 0 },
	{ "rfc4475/bext01", 420, 0 },
	{ "rfc4475/invut", 405, 0 },
	{ "rfc4475/regaut01", 405, 0 },
	{ "rfc4475/multi01", 400, 0 },
	{ "rfc4475/mcl01", 400, 0 },
	{ "rfc4475/bcast", 0, 0 },
	{ "rfc4475/zeromf", 200, 0 },
	{ "rfc4475/cparam01", 405, 0 },
	{ "rfc4475/cparam02", 405, 0 },
	{ "rfc4475/regescrt", 405, 0 },
	{ "rfc4475/sdp01", 405, 0 },
	{ "rfc4475/inv2543", 405, 0 },
	{ "rfc5118/ipv6-good", 405, 0 },
	{ "rfc5118/ipv6-bad", 400, 0 },
	{ "rfc5118/port-ambiguous", 405, 0 },
	{ "rfc5118/port-unambiguous", 405, 0 },
	{ "rfc5118/via-received-param-with-delim", 405, 0 },
	{ "rfc5118/via-received-param-no-delim", 200, 0 },
	{ "rfc5118/ipv6-in-sdp", 405, 0 },
	{ "rfc5118/mult-ip-in-sdp", 405, 0 },
	{ "rfc5118/mult-ip-in-header", 405, 6050 },
	{ "rfc5118/ipv4-mapped-ipv6", 405, 19823 },
	{ "rfc5118/ipv6-correct-abnf-2-colons", 200, 0 },
};

static int torture_socket(uint16_t port)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	uint32_t address = TORTURE_NET | ((uint32_t)getpid() & 0xffff);
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_port = htons(port),
				  .sin_addr = { htonl(address) } };

	assert_int_equal(bind(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	return fd;
}

static size_t file_read(const char *name, char *out, size_t cap)
{
	char path[256];
	size_t n;
	FILE *f;

	(void)snprintf(path, sizeof(path),
		       STOX_SOURCE_DIR "/tests/torture/%s.sip", name);
	f = fopen(path, "rb");
	if (f == NULL)
		fail_msg("%s", path);
	n = fread(out, 1, cap, f);
	assert_int_equal(fclose(f), 0);
	return n;
}

static void test_torture(void **state)
{
	static const uint16_t ports[PORTS_MAX] = { 5060, 5050, 6050, 19823 };
	struct bench *b = *state;
	char bytes[MESSAGE_MAX];
	int fds[PORTS_MAX];
	size_t wrong = 0;

	for (size_t i = 0; i < PORTS_MAX; i++)
		fds[i] = torture_socket(ports[i]);
	for (size_t i = 0; i < sizeof(torture) / sizeof(torture[0]); i++) {
		const struct torture *t = &torture[i];
		size_t n = file_read(t->file, bytes, sizeof(bytes));
		int said = 0, fd = fds[0];

		for (size_t k = 0; k < PORTS_MAX; k++)
			fd = t->port == ports[k] ? fds[k] : fd;
		send_udp(b, fd, bytes, n);
		receive(b, fd, t->status == 0 ? QUIET_TURNS : QUIET_TURNS * 4);
		(void)sscanf(b->text, "SIP/2.0 %d", &said);
		if (said != t->status) {
			print_error("%s: %d, not %d\n", t->file, said,
				    t->status);
			wrong++;
		}
	}
	assert_int_equal(wrong, 0);
	assert_int_equal(b->a.requests, 1); /* mpart01 */
	for (size_t i = 0; i < PORTS_MAX; i++)
		close(fds[i]);
}

/* A gateway that nobody asks any more does not keep the memory of a storm. */
static void test_idle(void **state)
{
	enum { STORM = 100000, AGE_MS = 60000, IDLE_MS = 30 };
	struct bench *b = *state;
	struct request r = { .source.peer.sa.sa_family = AF_INET,
			     .echo = STR("x") };
	struct replay_key k = { 0 };
	struct responder s;
	unsigned after;
	int status;

	responder_init(&s, b->loop, NULL, STORM);
	s.idle_ms = IDLE_MS;
	(void)responder_open(&s, &r, &k);
	for (k.a = 1; k.a < STORM; k.a++) {
		k.merge = k.a * 0x9e3779b97f4a7c15U;
		(void)replay_enter(s.replay, &k, false,
				   loop_now_ms(b->loop) - AGE_MS, &status,
				   &after);
		replay_answer(s.replay, &k, 200, 0,
			      loop_now_ms(b->loop) - AGE_MS);
	}
	recall_put(s.recall, &k, STR_LIT("x"), loop_now_ms(b->loop) - AGE_MS);
	assert_in_range(replay_bytes(s.replay), 20 * STORM, 40 * STORM);
	for (int i = 0; i < TURNS_MAX && loop_timer_is_running(&s.idle); i++)
		loop_turn(b->loop, 10);
	assert_int_equal(recall_bytes(s.recall), 0);
	assert_int_equal(replay_bytes(s.replay), 0);
	responder_fini(&s);
}

int main(void)
{
#define BENCH(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		BENCH(test_way_back),
		BENCH(test_later),
		BENCH(test_same_headers_again),
		BENCH(test_merged),
		BENCH(test_too_many),
		BENCH(test_stream),
		BENCH(test_stream_gone),
		BENCH(test_torture),
		BENCH(test_idle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
