#include "xmpp/component.h"

#include <assert.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include "xmpp/uplink.h"
#include "xmpp/ns.h"

enum {
	DEPTH_MAX = 32,
	ATTRS_MAX = 64,
	HEADER_MAX_BYTES = 8192,
};

/* What 0 stands for in the options. */
static const struct component_options defaults = {
	.stanza_max_bytes = 256 * 1024,
	.queue_max_bytes = 4 * 1024 * 1024,
	.queue_max_stanzas = 2000,
	.backoff_min_ms = 500,
	.backoff_max_ms = 60000,
	.connect_timeout_ms = 10000,
	.ping_idle_ms = 15000,
	.ping_timeout_ms = 15000,
};

#define DEFAULT(o, field)                                                      \
	((o)->field = (o)->field != 0 ? (o)->field : defaults.field)

static void set_defaults(struct component_options *o)
{
	DEFAULT(o, stanza_max_bytes);
	DEFAULT(o, queue_max_bytes);
	DEFAULT(o, queue_max_stanzas);
	DEFAULT(o, backoff_min_ms);
	DEFAULT(o, backoff_max_ms);
	DEFAULT(o, connect_timeout_ms);
	DEFAULT(o, ping_idle_ms);
	DEFAULT(o, ping_timeout_ms);
}

static void own_strings(struct component_options *o)
{
	struct str server = o->server.n > 0 ? o->server : o->domain;
	struct str tls_name = o->tls_name.n > 0 ? o->tls_name : o->host;

	o->domain = str_heap(o->domain);
	o->server = str_heap(server);
	o->host = str_heap(o->host);
	o->secret = str_heap(o->secret);
	o->tls_name = str_heap(tls_name);
}

/* XEP-0114 §3: 'to' is our own name. */
static struct str header_dup(struct str domain)
{
	struct strbuf b;
	struct str header;

	strbuf_init(&b, HEADER_MAX_BYTES);
	strbuf_addlit(&b, "<?xml version='1.0'?><stream:stream "
			  "xmlns='" NS_COMPONENT "' "
			  "xmlns:stream='" NS_STREAM "'");
	xml_put_attr(&b, "to", domain);
	strbuf_addc(&b, '>');
	header = str_heap(strbuf_str(&b));
	strbuf_fini(&b);
	return header;
}

struct component *component_create(struct loop *l,
				   const struct component_options *o,
				   const struct component_events *e, void *arg)
{
	struct component *c = calloc(1, sizeof(*c));
	struct stream_limits limits = { .depth_max = DEPTH_MAX,
					.attrs_max = ATTRS_MAX };

	if (c == NULL)
		abort();
	c->loop = l;
	c->o = *o;
	c->events = *e;
	c->arg = arg;
	set_defaults(&c->o);
	own_strings(&c->o);
	c->header = header_dup(c->o.domain);
	limits.stanza_max_bytes = c->o.stanza_max_bytes;
	c->stream = stream_create(&limits, &session_events, c);
	uplink_init(c);
	sendq_init(&c->queue, c->o.queue_max_bytes, c->o.queue_max_stanzas,
		   c->o.stanza_max_bytes);
	retry_init(&c->retry, c->o.backoff_min_ms, c->o.backoff_max_ms,
		   loop_now_ms(l));
	memcpy(c->why, "not started", sizeof("not started"));
	return c;
}

/* It does not stay behind in freed memory. */
static void free_secret(struct component *c)
{
	OPENSSL_cleanse((void *)(uintptr_t)c->o.secret.p, c->o.secret.n);
	str_free(&c->o.secret);
}

static void free_strings(struct component *c)
{
	free_secret(c);
	str_free(&c->o.domain);
	str_free(&c->o.server);
	str_free(&c->o.host);
	str_free(&c->o.tls_name);
	str_free(&c->header);
}

void component_destroy(struct component **cp)
{
	struct component *c = *cp;

	if (c == NULL)
		return;
	*cp = NULL;
	uplink_hang_up(c);
	loop_timer_stop(&c->step);
	loop_timer_stop(&c->alive);
	loop_hook_remove(&c->flush);
	dial_destroy(&c->dial);
	stream_destroy(&c->stream);
	sendq_fini(&c->queue);
	free_strings(c);
	free(c);
}

void component_start(struct component *c)
{
	if (c->state == UPLINK_IDLE)
		uplink_start(c);
}

void component_set_secret(struct component *c, struct str secret)
{
	if (str_eq(secret, c->o.secret))
		return;
	free_secret(c);
	c->o.secret = str_heap(secret);
	c->retry.refusals = 0;
	if (c->state == UPLINK_WAITING)
		uplink_start(c);
}

void component_close(struct component *c)
{
	c->wants_end = true;
	if (c->state == UPLINK_UP)
		uplink_finish(c);
	if (c->state == UPLINK_CLOSING || c->state == UPLINK_FAILED)
		return;
	uplink_hang_up(c);
	dial_stop(c->dial);
	loop_timer_stop(&c->step);
	c->state = UPLINK_CLOSED;
}

bool component_is_up(const struct component *c)
{
	return c->state == UPLINK_UP && !c->is_mute;
}

const char *component_why(const struct component *c)
{
	return c->why;
}

struct str component_domain(const struct component *c)
{
	return c->o.domain;
}

/* --- writing */

struct strbuf *component_begin(struct component *c)
{
	return component_is_up(c) ? sendq_begin(&c->queue) : NULL;
}

struct strbuf *component_begin_answer(struct component *c)
{
	return component_is_up(c) ? sendq_begin_answer(&c->queue) : NULL;
}

void component_tap(struct component *c, component_tap_fn *fn)
{
	c->tap = fn;
}

bool component_end(struct component *c)
{
	if (!sendq_end(&c->queue))
		return false;
	if (c->tap != NULL)
		c->tap(c->arg, true,
		       str_from(strbuf_str(&c->queue.buf), c->queue.begun));
	c->counters.stanzas_out++;
	return true;
}

void component_abort(struct component *c)
{
	sendq_abort(&c->queue);
}

bool component_has_room(const struct component *c)
{
	return component_is_up(c) && sendq_has_room(&c->queue);
}

size_t component_queued_bytes(const struct component *c)
{
	return sendq_bytes(&c->queue);
}

void component_pause(struct component *c, bool is_paused)
{
	uint64_t now = loop_now_ms(c->loop);

	if (c->is_paused == is_paused)
		return;
	c->is_paused = is_paused;
	/* The time in which we did not listen is not the server's silence. */
	pulse_heard(&c->pulse, now);
	pulse_wrote(&c->pulse, now);
	uplink_watch(c);
}

const struct component_counters *component_counters(const struct component *c)
{
	return &c->counters;
}

void component_digest(struct str id, struct str secret, char out[41])
{
	unsigned char sum[EVP_MAX_MD_SIZE];
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	struct strbuf hex;
	unsigned n = 0;

	if (ctx == NULL || EVP_DigestInit_ex(ctx, EVP_sha1(), NULL) != 1 ||
	    EVP_DigestUpdate(ctx, id.p, id.n) != 1 ||
	    EVP_DigestUpdate(ctx, secret.p, secret.n) != 1 ||
	    EVP_DigestFinal_ex(ctx, sum, &n) != 1)
		abort();
	EVP_MD_CTX_free(ctx);
	strbuf_init(&hex, 40);
	strbuf_addhex(&hex, sum, n);
	memcpy(out, hex.p, 40);
	out[40] = '\0';
	strbuf_fini(&hex);
}
