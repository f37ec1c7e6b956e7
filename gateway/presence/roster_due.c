#include "gateway/bridge.h"
#include "gateway/presence/roster_inner.h"

/* SUB_OUT, before the SIP side is asked anew: is the user there to see it? His
 * server is probed first, in the gateway's own name (RFC 8048 §8.1). Most users
 * have not let the gateway see them, and their server tells nothing: then the
 * subscription goes on. Nothing that is heard here ends an authorisation. */

bool out_is_for_nobody(struct row *w)
{
	struct row *in =
		row_find(w->roster, SUB_IN, row_user(w), row_contact(w));

	return in != NULL && in->items != NULL &&
	       !item_any_available(in->items);
}

/* What the contact sees of him is nearer than any answer. */
static enum attendance_word known_of(struct row *w, enum attendance_word word)
{
	const struct row *in =
		row_find(w->roster, SUB_IN, row_user(w), row_contact(w));

	if (in == NULL || in->items == NULL)
		return word;
	return item_any_available(in->items) ? ATTENDANCE_HERE
					     : ATTENDANCE_AWAY;
}

static enum attendance_word look(struct row *w)
{
	struct roster *r = w->roster;
	enum attendance_word word = ATTENDANCE_UNKNOWN;

	if (component_is_up(w->link->component) &&
	    !published_is_undecided(r, row_user(w)))
		word = attendance_look(&r->attendance, row_user(w),
				       loop_now_ms(r->bridge->loop));
	if (word == ATTENDANCE_ASK)
		roster_say_to(w->link, row_user(w), PRESENCE_PROBE);
	return known_of(w, word);
}

bool out_due(void *arg, bool is_last)
{
	struct row *w = arg;

	/* Who waits for the contact's consent is told of it at any time. */
	if (w->state != SUB_ACTIVE || w->is_poll)
		return true;
	switch (look(w)) {
	case ATTENDANCE_ASK:
	case ATTENDANCE_WAIT:
		return is_last;
	case ATTENDANCE_AWAY:
		row_event(w, EV_OFFLINE);
		return false;
	case ATTENDANCE_UNKNOWN:
	case ATTENDANCE_HERE:
		break;
	}
	return true;
}

static void on_retry(void *arg)
{
	row_event(arg, EV_RETRY);
}

static void on_retry_late(void *arg)
{
	struct row *w = arg;
	enum attendance_word word =
		w->state == SUB_DORMANT ? look(w) : ATTENDANCE_HERE;

	if (word == ATTENDANCE_ASK || word == ATTENDANCE_WAIT)
		row_timer_start(w, ATTENDANCE_ANSWER_MS, on_retry_late);
	else if (word != ATTENDANCE_AWAY) /* his return opens it */
		row_event(w, EV_RETRY);
}

void out_retry(struct row *w, uint64_t ms, bool is_soon)
{
	row_timer_start(w, ms, is_soon ? on_retry : on_retry_late);
}

/* Servers take what follows a subscribe within this for its answer. */
enum { PART_MS = 500 };

void out_say_unsubscribed(struct row *w)
{
	words_note(w, SAID_UNSUBSCRIBED);
	row_say(w, PRESENCE_UNSUBSCRIBED);
}

static void on_parted(void *arg)
{
	struct row *w = arg;

	if (!w->is_parting) /* he has asked again */
		return;
	w->is_parting = false;
	if (w->state == SUB_NONE)
		out_say_unsubscribed(w);
	row_settle(w);
}

void out_part(struct row *w)
{
	w->is_parting = true;
	row_timer_start(w, PART_MS, on_parted);
}

/* Presence that is meant for the gateway itself. */
void attendance_presence(struct link *k, const struct stanza *s,
			 struct arena *a)
{
	struct roster *r = k->bridge->roster;
	struct str user = jid_bare_text(a, &s->from);
	uint64_t now_ms = loop_now_ms(r->bridge->loop);

	switch (s->u.presence.type) {
	case PRESENCE_AVAILABLE:
		attendance_heard(r->attendance, user, ATTENDANCE_HERE, now_ms);
		break;
	case PRESENCE_UNAVAILABLE:
		if (s->from.resource.n == 0)
			attendance_heard(r->attendance, user, ATTENDANCE_AWAY,
					 now_ms);
		else /* perhaps not his last one */
			attendance_forget(&r->attendance, user);
		break;
	case PRESENCE_UNSUBSCRIBED:
		attendance_heard(r->attendance, user, ATTENDANCE_UNKNOWN,
				 now_ms);
		break;
	case PRESENCE_ERROR:
		attendance_heard(r->attendance, user,
				 s->error.cond == COND_ITEM_NOT_FOUND ||
						 s->error.cond == COND_GONE
					 ? ATTENDANCE_AWAY
					 : ATTENDANCE_UNKNOWN,
				 now_ms);
		break;
	default:
		break;
	}
}
