#ifndef STOX_GATEWAY_MONITOR_MASK_H
#define STOX_GATEWAY_MONITOR_MASK_H
#include "gateway/base/str.h"

/* A SIP message, or a stanza as text, without what is nobody's business:
 * credentials, passwords, and the texts of messages. Whatever the bytes are,
 * what our own parsers would take for one of these does not come through.
 * keeps_length: texts become as many stars (a parser's Content-Length stays
 * right), else "[N bytes]". Pure. */
void mask_write(struct strbuf *out, bool is_sip, struct str bytes,
		bool keeps_length);

#endif
