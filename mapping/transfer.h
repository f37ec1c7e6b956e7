#ifndef STOX_MAPPING_TRANSFER_H
#define STOX_MAPPING_TRANSFER_H
#include <stdbool.h>
#include "gateway/base/arena.h"
#include "gateway/base/str.h"

/* Content-Transfer-Encoding of a MIME part (RFC 2045 §6): 7bit, 8bit, binary
 * and none give in itself; quoted-printable and base64 are decoded into a.
 * false for other names and for base64 that is none. */
bool transfer_decode(struct arena *a, struct str name, struct str in,
		     struct str *out);

#endif
