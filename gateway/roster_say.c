#include "gateway/roster_inner.h"

void roster_say(struct link *k, const struct jid *from, const struct jid *to,
		enum presence_type type)
{
	const struct stanza s = { .kind = STANZA_PRESENCE,
				  .from = *from,
				  .to = *to,
				  .u.presence.type = type };

	presence_write(link_begin(k), &s, NULL);
	link_end(k);
}

void row_say(struct row *w, enum presence_type type)
{
	struct arena *a = loop_arena(w->roster->bridge->loop);
	struct jid user, contact;
	const char *why;

	if (jid_read(a, row_user(w), &user, &why) &&
	    jid_read(a, row_contact(w), &contact, &why))
		roster_say(w->link, &contact, &user, type);
}

void roster_say_to(struct link *k, struct str user, enum presence_type type)
{
	const struct jid from = { .domain = k->cfg->domain };
	struct jid to;
	const char *why;

	if (jid_read(loop_arena(k->bridge->loop), user, &to, &why))
		roster_say(k, &from, &to, type);
}
