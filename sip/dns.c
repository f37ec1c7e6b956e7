#include "sip/dns.h"

#include <ares.h>
#include <arpa/nameser.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "gateway/base/log.h"
#include "gateway/base/loop.h"

enum { SOCKETS_MAX = 64, TRIES = 2, CONF_CHECK_MS = 30000, HOSTS_TTL_S = 30 };

static const char conf_path[] = "/etc/resolv.conf";

struct dns_socket {
	struct dns *dns; /* borrowed: owns us */
	struct loop_watch watch;
	int fd; /* c-ares' */
	bool is_open;
};

struct dns {
	struct loop *loop; /* borrowed */
	ares_channel channel;
	bool has_channel;
	bool is_closing;
	int timeout_ms;
	char *nameserver; /* owned; NULL: the system's */
	unsigned running;
	uint64_t checked_ms; /* conf_path, and what it was: */
	struct timespec conf_time;
	struct loop_timer timer;
	struct dns_socket sockets[SOCKETS_MAX];
};

/* One query on its way. */
struct question {
	struct dns *dns; /* borrowed */
	enum rr_kind kind;
	dns_fn *fn;
	void *arg;
};

/* --- c-ares on the loop */

static void on_ready(void *arg, unsigned events);
static void on_timer(void *arg);

static void timer_arm(struct dns *d)
{
	struct timeval tv, *next = ares_timeout(d->channel, NULL, &tv);

	if (next == NULL) {
		loop_timer_stop(&d->timer);
		return;
	}
	loop_timer_start(d->loop, &d->timer,
			 (uint64_t)next->tv_sec * 1000 +
				 (uint64_t)next->tv_usec / 1000 + 1,
			 on_timer, d);
}

static void on_timer(void *arg)
{
	struct dns *d = arg;

	ares_process_fd(d->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	timer_arm(d);
}

static void on_ready(void *arg, unsigned events)
{
	struct dns_socket *s = arg;
	struct dns *d = s->dns;
	int fd = s->fd;

	ares_process_fd(d->channel, events & LOOP_IN ? fd : ARES_SOCKET_BAD,
			events & LOOP_OUT ? fd : ARES_SOCKET_BAD);
	timer_arm(d);
}

static struct dns_socket *socket_of(struct dns *d, int fd)
{
	struct dns_socket *spare = NULL;

	for (size_t i = 0; i < SOCKETS_MAX; i++) {
		if (d->sockets[i].is_open && d->sockets[i].fd == fd)
			return &d->sockets[i];
		if (!d->sockets[i].is_open)
			spare = &d->sockets[i];
	}
	return spare;
}

/* Both off: c-ares is about to close fd. */
static void on_socket(void *arg, ares_socket_t fd, int readable, int writable)
{
	struct dns *d = arg;
	struct dns_socket *s = socket_of(d, fd);
	unsigned events = (readable ? LOOP_IN : 0) | (writable ? LOOP_OUT : 0);

	if (s == NULL)
		return; /* unwatched, it can only time out */
	if (events == 0) {
		loop_watch_close(&s->watch);
		s->is_open = false;
	} else if (s->is_open) {
		loop_watch_set(&s->watch, events);
	} else {
		s->dns = d;
		s->fd = fd;
		s->is_open = loop_watch_open(d->loop, &s->watch, fd, events,
					     on_ready, s);
	}
}

/* --- life */

static bool channel_open(struct dns *d, const char **why)
{
	struct ares_options o = { .timeout = d->timeout_ms,
				  .tries = TRIES,
				  /* The hosts file is read here. */
				  .lookups = (char *)(uintptr_t) "b",
				  .sock_state_cb = on_socket,
				  .sock_state_cb_data = d };
	int mask = ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS |
		   ARES_OPT_DOMAINS | ARES_OPT_SOCK_STATE_CB |
		   ARES_OPT_NOROTATE;
	int status = ares_init_options(&d->channel, &o, mask);

	if (status == ARES_SUCCESS) {
		d->has_channel = true;
		if (d->nameserver != NULL)
			status = ares_set_servers_ports_csv(d->channel,
							    d->nameserver);
	}
	if (status == ARES_SUCCESS)
		return true;
	*why = ares_strerror(status);
	return false;
}

static void channel_close(struct dns *d)
{
	if (d->has_channel)
		ares_destroy(d->channel);
	d->has_channel = false;
	loop_timer_stop(&d->timer);
}

static struct timespec conf_time(void)
{
	struct stat st;

	return stat(conf_path, &st) == 0 ? st.st_mtim : (struct timespec){ 0 };
}

/* While nothing is asked, so that nothing is lost. */
static void conf_check(struct dns *d)
{
	uint64_t now = loop_now_ms(d->loop);
	struct timespec t;
	const char *why;

	if (d->nameserver != NULL || d->running > 0 ||
	    now - d->checked_ms < CONF_CHECK_MS)
		return;
	d->checked_ms = now;
	t = conf_time();
	if (d->has_channel && t.tv_sec == d->conf_time.tv_sec &&
	    t.tv_nsec == d->conf_time.tv_nsec)
		return;
	d->conf_time = t;
	channel_close(d);
	if (channel_open(d, &why))
		log_info("resolv_conf_read", F_Z("file", conf_path));
	else
		log_warn("resolv_conf_failed", F_Z("why", why));
}

struct dns *dns_create(struct loop *l, struct str nameserver,
		       unsigned timeout_ms, const char **why)
{
	struct dns *d;
	int status = ares_library_init(ARES_LIB_INIT_ALL);

	if (status != ARES_SUCCESS) {
		*why = ares_strerror(status);
		return NULL;
	}
	d = calloc(1, sizeof(*d));
	if (d == NULL)
		abort();
	d->loop = l;
	d->timeout_ms = (int)timeout_ms;
	d->checked_ms = loop_now_ms(l);
	d->conf_time = conf_time();
	if (nameserver.n > 0)
		d->nameserver = (char *)(uintptr_t)str_heap(nameserver).p;
	if (!channel_open(d, why))
		dns_destroy(&d);
	return d;
}

void dns_destroy(struct dns **dp)
{
	struct dns *d = *dp;

	if (d == NULL)
		return;
	*dp = NULL;
	d->is_closing = true;
	channel_close(d);
	for (size_t i = 0; i < SOCKETS_MAX; i++)
		loop_watch_close(&d->sockets[i].watch);
	ares_library_cleanup();
	free(d->nameserver);
	free(d);
}

/* --- questions */

static enum dns_result result_of(int status)
{
	switch (status) {
	case ARES_SUCCESS:
		return DNS_ANSWER;
	case ARES_ENODATA:
	case ARES_ENOTFOUND:
	case ARES_EBADNAME:
		return DNS_NONE;
	default:
		return DNS_FAILED;
	}
}

static void question_end(struct question *q, enum dns_result result,
			 const struct rr *rr, size_t n, uint32_t ttl_s)
{
	q->dns->running--;
	if (!q->dns->is_closing)
		q->fn(q->arg, result, rr, n, ttl_s);
	free(q);
}

static void on_records(void *arg, int status, int timeouts, unsigned char *p,
		       int n)
{
	struct question *q = arg;
	enum dns_result result = result_of(status);
	struct rr rr[RR_MAX];
	uint32_t ttl_s = 0;
	int count = 0;

	(void)timeouts;
	if (result == DNS_ANSWER)
		count = rr_read(q->kind, p, (size_t)n, rr, &ttl_s);
	if (count < 0)
		result = DNS_FAILED;
	else if (count == 0 && result == DNS_ANSWER)
		result = DNS_NONE;
	question_end(q, result, rr, count > 0 ? (size_t)count : 0, ttl_s);
}

static size_t addresses_take(const struct ares_addrinfo *ai, int family,
			     struct rr rr[RR_MAX], uint32_t *ttl_s)
{
	size_t n = 0;

	*ttl_s = UINT32_MAX;
	for (const struct ares_addrinfo_node *a = ai->nodes; a && n < RR_MAX;
	     a = a->ai_next) {
		uint32_t ttl = a->ai_ttl > 0 ? (uint32_t)a->ai_ttl : 0;

		if (a->ai_family != family ||
		    (size_t)a->ai_addrlen > sizeof(rr[n].address))
			continue;
		memset(&rr[n], 0, sizeof(rr[n]));
		memcpy(&rr[n++].address, a->ai_addr, (size_t)a->ai_addrlen);
		if (ttl < *ttl_s)
			*ttl_s = ttl;
	}
	return n;
}

static void on_addresses(void *arg, int status, int timeouts,
			 struct ares_addrinfo *ai)
{
	struct question *q = arg;
	enum dns_result result = result_of(status);
	struct rr rr[RR_MAX];
	uint32_t ttl_s = 0;
	size_t n = 0;

	(void)timeouts;
	if (ai != NULL && result == DNS_ANSWER)
		n = addresses_take(ai, q->kind == RR_A ? AF_INET : AF_INET6, rr,
				   &ttl_s);
	if (ai != NULL)
		ares_freeaddrinfo(ai);
	if (n == 0 && result == DNS_ANSWER)
		result = DNS_NONE;
	question_end(q, result, rr, n, ttl_s);
}

static void ask_addresses(struct dns *d, const char *name, struct question *q)
{
	struct ares_addrinfo_hints hints = { .ai_flags = ARES_AI_NOSORT,
					     .ai_family = q->kind == RR_A
								  ? AF_INET
								  : AF_INET6,
					     .ai_socktype = SOCK_DGRAM };

	ares_getaddrinfo(d->channel, name, NULL, &hints, on_addresses, q);
}

/* --- the hosts file */

static size_t hosts_read(struct dns *d, const char *name, int family,
			 struct rr rr[RR_MAX])
{
	struct hostent *host = NULL;
	size_t n = 0;

	if (ares_gethostbyname_file(d->channel, name, family, &host) !=
	    ARES_SUCCESS)
		return 0;
	for (char **a = host->h_addr_list; *a != NULL && n < RR_MAX; a++) {
		union endpoint *e = &rr[n++].address;

		memset(&rr[n - 1], 0, sizeof(rr[n - 1]));
		e->sa.sa_family = (sa_family_t)family;
		if (family == AF_INET6)
			memcpy(&e->in6.sin6_addr, *a, 16);
		else
			memcpy(&e->in.sin_addr, *a, 4);
	}
	ares_free_hostent(host);
	return n;
}

bool dns_is_local(struct dns *d, const char *name)
{
	struct rr rr[RR_MAX];

	return d->has_channel && (hosts_read(d, name, AF_INET, rr) > 0 ||
				  hosts_read(d, name, AF_INET6, rr) > 0);
}

/* A name that the file has is not asked for elsewhere, not even for its other
 * family: it must do without any server. */
static bool answer_local(struct dns *d, enum rr_kind kind, const char *name,
			 dns_fn *fn, void *arg)
{
	struct rr rr[RR_MAX];
	size_t n;

	if (kind != RR_A && kind != RR_AAAA)
		return false;
	n = hosts_read(d, name, kind == RR_A ? AF_INET : AF_INET6, rr);
	if (n == 0 && !dns_is_local(d, name))
		return false;
	fn(arg, n > 0 ? DNS_ANSWER : DNS_NONE, rr, n, HOSTS_TTL_S);
	return true;
}

/* --- asking */

void dns_query(struct dns *d, enum rr_kind kind, const char *name, dns_fn *fn,
	       void *arg)
{
	struct question *q;

	conf_check(d);
	if (!d->has_channel) {
		fn(arg, DNS_FAILED, NULL, 0, 0);
		return;
	}
	if (answer_local(d, kind, name, fn, arg))
		return;
	q = malloc(sizeof(*q));
	if (q == NULL)
		abort();
	*q = (struct question){ .dns = d, .kind = kind, .fn = fn, .arg = arg };
	d->running++;
	if (kind == RR_A || kind == RR_AAAA)
		ask_addresses(d, name, q);
	else
		ares_query(d->channel, name, C_IN,
			   kind == RR_SRV ? T_SRV : T_NAPTR, on_records, q);
	timer_arm(d);
}
