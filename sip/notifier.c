#include "sip/notifier.h"
#include <stdlib.h>
#include "sip/notice.h"
#include "sip/party.h"

enum {
	DEFAULT_S = 3600, /* RFC 3856 §6.4 */
	MIN_S = 60,
	MIN_MOST_S = 3600, /* RFC 6665 §4.2.1.1: never 423 above an hour */
	MAX_S = 86400,
	RETRY_MS = 10000,
	RESTORE_SPREAD_MS = 2500, /* what has expired comes within twice that */
	CSEQ_MAX = 0x7fffffff
};

static uint64_t hash_of(const struct hashset_node *n)
{
	return ((const struct notice *)n)->key.a;
}

struct notifier *notifier_create(struct loop *l, struct agent *a,
				 const struct notifier_events *e, void *arg)
{
	struct notifier *n = calloc(1, sizeof(*n));

	if (n == NULL)
		abort();
	n->loop = l;
	n->uac = agent_uac(a);
	n->transport = agent_transports(a);
	n->events = *e;
	n->arg = arg;
	hashset_init(&n->table, hash_of);
	room_init(&n->room, l, notice_turn);
	rations_init(&n->rations, noticeseat_rationed);
	n->limits =
		(struct notifier_limits){ .event = STR("presence"),
					  .accept = STR("application/pidf+xml"),
					  .default_s = DEFAULT_S,
					  .min_s = MIN_S,
					  .max_s = MAX_S,
					  .retry_ms = RETRY_MS };
	return n;
}

void notifier_set_limits(struct notifier *n, const struct notifier_limits *l)
{
	struct notifier_limits *to = &n->limits;

	if (l->event.n > 0)
		to->event = l->event;
	if (l->accept.n > 0)
		to->accept = l->accept;
	if (l->require.n > 0)
		to->require = l->require;
	if (l->default_s > 0)
		to->default_s = l->default_s;
	if (l->min_s > 0)
		to->min_s = l->min_s < MIN_MOST_S ? l->min_s : MIN_MOST_S;
	if (l->max_s > 0)
		to->max_s = l->max_s;
	if (l->retry_ms > 0)
		to->retry_ms = l->retry_ms;
	if (l->running_max > 0)
		n->rations.max = l->running_max;
}

void notifier_destroy(struct notifier **np)
{
	struct notifier *n = *np;

	if (n == NULL)
		return;
	*np = NULL;
	while (n->all != NULL)
		notice_drop(n->all);
	rations_fini(&n->rations);
	room_fini(&n->room);
	free(n);
}

size_t notifier_count(const struct notifier *n)
{
	return n->table.count;
}

size_t notifier_waiting(const struct notifier *n)
{
	return n->room.count;
}

/* --- what is wrong with a SUBSCRIBE */

static void answer_with(struct answer *a, int status,
			const struct header *headers)
{
	struct reply r = { .status = status, .headers = headers };

	agent_reply(a, &r);
}

static void refuse_with(struct answer *a, int status, struct str name,
			struct str value)
{
	struct header h = { .name = name, .value = value };

	answer_with(a, status, &h);
}

static void refuse_why(struct answer *a, int status, struct str reason)
{
	struct reply r = { .status = status, .reason = reason };

	agent_reply(a, &r);
}

/* One media range, without its parameters, against our one type. */
static bool is_match(struct str range, struct str type)
{
	size_t slash = str_find(type, '/');

	range = str_trim(str_head(range, str_find(range, ';')));
	return str_eqz(range, "*/*") || str_ieq(range, type) ||
	       (range.n == slash + 2 && range.p[slash + 1] == '*' &&
		str_ieq(str_head(range, slash + 1), str_head(type, slash + 1)));
}

/* No Accept means the package's default, which is PIDF (RFC 3856 §6.5). */
static bool is_acceptable(struct str accept, struct str type)
{
	struct str range;

	if (accept.n == 0)
		return true;
	while ((range = value_cut(&accept)).n > 0) {
		if (is_match(range, type))
			return true;
	}
	return false;
}

unsigned notifier_expiry(const struct notifier *n, const struct request *r)
{
	if (r->expires_s < 0)
		return n->limits.default_s;
	if (r->expires_s > n->limits.max_s)
		return n->limits.max_s;
	return (unsigned)r->expires_s;
}

static bool is_brief(const struct notifier *n, const struct request *r)
{
	return r->expires_s > 0 && r->expires_s < n->limits.min_s;
}

static bool is_reachable(const struct request *r)
{
	return r->has_contact && (r->contact.uri.scheme == URI_SIP ||
				  r->contact.uri.scheme == URI_SIPS);
}

/* What holds in and out of dialogs. */
static bool refuse_common(struct notifier *n, const struct request *r,
			  struct answer *a)
{
	struct arena *t = loop_arena(n->loop);

	if (!is_acceptable(r->accept, n->limits.accept))
		refuse_with(a, 406, STR_LIT("Accept"), n->limits.accept);
	else if (is_brief(n, r))
		refuse_with(a, 423, STR_LIT("Min-Expires"),
			    str_fmt(t, "%u", n->limits.min_s));
	else if (!dialog_fits(r))
		refuse_why(a, 400, STR_LIT("Too Large For A Dialog"));
	else
		return false;
	return true;
}

/* --- SUBSCRIBE in a dialog */

static struct notice *find_key(const struct notifier *n, struct str call_id,
			       struct str local_tag)
{
	struct keyed128 key = dialog_key(call_id, local_tag);
	struct hashset_node *at = hashset_chain(&n->table, key.a);

	for (; at != NULL; at = at->next) {
		struct notice *found = (struct notice *)at;

		if (found->key.a == key.a && found->key.b == key.b)
			return found;
	}
	return NULL;
}

static struct notice *find(const struct notifier *n, const struct request *r)
{
	struct notice *found = find_key(n, r->call_id, r->to.tag);

	if (found == NULL ||
	    !str_eq(dialog_view(found->dialog).remote_tag, r->from.tag))
		return NULL;
	return found;
}

static void offer_refresh(struct notifier *n, const struct request *r,
			  struct answer *a)
{
	struct notice *u = find(n, r);

	if (u == NULL) {
		answer_with(a, 481, NULL);
		return;
	}
	/* Several usages in a dialog: RFC 6665 §4.5.2 lets us refuse. */
	if (!str_eq(notice_event_id(u), r->event_id)) {
		refuse_why(a, 403, STR_LIT("One Subscription In A Dialog"));
		return;
	}
	if (r->cseq <= u->dialog->remote_cseq) {
		answer_with(a, 500, NULL); /* RFC 3261 §12.2.2 */
		return;
	}
	if (refuse_common(n, r, a))
		return;
	(void)dialog_accept(&u->dialog, r);
	notice_set_expiry(u, notifier_expiry(n, r));
	n->events.on_refresh(n->arg, u, a);
}

void notifier_offer(struct notifier *n, const struct request *r,
		    struct answer *a)
{
	if (!str_eq(r->event, n->limits.event)) {
		refuse_with(a, 489, STR_LIT("Allow-Events"), n->limits.event);
		return;
	}
	if (r->to.tag.n > 0) {
		offer_refresh(n, r, a);
		return;
	}
	if (!is_reachable(r)) {
		refuse_why(a, 400, STR_LIT("No SIP Contact"));
		return;
	}
	/* The very request of a dialog that there is, long after: its tag is
	 * drawn from it. */
	if (find_key(n, r->call_id, answer_tag(a)) != NULL) {
		answer_with(a, 500, NULL);
		return;
	}
	if (!refuse_common(n, r, a))
		n->events.on_subscribe(n->arg, r, a);
}

/* --- answers */

/* RFC 6665 §4.2.1.1; Record-Route comes back in the first (RFC 3261 §12.1.1).
 */
static void accept_it(struct notice *u, unsigned expires_s, bool is_first,
		      struct answer *a)
{
	struct notifier *n = u->notifier;
	struct arena *t = loop_arena(n->loop);
	struct dialog dialog = dialog_view(u->dialog);
	struct party self = { .tag = STR_NONE };
	struct header require = { .name = STR("Require"),
				  .value = n->limits.require };
	struct header route = { .name = STR("Record-Route"),
				.value = dialog.route };
	struct header events = { .next = is_first && route.value.n > 0 ? &route
								       : NULL,
				 .name = STR("Allow-Events"),
				 .value = n->limits.event };
	struct header contact = { .next = &events, .name = STR("Contact") };
	struct header expires = { .next = &contact,
				  .name = STR("Expires"),
				  .value = str_fmt(t, "%u", expires_s) };
	struct str uri;
	const char *why;

	require.next = &expires;
	(void)party_read(t, dialog.local_party, &self, NULL, &why);
	uri = notice_contact(u, t, self.uri.user, NULL);
	contact.value = str_fmt(t, "<%.*s>", STR_ARG(uri));
	answer_with(a, 200, require.value.n > 0 ? &require : &expires);
}

struct notice *notifier_accept(struct notifier *n, const struct dialog *d,
			       struct str event_id, unsigned expires_s,
			       struct answer *a, void *owner)
{
	struct notice *u = find_key(n, d->call_id, d->local_tag);

	/* Two accepted at once: the younger is the one that is refreshed. */
	if (u != NULL)
		notice_unlist(u);
	u = notice_create(n, d, event_id, owner);
	u->is_poll = expires_s == 0;
	notice_set_expiry(u, expires_s);
	accept_it(u, expires_s, true, a);
	return u;
}

void notice_refreshed(struct notice *u, struct answer *a)
{
	notice_hurry(u);
	/* The second that has begun counts: it was granted just now. */
	accept_it(u, notice_granted_s(u), false, a);
}

struct notice *notifier_restore(struct notifier *n, const struct dialog *d,
				struct str event_id, int64_t expires_at_s,
				uint32_t cseq_skip, void *owner)
{
	int64_t now = loop_wall_ms() / 1000;
	int64_t most = now + n->limits.max_s;
	int64_t until = expires_at_s < most ? expires_at_s : most;
	struct notice *u;

	if (find_key(n, d->call_id, d->local_tag) != NULL)
		return NULL;
	u = notice_create(n, d, event_id, owner);
	u->dialog->local_cseq = cseq_skip < CSEQ_MAX - d->local_cseq
					? d->local_cseq + cseq_skip
					: CSEQ_MAX / 2;
	notice_restore_expiry(u, until,
			      until > now ? (unsigned)(until - now) : 0,
			      loop_jitter_ms(RESTORE_SPREAD_MS, 100));
	return u;
}
