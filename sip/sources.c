#include "sip/sources.h"

#include <stdlib.h>
#include <string.h>

static void key_write(unsigned char key[9], const union endpoint *peer)
{
	memset(key, 0, 9);
	if (peer->sa.sa_family == AF_INET6) {
		key[0] = 6;
		memcpy(key + 1, &peer->in6.sin6_addr, 8);
	} else {
		key[0] = 4;
		memcpy(key + 1, &peer->in.sin_addr, 4);
	}
}

struct source *sources_enter(struct source **table, const union endpoint *peer)
{
	unsigned char key[9];
	struct source *src;

	key_write(key, peer);
	HASH_FIND(hh, *table, key, sizeof(key), src);
	if (src == NULL) {
		src = calloc(1, sizeof(*src));
		if (src == NULL)
			abort();
		memcpy(src->key, key, sizeof(key));
		HASH_ADD(hh, *table, key, sizeof(src->key), src);
	}
	src->count++;
	return src;
}

void sources_leave(struct source **table, struct source *src)
{
	if (--src->count > 0)
		return;
	HASH_DELETE(hh, *table, src);
	free(src);
}
