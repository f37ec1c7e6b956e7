#include "gateway/messages/traits.h"
#include "gateway/bridge.h"
#include "gateway/messages/skills.h"

static unsigned configured(const struct config_component *c)
{
	unsigned traits = 0;

	if (c->typing != KNOWING_NEVER)
		traits |= DISCO_CHATSTATES;
	if (c->message.wants_receipts)
		traits |= DISCO_RECEIPTS | DISCO_MARKERS;
	return traits;
}

unsigned traits_of_all(const struct config *c)
{
	unsigned traits = DISCO_CHATSTATES | DISCO_RECEIPTS | DISCO_MARKERS;

	for (size_t i = 0; i < c->component_count; i++)
		traits &= configured(&c->components[i]);
	return traits;
}

unsigned traits_of(struct link *k, const struct jid *contact, struct arena *a)
{
	struct skills *all = k->bridge->skills;
	unsigned traits = configured(k->cfg);
	struct str bare;

	if (contact->local.n == 0)
		return 0;
	bare = jid_bare_text(a, contact);
	if (skills_get(all, bare, SKILL_TYPING) == KNOWS_NO)
		traits &= ~(unsigned)DISCO_CHATSTATES;
	if (skills_get(all, bare, SKILL_CPIM) == KNOWS_NO &&
	    skills_get(all, bare, SKILL_NOTICES) != KNOWS_YES)
		traits &= ~(unsigned)(DISCO_RECEIPTS | DISCO_MARKERS);
	return traits;
}
