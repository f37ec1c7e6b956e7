#ifndef STOX_GATEWAY_MESSAGES_SKILLS_H
#define STOX_GATEWAY_MESSAGES_SKILLS_H
#include <stdbool.h>
#include "gateway/base/str.h"

struct bridge;
struct skills;

/* What the side of each contact understands beyond plain text: learnt from
 * what it sends and what it refuses, remembered over restarts, for a time
 * (memory.skills_age_s), of so many contacts (memory.skills_max). contact: its
 * bare JID as text. */
enum skill {
	SKILL_CPIM,	   /* message/cpim */
	SKILL_TYPING,	   /* isComposing */
	SKILL_ALTERNATIVE, /* multipart/alternative */
	SKILL_NOTICES,	   /* it sends IMDN */
	SKILL_COUNT
};
enum knows { KNOWS_UNKNOWN, KNOWS_YES, KNOWS_NO };

/* Loads what the store has; NULL and *why on failure. */
struct skills *skills_create(struct bridge *b, const char **why);
void skills_destroy(struct skills **sp);

enum knows skills_get(struct skills *s, struct str contact, enum skill what);
/* A refusal holds for an hour against a sign of the contrary: of two phones
 * of one contact one may do what the other refuses. */
void skills_learn(struct skills *s, struct str contact, enum skill what,
		  bool knows);
size_t skills_count(const struct skills *s);

#endif
