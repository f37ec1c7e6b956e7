#include "gateway/presence/row.h"
#include <assert.h>
#include "gateway/base/log.h"
#include "gateway/presence/roster_inner.h"

enum { KEY_MAX_BYTES = 2 * (2 * JID_PART_MAX_BYTES + 1) + 2 };

static size_t key_write(char out[KEY_MAX_BYTES], enum sub_direction d,
			struct str user, struct str contact)
{
	assert(user.n + contact.n + 2 <= KEY_MAX_BYTES);
	out[0] = d == SUB_OUT ? 'o' : 'i';
	memcpy(out + 1, user.p, user.n);
	out[1 + user.n] = '\n';
	memcpy(out + 2 + user.n, contact.p, contact.n);
	return user.n + contact.n + 2;
}

/* Who is answerable for it: a limit counts his rows. */
static struct str row_watcher(const struct row *w)
{
	return w->direction == SUB_OUT ? row_user(w) : row_contact(w);
}

uint64_t row_hash(const struct hashset_node *n)
{
	const struct str key = row_key((const struct row *)n);

	return keyed_hash(key.p, key.n);
}

struct row *row_find(struct roster *r, enum sub_direction d, struct str user,
		     struct str contact)
{
	char key[KEY_MAX_BYTES];
	size_t n = key_write(key, d, user, contact);
	struct hashset_node *at = hashset_chain(&r->rows, keyed_hash(key, n));
	const struct str wanted = { key, n };

	while (at != NULL && !str_eq(row_key((struct row *)at), wanted))
		at = at->next;
	return (struct row *)at;
}

struct row *row_get(struct roster *r, struct link *k, enum sub_direction d,
		    struct str user, struct str contact)
{
	struct row *w = row_find(r, d, user, contact);
	size_t n = user.n + contact.n + 2;
	char key[KEY_MAX_BYTES];

	if (w != NULL)
		return w;
	w = calloc(1, sizeof(*w) + n);
	if (w == NULL)
		abort();
	w->roster = r;
	w->link = k;
	w->direction = (unsigned char)d;
	w->state = SUB_NONE;
	w->user_bytes = (unsigned short)user.n;
	w->contact_bytes = (unsigned short)contact.n;
	key_write(key, d, user, contact);
	memcpy(w->key, key, n);
	hashset_add(&r->rows, &w->node);
	r->count++;
	r->counts[d][SUB_NONE]++;
	tally_add(&r->tally, row_watcher(w));
	return w;
}

/* Whether it counts for him who watches. One that he has given up does not,
 * though it stays until the store has dropped it and the last word is said. */
static void row_count(struct row *w, bool counts)
{
	if (w->is_leaving == !counts)
		return;
	w->is_leaving = !counts;
	if (counts)
		tally_add(&w->roster->tally, row_watcher(w));
	else
		tally_drop(&w->roster->tally, row_watcher(w));
}

static bool is_undecided(const struct row *w, enum sub_state s)
{
	return w->direction == SUB_IN && (s == SUB_ASKING || s == SUB_PENDING);
}

/* From its state to s, SUB_NONE at the end. */
static void count_undecided(struct row *w, enum sub_state s)
{
	bool was = is_undecided(w, (enum sub_state)w->state);
	bool is = is_undecided(w, s);

	if (is && !was)
		tally_add(&w->roster->undecided, row_user(w));
	if (was && !is)
		tally_drop(&w->roster->undecided, row_user(w));
}

void row_set_state(struct row *w, enum sub_state s)
{
	size_t *counts = w->roster->counts[w->direction];

	if (!w->is_ended) {
		counts[w->state]--;
		counts[s]++;
		count_undecided(w, s);
	}
	w->state = (unsigned char)s;
}

struct str row_user(const struct row *w)
{
	return (struct str){ w->key + 1, w->user_bytes };
}

struct str row_contact(const struct row *w)
{
	return (struct str){ w->key + 2 + w->user_bytes, w->contact_bytes };
}

struct str row_key(const struct row *w)
{
	return (struct str){ w->key,
			     (size_t)w->user_bytes + w->contact_bytes + 2 };
}

/* --- its timer */

struct row_timer {
	struct loop_timer timer;
	struct row *row; /* borrowed: owns us */
	loop_timer_fn *fn;
};

static void on_timer(void *arg)
{
	struct row_timer *t = arg;
	struct row *w = t->row;
	loop_timer_fn *fn = t->fn;

	w->timer = NULL;
	free(t);
	fn(w);
}

void row_timer_start(struct row *w, uint64_t delay_ms, loop_timer_fn *fn)
{
	struct row_timer *t = w->timer;

	if (t == NULL)
		w->timer = t = calloc(1, sizeof(*t));
	if (t == NULL)
		abort();
	t->row = w;
	t->fn = fn;
	loop_timer_start(w->roster->bridge->loop, &t->timer, delay_ms, on_timer,
			 t);
}

void row_timer_stop(struct row *w)
{
	if (w->timer == NULL)
		return;
	loop_timer_stop(&w->timer->timer);
	free(w->timer);
	w->timer = NULL;
}

bool row_timer_is_running(const struct row *w)
{
	return w->timer != NULL;
}

/* --- deeds */

struct deed {
	struct deed *prev, *next;
	struct row *row;
	unsigned actions;
	bool is_due;
};

static struct deed *deed_add(struct row *w, unsigned actions, bool is_due)
{
	struct deed *d = calloc(1, sizeof(*d));

	if (d == NULL)
		abort();
	*d = (struct deed){ .row = w, .actions = actions, .is_due = is_due };
	DL_APPEND(w->deeds, d);
	return d;
}

static unsigned deed_take(struct row *w)
{
	struct deed *d = w->deeds;
	unsigned actions = d->actions;

	DL_DELETE(w->deeds, d);
	free(d);
	return actions;
}

/* --- the end */

void row_end(struct row *w)
{
	struct roster *r = w->roster;

	if (!w->is_ended) {
		w->is_ended = true;
		hashset_remove(&r->rows, &w->node);
		r->count--;
		r->counts[w->direction][w->state]--;
		row_count(w, false);
		count_undecided(w, SUB_NONE);
		if (w->direction == SUB_OUT &&
		    tally_count(&r->tally, row_user(w)) == 0)
			attendance_forget(&r->attendance, row_user(w));
		row_timer_stop(w);
		phone_drop(w);
		local_close(w);
		watch_drop(&w->watch);
		watch_drop(&w->fetch);
		item_drop_all(&w->items);
		free(w->leanings);
		w->leanings = NULL;
		if (w->is_waking)
			DL_DELETE(r->waking, w);
		r->lost_count -= w->is_lost;
		while (w->usages != NULL)
			usage_destroy(w->usages);
	}
	if (w->deeds == NULL)
		free(w);
}

void row_settle(struct row *w)
{
	if (w->deeds != NULL)
		return;
	if (w->is_ended || (w->state == SUB_NONE && !w->is_poll &&
			    !w->is_parting && w->usages == NULL))
		row_end(w);
}

/* --- steps */

static void act(struct row *w, unsigned actions)
{
	if (w->direction == SUB_OUT)
		row_act_out(w, actions);
	else
		row_act_in(w, actions);
}

static void run(struct row *w)
{
	while (w->deeds != NULL && w->deeds->is_due) {
		unsigned actions = deed_take(w);

		if (!w->is_ended)
			act(w, actions);
	}
	row_settle(w);
}

static void on_kept(void *arg, bool is_kept)
{
	struct deed *d = arg;
	struct row *w = d->row;

	d->is_due = true;
	if (!is_kept && w->roster->bridge->store != NULL)
		log_warn("subscription_not_kept",
			 F_Z("why", "the store failed: it is right until the "
				    "next restart only"));
	run(w);
}

/* With the authorisation go its dialogs, in one transaction: none of them may
 * come back without it. What is left of one is that it must be told. */
static void forget(struct row *w, struct deed *d, bool is_refused)
{
	struct store *s = w->roster->bridge->store;
	struct usage *u;

	if (s != NULL)
		store_begin(s);
	DL_FOREACH (w->usages, u) {
		if (u->member != NULL || loop_timer_is_running(&u->poll))
			continue;
		if (is_refused)
			refused_keep(u);
		else
			keep_drop(u);
	}
	keep_forget(w, on_kept, d);
	if (s != NULL)
		store_end(s);
}

/* A flood of the same while the journal works is one deed. */
static bool is_repeated(const struct row *w, unsigned actions)
{
	const struct deed *last = w->deeds->prev;

	return last->is_due && last->actions == actions;
}

void row_event(struct row *w, enum sub_event e)
{
	enum sub_direction d = (enum sub_direction)w->direction;
	enum sub_state s = (enum sub_state)w->state;
	struct sub_step step = subscription_step(d, s, e);
	unsigned actions = step.actions & ~(unsigned)(DO_STORE | DO_FORGET);

	log_debug("subscription", F_Z("direction", d == SUB_OUT ? "out" : "in"),
		  F_STR("user", row_user(w)), F_STR("contact", row_contact(w)),
		  F_STR("state", sub_state_name(s)),
		  F_STR("event", sub_event_name(e)),
		  F_STR("next", sub_state_name(step.next)));
	row_set_state(w, step.next);
	if ((step.actions & DO_STORE) && (step.actions & DO_SAY_SUBSCRIBED))
		w->approved_at_s = (uint32_t)(loop_wall_ms() / 1000);
	if (step.next != SUB_NONE || (step.actions & DO_POLL))
		row_count(w, true);
	else if (d == SUB_OUT && (s != SUB_NONE || e == EV_UNSUBSCRIBE))
		row_count(w, false);
	if (step.next != SUB_NONE)
		w->is_parting = false;
	if (step.actions & DO_FORGET) {
		w->asked_at_s = 0;
		forget(w, deed_add(w, actions, false),
		       (actions & DO_NOTIFY_REJECTED) != 0);
	} else if ((step.actions & DO_STORE) || keep_is_due(w)) {
		keep_row(w, on_kept, deed_add(w, actions, false));
	} else {
		if (w->deeds == NULL || !is_repeated(w, actions))
			deed_add(w, actions, true);
		run(w);
	}
}

void row_crowded(struct row *w, bool is_crowded)
{
	if (is_crowded && !w->is_crowded)
		log_info("resources_left_out",
			 F_STR("component", w->link->cfg->domain),
			 F_STR("who", w->direction == SUB_OUT ? row_contact(w)
							      : row_user(w)),
			 F_NUM("max", ITEMS_MAX));
	w->is_crowded = is_crowded;
}

bool row_can_say(const struct row *w)
{
	return !w->roster->is_leaving && row_has_room(w);
}

bool row_has_room(const struct row *w)
{
	const struct link *k = w->link;

	return k->owed == NULL && component_is_up(k->component) &&
	       component_has_room(k->component);
}
