#include "gateway/base/log.h"
#include "gateway/bridge.h"
#include "gateway/messages/aside.h"
#include "mapping/address.h"
#include "mapping/cpim.h"
#include "mapping/datetime.h"

enum { TOKEN_BYTES = 24, MAX_FORWARDS = 70, ID_TOKEN_BYTES = 12 };

/* One under way. */
struct aside_sent {
	struct aside_sent *prev, *next; /* of the bridge */
	struct bridge *bridge;		/* borrowed */
	enum skill skill;
	size_t n;
	char contact[];
};

static void sent_destroy(struct aside_sent *x)
{
	DL_DELETE(x->bridge->asides, x);
	free(x);
}

void aside_forget(struct bridge *b)
{
	struct aside_sent *x, *next;

	DL_FOREACH_SAFE (b->asides, x, next)
		sent_destroy(x);
}

/* Refusals that say "I do not know what this is", not "I am not here". */
static bool is_not_understood(const struct outcome *o)
{
	switch (o->status) {
	case 405:
	case 406:
	case 415:
	case 488:
	case 501:
	case 606:
		return o->kind == OUTCOME_ANSWERED;
	default:
		return false;
	}
}

static void on_done(void *arg, const struct outcome *o)
{
	struct aside_sent *x = arg;
	struct str contact = { x->contact, x->n };

	log_debug("aside_done", F_STR("contact", contact),
		  F_NUM("status", o->status));
	if (is_not_understood(o))
		skills_learn(x->bridge->skills, contact, x->skill, false);
	sent_destroy(x);
}

static void wrap(struct arena *a, const struct aside *what, struct str token,
		 struct draft *d)
{
	const struct cpim c = {
		.from = uri_text(a, &d->from.uri),
		.to = uri_text(a, &d->target),
		.date_time = datetime_write_stamp(a, loop_wall_ms() / 1000),
		.message_id = token,
	};
	const struct cpim_body body = { what->content_type,
					STR_LIT("notification"), what->body };
	struct strbuf b;

	strbuf_init(&b, ASIDE_MAX_BYTES);
	cpim_write(&b, &c, &body);
	d->content_type = STR_LIT("message/cpim");
	d->body = str_dup(a, strbuf_str(&b));
	strbuf_fini(&b);
}

static const struct header FLEETING = { .name = STR("Expires"),
					.value = STR("0") };

static bool draft_of(struct link *k, struct arena *a, struct str user,
		     struct str contact, const struct aside *what,
		     struct draft *d)
{
	const struct address_plan *plan = &k->cfg->plan;
	char *token = arena_alloc(a, 3 * TOKEN_BYTES);
	struct jid from, to;
	struct fault ignored;
	const char *why;

	keyed_token(token, 3 * TOKEN_BYTES);
	*d = (struct draft){
		.method = METHOD_MESSAGE,
		.cseq = 1,
		.max_forwards = MAX_FORWARDS,
		.call_id = { token, TOKEN_BYTES },
		.next_hop = k->cfg->next_hop,
		.headers = what->is_fleeting ? &FLEETING : NULL,
		.content_type = what->content_type,
		.body = what->body,
	};
	if (!jid_read(a, user, &from, &why) || !jid_read(a, contact, &to, &why))
		return false;
	if (!address_contact_uri(a, plan, &to, &d->target, NULL, &ignored) ||
	    !address_user_uri(a, plan, &from, &d->from.uri, NULL, &ignored))
		return false;
	d->to.uri = d->target;
	d->from.tag = (struct str){ token + TOKEN_BYTES, TOKEN_BYTES / 2 };
	if (what->is_cpim)
		wrap(a, what,
		     (struct str){ token + 2 * TOKEN_BYTES, TOKEN_BYTES }, d);
	return true;
}

static struct aside_sent *sent_create(struct bridge *b, struct str contact,
				      enum skill skill)
{
	struct aside_sent *x = malloc(sizeof(*x) + contact.n);

	if (x == NULL)
		abort();
	x->bridge = b;
	x->skill = skill;
	x->n = contact.n;
	memcpy(x->contact, contact.p, contact.n);
	DL_APPEND(b->asides, x);
	return x;
}

bool aside_to_contact(struct link *k, struct str user, struct str contact,
		      const struct aside *what)
{
	struct bridge *b = k->bridge;
	struct arena *a = loop_arena(b->loop);
	struct aside_sent *x;
	struct outgoing *o;
	struct draft d;
	struct queue_place place;

	if (b->is_draining || !draft_of(k, a, user, contact, what, &d))
		return false;
	place = (struct queue_place){
		.target = uri_text(a, &d.target),
		.sender = str_head(user, str_find(user, '/')),
	};
	if (what->is_fleeting && queue_is_busy(b->queue, place.target))
		return false;
	o = uac_prepare(agent_uac(b->agent), &d);
	if (o == NULL)
		return false;
	x = sent_create(b, contact, what->skill);
	if (queue_push(b->queue, &place, o, on_done, x))
		return true;
	outgoing_destroy(&o);
	sent_destroy(x);
	return false;
}

bool aside_is_id(struct str id)
{
	return str_starts(id, ASIDE_ID);
}

void aside_to_user(struct link *k, struct stanza *s, const struct xml *x)
{
	struct arena *a = loop_arena(k->bridge->loop);
	char token[ID_TOKEN_BYTES + 1];
	struct strbuf *b;

	keyed_token(token, ID_TOKEN_BYTES);
	token[ID_TOKEN_BYTES] = '\0';
	s->id = str_fmt(a, ASIDE_ID "%s", token);
	b = link_begin(k);
	message_write(b, s, x);
	link_end(k);
}
