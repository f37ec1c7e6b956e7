#ifndef STOX_SIP_CODING_H
#define STOX_SIP_CODING_H
#include "gateway/base/arena.h"
#include "gateway/base/str.h"

/* Content-Encoding of a body, or of a MIME part within one (RFC 3261 §20.12):
 * identity, deflate and gzip (RFC 9110 §8.4.1), and two of them at once. */

/* What Accept-Encoding says of us. */
#define CODING_ACCEPT "identity, deflate, gzip"

/* Of documents in NOTIFY. */
enum { CODING_MAX_BYTES = 262144 };

enum coding {
	CODING_DONE,	 /* *out is what was coded; in itself for identity */
	CODING_UNKNOWN,	 /* 415: another coding, or three */
	CODING_BROKEN,	 /* 400: not what its name says, or cut off */
	CODING_TOO_LARGE /* 413: would be more than max_bytes */
};

/* name: the header's value, raw, none if absent. deflate is a zlib stream
 * (RFC 1950); the bare stream (RFC 1951), which some take it for, is read as
 * well. Takes of a what each coding gives, and nothing else.
 * *out is set with CODING_DONE only. */
enum coding coding_decode(struct arena *a, struct str name, struct str in,
			  size_t max_bytes, struct str *out);
/* The SIP status and the words for what was not done. */
int coding_status(enum coding c);
const char *coding_text(enum coding c);

#endif
