#ifndef STOX_SIP_DIALOG_H
#define STOX_SIP_DIALOG_H
#include "gateway/base/keyed.h"
#include "sip/sipmsg.h"

/* A dialog of a subscription (RFC 3261 §12), as a value. */
struct dialog {
	struct str call_id, local_tag, remote_tag;
	struct str local_party;	 /* From without the tag: name-addr text */
	struct str remote_party; /* To without the tag */
	struct str target;	 /* remote target: URI text */
	struct str route;	 /* Route header value; none */
	struct str source;	 /* where its last request came from: URI text
				    with a numeric host; none */
	uint32_t local_cseq, remote_cseq; /* last used; remote 0: none yet */
};

/* The same as it is kept, a million times: in one allocation, without a pointer
 * in it. */
enum { DIALOG_TEXTS = 8 };
struct dialog_kept {
	uint32_t local_cseq, remote_cseq;
	uint16_t bytes[DIALOG_TEXTS]; /* of the texts, in their order */
	char text[];
};

/* malloc'd; free() gives it back. */
struct dialog_kept *dialog_keep(const struct dialog *d);
/* Its slices are k's. */
struct dialog dialog_view(const struct dialog_kept *k);
/* A text of one line that dialog_read takes back: what the store keeps. The
 * first word is its version. */
void dialog_write(struct strbuf *b, const struct dialog *d);
/* Slices borrow from s or a. false when it is not one. */
bool dialog_read(struct arena *a, struct str s, struct dialog *out);
/* As the UAS of the request that makes it (§12.1.1): route set from
 * Record-Route in order, target from Contact (without one: the From URI). Also
 * for the NOTIFY that makes the dialog of a SUBSCRIBE of ours (RFC 6665
 * §4.4.1); local_cseq is 0 and the caller's to set. Slices borrow from r or a.
 */
void dialog_of_request(struct arena *a, const struct request *r,
		       struct str local_tag, struct dialog *out);
/* A request in it: CSeq is counted on. from/to/call_id/cseq/route/target set
 * (strict routers too, §12.2.1.1: the uac turns route and target round); the
 * rest is the caller's. false when a text of d is not readable (its store was
 * tampered with): *out is untouched then. Slices borrow from d or a. */
bool dialog_draft(struct arena *a, struct dialog *d, enum method m,
		  struct draft *out);
/* An arriving in-dialog request: false when its CSeq is not above the last one
 * (500, §12.2.2). Takes a new target from Contact (target refresh): the result
 * is a new allocation when something changed. */
bool dialog_accept(struct dialog_kept **kp, const struct request *r);
/* Whether a request is small enough to make a dialog: Call-ID, tags, addresses
 * and Record-Route are kept, so they have a limit of their own. */
enum { DIALOG_MAX_BYTES = 4096 };
bool dialog_fits(const struct request *r);
/* Bytes that dialog_keep takes. */
size_t dialog_bytes(const struct dialog *d);
/* A key for tables: Call-ID and our tag (RFC 3261 §12; the remote tag is the
 * caller's to compare). 128 bits of a keyed hash: texts of a stranger's choice
 * cannot be made to meet. */
struct keyed128 dialog_key(struct str call_id, struct str local_tag);

#endif
