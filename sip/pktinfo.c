#include "sip/pktinfo.h"

#include <string.h>

_Static_assert(CMSG_SPACE(sizeof(struct in6_pktinfo)) <= PKTINFO_BYTES, "fits");

void pktinfo_want(int fd, int family)
{
	int on = 1;

	if (family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on,
				 sizeof(on));
	else
		(void)setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on));
}

bool pktinfo_read(struct msghdr *m, const union endpoint *bound,
		  union endpoint *own)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(m);
	struct in_pktinfo info;
	struct in6_pktinfo info6;

	if (c == NULL)
		return false;
	*own = *bound;
	if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
		memcpy(&info, CMSG_DATA(c), sizeof(info));
		own->in.sin_addr = info.ipi_spec_dst;
		return own->in.sin_addr.s_addr != 0;
	}
	if (c->cmsg_level != IPPROTO_IPV6 || c->cmsg_type != IPV6_PKTINFO)
		return false;
	memcpy(&info6, CMSG_DATA(c), sizeof(info6));
	if (IN6_IS_ADDR_MULTICAST(&info6.ipi6_addr))
		return false;
	own->in6.sin6_addr = info6.ipi6_addr;
	if (IN6_IS_ADDR_LINKLOCAL(&info6.ipi6_addr))
		own->in6.sin6_scope_id = info6.ipi6_ifindex;
	return true;
}

size_t pktinfo_write(struct cmsghdr *c, const union endpoint *own)
{
	struct in_pktinfo info = { 0 };
	struct in6_pktinfo info6 = { 0 };

	if (own->sa.sa_family == AF_INET6) {
		info6.ipi6_addr = own->in6.sin6_addr;
		info6.ipi6_ifindex = own->in6.sin6_scope_id;
		c->cmsg_level = IPPROTO_IPV6;
		c->cmsg_type = IPV6_PKTINFO;
		c->cmsg_len = CMSG_LEN(sizeof(info6));
		memcpy(CMSG_DATA(c), &info6, sizeof(info6));
		return CMSG_SPACE(sizeof(info6));
	}
	info.ipi_spec_dst = own->in.sin_addr;
	c->cmsg_level = IPPROTO_IP;
	c->cmsg_type = IP_PKTINFO;
	c->cmsg_len = CMSG_LEN(sizeof(info));
	memcpy(CMSG_DATA(c), &info, sizeof(info));
	return CMSG_SPACE(sizeof(info));
}
