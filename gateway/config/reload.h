#ifndef STOX_GATEWAY_CONFIG_RELOAD_H
#define STOX_GATEWAY_CONFIG_RELOAD_H
#include "gateway/config/config.h"

struct bridge;
struct keyring;

/* New settings for a running gateway. The one place where pointers into the
 * configuration change: those of the bridge, its links, and the keyring.
 * Everything else asks them each time, or has a copy of its own and is then
 * marked in the option table (is_fixed): such settings keep their old value,
 * and a line says that they need a restart.
 *
 * A component whose link would have to be made anew stays as it was, as a
 * whole; so do new and removed ones.
 *
 * new takes the place of the bridge's configuration and must outlive it. The
 * old one must be kept until the turn is over, and for as long as new lives
 * when this returns true: components of it are still in use. One line for each
 * change goes into the log and, for people, to out. */
bool reload_apply(struct bridge *b, struct keyring *k, struct config *new,
		  struct strbuf *out);

#endif
