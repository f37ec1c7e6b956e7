#ifndef STOX_GATEWAY_PRESENCE_ROSTER_INNER_H
#define STOX_GATEWAY_PRESENCE_ROSTER_INNER_H
#include "gateway/presence/attendance.h"
#include "gateway/presence/roster.h"
#include "gateway/presence/row.h"
#include "gateway/presence/tally.h"
#include "gateway/store/store.h"
#include "mapping/dialoginfo.h"
#include "sip/publisher.h"

/* What the files of the roster share: roster.c (events in), row.c (rows and
 * steps), roster_out.c, roster_in.c (actions), roster_keep.c (records). */
struct roster {
	struct bridge *bridge;	   /* borrowed */
	struct watcher *watcher;   /* owned */
	struct notifier *notifier; /* owned */
	struct hashset rows;	   /* owned */
	struct row *waking;	   /* rows to be woken, in order; at the end
				      those whose users are to be told */
	struct loop_timer wake;
	struct joining *joining; /* owned list: SUBSCRIBEs that wait for the
				    store */
	struct tally tally;	 /* rows of each watcher */
	struct tally undecided;	 /* contacts who wait for each user's word */
	struct published *published;   /* owned table: roster_publish.c */
	struct publisher *publisher;   /* owned */
	struct attendance *attendance; /* owned: users who were probed */
	struct lists *lists;	       /* owned */
	struct gone *gone; /* owned list, in order of time: roster_gone.c */
	size_t gone_count;
	struct word *words; /* owned list, likewise: roster_words.c */
	size_t word_count, words_due;
	uint64_t boot;	   /* how often this store was opened */
	bool is_booted;	   /* the store knows that */
	bool is_leaving;   /* nothing is said to be there any more */
	size_t lost_count; /* then: contacts of links that broke */
	size_t count;
	size_t counts[SUB_IN + 1][SUB_STATE_COUNT]; /* the same, apart */
	struct strbuf scratch;			    /* documents, records */
};

/* The rows one after the other, in no order; NULL before the first and behind
 * the last. */
struct row *roster_next(const struct roster *r, const struct row *w);

/* --- roster_keep.c: rows and dialogs as records of the store */

void keep_row(struct row *w, store_fn *fn, void *arg);
/* The user is about to be told of a resource that the record does not name:
 * after a crash nobody could take it back. */
bool keep_is_due(struct row *w);
void keep_forget(struct row *w, store_fn *fn, void *arg);
/* A dialog as a record, also before there is a notice of it. */
struct dialog_record {
	struct str key, user, contact, event_id;
	const struct dialog *dialog;
	int64_t expires_at_s;
	bool is_refused; /* all that is left is to say so */
};
/* A new dialog's key: in the order of time, so that those of a storm go into
 * the same pages of the database. */
void keep_key(char out[16]);
void keep_dialog(struct roster *r, const struct dialog_record *d, store_fn *fn,
		 void *arg);
void keep_usage(struct usage *u, store_fn *fn, void *arg);
void keep_drop(struct usage *u);
bool keep_load(struct roster *r, const char **why);
/* A dialog of the row was loaded. They are two records: a crash may have come
 * between them. */
void keep_settle(struct row *w);
/* CSeq numbers that may have been used since the last record. Each record tells
 * in which run of the program it was made: every run since then may have used
 * as many without a word. */
enum { CSEQ_STRIDE = 100 };
/* Counts this run; fn when the store knows it. */
void keep_boot(struct roster *r, store_fn *fn, void *arg);

/* --- roster_say.c: presence without any content. Owed when the link is down or
 * full. */

void roster_say(struct link *k, const struct jid *from, const struct jid *to,
		enum presence_type type);
/* In the gateway's own name. user: a JID. */
void roster_say_to(struct link *k, struct str user, enum presence_type type);
/* The error for a subscribe from to, to the contact. */
void roster_say_not_found(struct link *k, const struct jid *contact,
			  const struct jid *to);

/* --- roster_refused.c */

/* Instead of the dialog: that it has been refused. */
void refused_keep(struct usage *u);
/* Before its last NOTIFY: the record goes when that is over. false: it is no
 * refusal, or there is no record. */
bool refused_end(struct usage *u, const char *reason);
void refused_restore(struct roster *r, const struct dialog_record *d,
		     uint32_t cseq_skip);
/* Says it, to one that was restored. false: it is another dialog. */
bool refused_say(struct notice *n);

/* --- roster_in.c */

struct usage *usage_create(struct row *w);
void usage_destroy(struct usage *u);
/* The last NOTIFY of a dialog, then its end; its record goes too. */
void usage_end(struct usage *u, const char *reason, unsigned retry_after_s,
	       struct str body);
/* The row's document as text in the turn's arena; none when nothing is known.
 * is_closed: one that says closed, whatever is known. */
struct str in_document(struct row *w, bool is_closed);

/* --- roster_dialogs.c: events of the SUBSCRIBE dialogs that we accepted */

extern const struct notifier_events ROSTER_NOTIFIER_EVENTS;
/* What a SUBSCRIBE gets: the status, text and Retry-After of f; 503, since the
 * store did not take its record. */
void dialogs_refuse(struct answer *answer, const struct fault *f);
void dialogs_refuse_store(struct answer *answer);
/* The usage of a refresh that waits for the store is gone. */
void refresh_forget(struct refresh *f);
/* The store is well, and there is room for a dialog and so many rows more; else
 * 503. */
bool dialogs_have_room(const struct roster *r, size_t rows, struct fault *why);
/* Answers the polls of that pair that wait for a word of the user; false when
 * there are none. */
bool dialogs_poll_answer(struct row *w);

/* --- roster_lists.c: lists of users as one subscription (RFC 4662) */

struct lists *lists_create(struct roster *r);
void lists_destroy(struct lists **lp);
/* Is that SUBSCRIBE for a list? Then it is answered, now or later. */
bool lists_offer(struct lists *l, const struct request *req,
		 struct answer *answer);
/* Its dialogs are records as others are; the user of theirs is the list. */
bool lists_has(const struct lists *l, struct str user);
void lists_restore(struct lists *l, const struct dialog_record *d,
		   uint32_t cseq_skip);
/* What the row says to a member's watcher; and that his usage is gone. */
void member_tell(struct member *m, enum notice_state s, const char *reason,
		 struct str body);
void member_leave(struct member *m);

/* Presence of the row's user; true: it changes what his watchers see. */
bool in_take(struct row *w, const struct stanza *s, struct arena *a);
/* Resources of a user or contact are left out: said once, until they fit. */
void row_crowded(struct row *w, bool is_crowded);
/* A new link: what is known of the user is asked for again, and what is not
 * heard of then has gone. */
void in_check(struct row *w);
/* The user's denial was so long ago that he may be asked again. */
bool in_is_pardoned(const struct row *w);

/* --- roster_out.c */

/* SUBSCRIBE to the row's contact; false when an address cannot be mapped. */
bool out_options(struct row *w, struct watch_options *o);
/* What is known of the contact now: in the place of what was, what is not there
 * has gone. */
void out_take_items(struct row *w, struct presence_item *v);
/* The answer to a poll has come: it is told, and nothing stays. */
void out_poll_end(struct row *w);

/* --- roster_local.c: contacts whose phones attach to us */

/* Opens the row, if it is of such a contact; what follows comes in a turn to
 * come. */
bool local_open(struct row *w, bool is_poll);
void local_close(struct row *w);

/* Everything is to be said again. */
void out_mark(struct row *w);
/* What is known of one resource (RFC 6121 §4.3.2: a probe of a full JID). */
void out_say_resource(struct row *w, struct str resource);
/* Says what is dirty. */
void out_say_changes(struct row *w);
/* The same; and that the contact has gone where nothing is known of him, unless
 * that was the last word. What is only remembered has gone. */
void out_say_presence(struct row *w);
/* Takes back what was told over another link and is not there. */
void out_take_back(struct row *w);

/* Takes a document: what is in it replaces what was, what is not has gone. */
void out_take(struct row *w, const struct watch_notice *n);
/* Nothing is known of any resource: all have gone. */
void out_leave(struct row *w);
/* The user is told so, and nothing changes. */
void out_say_gone(struct row *w);

/* --- roster_fetch.c */

/* A NOTIFY was empty: is the contact still there? */
void fetch_start(struct row *w);

/* --- roster_leave.c */

/* A link that comes up behind roster_leave. */
void leave_link_up(struct link *k);

/* --- roster_due.c: is the user there to see it? */

/* The user's own presence is known, and he is offline. */
bool out_is_for_nobody(struct row *w);
/* As of struct watch_events; arg: the row. */
bool out_due(void *arg, bool is_last);
/* EV_RETRY in ms, unless that would be for nobody; is_soon: for anybody. */
void out_retry(struct row *w, uint64_t ms, bool is_soon);
void out_say_unsubscribed(struct row *w);
/* unsubscribed in a moment, unless the user asks again before. */
void out_part(struct row *w);
/* Presence for the gateway's own address. */
void attendance_presence(struct link *k, const struct stanza *s,
			 struct arena *a);

/* --- roster_gone.c: resources of contacts that have gone lately */

/* The user is told that it has gone. */
void gone_note(struct row *w, struct str resource);
/* A new link: what was told lately may be lost with the old one, and is to be
 * taken back again, as behind a restart. */
void gone_recall(struct roster *r, const struct link *k);
void gone_fini(struct roster *r);

/* --- roster_words.c: words of one time that were said lately */

enum said {
	SAID_SUBSCRIBED,
	SAID_UNSUBSCRIBED,
	SAID_NOT_FOUND,
	SAID_WATCHER_GONE
};

/* It is about to be said to the row's user. */
void words_note(struct row *w, enum said what);
/* A new link: they may be lost with the old one. true: there are any. */
bool words_recall(struct roster *r, const struct link *k);
/* Says them again, *n at most, which it counts down, where they still hold;
 * false: there are more. */
bool words_repeat(struct roster *r, unsigned *n);
/* What the run before this one may have said in its last moments only. */
void words_restore(struct roster *r);
void words_fini(struct roster *r);

/* --- roster_phone.c: Event: dialog (RFC 4235) */

void phone_open(struct row *w); /* nothing where it is not wanted, or there */
void phone_close(struct row *w);
void phone_drop(struct row *w);
enum phone_state phone_state(const struct row *w);

/* --- roster_last.c */

/* Before what has gone is dropped from the items of a contact. */
void last_note(struct row *w);

/* --- roster_leanings.c */

/* To the document of a row's user, when he is there. */
void leanings_add(const struct row *w, struct pidf *doc);

/* --- roster_wake.c */

void wake_init(struct roster *r);
void row_wake_later(struct row *w);

/* --- roster_publish.c: users whose presence a SIP server keeps (RFC 3903) */

bool published_load(struct roster *r, const char **why);
void published_fini(struct roster *r);
void published_link_up(struct link *k);
/* The settings have changed. */
void published_settle(struct roster *r);
/* He was asked for his presence and has not answered: Prosody would take its
 * own answer to a probe for his refusal. */
bool published_is_undecided(struct roster *r, struct str user);
/* Presence for the gateway's own address. */
void published_presence(struct link *k, const struct stanza *s,
			struct arena *a);
/* Any presence of a user: who is to be published is asked for his own. */
void published_seen(struct link *k, const struct stanza *s, struct arena *a);

#endif
