#include "mapping/winfo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>
#include "doctable.h"
#include "document.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

enum { CHUNK_BYTES = 4096 };

/* "0 full|sip:a@b presence: sip:c@d pending/subscribe id name, ..." */
static const char *dump(struct arena *a, const struct winfo *w)
{
	const struct winfo_watcher *x;
	const struct winfo_list *list;
	struct str s = str_fmt(a, "%u %s", (unsigned)w->version,
			       w->is_full ? "full" : "partial");

	for (list = w->lists; list != NULL; list = list->next) {
		s = str_fmt(a, "%.*s|%.*s %.*s:", STR_ARG(s),
			    STR_ARG(list->resource), STR_ARG(list->package));
		for (x = list->watchers; x != NULL; x = x->next)
			s = str_fmt(a, "%.*s %.*s %.*s/%.*s %.*s %.*s,",
				    STR_ARG(s), STR_ARG(x->uri),
				    STR_ARG(winfo_status_name(x->status)),
				    STR_ARG(winfo_event_name(x->event)),
				    STR_ARG(x->id), STR_ARG(x->display));
	}
	return str_dupz(a, s);
}

#define NS "xmlns='urn:ietf:params:xml:ns:watcherinfo'"

static const struct {
	const char *doc, *watchers; /* NULL: refused */
} docs[] = {
	/* RFC 3858 §5 */
	{ "<?xml version=\"1.0\"?>\n"
	  "<watcherinfo xmlns=\"urn:ietf:params:xml:ns:watcherinfo\"\n"
	  "             version=\"0\" state=\"full\">\n"
	  "  <watcher-list resource=\"sip:professor@example.net\" "
	  "package=\"presence\">\n"
	  "    <watcher status=\"active\"\n"
	  "             id=\"8ajksjda7s\"\n"
	  "             duration-subscribed=\"509\"\n"
	  "             event=\"approved\" >sip:userA@example.net</watcher>\n"
	  "    <watcher status=\"pending\"\n"
	  "             id=\"hh8juja87s997-ass7\"\n"
	  "             display-name=\"Mr. Subscriber\"\n"
	  "             event=\"subscribe\">sip:userB@example.org</watcher>\n"
	  "  </watcher-list>\n"
	  "</watcherinfo>",
	  "0 full|sip:professor@example.net presence: "
	  "sip:userA@example.net active/approved 8ajksjda7s , "
	  "sip:userB@example.org pending/subscribe hh8juja87s997-ass7 "
	  "Mr. Subscriber," },
	{ "<w:watcherinfo xmlns:w='urn:ietf:params:xml:ns:watcherinfo' "
	  "version='7' state='partial'><w:watcher-list resource='sip:a@b' "
	  "package='presence'><w:watcher id='1' status='Waiting' "
	  "event='odd'> sip:c@d </w:watcher></w:watcher-list>"
	  "</w:watcherinfo>",
	  "7 partial|sip:a@b presence: sip:c@d waiting/ 1 ," },
	/* strangers, watchers without a name or a status */
	{ "<watcherinfo " NS " version='1' state='full'>"
	  "<watcher-list xmlns='urn:o'/><watcher-list resource='sip:a@b'>"
	  "<watcher id='1' status='active'/>"
	  "<watcher id='2' status='odd'>sip:c@d</watcher>"
	  "<watcher id='3'>sip:c@d</watcher>"
	  "<watcher xmlns='urn:o' status='active'>sip:c@d</watcher>"
	  "</watcher-list><watcher-list/></watcherinfo>",
	  "1 full|sip:a@b :| :" },
	{ "<watcherinfo " NS " version='2'/>", "2 full" },
	{ "<watcherinfo " NS "/>", NULL },
	{ "<watcherinfo " NS " version='x'/>", NULL },
	{ "<watcherinfo xmlns='urn:o' version='1'/>", NULL },
	{ "<dialog-info version='1'/>", NULL },
};

static void reads(void **state)
{
	struct arena a;

	(void)state;
	for (size_t i = 0; i < COUNT(docs); i++) {
		struct winfo w = { .version = 99 };
		const char *why = NULL;
		const struct xml *doc;
		bool ok;

		arena_init(&a, CHUNK_BYTES);
		doc = document_of(&a, str_z(docs[i].doc));
		ok = winfo_read(&a, doc, &w, &why);
		assert_int_equal(ok, docs[i].watchers != NULL);
		if (ok)
			assert_string_equal(dump(&a, &w), docs[i].watchers);
		else
			assert_true(why != NULL && w.version == 99);
		arena_fini(&a);
	}
}

/* RFC 3858 §4 */
static void versions(void **state)
{
	static const struct {
		bool has_last;
		uint32_t last, version;
		bool is_full;
		enum winfo_order order;
	} rows[] = {
		{ false, 0, 0, true, WINFO_TAKE },
		{ false, 0, 5, true, WINFO_TAKE },
		{ false, 0, 0, false, WINFO_TAKE_AND_REFRESH },
		{ true, 0, 1, false, WINFO_TAKE },
		{ true, 0, 1, true, WINFO_TAKE },
		{ true, 4, 6, false, WINFO_TAKE_AND_REFRESH },
		{ true, 4, 6, true, WINFO_TAKE },
		{ true, 4, 4, true, WINFO_DISCARD },
		{ true, 4, 4, false, WINFO_DISCARD },
		{ true, 4, 3, true, WINFO_DISCARD },
		{ true, UINT32_MAX, 0, true, WINFO_DISCARD },
		{ true, 0, UINT32_MAX, false, WINFO_TAKE_AND_REFRESH },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct winfo w = { .version = rows[i].version,
				   .is_full = rows[i].is_full };

		assert_int_equal(
			winfo_order(rows[i].has_last, rows[i].last, &w),
			rows[i].order);
	}
}

/* Every status with every event. */
static void wishes(void **state)
{
	(void)state;
	for (unsigned s = 0; s <= WINFO_TERMINATED; s++)
		for (unsigned e = 0; e <= WINFO_EVENT_OTHER; e++) {
			struct winfo_watcher w = {
				.status = (enum winfo_status)s,
				.event = (enum winfo_event)e,
			};
			enum winfo_wish want = WINFO_NOTHING;

			if (s == WINFO_PENDING || s == WINFO_WAITING)
				want = WINFO_ASK;
			else if (s == WINFO_ACTIVE)
				want = WINFO_GRANTED;
			else if (e == WINFO_REJECTED)
				want = WINFO_DENIED;
			assert_int_equal(winfo_wish(&w), want);
		}
}

static void docs_print_the_table(void **state)
{
	struct winfo_row row;
	struct doctable t;

	(void)state;
	doctable_open(&t, STOX_SOURCE_DIR "/docs/presence.md",
		      "## Watchers of a presence server");
	for (size_t i = 0; winfo_row(i, &row); i++) {
		struct str event = winfo_event_name(row.event);

		doctable_row(&t, "| %.*s | %.*s | %.*s |",
			     STR_ARG(winfo_status_name(row.status)),
			     STR_ARG(event.n > 0 ? event : STR_LIT("any")),
			     STR_ARG(winfo_wish_name(row.wish)));
	}
	doctable_end(&t);
}

static void keeps_the_limit(void **state)
{
	const struct winfo_watcher *x;
	const struct winfo_list *list;
	const char *why;
	struct strbuf b;
	struct winfo w;
	struct arena a;
	unsigned count = 0;

	(void)state;
	arena_init(&a, CHUNK_BYTES);
	strbuf_init(&b, 1 << 20);
	strbuf_addlit(&b, "<watcherinfo version='0'>");
	for (int i = 0; i <= WINFO_WATCHERS_MAX; i++)
		strbuf_addlit(&b, "<watcher-list><watcher status='active'>x"
				  "</watcher></watcher-list>");
	strbuf_addlit(&b, "</watcherinfo>");
	assert_true(winfo_read(&a, document_of(&a, strbuf_str(&b)), &w, &why));
	for (list = w.lists; list != NULL; list = list->next)
		for (x = list->watchers; x != NULL; x = x->next)
			count++;
	assert_int_equal(count, WINFO_WATCHERS_MAX);
	strbuf_fini(&b);
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads),
		cmocka_unit_test(versions),
		cmocka_unit_test(wishes),
		cmocka_unit_test(docs_print_the_table),
		cmocka_unit_test(keeps_the_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
