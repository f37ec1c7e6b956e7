#include "sip/stranger.h"
#include <stdlib.h>
#include <string.h>
#include "gateway/base/keyed.h"

enum {
	SETS = 1024, /* a power of two */
	WAYS = 4,
	KEEP_MS = 32000 /* no copy of a request comes later */
};

/* What one address has sent more than it has got. */
struct credit {
	uint64_t key; /* keyed hash; 0: free */
	uint64_t seen_ms;
	size_t bytes;
};

struct stranger {
	struct responder *responder; /* borrowed */
	struct credit credits[SETS][WAYS];
};

struct stranger *stranger_create(struct responder *r)
{
	struct stranger *s = calloc(1, sizeof(*s));

	if (s == NULL)
		abort();
	s->responder = r;
	return s;
}

void stranger_destroy(struct stranger **sp)
{
	free(*sp);
	*sp = NULL;
}

static uint64_t key_of(const union endpoint *e)
{
	struct {
		char what[8];
		uint32_t family, port;
		unsigned char address[16];
	} x;

	memset(&x, 0, sizeof(x));
	memcpy(x.what, "credit", 6);
	x.family = e->sa.sa_family;
	x.port = endpoint_port(e);
	if (e->sa.sa_family == AF_INET6)
		memcpy(x.address, &e->in6.sin6_addr, 16);
	else
		memcpy(x.address, &e->in.sin_addr, 4);
	return keyed_hash(&x, sizeof(x)) | 1;
}

/* That of the address, or the one of its set that was idle longest. What is
 * forgotten so is to nobody's harm. */
static struct credit *credit_get(struct stranger *s, const union endpoint *e,
				 uint64_t now_ms)
{
	uint64_t key = key_of(e);
	struct credit *set = s->credits[(key >> 1) % SETS], *oldest = set;

	for (size_t i = 0; i < WAYS; i++) {
		if (set[i].key == key && now_ms - set[i].seen_ms < KEEP_MS)
			return &set[i];
		if (set[i].seen_ms < oldest->seen_ms)
			oldest = &set[i];
	}
	*oldest = (struct credit){ .key = key, .seen_ms = now_ms };
	return oldest;
}

void stranger_heard(struct stranger *s, const struct request *r, size_t bytes,
		    uint64_t now_ms)
{
	struct credit *c;

	if (r->source.transport != TRANSPORT_UDP)
		return;
	c = credit_get(s, &r->source.peer, now_ms);
	c->seen_ms = now_ms;
	c->bytes += bytes;
}

bool stranger_reply(struct stranger *s, const struct request *r,
		    const struct reply *reply, uint64_t now_ms)
{
	struct reply terse = *reply;
	struct credit *c;

	if (r->source.transport != TRANSPORT_UDP)
		return responder_reply(s->responder, r, reply, SIZE_MAX);
	c = credit_get(s, &r->source.peer, now_ms);
	terse.is_terse = true;
	if (!responder_reply(s->responder, r, reply, c->bytes) &&
	    !responder_reply(s->responder, r, &terse, c->bytes))
		return false;
	c->bytes -= s->responder->scratch.n;
	return true;
}
