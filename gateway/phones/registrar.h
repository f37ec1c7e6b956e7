#ifndef STOX_GATEWAY_PHONES_REGISTRAR_H
#define STOX_GATEWAY_PHONES_REGISTRAR_H
#include "gateway/bridge.h"
#include "gateway/phones/phonebook.h"

/* The registrar (RFC 3261 §10.3) of the domains whose phones attach to us:
 * which phones a contact has, and by which way each is reached. */
struct registrar;

/* Loads what the store knows; NULL and *why on failure. */
struct registrar *registrar_create(struct bridge *b, const char **why);
void registrar_destroy(struct registrar **gp);
/* A REGISTER; answers it, now or when its bindings are in the store. */
void registrar_request(struct registrar *g, const struct request *r,
		       struct answer *answer);
/* The phones of that contact (bare JID) now; NULL: none. Borrowed until the
 * next call. */
struct person *registrar_find(struct registrar *g, struct str key);
/* Forgets those of that contact's bindings that can be reached over their
 * connection only, and that is gone (RFC 5626 §5.3: 430), if fn says so of
 * them. As registrar_find for what is left. */
typedef bool registrar_meant_fn(const struct binding *x);
struct person *registrar_drop_cut(struct registrar *g, struct str key,
				  registrar_meant_fn *fn);
/* The same for all of a contact: his account has gone. */
void registrar_forget(struct registrar *g, struct str key);
/* Which component's phones live at that host; NULL: none. */
struct link *registrar_link(struct bridge *b, struct str host);

#endif
