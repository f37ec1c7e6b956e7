#include "gateway/config/check.h"
#include "gateway/config/checkup.h"

enum { TURN_MS = 50, ARENA_CHUNK_BYTES = 4096 };

/* The links and the hops, side by side. */
static void check_peers(struct checkup *k)
{
	struct checklinks *links = checklinks_start(k);
	struct checkhops *hops = checkhops_start(k);
	uint64_t since = loop_now_ms(k->loop), end = since + CHECKUP_WAIT_MS;

	while (loop_now_ms(k->loop) < end &&
	       !(checklinks_is_done(links) && checkhops_is_done(hops)))
		loop_turn(k->loop, TURN_MS);
	checklinks_report(links);
	checkhops_report(hops);
	/* Links that came up have been told to close; let them say so. */
	end = loop_now_ms(k->loop) + CHECKUP_CLOSE_MS;
	while (loop_now_ms(k->loop) < end && !checklinks_is_closed(links))
		loop_turn(k->loop, TURN_MS);
	checkhops_destroy(&hops);
	checklinks_destroy(&links);
}

static void check_steps(struct checkup *k)
{
	checkup_good(k, "%.*s: read, %zu component%s", STR_ARG(k->cfg->path),
		     k->cfg->component_count,
		     k->cfg->component_count == 1 ? "" : "s");
	checkkeys_run(k);
	checkports_run(k);
	checkstore_run(k);
	checkcontrol_run(k);
	check_peers(k);
}

bool check_run(const struct config *c, FILE *out)
{
	struct checkup k = { .cfg = c, .out = out };
	const char *why = "";

	arena_init(&k.arena, ARENA_CHUNK_BYTES);
	k.loop = loop_create(&why);
	if (k.loop == NULL)
		checkup_wrong(&k, "no event loop: %s", why);
	else
		check_steps(&k);
	keyring_destroy(&k.keyring);
	loop_destroy(&k.loop);
	arena_fini(&k.arena);
	if (k.wrong_count == 0 && k.warning_count > 0)
		fprintf(out, "Nothing is wrong; %u warning%s above.\n",
			k.warning_count, k.warning_count == 1 ? "" : "s");
	else if (k.wrong_count == 0)
		fprintf(out, "All is well.\n");
	else
		fprintf(out, "Wrong: %s\n", k.first_wrong);
	return k.wrong_count == 0;
}
