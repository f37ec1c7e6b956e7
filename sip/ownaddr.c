#include "sip/ownaddr.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "gateway/base/keyed.h"

enum { DISCARD_PORT = 9 };

static void set_port(union endpoint *e, uint16_t port)
{
	if (e->sa.sa_family == AF_INET6)
		e->in6.sin6_port = htons(port);
	else
		e->in.sin_port = htons(port);
}

/* Only what tells addresses apart; the rest of the union is zero. */
static union endpoint key_of(const union endpoint *peer)
{
	union endpoint k;

	memset(&k, 0, sizeof(k));
	k.sa.sa_family = peer->sa.sa_family;
	if (peer->sa.sa_family == AF_INET6) {
		k.in6.sin6_addr = peer->in6.sin6_addr;
		k.in6.sin6_scope_id = peer->in6.sin6_scope_id;
	} else {
		k.in.sin_addr = peer->in.sin_addr;
	}
	return k;
}

static bool ask(const union endpoint *peer, union endpoint *own)
{
	int fd = socket(peer->sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	union endpoint to = *peer;
	socklen_t n = sizeof(*own);
	bool ok;

	if (fd < 0)
		return false;
	set_port(&to, DISCARD_PORT);
	memset(own, 0, sizeof(*own));
	ok = connect(fd, &to.sa, endpoint_bytes(&to)) == 0 &&
	     getsockname(fd, &own->sa, &n) == 0;
	close(fd);
	set_port(own, 0);
	return ok;
}

/* As a rule it is that of the last peer again. */
static size_t slot_of(struct ownaddr *o, const union endpoint *k)
{
	if (memcmp(&o->slots[o->last].peer, k, sizeof(*k)) != 0)
		o->last = keyed_hash(k, sizeof(*k)) % OWNADDR_MAX;
	return o->last;
}

bool ownaddr_get(struct ownaddr *o, uint64_t now_ms, const union endpoint *peer,
		 union endpoint *own)
{
	union endpoint k = key_of(peer);
	size_t i = slot_of(o, &k);

	bool is_known = o->slots[i].until_ms > 0 &&
			memcmp(&o->slots[i].peer, &k, sizeof(k)) == 0;

	if (is_known && o->slots[i].until_ms > now_ms) {
		*own = o->slots[i].own;
		return true;
	}
	if (!ask(&k, own)) {
		/* Out of descriptors: what was so will still be so. */
		is_known = is_known && (errno == EMFILE || errno == ENFILE);
		if (is_known)
			*own = o->slots[i].own;
		return is_known;
	}
	o->slots[i].peer = k;
	o->slots[i].own = *own;
	o->slots[i].until_ms = now_ms + OWNADDR_TTL_MS;
	return true;
}
