#include "gateway/messages/enrich.h"
#include "link_bench.h"
#include "mapping/cpim.h"
#include "mapping/message.h"
#include "sip/agent.h"

/* In which form a message goes: by what was asked for, what the settings say
 * and what his side is known to understand. */
struct outgoing {
	uint32_t cseq;
};

static struct {
	enum knows knows[SKILL_COUNT];
	struct outgoing plain;
	char type[64], body[1024]; /* of the plain one */
} T;

enum knows skills_get(struct skills *s, struct str contact, enum skill what)
{
	(void)s;
	assert_true(str_eqz(contact, "romeo@sip.test"));
	return T.knows[what];
}

struct uac *agent_uac(struct agent *a)
{
	return (struct uac *)a;
}

struct outgoing *uac_prepare(struct uac *u, const struct draft *d)
{
	(void)u;
	T.plain.cseq = d->cseq;
	snprintf(T.type, sizeof(T.type), "%.*s", STR_ARG(d->content_type));
	snprintf(T.body, sizeof(T.body), "%.*s", STR_ARG(d->body));
	return &T.plain;
}

static int set_up(void **state)
{
	(void)state;
	link_bench_open();
	memset(&T, 0, sizeof(T));
	L.component.message.wants_receipts = true;
	L.component.wants_html = true;
	L.component.cpim = KNOWING_KNOWN;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	link_bench_close();
	return 0;
}

#define HTML                                                                   \
	"<html xmlns='http://jabber.org/protocol/xhtml-im'><body "             \
	"xmlns='http://www.w3.org/1999/xhtml'><strong>hi</strong></body></"    \
	"html>"
#define RECEIPT "<request xmlns='urn:xmpp:receipts'/>"
#define MARKER	"<markable xmlns='urn:xmpp:chat-markers:0'/>"

struct result {
	struct draft d;
	struct enrichment e;
	struct stanza s;
	struct extras x;
};

static struct result enriched(const char *more)
{
	struct result r = { .e = { .tried = 0 } };
	char text[1024];

	snprintf(text, sizeof(text),
		 "<message xmlns='jabber:component:accept' "
		 "from='juliet@xmpp.test/b' to='romeo@sip.test/x' id='m' "
		 "type='chat'><body>hi</body>%s</message>",
		 more);
	r.s = stanza_of(text);
	extras_read(loop_arena(L.loop), r.s.el, &r.x);
	r.d = (struct draft){
		.cseq = 5,
		.call_id = STR("call"),
		.from.tag = STR("tagtagtag"),
		.content_type = STR("text/plain;charset=UTF-8"),
		.body = STR("hi"),
	};
	if (enrich_is_wanted(&L.link, &r.x))
		enrich(&L.link, &r.s, &r.x, loop_arena(L.loop), &r.d, &r.e);
	return r;
}

static bool body_has(const struct result *r, const char *part)
{
	return memmem(r->d.body.p, r->d.body.n, part, strlen(part)) != NULL;
}

/* What is asked for, and what the settings leave of it. */
static void test_wishes(void **state)
{
	enum { P = CPIM_POSITIVE, N = CPIM_NEGATIVE, D = CPIM_DISPLAY };
	static const struct {
		const char *more;
		bool wants_receipts, wants_html, is_wanted;
		unsigned wishes;
	} cases[] = {
		{ "", true, true, false, 0 },
		{ RECEIPT, true, true, true, P | N },
		{ MARKER, true, true, true, D | N },
		{ RECEIPT MARKER, true, true, true, P | D | N },
		{ RECEIPT MARKER, false, true, false, 0 },
		{ HTML, true, true, true, 0 },
		{ HTML, true, false, false, 0 },
		{ HTML RECEIPT, true, false, true, P | N },
		{ HTML RECEIPT, false, true, true, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct result r;

		L.component.message.wants_receipts = cases[i].wants_receipts;
		L.component.wants_html = cases[i].wants_html;
		r = enriched(cases[i].more);
		assert_int_equal(enrich_is_wanted(&L.link, &r.x),
				 cases[i].is_wanted);
		assert_int_equal(r.e.wishes, cases[i].wishes);
	}
}

/* The form by what is known of his side. A: multipart/alternative, C: CPIM. */
static void test_form(void **state)
{
	enum { A = 1U << SKILL_ALTERNATIVE, C = 1U << SKILL_CPIM };
	static const struct {
		const char *more;
		enum config_knowing cpim;
		enum knows knows_cpim, knows_alternative;
		unsigned tried;
	} cases[] = {
		{ HTML, KNOWING_KNOWN, KNOWS_UNKNOWN, KNOWS_UNKNOWN, A },
		{ HTML, KNOWING_KNOWN, KNOWS_UNKNOWN, KNOWS_YES, A },
		{ HTML, KNOWING_KNOWN, KNOWS_YES, KNOWS_NO, 0 },
		{ RECEIPT, KNOWING_KNOWN, KNOWS_UNKNOWN, KNOWS_YES, 0 },
		{ RECEIPT, KNOWING_KNOWN, KNOWS_YES, KNOWS_YES, C },
		{ RECEIPT, KNOWING_KNOWN, KNOWS_NO, KNOWS_YES, 0 },
		{ RECEIPT, KNOWING_ALWAYS, KNOWS_UNKNOWN, KNOWS_YES, C },
		{ RECEIPT, KNOWING_ALWAYS, KNOWS_YES, KNOWS_YES, C },
		{ RECEIPT, KNOWING_ALWAYS, KNOWS_NO, KNOWS_YES, 0 },
		{ RECEIPT, KNOWING_NEVER, KNOWS_YES, KNOWS_YES, 0 },
		{ HTML RECEIPT, KNOWING_ALWAYS, KNOWS_UNKNOWN, KNOWS_UNKNOWN,
		  A | C },
		{ HTML RECEIPT, KNOWING_ALWAYS, KNOWS_YES, KNOWS_NO, C },
		{ HTML RECEIPT, KNOWING_NEVER, KNOWS_YES, KNOWS_YES, A },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsigned tried = cases[i].tried;
		struct result r;

		L.component.cpim = cases[i].cpim;
		T.knows[SKILL_CPIM] = cases[i].knows_cpim;
		T.knows[SKILL_ALTERNATIVE] = cases[i].knows_alternative;
		r = enriched(cases[i].more);
		assert_int_equal(r.e.tried, tried);
		assert_int_equal(
			str_starts(r.d.content_type, "multipart/alternative"),
			tried == A);
		assert_int_equal(str_starts(r.d.content_type, "message/cpim"),
				 (tried & C) != 0);
		assert_int_equal(body_has(&r, "<strong>hi</strong>"),
				 (tried & A) != 0);
		assert_int_equal(body_has(&r, "Disposition-Notification"),
				 (tried & C) != 0);
		/* What goes if that is refused: another request. */
		assert_ptr_equal(r.e.plain, tried != 0 ? &T.plain : NULL);
		if (tried == 0) {
			assert_true(str_eqz(r.d.body, "hi"));
			continue;
		}
		assert_string_equal(T.body, "hi");
		assert_string_equal(T.type, "text/plain;charset=UTF-8");
		assert_true(T.plain.cseq > 5 + 100000);
		assert_int_equal(r.d.cseq, 5);
	}
}

/* What they will name it by: its Call-ID when it is plain. In CPIM it has an
 * id that is the same in each try, and not that of another message. */
static void test_message_id(void **state)
{
	struct result r = enriched(RECEIPT);
	struct str first;

	(void)state;
	assert_true(str_eqz(r.e.message_id, "call"));
	T.knows[SKILL_CPIM] = KNOWS_YES;
	r = enriched(RECEIPT);
	first = r.e.message_id;
	assert_true(str_starts(first, "tagtagtag"));
	assert_int_equal(first.n, strlen("tagtagtag") + 8);
	r = enriched(RECEIPT);
	assert_true(str_eq(first, r.e.message_id));
	r.s.id = STR_LIT("n");
	enrich(&L.link, &r.s, &r.x, loop_arena(L.loop), &r.d, &r.e);
	assert_false(str_eq(first, r.e.message_id));
}

/* When it was written, if that is known. */
static void test_date(void **state)
{
	struct result r;

	(void)state;
	T.knows[SKILL_CPIM] = KNOWS_YES;
	r = enriched(RECEIPT "<delay xmlns='urn:xmpp:delay' "
			     "stamp='2025-12-31T00:00:00Z'/>");
	assert_true(body_has(&r, "DateTime: 2025-12-31T00:00:00Z"));
	r = enriched(RECEIPT);
	assert_true(body_has(&r, "DateTime: 20"));
	assert_false(body_has(&r, "2025-12-31"));
	r = enriched(RECEIPT
		     "<delay xmlns='urn:xmpp:delay' stamp='yesterday'/>");
	assert_true(body_has(&r, "DateTime: 20"));
}

static void test_refused(void **state)
{
	static const struct {
		enum outcome_kind kind;
		int status;
		bool is_refused;
	} cases[] = {
		{ OUTCOME_ANSWERED, 200, false },
		{ OUTCOME_ANSWERED, 400, false },
		{ OUTCOME_ANSWERED, 404, false },
		{ OUTCOME_ANSWERED, 406, true },
		{ OUTCOME_ANSWERED, 413, false },
		{ OUTCOME_ANSWERED, 415, true },
		{ OUTCOME_ANSWERED, 488, true },
		{ OUTCOME_ANSWERED, 603, false },
		{ OUTCOME_ANSWERED, 606, true },
		{ OUTCOME_TOO_LARGE, 513, true },
		{ OUTCOME_TIMEOUT, 408, false },
		{ OUTCOME_UNREACHABLE, 503, false },
		/* Not the other side's word. */
		{ OUTCOME_NO_ROUTE, 415, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(enrich_is_refused(&(struct outcome){
					 .kind = cases[i].kind,
					 .status = cases[i].status }),
				 cases[i].is_refused);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_wishes), TEST(test_form),    TEST(test_message_id),
		TEST(test_date),   TEST(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
