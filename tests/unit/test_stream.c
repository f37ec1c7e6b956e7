#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include "xmpp/ns.h"
#include "xmpp/stream.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

#define OPEN                                                                   \
	"<?xml version='1.0'?><stream:stream xmlns='" NS_COMPONENT             \
	"' xmlns:stream='" NS_STREAM "' id='i&lt;1' from='c.x'>"
#define OPENED "open i<1 c.x " NS_COMPONENT "\n"
#define CLOSE  "</stream:stream>"

enum {
	STANZA_MAX_BYTES = 1000,
	DEPTH_MAX = 4,
	ATTRS_MAX = 5,
	LOG_MAX_BYTES = 1 << 20,
	BIG_BYTES = 64 << 20,
	MEMORY_MAX_BYTES = 32 << 20
};

/* What a stream said, one line an event. */
struct witness {
	struct strbuf log;
	struct stream *stream;
	unsigned stanzas, excesses;
	unsigned stop_at;    /* the stanza in which to stop; 0: none */
	unsigned restart_at; /* the same for stream_restart */
	bool is_quiet;
};

static void on_open(void *arg, struct str id, struct str from, struct str ns)
{
	struct witness *w = arg;

	strbuf_addf(&w->log, "open %.*s %.*s %.*s\n", STR_ARG(id),
		    STR_ARG(from), STR_ARG(ns));
}

static void on_stanza(void *arg, const struct xml *el, struct arena *a)
{
	struct witness *w = arg;

	memset(arena_alloc(a, 100), 'x', 100);
	if (!w->is_quiet) {
		xml_write(&w->log, el, STR_LIT(NS_COMPONENT));
		strbuf_addc(&w->log, '\n');
	}
	w->stanzas++;
	if (w->stanzas == w->stop_at)
		stream_stop(w->stream);
	if (w->stanzas == w->restart_at)
		stream_restart(w->stream);
}

static void on_close(void *arg)
{
	struct witness *w = arg;

	strbuf_addlit(&w->log, "close\n");
}

static void on_excess(void *arg, const struct xml *el, struct arena *a,
		      const char *why)
{
	struct witness *w = arg;

	memset(arena_alloc(a, 100), 'x', 100);
	w->excesses++;
	if (!w->is_quiet)
		strbuf_addf(&w->log, "%s: %.*s from=%.*s id=%.*s\n", why,
			    STR_ARG(el->name), STR_ARG(xml_attr(el, "from")),
			    STR_ARG(xml_attr(el, "id")));
}

static const struct stream_events events = { .on_open = on_open,
					     .on_excess = on_excess,
					     .on_stanza = on_stanza,
					     .on_close = on_close };
static const struct stream_limits small = { .stanza_max_bytes =
						    STANZA_MAX_BYTES,
					    .depth_max = DEPTH_MAX,
					    .attrs_max = ATTRS_MAX };
static const struct stream_limits usual = { .stanza_max_bytes = 256 << 10,
					    .depth_max = 32,
					    .attrs_max = 64 };

static void witness_init(struct witness *w, const struct stream_limits *limits)
{
	*w = (struct witness){ .stanzas = 0 };
	strbuf_init(&w->log, LOG_MAX_BYTES);
	w->stream = stream_create(limits, &events, w);
}

static void witness_fini(struct witness *w)
{
	stream_destroy(&w->stream);
	assert_null(w->stream);
	strbuf_fini(&w->log);
}

/* Feeds step bytes at a time; the condition, or "" when all is well. */
static const char *feed(struct witness *w, struct str s, size_t step)
{
	const char *condition, *why;
	size_t i, n;

	for (i = 0; i < s.n; i += n) {
		n = s.n - i < step ? s.n - i : step;
		if (stream_feed(w->stream, s.p + i, n, &condition, &why))
			continue;
		assert_non_null(condition);
		assert_non_null(why);
		/* It stays broken, for the same reason. */
		assert_false(
			stream_feed(w->stream, "<a/>", 4, &condition, &why));
		return condition;
	}
	return "";
}

static const char *feedz(struct witness *w, const char *z)
{
	return feed(w, str_z(z), SIZE_MAX);
}

static void assert_log(struct witness *w, const char *want)
{
	if (!str_eqz(strbuf_str(&w->log), want))
		fail_msg("got:\n%.*swant:\n%s", STR_ARG(w->log), want);
	strbuf_reset(&w->log);
}

static const struct {
	struct str in;
	const char *log, *condition;
} cases[] = {
	{ STR(OPEN), OPENED, "" },
	{ STR(OPEN CLOSE), OPENED "close\n", "" },
	{ STR("\xef\xbb\xbf" OPEN), OPENED, "" }, /* a byte order mark */
	{ STR(OPEN "<a/><b/>"), OPENED "<a/>\n<b/>\n", "" },
	{ STR(OPEN "<a>1</a>" CLOSE), OPENED "<a>1</a>\nclose\n", "" },
	{ STR(OPEN " \n<a/> \t\r\n <b/> "), OPENED "<a/>\n<b/>\n", "" },
	{ STR(OPEN "<a"
		   "/>" CLOSE "<b/>"),
	  OPENED "<a/>\nclose\n", "" },
	/* trees */
	{ STR(OPEN "<m to=\"a\" id='1'><body xml:lang='de'>x</body></m>"),
	  OPENED "<m to='a' id='1'><body xml:lang='de'>x</body></m>\n", "" },
	{ STR(OPEN "<m xmlns='jabber:client'><b/></m>"), OPENED "<m><b/></m>\n",
	  "" },
	{ STR(OPEN "<m xmlns='jabber:server'><b/></m>"), OPENED "<m><b/></m>\n",
	  "" },
	{ STR(OPEN "<m><p:x xmlns:p='u' p:k='v' k='w'><p:y/><z/></p:x></m>"),
	  OPENED "<m><x xmlns='u' xmlns:a0='u' a0:k='v' k='w'><y/>"
		 "<z xmlns='" NS_COMPONENT "'/></x></m>\n",
	  "" },
	{ STR(OPEN "<stream:error><x xmlns='u'/></stream:error>"),
	  OPENED "<error xmlns='" NS_STREAM "'><x xmlns='u'/></error>\n", "" },
	{ STR(OPEN "<m><x xmlns=''/></m>"), OPENED "<m><x xmlns=''/></m>\n",
	  "" },
	{ STR(OPEN "<m>a&lt;&#x20AC;&amp;<![CDATA[<&]]>b</m>"),
	  OPENED "<m>a&lt;\xe2\x82\xac&amp;&lt;&amp;b</m>\n", "" },
	{ STR(OPEN "<m>1\r\n2&#13;3</m>"), OPENED "<m>1\n2&#13;3</m>\n", "" },
	{ STR(OPEN "<m k='1\n2&#10;3'/>"), OPENED "<m k='1 2&#10;3'/>\n", "" },
	{ STR(OPEN "<m> <x/> </m>"), OPENED "<m> <x/> </m>\n", "" },
	/* the opening tag */
	{ STR("<stream:stream xmlns:stream='" NS_STREAM "'>"), "open   \n",
	  "" },
	{ STR("<stream xmlns='" NS_STREAM "' id=''/>"),
	  "open   " NS_STREAM "\nclose\n", "" },
	{ STR("<stream:stream xmlns='jabber:client' xmlns:stream='" NS_STREAM
	      "'>"),
	  "open   jabber:client\n", "" },
	{ STR("<stream:stream xmlns='" NS_COMPONENT "' xmlns:stream='u'>"), "",
	  "invalid-namespace" },
	{ STR("<stream>"), "", "invalid-namespace" },
	{ STR("<stream:features xmlns:stream='" NS_STREAM "'>"), "",
	  "bad-format" },
	{ STR("HTTP/1.1 400 Bad Request\r\n\r\n"), "", "not-well-formed" },
	{ STR("\x16\x03\x01\x02"), "", "not-well-formed" },
	{ STR("<\0s\0"), "", "unsupported-encoding" },
	{ STR("\xff\xfe<\0"), "", "unsupported-encoding" },
	/* text where none belongs */
	{ STR(OPEN "<a/>text<b/>"), OPENED "<a/>\n", "bad-format" },
	{ STR(OPEN "&#32;<a/>"), OPENED "<a/>\n", "" },
	/* RFC 6120 §11.1 */
	{ STR(OPEN "<!-- c -->"), OPENED, "restricted-xml" },
	{ STR(OPEN "<a><!-- c --></a>"), OPENED, "restricted-xml" },
	{ STR("<!-- c -->" OPEN), "", "restricted-xml" },
	{ STR(OPEN "<?pi x?>"), OPENED, "restricted-xml" },
	{ STR(OPEN "<a>&foo;</a>"), OPENED, "restricted-xml" },
	{ STR(OPEN "<a k='&foo;'/>"), OPENED, "restricted-xml" },
	{ STR("<!DOCTYPE s><s/>"), "", "restricted-xml" },
	{ STR("<!DOCTYPE s SYSTEM 'file:///etc/passwd'><s/>"), "",
	  "restricted-xml" },
	{ STR("<?xml version='1.0'?><!DOCTYPE l [<!ENTITY a 'ha'>"
	      "<!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;'>"
	      "<!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;'>]><l>&c;</l>"),
	  "", "restricted-xml" },
	/* RFC 6120 §11.3 */
	{ STR(OPEN "<a></b>"), OPENED, "not-well-formed" },
	{ STR(OPEN "<p:a/>"), OPENED, "not-well-formed" },
	{ STR(OPEN "<a p:k=''/>"), OPENED, "not-well-formed" },
	{ STR(OPEN "<a k='1' k='2'/>"), OPENED, "not-well-formed" },
	{ STR(OPEN "<a k=1/>"), OPENED, "not-well-formed" },
	{ STR(OPEN "<a>]]></a>"), OPENED, "not-well-formed" },
	{ STR(OPEN "<a>\x01</a>"), OPENED, "not-well-formed" },
	{ STR(OPEN "<a>&#1;</a>"), OPENED, "not-well-formed" },
	{ STR(OPEN "<a>&#xD800;</a>"), OPENED, "not-well-formed" },
	{ STR(OPEN "<a>\0</a>"), OPENED, "not-well-formed" },
	{ STR(OPEN "<a>\xff</a>"), OPENED, "not-well-formed" },
	{ STR(OPEN "<a>\xc0\xaf</a>"), OPENED, "not-well-formed" },
	{ STR(OPEN "<a>\xed\xa0\x80</a>"), OPENED, "not-well-formed" },
	{ STR(OPEN "<a>\xef\xbf\xbf</a>"), OPENED, "not-well-formed" },
	{ STR(OPEN "<a>\xe2\x82</a>"), OPENED, "not-well-formed" },
	{ STR(OPEN "<a xmlns='u\x01v'/>"), OPENED, "not-well-formed" },
	{ STR(OPEN "<?xml version='1.0'?>"), OPENED, "not-well-formed" },
	{ STR("<?xml version='1.0' encoding='UTF-16'?><stream:stream"
	      " xmlns:stream='" NS_STREAM "'><a>\xc3\xbc</a>"),
	  "open   \n<a xmlns=''>\xc3\xbc</a>\n", "" },
	/* limits */
	{ STR(OPEN "<a><b><c><d/></c></b></a>"),
	  OPENED "<a><b><c><d/></c></b></a>\n", "" },
	{ STR(OPEN "<a from='f'><b><c><d><e/></d></c></b></a><b/>"),
	  OPENED "elements nested too deep: a from=f id=\n<b/>\n", "" },
	{ STR(OPEN "<a id='i'><b><c><d>x<e><f>y</f></e>z</d></c><d/>z</b>z</a>"
		   "x"),
	  OPENED "elements nested too deep: a from= id=i\n", "bad-format" },
	{ STR(OPEN "<a><b><c><d><e></d></c></b></a>"), OPENED,
	  "not-well-formed" },
	{ STR(OPEN "<a a='' b='' c='' d='' e=''/>"),
	  OPENED "<a a='' b='' c='' d='' e=''/>\n", "" },
	{ STR(OPEN "<a a='' b='' c='' d='' e='' id='i' from='f'/><b/>"),
	  OPENED "too many attributes: a from=f id=i\n<b/>\n", "" },
	{ STR(OPEN "<m id='1'><a a='' b='' c='' d='' e='' f=''/>x</m><b/>"),
	  OPENED "too many attributes: m from= id=1\n<b/>\n", "" },
	{ STR(OPEN "<a a='' b='' c='' xmlns:d='d' xmlns:e='e' f=''/>"),
	  OPENED "too many attributes: a from= id=\n", "" },
	{ STR(OPEN "<a xmlns:a='a' xmlns:b='b' xmlns:c='c' xmlns:d='d'"
		   " xmlns:e='e' xmlns:f='f' id='i'/><b/>"),
	  OPENED "too many attributes: a from= id=i\n<b/>\n", "" },
	{ STR("<stream:stream xmlns:stream='" NS_STREAM "' xmlns:a='a'"
	      " xmlns:b='b' xmlns:c='c' xmlns:d='d' xmlns:e='e'>"),
	  "", "policy-violation" },
};

/* However it is cut, the same comes out. */
static void test_cases(void **state)
{
	static const size_t steps[] = { SIZE_MAX, 1, 2, 3, 7, 50 };
	struct witness w;
	const char *condition;
	size_t i, k;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		for (k = 0; k < COUNT(steps); k++) {
			witness_init(&w, &small);
			condition = feed(&w, cases[i].in, steps[k]);
			if (strcmp(condition, cases[i].condition) != 0)
				fail_msg("case %zu by %zu, %.*s: \"%s\"", i,
					 steps[k], STR_ARG(cases[i].in),
					 condition);
			assert_log(&w, cases[i].log);
			witness_fini(&w);
		}
	}
}

/* A stanza of n bytes in all. */
static void feed_stanza(struct witness *w, size_t n)
{
	char text[STANZA_MAX_BYTES + 1];
	struct strbuf b;
	size_t step;

	memset(text, 't', sizeof(text));
	strbuf_init(&b, 2 * STANZA_MAX_BYTES);
	strbuf_addlit(&b, "<a>");
	strbuf_add(&b, (struct str){ text, n - 7 });
	strbuf_addlit(&b, "</a>");
	assert_int_equal(b.n, n);
	for (step = 1; step <= n; step *= 10) {
		stream_restart(w->stream);
		assert_string_equal(feedz(w, OPEN), "");
		assert_string_equal(feed(w, strbuf_str(&b), step), "");
	}
	strbuf_fini(&b);
}

static void test_stanza_limit_is_exact(void **state)
{
	struct witness w;

	(void)state;
	witness_init(&w, &small);
	feed_stanza(&w, STANZA_MAX_BYTES);
	assert_int_equal(w.stanzas, 4);
	assert_int_equal(w.excesses, 0);
	feed_stanza(&w, STANZA_MAX_BYTES + 1);
	assert_int_equal(w.stanzas, 4);
	assert_int_equal(w.excesses, 4);
	witness_fini(&w);
}

static void test_opening_limit(void **state)
{
	static const size_t steps[] = { SIZE_MAX, 1, 100 };
	char value[STANZA_MAX_BYTES];
	struct witness w;
	struct strbuf b;
	size_t i;

	(void)state;
	memset(value, 'v', sizeof(value));
	strbuf_init(&b, 2 * STANZA_MAX_BYTES);
	strbuf_addlit(&b, "<s:stream xmlns:s='" NS_STREAM "' id='");
	strbuf_add(&b, (struct str){ value, sizeof(value) });
	strbuf_addlit(&b, "'>");
	for (i = 0; i < COUNT(steps); i++) {
		witness_init(&w, &small);
		assert_string_equal(feed(&w, strbuf_str(&b), steps[i]),
				    "policy-violation");
		assert_log(&w, "");
		witness_fini(&w);
	}
	strbuf_fini(&b);
}

/* Blanks between stanzas are no part of a stanza, however many they are. */
static void test_keep_alive(void **state)
{
	static char blanks[10 * STANZA_MAX_BYTES];
	struct witness w;

	(void)state;
	memset(blanks, ' ', sizeof(blanks));
	witness_init(&w, &small);
	assert_string_equal(feedz(&w, OPEN), "");
	assert_string_equal(feed(&w, (struct str){ blanks, sizeof(blanks) }, 1),
			    "");
	assert_string_equal(
		feed(&w, (struct str){ blanks, sizeof(blanks) }, SIZE_MAX), "");
	assert_string_equal(feedz(&w, "<a/>"), "");
	assert_log(&w, OPENED "<a/>\n");
	witness_fini(&w);
}

static size_t heap_bytes(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

/* 64 MiB of body behind start; how much was taken, and the memory it cost. */
static void attack(const char *start, const char *body, const char *want)
{
	struct witness w;
	const char *condition = "";
	struct str unit = str_z(body);
	struct strbuf b;
	size_t before, fed;

	strbuf_init(&b, 1 << 17);
	while (b.n + unit.n <= 1 << 16)
		strbuf_add(&b, unit);
	before = heap_bytes();
	witness_init(&w, &usual);
	w.is_quiet = true;
	assert_string_equal(feedz(&w, start), "");
	for (fed = 0; fed < BIG_BYTES && condition[0] == '\0'; fed += b.n)
		condition = feed(&w, strbuf_str(&b), SIZE_MAX);
	if (strcmp(condition, want) != 0)
		fail_msg("%s...%s: \"%s\"", start, body, condition);
	if (want[0] != '\0')
		assert_true(fed <= STREAM_PASSED_MAX_BYTES + 2 * b.n);
	if (heap_bytes() > before + MEMORY_MAX_BYTES)
		fail_msg("%s...%s: %zu bytes", start, body,
			 heap_bytes() - before);
	witness_fini(&w);
	strbuf_fini(&b);
}

static void test_attacks(void **state)
{
	static const char policy[] = "policy-violation";

	(void)state;
	attack(OPEN "<a>", "text", policy);
	attack(OPEN "<a>", "<b/>", policy);
	attack(OPEN "<a>", "<b>", policy);
	attack(OPEN "<a>", "&amp;", policy);
	attack(OPEN "<", "name", policy);
	attack(OPEN "<a k='", "value", policy);
	attack(OPEN "<a ", "  ", policy);
	attack(OPEN "<a></a ", "  ", policy);
	attack(OPEN "<a xmlns='", "u:", policy);
	attack(OPEN "<a><![CDATA[", "data", policy);
	attack(OPEN "<!--", "comment", policy);
	attack(OPEN "<?pi ", "data", policy);
	attack(OPEN "<a>&", "entity", policy);
	attack("<", "name", policy);
	attack("<a k='", "value", policy);
	attack("<!DOCTYPE ", "name", policy);
	attack("<!DOCTYPE a ", "  ", policy);
	attack("<!--", "comment", policy);
	attack(OPEN, " ", "");
	attack(OPEN, "<message to='a@b'><body>hello</body></message>", "");
}

/* What is passed over may be as large as servers let it become, in whatever
 * part, and costs no more than that; the stream goes on. */
static void test_passed_over(void **state)
{
	static const struct {
		const char *start, *part, *end;
	} rows[] = {
		{ "<m id='1' from='f'><b>", "&apos;", "</b></m>" },
		{ "<m id='1' from='f' k='", "&apos;", "'/>" },
		{ "<m id='1' from='f'><b k='", "&apos;", "'/></m>" },
		{ "<m id='1' from='f'>", "<b/>", "</m>" },
		{ "<m id='1' from='f'><b", "b", "/></m>" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct witness w;
		struct strbuf b;
		size_t before;

		strbuf_init(&b, 4 << 20);
		strbuf_addz(&b, rows[i].start);
		while (b.n < 3 << 20)
			strbuf_addz(&b, rows[i].part);
		strbuf_addz(&b, rows[i].end);
		strbuf_addlit(&b, "<next/>");
		before = heap_bytes();
		witness_init(&w, &usual);
		assert_string_equal(feedz(&w, OPEN), "");
		assert_string_equal(feed(&w, strbuf_str(&b), 65536), "");
		assert_log(&w, OPENED "stanza too large: m from=f id=1\n"
				      "<next/>\n");
		if (heap_bytes() > before + MEMORY_MAX_BYTES)
			fail_msg("%s: %zu bytes", rows[i].start,
				 heap_bytes() - before);
		witness_fini(&w);
		strbuf_fini(&b);
	}
}

/* expat keeps every name it has seen: with ever new names a stream that goes
 * on for months must not grow. */
static void test_new_names_do_not_pile_up(void **state)
{
	struct witness w;
	struct strbuf b;
	size_t before, i, k;

	(void)state;
	strbuf_init(&b, 1 << 20);
	before = heap_bytes();
	witness_init(&w, &usual);
	w.is_quiet = true;
	assert_string_equal(feedz(&w, OPEN), "");
	for (i = 0; i < 400; i++) {
		strbuf_reset(&b);
		strbuf_addlit(&b, "<m>");
		for (k = 0; k < 1000; k++)
			strbuf_addf(&b, "<n%zux%zu k%zu%zu=''/>", i, k, i, k);
		strbuf_addlit(&b, "</m>");
		assert_string_equal(feed(&w, strbuf_str(&b), 1400), "");
	}
	assert_int_equal(w.stanzas, i);
	if (heap_bytes() > before + MEMORY_MAX_BYTES)
		fail_msg("%zu bytes", heap_bytes() - before);
	/* Still the same stream, with its namespaces and its end. */
	w.is_quiet = false;
	assert_string_equal(feedz(&w, "<stream:x/><y/>" CLOSE), "");
	assert_log(&w, OPENED "<x xmlns='" NS_STREAM "'/>\n<y/>\nclose\n");
	witness_fini(&w);
	strbuf_fini(&b);
}

/* The parser is renewed between any two stanzas, wherever a feed ends. */
static void test_renewal_loses_nothing(void **state)
{
	static const char one[] = "<m id='%zu'><b>text</b></m> ";
	struct witness w;
	struct strbuf in, want;
	size_t i, step;

	(void)state;
	strbuf_init(&in, 8 << 20);
	strbuf_init(&want, 8 << 20);
	strbuf_addlit(&in, OPEN);
	strbuf_addlit(&want, OPENED);
	for (i = 0; in.n < 4 << 20; i++) {
		strbuf_addf(&in, one, i);
		strbuf_addf(&want, one, i);
		want.p[want.n - 1] = '\n';
	}
	strbuf_addlit(&in, CLOSE);
	strbuf_addlit(&want, "close\n");
	for (step = 13; step < in.n; step *= 71) {
		witness_init(&w, &usual);
		w.log.limit = want.limit;
		assert_string_equal(feed(&w, strbuf_str(&in), step), "");
		assert_int_equal(w.stanzas, i);
		assert_true(str_eq(strbuf_str(&w.log), strbuf_str(&want)));
		witness_fini(&w);
	}
	strbuf_fini(&in);
	strbuf_fini(&want);
}

static void test_stop_in_callback(void **state)
{
	struct witness w;

	(void)state;
	witness_init(&w, &small);
	w.stop_at = 2;
	assert_string_equal(feedz(&w, OPEN "<a/><b/><c/>"), "");
	assert_log(&w, OPENED "<a/>\n<b/>\n");
	assert_string_equal(feedz(&w, "<d/>garbage</"), "");
	assert_log(&w, "");
	stream_restart(w.stream);
	assert_string_equal(feedz(&w, OPEN "<e/>"), "");
	assert_log(&w, OPENED "<e/>\n");
	witness_fini(&w);
}

static void test_restart(void **state)
{
	struct witness w;

	(void)state;
	witness_init(&w, &small);
	assert_string_equal(feedz(&w, OPEN "<a><b"), "");
	stream_restart(w.stream);
	assert_string_equal(feedz(&w, OPEN "<c/>"), "");
	assert_log(&w, OPENED OPENED "<c/>\n");
	assert_string_equal(feedz(&w, "</x>"), "not-well-formed");
	stream_restart(w.stream);
	/* no default namespace is left over from before */
	assert_string_equal(feedz(&w, "<s:stream xmlns:s='" NS_STREAM "'>"),
			    "");
	assert_log(&w, "open   \n");
	witness_fini(&w);
}

static void test_restart_in_callback(void **state)
{
	struct witness w;

	(void)state;
	witness_init(&w, &small);
	w.restart_at = 1;
	assert_string_equal(feedz(&w, OPEN "<a/><b/><c"), "");
	assert_string_equal(feedz(&w, OPEN "<d/>"), "");
	assert_log(&w, OPENED "<a/>\n" OPENED "<d/>\n");
	witness_fini(&w);
}

static void test_closed_hears_nothing(void **state)
{
	struct witness w;

	(void)state;
	witness_init(&w, &small);
	assert_string_equal(feedz(&w, OPEN CLOSE), "");
	assert_string_equal(feedz(&w, "<a/>" CLOSE), "");
	assert_log(&w, OPENED "close\n");
	witness_fini(&w);
}

/* in, and what it is read as; NULL: refused. */
static const struct {
	struct str in;
	const char *want;
} documents[] = {
	{ STR("<a/>"), "<a/>" },
	{ STR("<?xml version='1.0' encoding='UTF-8'?>\n<a>\xc3\xbc</a>\n"),
	  "<a>\xc3\xbc</a>" },
	{ STR("<?xml version='1.0' encoding='ISO-8859-1'?><a>\xfc</a>"),
	  "<a>\xc3\xbc</a>" },
	{ STR("<presence xmlns='urn:p' entity='x'><t:t xmlns:t='urn:t'/>"
	      "</presence>"),
	  "<presence xmlns='urn:p' entity='x'><t xmlns='urn:t'/></presence>" },
	{ STR("<!-- c --><a>1<!-- c -->2<?pi?></a><!-- c -->"), "<a>12</a>" },
	{ STR(""), NULL },
	{ STR("   "), NULL },
	{ STR("text"), NULL },
	{ STR("<a>"), NULL },
	{ STR("<a/><b/>"), NULL },
	{ STR("<a/>text"), NULL },
	{ STR("<a>\xff</a>"), NULL },
	{ STR("<a>&x;</a>"), NULL },
	{ STR("<!DOCTYPE a><a/>"), "<a/>" },
	{ STR("<?xml version='1.0'?>\n<!DOCTYPE presence PUBLIC "
	      "'-//IETF//DTD RFCxxxx XPIDF 1.0//EN' 'xpidf.dtd'>\n<a/>"),
	  "<a/>" },
	{ STR("<!DOCTYPE a SYSTEM '/etc/passwd'><a>&x;</a>"), NULL },
	{ STR("<!DOCTYPE a SYSTEM 'a.dtd' [<!ENTITY x 'y'>]><a/>"), NULL },
	{ STR("<!DOCTYPE a []><a/>"), NULL },
	{ STR("\r\n\n<?xml version='1.0'?><a/>"), "<a/>" },
	{ STR("<!DOCTYPE a [<!ENTITY x SYSTEM '/etc/passwd'>]><a>&x;</a>"),
	  NULL },
	{ STR("<?xml version='1.0' encoding='x-none'?><a/>"), NULL },
	{ STR("<a><b><c><d><e/></d></c></b></a>"), NULL },
	{ STR("<a a='' b='' c='' d='' e='' f=''/>"), NULL },
};

static void test_document(void **state)
{
	struct arena a;
	struct strbuf b;
	const struct xml *x;
	const char *why;
	size_t i;

	(void)state;
	arena_init(&a, 1024);
	strbuf_init(&b, LOG_MAX_BYTES);
	for (i = 0; i < COUNT(documents); i++) {
		x = stream_document(&a, documents[i].in, &small, &why);
		if ((x != NULL) != (documents[i].want != NULL))
			fail_msg("%.*s: %s", STR_ARG(documents[i].in), why);
		assert_true((x == NULL) == (why != NULL));
		if (x == NULL)
			continue;
		strbuf_reset(&b);
		xml_write(&b, x, STR_NONE);
		strbuf_addc(&b, '\0');
		assert_string_equal(b.p, documents[i].want);
	}
	strbuf_fini(&b);
	arena_fini(&a);
}

static void test_document_limit(void **state)
{
	char doc[STANZA_MAX_BYTES + 1];
	struct arena a;
	const char *why;

	(void)state;
	arena_init(&a, 1024);
	memset(doc, ' ', sizeof(doc));
	memcpy(doc, "<a/>", 4);
	assert_non_null(stream_document(
		&a, (struct str){ doc, STANZA_MAX_BYTES }, &small, &why));
	assert_null(stream_document(&a, (struct str){ doc, sizeof(doc) },
				    &small, &why));
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_stanza_limit_is_exact),
		cmocka_unit_test(test_opening_limit),
		cmocka_unit_test(test_keep_alive),
		cmocka_unit_test(test_attacks),
		cmocka_unit_test(test_passed_over),
		cmocka_unit_test(test_new_names_do_not_pile_up),
		cmocka_unit_test(test_renewal_loses_nothing),
		cmocka_unit_test(test_stop_in_callback),
		cmocka_unit_test(test_restart),
		cmocka_unit_test(test_restart_in_callback),
		cmocka_unit_test(test_closed_hears_nothing),
		cmocka_unit_test(test_document),
		cmocka_unit_test(test_document_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
