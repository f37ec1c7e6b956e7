#include "xmpp/stanza.h"

#include <assert.h>
#include "xmpp/ns.h"

enum { PRIORITY_MIN = -128, PRIORITY_MAX = 127 };

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct str kind_names[] = {
	[STANZA_MESSAGE] = STR("message"),
	[STANZA_PRESENCE] = STR("presence"),
	[STANZA_IQ] = STR("iq"),
};
static const struct str message_types[] = {
	[MESSAGE_NORMAL] = STR("normal"),
	[MESSAGE_CHAT] = STR("chat"),
	[MESSAGE_GROUPCHAT] = STR("groupchat"),
	[MESSAGE_HEADLINE] = STR("headline"),
	[MESSAGE_ERROR] = STR("error"),
};
static const struct str presence_types[] = {
	[PRESENCE_AVAILABLE] = STR(""), /* no attribute at all */
	[PRESENCE_UNAVAILABLE] = STR("unavailable"),
	[PRESENCE_SUBSCRIBE] = STR("subscribe"),
	[PRESENCE_SUBSCRIBED] = STR("subscribed"),
	[PRESENCE_UNSUBSCRIBE] = STR("unsubscribe"),
	[PRESENCE_UNSUBSCRIBED] = STR("unsubscribed"),
	[PRESENCE_PROBE] = STR("probe"),
	[PRESENCE_ERROR] = STR("error"),
};
static const struct str shows[] = {
	[SHOW_NONE] = STR(""),	   [SHOW_AWAY] = STR("away"),
	[SHOW_CHAT] = STR("chat"), [SHOW_DND] = STR("dnd"),
	[SHOW_XA] = STR("xa"),
};
static const struct str iq_types[] = {
	[IQ_GET] = STR("get"),
	[IQ_SET] = STR("set"),
	[IQ_RESULT] = STR("result"),
	[IQ_ERROR] = STR("error"),
};

/* The index of name, or n. */
static size_t find(const struct str *names, size_t n, struct str name)
{
	size_t i = 0;

	while (i < n && (names[i].n == 0 || !str_eq(names[i], name)))
		i++;
	return i;
}

/* A name, or none for the empty ones. */
static struct str name_of(const struct str *names, size_t i)
{
	return names[i].n > 0 ? names[i] : STR_NONE;
}

struct str message_type_name(enum message_type t)
{
	return name_of(message_types, t);
}

struct str presence_type_name(enum presence_type t)
{
	return name_of(presence_types, t);
}

struct str presence_show_name(enum presence_show s)
{
	return name_of(shows, s);
}

bool presence_show_read(struct str name, enum presence_show *out)
{
	size_t i = find(shows, COUNT(shows), name);

	if (i == COUNT(shows))
		return false;
	*out = (enum presence_show)i;
	return true;
}

const struct text *text_choose(const struct text *list, struct str lang)
{
	const struct text *t, *plain = NULL;

	for (t = list; t != NULL; t = t->next) {
		if (lang.n > 0 && str_ieq(t->lang, lang))
			return t;
		if (t->lang.n == 0 && plain == NULL)
			plain = t;
	}
	return plain != NULL ? plain : list;
}

/* All children of that name, in order. */
static struct text *texts_read(struct arena *a, const struct xml *el,
			       const char *name)
{
	struct text *first = NULL, **end = &first;
	const struct xml *x;

	for (x = xml_child(el, name, NS_COMPONENT); x != NULL;
	     x = xml_next(x, name, NS_COMPONENT)) {
		*end = arena_new(a, struct text);
		(*end)->lang = xml_attr(x, "xml:lang");
		(*end)->s = xml_text(a, x);
		end = &(*end)->next;
	}
	return first;
}

static struct str child_text(struct arena *a, const struct xml *el,
			     const char *name, const char *ns)
{
	const struct xml *x = xml_child(el, name, ns);

	return x != NULL ? xml_text(a, x) : STR_NONE;
}

static bool message_read(struct arena *a, const struct xml *el,
			 struct stanza *out, struct fault *why)
{
	struct message *m = &out->u.message;
	size_t type =
		find(message_types, COUNT(message_types), xml_attr(el, "type"));
	const struct xml *x;

	(void)why;
	/* Absent or not known: normal (RFC 6121 §5.2.2). */
	if (type < COUNT(message_types))
		m->type = (enum message_type)type;
	m->subject = texts_read(a, el, "subject");
	m->body = texts_read(a, el, "body");
	x = xml_child(el, "thread", NS_COMPONENT);
	if (x != NULL) {
		m->thread = xml_text(a, x);
		m->parent_thread = xml_attr(x, "parent");
	}
	x = xml_child(el, "delay", NS_DELAY);
	if (x != NULL)
		m->delay_stamp = xml_attr(x, "stamp");
	return true;
}

/* 0 for what is no number from -128 to 127 (RFC 6121 §4.7.2.3). */
static int priority_read(struct str s)
{
	bool is_negative = s.n > 0 && s.p[0] == '-';
	uint32_t v;

	if (is_negative || (s.n > 0 && s.p[0] == '+'))
		s = str_from(s, 1);
	if (!str_to_u32(s, &v) ||
	    v > (is_negative ? -PRIORITY_MIN : PRIORITY_MAX))
		return 0;
	return is_negative ? -(int)v : (int)v;
}

static bool presence_read(struct arena *a, const struct xml *el,
			  struct stanza *out, struct fault *why)
{
	struct presence *p = &out->u.presence;
	struct str show = child_text(a, el, "show", NS_COMPONENT);
	size_t type;

	if (xml_has_attr(el, "type")) {
		type = find(presence_types, COUNT(presence_types),
			    xml_attr(el, "type"));
		if (type == COUNT(presence_types))
			return fault_set(why, 400, COND_BAD_REQUEST,
					 "unknown type of presence");
		p->type = (enum presence_type)type;
	}
	(void)presence_show_read(str_trim(show), &p->show);
	p->status = texts_read(a, el, "status");
	p->priority = priority_read(
		str_trim(child_text(a, el, "priority", NS_COMPONENT)));
	return true;
}

static bool iq_read(struct arena *a, const struct xml *el, struct stanza *out,
		    struct fault *why)
{
	struct iq *iq = &out->u.iq;
	size_t type = find(iq_types, COUNT(iq_types), xml_attr(el, "type"));
	bool is_request = type == IQ_GET || type == IQ_SET;

	(void)a;
	if (type == COUNT(iq_types))
		return fault_set(why, 400, COND_BAD_REQUEST,
				 "iq without a valid type");
	iq->type = (enum iq_type)type;
	iq->payload = xml_child(el, NULL, NULL);
	if (iq->type == IQ_ERROR && iq->payload != NULL &&
	    xml_is(iq->payload, "error", NS_COMPONENT))
		iq->payload = NULL;
	if (out->id.p == NULL)
		return fault_set(why, 400, COND_BAD_REQUEST, "iq without id");
	/* RFC 6120 §8.2.3 */
	if (is_request &&
	    (iq->payload == NULL || xml_next(iq->payload, NULL, NULL) != NULL))
		return fault_set(why, 400, COND_BAD_REQUEST,
				 "iq request without exactly one child");
	return true;
}

static bool is_error(const struct stanza *s)
{
	switch (s->kind) {
	case STANZA_MESSAGE:
		return s->u.message.type == MESSAGE_ERROR;
	case STANZA_PRESENCE:
		return s->u.presence.type == PRESENCE_ERROR;
	case STANZA_IQ:
		return s->u.iq.type == IQ_ERROR;
	}
	return false;
}

static bool has_uri(enum cond c)
{
	return c == COND_GONE || c == COND_REDIRECT;
}

/* The refusal in an error stanza; what is missing or not known is
 * undefined-condition (RFC 6120 §8.3.2). */
static void error_read(struct arena *a, const struct xml *el, struct fault *out)
{
	const struct xml *error = xml_child(el, "error", NS_COMPONENT), *x;

	out->cond = COND_UNDEFINED_CONDITION;
	out->type = cond_type(out->cond);
	if (error == NULL)
		return;
	out->text = child_text(a, error, "text", NS_STANZA_ERRORS);
	x = xml_child(error, NULL, NS_STANZA_ERRORS);
	while (x != NULL && str_eqz(x->name, "text"))
		x = xml_next(x, NULL, NS_STANZA_ERRORS);
	if (x != NULL)
		out->cond = cond_read(x->name);
	if (x != NULL && has_uri(out->cond))
		out->uri = str_trim(xml_text(a, x));
	out->type = cond_type(out->cond);
	if (xml_has_attr(error, "type"))
		out->type = error_type_read(xml_attr(error, "type"));
}

/* false with *why when the attribute is missing or is no address. */
static bool address_read(struct arena *a, struct str s, struct jid *out,
			 struct fault *why)
{
	const char *fault = "stanza without from or to";

	if (s.n == 0)
		return fault_set(why, 400, COND_BAD_REQUEST, fault);
	if (!jid_read(a, s, out, &fault))
		return fault_set(why, 400, COND_JID_MALFORMED, fault);
	return true;
}

/* An answer to an error or a result would never end (RFC 6120 §8.3.1). */
static bool is_answerable(const struct stanza *s)
{
	struct str type = xml_attr(s->el, "type");

	return !str_eqz(type, "error") &&
	       (s->kind != STANZA_IQ || !str_eqz(type, "result"));
}

bool stanza_read(struct arena *a, const struct xml *el, struct stanza *out,
		 struct fault *why, bool *is_reply_wanted)
{
	static bool (*const readers[])(struct arena *, const struct xml *,
				       struct stanza *, struct fault *) = {
		[STANZA_MESSAGE] = message_read,
		[STANZA_PRESENCE] = presence_read,
		[STANZA_IQ] = iq_read,
	};
	size_t kind = find(kind_names, COUNT(kind_names), el->name);

	*out = (struct stanza){ .el = el, .lang = xml_attr(el, "xml:lang") };
	*is_reply_wanted = false;
	if (kind == COUNT(kind_names) || !xml_is(el, NULL, NS_COMPONENT))
		return fault_set(why, 400, COND_BAD_REQUEST, "not a stanza");
	out->kind = (enum stanza_kind)kind;
	out->id = xml_attr(el, "id");
	if (!address_read(a, xml_attr(el, "from"), &out->from, why))
		return false;
	*is_reply_wanted = is_answerable(out);
	if (!address_read(a, xml_attr(el, "to"), &out->to, why))
		return false;
	if (!readers[kind](a, el, out, why))
		return false;
	if (is_error(out))
		error_read(a, el, &out->error);
	return true;
}

static void put_jid(struct strbuf *b, struct str lead, const struct jid *j)
{
	size_t from;

	if (j->domain.n == 0)
		return;
	strbuf_add_short(b, lead);
	from = b->n;
	jid_write(b, j);
	xml_escape_value(b, from);
	strbuf_addc(b, '\'');
}

static void put_start(struct strbuf *b, enum stanza_kind kind,
		      const struct jid *from, const struct jid *to,
		      struct str id)
{
	strbuf_addc(b, '<');
	strbuf_add(b, kind_names[kind]);
	put_jid(b, STR_LIT(" from='"), from);
	put_jid(b, STR_LIT(" to='"), to);
	xml_put_attr_short(b, "id", id);
}

static void put_end(struct strbuf *b, enum stanza_kind kind)
{
	strbuf_addlit(b, "</");
	strbuf_add(b, kind_names[kind]);
	strbuf_addc(b, '>');
}

static void put_texts(struct strbuf *b, const char *name,
		      const struct text *list)
{
	const struct text *t;

	for (t = list; t != NULL; t = t->next) {
		strbuf_addc(b, '<');
		strbuf_addz(b, name);
		if (t->lang.n > 0)
			xml_put_attr(b, "xml:lang", t->lang);
		strbuf_addc(b, '>');
		xml_put_text(b, t->s);
		strbuf_addlit(b, "</");
		strbuf_addz(b, name);
		strbuf_addc(b, '>');
	}
}

static void put_error(struct strbuf *b, const struct fault *f)
{
	enum cond cond =
		f->cond != COND_NONE ? f->cond : COND_UNDEFINED_CONDITION;
	struct str name = cond_name(cond);

	strbuf_addlit(b, "<error type='");
	strbuf_add(b, error_type_name(f->type));
	strbuf_addlit(b, "'><");
	strbuf_add(b, name);
	strbuf_addlit(b, " xmlns='" NS_STANZA_ERRORS "'");
	if (has_uri(cond) && f->uri.n > 0) {
		strbuf_addc(b, '>');
		xml_put_text(b, f->uri);
		strbuf_addlit(b, "</");
		strbuf_add(b, name);
		strbuf_addc(b, '>');
	} else {
		strbuf_addlit(b, "/>");
	}
	if (f->text.n > 0) {
		strbuf_addlit(b, "<text xmlns='" NS_STANZA_ERRORS
				 "' xml:lang='en'>");
		xml_put_text(b, f->text);
		strbuf_addlit(b, "</text>");
	}
	strbuf_addlit(b, "</error>");
}

static void put_children(struct strbuf *b, const struct xml *chain)
{
	const struct xml *x;

	for (x = chain; x != NULL; x = x->next)
		xml_write(b, x, STR_LIT(NS_COMPONENT));
}

static void put_thread(struct strbuf *b, const struct message *m)
{
	if (m->thread.n == 0)
		return;
	strbuf_addlit(b, "<thread");
	if (m->parent_thread.n > 0)
		xml_put_attr(b, "parent", m->parent_thread);
	strbuf_addc(b, '>');
	xml_put_text(b, m->thread);
	strbuf_addlit(b, "</thread>");
}

static void put_delay(struct strbuf *b, const struct stanza *s)
{
	if (s->u.message.delay_stamp.n == 0)
		return;
	strbuf_addlit(b, "<delay xmlns='" NS_DELAY "'");
	if (s->from.domain.n > 0)
		xml_put_attr(b, "from", s->from.domain);
	xml_put_attr(b, "stamp", s->u.message.delay_stamp);
	strbuf_addlit(b, "/>");
}

void message_write(struct strbuf *b, const struct stanza *s,
		   const struct xml *extra)
{
	const struct message *m = &s->u.message;

	put_start(b, STANZA_MESSAGE, &s->from, &s->to, s->id);
	if (s->lang.n > 0)
		xml_put_attr(b, "xml:lang", s->lang);
	if (m->type != MESSAGE_NORMAL)
		xml_put_attr(b, "type", message_type_name(m->type));
	strbuf_addc(b, '>');
	put_texts(b, "subject", m->subject);
	put_texts(b, "body", m->body);
	put_thread(b, m);
	put_delay(b, s);
	put_children(b, m->extra);
	put_children(b, extra);
	if (is_error(s))
		put_error(b, &s->error);
	put_end(b, STANZA_MESSAGE);
}

void presence_write(struct strbuf *b, const struct stanza *s,
		    const struct xml *extra)
{
	const struct presence *p = &s->u.presence;

	put_start(b, STANZA_PRESENCE, &s->from, &s->to, s->id);
	if (s->lang.n > 0)
		xml_put_attr(b, "xml:lang", s->lang);
	xml_put_attr(b, "type", presence_type_name(p->type));
	strbuf_addc(b, '>');
	if (p->show != SHOW_NONE) {
		strbuf_addlit(b, "<show>");
		strbuf_add(b, presence_show_name(p->show));
		strbuf_addlit(b, "</show>");
	}
	put_texts(b, "status", p->status);
	if (p->priority != 0)
		strbuf_addf(b, "<priority>%d</priority>", p->priority);
	put_children(b, extra);
	if (is_error(s))
		put_error(b, &s->error);
	put_end(b, STANZA_PRESENCE);
}

void iq_write(struct strbuf *b, const struct stanza *s,
	      const struct xml *payload)
{
	put_start(b, STANZA_IQ, &s->from, &s->to, s->id);
	xml_put_attr(b, "type", iq_types[s->u.iq.type]);
	strbuf_addc(b, '>');
	if (payload != NULL)
		xml_write(b, payload, STR_LIT(NS_COMPONENT));
	if (is_error(s))
		put_error(b, &s->error);
	put_end(b, STANZA_IQ);
}

void error_write(struct strbuf *b, const struct stanza *s,
		 const struct fault *f)
{
	assert(!is_error(s));
	put_start(b, s->kind, &s->to, &s->from, s->id);
	strbuf_addlit(b, " type='error'>");
	put_error(b, f);
	put_end(b, s->kind);
}

void result_write(struct strbuf *b, const struct stanza *s,
		  const struct xml *payload)
{
	const struct stanza result = {
		.kind = STANZA_IQ,
		.from = s->to,
		.to = s->from,
		.id = s->id,
		.u.iq.type = IQ_RESULT,
	};

	iq_write(b, &result, payload);
}
