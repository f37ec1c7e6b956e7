#ifndef STOX_SIP_WRITER_H
#define STOX_SIP_WRITER_H
#include "sip/sipmsg.h"

/* Values -> bytes, written once. Whatever goes into a header loses CR, LF, NUL
 * and other control characters here (blank instead), so that no user of the
 * other side can add one; names are ours. */

/* "MESSAGE sip:... SIP/2.0\r\n" */
void writer_line(struct strbuf *b, enum method m, const struct uri *target);
/* Everything behind the first Via that stays the same over attempts: From, To,
 * Call-ID, Max-Forwards, Contact, headers, User-Agent, Content-Type,
 * Content-Length, empty line, body. Not: Via, Route, CSeq, credentials. */
void writer_rest(struct strbuf *b, const struct draft *d,
		 struct str user_agent);
/* "CSeq: 1 MESSAGE\r\n" */
void writer_cseq(struct strbuf *b, uint32_t cseq, enum method m);
void writer_header(struct strbuf *b, struct str name, struct str value);
/* A name-addr: "Display" <uri>;tag=... */
void writer_party(struct strbuf *b, const struct party *p);
/* The same without the tag, as text in an arena: what dialogs keep. */
struct str writer_party_text(struct arena *a, const struct party *p);

/* A response: echo as of struct request, to_tag put behind To unless it has
 * one or to_tag is none. reason none: the standard phrase. */
void writer_response(struct strbuf *b, int status, struct str reason,
		     struct str echo, struct str to_tag,
		     const struct header *headers, struct str content_type,
		     struct str body);

#endif
