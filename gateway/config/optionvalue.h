#ifndef STOX_GATEWAY_CONFIG_OPTIONVALUE_H
#define STOX_GATEWAY_CONFIG_OPTIONVALUE_H
#include "gateway/base/arena.h"
#include "gateway/base/str.h"
#include "gateway/config/options.h"

/* One value of the configuration file: text -> the field of a struct. */
enum value_result {
	VALUE_OK,
	VALUE_WARNED, /* taken, and *why says what is unwise about it */
	VALUE_WRONG,  /* *why; the field is as it was */
};

/* Reads text as the scalar option o into its field of base. *why is static or
 * in a, fits behind "key: ", and never repeats what could be a secret. What
 * is kept lies in a or is borrowed from text. */
enum value_result optionvalue_read(struct arena *a, const struct option *o,
				   struct str text, void *base,
				   const char **why);
/* "number 1..65535", for the manual; b gets it appended. */
void optionvalue_describe(struct strbuf *b, const struct option *o);

#endif
