#include "sip/contact.h"
#include <string.h>
#include "sip/transport.h"

enum { SIP_PORT = 5060 };

/* Stand-ins for a peer whose address is not known yet: of the documentation
 * ranges (nothing is sent there), or of this machine if there is no way out. */
static const struct str stand_ins[] = { STR("192.0.2.1"), STR("127.0.0.1"),
					STR("2001:db8::1"), STR("::1") };
enum { STAND_INS = sizeof(stand_ins) / sizeof(stand_ins[0]) };

static enum transport wanted_transport(const struct uri *u)
{
	bool has;
	enum transport t = TRANSPORT_UDP;
	struct str value = uri_param(u, "transport", &has);

	if (has && transport_read(value, &t))
		return t;
	return u->scheme == URI_SIPS ? TRANSPORT_TLS : TRANSPORT_UDP;
}

/* The wanted transport first, then whatever listens. */
static bool choose_transport(struct transport_set *t, enum transport wanted,
			     struct hop *h)
{
	static const enum transport all[] = { TRANSPORT_UDP, TRANSPORT_TCP,
					      TRANSPORT_TLS };
	int family = h->peer.sa.sa_family;

	h->transport = wanted;
	for (size_t i = 0; !transport_has(t, h->transport, family); i++) {
		if (i == sizeof(all) / sizeof(all[0]))
			return false;
		h->transport = all[i];
	}
	return true;
}

static bool is_unspecified(struct str host_port)
{
	return str_starts(host_port, "0.0.0.0:") ||
	       str_starts(host_port, "[::]:");
}

/* Of streams the listen point is named, and no connection opened for it. */
static bool write_towards(struct strbuf *b, struct transport_set *t,
			  struct hop *h)
{
	size_t from = b->n;
	const char *why;

	if (h->transport == TRANSPORT_UDP && !transport_prepare(t, h, &why))
		return false;
	transport_write_contact(t, b, h);
	if (!is_unspecified(str_from(strbuf_str(b), from)))
		return true;
	strbuf_truncate(b, from);
	return false;
}

static bool write_numeric(struct strbuf *b, struct transport_set *t,
			  const struct uri *towards)
{
	struct hop h = { .socket = 0 };
	uint16_t port = towards->port != 0 ? towards->port : SIP_PORT;

	return endpoint_read(towards->host, port, &h.peer) &&
	       choose_transport(t, wanted_transport(towards), &h) &&
	       write_towards(b, t, &h);
}

void contact_write(struct strbuf *b, struct transport_set *t, struct str user,
		   const struct uri *towards)
{
	strbuf_addlit(b, "sip:");
	if (user.n > 0) {
		strbuf_add(b, user);
		strbuf_addc(b, '@');
	}
	if (write_numeric(b, t, towards))
		return;
	for (size_t i = 0; i < STAND_INS; i++) {
		struct hop h = { .socket = 0 };

		if (endpoint_read(stand_ins[i], SIP_PORT, &h.peer) &&
		    choose_transport(t, wanted_transport(towards), &h) &&
		    write_towards(b, t, &h))
			return;
	}
	strbuf_addlit(b, "invalid.invalid"); /* nothing listens at all */
}
