#ifndef STOX_MAPPING_CPIM_H
#define STOX_MAPPING_CPIM_H
#include <stdbool.h>
#include "gateway/base/arena.h"
#include "gateway/base/fault.h"

/* message/cpim (RFC 3862) with the headers of IMDN (RFC 5438 §6). Read with
 * tolerance for what phones send, written strictly. Who sent it and to whom is
 * never taken from here: the SIP side has said so. */
enum {
	CPIM_HEADERS_MAX = 64,	  /* more are refused */
	CPIM_NOTE_MAX_BYTES = 255 /* of a Message-ID; longer ones are none */
};

/* What imdn.Disposition-Notification asks for, as bits. */
enum cpim_wish {
	CPIM_POSITIVE = 1 << 0, /* positive-delivery */
	CPIM_NEGATIVE = 1 << 1, /* negative-delivery */
	CPIM_DISPLAY = 1 << 2
};

/* One more language of the subject (RFC 3862 §4.5). */
struct cpim_subject {
	struct cpim_subject *next;
	struct str text, lang;
};

struct cpim {
	struct str from, to;		    /* as written; of the first To */
	struct str date_time;		    /* as written (RFC 3339) */
	struct str subject;		    /* escapes undone */
	struct str subject_lang;	    /* none: not said */
	struct cpim_subject *more_subjects; /* in order; read only */
	struct str message_id;
	struct str original_to;
	unsigned wishes;    /* enum cpim_wish */
	struct str content; /* MIME headers, an empty line, the content */
};

/* Lines may end in LF, names be of any case, the blank behind the colon and
 * the empty line before the MIME headers be missing, and any prefix stand for
 * the namespace of IMDN. false with *why: 400 for no header at all or too many,
 * 488 for a Require of what we do not know (RFC 3862 §4.6). Slices borrow from
 * s and a. */
bool cpim_read(struct arena *a, struct str s, struct cpim *out,
	       struct fault *why);

/* Writes it: From, To, DateTime, what else is not none, the MIME headers
 * content_type, content_length and, if not none, disposition, and the body. */
struct cpim_body {
	struct str content_type, disposition, body;
};
void cpim_write(struct strbuf *b, const struct cpim *c,
		const struct cpim_body *body);

#endif
