#include "gateway/service.h"
#include <signal.h>
#include <stdlib.h>
#include <systemd/sd-daemon.h>
#include "gateway/base/log.h"
#include "gateway/base/loop.h"
#include "gateway/gateway.h"

enum { DRAIN_GRACE_MS = 500, RELOAD_MAX_BYTES = 256 * 1024, RETIRED_MS = 1000 };

struct service {
	const struct config *cfg;  /* borrowed; or reloaded */
	struct config *reloaded;   /* owned; NULL: never */
	struct loop_timer retired; /* of what reloaded has replaced */
	struct loop *loop;	   /* owned */
	struct gateway *gateway;   /* owned */
	struct loop_timer watchdog, drain;
	uint64_t watchdog_ms; /* 0: systemd does not watch */
	bool is_ready;	      /* systemd has been told once */
	bool is_draining;
	bool is_verbose; /* whatever the settings say */
	bool is_cut;	 /* ended before it was done */
};

static void on_status(void *arg, bool is_ready, const char *status)
{
	struct service *s = arg;

	if (s->is_draining)
		return;
	sd_notifyf(0, "STATUS=%s", status);
	log_info("status", F_NUM("ready", is_ready), F_Z("status", status));
	/* To systemd a service starts once; what comes later is status. */
	if (is_ready && !s->is_ready) {
		s->is_ready = true;
		sd_notify(0, "READY=1");
	}
}

static void on_drained(void *arg)
{
	struct service *s = arg;

	loop_stop(s->loop);
}

static void on_watchdog(void *arg)
{
	struct service *s = arg;

	sd_notify(0, "WATCHDOG=1");
	loop_timer_start(s->loop, &s->watchdog, s->watchdog_ms, on_watchdog, s);
}

/* Half of what systemd waits for. */
static void start_watchdog(struct service *s)
{
	uint64_t usec = 0;

	if (sd_watchdog_enabled(0, &usec) <= 0)
		return;
	s->watchdog_ms = usec / 2000;
	on_watchdog(s);
}

static void cut(struct service *s, const char *why)
{
	s->is_cut = true;
	log_warn("drain_cut", F_Z("why", why));
	loop_stop(s->loop);
}

static void on_drain_late(void *arg)
{
	cut(arg, "the time is over");
}

static void on_drain(void *arg)
{
	struct service *s = arg;

	if (s->is_draining)
		return;
	s->is_draining = true;
	sd_notify(0, "STOPPING=1\nSTATUS=ending what is under way");
	loop_timer_start(s->loop, &s->drain,
			 (uint64_t)s->cfg->drain_ms + DRAIN_GRACE_MS,
			 on_drain_late, s);
	gateway_drain(s->gateway);
}

static void on_stop_signal(void *arg, int signo)
{
	struct service *s = arg;

	if (s->is_draining) {
		cut(s, "a second signal");
		return;
	}
	log_info("stopping", F_NUM("signal", signo),
		 F_NUM("drain_ms", s->cfg->drain_ms));
	on_drain(s);
}

/* The turn in which they were in use is over. */
static void on_retired(void *arg)
{
	struct service *s = arg;

	config_destroy(&s->reloaded->older);
}

/* systemd hands a credential over at the start, once: what is read again is
 * what was read then. */
static void tell_copy(struct str path, struct strbuf *out)
{
	static const char advice[] =
		"systemd handed these settings over at the start "
		"(LoadCredential); a change of the file needs a restart";
	const char *dir = getenv("CREDENTIALS_DIRECTORY");

	if (dir == NULL || dir[0] == '\0' || !str_starts(path, dir))
		return;
	log_warn("settings_are_a_copy", F_Z("advice", advice));
	strbuf_addf(out, "%s\n", advice);
}

/* A file with mistakes changes nothing. */
static struct config *read_again(struct service *s, struct strbuf *out)
{
	struct str path = s->cfg->path;
	struct config *c;
	size_t from = out->n;

	c = config_load(str_dupz(loop_arena(s->loop), path), out);
	if (c == NULL)
		log_error(
			"reload_failed",
			F_STR("why", str_trim(str_from(strbuf_str(out), from))),
			F_Z("advice", "nothing has changed"));
	return c;
}

static void take(struct service *s, struct config *c, bool uses_old)
{
	/* The first one is not ours to free. */
	c->older = s->reloaded;
	s->reloaded = c;
	s->cfg = c;
	loop_timer_stop(&s->retired);
	if (!uses_old)
		loop_timer_start(s->loop, &s->retired, RETIRED_MS, on_retired,
				 s);
}

/* Who is connected stays so. */
static bool on_reload(void *arg, struct strbuf *out)
{
	struct service *s = arg;
	struct config *c;
	size_t failed;

	if (s->gateway == NULL || s->is_draining)
		return false;
	c = read_again(s, out);
	if (c == NULL)
		return false;
	if (s->is_verbose)
		c->log_level = LOG_LEVEL_DEBUG;
	tell_copy(c->path, out);
	take(s, c, gateway_reload(s->gateway, c, out, &failed));
	if (failed == 0)
		return true;
	log_error("reload_failed", F_Z("why", "see certificates_kept"));
	strbuf_addz(out, "not all certificates are good: see "
			 "certificates_kept in the log\n");
	return false;
}

static void on_hangup(void *arg, int signo)
{
	struct strbuf out;

	(void)signo;
	strbuf_init(&out, RELOAD_MAX_BYTES);
	on_reload(arg, &out);
	strbuf_fini(&out);
}

/* The setting that a failed start complains of: the key that the words begin
 * with, or the listen point. */
static struct str key_of(const struct config *c, struct arena *a,
			 const char *why)
{
	static const char *const names[] = { "udp", "tcp", "tls" };
	struct str words = str_z(why), point;

	for (size_t i = 0; i < c->listen_count; i++) {
		const struct config_listen *l = &c->listens[i];

		point = str_fmt(a, "%s %.*s:%u:", names[l->transport],
				STR_ARG(l->host), (unsigned)l->port);
		if (str_eq(str_head(words, point.n), point))
			return str_fmt(a, "sip.listen[%zu]", i);
	}
	words = str_head(words, str_find(words, ' '));
	words = str_head(words, str_find(words, ':'));
	return str_find(words, '.') < words.n ? words : STR_NONE;
}

static void tell_failure(struct service *s, const char *why)
{
	struct str key = key_of(s->cfg, loop_arena(s->loop), why);

	if (key.n == 0)
		log_error("not_started", F_Z("why", why),
			  F_Z("advice", "stoxd --check tells more"));
	else
		log_error("not_started", F_STR("config", s->cfg->path),
			  F_NUM("line", config_line(s->cfg, key)),
			  F_STR("key", key), F_Z("why", why),
			  F_Z("advice", "stoxd --check tells more"));
}

static bool start(struct service *s)
{
	static const struct gateway_events events = {
		.on_status = on_status,
		.on_drained = on_drained,
		.on_reload = on_reload,
		.on_drain = on_drain,
	};
	const char *why = "";

	s->loop = loop_create(&why);
	if (s->loop == NULL) {
		log_error("not_started", F_Z("why", why));
		return false;
	}
	if (!loop_signal(s->loop, SIGTERM, on_stop_signal, s) ||
	    !loop_signal(s->loop, SIGINT, on_stop_signal, s) ||
	    !loop_signal(s->loop, SIGHUP, on_hangup, s)) {
		log_error("not_started", F_Z("why", "no signals"));
		return false;
	}
	s->gateway = gateway_create(s->loop, s->cfg, &events, s, &why);
	if (s->gateway == NULL)
		tell_failure(s, why);
	return s->gateway != NULL;
}

bool service_run(const struct config *cfg, bool is_verbose)
{
	struct service s = { .cfg = cfg, .is_verbose = is_verbose };
	bool was_started = start(&s);

	if (was_started) {
		log_info("started", F_Z("version", STOX_VERSION),
			 F_STR("config", cfg->path),
			 F_NUM("components", cfg->component_count));
		sd_notify(0, "STATUS=waiting for the XMPP server");
		start_watchdog(&s);
		loop_run(s.loop);
		log_info("stopped", F_NUM("cut", s.is_cut));
	}
	loop_timer_stop(&s.watchdog);
	loop_timer_stop(&s.drain);
	loop_timer_stop(&s.retired);
	gateway_destroy(&s.gateway);
	loop_destroy(&s.loop);
	config_destroy(&s.reloaded);
	return was_started && !s.is_cut;
}
