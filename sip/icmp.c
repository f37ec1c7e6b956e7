#include "sip/icmp.h"

#include <linux/errqueue.h>
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <string.h>
#include <sys/socket.h>

void icmp_want(int fd, int family)
{
	int on = 1;

	if (family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &on,
				 sizeof(on));
	else
		(void)setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof(on));
}

/* RFC 3261 §18.4: unreachable and parameter problem tell the user, the rest
 * (time exceeded, source quench, packet too big) is ignored. */
static bool is_refusal(const struct sock_extended_err *e)
{
	if (e->ee_origin == SO_EE_ORIGIN_ICMP)
		return (e->ee_type == ICMP_DEST_UNREACH &&
			e->ee_code != ICMP_FRAG_NEEDED) ||
		       e->ee_type == ICMP_PARAMETERPROB;
	if (e->ee_origin == SO_EE_ORIGIN_ICMP6)
		return e->ee_type == ICMPV6_DEST_UNREACH ||
		       e->ee_type == ICMPV6_PARAMPROB;
	return false;
}

static bool is_error(const struct cmsghdr *c)
{
	return (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR) ||
	       (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR);
}

static void report(struct msghdr *m, const union endpoint *peer, icmp_fn *fn,
		   void *arg)
{
	struct sock_extended_err e;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		if (!is_error(c))
			continue;
		memcpy(&e, CMSG_DATA(c), sizeof(e));
		if (is_refusal(&e))
			fn(arg, peer, (int)e.ee_errno);
		return;
	}
}

void icmp_read(int fd, icmp_fn *fn, void *arg)
{
	union {
		struct cmsghdr align;
		char bytes[512];
	} control;

	for (int i = 0; i < ICMP_READS_MAX; i++) {
		union endpoint peer = { 0 };
		struct msghdr m = { .msg_name = &peer,
				    .msg_namelen = sizeof(peer),
				    .msg_control = &control,
				    .msg_controllen = sizeof(control) };

		if (recvmsg(fd, &m, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
			return;
		if (m.msg_namelen >= sizeof(peer.in))
			report(&m, &peer, fn, arg);
	}
}
