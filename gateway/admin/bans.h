#ifndef STOX_GATEWAY_ADMIN_BANS_H
#define STOX_GATEWAY_ADMIN_BANS_H
#include <stdbool.h>
#include <stdint.h>
#include "gateway/base/str.h"

/* Who is shut out by command, until the time is over or the process ends: IP
 * addresses and bare JIDs, of users and of contacts. What is to last belongs
 * into the settings. */
struct bans;
enum { BANS_MAX = 10000 };

struct bans *bans_create(void);
void bans_destroy(struct bans **bp);
/* until_ms 0: without end. false: too many. */
bool bans_add(struct bans *b, struct str who, uint64_t until_ms);
bool bans_remove(struct bans *b, struct str who); /* false: was not there */
bool bans_has(struct bans *b, struct str who, uint64_t now_ms);
/* Cheap: is there anybody at all? NULL: nobody. */
bool bans_any(const struct bans *b);
typedef void bans_fn(void *arg, struct str who, uint64_t until_ms);
void bans_each(struct bans *b, uint64_t now_ms, bans_fn *fn, void *arg);

#endif
