#ifndef STOX_XMPP_STREAM_H
#define STOX_XMPP_STREAM_H
#include <stdbool.h>
#include "xmpp/xml.h"

/* The push parser of one XMPP stream (RFC 6120 §4, §11): bytes in, events out.
 * expat with namespaces, reparse deferral off where the library knows it; a
 * doctype, processing instruction, comment or entity declaration ends the
 * stream (restricted-xml). A stanza over a limit, counted while it arrives, is
 * passed over: a user can send one, and the stream is everybody's. It ends the
 * stream when it is as large, or as deep, as no user of a server's can make it
 * (STREAM_PASSED_MAX_BYTES; 50,000 levels). */
struct stream;

enum {
	/* The 512 KiB that servers let pass between them, each byte written as
	 * an entity. */
	STREAM_PASSED_MAX_BYTES = 4 << 20
};

struct stream_limits {
	size_t stanza_max_bytes; /* of the wire, 256 KiB by default */
	unsigned depth_max;	 /* 32; the stanza itself is 1 */
	unsigned attrs_max;	 /* 64, of one element, with its xmlns */
};

/* A callback must not destroy the stream; it may call stream_stop. */
struct stream_events {
	/* The opening tag: attributes id and from (none when missing); xmlns,
	 * as it was sent, is checked by the owner through ns. Slices live
	 * during the call. */
	void (*on_open)(void *arg, struct str id, struct str from,
			struct str ns);
	/* A whole element of depth 1. The tree lives during the call; its
	 * arena too, for what the callback makes meanwhile. */
	void (*on_stanza)(void *arg, const struct xml *el, struct arena *a);
	/* One that was passed over: its element, with from, to, id and type if
	 * not all attributes, and nothing or little of what was inside. why:
	 * static. */
	void (*on_excess)(void *arg, const struct xml *el, struct arena *a,
			  const char *why);
	void (*on_close)(void *arg); /* </stream:stream> */
};

struct stream *stream_create(const struct stream_limits *limits,
			     const struct stream_events *events, void *arg);
void stream_destroy(struct stream **sp);
/* For a new connection: a fresh parser, the same limits and events. From
 * within a callback: as soon as the feed is done, the rest of which is not
 * parsed. */
void stream_restart(struct stream *s);
/* false when the stream is broken for good: *condition is the RFC 6120 §4.9.3
 * condition to send ("not-well-formed", "restricted-xml", "policy-violation",
 * "bad-format", "invalid-namespace", "unsupported-encoding") and *why a static
 * line for the log. After stream_stop, or behind </stream:stream>, whatever
 * comes is ignored and true. */
bool stream_feed(struct stream *s, const void *p, size_t n,
		 const char **condition, const char **why);
/* From within a callback: nothing more is parsed before stream_restart. */
void stream_stop(struct stream *s);

/* One XML document under limits into a tree in a (PIDF, forms, tests): the
 * rules of a stream, except that comments, processing instructions, empty lines
 * in front and a doctype that declares nothing are skipped, and that the
 * encoding may be another one that expat knows. NULL and static *why (NULL on
 * success). */
struct xml *stream_document(struct arena *a, struct str doc,
			    const struct stream_limits *limits,
			    const char **why);

#endif
