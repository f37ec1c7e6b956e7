#include "gateway/admin/desk.h"
#include "gateway/monitor/siphealth.h"
#include "link_bench.h"

/* The SIP side's health is the test's: `test` is the command that waits. */
static struct bench {
	siphealth_fn *fn;
	void *arg;
	unsigned told;
	enum admin_status status;
	char text[1000], to[1000];
} T;

struct siphealth *siphealth_create(struct link *k)
{
	(void)k;
	return NULL;
}

void siphealth_destroy(struct siphealth **hp)
{
	*hp = NULL;
}

bool siphealth_is_up(const struct siphealth *h)
{
	(void)h;
	return true;
}

void siphealth_note(struct siphealth *h, const struct outcome *o)
{
	(void)h;
	(void)o;
}

void siphealth_watch(struct siphealth *h)
{
	(void)h;
}

void siphealth_ask(struct siphealth *h, siphealth_fn *fn, void *arg)
{
	(void)h;
	T.fn = fn;
	T.arg = arg;
}

static struct jid admins[] = {
	{ .local = STR("boss"), .domain = STR("xmpp.test") },
};

static int set_up(void **state)
{
	(void)state;
	link_bench_open();
	T = (struct bench){ 0 };
	L.cfg.admins = admins;
	L.cfg.admin_count = 1;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	link_bench_close();
	return 0;
}

static void on_answer(const struct desk_to *to, enum admin_status status,
		      struct str text)
{
	T.told++;
	T.status = status;
	snprintf(T.text, sizeof(T.text), "%.*s", STR_ARG(text));
	snprintf(T.to, sizeof(T.to), "%.*s@%.*s/%.*s %.*s %.*s %.*s %.*s %.*s",
		 STR_ARG(to->user.local), STR_ARG(to->user.domain),
		 STR_ARG(to->user.resource), STR_ARG(to->gateway.domain),
		 STR_ARG(to->id), STR_ARG(to->lang), STR_ARG(to->thread),
		 STR_ARG(to->session));
}

static void test_roles(void **state)
{
	static const struct {
		struct jid user;
		enum admin_role role;
	} cases[] = {
		{ { STR("boss"), STR("xmpp.test"), STR("") }, ADMIN_ADMIN },
		{ { STR("boss"), STR("xmpp.test"), STR("x") }, ADMIN_ADMIN },
		{ { STR("boss"), STR("evil.test"), STR("x") }, ADMIN_USER },
		{ { STR("boss2"), STR("xmpp.test"), STR("") }, ADMIN_USER },
		{ { STR(""), STR("xmpp.test"), STR("") }, ADMIN_USER },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(desk_role(&L.link, &cases[i].user),
				 cases[i].role);
}

/* At once, or later, when the question's own memory is gone. */
static void test_answers(void **state)
{
	char user[] = "juliet", resource[] = "d", id[] = "i1", thread[] = "t1";
	struct desk_to to = {
		.link = &L.link,
		.user = { str_z(user), STR("xmpp.test"), str_z(resource) },
		.gateway = { .domain = STR("sip.test") },
		.id = str_z(id),
		.lang = STR("de"),
		.thread = str_z(thread),
		.session = STR("s1"),
	};
	const struct siphealth_result good = { .is_answered = true,
					       .status = 200,
					       .hop = STR("sip:h") };
	const struct siphealth_result bad = { .hop = STR("sip:h"),
					      .reason = "no answer in time" };

	(void)state;
	desk_line(&to, STR_LIT("lookup romeo"), on_answer);
	assert_int_equal(T.told, 1);
	assert_int_equal(T.status, ADMIN_OK);
	assert_non_null(strstr(T.text, "SIP: sip:romeo@sip.example\n"));
	desk_line(&to, STR_LIT("test"), on_answer);
	assert_int_equal(T.told, 1);
	memset(user, 'x', strlen(user));
	memset(resource, 'x', strlen(resource));
	memset(id, 'x', strlen(id));
	memset(thread, 'x', strlen(thread));
	T.fn(T.arg, &good);
	assert_int_equal(T.told, 2);
	assert_int_equal(T.status, ADMIN_OK);
	assert_string_equal(T.to, "juliet@xmpp.test/d sip.test i1 de t1 s1");
	assert_non_null(strstr(T.text, "sip:h antwortet: 200"));
	desk_words(&to, &(const struct str){ "test", 4 }, 1, on_answer);
	T.fn(T.arg, &bad);
	assert_int_equal(T.told, 3);
	assert_int_equal(T.status, ADMIN_FAILED);
	desk_line(&to, STR_LIT("reload"), on_answer);
	assert_int_equal(T.status, ADMIN_FORBIDDEN);
	assert_int_equal(T.told, 4);
}

/* What no stanza could carry is not begun. */
static void test_too_long(void **state)
{
	struct desk_to to = { .link = &L.link,
			      .user = { STR("juliet"), STR("xmpp.test"),
					STR("") },
			      .gateway = { .domain = STR("sip.test") } };

	(void)state;
	L.cfg.stanza_max_bytes = 800;
	desk_line(&to, STR_LIT("help"), on_answer);
	assert_int_equal(T.told, 1);
	assert_int_equal(T.status, ADMIN_FAILED);
	assert_string_equal(T.text, "the answer is too long\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_roles, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_answers, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_too_long, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
