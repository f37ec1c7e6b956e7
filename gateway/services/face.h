#ifndef STOX_GATEWAY_SERVICES_FACE_H
#define STOX_GATEWAY_SERVICES_FACE_H
#include "gateway/config/config.h"
#include "mapping/vcard.h"

/* What the gateway and its contacts show of themselves: disco facts, the
 * capabilities in presence, pictures. Made once of the settings. */
struct face;

/* about is borrowed. traits: enum disco_trait, what all contacts have. */
struct face *face_create(const struct config_about *about, unsigned traits);
void face_destroy(struct face **fp);

/* Name, version and addresses of *out; the rest is the caller's. */
void face_facts(const struct face *f, struct disco_facts *out);
/* extra (may be NULL) with <c/> and, where there is a picture, its hash
 * (XEP-0153) before it: for presence of type available. */
const struct xml *face_add(const struct face *f, struct arena *a,
			   enum disco_who who, const struct xml *extra);
/* The picture, or NULL. */
struct face_picture {
	struct str type, base64; /* "image/png" */
	struct str sha1;	 /* of its bytes, hexadecimal */
	size_t bytes;
};
const struct face_picture *face_picture(const struct face *f,
					enum disco_who who);
/* The same into v, if there is one. */
void face_photo(const struct face *f, enum disco_who who, struct vcard *v);

#endif
