#include "mapping/message.h"

#include "mapping/address.h"
#include "mapping/callid.h"
#include "mapping/charset.h"
#include "mapping/datetime.h"
#include "mapping/edits.h"
#include "mapping/html.h"
#include "mapping/payload.h"
#include "xmpp/ns.h"

enum {
	MAX_FORWARDS = 70,	  /* RFC 3261 §8.1.1.6 */
	SUBJECT_MAX_BYTES = 4096, /* in a header section of 16 KiB */
	LANGUAGE_MAX_BYTES = 64,
	RICH_MAX_BYTES = 1048576 /* of a body with HTML or CPIM around it */
};

bool message_thread_to_call_id(struct arena *a, struct str thread,
			       struct str *out)
{
	return callid_from_thread(a, thread, CALL_ID_MAX_BYTES, out);
}

struct str message_call_id_to_thread(struct arena *a, struct str call_id)
{
	return callid_to_thread(a, call_id);
}

/* RFC 5646 §2.1 by its characters; none for what is no tag. */
static struct str language_tag(struct str s)
{
	s = str_trim(s);
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      (c >= '0' && c <= '9') || c == '-'))
			return STR_NONE;
	}
	return s.n <= LANGUAGE_MAX_BYTES ? s : STR_NONE;
}

/* One line: control characters become blanks, for a header and for an XMPP
 * subject alike. */
static struct str one_line(struct arena *a, struct str s)
{
	char *p;
	size_t i = 0;

	s = str_trim(s);
	while (i < s.n && (unsigned char)s.p[i] >= ' ' && s.p[i] != 0x7F)
		i++;
	if (i == s.n)
		return s;
	p = arena_alloc(a, s.n);
	for (i = 0; i < s.n; i++)
		p[i] = (unsigned char)s.p[i] >= ' ' && s.p[i] != 0x7F ? s.p[i]
								      : ' ';
	return str_trim((struct str){ p, s.n });
}

/* Headers in the order in which they are put. */
struct headers {
	const struct header *first;
	struct header *last;
};

static void headers_put(struct arena *a, struct headers *list, struct str name,
			struct str value)
{
	struct header *h;

	if (value.n == 0)
		return;
	h = arena_new(a, struct header);
	h->name = name;
	h->value = value;
	if (list->last != NULL)
		list->last->next = h;
	else
		list->first = h;
	list->last = h;
}

/* The Date of a message that waited somewhere (XEP-0203). */
static struct str date_of(struct arena *a, struct str stamp)
{
	int64_t wall_s;

	if (!datetime_read_stamp(stamp, &wall_s))
		return STR_NONE;
	return datetime_write_header(a, wall_s);
}

static bool headers_of(struct arena *a, const struct env *env,
		       const struct stanza *s, const struct text *body,
		       const struct header **out, struct fault *why)
{
	const struct message *m = &s->u.message;
	const struct text *subject = text_choose(m->subject, s->lang);
	struct headers list = { NULL, NULL };
	struct str line = STR_NONE;

	if (subject != NULL)
		line = one_line(a, subject->s);
	if (line.n > SUBJECT_MAX_BYTES)
		return fault_set(why, 413, COND_POLICY_VIOLATION,
				 "subject too long");
	headers_put(a, &list, STR_LIT("Subject"), line);
	headers_put(a, &list, STR_LIT("Date"), date_of(a, m->delay_stamp));
	headers_put(a, &list, STR_LIT("In-Reply-To"), env->in_reply_to);
	headers_put(a, &list, STR_LIT("Content-Language"),
		    language_tag(body != NULL && body->lang.n > 0 ? body->lang
								  : s->lang));
	*out = list.first;
	return true;
}

/* Whether the stanza is one that may become a MESSAGE; if not, *result tells
 * what to do with it. */
static bool is_for_sip(const struct env *env, const struct stanza *s,
		       struct str body, const char *lost, enum mapped *result,
		       struct fault *why)
{
	enum message_type type = s->u.message.type;

	*result = MAPPED_NOTHING;
	if (type == MESSAGE_ERROR)
		return false;
	if (type == MESSAGE_HEADLINE && !env->rules->wants_headline)
		return false;
	*result = MAPPED_REFUSED;
	/* What a server says in our place (RFC 6121 §8.5.2.1.1). */
	if (type == MESSAGE_GROUPCHAT)
		return fault_set(why, 403, COND_SERVICE_UNAVAILABLE,
				 "this is no chat room");
	if (lost != NULL && type != MESSAGE_HEADLINE) /* RFC 6120 §8.4 */
		return fault_set(why, 488, COND_SERVICE_UNAVAILABLE, lost);
	*result = MAPPED_NOTHING;
	return body.n > 0;
}

static bool parties_of(struct arena *a, const struct env *env,
		       const struct stanza *s, struct draft *out,
		       struct fault *why)
{
	if (!address_contact_uri(a, env->plan, &s->to, &out->target, NULL, why))
		return false;
	out->to.uri = out->target;
	/* RFC 7572 §4 note 1: with the resource, as a GRUU. */
	if (!address_user_uri(a, env->plan, &s->from, &out->from.uri, NULL,
			      why))
		return false;
	out->from.tag = env->tag;
	return true;
}

/* Of a message with a subject alone that is what was said, and most phones
 * show no Subject. */
static const struct text *subject_alone(const struct stanza *s)
{
	const struct text *t = text_choose(s->u.message.subject, s->lang);

	return t != NULL && str_trim(t->s).n > 0 ? t : NULL;
}

enum mapped message_to_sip(struct arena *a, const struct env *env,
			   const struct stanza *s, const struct extras *x,
			   struct draft *out, struct fault *why)
{
	const struct message *m = &s->u.message;
	const struct text *body = text_choose(m->body, s->lang);
	const char *lost = NULL;
	enum mapped result;
	struct draft d = {
		.method = METHOD_MESSAGE,
		.cseq = 1,
		.max_forwards = MAX_FORWARDS,
		.call_id = env->call_id,
		.content_type = STR("text/plain;charset=UTF-8"),
	};

	d.body =
		edits_text(a, env->rules, x, body != NULL ? body->s : STR_NONE);
	if (d.body.n == 0) {
		lost = payload_lost(s->el, x);
		body = subject_alone(s);
		d.body = body != NULL ? str_trim(body->s) : STR_NONE;
	}
	if (!is_for_sip(env, s, d.body, lost, &result, why))
		return result;
	if (!parties_of(a, env, s, &d, why) ||
	    !headers_of(a, env, s, body, &d.headers, why))
		return MAPPED_REFUSED;
	if (!message_thread_to_call_id(a, m->thread, &d.call_id))
		d.call_id = env->call_id;
	*out = d;
	return MAPPED;
}

void message_add_html(struct arena *a, const struct xml *html,
		      struct str boundary, struct draft *d)
{
	struct str text = html_write(a, html, RICH_MAX_BYTES / 2);
	struct strbuf b;

	if (text.n == 0)
		return;
	strbuf_init(&b, RICH_MAX_BYTES);
	strbuf_addf(&b, "--%.*s\r\nContent-Type: %.*s\r\n\r\n",
		    STR_ARG(boundary), STR_ARG(d->content_type));
	strbuf_add(&b, d->body);
	strbuf_addf(&b,
		    "\r\n--%.*s\r\nContent-Type: text/html;charset=UTF-8"
		    "\r\n\r\n",
		    STR_ARG(boundary));
	strbuf_add(&b, text);
	strbuf_addf(&b, "\r\n--%.*s--\r\n", STR_ARG(boundary));
	if (!b.overflow) {
		d->body = str_dup(a, strbuf_str(&b));
		d->content_type =
			str_fmt(a, "multipart/alternative;boundary=%.*s",
				STR_ARG(boundary));
	}
	strbuf_fini(&b);
}

void message_wrap(struct arena *a, struct str message_id, unsigned wishes,
		  struct str date_time, struct draft *d)
{
	const struct cpim c = {
		.from = uri_text(a, &d->from.uri),
		.to = uri_text(a, &d->target),
		.date_time = date_time,
		.message_id = message_id,
		.wishes = wishes,
	};
	const struct cpim_body body = { .content_type = d->content_type,
					.body = d->body };
	struct strbuf b;

	strbuf_init(&b, RICH_MAX_BYTES);
	cpim_write(&b, &c, &body);
	if (!b.overflow) {
		d->body = str_dup(a, strbuf_str(&b));
		d->content_type = STR_LIT("message/cpim");
	}
	strbuf_fini(&b);
}

/* RFC 3428 §7. Without Date the lifetime begins now. Expires: 0 asks not to be
 * stored, and we do not store. */
static bool is_expired(const struct env *env, const struct request *r)
{
	return r->expires_s > 0 && r->date_s >= 0 &&
	       env->wall_s - r->date_s > r->expires_s;
}

/* When it was written: CPIM says it better than the relay that sends. */
static struct str delay_of(struct arena *a, const struct env *env,
			   const struct request *r, const struct content *c)
{
	int64_t date_s = r->date_s, written_s;

	if (c->has_cpim && datetime_read_stamp(c->cpim.date_time, &written_s))
		date_s = written_s;
	if (date_s < 0 ||
	    env->wall_s - date_s <= (int64_t)env->rules->delay_after_s)
		return STR_NONE;
	return datetime_write_stamp(a, date_s);
}

/* FNV-1a, 64 bits. */
static uint64_t hash(uint64_t h, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		h ^= (unsigned char)s.p[i];
		h *= UINT64_C(0x100000001B3);
	}
	return h;
}

static bool is_before(struct str x, struct str y)
{
	size_t i = 0;

	while (i < x.n && i < y.n && x.p[i] == y.p[i])
		i++;
	if (i == x.n || i == y.n)
		return x.n < y.n;
	return (unsigned char)x.p[i] < (unsigned char)y.p[i];
}

/* The same text for a pair of bare addresses, in whatever order and after
 * whatever restart. It names a conversation and hides nothing, so it needs no
 * secret. */
static struct str conversation(struct arena *a, const struct jid *from,
			       const struct jid *to)
{
	struct str x = jid_bare_text(a, from), y = jid_bare_text(a, to);
	bool in_order = is_before(x, y);
	struct str first = in_order ? x : y, second = in_order ? y : x;
	uint64_t h = UINT64_C(0xCBF29CE484222325), high, low;

	high = hash(hash(hash(h, first), STR_LIT("\n")), second);
	low = hash(hash(hash(high, second), STR_LIT("\n")), first);
	return str_fmt(a, "%016llx%016llx", (unsigned long long)high,
		       (unsigned long long)low);
}

static struct str thread_of(struct arena *a, const struct env *env,
			    const struct request *r, const struct jid *from,
			    const struct jid *to)
{
	switch (env->rules->thread) {
	case THREAD_CALL_ID:
		return message_call_id_to_thread(a, r->call_id);
	case THREAD_CONVERSATION:
		return conversation(a, from, to);
	case THREAD_NONE:
		break;
	}
	return STR_NONE;
}

static struct text *text_of(struct arena *a, struct str s)
{
	struct text *text;

	if (s.n == 0)
		return NULL;
	text = arena_new(a, struct text);
	text->s = s;
	return text;
}

/* Each language once, the first of it (RFC 6121 §5.2.4). */
static void add_subject(struct arena *a, struct text **end, struct str s,
			struct str lang)
{
	struct text *text;

	/* No label: always known. */
	(void)charset_to_utf8(a, STR_NONE, s, &s);
	text = text_of(a, one_line(a, s));
	if (text == NULL)
		return;
	text->lang = language_tag(lang);
	for (; *end != NULL; end = &(*end)->next)
		if (str_ieq((*end)->lang, text->lang))
			return;
	*end = text;
}

static struct text *subjects_of(struct arena *a, const struct request *r,
				const struct content *c)
{
	const struct cpim_subject *more;
	struct text *all = NULL;

	if (r->subject.n > 0 || !c->has_cpim) {
		add_subject(a, &all, r->subject, STR_NONE);
		return all;
	}
	add_subject(a, &all, c->cpim.subject, c->cpim.subject_lang);
	for (more = c->cpim.more_subjects; more != NULL; more = more->next)
		add_subject(a, &all, more->text, more->lang);
	return all;
}

/* Clients do not show a message that has a subject alone. */
static struct text *body_alone(struct arena *a, const struct text *subject)
{
	struct text *t = NULL;

	if (subject != NULL) {
		t = text_of(a, subject->s);
		t->lang = subject->lang;
	}
	return t;
}

static struct str first_tag(struct str languages)
{
	return language_tag(str_cut(&languages, ','));
}

/* One body speaks the language of the stanza; several say it each. */
static void languages_of(struct stanza *s, const struct request *r,
			 struct text *bodies)
{
	struct text *t;

	s->lang = first_tag(r->language);
	for (t = bodies; t != NULL; t = t->next)
		t->lang = first_tag(t->lang);
	if (s->lang.n == 0)
		s->lang = bodies->lang;
	if (str_eq(bodies->lang, s->lang))
		bodies->lang = STR_NONE;
}

static void chain(struct xml ***end, struct xml *x)
{
	if (x == NULL)
		return;
	**end = x;
	*end = &x->next;
}

/* What goes behind the text. */
static struct xml *extra_of(struct arena *a, const struct env *env,
			    const struct content *c)
{
	bool has_id = c->has_cpim && c->cpim.message_id.n > 0 &&
		      env->rules->wants_receipts;
	struct xml *first = NULL, **end = &first, *reply = NULL;

	chain(&end, c->html);
	chain(&end, c->oob);
	if (has_id && (c->cpim.wishes & CPIM_POSITIVE) != 0)
		chain(&end, xml_element(a, "request", NS_RECEIPTS));
	if (has_id && (c->cpim.wishes & CPIM_DISPLAY) != 0)
		chain(&end, xml_element(a, "markable", NS_MARKERS));
	if (env->reply_to_id.n > 0) {
		reply = xml_element(a, "reply", NS_REPLY);
		xml_set(a, reply, "id", env->reply_to_id);
	}
	chain(&end, reply);
	return first;
}

enum mapped message_to_xmpp(struct arena *a, const struct env *env,
			    const struct request *r, const struct content *c,
			    const struct jid *from, const struct jid *to,
			    struct stanza *out)
{
	struct stanza s = {
		.kind = STANZA_MESSAGE,
		.from = *from,
		.to = *to,
		.id = env->stanza_id,
	};
	struct message *m = &s.u.message;

	m->subject = subjects_of(a, r, c);
	m->body = c->bodies != NULL ? c->bodies : body_alone(a, m->subject);
	if (c->kind != CONTENT_TEXT || m->body == NULL || is_expired(env, r))
		return MAPPED_NOTHING;
	languages_of(&s, r, m->body);
	m->type = env->rules->type;
	m->thread = thread_of(a, env, r, from, to);
	m->delay_stamp = delay_of(a, env, r, c);
	m->extra = extra_of(a, env, c);
	*out = s;
	return MAPPED;
}
