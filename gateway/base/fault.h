#ifndef STOX_BASE_FAULT_H
#define STOX_BASE_FAULT_H
#include <stdbool.h>
#include "gateway/base/str.h"

/* RFC 6120 §8.3.3 defined conditions, in its order. */
enum cond {
	COND_NONE,
	COND_BAD_REQUEST,
	COND_CONFLICT,
	COND_FEATURE_NOT_IMPLEMENTED,
	COND_FORBIDDEN,
	COND_GONE,
	COND_INTERNAL_SERVER_ERROR,
	COND_ITEM_NOT_FOUND,
	COND_JID_MALFORMED,
	COND_NOT_ACCEPTABLE,
	COND_NOT_ALLOWED,
	COND_NOT_AUTHORIZED,
	COND_POLICY_VIOLATION,
	COND_RECIPIENT_UNAVAILABLE,
	COND_REDIRECT,
	COND_REGISTRATION_REQUIRED,
	COND_REMOTE_SERVER_NOT_FOUND,
	COND_REMOTE_SERVER_TIMEOUT,
	COND_RESOURCE_CONSTRAINT,
	COND_SERVICE_UNAVAILABLE,
	COND_SUBSCRIPTION_REQUIRED,
	COND_UNDEFINED_CONDITION,
	COND_UNEXPECTED_REQUEST,
	COND_COUNT
};

/* RFC 6120 §8.3.2 error types. */
enum error_type {
	ERROR_CANCEL,
	ERROR_CONTINUE,
	ERROR_MODIFY,
	ERROR_AUTH,
	ERROR_WAIT
};

/* A refusal that both protocols understand. Either half may be asked for, so
 * both are always filled. text is borrowed: static, or from an arena that
 * outlives the fault. */
struct fault {
	int status;           /* SIP status code, 300..699 */
	enum cond cond;
	enum error_type type; /* the usual one of cond unless set otherwise */
	struct str text;      /* for <text/> and the Reason-Phrase; may be none */
	struct str uri;       /* new address of gone and redirect; else none */
	unsigned retry_after_s; /* 0: none */
};

/* Fills *f (type from cond) and returns false, so that a reader can write
 * `return fault_set(why, 404, COND_JID_MALFORMED, "no user part")`. text must
 * be static. */
bool fault_set(struct fault *f, int status, enum cond cond, const char *text);
/* The element's name ("item-not-found") and back; COND_UNDEFINED_CONDITION
 * for what is not known (RFC 6120 §8.3.2). */
struct str cond_name(enum cond c);
enum cond cond_read(struct str name);
/* The type that RFC 6120 §8.3.3 gives with the condition. */
enum error_type cond_type(enum cond c);
struct str error_type_name(enum error_type t);
/* ERROR_CANCEL for what is not known. */
enum error_type error_type_read(struct str name);

#endif
