#ifndef STOX_XMPP_PING_H
#define STOX_XMPP_PING_H
#include "gateway/base/str.h"

/* An XEP-0199 ping request of ours. The ids are drawn at random, so that no
 * answer of an earlier stream, and no stranger's iq, is taken for a new one. */
enum { PING_ID_BYTES = 16 };

struct ping {
	char id[PING_ID_BYTES]; /* no NUL */
	bool is_open;		/* sent, and not answered yet */
};

/* Appends the request with a fresh id; from and to are texts of addresses. */
void ping_write(struct ping *p, struct strbuf *b, struct str from,
		struct str to);
/* The same request once more, under its id. */
void ping_repeat(const struct ping *p, struct strbuf *b, struct str from,
		 struct str to);
/* Does an answer with this id belong to the ping that was written last? */
bool ping_is(const struct ping *p, struct str id);

#endif
