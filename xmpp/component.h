#ifndef STOX_XMPP_COMPONENT_H
#define STOX_XMPP_COMPONENT_H
#include <stdbool.h>
#include <stdint.h>
#include "gateway/base/str.h"
#include "xmpp/xml.h"

struct loop;
struct secure_context;
struct component;

/* The link of one component domain to its XMPP server (XEP-0114): connects,
 * shakes hands, keeps itself alive, and comes back by itself after every kind
 * of end. All strings are copied. */
struct component_options {
	struct str domain; /* ours: stream 'to' */
	struct str server; /* a domain the server serves: where pings go */
	struct str host;   /* to connect to: name or address; resolved without
			      blocking the loop (c-ares is not needed: the
			      resolver runs in a helper thread) */
	uint16_t port;
	struct str secret;
	struct secure_context *secure; /* borrowed; NULL: plain TCP */
	struct str tls_name;	       /* name to check; none: host */
	size_t stanza_max_bytes;       /* both ways; 256 KiB */
	size_t queue_max_bytes;	       /* not yet written; 4 MiB */
	size_t queue_max_stanzas;      /* 2000 */
	unsigned backoff_min_ms;       /* 500 */
	unsigned backoff_max_ms;       /* 60000 */
	unsigned connect_timeout_ms;   /* 10000: to the end of the handshake */
	unsigned ping_idle_ms;	       /* 15000 of silence, then a ping */
	unsigned ping_timeout_ms;      /* 15000 for its answer */
};

/* Callbacks never run inside a call of component_*, and must not destroy the
 * component. */
struct component_events {
	void (*on_up)(void *arg); /* handshake done */
	/* Once for each on_up: stanzas not yet taken may be lost. */
	void (*on_down)(void *arg, const char *why);
	/* A stanza; its tree and arena live during the call. Answers to the
	 * link's own pings are not passed on. */
	void (*on_stanza)(void *arg, const struct xml *el, struct arena *a);
	/* One over a limit, which was passed over (xmpp/stream.h); or NULL. */
	void (*on_excess)(void *arg, const struct xml *el, struct arena *a,
			  const char *why);
};

struct component *component_create(struct loop *l,
				   const struct component_options *o,
				   const struct component_events *e, void *arg);
/* Closes at once (after a graceful component_close if one was asked for). */
void component_destroy(struct component **cp);
void component_start(struct component *c); /* begins to connect */
/* The secret of handshakes to come. A link that is up stays so; one that waits
 * for its next attempt tries at once, if the secret is another. */
void component_set_secret(struct component *c, struct str secret);
/* Flushes what is queued, sends </stream:stream>, and does not come back. */
void component_close(struct component *c);
bool component_is_up(const struct component *c);
/* Why it is not up, in words for an admin ("connection refused"); "" if up. */
const char *component_why(const struct component *c);
struct str component_domain(const struct component *c);

/* Writing. component_begin gives the send buffer to append one stanza to, or
 * NULL when the link is down or the queue is full; component_end takes the
 * stanza, or takes it back and returns false when it passes the stanza limit.
 * It leaves with the loop turn's one write. component_abort takes it back. */
struct strbuf *component_begin(struct component *c);
/* For an answer, which may pass the limit by a little (sendq.h). */
struct strbuf *component_begin_answer(struct component *c);
bool component_end(struct component *c);
void component_abort(struct component *c);
/* Room for ordinary traffic; a tenth of the queue is kept for answers, which
 * component_begin still gets. */
bool component_has_room(const struct component *c);
size_t component_queued_bytes(const struct component *c);

/* Stops or resumes reading stanzas: back-pressure. The liveness ping is not
 * counted against the server meanwhile. */
void component_pause(struct component *c, bool is_paused);

/* Every stanza that comes and goes, as text, for who looks on; fn NULL: nobody.
 * arg is that of the events. */
typedef void component_tap_fn(void *arg, bool is_out, struct str bytes);
void component_tap(struct component *c, component_tap_fn *fn);

struct component_counters {
	uint64_t stanzas_in, stanzas_out, bytes_in, bytes_out, connects, losses;
};
const struct component_counters *component_counters(const struct component *c);

/* The XEP-0114 §3 handshake: 40 lower-case hex digits of
 * SHA-1(id || secret), NUL-terminated. */
void component_digest(struct str id, struct str secret, char out[41]);

#endif
