#ifndef STOX_MAPPING_TUPLEID_H
#define STOX_MAPPING_TUPLEID_H
#include "mapping/pidf.h"

/* Tuple ids and resources (RFC 8048 §6.2 note 2). */

/* "ID-" and the resource as a NCName. Letters, digits, '.', '-' and '_' stand
 * for themselves, any other character is _xHEX_, and so is a '_' in front of an
 * 'x': no two resources share an id. "ID-" alone is the bare JID. */
struct str tupleid_write(struct arena *a, struct str resource);
/* false when the id does not begin with "ID-". One that tupleid_write would
 * not have written so stands for itself ("ID-_x" of another gateway). */
bool tupleid_read(struct arena *a, struct str id, struct str *resource);

/* The resource of somebody else's tuple, the same in each document: telephones
 * make up new ids whenever they publish. In this order: an id that begins with
 * "ID-"; the gr parameter of the contact (RFC 5627); "sip", when there is no
 * contact or it is the entity itself; "sip-" and a hash of the contact. Always
 * a valid resource, or none for the id "ID-". */
struct str tupleid_resource(struct arena *a, struct str entity,
			    const struct pidf_tuple *t);
/* "sip" and "sip-" with eight hex digits: names of ours, which no registrar
 * knows as a gr parameter. */
bool tupleid_is_made_up(struct str resource);

#endif
