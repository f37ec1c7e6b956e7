#ifndef STOX_GATEWAY_PRESENCE_ROSTER_H
#define STOX_GATEWAY_PRESENCE_ROSTER_H
#include "gateway/bridge.h"
#include "mapping/subscription.h"

/* Presence: the live subscriptions of both directions. Performs what the step
 * table says (mapping/subscription.c): journal first, then the wire. */
struct roster;

/* Loads the rows and dialogs that the store knows; NULL and *why on failure. */
struct roster *roster_create(struct bridge *b, const char **why);
void roster_destroy(struct roster **rp);

/* A presence stanza of the link, errors too. */
void roster_presence(struct link *k, const struct stanza *s, struct arena *a);
/* A headline: true if it was an event of a user's mood or activity (XEP-0163),
 * which goes into the documents of those who see him. */
bool roster_event(struct link *k, const struct stanza *s, struct arena *a);
/* A SUBSCRIBE or NOTIFY; answers it, now or later. */
void roster_request(struct roster *r, const struct request *req,
		    struct answer *answer);
/* XEP-0012 of the contact s->to, for the user s->from: seconds that this
 * resource is idle; of the bare JID 0 while anybody is there, else since he has
 * gone. */
bool roster_last(struct link *k, const struct stanza *s, struct arena *a,
		 int64_t *seconds, struct fault *why);
/* The settings have changed: who is published is looked at again. */
void roster_reloaded(struct roster *r);
/* The link is up: states are asked for and told again, at a paced rate. */
void roster_link_up(struct link *k);
/* The end (roster_leave.c): from now on no contact is said to be there, and
 * users who were told of one hear unavailable, as far as roster_leave_more
 * finds room on the links that are up; true: all have. Nothing else changes,
 * and the next start takes up everything as it is. */
void roster_leave(struct roster *r);
bool roster_leave_more(struct roster *r);
size_t roster_left(const struct roster *r); /* contacts that are to be said */
/* Rows, for metrics and tests. */
size_t roster_count(const struct roster *r);
size_t roster_count_of(const struct roster *r, enum sub_direction d,
		       enum sub_state s);

/* --- for commands of users (roster_people.c); bare JIDs */

/* Each contact who watches the user, or wants to, or was turned away; how many
 * there are. */
typedef void roster_watcher_fn(void *arg, struct str contact,
			       enum sub_state state);
size_t roster_watchers(struct roster *r, struct str user, roster_watcher_fn *fn,
		       void *arg);
/* He sees the user no longer. false: he does not watch him. */
bool roster_withdraw(struct roster *r, struct str user, struct str contact);
/* He was turned away, and may ask again. false: he was not. */
bool roster_pardon(struct roster *r, struct str user, struct str contact);
/* As if he had taken the contact off his roster, which may be done already.
 * false: there was nothing between them. */
bool roster_part(struct roster *r, struct str user, struct str contact);

#endif
