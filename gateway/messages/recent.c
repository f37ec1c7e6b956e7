#include "gateway/messages/recent.h"
#include <stdlib.h>
#include <string.h>
#include "gateway/base/pages.h"

enum { SLOTS = 2048, CALL_ID_BYTES = 95 };

struct slot {
	char id[STANZA_ID_BYTES];
	unsigned char n; /* 0: free */
	char call_id[CALL_ID_BYTES];
};

struct recent {
	struct slot slots[SLOTS];
};

struct recent *recent_create(void)
{
	struct recent *r = calloc(1, sizeof(*r));

	if (r == NULL)
		abort();
	pages_touch(r, sizeof(*r)); /* each message has another page */
	return r;
}

void recent_destroy(struct recent **rp)
{
	free(*rp);
	*rp = NULL;
}

/* Ids are hashes in hexadecimal: some digits choose as well as all. */
static size_t slot_of(const char *id)
{
	size_t h = 0;

	for (int i = 0; i < 4; i++)
		h = h * 31 + (unsigned char)id[i];
	return h % SLOTS;
}

void recent_put(struct recent *r, const char id[STANZA_ID_BYTES],
		struct str call_id)
{
	struct slot *s = &r->slots[slot_of(id)];

	if (call_id.n == 0 || call_id.n > CALL_ID_BYTES)
		return;
	memcpy(s->id, id, STANZA_ID_BYTES);
	memcpy(s->call_id, call_id.p, call_id.n);
	s->n = (unsigned char)call_id.n;
}

struct str recent_call_id(const struct recent *r, struct str id)
{
	const struct slot *s;

	if (id.n != STANZA_ID_BYTES)
		return STR_NONE;
	s = &r->slots[slot_of(id.p)];
	if (s->n == 0 || memcmp(s->id, id.p, STANZA_ID_BYTES) != 0)
		return STR_NONE;
	return (struct str){ s->call_id, s->n };
}
