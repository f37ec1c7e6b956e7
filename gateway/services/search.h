#ifndef STOX_GATEWAY_SERVICES_SEARCH_H
#define STOX_GATEWAY_SERVICES_SEARCH_H
#include "gateway/bridge.h"

/* jabber:iq:search (XEP-0055): an address or a number is looked up and gives
 * its JID; anything else is searched in the aliases of contacts. Nobody is
 * listed who was not asked for. */
enum { SEARCH_RESULTS_MAX = 50, SEARCH_WORD_MIN = 2 };

/* The fields, in the language of the request. */
struct xml *search_fields(struct arena *a, struct str lang);
/* The answer to what was submitted, as a form or as plain elements; NULL and
 * *why when nothing was given that could be searched for. */
struct xml *search_answer(struct link *k, struct arena *a,
			  const struct xml *query, struct fault *why);

#endif
