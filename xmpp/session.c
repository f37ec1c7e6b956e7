#include "xmpp/uplink.h"

#include "gateway/base/log.h"
#include "xmpp/complaint.h"
#include "xmpp/ns.h"

static void on_open(void *arg, struct str id, struct str from, struct str ns)
{
	struct component *c = arg;
	char digest[41];

	(void)from;
	if (c->state != UPLINK_OPENING)
		return;
	if (!str_eqz(ns, NS_COMPONENT)) {
		uplink_fail(c, RETRY_SETTINGS, "invalid-namespace",
			    STR_LIT("the port is not one for components "
				    "(XEP-0114)"));
	} else if (id.n == 0) {
		uplink_doubt(c);
	} else {
		component_digest(id, c->o.secret, digest);
		sendq_add(&c->queue, STR_LIT("<handshake>"));
		sendq_add(&c->queue, str_z(digest));
		sendq_add(&c->queue, STR_LIT("</handshake>"));
		c->state = UPLINK_SHAKING;
	}
}

static void on_complaint(struct component *c, const struct xml *el,
			 struct arena *a)
{
	struct strbuf why;
	enum retry_cause cause;

	strbuf_init(&why, UPLINK_WHY_BYTES - 1);
	cause = complaint_read(a, el, c->o.domain, &why);
	uplink_fail(c, cause, NULL, strbuf_str(&why));
	strbuf_fini(&why);
}

static bool is_own_pong(struct component *c, const struct xml *el)
{
	struct str type = xml_attr(el, "type");

	if (!str_eqz(el->name, "iq") ||
	    !ping_is(&c->ping, xml_attr(el, "id")) ||
	    !(str_eqz(type, "result") || str_eqz(type, "error")))
		return false;
	c->ping.is_open = false;
	return true;
}

static bool is_stanza(const struct xml *el)
{
	return xml_is(el, "message", NS_COMPONENT) ||
	       xml_is(el, "presence", NS_COMPONENT) ||
	       xml_is(el, "iq", NS_COMPONENT);
}

/* As text again, for who looks on. */
static void show(struct component *c, const struct xml *el)
{
	struct strbuf b;

	strbuf_init(&b, 2 * c->o.stanza_max_bytes);
	xml_write(&b, el, STR_LIT(NS_COMPONENT));
	c->tap(c->arg, false, strbuf_str(&b));
	strbuf_fini(&b);
}

static void take_stanza(struct component *c, const struct xml *el,
			struct arena *a)
{
	if (!is_stanza(el)) {
		log_debug("component_unknown_element", F_STR("name", el->name),
			  F_STR("ns", el->ns));
		return;
	}
	c->counters.stanzas_in++;
	if (c->tap != NULL)
		show(c, el);
	if (!is_own_pong(c, el))
		c->events.on_stanza(c->arg, el, a);
}

static void on_stanza(void *arg, const struct xml *el, struct arena *a)
{
	struct component *c = arg;
	bool is_handshake = xml_is(el, "handshake", NS_COMPONENT);

	if (!uplink_is_open(c))
		return;
	if (xml_is(el, "error", NS_STREAM))
		on_complaint(c, el, a);
	else if (c->state == UPLINK_SHAKING && is_handshake)
		uplink_up(c);
	else if (c->state < UPLINK_UP)
		uplink_fail(c, RETRY_TROUBLE, "not-authorized",
			    STR_LIT("the server sent a stanza before the end "
				    "of the handshake"));
	else if (is_handshake)
		uplink_fail(c, RETRY_TROUBLE, "bad-format",
			    STR_LIT("the server sent a second handshake"));
	else
		take_stanza(c, el, a);
	if (c->state == UPLINK_FAILED)
		stream_stop(c->stream);
}

/* Before the end of the handshake nobody but the server itself speaks. */
static void on_excess(void *arg, const struct xml *el, struct arena *a,
		      const char *why)
{
	struct component *c = arg;

	if (c->state < UPLINK_UP || !is_stanza(el)) {
		on_stanza(arg, el, a);
		return;
	}
	if (!uplink_is_open(c))
		return;
	c->counters.stanzas_in++;
	if (c->events.on_excess != NULL)
		c->events.on_excess(c->arg, el, a, why);
}

static void on_close(void *arg)
{
	struct component *c = arg;

	uplink_fail(c, RETRY_TROUBLE, NULL,
		    STR_LIT("the server closed the stream"));
}

const struct stream_events session_events = {
	.on_open = on_open,
	.on_stanza = on_stanza,
	.on_excess = on_excess,
	.on_close = on_close,
};
