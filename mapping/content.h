#ifndef STOX_MAPPING_CONTENT_H
#define STOX_MAPPING_CONTENT_H
#include "gateway/base/fault.h"
#include "sip/sipmsg.h"

/* The text of a SIP message body, as an XMPP body can carry it: text/plain in
 * any charset we know, or the first such part of a multipart; UTF-8, legal in
 * XML, lines ended by LF. false with *why: 415 for what is not understood, 413
 * when it is longer than max_bytes. A body without a type is text/plain. */
bool content_text(struct arena *a, const struct request *r, size_t max_bytes,
		  struct str *out, struct fault *why);

/* A body, or a part within one, without its Content-Encoding (sip/coding.h);
 * in itself where there is none. false with *why: 415 for another coding, 400
 * for what is none, 413 when it is longer than max_bytes. */
bool content_decode(struct arena *a, struct str encoding, struct str in,
		    size_t max_bytes, struct str *out, struct fault *why);

#endif
