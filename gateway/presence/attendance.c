#include "gateway/base/keyed.h"
#include "gateway/presence/attendance.h"

struct attendance {
	UT_hash_handle hh;
	struct keyed128 key; /* of the bare JID */
	uint64_t asked_ms;
	enum attendance_word word; /* WAIT: not heard yet */
};

static struct attendance *find(struct attendance *t, struct str user)
{
	struct keyed128 key = keyed_hash128(user.p, user.n);
	struct attendance *found;

	HASH_FIND(hh, t, &key, sizeof(key), found);
	return found;
}

static struct attendance *find_or_add(struct attendance **tp, struct str user)
{
	struct attendance *t = find(*tp, user);

	if (t != NULL)
		return t;
	t = calloc(1, sizeof(*t));
	if (t == NULL)
		abort();
	t->key = keyed_hash128(user.p, user.n);
	HASH_ADD(hh, *tp, key, sizeof(t->key), t);
	return t;
}

enum attendance_word attendance_look(struct attendance **tp, struct str user,
				     uint64_t now_ms)
{
	struct attendance *t = find_or_add(tp, user);

	if (t->word == ATTENDANCE_ASK ||
	    now_ms - t->asked_ms >= ATTENDANCE_FRESH_MS) {
		t->word = ATTENDANCE_WAIT;
		t->asked_ms = now_ms;
		return ATTENDANCE_ASK;
	}
	if (t->word == ATTENDANCE_WAIT &&
	    now_ms - t->asked_ms >= ATTENDANCE_ANSWER_MS)
		return ATTENDANCE_UNKNOWN;
	return t->word;
}

void attendance_heard(struct attendance *t, struct str user,
		      enum attendance_word word, uint64_t now_ms)
{
	struct attendance *a = find(t, user);

	if (a == NULL || (a->word == ATTENDANCE_HERE &&
			  now_ms - a->asked_ms < ATTENDANCE_ANSWER_MS))
		return;
	a->word = word;
}

bool attendance_is_away(struct attendance *t, struct str user)
{
	const struct attendance *a = find(t, user);

	return a != NULL && a->word == ATTENDANCE_AWAY;
}

void attendance_forget(struct attendance **tp, struct str user)
{
	struct attendance *t = find(*tp, user);

	if (t == NULL)
		return;
	HASH_DEL(*tp, t);
	free(t);
}

void attendance_fini(struct attendance **tp)
{
	struct attendance *t, *tmp;

	HASH_ITER (hh, *tp, t, tmp) {
		HASH_DEL(*tp, t);
		free(t);
	}
}
