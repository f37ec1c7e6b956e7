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
	struct str content_encoding;
	struct str language;	/* Content-Language */
	struct str disposition; /* Content-Disposition */
	struct str body;
	bool is_alternative; /* the multipart around it is /alternative */
};

/* multipart of any kind: one that is not known is read as /mixed (RFC 2046
 * §5.1.3, RFC 5621 §3.1), so what is signed in the clear is read. */
bool multipart_is(struct str content_type);
/* The parts that are no multiparts, in order, also those of multiparts within,
 * down to MULTIPART_DEPTH_MAX levels and over MULTIPART_PARTS_MAX parts in
 * all; what is behind them is passed over. Returns how many. */
size_t multipart_read(struct str content_type, struct str body,
		      struct part out[MULTIPART_PARTS_MAX]);
/* The MIME headers of a part, an empty line, and its body. */
struct part multipart_part(struct str s);

#endif
