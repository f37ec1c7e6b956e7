#ifndef STOX_MAPPING_TYPED_H
#define STOX_MAPPING_TYPED_H
#include "mapping/env.h"

/* What a person types to reach somebody on the SIP side: a SIP address with or
 * without its scheme, a telephone number with the separators that people put
 * into it, in the form of either side, the JID itself, or a bare user part of
 * the SIP domain that the component stands for. */
enum { TYPED_MAX_BYTES = 1024 };

/* The contact's bare JID, and the URI that it stands for; each leads to the
 * other. false with *why: not-acceptable for what is no address at all, else
 * what the plan says. Slices are in a or borrowed from text and p. */
bool typed_contact(struct arena *a, const struct address_plan *p,
		   struct str text, struct jid *jid, struct uri *uri,
		   struct fault *why);
/* The address in it, without what people put around it: blanks, "<" and ">",
 * the scheme and the query of an xmpp: URI (RFC 5122). Borrowed from text. */
struct str typed_address(struct str text);
/* The digits of a telephone number as it was typed, with a leading +, and * and
 * #; none if it is not one: "+49 (30) 1234-56", "030/123456", "*21#". */
struct str typed_number(struct arena *a, struct str text);

#endif
