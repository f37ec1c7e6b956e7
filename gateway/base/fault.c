#include "gateway/base/fault.h"

/* RFC 6120 §8.3.3: the name of each condition and the type that goes with it;
 * where the RFC leaves a choice, its first. */
static const struct {
	struct str name;
	enum error_type type;
} conds[COND_COUNT] = {
	[COND_NONE] = { STR(""), ERROR_CANCEL },
	[COND_BAD_REQUEST] = { STR("bad-request"), ERROR_MODIFY },
	[COND_CONFLICT] = { STR("conflict"), ERROR_CANCEL },
	[COND_FEATURE_NOT_IMPLEMENTED] = { STR("feature-not-implemented"),
					   ERROR_CANCEL },
	[COND_FORBIDDEN] = { STR("forbidden"), ERROR_AUTH },
	[COND_GONE] = { STR("gone"), ERROR_CANCEL },
	[COND_INTERNAL_SERVER_ERROR] = { STR("internal-server-error"),
					 ERROR_CANCEL },
	[COND_ITEM_NOT_FOUND] = { STR("item-not-found"), ERROR_CANCEL },
	[COND_JID_MALFORMED] = { STR("jid-malformed"), ERROR_MODIFY },
	[COND_NOT_ACCEPTABLE] = { STR("not-acceptable"), ERROR_MODIFY },
	[COND_NOT_ALLOWED] = { STR("not-allowed"), ERROR_CANCEL },
	[COND_NOT_AUTHORIZED] = { STR("not-authorized"), ERROR_AUTH },
	[COND_POLICY_VIOLATION] = { STR("policy-violation"), ERROR_MODIFY },
	[COND_RECIPIENT_UNAVAILABLE] = { STR("recipient-unavailable"),
					 ERROR_WAIT },
	[COND_REDIRECT] = { STR("redirect"), ERROR_MODIFY },
	[COND_REGISTRATION_REQUIRED] = { STR("registration-required"),
					 ERROR_AUTH },
	[COND_REMOTE_SERVER_NOT_FOUND] = { STR("remote-server-not-found"),
					   ERROR_CANCEL },
	[COND_REMOTE_SERVER_TIMEOUT] = { STR("remote-server-timeout"),
					 ERROR_WAIT },
	[COND_RESOURCE_CONSTRAINT] = { STR("resource-constraint"), ERROR_WAIT },
	[COND_SERVICE_UNAVAILABLE] = { STR("service-unavailable"),
				       ERROR_CANCEL },
	[COND_SUBSCRIPTION_REQUIRED] = { STR("subscription-required"),
					 ERROR_AUTH },
	[COND_UNDEFINED_CONDITION] = { STR("undefined-condition"),
				       ERROR_CANCEL },
	[COND_UNEXPECTED_REQUEST] = { STR("unexpected-request"), ERROR_WAIT },
};

static const struct str types[] = {
	[ERROR_CANCEL] = STR("cancel"), [ERROR_CONTINUE] = STR("continue"),
	[ERROR_MODIFY] = STR("modify"), [ERROR_AUTH] = STR("auth"),
	[ERROR_WAIT] = STR("wait"),
};
enum { TYPE_COUNT = sizeof(types) / sizeof(types[0]) };

bool fault_set(struct fault *f, int status, enum cond cond, const char *text)
{
	*f = (struct fault){
		.status = status,
		.cond = cond,
		.type = cond_type(cond),
		.text = str_z(text),
	};
	return false;
}

struct str cond_name(enum cond c)
{
	return (unsigned)c < COND_COUNT ? conds[c].name : STR_NONE;
}

enum cond cond_read(struct str name)
{
	for (int c = COND_NONE + 1; c < COND_COUNT; c++) {
		if (str_eq(name, conds[c].name))
			return (enum cond)c;
	}
	return COND_UNDEFINED_CONDITION;
}

enum error_type cond_type(enum cond c)
{
	return (unsigned)c < COND_COUNT ? conds[c].type : ERROR_CANCEL;
}

struct str error_type_name(enum error_type t)
{
	return (unsigned)t < TYPE_COUNT ? types[t] : types[ERROR_CANCEL];
}

enum error_type error_type_read(struct str name)
{
	for (int t = 0; t < TYPE_COUNT; t++) {
		if (str_eq(name, types[t]))
			return (enum error_type)t;
	}
	return ERROR_CANCEL;
}
