#ifndef STOX_XMPP_UPLINK_H
#define STOX_XMPP_UPLINK_H
#include "gateway/base/loop.h"
#include "xmpp/component.h"
#include "xmpp/dial.h"
#include "xmpp/ping.h"
#include "xmpp/pulse.h"
#include "xmpp/retry.h"
#include "xmpp/sendq.h"
#include "xmpp/stream.h"
#include "xmpp/wire.h"

/* The inside of a component, for its three files only: component.c is the
 * outer face, uplink.c the life of the connection, session.c what the server
 * says on it. */
enum {
	UPLINK_READ_BYTES = 16384,
	UPLINK_WHY_BYTES = 640,
};

enum uplink_state {
	UPLINK_IDLE,
	UPLINK_WAITING, /* for the next attempt */
	UPLINK_DIALING,
	UPLINK_SECURING, /* TLS handshake */
	UPLINK_OPENING,	 /* our header is out */
	UPLINK_DOUBTING, /* theirs has no id: a stream error should follow */
	UPLINK_SHAKING,	 /* <handshake/> is out */
	UPLINK_UP,
	UPLINK_CLOSING, /* </stream:stream> is out */
	UPLINK_FAILED,	/* the cause is known; the end comes in a moment */
	UPLINK_CLOSED,	/* for good */
};

struct component {
	struct loop *loop;	    /* borrowed */
	struct component_options o; /* its strings are owned */
	struct component_events events;
	void *arg;
	component_tap_fn *tap; /* NULL: nobody looks on */
	struct component_counters counters;
	enum uplink_state state;
	bool was_up; /* on_up was called, on_down not yet */
	bool is_paused;
	bool is_stuck;	   /* the socket takes no more for now */
	bool is_mute;	   /* writing failed: read what is left, then end */
	bool has_header;   /* our stream tag is out, its end is not */
	bool wants_end;	   /* component_close was called */
	struct str header; /* owned: our stream tag */
	struct dial *dial; /* owned */
	struct wire wire;
	struct stream *stream; /* owned */
	struct sendq queue;
	struct retry retry;
	enum retry_cause cause; /* of the failure */
	const char *condition;	/* stream error to send, or NULL */
	struct pulse pulse;
	struct ping ping;
	uint64_t up_ms;
	struct loop_timer step;	 /* what the state waits for */
	struct loop_timer alive; /* the pulse's */
	struct loop_hook flush;
	char why[UPLINK_WHY_BYTES];	 /* "" when up */
	char said_why[UPLINK_WHY_BYTES]; /* logged last */
	char in[UPLINK_READ_BYTES];
};

/* OPENING to CLOSING: the stream's bytes flow. */
bool uplink_is_open(const struct component *c);
/* What the link owns beside the options: dial and flush. */
void uplink_init(struct component *c);
/* Begins the first attempt. */
void uplink_start(struct component *c);
/* Notes why the link ends; the first cause counts. The end itself follows
 * from a timer, never under the feet of the caller. condition: the stream
 * error to send, static, or NULL. */
void uplink_fail(struct component *c, enum retry_cause cause,
		 const char *condition, struct str why);
/* The server's header has no id, so that there is nothing to answer it with:
 * Prosody says host-unknown behind such a one. Gives it a moment. */
void uplink_doubt(struct component *c);
/* The handshake is answered. */
void uplink_up(struct component *c);
/* Everything was said: writes out what is queued, then waits for the server
 * to close too. */
void uplink_finish(struct component *c);
/* Closes the connection at once, with our last words as far as they go. */
void uplink_hang_up(struct component *c);
/* Watches for what the state wants to read and write. */
void uplink_watch(struct component *c);

/* What the stream's parser reports. */
extern const struct stream_events session_events;

#endif
