#ifndef STOX_GATEWAY_ADMIN_CHAT_H
#define STOX_GATEWAY_ADMIN_CHAT_H
#include "gateway/link.h"

/* Messages to the gateway's own address: commands as chat lines, for clients
 * without ad-hoc commands. "help" tells which. */
struct chat;

struct chat *chat_create(void);
void chat_destroy(struct chat **cp);

/* May he ask once more? So often, and then once a second: for what he asks by
 * other ways than a line, too, where the answer takes work. */
bool chat_admit(struct bridge *b, const struct jid *user);

/* A message for the domain, of any type but error. What is no command gets a
 * hint, once in a while only: the other side may be a program that answers. */
void chat_message(struct link *k, const struct stanza *s, struct arena *a);

#endif
