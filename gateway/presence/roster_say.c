#include "gateway/presence/roster_inner.h"
#include "gateway/services/nicks.h"

/* XEP-0172 §4.1: who asks says his name, so that it can be shown. */
static const struct xml *nick_of(struct link *k, const struct jid *contact)
{
	struct arena *a = loop_arena(k->bridge->loop);
	struct str name = nicks_get(k->bridge->nicks, contact);

	return name.n == 0 ? NULL : nick_element(a, name);
}

void roster_say(struct link *k, const struct jid *from, const struct jid *to,
		enum presence_type type)
{
	const struct stanza s = { .kind = STANZA_PRESENCE,
				  .from = *from,
				  .to = *to,
				  .u.presence.type = type };

	presence_write(link_begin(k), &s,
		       type == PRESENCE_SUBSCRIBE ? nick_of(k, from) : NULL);
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

void roster_say_not_found(struct link *k, const struct jid *contact,
			  const struct jid *to)
{
	const struct stanza asked = { .kind = STANZA_PRESENCE,
				      .from = *to,
				      .to = *contact,
				      .u.presence.type = PRESENCE_SUBSCRIBE };
	struct fault f;

	fault_set(&f, 404, COND_ITEM_NOT_FOUND, "no such SIP address");
	link_refuse(k, &asked, &f);
}
