#ifndef STOX_GATEWAY_MONITOR_STATUSPAGE_H
#define STOX_GATEWAY_MONITOR_STATUSPAGE_H
#include "gateway/base/str.h"

struct bridge;
struct rates;

/* The status page: HTML that is whole without a script; with one it renews
 * itself. Everything that is no literal of ours is escaped. */
void statuspage_write(struct strbuf *b, const struct bridge *g,
		      const struct rates *r);
extern const char statuspage_css[], statuspage_js[]; /* statusassets.c */

#endif
