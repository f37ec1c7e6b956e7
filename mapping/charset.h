#ifndef STOX_MAPPING_CHARSET_H
#define STOX_MAPPING_CHARSET_H
#include <stdbool.h>
#include "gateway/base/arena.h"
#include "gateway/base/str.h"

/* Text in a labelled charset -> UTF-8 that XML 1.0 can carry: UTF-8, US-ASCII,
 * ISO-8859-1 and -15, windows-1252, UTF-16 (BOM, else big-endian), UTF-16LE,
 * UTF-16BE. A label of none is UTF-8 (RFC 3261 §7.4.1). What cannot be carried
 * becomes U+FFFD. false when the charset is not known. */
bool charset_to_utf8(struct arena *a, struct str label, struct str in,
		     struct str *out);

#endif
