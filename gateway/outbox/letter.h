#ifndef STOX_GATEWAY_OUTBOX_LETTER_H
#define STOX_GATEWAY_OUTBOX_LETTER_H
#include "gateway/base/arena.h"
#include "gateway/base/fault.h"

/* A message that waits, as the store has it: one line of text, the first word
 * its version. Slices borrow. */
enum letter_kind {
	LETTER_TO_SIP, /* for a contact */
	LETTER_ENDED,  /* the same, given up: its sender has to be told */
	LETTER_TO_XMPP /* for a user; the SIP side has its 202 */
};

/* Names a request over all its tries: Call-ID, then From tag. */
enum { LETTER_TOKEN_BYTES = 36 };

struct letter {
	enum letter_kind kind;
	struct str domain;	/* of the component */
	int64_t since_s;	/* when it was taken, UTC */
	uint32_t cseq;		/* to SIP: of the next try */
	struct str token;	/* LETTER_TOKEN_BYTES; to XMPP: the stanza id */
	struct fault error;	/* LETTER_ENDED: status, cond, type, text */
	struct str stanza;	/* as XML; not empty */
	uint32_t through_bytes; /* of its text; 0: no word is written for it */
};

void letter_write(struct strbuf *b, const struct letter *l);
/* false for what is none, or of another version. */
bool letter_read(struct arena *a, struct str line, struct letter *out);

#endif
