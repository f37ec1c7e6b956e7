#include <arpa/inet.h>
#include "gateway/admin/adminwork.h"
#include "gateway/admin/bans.h"
#include "gateway/base/log.h"
#include "gateway/bridge.h"
#include "gateway/monitor/trace.h"
#include "gateway/presence/roster_inner.h"
#include "mapping/address.h"

enum { MINUTE_MS = 60 * 1000, SHOWN_MAX = 1000 };

/* --- queues */

static void say_lane(void *arg, struct str target, unsigned count)
{
	admin_say(arg, "%.*s: %u", STR_ARG(target), count);
}

bool admin_queues(struct admin_call *c)
{
	const struct bridge *b = c->bridge;

	admin_row(c, admin_t(c, "messages to SIP", "Nachrichten an SIP"), "%zu",
		  queue_count(b->queue));
	queue_each(b->queue, SHOWN_MAX, say_lane, c);
	return true;
}

bool admin_flush(struct admin_call *c)
{
	size_t n = queue_flush(c->bridge->queue, c->args[0]);

	if (n == 0)
		admin_say(c, "%s",
			  admin_t(c,
				  "nothing waits for that address; see queues",
				  "für diese Adresse wartet nichts; siehe "
				  "queues"));
	else
		admin_say(
			c,
			admin_t(c,
				"%zu messages given up; their senders are told",
				"%zu Nachrichten aufgegeben; ihre Absender "
				"erfahren es"),
			n);
	return n > 0;
}

/* --- subscriptions */

static struct str jid_of(struct admin_call *c, struct str address)
{
	const struct bridge *b = c->bridge;
	const char *why;
	struct fault f;
	struct uri uri;
	struct jid j;
	size_t i;

	if (!uri_read(address, &uri, &why))
		return address;
	for (i = 0; i < b->link_count; i++) {
		const struct address_plan *p = &b->links[i].cfg->plan;

		if (address_user_jid(c->a, p, &uri, &j, NULL, &f) ||
		    address_contact_jid(c->a, p, &uri, &j, NULL, &f))
			return jid_bare_text(c->a, &j);
	}
	return address;
}

static void say_row(struct admin_call *c, const struct row *w)
{
	bool is_out = w->direction == SUB_OUT;

	admin_say(c, "%.*s %s %.*s: %.*s",
		  STR_ARG(is_out ? row_user(w) : row_contact(w)),
		  admin_t(c, "watches", "beobachtet"),
		  STR_ARG(is_out ? row_contact(w) : row_user(w)),
		  STR_ARG(sub_state_name((enum sub_state)w->state)));
}

bool admin_subscriptions(struct admin_call *c)
{
	struct str who = jid_of(c, c->args[0]);
	struct row *w = NULL;
	size_t n = 0;

	while ((w = roster_next(c->bridge->roster, w)) != NULL) {
		if (!str_eq(row_user(w), who) && !str_eq(row_contact(w), who))
			continue;
		if (n++ < SHOWN_MAX)
			say_row(c, w);
	}
	admin_say(c, admin_t(c, "%zu in all", "%zu insgesamt"), n);
	return true;
}

/* As if the user had taken it back himself, in both directions. */
bool admin_drop(struct admin_call *c)
{
	struct roster *r = c->bridge->roster;
	struct str user = jid_of(c, c->args[0]);
	struct str contact = jid_of(c, c->args[1]);
	struct row *out = row_find(r, SUB_OUT, user, contact);
	struct row *in = row_find(r, SUB_IN, user, contact);

	if (out == NULL && in == NULL) {
		admin_say(c, "%s",
			  admin_t(c,
				  "there is no subscription of these two; "
				  "the user comes first",
				  "Die beiden haben kein Abonnement; erst der "
				  "Nutzer, dann der Kontakt"));
		return false;
	}
	if (out != NULL) {
		row_say(out, PRESENCE_UNSUBSCRIBED);
		row_event(out, EV_UNSUBSCRIBE);
	}
	if (in != NULL) {
		row_say(in, PRESENCE_UNSUBSCRIBE);
		row_event(in, EV_UNSUBSCRIBED);
	}
	return true;
}

/* --- bans */

/* An IP address in the one spelling in which it is looked up. */
static bool address_of(struct admin_call *c, struct str s, struct str *who)
{
	char text[INET6_ADDRSTRLEN];
	union endpoint e;

	if (!endpoint_read(s, 1, &e))
		return false;
	*who = str_dup(c->a, endpoint_text(&e, text));
	return true;
}

/* Whom ban and unban mean. Whole networks and domains cannot be shut out, and
 * to take them for one address would only look as if they were. */
static bool who_of(struct admin_call *c, struct str *who)
{
	struct str arg = c->args[0];
	const char *why = "";
	struct jid j;

	if (address_of(c, arg, who))
		return true;
	if (address_of(c, str_head(arg, str_find(arg, '/')), who)) {
		admin_say(c, "%s",
			  admin_t(c,
				  "one address at a time; networks are for "
				  "sip.peers to let in",
				  "eine Adresse nach der anderen; Netze lässt "
				  "sip.peers ein"));
		return false;
	}
	if (!jid_read(c->a, jid_of(c, arg), &j, &why)) {
		admin_say(c, "%s", why);
		return false;
	}
	if (j.local.n == 0) {
		admin_say(c, "%s",
			  admin_t(c,
				  "a domain cannot be shut out; xmpp_domains "
				  "and sip.peers say who is served",
				  "eine Domain kann nicht ausgesperrt werden; "
				  "xmpp_domains und sip.peers sagen, wer "
				  "bedient wird"));
		return false;
	}
	*who = jid_bare_text(c->a, &j);
	return true;
}

bool admin_ban(struct admin_call *c)
{
	uint64_t until = 0;
	struct str who;

	if (!who_of(c, &who))
		return false;
	if (c->numbers[1] > 0)
		until = loop_now_ms(c->bridge->loop) +
			(uint64_t)c->numbers[1] * MINUTE_MS;
	if (!bans_add(c->bridge->bans, who, until)) {
		admin_say(c, "%s", admin_t(c, "too many bans", "zu viele"));
		return false;
	}
	admin_say(c, admin_t(c, "%.*s is shut out", "%.*s ist ausgesperrt"),
		  STR_ARG(who));
	return true;
}

bool admin_unban(struct admin_call *c)
{
	struct str who;
	bool was;

	if (!who_of(c, &who))
		return false;
	was = bans_remove(c->bridge->bans, who);
	if (!was)
		admin_say(c,
			  admin_t(c, "%.*s was not shut out",
				  "%.*s war nicht ausgesperrt"),
			  STR_ARG(who));
	return was;
}

static void say_ban(void *arg, struct str who, uint64_t until_ms)
{
	struct admin_call *c = arg;
	uint64_t now = loop_now_ms(c->bridge->loop);

	if (until_ms == 0)
		admin_say(c, "%.*s", STR_ARG(who));
	else
		admin_say(
			c, admin_t(c, "%.*s for %.*s", "%.*s noch %.*s"),
			STR_ARG(who),
			STR_ARG(admin_duration(c->a, (until_ms - now) / 1000)));
}

bool admin_bans(struct admin_call *c)
{
	size_t from = c->out->n;

	bans_each(c->bridge->bans, loop_now_ms(c->bridge->loop), say_ban, c);
	if (c->out->n == from)
		admin_say(c, "%s", admin_t(c, "nobody", "niemand"));
	return true;
}

/* --- looking on */

bool admin_errors(struct admin_call *c)
{
	size_t from = c->out->n;

	log_recent(c->out);
	if (c->out->n == from)
		admin_say(c, "%s",
			  admin_t(c, "none since the start",
				  "keine seit dem Start"));
	return true;
}

bool admin_trace(struct admin_call *c)
{
	unsigned minutes = c->numbers[1] > 0 ? (unsigned)c->numbers[1] : 5;
	struct trace *t = trace_start(c->bridge, c->args[0], minutes);

	if (t == NULL) {
		admin_say(c, "%s",
			  admin_t(c, "too many traces are running",
				  "Es laufen schon zu viele"));
		return false;
	}
	strbuf_addz(c->out, admin_t(c, "looking for ", "gesucht: "));
	trace_names(t, c->out);
	admin_say(c, admin_t(c, ", for %u min%s", ", %u min lang%s"), minutes,
		  c->can_stream ? ""
				: admin_t(c, "; see event=trace in the log",
					  "; siehe trace im Log"));
	c->stream = t;
	return true;
}
