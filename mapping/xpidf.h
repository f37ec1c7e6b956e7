#ifndef STOX_MAPPING_XPIDF_H
#define STOX_MAPPING_XPIDF_H
#include "mapping/pidf.h"

/* application/xpidf+xml, the elder of PIDF (draft-rosenberg-impp-pidf-00, with
 * Microsoft's additions), as Windows Messenger, Asterisk, FreeSWITCH and old
 * Linphones write it. Inside mapping/ only: pidf_read knows when. */
bool xpidf_is(const struct xml *doc);
void xpidf_read(struct arena *a, const struct xml *doc, struct pidf *out);

#endif
