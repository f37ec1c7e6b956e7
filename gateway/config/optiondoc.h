#ifndef STOX_GATEWAY_CONFIG_OPTIONDOC_H
#define STOX_GATEWAY_CONFIG_OPTIONDOC_H
#include "gateway/base/str.h"

/* Appends the option table as Markdown: what stoxd --options prints, and what
 * docs/configuration.md holds between its markers. */
void optiondoc_write(struct strbuf *b);

#endif
