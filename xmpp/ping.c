#include "xmpp/ping.h"

#include "gateway/base/keyed.h"
#include "xmpp/ns.h"
#include "xmpp/xml.h"

void ping_write(struct ping *p, struct strbuf *b, struct str from,
		struct str to)
{
	keyed_token(p->id, PING_ID_BYTES);
	p->is_open = true;
	ping_repeat(p, b, from, to);
}

void ping_repeat(const struct ping *p, struct strbuf *b, struct str from,
		 struct str to)
{
	strbuf_addlit(b, "<iq type='get'");
	xml_put_attr(b, "from", from);
	xml_put_attr(b, "to", to);
	xml_put_attr(b, "id", (struct str){ p->id, PING_ID_BYTES });
	strbuf_addlit(b, "><ping xmlns='" NS_PING "'/></iq>");
}

bool ping_is(const struct ping *p, struct str id)
{
	return p->is_open && str_eq(id, (struct str){ p->id, PING_ID_BYTES });
}
