#ifndef STOX_GATEWAY_CONFIG_VALUE_H
#define STOX_GATEWAY_CONFIG_VALUE_H
#include "gateway/config/optionvalue.h"

/* A value while it is read: what its reader, one function a type, is given. */
struct value {
	struct arena *a;
	const struct option *o;
	struct str text;
	char *base;	 /* of the struct that o->offset counts from */
	const char *why; /* what is wrong with it; in a or static */
};

/* Each returns VALUE_WRONG. */
enum value_result value_complain(struct value *v, struct str why);
enum value_result value_wrong(struct value *v, const char *why);
/* "'x' is not WHAT": cut, and with nothing that a terminal obeys. Not for what
 * could be a secret. */
enum value_result value_wrong_text(struct value *v, const char *what);
/* Stores s in the option's field. */
void value_put(struct value *v, struct str s);

/* Addresses and numbers of SIP (sipvalue.c). */
enum value_result value_host(struct value *v);
enum value_result value_pattern(struct value *v);
enum value_result value_range(struct value *v);
enum value_result value_address(struct value *v);
enum value_result value_nameserver(struct value *v);
enum value_result value_advertise(struct value *v);
enum value_result value_listen(struct value *v);
enum value_result value_next_hop(struct value *v);
enum value_result value_uri(struct value *v);
enum value_result value_prefix(struct value *v);
enum value_result value_digits(struct value *v);

#endif
