#include "sip/responder.h"
#include <stdlib.h>
#include <string.h>
#include "gateway/base/log.h"
#include "gateway/base/table.h"
#include "sip/reader.h"
#include "sip/writer.h"

enum {
	RECALL_MAX_BYTES = 32 * 1024 * 1024,
	KEEP_MS = 32000, /* Timer J */
	SAY_EVERY_MS = 60000,
	IDLE_MS = 10000,
	SECONDS_TEXT_BYTES = 16,
	TERSE_TAG_BYTES = 8
};

/* The way back, smaller than a struct hop. */
struct way {
	enum transport transport;
	union endpoint peer;   /* where a datagram goes */
	union endpoint listen; /* source address, port of sent-by */
	uint32_t socket;
	uint64_t conn;
};

struct answer {
	struct answer *prev, *next;
	struct responder *responder; /* borrowed: owns us */
	struct replay_key key;
	struct way way;
	uint64_t since_ms;
	char tag[17];
	size_t echo_bytes;
	char echo[];
};

void responder_init(struct responder *s, struct loop *l,
		    struct transport_set *t, size_t replay_max)
{
	memset(s, 0, sizeof(*s));
	s->loop = l;
	s->transport = t;
	s->replay = replay_create(replay_max);
	s->idle_ms = IDLE_MS;
	s->recall = recall_create(RECALL_MAX_BYTES, KEEP_MS);
	strbuf_init(&s->scratch, SIP_MESSAGE_MAX_BYTES);
}

static void answer_close(struct answer *a)
{
	DL_DELETE(a->responder->answers, a);
	a->responder->answer_count--;
	free(a);
}

void responder_fini(struct responder *s)
{
	while (s->answers != NULL)
		/* shortens it: NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
		answer_close(s->answers);
	loop_timer_stop(&s->idle);
	replay_destroy(&s->replay);
	recall_destroy(&s->recall);
	strbuf_fini(&s->scratch);
}

/* --- the way back */

static void set_port(union endpoint *e, uint16_t port)
{
	if (e->sa.sa_family == AF_INET6)
		e->in6.sin6_port = htons(port);
	else
		e->in.sin_port = htons(port);
}

/* RFC 3261 §18.2.2 and RFC 3581 §4. A maddr in Via is not followed: whoever
 * sends a request must not choose a third party for its answer. */
static struct way way_back(const struct request *r)
{
	struct way w = { .transport = r->source.transport,
			 .peer = r->source.peer,
			 .listen = r->source.peer,
			 .socket = r->source.socket,
			 .conn = r->source.conn };

	set_port(&w.listen, r->sent_by_port);
	if (!r->wants_rport)
		w.peer = w.listen;
	return w;
}

/* §18.2.2: the same connection; if that is gone, a new one to where the peer
 * listens. Not so with TLS: there is no name to check. */
static void way_send(struct responder *s, const struct way *w, struct str bytes)
{
	struct hop hop = { .transport = w->transport,
			   .peer = w->peer,
			   .socket = w->socket,
			   .conn = w->conn };
	const char *why;

	if (transport_send(s->transport, &hop, bytes) ||
	    hop.transport != TRANSPORT_TCP)
		return;
	hop.peer = w->listen;
	hop.conn = 0;
	if (transport_prepare(s->transport, &hop, &why))
		(void)transport_send(s->transport, &hop, bytes);
}

/* --- the text */

/* For datagrams: no reason, no length, half a tag. */
static void response_write_terse(struct strbuf *b, const struct reply *reply,
				 struct str echo, const char *tag)
{
	static const char end[] = "Content-Length: 0\r\n\r\n";

	strbuf_reset(b);
	writer_response(b, reply->status, STR_LIT(""), echo,
			str_head(str_z(tag), TERSE_TAG_BYTES), reply->headers,
			STR_NONE, STR_NONE);
	if (b->overflow)
		return;
	strbuf_truncate(b, b->n - strlen(end));
	strbuf_addlit(b, "\r\n");
}

static void response_write(struct strbuf *b, const struct reply *reply,
			   struct str echo, const char *tag)
{
	struct header retry = { .next = reply->headers,
				.name = STR("Retry-After") };
	const struct header *headers = reply->headers;
	char text[SECONDS_TEXT_BYTES];
	size_t i = sizeof(text);

	if (reply->retry_after_s > 0) {
		for (unsigned v = reply->retry_after_s; v > 0; v /= 10)
			text[--i] = (char)('0' + v % 10);
		retry.value = (struct str){ text + i, sizeof(text) - i };
		headers = &retry;
	}
	strbuf_reset(b);
	writer_response(b, reply->status, reply->reason, echo, str_z(tag),
			headers, reply->content_type, reply->body);
}

bool responder_reply(struct responder *s, const struct request *r,
		     const struct reply *reply, size_t most_bytes)
{
	struct replay_key k;
	struct way way = way_back(r);
	char tag[17];

	replay_key(r, &k);
	replay_tag(&k, tag);
	if (reply->is_terse)
		response_write_terse(&s->scratch, reply, r->echo, tag);
	else
		response_write(&s->scratch, reply, r->echo, tag);
	if (s->scratch.overflow || s->scratch.n > most_bytes)
		return false;
	if (reply->status >= 300)
		log_debug("sip_refused", F_STR("method", r->method_name),
			  F_STR("call_id", r->call_id),
			  F_NUM("status", reply->status),
			  F_STR("text", reply->reason));
	way_send(s, &way, strbuf_str(&s->scratch));
	return true;
}

void responder_repeat(struct responder *s, const struct request *r,
		      const struct replay_key *k, int status,
		      unsigned retry_after_s)
{
	struct str said = recall_get(s->recall, k, loop_now_ms(s->loop));
	struct reply reply = { .status = status,
			       .retry_after_s = retry_after_s };
	struct way way = way_back(r);

	if (said.n > 0)
		way_send(s, &way, said);
	else
		responder_reply(s, r, &reply, SIZE_MAX);
}

/* --- answers that come later */

/* While requests come each gives back a little. */
static void on_idle(void *arg)
{
	struct responder *s = arg;
	uint64_t now = loop_now_ms(s->loop);

	recall_expire(s->recall, now);
	if (now - s->came_ms >= s->idle_ms)
		replay_expire(s->replay, now);
	if (replay_bytes(s->replay) > 0 || recall_bytes(s->recall) > 0)
		loop_timer_start(s->loop, &s->idle, s->idle_ms, on_idle, s);
}

static void note_request(struct responder *s)
{
	s->came_ms = loop_now_ms(s->loop);
	if (!loop_timer_is_running(&s->idle))
		loop_timer_start(s->loop, &s->idle, s->idle_ms, on_idle, s);
}

struct answer *responder_open(struct responder *s, const struct request *r,
			      const struct replay_key *k)
{
	struct answer *a = malloc(sizeof(*a) + r->echo.n);

	if (a == NULL)
		abort();
	a->responder = s;
	a->key = *k;
	a->way = way_back(r);
	note_request(s);
	a->since_ms = s->came_ms;
	replay_tag(k, a->tag);
	a->echo_bytes = r->echo.n;
	memcpy(a->echo, r->echo.p, r->echo.n);
	DL_APPEND(s->answers, a);
	s->answer_count++;
	return a;
}

void agent_reply(struct answer *a, const struct reply *reply)
{
	struct responder *s = a->responder;
	uint64_t now = loop_now_ms(s->loop);
	struct str echo = { a->echo, a->echo_bytes };
	struct str bytes;

	response_write(&s->scratch, reply, echo, a->tag);
	if (s->scratch.overflow) {
		struct reply failed = { .status = 500 };

		response_write(&s->scratch, &failed, echo, a->tag);
	}
	bytes = strbuf_str(&s->scratch);
	way_send(s, &a->way, bytes);
	replay_answer(s->replay, &a->key, reply->status, reply->retry_after_s,
		      now);
	if (reply->headers != NULL || reply->body.n > 0)
		recall_put(s->recall, &a->key, bytes, now);
	answer_close(a);
}

struct str answer_tag(const struct answer *a)
{
	return str_z(a->tag);
}

uint64_t answer_since_ms(const struct answer *a)
{
	return a->since_ms;
}

struct str answer_source(const struct answer *a)
{
	return endpoint_address(&a->way.peer);
}

void responder_say_full(struct responder *s)
{
	uint64_t now_ms = loop_now_ms(s->loop);

	if (s->full_said_ms != 0 && now_ms - s->full_said_ms < SAY_EVERY_MS)
		return;
	s->full_said_ms = now_ms;
	log_warn("replay_full",
		 F_NUM("requests", (int64_t)replay_count(s->replay)),
		 F_Z("why", "more cannot be told from copies (replay_max): new "
			    "requests get 503 until old ones are 32 s old"));
}
