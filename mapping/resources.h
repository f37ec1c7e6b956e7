#ifndef STOX_MAPPING_RESOURCES_H
#define STOX_MAPPING_RESOURCES_H
#include "mapping/presence.h"

/* The resources that a document stands for: what presence_from_pidf does.
 * Inside mapping/ only. */
struct presence_item *resources_read(struct arena *a, const struct pidf *p);

#endif
