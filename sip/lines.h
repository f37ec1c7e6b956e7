#ifndef STOX_SIP_LINES_H
#define STOX_SIP_LINES_H
#include <stdbool.h>
#include "gateway/base/arena.h"
#include "gateway/base/str.h"

/* The header section of a SIP message as lines, before anybody looks into the
 * values: what the reader takes raw, and what framing needs. */
enum header_id {
	HEADER_OTHER,
	HEADER_VIA,
	HEADER_FROM,
	HEADER_TO,
	HEADER_CALL_ID,
	HEADER_CSEQ,
	HEADER_MAX_FORWARDS,
	HEADER_CONTACT,
	HEADER_ROUTE,
	HEADER_RECORD_ROUTE,
	HEADER_ASSERTED,
	HEADER_PRIVACY,
	HEADER_REQUIRE,
	HEADER_ACCEPT,
	HEADER_EVENT,
	HEADER_SUBSCRIPTION_STATE,
	HEADER_IF_MATCH,
	HEADER_ETAG,
	HEADER_AUTHORIZATION,
	HEADER_PROXY_AUTHORIZATION,
	HEADER_WWW_AUTHENTICATE,
	HEADER_PROXY_AUTHENTICATE,
	HEADER_SUBJECT,
	HEADER_LANGUAGE,
	HEADER_USER_AGENT,
	HEADER_IN_REPLY_TO,
	HEADER_DATE,
	HEADER_EXPIRES,
	HEADER_MIN_EXPIRES,
	HEADER_RETRY_AFTER,
	HEADER_CONTENT_TYPE,
	HEADER_CONTENT_ENCODING,
	HEADER_CONTENT_LENGTH,
	HEADER_SUPPORTED,
	HEADER_PATH,
	HEADER_IDS
};

enum { HEADER_LINES_MAX = 160 };

struct line {
	enum header_id id;
	struct str value; /* unfolded, trimmed */
};

struct lines {
	struct line line[HEADER_LINES_MAX]; /* in order */
	size_t n;
	struct str first[HEADER_IDS]; /* value of the first of each kind */
	unsigned count[HEADER_IDS];
	bool has_end;	 /* the empty line was there */
	const char *why; /* static; NULL when every line is well-formed */
};

/* Cuts the next line with its continuation lines off *rest; *line is without
 * its line end (CRLF; LF alone is taken too). false when there is no line end:
 * then *rest stays. */
bool line_cut(struct str *rest, struct str *line);
/* "Name : value" -> its kind and the value, still folded. false when there is
 * no colon or the name is no token. */
bool line_split(struct str line, enum header_id *id, struct str *value);
/* The full name: "Call-ID". None for HEADER_OTHER. */
struct str header_name(enum header_id id);

/* Reads the lines behind the start line, up to and with the empty line, and
 * returns the bytes that they took. Goes on behind a malformed line (out->why
 * tells of the first), so that the rest is there for an answer. */
size_t lines_read(struct arena *a, struct str section, struct lines *out);
/* Bytes of the start line and the header section of a message; all when its end
 * is not there. */
size_t lines_head_bytes(struct str bytes);
/* All values of a kind, joined by ", " when there are several. */
struct str lines_join(struct arena *a, const struct lines *ls,
		      enum header_id id);
static inline struct str lines_joined(struct arena *a, const struct lines *ls,
				      enum header_id id)
{
	return ls->count[id] <= 1 ? ls->first[id] : lines_join(a, ls, id);
}

/* How many comma-separated values of a kind there are. */
unsigned lines_values(const struct lines *ls, enum header_id id);
/* The Content-Length: false when none was said; *why is set (static) when it
 * is unreadable, or said twice and different. */
bool lines_length(const struct lines *ls, uint32_t *out, const char **why);

/* RFC 3261 §25.1 token. */
bool is_token(struct str s);
/* From i on: the index of the first byte that no token has, or s.n. */
size_t token_end(struct str s, size_t i);

#endif
