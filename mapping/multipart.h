#ifndef STOX_MAPPING_MULTIPART_H
#define STOX_MAPPING_MULTIPART_H
#include <stdbool.h>
#include "gateway/base/str.h"

/* MIME multipart bodies (RFC 2046 §5.1). Line ends may be CRLF or LF. */
enum { MULTIPART_DEPTH_MAX = 3, MULTIPART_PARTS_MAX = 16 };

/* One part; slices of the body. Values are raw, none if absent. */
struct part {
	struct str content_type;
	struct str transfer_encoding;
	struct str body;
};

/* multipart/mixed, /alternative or /related. */
bool multipart_is(struct str content_type);
/* Finds the first text/plain part, also in multiparts within, down to
 * MULTIPART_DEPTH_MAX levels and over MULTIPART_PARTS_MAX parts in all. false
 * when there is none. */
bool multipart_text(struct str content_type, struct str body, struct part *out);

#endif
