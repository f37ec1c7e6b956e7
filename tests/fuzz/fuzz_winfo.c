/* room: mapping;xmpp */
/* runs: 30000 */
/* A watcherinfo document: whoever comes out of it has a name and a state, and
 * versions are taken in order only. */
#include "fuzz.h"
#include "mapping/winfo.h"
#include "xmpp/stream.h"

enum { CHUNK_BYTES = 16384, DOC_MAX_BYTES = 65536 };

static const struct stream_limits limits = { DOC_MAX_BYTES, 32, 64 };

static void check_watcher(const struct winfo_watcher *w)
{
	enum winfo_wish wish = winfo_wish(w);

	FUZZ_CHECK(w->uri.n > 0 && str_is_utf8(w->uri));
	FUZZ_CHECK(w->status <= WINFO_TERMINATED);
	FUZZ_CHECK(w->event <= WINFO_EVENT_OTHER);
	FUZZ_CHECK(winfo_wish_name(wish).n > 0);
	FUZZ_CHECK(wish != WINFO_DENIED || w->event == WINFO_REJECTED);
	FUZZ_CHECK(wish != WINFO_GRANTED || w->status == WINFO_ACTIVE);
}

static void check_order(const struct winfo *w, uint32_t last)
{
	enum winfo_order order = winfo_order(true, last, w);

	FUZZ_CHECK((order == WINFO_DISCARD) == (w->version <= last));
	FUZZ_CHECK(order != WINFO_TAKE_AND_REFRESH || !w->is_full);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct winfo_watcher *watcher;
	const struct winfo_list *list;
	const struct xml *doc;
	unsigned count = 0;
	const char *why;
	struct arena a;
	struct winfo w;

	arena_init(&a, CHUNK_BYTES);
	doc = stream_document(&a, (struct str){ (const char *)data, size },
			      &limits, &why);
	if (doc != NULL && winfo_read(&a, doc, &w, &why)) {
		for (list = w.lists; list != NULL; list = list->next)
			for (watcher = list->watchers; watcher != NULL;
			     watcher = watcher->next, count++)
				check_watcher(watcher);
		FUZZ_CHECK(count <= WINFO_WATCHERS_MAX);
		check_order(&w, 0);
		check_order(&w, 7);
		check_order(&w, w.version);
		FUZZ_CHECK(winfo_order(false, 0, &w) != WINFO_DISCARD);
	}
	arena_fini(&a);
	return 0;
}
