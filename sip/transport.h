#ifndef STOX_SIP_TRANSPORT_H
#define STOX_SIP_TRANSPORT_H
#include "sip/sipmsg.h"

struct loop;
struct secure_context;
struct transport_set;

/* All sockets of the SIP side: UDP (udp.c, batched) and connections (conn.c).
 * One listen point gives its address to Via and Contact. */
struct listen_point {
	enum transport transport;
	struct str host;	    /* numeric; "0.0.0.0", "::" */
	uint16_t port;		    /* 0: any free one */
	struct str advertised_host; /* for Via and Contact; none: the socket's
				       own address towards the peer */
	uint16_t advertised_port;   /* 0: port */
	struct secure_context *secure; /* TLS; borrowed */
};

struct transport_limits {
	unsigned conns_max;	       /* 256 */
	unsigned conns_per_source_max; /* 16 */
	unsigned first_message_ms; /* 30000: to a stranger's first message */
	unsigned idle_ms;	   /* 180000 without a message: closed */
	unsigned connect_ms;	   /* 4000 */
	unsigned message_ms;	   /* 10000 from its first to its last byte */
	size_t conn_queue_bytes;   /* 1 MiB not yet written on one */
	unsigned keepalive_ms;	   /* 30000: CRLF CRLF on outgoing ones */
	int udp_buffer_bytes;	   /* 4 MiB asked for */
	bool has_segments;	   /* batch.h; not by default */
};

/* The why of on_lost when a certificate was refused, theirs or ours: there is
 * no use in another try. Compared as a pointer. */
extern const char transport_untrusted[];
/* The same of a connection that stood: what was written to it may have been
 * read. */
extern const char transport_cut[];

struct transport_events {
	/* One whole message (never keep-alives). */
	void (*on_message)(void *arg, struct str bytes, const struct hop *from);
	/* Of datagrams the bytes stay until this, which comes behind those that
	 * one system call brought. NULL: nobody asks. */
	void (*on_read)(void *arg);
	/* A connection is gone, or never came up, or a datagram was refused
	 * (ICMP): what was sent there may be lost. to->conn names the
	 * connection; of UDP, conn is 0. Never runs inside transport_send. */
	void (*on_lost)(void *arg, const struct hop *to, const char *why);
};

struct transport_set *transport_create(struct loop *l,
				       const struct transport_limits *limits,
				       const struct transport_events *e,
				       void *arg);
void transport_destroy(struct transport_set **tp);
/* Opens one; false and *why ("udp 0.0.0.0:5060: address already in use";
 * valid until the next call). */
bool transport_listen(struct transport_set *t, const struct listen_point *p,
		      const char **why);
/* Context for TLS connections that we open; NULL: none are. Borrowed. */
void transport_set_secure(struct transport_set *t, struct secure_context *c);
/* The domains that the other end of a TLS connection has proved to speak for
 * (RFC 5922): in lower case, one behind the other, each with its NUL, an empty
 * one at the end. Nothing but "" for other transports. Until the next turn. */
const char *transport_names(struct transport_set *t, const struct hop *from);
/* In on_message: more comes than can be served, and a request that nothing is
 * lost with should be refused with 503. */
bool transport_is_shed(const struct transport_set *t);
bool transport_has(const struct transport_set *t, enum transport tr,
		   int family);
/* Fills what to leaves open (socket, conn): sends must be prepared once, so
 * that Via can name the socket. Opens a connection when there is none. false
 * and static *why when there is no way (no such transport, too many). */
bool transport_prepare(struct transport_set *t, struct hop *to,
		       const char **why);
/* Whether what came by this way can be answered by it, now and for so long: of
 * a stream, that its connection is there. It is kept open then even when idle
 * (RFC 5626 flows); a peer that is gone is noticed all the same. */
bool transport_keep(struct transport_set *t, const struct hop *from,
		    uint64_t ms);
/* What came from there was not of who is served: of connections it is one of
 * the first to make room. */
void transport_distrust(struct transport_set *t, const struct hop *from);
/* The same question, without consequences. */
bool transport_is_there(struct transport_set *t, const struct hop *to);
/* Appends "SIP/2.0/UDP 192.0.2.1:5060" for Via, or "192.0.2.1:5060" plus
 * ";transport=tcp" where needed, for Contact. */
void transport_write_via(struct transport_set *t, struct strbuf *b,
			 const struct hop *to);
void transport_write_contact(struct transport_set *t, struct strbuf *b,
			     const struct hop *to);
/* Queues bytes (copied); they leave at the end of the turn. false when the
 * connection is gone or its queue full, or the UDP batch could not be kept. */
bool transport_send(struct transport_set *t, const struct hop *to,
		    struct str bytes);
/* Every message that comes and goes, as it is on the wire (of TLS: inside), for
 * who looks on; fn NULL: nobody. Nothing may be called back from inside. */
typedef void transport_tap_fn(void *arg, bool is_out, const struct hop *hop,
			      struct str bytes);
void transport_tap(struct transport_set *t, transport_tap_fn *fn, void *arg);
/* For the agent: one that has come. */
void transport_tell(const struct transport_set *t, const struct hop *from,
		    struct str bytes);
/* Ports in use, in the order of transport_listen (tests, port 0). */
uint16_t transport_port(const struct transport_set *t, size_t i);
/* Numbers for tests and metrics. */
size_t transport_conn_count(const struct transport_set *t);

#endif
