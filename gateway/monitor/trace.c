#include "gateway/monitor/trace.h"
#include <ctype.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include "gateway/base/log.h"
#include "gateway/bridge.h"
#include "gateway/monitor/mask.h"
#include "gateway/monitor/tap.h"
#include "mapping/address.h"

enum { SHOWN_MAX_BYTES = 64 * 1024, LINE_BYTES = 200 };

struct trace {
	struct trace *prev, *next; /* of the bridge */
	struct bridge *bridge;	   /* borrowed */
	struct tap_listener listener;
	struct loop_timer end;
	struct trace_events events; /* on_line NULL: the log */
	void *arg;
	struct str names[TRACE_NAMES_MAX]; /* owned */
	size_t name_count;
};

/* --- whom it is about */

/* What may stand beside a name without being a part of it: a blank, a quote, a
 * bracket, the colon of a scheme or before a port. */
static bool is_part(char c)
{
	return isalnum((unsigned char)c) || (c & 0x80) != 0 ||
	       (c != '\0' && strchr("._-\\%", c) != NULL);
}

static bool ends_at(struct str s, size_t i)
{
	if (i < s.n && s.p[i] == '.') /* of a sentence, or of a longer name */
		i++;
	return i >= s.n || !is_part(s.p[i]);
}

static bool has_name(struct str s, struct str name)
{
	size_t i;

	for (i = 0; i + name.n <= s.n; i++)
		if (strncasecmp(s.p + i, name.p, name.n) == 0 &&
		    (i == 0 || !is_part(s.p[i - 1])) && ends_at(s, i + name.n))
			return true;
	return false;
}

static bool is_about(const struct trace *t, struct str bytes)
{
	size_t i;

	for (i = 0; i < t->name_count; i++)
		if (has_name(bytes, t->names[i]))
			return true;
	return false;
}

static void name_add(struct trace *t, struct str name)
{
	size_t i;

	if (name.n == 0 || t->name_count == TRACE_NAMES_MAX)
		return;
	for (i = 0; i < t->name_count; i++)
		if (str_ieq(t->names[i], name))
			return;
	t->names[t->name_count++] = str_heap(name);
}

static struct str uri_name(struct arena *a, const struct uri *u)
{
	if (u->host.n == 0)
		return u->user;
	return str_fmt(a, "%.*s@%.*s", STR_ARG(u->user), STR_ARG(u->host));
}

static void names_of_jid(struct trace *t, struct arena *a, const struct jid *j)
{
	const struct bridge *b = t->bridge;
	struct fault why;
	struct uri uri;
	size_t i;

	name_add(t, jid_bare_text(a, j));
	for (i = 0; i < b->link_count; i++) {
		const struct address_plan *p = &b->links[i].cfg->plan;

		if (address_contact_uri(a, p, j, &uri, NULL, &why) ||
		    address_user_uri(a, p, j, &uri, NULL, &why))
			name_add(t, uri_name(a, &uri));
	}
}

static void names_of_uri(struct trace *t, struct arena *a, const struct uri *u)
{
	const struct bridge *b = t->bridge;
	struct fault why;
	struct jid j;
	size_t i;

	name_add(t, uri_name(a, u));
	for (i = 0; i < b->link_count; i++) {
		const struct address_plan *p = &b->links[i].cfg->plan;

		if (address_user_jid(a, p, u, &j, NULL, &why) ||
		    address_contact_jid(a, p, u, &j, NULL, &why))
			name_add(t, jid_bare_text(a, &j));
	}
}

/* --- lines */

static void say(struct trace *t, struct str line)
{
	if (t->events.on_line != NULL)
		t->events.on_line(t->arg, line);
	else
		log_info("trace", F_STR("text", line));
}

static void say_head(struct trace *t, const struct tap_message *m)
{
	struct arena *a = loop_arena(t->bridge->loop);
	struct timespec now;
	struct strbuf peer;
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	strbuf_init(&peer, LINE_BYTES);
	if (m->is_sip)
		endpoint_write(&peer, &m->hop->peer);
	else
		strbuf_add(&peer, m->link->cfg->domain);
	say(t, str_fmt(a, "--- %02d:%02d:%02d.%03d %s %s %.*s", tm.tm_hour,
		       tm.tm_min, tm.tm_sec, (int)(now.tv_nsec / 1000000),
		       m->is_sip ? "SIP" : "XMPP", m->is_out ? "to" : "from",
		       STR_ARG(strbuf_str(&peer))));
	strbuf_fini(&peer);
}

static void on_message(void *arg, const struct tap_message *m)
{
	struct trace *t = arg;
	struct strbuf shown;
	struct str rest;

	if (!is_about(t, m->bytes))
		return;
	strbuf_init(&shown, SHOWN_MAX_BYTES);
	mask_write(&shown, m->is_sip, m->bytes, false);
	say_head(t, m);
	rest = strbuf_str(&shown);
	/* The log has a line for each message, a listener all of it. */
	if (t->events.on_line == NULL)
		rest = str_head(rest, str_find(rest, '\n'));
	while (rest.n > 0)
		say(t, str_trim(str_cut(&rest, '\n')));
	strbuf_fini(&shown);
}

/* --- life */

void trace_stop(struct trace **tp)
{
	struct trace *t = *tp;
	size_t i;

	if (t == NULL)
		return;
	*tp = NULL;
	DL_DELETE(t->bridge->traces, t);
	tap_leave(t->bridge->tap, &t->listener);
	loop_timer_stop(&t->end);
	for (i = 0; i < t->name_count; i++)
		str_free(&t->names[i]);
	free(t);
}

void trace_stop_all(struct bridge *b)
{
	struct trace *t;

	while ((t = b->traces) != NULL)
		trace_stop(&t);
}

static void on_time(void *arg)
{
	struct trace *t = arg;
	struct trace_events e = t->events;
	void *whose = t->arg;

	trace_stop(&t);
	if (e.on_end != NULL)
		e.on_end(whose);
	else
		log_info("trace", F_Z("text", "the time is over"));
}

struct trace *trace_start(struct bridge *b, struct str address,
			  unsigned minutes)
{
	struct arena *a = loop_arena(b->loop);
	struct trace *t, *other;
	const char *why;
	struct uri uri;
	struct jid jid;
	size_t n = 0;

	DL_FOREACH (b->traces, other)
		n++;
	if (n >= TRACES_MAX)
		return NULL;
	t = calloc(1, sizeof(*t));
	if (t == NULL)
		abort();
	t->bridge = b;
	if (uri_read(address, &uri, &why))
		names_of_uri(t, a, &uri);
	else if (jid_read(a, address, &jid, &why))
		names_of_jid(t, a, &jid);
	DL_APPEND(b->traces, t);
	tap_listen(b->tap, &t->listener, on_message, t);
	loop_timer_start(b->loop, &t->end, (uint64_t)minutes * 60 * 1000,
			 on_time, t);
	return t;
}

void trace_listen(struct trace *t, const struct trace_events *e, void *arg)
{
	t->events = *e;
	t->arg = arg;
}

void trace_names(const struct trace *t, struct strbuf *out)
{
	size_t i;

	for (i = 0; i < t->name_count; i++)
		strbuf_addf(out, "%s%.*s", i > 0 ? ", " : "",
			    STR_ARG(t->names[i]));
}
