#ifndef STOX_GATEWAY_CONFIG_SECRETFILE_H
#define STOX_GATEWAY_CONFIG_SECRETFILE_H
#include "gateway/config/optionvalue.h"

/* A secret kept in a file of its own: one line. */
enum { SECRET_MAX_BYTES = 1024 };

/* 1..SECRET_MAX_BYTES bytes without control characters. */
bool secretfile_is_good(struct str secret);
/* The first and only line of the file into *out, in a. VALUE_WARNED when
 * others than its owner may read the file. */
enum value_result secretfile_read(struct arena *a, struct str path,
				  struct str *out, const char **why);

#endif
