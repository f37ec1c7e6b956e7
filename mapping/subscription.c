#include "mapping/subscription.h"
#include <assert.h>
#include <stddef.h>

/* One row: in state `from`, event `on` leads to `to` with `actions`. What has
 * no row changes nothing. docs/presence.md prints both tables. */
struct rule {
	enum sub_state from;
	enum sub_event on;
	enum sub_state to;
	unsigned actions;
};

enum {
	LOST = DO_FORGET | DO_SAY_UNSUBSCRIBED,
	LOST_SEEN = DO_FORGET | DO_SAY_UNAVAILABLE | DO_SAY_UNSUBSCRIBED,
	/* The user's own wish. */
	PARTED = DO_FORGET | DO_CLOSE | DO_PART,
	PARTED_SEEN = DO_FORGET | DO_CLOSE | DO_SAY_UNAVAILABLE | DO_PART,
	BROKEN = DO_STORE | DO_SAY_UNAVAILABLE | DO_RETRY_LATE
};

/* An XMPP user watches a contact (RFC 8048 §5.2). Only a refusal by the SIP
 * side, or the user's own unsubscribe, ends an authorisation. */
static const struct rule OUT[] = {
	{ SUB_NONE, EV_SUBSCRIBE, SUB_ASKING, DO_STORE | DO_OPEN },
	/* The user's server may have shown the contact as online for ever. */
	{ SUB_NONE, EV_UNSUBSCRIBE, SUB_NONE, DO_SAY_UNAVAILABLE | DO_PART },
	{ SUB_NONE, EV_PROBE, SUB_NONE, DO_POLL },

	{ SUB_ASKING, EV_UNSUBSCRIBE, SUB_NONE, PARTED },
	{ SUB_ASKING, EV_SUBSCRIBE, SUB_ASKING, DO_OPEN },
	{ SUB_ASKING, EV_PROBE, SUB_ASKING, DO_OPEN },
	{ SUB_ASKING, EV_NOTIFY_ACTIVE, SUB_ACTIVE,
	  DO_STORE | DO_SAY_SUBSCRIBED | DO_SAY_PRESENCE },
	{ SUB_ASKING, EV_NOTIFY_PENDING, SUB_PENDING, DO_STORE },
	{ SUB_ASKING, EV_NOTIFY_AGAIN, SUB_ASKING, DO_RETRY_SOON },
	{ SUB_ASKING, EV_NOTIFY_LATER, SUB_ASKING, DO_RETRY_LATE },
	/* He may see what will never change: what the document says. */
	{ SUB_ASKING, EV_NOTIFY_INVARIANT, SUB_DORMANT,
	  DO_STORE | DO_SAY_SUBSCRIBED | DO_SAY_PRESENCE },
	{ SUB_ASKING, EV_NOTIFY_REJECTED, SUB_NONE, LOST },
	{ SUB_ASKING, EV_REFUSED, SUB_NONE, LOST },
	{ SUB_ASKING, EV_NOT_FOUND, SUB_NONE, DO_FORGET | DO_SAY_NOT_FOUND },
	{ SUB_ASKING, EV_GONE, SUB_ASKING, DO_RETRY_LATE },
	{ SUB_ASKING, EV_FAILED, SUB_ASKING, DO_RETRY_LATE },
	{ SUB_ASKING, EV_RETRY, SUB_ASKING, DO_OPEN },
	{ SUB_ASKING, EV_RESTART, SUB_ASKING, DO_OPEN },

	{ SUB_PENDING, EV_UNSUBSCRIBE, SUB_NONE, PARTED },
	{ SUB_PENDING, EV_SUBSCRIBE, SUB_PENDING, DO_OPEN },
	{ SUB_PENDING, EV_PROBE, SUB_PENDING, DO_OPEN },
	{ SUB_PENDING, EV_NOTIFY_ACTIVE, SUB_ACTIVE,
	  DO_STORE | DO_SAY_SUBSCRIBED | DO_SAY_PRESENCE },
	{ SUB_PENDING, EV_NOTIFY_AGAIN, SUB_PENDING, DO_RETRY_SOON },
	{ SUB_PENDING, EV_NOTIFY_LATER, SUB_PENDING, DO_RETRY_LATE },
	{ SUB_PENDING, EV_NOTIFY_INVARIANT, SUB_DORMANT,
	  DO_STORE | DO_SAY_SUBSCRIBED | DO_SAY_PRESENCE },
	{ SUB_PENDING, EV_NOTIFY_REJECTED, SUB_NONE, LOST },
	{ SUB_PENDING, EV_REFUSED, SUB_NONE, LOST },
	{ SUB_PENDING, EV_NOT_FOUND, SUB_PENDING, DO_RETRY_LATE },
	{ SUB_PENDING, EV_GONE, SUB_PENDING, DO_RETRY_SOON },
	{ SUB_PENDING, EV_FAILED, SUB_PENDING, DO_RETRY_LATE },
	{ SUB_PENDING, EV_RETRY, SUB_PENDING, DO_OPEN },
	{ SUB_PENDING, EV_RESTART, SUB_PENDING, DO_OPEN },

	{ SUB_ACTIVE, EV_UNSUBSCRIBE, SUB_NONE, PARTED_SEEN },
	{ SUB_ACTIVE, EV_SUBSCRIBE, SUB_ACTIVE,
	  DO_SAY_SUBSCRIBED | DO_SAY_PRESENCE },
	{ SUB_ACTIVE, EV_PROBE, SUB_ACTIVE, DO_SAY_PRESENCE },
	{ SUB_ACTIVE, EV_OFFLINE, SUB_DORMANT, DO_STORE | DO_CLOSE },
	{ SUB_ACTIVE, EV_NOTIFY_ACTIVE, SUB_ACTIVE, DO_SAY_PRESENCE },
	{ SUB_ACTIVE, EV_NOTIFY_PENDING, SUB_ACTIVE, DO_SAY_UNAVAILABLE },
	/* The last NOTIFY may have a document: baresip says closed with it. */
	{ SUB_ACTIVE, EV_NOTIFY_AGAIN, SUB_DORMANT,
	  DO_STORE | DO_RETRY_SOON | DO_SAY_PRESENCE },
	{ SUB_ACTIVE, EV_NOTIFY_LATER, SUB_DORMANT, BROKEN },
	{ SUB_ACTIVE, EV_NOTIFY_INVARIANT, SUB_DORMANT,
	  DO_STORE | DO_SAY_PRESENCE },
	{ SUB_ACTIVE, EV_NOTIFY_REJECTED, SUB_NONE, LOST_SEEN },
	{ SUB_ACTIVE, EV_REFUSED, SUB_NONE, LOST_SEEN },
	{ SUB_ACTIVE, EV_NOT_FOUND, SUB_DORMANT, BROKEN },
	{ SUB_ACTIVE, EV_GONE, SUB_DORMANT, DO_STORE | DO_RETRY_SOON },
	{ SUB_ACTIVE, EV_FAILED, SUB_DORMANT, BROKEN },
	{ SUB_ACTIVE, EV_RESTART, SUB_DORMANT, DO_OPEN },

	{ SUB_DORMANT, EV_UNSUBSCRIBE, SUB_NONE, PARTED_SEEN },
	{ SUB_DORMANT, EV_SUBSCRIBE, SUB_DORMANT, DO_OPEN | DO_SAY_SUBSCRIBED },
	{ SUB_DORMANT, EV_PROBE, SUB_DORMANT, DO_OPEN },
	{ SUB_DORMANT, EV_OFFLINE, SUB_DORMANT, DO_CLOSE },
	{ SUB_DORMANT, EV_NOTIFY_ACTIVE, SUB_ACTIVE,
	  DO_STORE | DO_SAY_PRESENCE },
	{ SUB_DORMANT, EV_NOTIFY_PENDING, SUB_DORMANT, DO_SAY_UNAVAILABLE },
	{ SUB_DORMANT, EV_NOTIFY_AGAIN, SUB_DORMANT,
	  DO_RETRY_SOON | DO_SAY_PRESENCE },
	{ SUB_DORMANT, EV_NOTIFY_LATER, SUB_DORMANT,
	  DO_SAY_UNAVAILABLE | DO_RETRY_LATE },
	{ SUB_DORMANT, EV_NOTIFY_INVARIANT, SUB_DORMANT, DO_SAY_PRESENCE },
	{ SUB_DORMANT, EV_NOTIFY_REJECTED, SUB_NONE, LOST_SEEN },
	{ SUB_DORMANT, EV_REFUSED, SUB_NONE, LOST_SEEN },
	{ SUB_DORMANT, EV_NOT_FOUND, SUB_DORMANT,
	  DO_SAY_UNAVAILABLE | DO_RETRY_LATE },
	/* A fresh SUBSCRIBE met it: nothing is known of the contact. */
	{ SUB_DORMANT, EV_GONE, SUB_DORMANT,
	  DO_SAY_UNAVAILABLE | DO_RETRY_LATE },
	{ SUB_DORMANT, EV_FAILED, SUB_DORMANT,
	  DO_SAY_UNAVAILABLE | DO_RETRY_LATE },
	{ SUB_DORMANT, EV_RETRY, SUB_DORMANT, DO_OPEN },
	{ SUB_DORMANT, EV_RESTART, SUB_DORMANT, DO_OPEN },
};

/* A contact watches an XMPP user (RFC 8048 §5.3). A watcher's dialogs come and
 * go with his phones; the authorisation stays until the user takes it back. */
static const struct rule IN[] = {
	{ SUB_NONE, EV_WATCH, SUB_ASKING,
	  DO_STORE | DO_ASK | DO_NOTIFY_PENDING },
	/* A dialog that survived a crash and its row did not. */
	{ SUB_NONE, EV_REFRESH, SUB_ASKING,
	  DO_STORE | DO_ASK | DO_NOTIFY_PENDING },

	{ SUB_ASKING, EV_WATCH, SUB_ASKING, DO_ASK | DO_NOTIFY_PENDING },
	{ SUB_ASKING, EV_REFRESH, SUB_ASKING, DO_NOTIFY_PENDING },
	{ SUB_ASKING, EV_WATCH_END, SUB_PENDING, DO_STORE },
	{ SUB_ASKING, EV_WATCH_LOST, SUB_PENDING, DO_STORE },
	{ SUB_ASKING, EV_SUBSCRIBED, SUB_ACTIVE, DO_STORE | DO_NOTIFY_ACTIVE },
	{ SUB_ASKING, EV_UNSUBSCRIBED, SUB_DENIED,
	  DO_STORE | DO_NOTIFY_REJECTED },
	{ SUB_ASKING, EV_USER_UNKNOWN, SUB_NONE,
	  DO_FORGET | DO_NOTIFY_NORESOURCE },
	{ SUB_ASKING, EV_USER_REFUSED, SUB_NONE,
	  DO_FORGET | DO_NOTIFY_REJECTED },
	/* Nobody was asked; the watcher comes back and asks again. */
	{ SUB_ASKING, EV_USER_AWAY, SUB_PENDING,
	  DO_STORE | DO_NOTIFY_PROBATION },
	{ SUB_ASKING, EV_RESTART, SUB_ASKING, DO_ASK },

	/* The user has the question, and may answer it in a week. */
	{ SUB_PENDING, EV_WATCH, SUB_ASKING,
	  DO_STORE | DO_ASK | DO_NOTIFY_PENDING },
	{ SUB_PENDING, EV_REFRESH, SUB_ASKING,
	  DO_STORE | DO_ASK | DO_NOTIFY_PENDING },
	{ SUB_PENDING, EV_SUBSCRIBED, SUB_DORMANT, DO_STORE },
	{ SUB_PENDING, EV_UNSUBSCRIBED, SUB_DENIED, DO_STORE },
	{ SUB_PENDING, EV_USER_UNKNOWN, SUB_NONE, DO_FORGET },
	{ SUB_PENDING, EV_USER_REFUSED, SUB_NONE, DO_FORGET },

	{ SUB_ACTIVE, EV_WATCH, SUB_ACTIVE, DO_PROBE | DO_NOTIFY_ACTIVE },
	{ SUB_ACTIVE, EV_REFRESH, SUB_ACTIVE, DO_NOTIFY_ACTIVE },
	{ SUB_ACTIVE, EV_WATCH_END, SUB_DORMANT,
	  DO_STORE | DO_SAY_WATCHER_GONE },
	{ SUB_ACTIVE, EV_WATCH_LOST, SUB_DORMANT,
	  DO_STORE | DO_SAY_WATCHER_GONE },
	{ SUB_ACTIVE, EV_UNSUBSCRIBED, SUB_NONE,
	  DO_FORGET | DO_NOTIFY_REJECTED },
	{ SUB_ACTIVE, EV_USER_PRESENCE, SUB_ACTIVE, DO_NOTIFY_STATE },
	{ SUB_ACTIVE, EV_USER_UNKNOWN, SUB_NONE,
	  DO_FORGET | DO_NOTIFY_NORESOURCE },
	{ SUB_ACTIVE, EV_USER_REFUSED, SUB_NONE,
	  DO_FORGET | DO_NOTIFY_REJECTED },
	{ SUB_ACTIVE, EV_RESTART, SUB_ACTIVE, DO_PROBE },

	{ SUB_DORMANT, EV_WATCH, SUB_ACTIVE,
	  DO_STORE | DO_PROBE | DO_NOTIFY_ACTIVE },
	{ SUB_DORMANT, EV_REFRESH, SUB_ACTIVE,
	  DO_STORE | DO_PROBE | DO_NOTIFY_ACTIVE },
	{ SUB_DORMANT, EV_UNSUBSCRIBED, SUB_NONE, DO_FORGET },
	{ SUB_DORMANT, EV_USER_UNKNOWN, SUB_NONE, DO_FORGET },
	{ SUB_DORMANT, EV_USER_REFUSED, SUB_NONE, DO_FORGET },

	/* Requests that were on their way when he said no. */
	{ SUB_DENIED, EV_WATCH, SUB_DENIED, DO_NOTIFY_REJECTED },
	{ SUB_DENIED, EV_REFRESH, SUB_DENIED, DO_NOTIFY_REJECTED },
	{ SUB_DENIED, EV_SUBSCRIBED, SUB_DORMANT, DO_STORE },
	{ SUB_DENIED, EV_PARDON, SUB_NONE, DO_FORGET },
	{ SUB_DENIED, EV_RESTART, SUB_DENIED, DO_NOTIFY_REJECTED },
};

static const struct rule *rule_find(const struct rule *rules, size_t n,
				    enum sub_state s, enum sub_event e)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (rules[i].from == s && rules[i].on == e)
			return &rules[i];
	return NULL;
}

struct sub_step subscription_step(enum sub_direction d, enum sub_state s,
				  enum sub_event e)
{
	const struct rule *r;

	assert(s < SUB_STATE_COUNT && e < SUB_EVENT_COUNT);
	r = d == SUB_OUT ? rule_find(OUT, sizeof(OUT) / sizeof(OUT[0]), s, e)
			 : rule_find(IN, sizeof(IN) / sizeof(IN[0]), s, e);
	if (r == NULL)
		return (struct sub_step){ .next = s };
	return (struct sub_step){ .next = r->to, .actions = r->actions };
}

struct str sub_state_name(enum sub_state s)
{
	static const struct str names[SUB_STATE_COUNT] = {
		STR("NONE"),   STR("ASKING"),  STR("PENDING"),
		STR("ACTIVE"), STR("DORMANT"), STR("DENIED")
	};

	return s < SUB_STATE_COUNT ? names[s] : STR_NONE;
}

struct str sub_event_name(enum sub_event e)
{
	static const struct str names[SUB_EVENT_COUNT] = {
		STR("restart"),
		STR("subscribe"),
		STR("unsubscribe"),
		STR("probe"),
		STR("offline"),
		STR("notify-active"),
		STR("notify-pending"),
		STR("notify-again"),
		STR("notify-later"),
		STR("notify-rejected"),
		STR("notify-invariant"),
		STR("refused"),
		STR("not-found"),
		STR("gone"),
		STR("failed"),
		STR("retry"),
		STR("watch"),
		STR("refresh"),
		STR("watch-end"),
		STR("watch-lost"),
		STR("subscribed"),
		STR("unsubscribed"),
		STR("user-presence"),
		STR("user-unknown"),
		STR("user-refused"),
		STR("user-away"),
		STR("pardon")
	};

	return e < SUB_EVENT_COUNT ? names[e] : STR_NONE;
}

struct str sub_action_name(enum sub_action a)
{
	static const struct {
		enum sub_action action;
		struct str name;
	} names[] = {
		{ DO_STORE, STR("store") },
		{ DO_FORGET, STR("forget") },
		{ DO_OPEN, STR("open") },
		{ DO_CLOSE, STR("close") },
		{ DO_POLL, STR("poll") },
		{ DO_RETRY_SOON, STR("retry-soon") },
		{ DO_RETRY_LATE, STR("retry-late") },
		{ DO_SAY_SUBSCRIBED, STR("say-subscribed") },
		{ DO_SAY_UNAVAILABLE, STR("say-unavailable") },
		{ DO_SAY_UNSUBSCRIBED, STR("say-unsubscribed") },
		{ DO_SAY_PRESENCE, STR("say-presence") },
		{ DO_SAY_NOT_FOUND, STR("say-not-found") },
		{ DO_ASK, STR("ask") },
		{ DO_PROBE, STR("probe") },
		{ DO_SAY_WATCHER_GONE, STR("say-watcher-gone") },
		{ DO_NOTIFY_PENDING, STR("notify-pending") },
		{ DO_NOTIFY_ACTIVE, STR("notify-active") },
		{ DO_NOTIFY_STATE, STR("notify-state") },
		{ DO_NOTIFY_REJECTED, STR("notify-rejected") },
		{ DO_NOTIFY_NORESOURCE, STR("notify-noresource") },
		{ DO_NOTIFY_PROBATION, STR("notify-probation") },
		{ DO_PART, STR("part") },
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].action == a)
			return names[i].name;
	return STR_NONE;
}

enum sub_event subscription_response(int status, bool is_first)
{
	static const struct {
		int status;
		enum sub_event event;
	} known[] = {
		{ 403, EV_REFUSED },   { 489, EV_REFUSED },
		{ 603, EV_REFUSED },   { 404, EV_NOT_FOUND },
		{ 604, EV_NOT_FOUND }, { 405, EV_GONE },
		{ 410, EV_GONE },      { 416, EV_GONE },
		{ 480, EV_FAILED },    { 481, EV_GONE },
		{ 482, EV_GONE },      { 483, EV_GONE },
		{ 484, EV_GONE },      { 485, EV_GONE },
		{ 501, EV_GONE },
	};
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (known[i].status != status)
			continue;
		if (!is_first || known[i].event != EV_GONE || status == 481)
			return known[i].event;
		/* Asked for the first time. There is no such address, and who
		 * asks should hear of it; else it is not possible now: wait
		 * long, do not hammer. */
		return status == 410 || status == 484 || status == 485
			       ? EV_NOT_FOUND
			       : EV_FAILED;
	}
	return EV_FAILED;
}

enum sub_event subscription_reason(struct str reason, bool has_retry_after)
{
	static const struct {
		struct str reason;
		enum sub_event event;
	} known[] = {
		{ STR("deactivated"), EV_NOTIFY_AGAIN },
		{ STR("timeout"), EV_NOTIFY_AGAIN },
		{ STR("probation"), EV_NOTIFY_LATER },
		{ STR("giveup"), EV_NOTIFY_LATER },
		{ STR("rejected"), EV_NOTIFY_REJECTED },
		{ STR("noresource"), EV_NOTIFY_REJECTED },
		{ STR("invariant"), EV_NOTIFY_INVARIANT },
	};
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (str_ieq(known[i].reason, reason))
			return known[i].event;
	return has_retry_after ? EV_NOTIFY_LATER : EV_NOTIFY_AGAIN;
}
