#include <string.h>
#include "sip/conn.h"

/* Which connection leads to a peer. */

static void peer_key_of(const struct hop *h, struct peer_key *k)
{
	memset(k, 0, sizeof(*k));
	k->transport = h->transport;
	k->family = h->peer.sa.sa_family;
	k->port = endpoint_port(&h->peer);
	if (k->family == AF_INET6) {
		k->scope = h->peer.in6.sin6_scope_id;
		memcpy(k->address, &h->peer.in6.sin6_addr, 16);
	} else {
		memcpy(k->address, &h->peer.in.sin_addr, 4);
	}
	if (h->transport == TRANSPORT_TLS)
		memccpy(k->name, h->name, '\0', sizeof(k->name));
}

/* Without the part behind the name: each request over TCP is looked for. */
static size_t key_bytes(const struct peer_key *k)
{
	return offsetof(struct peer_key, name) + strlen(k->name);
}

static struct conn *get(const struct conn_set *s, const struct peer_key *k)
{
	struct conn *c;

	HASH_FIND(hh_peer, s->by_peer, k, key_bytes(k), c);
	return c;
}

struct conn *connpeer_find(const struct conn_set *s, const struct hop *to)
{
	struct peer_key k;

	peer_key_of(to, &k);
	return get(s, &k);
}

/* An accepted TLS connection says nothing about whom it may be used to reach
 * (RFC 5923 §9.1), so only those of ours are found by their peer. */
void connpeer_add(struct conn *c)
{
	if (c->hop.transport == TRANSPORT_TLS && !c->is_outgoing)
		return;
	peer_key_of(&c->hop, &c->key);
	if (get(c->set, &c->key) != NULL)
		return;
	HASH_ADD(hh_peer, c->set->by_peer, key, key_bytes(&c->key), c);
	c->is_by_peer = true;
}

void connpeer_remove(struct conn *c)
{
	if (c->is_by_peer)
		HASH_DELETE(hh_peer, c->set->by_peer, c);
	c->is_by_peer = false;
}
