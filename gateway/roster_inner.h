#ifndef STOX_GATEWAY_ROSTER_INNER_H
#define STOX_GATEWAY_ROSTER_INNER_H
#include "gateway/roster.h"
#include "gateway/row.h"
#include "gateway/store.h"

/* What the files of the roster share: roster.c (events in), row.c (rows and
 * steps), roster_out.c, roster_in.c (actions), roster_keep.c (records). */
struct roster {
	struct bridge *bridge;	   /* borrowed */
	struct watcher *watcher;   /* owned */
	struct notifier *notifier; /* owned */
	struct row *rows;	   /* owned table */
	struct row *waking;	   /* rows to be woken, in order */
	struct loop_timer wake;
	struct joining *joining; /* owned list: SUBSCRIBEs that wait for the
				    store */
	size_t count;
	struct strbuf scratch; /* documents, records */
};

/* --- roster_keep.c: rows and dialogs as records of the store */

void keep_row(struct row *w, store_fn *fn, void *arg);
void keep_forget(struct row *w, store_fn *fn, void *arg);
/* A dialog as a record, also before there is a notice of it. */
struct dialog_record {
	struct str key, user, contact, event_id;
	const struct dialog *dialog;
	int64_t expires_at_s;
};
void keep_dialog(struct roster *r, const struct dialog_record *d, store_fn *fn,
		 void *arg);
void keep_usage(struct usage *u, store_fn *fn, void *arg);
void keep_drop(struct usage *u);
bool keep_load(struct roster *r, const char **why);
/* CSeq numbers that may have been used since the last record. */
enum { CSEQ_STRIDE = 100 };

/* --- roster_in.c */

struct usage *usage_create(struct row *w);
void usage_destroy(struct usage *u);
/* The last NOTIFY of a dialog, then its end; its record goes too. */
void usage_end(struct usage *u, const char *reason, unsigned retry_after_s,
	       struct str body);
/* The row's document as text in the turn's arena; none when nothing is known.
 * is_closed: one that says closed, whatever is known. */
struct str in_document(struct row *w, bool is_closed);
void in_say(struct row *w, enum presence_type type);

/* --- roster_dialogs.c: events of the SUBSCRIBE dialogs that we accepted */

extern const struct notifier_events ROSTER_NOTIFIER_EVENTS;
/* The usage of a refresh that waits for the store is gone. */
void refresh_forget(struct refresh *f);
/* Answers the polls of that pair that wait for a word of the user. */
void dialogs_poll_answer(struct row *w);

/* --- roster_out.c */

void out_close(struct row *w);

#endif
