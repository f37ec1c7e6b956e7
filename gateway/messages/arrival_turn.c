#include "gateway/base/log.h"
#include "gateway/messages/arrival_inner.h"
#include "mapping/datetime.h"
#include "xmpp/ns.h"

/* Messages from SIP that could not be written at once, or were to a stream that
 * is lost. */
bool arrival_has_room(const struct link *k, struct str source)
{
	const struct config *cfg = k->bridge->cfg;
	size_t bytes;

	if (k->turns.count == 0)
		return true;
	bytes = k->turns.bytes + component_queued_bytes(k->component);
	return k->turns.count < cfg->queue_max_stanzas &&
	       bytes < cfg->queue_max_bytes &&
	       turns_has_share(&k->turns, source,
			       cfg->queue_max_stanzas - k->turns.count,
			       cfg->queue_max_bytes - bytes);
}

/* One that has been late before it came here says so already. */
static bool is_delayed(const struct arrival *v)
{
	static const char mark[] = "<delay xmlns='" NS_DELAY "'";
	struct str s = arrival_stanza(v);

	return memmem(s.p, s.n, mark, sizeof(mark) - 1) != NULL;
}

static struct arrival *arrival_of(struct turn *t)
{
	return (struct arrival *)((char *)t - offsetof(struct arrival, turn));
}

enum writing { WRITING_DONE, WRITING_LATER, WRITING_TOO_LONG };

static enum writing write_again(const struct arrival *v, bool is_marked)
{
	struct link *k = v->link;
	struct strbuf *b = NULL;

	if (k->owed == NULL && component_has_room(k->component))
		b = component_begin(k->component);
	if (b == NULL)
		return WRITING_LATER;
	strbuf_add(b, arrival_stanza(v));
	if (is_marked) {
		strbuf_addlit(b, "<delay xmlns='" NS_DELAY "'");
		xml_put_attr(b, "from", k->cfg->domain);
		xml_put_attr(b, "stamp",
			     datetime_write_stamp(loop_arena(k->bridge->loop),
						  v->since_s));
		strbuf_addlit(b, "/>");
	}
	strbuf_addlit(b, ARRIVAL_END_TAG);
	return component_end(k->component) ? WRITING_DONE : WRITING_TOO_LONG;
}

/* The same stanza again, under its id, saying that it is late, so that nobody
 * takes it for a second message; without that where only that is too much. The
 * first time it says so if it was in the store meanwhile. One that cannot go at
 * all must not hold up those behind it. false when there is no room. */
static bool write_late(struct arrival *v)
{
	struct link *k = v->link;
	bool is_late = (v->has_left || v->is_put) && !is_delayed(v);
	enum writing w = write_again(v, is_late);

	if (w == WRITING_TOO_LONG)
		w = write_again(v, false);
	if (w == WRITING_LATER)
		return false;
	if (w == WRITING_TOO_LONG) {
		log_error("inbox_too_long", F_STR("component", k->cfg->domain),
			  F_NUM("bytes", v->n));
		arrival_finish(v, 413, 0);
		return true;
	}
	if (v->answer != NULL && v->has_left)
		k->bridge->counters.to_xmpp_resent++;
	turns_pass(&k->turns);
	arrival_go(v);
	return true;
}

/* Messages in the store have had their answer, so none may overtake them: all
 * wait in one row, as they came. */
void arrival_wait(struct arrival *v)
{
	struct link *k = v->link;
	bool is_apart = v->answer != NULL && k->kept.waiting == 0 &&
			!k->cfg->outbox.to_xmpp;

	turns_wait(&k->turns, &v->turn,
		   is_apart ? answer_source(v->answer) : ARRIVAL_ALL, v->n);
}

/* As they came. */
static void line_up(struct link *k)
{
	struct arrival *v;

	k->has_returned = false;
	DL_FOREACH (k->arrivals, v)
		turn_leave(&v->turn);
	DL_FOREACH (k->arrivals, v)
		if (!v->is_written)
			arrival_wait(v);
}

void arrival_send_more(struct link *k)
{
	struct turn *t;

	if (k->has_returned)
		line_up(k);
	while ((t = turns_first(&k->turns)) != NULL &&
	       barrier_has_room(k->barrier))
		if (!write_late(arrival_of(t)))
			return; /* at the next tick */
}
