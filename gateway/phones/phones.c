#include "gateway/phones/phones.h"
#include "gateway/base/log.h"
#include "gateway/phones/accounts.h"
#include "gateway/phones/bindings.h"
#include "gateway/phones/presentity.h"
#include "gateway/phones/registrar.h"
#include "mapping/address.h"

enum { REASON_MAX_BYTES = 128 };

/* On its way to one of them. */
struct branch {
	struct branch *prev, *next;
	struct fork *fork;
	size_t n;
	char contact[]; /* of the binding, which may be gone meanwhile */
};

/* One message on its way to several phones. */
struct fork {
	struct fork *prev, *next; /* of the bridge */
	struct bridge *bridge;	  /* borrowed */
	uac_fn *fn;
	void *arg;
	struct str key;		 /* owned: whose phones */
	struct branch *branches; /* owned: without an answer */
	bool is_decided;
	/* The best answer so far. */
	enum outcome_kind kind;
	bool is_cut;
	int status;
	int64_t retry_after_s;
	size_t reason_bytes;
	char reason[REASON_MAX_BYTES];
};

bool phones_serve(struct bridge *b, const struct uri *uri)
{
	return b->registrar != NULL && registrar_link(b, uri->host) != NULL;
}

bool phones_may_hear(struct link *k, const struct jid *to)
{
	struct bridge *b = k->bridge;

	return !k->cfg->plan.has_phones ||
	       registrar_find(b->registrar,
			      jid_bare_text(loop_arena(b->loop), to)) != NULL;
}

bool phones_are_there(struct bridge *b, struct link *k, const struct jid *to,
		      struct fault *why)
{
	struct arena *a = loop_arena(b->loop);
	struct uri uri;

	if (!address_contact_uri(a, &k->cfg->plan, to, &uri, NULL, why))
		return false;
	if (!phones_serve(b, &uri))
		return true; /* an alias of somebody elsewhere */
	if (!door_knows(b->door, &uri))
		return fault_set(why, 404, COND_ITEM_NOT_FOUND, "no such user");
	if (registrar_find(b->registrar, jid_bare_text(a, to)) == NULL)
		return fault_set(why, 480, COND_RECIPIENT_UNAVAILABLE,
				 "no phone is registered");
	return true;
}

/* --- the merged answer */

/* What says more about the request than about the phone comes first in its
 * class. */
static bool is_telling(int status)
{
	return status == 401 || status == 407 || status == 415 ||
	       status == 420 || status == 484;
}

static int rank(int status)
{
	int class = status / 100;

	if (class == 6)
		return 0;
	return class * 2 + !is_telling(status);
}

int phones_better(int x, int y)
{
	if (x == 0)
		return y;
	return y == 0 || rank(x) <= rank(y) ? x : y;
}

static void branch_free(struct branch *x)
{
	DL_DELETE(x->fork->branches, x);
	free(x);
}

static void fork_free(struct fork *f)
{
	struct branch *x, *next;

	DL_FOREACH_SAFE (f->branches, x, next)
		free(x);
	DL_DELETE(f->bridge->forks, f);
	str_free(&f->key);
	free(f);
}

/* A phone that is off, and registered still, costs a message all of Timer F
 * once; until it answers or registers again, a part of it. */
static void note_silence(const struct branch *branch, const struct outcome *o)
{
	const struct str contact = { branch->contact, branch->n };
	const struct fork *f = branch->fork;
	struct person *p = registrar_find(f->bridge->registrar, f->key);
	struct binding *x;

	if (p == NULL || o->kind == OUTCOME_NO_ROOM)
		return;
	DL_FOREACH (p->bindings, x)
		if (str_eq(x->contact, contact))
			x->is_silent = o->kind == OUTCOME_TIMEOUT ||
				       o->kind == OUTCOME_UNREACHABLE;
}

static void note(struct fork *f, const struct outcome *o)
{
	if (phones_better(f->status, o->status) == f->status)
		return;
	f->kind = o->kind;
	f->is_cut = o->is_cut;
	f->status = o->status;
	f->retry_after_s =
		o->response != NULL ? o->response->retry_after_s : -1;
	f->reason_bytes = str_head(o->reason, REASON_MAX_BYTES).n;
	if (f->reason_bytes > 0)
		memcpy(f->reason, o->reason.p, f->reason_bytes);
}

static void tell(struct fork *f)
{
	const struct response last = { .status = f->status,
				       .retry_after_s = f->retry_after_s };
	const struct outcome o = {
		.kind = f->kind,
		.is_cut = f->is_cut,
		.status = f->status,
		.reason = { f->reason, f->reason_bytes },
		.response = f->kind == OUTCOME_ANSWERED ? &last : NULL,
	};

	f->is_decided = true;
	f->fn(f->arg, &o);
}

static void on_branch(void *arg, const struct outcome *o)
{
	struct branch *branch = arg;
	struct fork *f = branch->fork;
	bool is_last;

	note_silence(branch, o);
	branch_free(branch);
	is_last = f->branches == NULL;
	log_debug("phone_done", F_NUM("status", o->status),
		  F_NUM("is_last", is_last));
	if (!f->is_decided) {
		if (o->kind == OUTCOME_ANSWERED && o->status < 300) {
			f->status = 0;
			note(f, o);
			tell(f);
		} else {
			note(f, o);
			if (is_last)
				tell(f);
		}
	}
	if (is_last)
		fork_free(f);
}

void phones_forget(struct bridge *b)
{
	struct fork *f, *next;

	DL_FOREACH_SAFE (b->forks, f, next)
		fork_free(f);
}

/* --- branches */

static struct branch *branch_create(struct fork *f, struct str contact)
{
	struct branch *x = malloc(sizeof(*x) + contact.n);

	if (x == NULL)
		abort();
	x->fork = f;
	x->n = contact.n;
	memcpy(x->contact, contact.p, contact.n);
	DL_APPEND(f->branches, x);
	return x;
}

static bool start_branch(struct fork *f, const struct binding *x,
			 const struct draft *d)
{
	struct bridge *b = f->bridge;
	struct draft branch = *d;
	const struct queue_place place = {
		.target = x->contact,
		.sender = uri_text(loop_arena(b->loop), &d->from.uri),
		.is_end = x->path.n == 0,
	};
	struct branch *t;
	struct outgoing *o;
	const char *why;

	if (!uri_read(x->contact, &branch.target, &why))
		return false;
	branch.route = x->path;
	branch.next_hop = x->contact;
	branch.is_once = binding_is_tied(x);
	branch.is_brief = x->is_silent;
	o = uac_prepare(agent_uac(b->agent), &branch);
	if (o == NULL)
		return false;
	t = branch_create(f, x->contact);
	if (queue_push(b->queue, &place, o, on_branch, t))
		return true;
	branch_free(t);
	outgoing_destroy(&o);
	return false;
}

/* Phones with a reg-id whose connection is gone register anew by themselves
 * (RFC 5626 §4.5): until then there is no way to them. Others are tried, once
 * if there is little hope. */
static bool has_flow(const struct binding *x)
{
	return x->reg_id > 0;
}

static void start_all(struct fork *f, const struct person *p,
		      const struct draft *d)
{
	const struct binding *x, *only = NULL;
	bool has_gr;
	struct str gr = uri_param(&d->target, "gr", &has_gr);

	if (has_gr && gr.n > 0)
		only = binding_of_instance(p, gr);
	DL_FOREACH (p->bindings, x)
		if (only == NULL || x == only)
			(void)start_branch(f, x, d);
}

bool phones_send(struct link *k, const struct jid *to, const struct draft *d,
		 uac_fn *fn, void *arg, struct fault *why)
{
	struct bridge *b = k->bridge;
	struct arena *a = loop_arena(b->loop);
	struct person *p;
	struct fork *f;

	if (!phones_are_there(b, k, to, why))
		return false;
	p = registrar_drop_cut(b->registrar, jid_bare_text(a, to), has_flow);
	if (p == NULL)
		return fault_set(why, 480, COND_RECIPIENT_UNAVAILABLE,
				 "no phone is registered");
	f = calloc(1, sizeof(*f));
	if (f == NULL)
		abort();
	*f = (struct fork){
		.bridge = b, .fn = fn, .arg = arg, .key = str_heap(p->key)
	};
	DL_APPEND(b->forks, f);
	start_all(f, p, d);
	if (f->branches != NULL)
		return true;
	fork_free(f);
	return fault_set(why, 503, COND_RESOURCE_CONSTRAINT,
			 "too many messages wait for this contact");
}

/* --- what only they may ask for */

/* Calls are not our work: on to the PBX, to the same user there. */
static void on_call(struct bridge *b, const struct request *r, struct answer *a)
{
	const struct link *k = registrar_link(b, r->target.host);
	struct arena *arena = loop_arena(b->loop);
	struct header contact = { .name = STR("Contact") };
	struct uri to;
	const char *why;

	if (k == NULL || !uri_read(k->cfg->registrar.calls, &to, &why)) {
		agent_reply(a, &(struct reply){ .status = 405 });
		return;
	}
	to.user = r->target.user;
	contact.value = str_fmt(arena, "<%.*s>", STR_ARG(uri_text(arena, &to)));
	agent_reply(a, &(struct reply){ .status = 302, .headers = &contact });
}

/* What phones alone may ask for; the methods are not ours elsewhere. */
void phones_request(struct bridge *b, const struct request *r, struct answer *a)
{
	if (r->method == METHOD_REGISTER)
		registrar_request(b->registrar, r, a);
	else if (r->method == METHOD_PUBLISH)
		presentities_publish(b->presentities, r, a);
	else
		on_call(b, r, a);
}

/* --- life */

enum { METHODS_OF_ALL = 3, METHODS_OF_PHONES = 5, METHODS_OF_CALLS };

void phones_options(const struct config *c, struct agent_options *o)
{
	o->method_count = METHODS_OF_ALL;
	for (size_t i = 0; i < c->component_count; i++) {
		const struct config_component *k = &c->components[i];

		if (!k->plan.has_phones)
			continue;
		o->extensions = STR_LIT("path, gruu, outbound, eventlist");
		if (k->registrar.calls.n > 0)
			o->method_count = METHODS_OF_CALLS;
		else if (o->method_count < METHODS_OF_PHONES)
			o->method_count = METHODS_OF_PHONES;
	}
}

bool phones_open(struct bridge *b, const char **why)
{
	struct agent_options o = { .method_count = 0 };

	phones_options(b->cfg, &o);
	if (o.method_count == METHODS_OF_ALL)
		return true;
	b->registrar = registrar_create(b, why);
	if (b->registrar == NULL || !accounts_load(b, why))
		return false;
	b->presentities = presentities_create(b, why);
	return b->presentities != NULL;
}

void phones_close(struct bridge *b)
{
	presentities_destroy(&b->presentities);
	registrar_destroy(&b->registrar);
	accounts_fini(b);
}
