#include "gateway/phones/phonebook.h"
#include <stdlib.h>
#include <string.h>

/* A record: "1", then ten fields a binding, apart by tabs; "-" is none. */
static const char VERSION[] = "1";

struct phonebook {
	struct person *people; /* owned; table */
	size_t count;
};

struct phonebook *phonebook_create(void)
{
	struct phonebook *b = calloc(1, sizeof(*b));

	if (b == NULL)
		abort();
	return b;
}

static void person_free(struct phonebook *b, struct person *p)
{
	person_drop_all(b, p);
	person_bindings_free(&p->kept);
	HASH_DEL(b->people, p);
	str_free(&p->key);
	free(p);
}

void phonebook_destroy(struct phonebook **bp)
{
	struct phonebook *b = *bp;
	struct person *p, *tmp;

	if (b == NULL)
		return;
	*bp = NULL;
	HASH_ITER (hh, b->people, p, tmp)
		person_free(b, p);
	free(b);
}

struct person *phonebook_find(const struct phonebook *b, struct str key)
{
	struct person *p;

	HASH_FIND(hh, b->people, key.p, key.n, p);
	return p;
}

struct person *phonebook_get(struct phonebook *b, struct str key)
{
	struct person *p = phonebook_find(b, key);

	if (p != NULL)
		return p;
	p = calloc(1, sizeof(*p));
	if (p == NULL)
		abort();
	p->key = str_heap(key);
	HASH_ADD_KEYPTR(hh, b->people, p->key.p, p->key.n, p);
	return p;
}

void phonebook_tidy(struct phonebook *b, struct person *p)
{
	if (p->bindings == NULL && p->pending == 0 && !p->is_owed)
		person_free(b, p);
}

size_t phonebook_count(const struct phonebook *b)
{
	return b->count;
}

void phonebook_each(struct phonebook *b, phonebook_fn *fn, void *arg)
{
	struct person *p, *tmp;

	HASH_ITER (hh, b->people, p, tmp)
		fn(arg, p);
}

/* --- bindings */

static bool is_same_contact(const struct binding *x, const struct uri *uri)
{
	struct uri u;
	const char *why;

	return uri_read(x->contact, &u, &why) && uri_eq(&u, uri);
}

struct binding *person_find(const struct person *p,
			    const struct registration_contact *c)
{
	struct binding *x;

	DL_FOREACH (p->bindings, x) {
		if (c->reg_id > 0 && x->reg_id > 0) {
			if (c->reg_id == x->reg_id &&
			    str_eq(c->instance, x->instance))
				return x;
		} else if (is_same_contact(x, &c->uri)) {
			return x;
		}
	}
	return NULL;
}

/* A copy of what the slices of x are of. */
static struct binding *binding_dup(const struct binding *x)
{
	struct binding *c = malloc(sizeof(*c) + x->contact.n + x->instance.n +
				   x->path.n + x->call_id.n);
	char *p;

	if (c == NULL)
		abort();
	memcpy(c, x, sizeof(*c));
	p = c->block;
	c->contact = str_put(&p, x->contact);
	c->instance = str_put(&p, x->instance);
	c->path = str_put(&p, x->path);
	c->call_id = str_put(&p, x->call_id);
	c->prev = c->next = NULL;
	return c;
}

/* x is theirs from here on. */
static void link_up(struct phonebook *b, struct person *p, struct binding *x)
{
	DL_APPEND(p->bindings, x);
	p->count++;
	b->count++;
}

static struct binding *add(struct phonebook *b, struct person *p,
			   const struct binding *x)
{
	struct binding *c = binding_dup(x);

	link_up(b, p, c);
	return c;
}

struct binding *person_put(struct phonebook *b, struct person *p,
			   const struct registration *reg,
			   const struct registration_contact *c,
			   const struct request *r, int64_t now_s)
{
	struct binding *old = person_find(p, c);
	const struct binding x = {
		.contact = c->text,
		.instance = c->instance,
		.path = reg->path,
		.call_id = r->call_id,
		.cseq = r->cseq,
		.reg_id = c->reg_id,
		.q = c->q,
		.expires_at_s = now_s + c->expires_s,
		.is_direct = reg->is_direct,
		.transport = r->source.transport,
		.from = r->source.peer,
		.socket = r->source.socket,
		.conn = r->source.conn,
	};

	if (old != NULL)
		person_drop(b, p, old);
	return add(b, p, &x);
}

void person_drop(struct phonebook *b, struct person *p, struct binding *x)
{
	DL_DELETE(p->bindings, x);
	p->count--;
	b->count--;
	free(x);
}

void person_drop_all(struct phonebook *b, struct person *p)
{
	while (p->bindings != NULL)
		person_drop(b, p, p->bindings);
}

bool person_expire(struct phonebook *b, struct person *p, int64_t now_s)
{
	struct binding *x, *tmp;
	bool is_changed = false;

	DL_FOREACH_SAFE (p->bindings, x, tmp) {
		if (x->expires_at_s > now_s)
			continue;
		person_drop(b, p, x);
		is_changed = true;
	}
	return is_changed;
}

static struct binding *bindings_dup(const struct binding *from)
{
	struct binding *all = NULL, *c;
	const struct binding *x;

	DL_FOREACH (from, x) {
		c = binding_dup(x);
		DL_APPEND(all, c);
	}
	return all;
}

struct binding *person_bindings_dup(const struct person *p)
{
	return bindings_dup(p->bindings);
}

void person_bindings_free(struct binding **all)
{
	struct binding *x;

	while ((x = *all) != NULL) {
		DL_DELETE(*all, x);
		free(x);
	}
}

void person_take(struct phonebook *b, struct person *p, struct binding **all)
{
	struct binding *x;

	person_drop_all(b, p);
	while ((x = *all) != NULL) {
		DL_DELETE(*all, x);
		link_up(b, p, x);
	}
}

/* --- changes that may fail */

void person_begin_change(struct person *p)
{
	if (p->pending++ == 0)
		p->kept = person_bindings_dup(p);
}

void person_keep(struct person *p, struct binding **all)
{
	person_bindings_free(&p->kept);
	p->kept = *all;
	*all = NULL;
}

void person_take_back(struct phonebook *b, struct person *p)
{
	struct binding *all = bindings_dup(p->kept);

	person_take(b, p, &all);
	p->lost++;
}

void person_end_change(struct person *p)
{
	if (--p->pending == 0)
		person_bindings_free(&p->kept);
}

const struct binding *person_written(const struct person *p)
{
	return p->pending > 0 ? p->kept : p->bindings;
}

int64_t person_last_s(const struct person *p)
{
	const struct binding *x;
	int64_t last = 0;

	DL_FOREACH (p->bindings, x)
		if (x->expires_at_s > last)
			last = x->expires_at_s;
	return last;
}

/* --- as text */

/* No field can hold a tab but the path, where a blank means the same. */
static void put_text(struct strbuf *out, struct str s)
{
	strbuf_addc(out, '\t');
	if (s.n == 0)
		strbuf_addc(out, '-');
	for (size_t i = 0; i < s.n; i++)
		strbuf_addc(out, s.p[i] == '\t' ? ' ' : s.p[i]);
}

static void put_number(struct strbuf *out, uint64_t v)
{
	strbuf_addc(out, '\t');
	strbuf_addu(out, v);
}

void person_write(struct strbuf *out, const struct person *p)
{
	const struct binding *x;

	strbuf_addz(out, VERSION);
	DL_FOREACH (p->bindings, x) {
		put_number(out, (uint64_t)x->expires_at_s);
		put_number(out, x->q);
		put_number(out, x->cseq);
		put_number(out, x->reg_id);
		put_text(out, x->call_id);
		put_text(out, x->instance);
		put_text(out, x->path);
		put_text(out, transport_name(x->transport));
		strbuf_addc(out, '\t');
		strbuf_addc(out, x->is_direct ? 'd' : 'p');
		strbuf_addu(out, x->socket);
		strbuf_addc(out, ' ');
		endpoint_write(out, &x->from);
		put_text(out, x->contact);
	}
}

static struct str take_text(struct str *line)
{
	struct str s = str_cut(line, '\t');

	return str_eqz(s, "-") ? STR_NONE : s;
}

/* "192.0.2.1:5060", "[2001:db8::1]:5060". */
static bool endpoint_take(struct str s, union endpoint *out)
{
	size_t colon = s.n;
	uint32_t port;

	while (colon > 0 && s.p[colon - 1] != ':')
		colon--;
	return colon > 0 && str_to_u32(str_from(s, colon), &port) &&
	       port <= UINT16_MAX &&
	       endpoint_read(str_head(s, colon - 1), (uint16_t)port, out);
}

static bool flow_take(struct str s, struct binding *x)
{
	struct str mark = str_cut(&s, ' ');
	bool is_proxy = str_starts(mark, "p");

	x->is_direct = str_starts(mark, "d");
	return (is_proxy || x->is_direct) &&
	       str_to_u32(str_from(mark, 1), &x->socket) &&
	       endpoint_take(s, &x->from);
}

static bool binding_take(struct str *line, struct binding *x)
{
	uint64_t expires;
	uint32_t q;
	struct uri u;
	const char *why;
	struct str flow;

	*x = (struct binding){ .conn = 0 };
	if (!str_to_u64(str_cut(line, '\t'), &expires) ||
	    !str_to_u32(str_cut(line, '\t'), &q) ||
	    !str_to_u32(str_cut(line, '\t'), &x->cseq) ||
	    !str_to_u32(str_cut(line, '\t'), &x->reg_id))
		return false;
	x->expires_at_s = (int64_t)expires;
	x->q = q;
	x->call_id = take_text(line);
	x->instance = take_text(line);
	x->path = take_text(line);
	if (!transport_read(str_cut(line, '\t'), &x->transport))
		return false;
	flow = str_cut(line, '\t');
	x->contact = take_text(line);
	return flow_take(flow, x) && uri_read(x->contact, &u, &why);
}

bool person_read(struct phonebook *b, struct person *p, struct str line)
{
	struct binding x;

	person_drop_all(b, p);
	if (!str_eqz(str_cut(&line, '\t'), VERSION))
		return false;
	while (line.n > 0) {
		if (!binding_take(&line, &x)) {
			person_drop_all(b, p);
			return false;
		}
		add(b, p, &x);
	}
	return true;
}
