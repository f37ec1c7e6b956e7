#include "sip/resolve.h"

#include <stdlib.h>
#include <string.h>
#include "gateway/base/log.h"
#include "gateway/base/loop.h"
#include "sip/dns.h"
#include "sip/locate.h"
#include "sip/ownaddr.h"
#include "sip/rrcache.h"

enum {
	QUERIES_MAX = 1024, /* on their way at a time */
	TIMEOUT_DEFAULT_MS = 5000,
	HOSTS_TTL_S = 30
};

struct resolve {
	struct loop *loop; /* borrowed */
	struct resolve_options options;
	struct dns *dns; /* owned */
	/* The last target that was asked for at once: the proxy, nearly always
	 * the next one too. Of its address: "host;parameters". */
	struct locate_target last;
	struct strbuf last_text;
	struct rrcache cache;
	struct ownaddr own;
	size_t queries; /* on their way */
	/* Each job is on one list: of an entry that it waits for, of those
	 * that can go on, or of those that are being gone on with. */
	struct resolve_job *ready, *running;
	struct resolve_job *all; /* owned */
	struct loop_timer go_on;
};

struct resolve_job {
	struct resolve_job *prev, *next;	 /* of *list */
	struct resolve_job *all_prev, *all_next; /* of resolve->all */
	struct resolve_job **list;
	struct resolve *resolve; /* borrowed: owns us */
	struct locate_target target;
	const char *why; /* why the URI leads nowhere; else NULL */
	resolve_fn *fn;
	void *arg;
	struct loop_timer deadline;
};

/* How a lookup is meant. */
enum mode {
	MODE_ASK,   /* what is not known is asked for */
	MODE_KNOWN, /* only what is known counts */
	MODE_LAST   /* time is over: old answers will do, no answer is none */
};

struct lookup {
	struct resolve *resolve;
	enum mode mode;
	bool has_failed;	       /* something was not answered */
	struct rrcache_entry *missing; /* the first that is asked for */
};

static void go_on(void *arg);

/* --- answers */

static void job_move(struct resolve_job *j, struct resolve_job **list)
{
	if (j->list != NULL)
		DL_DELETE(*j->list, j);
	j->list = list;
	if (list != NULL)
		DL_APPEND(*list, j);
}

static void job_is_ready(struct resolve_job *j)
{
	struct resolve *r = j->resolve;

	job_move(j, &r->ready);
	if (!loop_timer_is_running(&r->go_on))
		loop_timer_start(r->loop, &r->go_on, 0, go_on, r);
}

/* An IPv6 address that no route leads to is of no use to us, and of harm when
 * it is tried first (RFC 6724 §5, rule 1). */
static size_t reachable(struct resolve *r, const struct rr *rr, size_t n,
			struct rr out[RR_MAX])
{
	union endpoint own;
	size_t count = 0;

	for (size_t i = 0; i < n && count < RR_MAX; i++) {
		if (ownaddr_get(&r->own, loop_now_ms(r->loop), &rr[i].address,
				&own))
			out[count++] = rr[i];
	}
	return count;
}

static void on_answer(void *arg, enum dns_result result, const struct rr *rr,
		      size_t n, uint32_t ttl_s)
{
	struct rrcache_entry *e = arg;
	struct resolve *r = e->owner;
	struct rr usable[RR_MAX];
	uint64_t now = loop_now_ms(r->loop);

	e->is_pending = false;
	r->queries--;
	if (e->kind == RR_AAAA && result == DNS_ANSWER) {
		n = reachable(r, rr, n, usable);
		rr = usable;
	}
	if (result == DNS_FAILED) {
		log_debug("dns_failed", F_Z("name", rrcache_name(e)));
		rrcache_fail(e, now);
	} else {
		rrcache_answer(&r->cache, e, now, rr, n, ttl_s);
	}
	while (e->waiters != NULL)
		job_is_ready(e->waiters);
}

/* --- lookups */

static void ask(struct resolve *r, struct rrcache_entry *e)
{
	struct rr any = { 0 };

	if (e->kind == RR_HOSTS) {
		rrcache_answer(&r->cache, e, loop_now_ms(r->loop), &any,
			       dns_is_local(r->dns, rrcache_name(e)),
			       HOSTS_TTL_S);
		return;
	}
	e->owner = r;
	e->is_pending = true;
	r->queries++;
	dns_query(r->dns, e->kind, rrcache_name(e), on_answer, e);
}

/* The entry, asked for if it has to be; NULL when that cannot be done. */
static struct rrcache_entry *entry_ask(struct resolve *r, enum rr_kind kind,
				       const char *name)
{
	struct rrcache_entry *e = rrcache_get(&r->cache, kind, name);

	if (e != NULL &&
	    (e->is_pending || rrcache_is_fresh(e, loop_now_ms(r->loop))))
		return e;
	if (r->queries >= QUERIES_MAX)
		return NULL;
	if (e == NULL)
		e = rrcache_add(&r->cache, kind, name);
	if (e != NULL)
		ask(r, e);
	return e;
}

static const struct rr_set *use(struct lookup *l, const struct rrcache_entry *e)
{
	static const struct rr_set none;

	if (e == NULL || !e->is_known) {
		l->has_failed = true;
		return &none;
	}
	l->has_failed |= e->has_failed;
	return &e->set;
}

static const struct rr_set *look_up(void *arg, enum rr_kind kind,
				    const char *name)
{
	struct lookup *l = arg;
	struct resolve *r = l->resolve;
	struct rrcache_entry *e;

	if (l->mode != MODE_ASK) {
		e = rrcache_get(&r->cache, kind, name);
		if (l->mode == MODE_LAST ||
		    (e != NULL && rrcache_is_fresh(e, loop_now_ms(r->loop))))
			return use(l, e);
		return NULL;
	}
	e = entry_ask(r, kind, name);
	/* While the DNS fails, the last good answer is used at once, and asked
	 * for again behind it. */
	if (e == NULL || !e->is_pending || (e->has_failed && e->set.n > 0))
		return use(l, e);
	if (l->missing == NULL)
		l->missing = e;
	return NULL;
}

static const char no_answer[] = "no answer from DNS";

static uint32_t draw(void *arg, uint32_t below)
{
	uint64_t random;

	(void)arg;
	keyed_random(&random, sizeof(random));
	return (uint32_t)(random % below);
}

static int run(struct lookup *l, const struct locate_target *t,
	       struct hop hops[RESOLVE_HOPS_MAX], const char **why)
{
	const struct locate_env env = { .options = &l->resolve->options,
					.lookup = look_up,
					.random = draw,
					.arg = l };
	int n = locate(&env, t, hops, why);

	if (n == 0 && l->has_failed)
		*why = no_answer;
	return n;
}

bool resolve_is_unsure(const char *why)
{
	return why == no_answer;
}

/* --- jobs */

static void job_free(struct resolve_job *j)
{
	loop_timer_stop(&j->deadline);
	job_move(j, NULL);
	DL_DELETE2(j->resolve->all, j, all_prev, all_next);
	free(j);
}

static void job_end(struct resolve_job *j, const struct hop *hops, size_t n,
		    const char *why)
{
	resolve_fn *fn = j->fn;
	void *arg = j->arg;

	job_free(j);
	fn(arg, hops, n, why);
}

static void job_step(struct resolve_job *j, enum mode mode)
{
	struct lookup l = { .resolve = j->resolve, .mode = mode };
	struct hop hops[RESOLVE_HOPS_MAX];
	const char *why = j->why;
	int n = 0;

	if (why == NULL)
		n = run(&l, &j->target, hops, &why);
	if (n == LOCATE_MISSING)
		job_move(j, &l.missing->waiters);
	else
		job_end(j, hops, (size_t)n, n > 0 ? NULL : why);
}

static void on_deadline(void *arg)
{
	job_step(arg, MODE_LAST);
}

/* Those that come meanwhile have their turn in the next round. */
static void go_on(void *arg)
{
	struct resolve *r = arg;

	while (r->ready != NULL)
		job_move(r->ready, &r->running);
	while (r->running != NULL)
		/* shortens it: NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
		job_step(r->running, MODE_ASK);
}

struct resolve_job *resolve_start(struct resolve *r, const struct uri *uri,
				  bool wants_stream, resolve_fn *fn, void *arg)
{
	struct resolve_job *j = calloc(1, sizeof(*j));
	const char *why = NULL;

	if (j == NULL)
		abort();
	j->resolve = r;
	j->fn = fn;
	j->arg = arg;
	if (!locate_target_read(uri, wants_stream, &j->target, &why))
		j->why = why;
	DL_APPEND2(r->all, j, all_prev, all_next);
	loop_timer_start(r->loop, &j->deadline, r->options.timeout_ms,
			 on_deadline, j);
	job_is_ready(j);
	return j;
}

void resolve_cancel(struct resolve_job *j)
{
	job_free(j);
}

static bool is_last(const struct resolve *r, const struct uri *u,
		    bool wants_stream)
{
	struct str text = strbuf_str(&r->last_text);

	return r->last.scheme == u->scheme && r->last.port == u->port &&
	       r->last.wants_stream == wants_stream &&
	       text.n == u->host.n + 1 + u->params.n &&
	       text.p[u->host.n] == ';' &&
	       str_eq(str_head(text, u->host.n), u->host) &&
	       str_eq(str_from(text, u->host.n + 1), u->params);
}

int resolve_now(struct resolve *r, const struct uri *uri, bool wants_stream,
		struct hop hops[RESOLVE_HOPS_MAX])
{
	struct lookup l = { .resolve = r, .mode = MODE_KNOWN };
	const char *why;

	if (!is_last(r, uri, wants_stream)) {
		strbuf_reset(&r->last_text);
		if (!locate_target_read(uri, wants_stream, &r->last, &why))
			return 0;
		strbuf_add(&r->last_text, uri->host);
		strbuf_addc(&r->last_text, ';');
		strbuf_add(&r->last_text, uri->params);
	}
	return run(&l, &r->last, hops, &why);
}

/* --- life */

struct resolve *resolve_create(struct loop *l, const struct resolve_options *o,
			       const char **why)
{
	struct resolve *r = calloc(1, sizeof(*r));

	if (r == NULL)
		abort();
	r->loop = l;
	r->options = *o;
	r->options.nameserver = STR_NONE; /* the dns has its own copy */
	strbuf_init(&r->last_text, URI_MAX_BYTES);
	if (r->options.timeout_ms == 0)
		r->options.timeout_ms = TIMEOUT_DEFAULT_MS;
	/* Two tries, of which the second takes twice as long, and some room
	 * for the next question. */
	r->dns = dns_create(l, o->nameserver, r->options.timeout_ms / 4, why);
	if (r->dns != NULL)
		return r;
	free(r);
	return NULL;
}

void resolve_destroy(struct resolve **rp)
{
	struct resolve *r = *rp;

	if (r == NULL)
		return;
	*rp = NULL;
	loop_timer_stop(&r->go_on);
	dns_destroy(&r->dns);
	while (r->all != NULL)
		/* shortens it: NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
		job_free(r->all);
	rrcache_fini(&r->cache);
	strbuf_fini(&r->last_text);
	free(r);
}
