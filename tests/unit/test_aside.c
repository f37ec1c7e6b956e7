#include "gateway/messages/aside.h"
#include "gateway/messages/queue.h"
#include "gateway/messages/skills.h"
#include "link_bench.h"
#include "said.h"
#include "sip/agent.h"

/* Typing and notices on their way: between a queue and a writer of requests
 * that do what they are told. */
struct outgoing {
	bool is_there;
};

static struct {
	bool is_busy, is_full, is_too_large;
	struct outgoing one;
	struct outgoing *pushed; /* owned by the queue */
	uac_fn *fn;
	void *arg;
	char body[2048];
	bool is_fleeting;
} T;

struct uac *agent_uac(struct agent *a)
{
	return (struct uac *)a;
}

struct outgoing *uac_prepare(struct uac *u, const struct draft *d)
{
	const struct header *h;

	(void)u;
	T.is_fleeting = false;
	for (h = d->headers; h != NULL; h = h->next)
		T.is_fleeting |=
			str_eqz(h->name, "Expires") && str_eqz(h->value, "0");
	line("%.*s@%.*s to %.*s@%.*s: %.*s", STR_ARG(d->from.uri.user),
	     STR_ARG(d->from.uri.host), STR_ARG(d->target.user),
	     STR_ARG(d->target.host), STR_ARG(d->content_type));
	snprintf(T.body, sizeof(T.body), "%.*s", STR_ARG(d->body));
	assert_int_equal(d->method, METHOD_MESSAGE);
	assert_true(d->call_id.n > 0 && d->from.tag.n > 0);
	if (T.is_too_large)
		return NULL;
	assert_false(T.one.is_there);
	T.one.is_there = true;
	return &T.one;
}

void outgoing_destroy(struct outgoing **op)
{
	assert_true((*op)->is_there);
	(*op)->is_there = false;
	*op = NULL;
}

bool queue_is_busy(const struct queue *q, struct str target)
{
	(void)q;
	assert_true(str_eqz(target, "sip:romeo@sip.example"));
	return T.is_busy;
}

bool queue_push(struct queue *q, const struct queue_place *place,
		struct outgoing *o, uac_fn *fn, void *arg)
{
	(void)q;
	assert_true(str_eqz(place->target, "sip:romeo@sip.example"));
	assert_true(str_eqz(place->sender, "juliet@xmpp.test"));
	if (T.is_full)
		return false;
	T.pushed = o;
	T.fn = fn;
	T.arg = arg;
	return true;
}

void skills_learn(struct skills *s, struct str contact, enum skill what,
		  bool knows)
{
	(void)s;
	assert_false(knows);
	line("%.*s knows no %s", STR_ARG(contact),
	     what == SKILL_TYPING ? "typing" : "other");
}

static int set_up(void **state)
{
	(void)state;
	link_bench_open();
	said_open();
	memset(&T, 0, sizeof(T));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	aside_forget(&L.bridge);
	assert_null(L.bridge.asides);
	said_close();
	link_bench_close();
	return 0;
}

static const struct aside typing = { .content_type = STR("text/x"),
				     .body = STR("types"),
				     .is_fleeting = true,
				     .skill = SKILL_TYPING };
static const struct aside notice = { .content_type = STR("text/y"),
				     .body = STR("read"),
				     .is_cpim = true,
				     .skill = SKILL_NOTICES };

static bool say(const struct aside *what)
{
	return aside_to_contact(&L.link, STR_LIT("juliet@xmpp.test"),
				STR_LIT("romeo@sip.test"), what);
}

static void end(enum outcome_kind kind, int status)
{
	assert_non_null(T.pushed);
	outgoing_destroy(&T.pushed);
	T.fn(T.arg, &(struct outcome){ .kind = kind, .status = status });
	assert_null(L.bridge.asides);
}

#define TO_ROMEO "juliet@xmpp.test to romeo@sip.example: "

static void test_sent(void **state)
{
	(void)state;
	assert_true(say(&typing));
	assert_said(TO_ROMEO "text/x");
	assert_string_equal(T.body, "types");
	assert_true(T.is_fleeting);
	end(OUTCOME_ANSWERED, 200);
	assert_true(say(&notice));
	assert_said(TO_ROMEO "message/cpim");
	assert_false(T.is_fleeting);
	assert_non_null(strstr(T.body, "Content-Disposition: notification"));
	assert_non_null(strstr(T.body, "From: <sip:juliet@xmpp.test>"));
	assert_non_null(strstr(T.body, "imdn.Message-ID: "));
	assert_non_null(strstr(T.body, "\r\n\r\nread"));
	end(OUTCOME_ANSWERED, 200);
	assert_said("");
	assert_written(NULL);
}

/* What is worth nothing later takes no place in a queue. */
static void test_busy(void **state)
{
	(void)state;
	T.is_busy = true;
	assert_false(say(&typing));
	assert_said("");
	assert_true(say(&notice));
	end(OUTCOME_ANSWERED, 200);
	strbuf_reset(&SAID);
}

static void test_not_sent(void **state)
{
	(void)state;
	T.is_full = true;
	assert_false(say(&notice));
	assert_null(L.bridge.asides);
	assert_false(T.one.is_there);
	T.is_full = false;
	T.is_too_large = true;
	assert_false(say(&notice));
	assert_null(L.bridge.asides);
	T.is_too_large = false;
	strbuf_reset(&SAID);
	L.bridge.is_draining = true;
	assert_false(say(&notice));
	L.bridge.is_draining = false;
	assert_false(aside_to_contact(&L.link, STR_LIT("juliet@far.test"),
				      STR_LIT("romeo@sip.test"), &typing));
	assert_false(aside_to_contact(&L.link, STR_LIT("juliet@xmpp.test"),
				      STR_LIT("romeo@far.test"), &typing));
	assert_false(aside_to_contact(&L.link, STR_LIT("@"),
				      STR_LIT("romeo@sip.test"), &typing));
	assert_said("");
}

/* "I do not know what this is" is remembered; that nobody is there is not, nor
 * what no peer has said. Nobody is told of an error. */
static void test_refused(void **state)
{
	static const struct {
		enum outcome_kind kind;
		int status;
		bool is_learnt;
	} cases[] = {
		{ OUTCOME_ANSWERED, 405, true },
		{ OUTCOME_ANSWERED, 406, true },
		{ OUTCOME_ANSWERED, 415, true },
		{ OUTCOME_ANSWERED, 488, true },
		{ OUTCOME_ANSWERED, 501, true },
		{ OUTCOME_ANSWERED, 606, true },
		{ OUTCOME_ANSWERED, 400, false },
		{ OUTCOME_ANSWERED, 404, false },
		{ OUTCOME_ANSWERED, 480, false },
		{ OUTCOME_ANSWERED, 503, false },
		{ OUTCOME_ANSWERED, 603, false },
		{ OUTCOME_TIMEOUT, 408, false },
		{ OUTCOME_NO_ROOM, 415, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_true(say(&typing));
		strbuf_reset(&SAID);
		end(cases[i].kind, cases[i].status);
		assert_said(cases[i].is_learnt
				    ? "romeo@sip.test knows no typing"
				    : "");
		assert_written(NULL);
	}
}

/* The SIP side is gone first: nothing of it is called any more. */
static void test_forgotten(void **state)
{
	(void)state;
	assert_true(say(&typing));
	assert_non_null(L.bridge.asides);
	outgoing_destroy(&T.pushed);
	assert_true(say(&notice));
	outgoing_destroy(&T.pushed);
	aside_forget(&L.bridge);
	assert_null(L.bridge.asides);
	strbuf_reset(&SAID);
}

/* Ids of what is nobody's message, each another one. */
static void test_to_user(void **state)
{
	struct stanza s = { .kind = STANZA_MESSAGE,
			    .from = { STR("romeo"), STR("sip.test"), STR("") },
			    .to = { STR("juliet"), STR("xmpp.test"), STR("") },
			    .u.message.type = MESSAGE_CHAT };
	const struct xml x = { .name = STR("composing"), .ns = STR("urn:x") };
	struct str first;

	(void)state;
	aside_to_user(&L.link, &s, &x);
	assert_true(aside_is_id(s.id));
	assert_written("<composing xmlns='urn:x'/></message>");
	first = s.id;
	aside_to_user(&L.link, &s, &x);
	assert_true(aside_is_id(s.id));
	assert_false(str_eq(first, s.id));
	assert_false(aside_is_id(STR_NONE));
	assert_false(aside_is_id(STR_LIT("0123456789abcdef0123456789abcdef")));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_sent),    TEST(test_busy),	  TEST(test_not_sent),
		TEST(test_refused), TEST(test_forgotten), TEST(test_to_user),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
