#include <stdlib.h>
#include <string.h>
#include "gateway/presence/roster_inner.h"

/* Dialogs of watchers whom the user has refused: their last NOTIFY is said
 * again after kill -9, until it has been answered or given up. Meanwhile their
 * records say so, and stand for nothing else: the row may be gone. */
enum { KEY_BYTES = sizeof(((struct usage *)NULL)->key) };

static const char REASON[] = "rejected";

struct refused {
	struct roster *roster; /* borrowed */
	char key[KEY_BYTES];
};

static void on_over(void *arg, bool is_settled)
{
	struct refused *f = arg;
	struct str key = { f->key, KEY_BYTES };

	if (is_settled && f->roster->bridge->store != NULL)
		store_remove(f->roster->bridge->store, STORE_DIALOG, key, NULL,
			     NULL);
	free(f);
}

static void await(struct roster *r, struct notice *n, const char *key)
{
	struct refused *f = malloc(sizeof(*f));

	if (f == NULL)
		abort();
	f->roster = r;
	memcpy(f->key, key, KEY_BYTES);
	notice_on_over(n, on_over, f);
}

/* A poll has no record, and its answer is its end whatever it says. */
static bool has_record(const struct usage *u)
{
	return u->member == NULL && !loop_timer_is_running(&u->poll);
}

void refused_keep(struct usage *u)
{
	const struct dialog dialog = notice_dialog(u->notice);
	const struct dialog_record d = {
		.key = { u->key, KEY_BYTES },
		.user = row_user(u->row),
		.contact = row_contact(u->row),
		.event_id = notice_event_id(u->notice),
		.dialog = &dialog,
		.is_refused = true,
	};

	u->is_refused = true;
	keep_dialog(u->row->roster, &d, NULL, NULL);
}

bool refused_end(struct usage *u, const char *reason)
{
	if (!has_record(u) || strcmp(reason, REASON) != 0)
		return false;
	if (!u->is_refused)
		refused_keep(u);
	await(u->row->roster, u->notice, u->key);
	return true;
}

void refused_restore(struct roster *r, const struct dialog_record *d,
		     uint32_t cseq_skip)
{
	struct notice *n = notifier_restore(r->notifier, d->dialog, d->event_id,
					    d->expires_at_s, cseq_skip, NULL);

	if (n != NULL)
		await(r, n, d->key.p);
}

bool refused_say(struct notice *n)
{
	if (notice_owner(n) != NULL)
		return false;
	notice_send(n, NOTICE_TERMINATED, REASON, 0,
		    (struct notice_document){ .text = STR_NONE });
	return true;
}
