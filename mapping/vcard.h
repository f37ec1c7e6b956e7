#ifndef STOX_MAPPING_VCARD_H
#define STOX_MAPPING_VCARD_H
#include "mapping/env.h"

/* The vCard of a contact and of the gateway, as vcard-temp (XEP-0054) and as
 * vCard4 (XEP-0292, RFC 6351): what is known of them, which is their addresses
 * and perhaps a name. */
struct vcard {
	struct str name;  /* FN; none: the JID's local part, or what it is */
	struct str about; /* DESC; none */
	struct jid jid;	  /* bare */
	bool has_uri;	  /* of a contact */
	struct uri uri;
	struct str photo_type, photo; /* "image/png", Base64; none */
};

/* <vCard/>. Slices are in a or borrowed from v. */
struct xml *vcard_write(struct arena *a, const struct vcard *v);
/* <vcard/>, with the addresses as URIs: xmpp:, sip:, and tel: of a number, with
 * the URI's host as its context where it is not a global one (RFC 3966). */
struct xml *vcard4_write(struct arena *a, const struct vcard *v);
/* The telephone number that a SIP URI's user part is ("+49301234", "100"), else
 * none: digits alone, or behind a "+". */
struct str vcard_number(struct arena *a, const struct uri *uri);

#endif
