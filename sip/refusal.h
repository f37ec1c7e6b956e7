#ifndef STOX_SIP_REFUSAL_H
#define STOX_SIP_REFUSAL_H
#include "gateway/base/str.h"

/* A 400, or 413, for a request on a stream that cannot be cut into messages any
 * more (RFC 3261 §18.3), made from its raw lines: Via, From, To, Call-ID and
 * CSeq are repeated (§8.2.6.2). false, with nothing appended, when raw is no
 * request, is an ACK, or lacks one of them. */
bool refusal_write(struct strbuf *b, int status, struct str raw);

#endif
