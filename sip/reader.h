#ifndef STOX_SIP_READER_H
#define STOX_SIP_READER_H
#include "sip/sipmsg.h"

/* The only file that knows Sofia's sip_t and our values both: the bytes of one
 * whole message -> values, with the checks that Sofia leaves to us. */
enum reading_kind {
	READING_REQUEST,
	READING_RESPONSE,
	READING_KEEPALIVE, /* nothing but CR and LF */
	/* A request that is malformed, yet can be answered: `request` holds
	 * what an answer needs, status and why what to answer (400, 505, 413,
	 * 416...). */
	READING_BAD_REQUEST,
	READING_DROP /* garbage, bad response, malformed ACK: say nothing */
};

struct reading {
	enum reading_kind kind;
	struct request request;
	struct response response;
	int status;	 /* of READING_BAD_REQUEST */
	const char *why; /* static; of BAD_REQUEST and DROP */
	void *msg;	 /* Sofia's; owned until reading_fini */
};

enum { SIP_MESSAGE_MAX_BYTES = 65535 };

/* Reads one framed message. bytes may be a datagram (without Content-Length
 * the body goes to its end; with one that is larger than what is there: bad
 * request; what is behind the body is ignored, RFC 3261 §18.3; dropped when the
 * headers pass SIP_HEADERS_MAX_BYTES) or a message that the stream framing cut.
 * The value borrows from bytes, from a, and from Sofia's message, until
 * reading_fini. source is copied into it, and the top
 * Via gets received and rport from it (RFC 3261 §18.2.1, RFC 3581 §4). */
void reading_init(struct reading *r, struct arena *a, struct str bytes,
		  const struct hop *source);
void reading_fini(struct reading *r);

/* How a stream is cut into messages, before anything is allocated. Returns
 * FRAME_WHOLE with the length of the first message (keep-alive CRLFs before it
 * count to *skip), FRAME_MORE (*n: its length as soon as that is known, else
 * 0), or FRAME_BAD with a static *why (not SIP; no,
 * several different or an unreadable Content-Length; header section or message
 * over its limit). */
enum frame { FRAME_WHOLE, FRAME_MORE, FRAME_BAD };
enum { SIP_HEADERS_MAX_BYTES = 16384 };
extern const char frame_too_large[]; /* that *why: the message's length */
enum frame frame_find(struct str bytes, size_t *skip, size_t *n,
		      const char **why);

#endif
