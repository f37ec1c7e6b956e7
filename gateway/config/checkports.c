#include "gateway/config/checkup.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "gateway/config/portowner.h"

enum { WHERE_BYTES = 120 };

struct port {
	const struct config_listen *listen;
	bool is_web;
	union endpoint at;
	int fd;
	char where[WHERE_BYTES]; /* "sip.listen udp:0.0.0.0:5060" */
};

static void port_name(struct port *p)
{
	static const char *const schemes[] = {
		"sip.listen udp:", "sip.listen tcp:", "sip.listen tls:"
	};
	struct strbuf b;

	strbuf_init(&b, WHERE_BYTES - 1);
	strbuf_addz(&b,
		    p->is_web ? "web.address " : schemes[p->listen->transport]);
	endpoint_write(&b, &p->at);
	snprintf(p->where, sizeof(p->where), "%.*s", STR_ARG(strbuf_str(&b)));
	strbuf_fini(&b);
}

static enum transport port_transport(const struct port *p)
{
	return p->is_web ? TRANSPORT_TCP : p->listen->transport;
}

/* As the transports do it (IPv6 apart from IPv4). errno on failure. */
static bool port_open(struct port *p)
{
	bool is_udp = port_transport(p) == TRANSPORT_UDP;
	int on = 1, family = p->at.sa.sa_family;

	p->fd = socket(family,
		       (is_udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);
	if (p->fd < 0)
		return false;
	if (family == AF_INET6 &&
	    setsockopt(p->fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) != 0)
		return false;
	if (!is_udp &&
	    setsockopt(p->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0)
		return false;
	return bind(p->fd, &p->at.sa, endpoint_bytes(&p->at)) == 0 &&
	       (is_udp || listen(p->fd, 1) == 0);
}

static void report_in_use(struct checkup *k, const struct port *p)
{
	struct portowner owner;

	if (!portowner_find(port_transport(p), &p->at, &owner)) {
		checkup_wrong(
			k,
			"%s: the port is in use by another "
			"program (as root, ss -lnp shows which); stop it, "
			"or listen on another port",
			p->where);
	} else if (owner.pid == getpid() && p->is_web) {
		checkup_wrong(k,
			      "%s: sip.listen has that port already; give "
			      "web.port another",
			      p->where);
	} else if (owner.pid == getpid()) {
		checkup_wrong(k,
			      "%s: another entry of sip.listen "
			      "covers it already; take one out",
			      p->where);
	} else if (strcmp(owner.name, "stoxd") == 0) {
		k->is_running = true;
		checkup_good(k,
			     "%s: held by the stoxd that runs "
			     "(pid %d)",
			     p->where, (int)owner.pid);
	} else {
		checkup_wrong(k,
			      "%s: the port is in use by %s (pid "
			      "%d); stop it, or listen on another port",
			      p->where, owner.name, (int)owner.pid);
	}
}

static void report_failure(struct checkup *k, const struct port *p, int error)
{
	switch (error) {
	case EADDRINUSE:
		report_in_use(k, p);
		break;
	case EADDRNOTAVAIL:
		checkup_wrong(k,
			      "%s: no interface of this machine has "
			      "the address; listen on one of its own, or on "
			      "0.0.0.0",
			      p->where);
		break;
	case EACCES:
		checkup_wrong(k,
			      "%s: ports below 1024 need a "
			      "privilege; listen on another port",
			      p->where);
		break;
	case EAFNOSUPPORT:
		checkup_wrong(k,
			      "%s: this machine does not speak that "
			      "version of IP; take the entry out",
			      p->where);
		break;
	default:
		checkup_wrong(k, "%s: cannot be opened: %s", p->where,
			      strerror(error));
		break;
	}
}

static void port_check(struct checkup *k, struct port *p)
{
	if (!endpoint_read(p->listen->host, p->listen->port, &p->at))
		return;
	port_name(p);
	if (port_open(p))
		checkup_good(k, "%s: free", p->where);
	else
		report_failure(k, p, errno);
}

/* All stay open until the last was tried, so that two entries for the same
 * port are found. That of the status page comes last; it may be off. */
void checkports_run(struct checkup *k)
{
	size_t i, count = k->cfg->listen_count;
	size_t n = count + (k->cfg->web.host.n > 0);
	struct port *ports;

	ports = arena_zalloc(&k->arena, (n + 1) * sizeof(*ports));
	for (i = 0; i < n; i++) {
		ports[i].is_web = i == count;
		ports[i].listen =
			ports[i].is_web ? &k->cfg->web : &k->cfg->listens[i];
		ports[i].fd = -1;
		port_check(k, &ports[i]);
	}
	for (i = 0; i < n; i++)
		if (ports[i].fd >= 0)
			close(ports[i].fd);
}
