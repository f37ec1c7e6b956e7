#include "gateway/config/checkup.h"
#include "gateway/store/storage.h"

void checkstore_run(struct checkup *k)
{
	const char *why = "";
	bool is_memory;
	struct store *s;

	/* A stoxd that runs holds its own store: it would only say so. */
	if (k->is_running)
		return;
	s = storage_open(k->loop, k->cfg, &is_memory, &why);
	if (s == NULL)
		checkup_wrong(k, "%s", why);
	else if (is_memory)
		checkup_unwise(k,
			       "%s; subscriptions would be kept in memory only "
			       "and end with the process: set store.path",
			       why);
	else
		checkup_good(k, "store: opened, schema understood");
	store_close(&s);
}
