#ifndef STOX_SIP_REGISTRATION_H
#define STOX_SIP_REGISTRATION_H
#include "sip/sipmsg.h"

/* A REGISTER as a value: what it asks to be done to the bindings of an address
 * (RFC 3261 §10.3, Path of RFC 3327, flows of RFC 5626, instances of RFC 5627).
 * Pure: who asks, and what there is already, is for the registrar. */
enum {
	REGISTRATION_CONTACTS_MAX = 16,
	REGISTRATION_CONTACT_MAX_BYTES = 1024,
	REGISTRATION_INSTANCE_MAX_BYTES = 255,
	REGISTRATION_PATH_MAX_BYTES = 2048,
	Q_MAX = 1000 /* thousandths */
};

struct registration_limits {
	unsigned default_s, min_s, max_s; /* 423 below min_s */
};

struct registration_contact {
	struct str text; /* the URI as written */
	struct uri uri;	 /* sip */
	unsigned expires_s;
	unsigned q;	     /* thousandths; Q_MAX when it is not said */
	struct str instance; /* "urn:uuid:..."; none */
	uint32_t reg_id;     /* 0: not said, or not to be heeded */
};

struct registration {
	struct registration_contact contacts[REGISTRATION_CONTACTS_MAX];
	size_t count; /* 0, and no star: it only asks what there is */
	bool is_star; /* all bindings are to go */
	struct str path;
	bool knows_gruu, knows_outbound;
	bool is_direct; /* the phone itself sent it to us, and no proxy */
};

/* 0, or the status that refuses it: 400, 403 (a Contact that is no sip:
 * address), 423, 439 (RFC 5626 §6), with a static *why. Slices borrow from r
 * and a. */
int registration_read(struct arena *a, const struct request *r,
		      const struct registration_limits *limits,
		      struct registration *out, const char **why);

#endif
