#include "gateway/services/search.h"
#include "link_bench.h"
#include "xmpp/ns.h"

static const struct alias aliases[] = {
	{ { .local = STR("front.desk"), .domain = STR("sip.test") },
	  { .scheme = URI_SIP,
	    .user = STR("100"),
	    .host = STR("sip.example") } },
	{ { .local = STR("juliet"), .domain = STR("xmpp.test") },
	  { .scheme = URI_SIP,
	    .user = STR("desk"),
	    .host = STR("sip.example") } },
};

#define QUERY(inside)                                                          \
	"<iq xmlns='jabber:component:accept' type='set' id='1' "               \
	"from='juliet@xmpp.test/d' to='sip.test'>"                             \
	"<query xmlns='jabber:iq:search'>" inside "</query></iq>"
#define FORM(value)                                                            \
	QUERY("<x xmlns='jabber:x:data' type='submit'><field var='address'>"   \
	      "<value>" value "</value></field></x>")

static int set_up(void **state)
{
	(void)state;
	link_bench_open();
	L.component.plan.aliases = aliases;
	L.component.plan.alias_count = 2;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	link_bench_close();
	return 0;
}

/* What was asked, and the JIDs that are found. */
static void test_answers(void **state)
{
	static const struct {
		const char *iq, *jids;
	} cases[] = {
		{ QUERY("<nick>romeo@sip.example</nick>"), "romeo@sip.test " },
		{ QUERY("<nick/><last> +49 30 1234 </last>"),
		  "+49301234@sip.test " },
		{ QUERY("<nick>DESK</nick>"), "front.desk@sip.test " },
		{ QUERY("<nick>nt.de</nick>"), "front.desk@sip.test " },
		{ QUERY("<nick>100</nick>"), "front.desk@sip.test " },
		{ QUERY("<nick>no such one</nick>"), "" },
		{ QUERY("<nick>juliet@xmpp.test</nick>"), "" },
		{ FORM("romeo@sip.example"), "romeo@sip.test " },
		{ FORM("desk"), "front.desk@sip.test " },
		{ FORM("no such one"), "" },
		/* refused: NULL */
		{ QUERY(""), NULL },
		{ QUERY("<nick>x</nick>"), NULL },
		{ QUERY("<nick>   </nick>"), NULL },
		{ FORM(""), NULL },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena *a = loop_arena(L.loop);
		struct stanza s = stanza_of(cases[i].iq);
		struct fault why = { 0 };
		const struct xml *x, *item, *field;
		struct strbuf jids;

		x = search_answer(&L.link, a, s.u.iq.payload, &why);
		if (cases[i].jids == NULL) {
			assert_null(x);
			assert_int_equal(why.cond, COND_NOT_ACCEPTABLE);
			continue;
		}
		strbuf_init(&jids, 1000);
		if (xml_child(x, "x", NULL) != NULL)
			x = xml_child(x, "x", NULL);
		for (item = xml_child(x, "item", NULL); item != NULL;
		     item = xml_next(item, "item", NULL)) {
			field = xml_child(item, "field", NULL);
			strbuf_add(
				&jids,
				field == NULL
					? xml_attr(item, "jid")
					: xml_text(a, xml_child(field, "value",
								NULL)));
			strbuf_addc(&jids, ' ');
		}
		if (!str_eqz(strbuf_str(&jids), cases[i].jids))
			fail_msg("%s: %.*s", cases[i].iq,
				 STR_ARG(strbuf_str(&jids)));
		strbuf_fini(&jids);
	}
}

/* However many there are, no more than that are shown. */
static void test_bounded(void **state)
{
	enum { MANY = SEARCH_RESULTS_MAX + 10 };
	static struct alias many[MANY];
	static char names[MANY][8];
	struct arena *a = loop_arena(L.loop);
	struct stanza s = stanza_of(QUERY("<nick>user</nick>"));
	const struct xml *x, *item;
	struct fault why;
	size_t i, n = 0;

	(void)state;
	for (i = 0; i < MANY; i++) {
		snprintf(names[i], sizeof(names[i]), "user%zu", i);
		many[i] = aliases[0];
		many[i].jid.local = str_z(names[i]);
	}
	L.component.plan.aliases = many;
	L.component.plan.alias_count = MANY;
	x = search_answer(&L.link, a, s.u.iq.payload, &why);
	for (item = xml_child(x, "item", NULL); item != NULL;
	     item = xml_next(item, "item", NULL))
		n++;
	assert_int_equal(n, SEARCH_RESULTS_MAX);
}

static void test_fields(void **state)
{
	struct arena *a = loop_arena(L.loop);
	const struct xml *x = search_fields(a, STR_LIT("de"));

	(void)state;
	assert_true(str_starts(xml_text(a, xml_child(x, "instructions", NULL)),
			       "Geben Sie"));
	assert_non_null(xml_child(x, "nick", NS_SEARCH));
	x = search_fields(a, STR_LIT("fr"));
	assert_true(str_starts(xml_text(a, xml_child(x, "instructions", NULL)),
			       "Type a "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_answers, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_bounded, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_fields, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
