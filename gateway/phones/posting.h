#ifndef STOX_GATEWAY_PHONES_POSTING_H
#define STOX_GATEWAY_PHONES_POSTING_H
#include <stdbool.h>
#include <stdint.h>
#include "gateway/base/str.h"

/* One publication of a phone: a document, its entity tag and its end. One
 * allocation, slices are of it. */
enum { POSTING_ETAG_BYTES = 16, POSTING_ID_BYTES = 16 };

struct posting {
	struct posting *prev, *next;   /* of its owner; the newest first */
	char id[POSTING_ID_BYTES];     /* of its record, for life */
	char etag[POSTING_ETAG_BYTES]; /* of now; another after each change */
	int64_t expires_at_s;
	bool is_busy; /* a change is on its way to the store */
	struct str body;
	char block[];
};

/* With fresh id and etag; of a change, those of what it replaces but for the
 * etag. body none: that of `before`. before may be NULL. */
struct posting *posting_create(const struct posting *before, struct str body,
			       int64_t expires_at_s);
struct str posting_id(const struct posting *x);
struct str posting_etag(const struct posting *x);

/* As one line of text: version, whose it is, etag, document. posting_read gives
 * NULL when it is no such line; *key borrows from it. */
void posting_write(struct strbuf *b, const struct posting *x, struct str key);
struct posting *posting_read(struct str id, struct str line,
			     int64_t expires_at_s, struct str *key);

#endif
