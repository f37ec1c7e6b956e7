#include "gateway/row.h"
#include <assert.h>
#include "gateway/base/log.h"
#include "gateway/roster_inner.h"

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

struct row *row_find(struct roster *r, enum sub_direction d, struct str user,
		     struct str contact)
{
	char key[KEY_MAX_BYTES];
	size_t n = key_write(key, d, user, contact);
	struct row *w;

	HASH_FIND(hh, r->rows, key, n, w);
	return w;
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
	HASH_ADD_KEYPTR(hh, r->rows, w->key, n, w);
	r->count++;
	return w;
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

void row_end(struct row *w)
{
	struct roster *r = w->roster;

	if (!w->is_ended) {
		w->is_ended = true;
		HASH_DEL(r->rows, w);
		r->count--;
		loop_timer_stop(&w->timer);
		watch_drop(&w->watch);
		item_drop_all(&w->items);
		if (w->is_waking)
			DL_DELETE(r->waking, w);
		while (w->usages != NULL)
			usage_destroy(w->usages);
	}
	if (w->jobs == 0)
		free(w);
}

static void act(struct row *w)
{
	unsigned todo = w->todo;

	w->todo = 0;
	if (w->direction == SUB_OUT)
		row_act_out(w, todo);
	else
		row_act_in(w, todo);
	if (w->state == SUB_NONE && w->jobs == 0 && !w->is_poll &&
	    w->usages == NULL)
		row_end(w);
}

static void on_kept(void *arg, bool is_kept)
{
	struct row *w = arg;

	w->jobs--;
	if (!is_kept)
		log_warn("subscription_not_kept",
			 F_Z("why", "the store failed: it is right until the "
				    "next restart only"));
	if (w->jobs > 0)
		return;
	if (w->is_ended)
		free(w);
	else
		act(w);
}

void row_event(struct row *w, enum sub_event e)
{
	enum sub_direction d = (enum sub_direction)w->direction;
	enum sub_state s = (enum sub_state)w->state;
	struct sub_step step = subscription_step(d, s, e);

	log_debug("subscription", F_Z("direction", d == SUB_OUT ? "out" : "in"),
		  F_STR("user", row_user(w)), F_STR("contact", row_contact(w)),
		  F_STR("state", sub_state_name(s)),
		  F_STR("event", sub_event_name(e)),
		  F_STR("next", sub_state_name(step.next)));
	w->state = (unsigned char)step.next;
	w->todo |= step.actions & ~(unsigned)(DO_STORE | DO_FORGET);
	w->jobs++; /* holds it while the store is asked */
	if (step.actions & DO_FORGET) {
		w->jobs++;
		keep_forget(w, on_kept, w);
	} else if (step.actions & DO_STORE) {
		w->jobs++;
		keep_row(w, on_kept, w);
	}
	w->jobs--;
	if (w->jobs == 0)
		act(w);
}
