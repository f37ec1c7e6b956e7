#include "gateway/bridge.h"
#include "gateway/row.h"
#include "gateway/roster_inner.h"

void row_say(struct row *w, enum presence_type type)
{
	struct arena *a = loop_arena(w->roster->bridge->loop);
	struct stanza s = { .kind = STANZA_PRESENCE, .u.presence.type = type };
	const char *why;

	if (!jid_read(a, row_user(w), &s.to, &why) ||
	    !jid_read(a, row_contact(w), &s.from, &why))
		return;
	presence_write(link_begin(w->link), &s, NULL);
	link_end(w->link);
}
