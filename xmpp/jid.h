#ifndef STOX_XMPP_JID_H
#define STOX_XMPP_JID_H
#include <stdbool.h>
#include "gateway/base/arena.h"
#include "gateway/base/str.h"

/* An XMPP address (RFC 7622, RFC 6120). Parts are prepared: nodeprep,
 * nameprep, resourceprep, each 1..1023 bytes when there. */
struct jid {
	struct str local;    /* none for a domain */
	struct str domain;   /* never none in a valid jid */
	struct str resource; /* none for a bare jid */
};

enum { JID_PART_MAX_BYTES = 1023 };

/* Splits and prepares. Slices point into s where nothing changed, else into a.
 * false and static *why on what no server would take. */
bool jid_read(struct arena *a, struct str s, struct jid *out, const char **why);
/* The same from parts that are not prepared yet (empty = none). */
bool jid_make(struct arena *a, struct str local, struct str domain,
	      struct str resource, struct jid *out, const char **why);
/* The same where the domain is prepared: one of the configuration's. */
bool jid_make_at(struct arena *a, struct str local, struct str domain,
		 struct str resource, struct jid *out, const char **why);
void jid_write(struct strbuf *b, const struct jid *j);
struct str jid_text(struct arena *a, const struct jid *j);
struct str jid_bare_text(struct arena *a, const struct jid *j);
/* As an xmpp: URI (RFC 5122), percent-encoded. */
struct str jid_uri(struct arena *a, const struct jid *j);
struct jid jid_bare(const struct jid *j);
bool jid_eq(const struct jid *a, const struct jid *b);
bool jid_bare_eq(const struct jid *a, const struct jid *b);

/* XEP-0106. jid_escape: raw text -> localpart (backslash only where the source
 * would read as an escape). false when it would begin or end with \20, is too
 * long, or when nodeprep would make another text of it (U+FF3C is a backslash);
 * what needs no escape is raw itself.
 * jid_unescape: prepared localpart -> raw text; only the ten sequences, and
 * a \5c only in front of what would be one (XEP-0106 §4.3). */
bool jid_escape(struct arena *a, struct str raw, struct str *out);
struct str jid_unescape(struct arena *a, struct str local);

#endif
