#include "gateway/services/privilege.h"
#include <assert.h>
#include "gateway/base/log.h"
#include "gateway/bridge.h"
#include "gateway/presence/tally.h"
#include "gateway/services/nicks.h"
#include "xmpp/ns.h"

enum { ANSWER_MS = 10000, ERRANDS_MAX = 1000, ID_BYTES = 17 };

/* One iq to a roster whose answer is awaited. */
struct errand {
	struct errand *prev, *next;
	struct privilege *privilege; /* borrowed */
	privilege_fn *fn;	     /* NULL: a name is to be given */
	void *arg;
	bool is_removal;
	struct loop_timer timer;	/* one that could not be sent */
	struct str user, contact, name; /* heap */
};

struct privilege {
	struct link *link;	/* borrowed */
	struct tally granted;	/* domains whose rosters may be changed */
	struct errand *errands; /* owned list */
	size_t count;
};

/* --- what is granted */

static void set_roster(struct privilege *p, struct str domain, bool has)
{
	bool had = tally_count(&p->granted, domain) > 0;

	if (has && !had)
		tally_add(&p->granted, domain);
	if (!has && had)
		tally_drop(&p->granted, domain);
}

bool privilege_has_roster(const struct link *k, struct str domain)
{
	return link_serves(k, domain) &&
	       tally_count(&k->privilege->granted, domain) > 0 &&
	       component_is_up(k->component);
}

void privilege_lost(struct privilege *p)
{
	tally_fini(&p->granted);
}

static const struct xml *granted_of(const struct stanza *s)
{
	const struct xml *x = xml_child(s->el, "privilege", NS_PRIVILEGE_2);

	return x != NULL ? x : xml_child(s->el, "privilege", NS_PRIVILEGE_1);
}

/* Only a domain that is served speaks for its users, and nobody in it. */
bool privilege_offer(struct link *k, const struct stanza *s)
{
	const struct xml *x = granted_of(s), *perm;
	bool has_roster = false;

	if (x == NULL || s->from.local.n > 0 || s->from.resource.n > 0 ||
	    !link_serves(k, s->from.domain))
		return false;
	for (perm = xml_child(x, "perm", NULL); perm != NULL;
	     perm = xml_next(perm, "perm", NULL))
		if (str_eqz(xml_attr(perm, "access"), "roster") &&
		    str_eqz(xml_attr(perm, "type"), "both"))
			has_roster = true;
	set_roster(k->privilege, s->from.domain, has_roster);
	log_info("privileges", F_STR("component", k->cfg->domain),
		 F_STR("domain", s->from.domain),
		 F_Z("roster", has_roster ? "yes" : "no"));
	return true;
}

/* --- errands */

static struct errand *errand_create(struct link *k, const struct jid *user,
				    const struct jid *contact, struct str name)
{
	struct arena *a = loop_arena(k->bridge->loop);
	struct errand *e = calloc(1, sizeof(*e));

	if (e == NULL)
		abort();
	e->privilege = k->privilege;
	e->user = str_heap(jid_bare_text(a, user));
	e->contact = str_heap(jid_bare_text(a, contact));
	e->name = str_heap(name);
	DL_APPEND(k->privilege->errands, e);
	k->privilege->count++;
	return e;
}

static void errand_end(struct errand *e, bool is_done, const char *why)
{
	DL_DELETE(e->privilege->errands, e);
	e->privilege->count--;
	loop_timer_stop(&e->timer);
	if (e->fn != NULL)
		e->fn(e->arg, is_done, why);
	str_free(&e->user);
	str_free(&e->contact);
	str_free(&e->name);
	free(e);
}

static void on_busy(void *arg)
{
	errand_end(arg, false, "too much to do: try again later");
}

static void send_iq(struct errand *e, enum iq_type type, struct xml *query,
		    pending_fn *fn)
{
	struct link *k = e->privilege->link;
	struct arena *a = loop_arena(k->bridge->loop);
	struct stanza s = { .kind = STANZA_IQ,
			    .from = { .domain = k->cfg->domain },
			    .u.iq.type = type };
	char *id = arena_alloc(a, ID_BYTES);
	const char *why;

	if (e->privilege->count > ERRANDS_MAX ||
	    !component_is_up(k->component) ||
	    !jid_read(a, e->user, &s.to, &why) ||
	    !pending_add(k->pending, e->user, ANSWER_MS, fn, e, id)) {
		loop_timer_start(k->bridge->loop, &e->timer, 0, on_busy, e);
		return;
	}
	s.id = str_z(id);
	iq_write(link_begin(k), &s, query);
	link_end(k);
}

/* What was granted does not work (ejabberd 23.01 grants what it cannot do): it
 * is not tried again before it is granted again. */
static void on_refused(struct errand *e, const struct stanza *answer)
{
	struct link *k = e->privilege->link;

	log_info("privilege_refused", F_STR("component", k->cfg->domain),
		 F_STR("domain", answer->from.domain),
		 F_STR("condition", cond_name(answer->error.cond)));
	set_roster(e->privilege, answer->from.domain, false);
	errand_end(e, false, "the XMPP server refuses it");
}

/* It is about this entry (RFC 6121 §2.3.3) or this user, and says nothing of
 * what is granted. */
static bool is_of_this_one(enum cond c)
{
	return c == COND_NOT_ACCEPTABLE || c == COND_BAD_REQUEST ||
	       c == COND_RESOURCE_CONSTRAINT || c == COND_POLICY_VIOLATION;
}

static void on_set(void *arg, const struct stanza *answer)
{
	struct errand *e = arg;

	if (answer == NULL)
		errand_end(e, false, "no answer from the XMPP server");
	else if (answer->u.iq.type != IQ_ERROR)
		errand_end(e, true, "");
	else if (answer->error.cond == COND_ITEM_NOT_FOUND)
		errand_end(e, e->is_removal, "there is no such entry");
	else if (is_of_this_one(answer->error.cond))
		errand_end(e, false, "the XMPP server does not take it");
	else
		on_refused(e, answer);
}

/* Groups stay what they are. */
static void roster_set(struct errand *e, const char *subscription,
		       const struct xml *old)
{
	struct arena *a = loop_arena(e->privilege->link->bridge->loop);
	struct xml *query = xml_element(a, "query", NS_ROSTER);
	struct xml *item = xml_add(a, query, "item", NULL);
	const struct xml *group;

	xml_set(a, item, "jid", e->contact);
	if (e->name.n > 0)
		xml_set(a, item, "name", e->name);
	if (subscription != NULL)
		xml_set(a, item, "subscription", str_z(subscription));
	group = old == NULL ? NULL : xml_child(old, "group", NULL);
	for (; group != NULL; group = xml_next(group, "group", NULL))
		xml_add_text(a, xml_add(a, item, "group", NULL),
			     xml_text(a, group));
	send_iq(e, IQ_SET, query, on_set);
}

void privilege_put(struct link *k, const struct jid *user,
		   const struct jid *contact, struct str name, privilege_fn *fn,
		   void *arg)
{
	struct errand *e = errand_create(k, user, contact, name);

	assert(privilege_has_roster(k, user->domain));
	e->fn = fn;
	e->arg = arg;
	roster_set(e, NULL, NULL);
}

void privilege_remove(struct link *k, const struct jid *user,
		      const struct jid *contact, privilege_fn *fn, void *arg)
{
	struct errand *e = errand_create(k, user, contact, STR_NONE);

	assert(privilege_has_roster(k, user->domain));
	e->fn = fn;
	e->arg = arg;
	e->is_removal = true;
	roster_set(e, "remove", NULL);
}

/* --- names */

static const struct xml *item_find(const struct xml *query, struct str contact)
{
	const struct xml *item = xml_child(query, "item", NULL);

	while (item != NULL && !str_eq(xml_attr(item, "jid"), contact))
		item = xml_next(item, "item", NULL);
	return item;
}

static void on_roster(void *arg, const struct stanza *answer)
{
	struct errand *e = arg;
	const struct xml *item = NULL;

	if (answer != NULL && answer->u.iq.type == IQ_RESULT &&
	    answer->u.iq.payload != NULL)
		item = item_find(answer->u.iq.payload, e->contact);
	if (item == NULL || xml_attr(item, "name").n > 0)
		errand_end(e, false, "");
	else
		roster_set(e, NULL, item);
}

void privilege_name(struct link *k, const struct jid *user,
		    const struct jid *contact, struct str name)
{
	if (name.n == 0 || !privilege_has_roster(k, user->domain))
		return;
	send_iq(errand_create(k, user, contact, name), IQ_GET,
		xml_element(loop_arena(k->bridge->loop), "query", NS_ROSTER),
		on_roster);
}

/* A contact who is new there, and whose name is known, gets it. */
static void on_item(struct link *k, const struct jid *user,
		    const struct xml *item, struct arena *a)
{
	const char *why;
	struct jid contact;

	if (item == NULL || xml_attr(item, "name").n > 0 ||
	    str_eqz(xml_attr(item, "subscription"), "remove") ||
	    !jid_read(a, xml_attr(item, "jid"), &contact, &why) ||
	    !str_eq(contact.domain, k->cfg->domain))
		return;
	privilege_name(k, user, &contact,
		       nicks_get(k->bridge->nicks, &contact));
}

bool privilege_push(struct link *k, const struct stanza *s, struct arena *a)
{
	const struct xml *query = s->u.iq.payload;

	if (s->u.iq.type != IQ_SET || query == NULL ||
	    !xml_is(query, "query", NS_ROSTER) || s->to.local.n > 0 ||
	    s->from.resource.n > 0 || !privilege_has_roster(k, s->from.domain))
		return false;
	result_write(link_begin(k), s, NULL);
	link_end(k);
	on_item(k, &s->from, xml_child(query, "item", NULL), a);
	return true;
}

/* --- life */

struct privilege *privilege_create(struct link *k)
{
	struct privilege *p = calloc(1, sizeof(*p));

	if (p == NULL)
		abort();
	p->link = k;
	return p;
}

void privilege_destroy(struct privilege **pp)
{
	struct privilege *p = *pp;

	if (p == NULL)
		return;
	*pp = NULL;
	while (p->errands != NULL)
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): it shortens it */
		errand_end(p->errands, false, "the gateway is shutting down");
	tally_fini(&p->granted);
	free(p);
}
