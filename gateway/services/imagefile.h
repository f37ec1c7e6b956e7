#ifndef STOX_GATEWAY_SERVICES_IMAGEFILE_H
#define STOX_GATEWAY_SERVICES_IMAGEFILE_H
#include <stdbool.h>
#include "gateway/base/arena.h"
#include "gateway/base/str.h"

/* A picture in a file of its own. */
enum { IMAGE_MAX_BYTES = 65536 };

/* Its bytes, in a. false and *why (static) when it cannot be read, is too long
 * or of no kind that clients show. */
bool imagefile_read(struct arena *a, struct str path, struct str *out,
		    const char **why);
/* "image/png", "image/jpeg", "image/gif" by the first bytes; none else. */
struct str image_type(struct str bytes);

#endif
