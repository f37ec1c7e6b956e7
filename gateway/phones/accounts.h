#ifndef STOX_GATEWAY_PHONES_ACCOUNTS_H
#define STOX_GATEWAY_PHONES_ACCOUNTS_H
#include "gateway/bridge.h"

/* Users of the registrar that are kept in the store, beside sip.users of the
 * configuration: what a command adds and removes. Passwords are never kept,
 * only their hashes (HA1). The table of admin commands calls these. */

void accounts_fini(struct bridge *b);
/* Lets in who is in the store; false and *why on failure. */
bool accounts_load(struct bridge *b, const char **why);

/* The door is a new one: they are let in there too. */
void accounts_restore(struct bridge *b);

/* Adds that user, or changes his password; username is the user part of his
 * address. aor: "bob@example.net", of a domain whose phones attach to us, and
 * nobody of the configuration. fn as of store_put, also for its failure; the
 * user is let in from then on. false and *why (static): nothing was taken. */
bool account_put(struct bridge *b, struct str aor, struct str password,
		 store_fn *fn, void *arg, const char **why);
/* The same with the hashes alone: hexadecimal; either may be none. */
bool account_put_hashes(struct bridge *b, struct str aor, struct str ha1_sha256,
			struct str ha1_md5, store_fn *fn, void *arg,
			const char **why);
/* Is that a user in the store? */
bool account_is_there(struct bridge *b, struct str aor);
/* He is not let in any more, and his phones are forgotten. false and *why:
 * there is no such user in the store. */
bool account_remove(struct bridge *b, struct str aor, store_fn *fn, void *arg,
		    const char **why);
/* fn for each user in the store, in no order. */
typedef void account_fn(void *arg, struct str aor);
void accounts_each(const struct bridge *b, account_fn *fn, void *arg);

#endif
