#ifndef STOX_TESTS_ROSTER_BENCH_H
#define STOX_TESTS_ROSTER_BENCH_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "gateway/services/face.h"
#include "gateway/services/nicks.h"
#include "gateway/outbox/outbox.h"
#include "gateway/trust/admission.h"
#include "gateway/outbox/outbox.h"
#include "gateway/presence/roster_inner.h"
#include "clock.h"
#include "journal.h"
#include "said.h"
#include "xmpp/stream.h"

/* The roster between fakes of everything below it: what it does is a line of
 * text, in order. The journal answers when it is told to. */
enum { BENCH_WAYS_MAX = 16 };

struct answer {
	int status;
};
struct watch {
	const struct watch_events *events;
	void *arg;
	struct watch_options o;
	bool is_open;
};
struct notifier {
	const struct notifier_events *events;
	void *arg;
};
struct notice {
	void *owner;
	struct dialog_kept *dialog; /* owned */
	notice_over_fn *over;	    /* not called yet */
	void *over_arg;
	unsigned expires_s;
	bool is_over;
};

static struct bench {
	struct str watcher; /* who subscribes */
	struct str to;	    /* to whom: a bare JID */
	struct loop *loop;
	struct config cfg;
	struct config_component component;
	struct bridge bridge;
	struct link link;
	struct strbuf stanza;
	struct watch watches[BENCH_WAYS_MAX];
	size_t watch_count;
	struct notice notices[BENCH_WAYS_MAX];
	size_t notice_count;
	struct answer answer;
	struct notifier notifiers[2]; /* of the roster, of its lists */
	size_t notifier_count;
	const struct notifier_events *notifier_events; /* of the first */
	bool is_up, is_full;
	char body[8192]; /* of the last NOTIFY */
	unsigned expires_s;
} T;

/* --- xmpp */

struct strbuf *link_begin(struct link *k)
{
	(void)k;
	strbuf_reset(&T.stanza);
	return &T.stanza;
}

void link_end(struct link *k)
{
	static const struct stream_limits limits = { 65536, 32, 64 };
	struct arena *a = loop_arena(k->bridge->loop);
	const char *why;
	const struct xml *el =
		stream_document(a, strbuf_str(&T.stanza), &limits, &why);
	struct str type = xml_attr(el, "type");
	struct str from = xml_attr(el, "from");

	line("xmpp %.*s %.*s",
	     STR_ARG(type.n > 0 ? type : STR_LIT("available")), STR_ARG(from));
}

void link_refuse(struct link *k, const struct stanza *s, const struct fault *f)
{
	error_write(link_begin(k), s, f);
	link_end(k);
}

struct link *link_find(struct bridge *b, struct str domain)
{
	return str_eq(T.link.cfg->domain, domain) ? &b->links[0] : NULL;
}

bool link_serves(const struct link *k, struct str domain)
{
	(void)k;
	return str_eqz(domain, "xmpp.test");
}

bool component_is_up(const struct component *c)
{
	(void)c;
	return T.is_up;
}

bool component_has_room(const struct component *c)
{
	(void)c;
	return !T.is_full;
}

/* --- outbox */

void outbox_online(struct outbox *o, const struct jid *contact)
{
	(void)o;
	(void)contact;
}

/* --- store */

static inline void on_op(const struct journal_op *o)
{
	static const char *const kinds[] = { "row", "dialog", "publication",
					     "setting", "outbox" };
	const char *what = o->is_removal ? "remove" : "put";
	struct str value = o->value, state;

	str_cut(&value, '\t');
	state = str_cut(&value, '\t');
	if (o->kind == STORE_SUBSCRIPTION && state.n > 0)
		line("%s row %.*s", what, STR_ARG(state));
	else
		line("%s %s", what, kinds[o->kind]);
}

/* --- watcher */

struct watcher *watcher_create(struct loop *l, struct agent *a)
{
	(void)a;
	return (struct watcher *)l;
}

void watcher_set_ration(struct watcher *w, unsigned max)
{
	(void)w;
	(void)max;
}

void watcher_destroy(struct watcher **wp)
{
	*wp = NULL;
}

struct watch *watch_open(struct watcher *w, const struct watch_options *o,
			 const struct watch_events *e, void *arg)
{
	struct watch *new = &T.watches[T.watch_count++];

	(void)w;
	assert_in_range(T.watch_count, 1, BENCH_WAYS_MAX);
	*new = (struct watch){ .events = e, .arg = arg, .o = *o };
	new->is_open = true;
	line("open %.*s %u", STR_ARG(o->event), o->expires_s);
	return new;
}

void watch_close(struct watch **wp)
{
	line("close %.*s", STR_ARG((*wp)->o.event));
	(*wp)->is_open = false;
	*wp = NULL;
}

void watch_drop(struct watch **wp)
{
	if (*wp != NULL)
		(*wp)->is_open = false;
	*wp = NULL;
}

void watch_refresh(struct watch *w)
{
	line("refresh %.*s", STR_ARG(w->o.event));
}

bool watch_is_confirmed(const struct watch *w)
{
	return w->is_open;
}

bool watcher_offer(struct watcher *w, const struct request *r, struct answer *a)
{
	(void)w;
	(void)r;
	(void)a;
	return false;
}

/* NOTIFY from the last dialog that was opened. */
static inline void notified(enum watch_state s, const char *reason,
			    const char *body)
{
	const struct watch_notice n = { .state = s,
					.reason = str_z(reason),
					.retry_after_s = -1,
					.body = str_z(body) };
	struct watch *w = &T.watches[T.watch_count - 1];

	assert_true(w->is_open);
	w->events->on_notice(w->arg, &n);
}

static inline void failed(int status)
{
	struct watch *w = &T.watches[T.watch_count - 1];

	assert_true(w->is_open);
	w->events->on_failed(w->arg, status, -1);
}

/* --- notifier */

struct notifier *notifier_create(struct loop *l, struct agent *a,
				 const struct notifier_events *e, void *arg)
{
	struct notifier *n = &T.notifiers[T.notifier_count++];

	(void)l;
	(void)a;
	assert_in_range(T.notifier_count, 1, 2);
	*n = (struct notifier){ e, arg };
	T.notifier_events = T.notifiers[0].events;
	return n;
}

void notifier_destroy(struct notifier **np)
{
	*np = NULL;
}

void notifier_set_limits(struct notifier *n, const struct notifier_limits *l)
{
	(void)n;
	(void)l;
}

void notifier_offer(struct notifier *n, const struct request *r,
		    struct answer *a)
{
	n->events->on_subscribe(n->arg, r, a);
}

unsigned notifier_expiry(const struct notifier *n, const struct request *r)
{
	(void)n;
	(void)r;
	return T.expires_s;
}

static inline struct notice *notice_new(const struct dialog *d, void *owner)
{
	struct notice *n = &T.notices[T.notice_count++];

	assert_in_range(T.notice_count, 1, BENCH_WAYS_MAX);
	*n = (struct notice){ .owner = owner, .dialog = dialog_keep(d) };
	n->expires_s = 3600;
	return n;
}

struct notice *notifier_accept(struct notifier *n, const struct dialog *d,
			       struct str event_id, unsigned expires_s,
			       struct answer *a, void *owner)
{
	(void)n;
	(void)event_id;
	line("200 %u", expires_s);
	a->status = 200;
	return notice_new(d, owner);
}

struct notice *notifier_restore(struct notifier *n, const struct dialog *d,
				struct str event_id, int64_t expires_at_s,
				uint32_t cseq_skip, void *owner)
{
	struct notice *new = notice_new(d, owner);

	(void)n;
	(void)event_id;
	(void)expires_at_s;
	new->dialog->local_cseq += cseq_skip;
	return new;
}

void notice_refreshed(struct notice *n, struct answer *a)
{
	(void)n;
	line("200 refresh");
	a->status = 200;
}

void notice_send(struct notice *n, enum notice_state s, const char *reason,
		 unsigned retry_after_s, struct notice_document d)
{
	static const char *const states[] = { "pending", "active",
					      "terminated" };
	size_t open = 0, closed = 0, i;

	(void)retry_after_s;
	assert_false(n->is_over);
	(void)snprintf(T.body, sizeof(T.body), "%.*s", STR_ARG(d.text));
	n->dialog->local_cseq++;
	n->is_over = s == NOTICE_TERMINATED;
	for (i = 0; i < d.text.n; i++) {
		open += str_starts(str_from(d.text, i), "<basic>open");
		closed += str_starts(str_from(d.text, i), "<basic>closed");
	}
	line("notify %zu %s%s%s %zu+%zu", (size_t)(n - T.notices), states[s],
	     reason != NULL ? " " : "", reason != NULL ? reason : "", open,
	     closed);
}

void notice_on_over(struct notice *n, notice_over_fn *fn, void *arg)
{
	n->over = fn;
	n->over_arg = arg;
}

/* Its last NOTIFY is answered, or all ends. */
static void notice_settle(struct notice *n, bool is_settled)
{
	notice_over_fn *fn = n->over;

	n->over = NULL;
	if (fn != NULL)
		fn(n->over_arg, is_settled);
}

void notice_drop(struct notice *n)
{
	n->is_over = true;
}

struct dialog notice_dialog(const struct notice *n)
{
	return dialog_view(n->dialog);
}

struct str notice_event_id(const struct notice *n)
{
	(void)n;
	return STR_NONE;
}

int64_t notice_expires_at_s(const struct notice *n)
{
	return n->expires_s;
}

unsigned notice_remaining_s(const struct notice *n)
{
	return n->expires_s;
}

void *notice_owner(const struct notice *n)
{
	return n->owner;
}

size_t notifier_count(const struct notifier *n)
{
	(void)n;
	return T.notice_count;
}

/* --- agent, gateway, publisher */

void agent_reply(struct answer *a, const struct reply *r)
{
	line("%d", r->status);
	a->status = r->status;
}

struct str answer_tag(const struct answer *a)
{
	(void)a;
	return STR_LIT("tag");
}

unsigned bridge_retry_after_s(void)
{
	return 5;
}

bool admission_read(struct bridge *b, const struct request *r, struct arena *a,
		    struct admission *out, struct fault *why)
{
	struct str domain = T.to, local = str_cut(&domain, '@');

	(void)r;
	(void)a;
	*out = (struct admission){
		.link = &b->links[0],
		.from = { .local = T.watcher, .domain = STR("sip.test") },
		.to = { .local = local, .domain = domain },
	};
	return T.watcher.n > 0 || fault_set(why, 403, COND_FORBIDDEN, "nobody");
}

bool admission_has_room(struct link *k, struct fault *why)
{
	(void)k;
	return T.is_up || fault_set(why, 503, COND_REMOTE_SERVER_TIMEOUT, NULL);
}

struct publisher *publisher_create(struct loop *l, struct agent *a)
{
	(void)a;
	return (struct publisher *)l;
}

void publisher_destroy(struct publisher **pp)
{
	*pp = NULL;
}

struct publication *publish_open(struct publisher *p,
				 const struct publish_options *o,
				 const struct publish_events *e, void *arg)
{
	(void)o;
	(void)e;
	(void)arg;
	return (struct publication *)p;
}

void publish_restore(struct publication *u, struct str etag,
		     int64_t expires_at_s)
{
	(void)u;
	(void)etag;
	(void)expires_at_s;
}

void publish_put(struct publication *u, struct str content_type,
		 struct str body)
{
	(void)u;
	(void)content_type;
	(void)body;
	line("publish");
}

void publish_remove(struct publication *u)
{
	(void)u;
	line("unpublish");
}

void publish_reroute(struct publication *u, struct str next_hop)
{
	(void)u;
	(void)next_hop;
}

void publish_drop(struct publication **up)
{
	*up = NULL;
}

/* --- the bench */

static inline void bench_open(void)
{
	const char *why = NULL;

	T.notifier_count = 0;
	T.bridge.roster = roster_create(&T.bridge, &why);
	assert_non_null(T.bridge.roster);
	commit_now(true);
	strbuf_reset(&SAID);
}

static inline int bench_setup(void **state)
{
	static const struct str domains[] = { STR("xmpp.test") };
	const char *why = NULL;

	(void)state;
	T = (struct bench){ .loop = loop_create(&why) };
	assert_non_null(T.loop);
	said_open();
	strbuf_init(&T.stanza, 65536);
	J.on_op = on_op;
	T.is_up = true;
	T.expires_s = 3600;
	T.component = (struct config_component){
		.domain = STR("sip.test"),
		.has_presence = true,
		.plan = { .contacts = CONTACT_FIXED,
			  .component = STR("sip.test"),
			  .sip_domain = STR("sip.example"),
			  .xmpp_domains = domains,
			  .xmpp_domain_count = 1 },
	};
	T.cfg = (struct config){ .components = &T.component,
				 .component_count = 1,
				 .presence_expires_s = 3600,
				 .notify_every_ms = 0,
				 .denied_for_s = 3600,
				 .wake_per_s = 100000,
				 .subscriptions_max = 100,
				 .subscriptions_per_user_max = 2,
				 .undecided_per_user_max = 100 };
	T.watcher = STR_LIT("romeo");
	T.to = STR_LIT("juliet@xmpp.test");
	T.link.bridge = &T.bridge;
	T.link.cfg = &T.component;
	T.bridge.loop = T.loop;
	T.bridge.cfg = &T.cfg;
	T.bridge.links = &T.link;
	T.bridge.link_count = 1;
	T.bridge.store = JOURNAL;
	T.bridge.policy = policy_create((struct config_rate){ 0, 0 });
	T.bridge.face = face_create(&T.cfg.about, 0);
	T.bridge.nicks = nicks_create();
	bench_open();
	return 0;
}

static inline void notices_fini(void)
{
	while (T.notice_count > 0) {
		notice_settle(&T.notices[--T.notice_count], false);
		free(T.notices[T.notice_count].dialog);
	}
}

static inline int bench_teardown(void **state)
{
	(void)state;
	commit_now(true);
	T.bridge.store = NULL;
	commit_all(false);
	roster_destroy(&T.bridge.roster);
	assert_int_equal(J.unknown, 0);
	journal_fini();
	notices_fini();
	policy_destroy(&T.bridge.policy);
	face_destroy(&T.bridge.face);
	nicks_destroy(&T.bridge.nicks);
	loop_destroy(&T.loop);
	said_close();
	strbuf_fini(&T.stanza);
	return 0;
}

/* As after kill -9: what the journal does not have is gone. */
static inline void bench_restart(void)
{
	T.bridge.store = NULL;
	commit_all(false);
	roster_destroy(&T.bridge.roster);
	T.bridge.store = JOURNAL;
	notices_fini();
	bench_open();
}

static inline void presence(const char *from, const char *to,
			    enum presence_type type)
{
	struct arena *a = loop_arena(T.loop);
	struct stanza s = { .kind = STANZA_PRESENCE, .u.presence.type = type };
	const char *why;

	assert_true(jid_read(a, str_z(from), &s.from, &why));
	assert_true(jid_read(a, str_z(to), &s.to, &why));
	roster_presence(&T.link, &s, a);
}

/* Romeo's telephone subscribes to juliet. */
static inline void subscribe(void)
{
	struct request r = { .method = METHOD_SUBSCRIBE };

	roster_request(T.bridge.roster, &r, &T.answer);
}

/* Turns of the loop until something was said, or for ms. */
static inline void turn(unsigned ms)
{
	uint64_t end = loop_now_ms(T.loop) + ms;

	while (SAID.n == 0 && loop_now_ms(T.loop) < end)
		clock_turn(T.loop, 10);
}

#define PIDF_HEAD                                                              \
	"<presence xmlns='urn:ietf:params:xml:ns:pidf' "                       \
	"entity='sip:romeo@sip.example'>"
#define PIDF_TUPLE(id, basic)                                                  \
	"<tuple id='ID-" id "'><status><basic>" basic                          \
	"</basic></status></tuple>"
#define PIDF_TAIL "</presence>"
#define PIDF_ONE  PIDF_HEAD PIDF_TUPLE("a", "open") PIDF_TAIL
#define PIDF_TWO                                                               \
	PIDF_HEAD PIDF_TUPLE("a", "open") PIDF_TUPLE("b", "open") PIDF_TAIL

#endif
