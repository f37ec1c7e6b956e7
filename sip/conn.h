#ifndef STOX_SIP_CONN_H
#define STOX_SIP_CONN_H
#include "gateway/base/loop.h"
#include "gateway/base/table.h"
#include "sip/fifo.h"
#include "sip/transport.h"

/* TCP and TLS connections: who is connected (conn.c), which of them leads to a
 * peer (connpeer.c), what passes over one (connio.c) and which messages that is
 * (conninput.c). Private to the transports: transport.h is what others see. A
 * connection that ends stays in memory until the timer phase of the turn, when
 * on_lost tells of it: nobody finds it before that. */
enum {
	CONN_READ_BYTES = 65536,      /* at once, over all connections */
	CONN_READS_A_TURN = 4,	      /* so that one does not starve the rest */
	CONN_RECORDS_A_TURN = 16,     /* the same of TLS records */
	CONN_DISCARD_BYTES = 262144,  /* behind what is no SIP, then closed */
	CONN_LINGER_MS = 5000,	      /* for answers, after the peer's end */
	CONN_STALL_MS = 32000,	      /* the peer takes nothing: Timer F */
	CONN_UNACKED_MS = 15000,      /* TCP_USER_TIMEOUT */
	CONN_SCAN_BYTES = 16 << 20,   /* looked through for one message */
	CONN_QUEUE_KEEP_BYTES = 16384 /* memory kept by an empty queue */
};

enum conn_state {
	CONN_CONNECTING,
	CONN_HANDSHAKE, /* TLS */
	CONN_OPEN,
	CONN_CLOSED /* waits for its burial */
};

/* What makes a connection the one that a request can use; the rest is zero. */
struct peer_key {
	uint32_t transport, family, scope;
	uint16_t port;
	unsigned char address[16];
	char name[256]; /* TLS */
};

struct conn_set;
struct source;
struct secure;

struct conn {
	UT_hash_handle hh, hh_peer;
	struct peer_key key;
	struct conn *prev, *next;	      /* dirty, or dead */
	struct conn *again_prev, *again_next; /* of set->again */
	struct conn_set *set;		      /* borrowed: owns us */
	struct source *source;		      /* borrowed: of its far end */
	struct hop hop;			      /* transport, peer, id, name */
	union endpoint local;		      /* once somebody has asked */
	enum conn_state state;
	struct loop_watch watch;
	struct loop_timer timer; /* the next of all deadlines */
	uint64_t armed_ms;	 /* what the timer was set to */
	int fd;			 /* owned */
	struct secure *secure;	 /* owned; TLS */
	const char *why;	 /* of its end; static */
	struct fifo in;		 /* a message that is not whole yet */
	size_t in_seen;		 /* of it, when it was last looked through */
	size_t in_wanted;	 /* its whole length; 0: not known yet */
	size_t in_scanned;	 /* bytes looked through, over all times */
	struct fifo out;
	bool is_outgoing;
	bool is_by_peer;	/* in the table of peers */
	bool is_dirty;		/* on set->dirty */
	bool is_again;		/* on set->again */
	bool is_blocked;	/* the kernel takes no more */
	bool wants_out;		/* and LOOP_OUT will tell when it does */
	bool has_message;	/* a whole one came */
	bool is_distrusted;	/* and the last was not of who is served */
	bool has_pinged;	/* and a CRLF may be the pong */
	bool is_eof;		/* the peer sends no more */
	bool is_refused;	/* it sent what is no SIP */
	bool is_shut;		/* we have said our end */
	unsigned line_ends;	/* LFs since the last message or ping */
	unsigned owed;		/* answers to requests that came */
	size_t discarded_bytes; /* after is_refused */
	/* Loop times. */
	uint64_t since_ms;   /* opened */
	uint64_t active_ms;  /* last message in or out */
	uint64_t sent_ms;    /* last bytes out */
	uint64_t partial_ms; /* first byte of what is in `in` */
	uint64_t waiting_ms; /* since when `out` makes no progress */
	uint64_t linger_ms;  /* since is_eof or is_refused */
	uint64_t flow_ms;    /* until then somebody is reached over it */
};

struct conn_set *conn_set_create(struct loop *l,
				 const struct transport_limits *limits,
				 const struct transport_events *e, void *arg);
void conn_set_destroy(struct conn_set **sp); /* calls nobody */
void conn_set_secure(struct conn_set *s, struct secure_context *c);
bool conn_set_has_secure(const struct conn_set *s);
/* As listeners_open. */
bool conn_listen(struct conn_set *s, enum transport transport,
		 const union endpoint *at, struct secure_context *secure,
		 union endpoint *bound, const char **why);
/* Fills to->conn with that of a connection to the same peer (and, of TLS, of
 * the same name), or of a new one, which leaves from the address `from` when
 * that is not NULL. false and a static *why. */
bool conn_open(struct conn_set *s, struct hop *to, const union endpoint *from,
	       const char **why);
bool conn_exists(struct conn_set *s, uint64_t id);
/* For so long it is not closed for being idle, nor to make room, as long as its
 * peer is there; false when it is gone. */
bool conn_keep(struct conn_set *s, uint64_t id, uint64_t ms);
/* Its last message was not of who is served: until the next one it makes room
 * as one that has said nothing. */
void conn_distrust(struct conn_set *s, uint64_t id);
/* Our end of it; false when it is gone. */
bool conn_local(struct conn_set *s, uint64_t id, union endpoint *out);
/* As secure_names; "" when it is gone or not TLS. */
const char *conn_names(struct conn_set *s, uint64_t id);
bool conn_send(struct conn_set *s, uint64_t id, struct str bytes);
size_t conn_count(const struct conn_set *s);

/* --- between conn.c, connpeer.c, connio.c, conninput.c and conntimer.c */
struct conn_set {
	struct loop *loop; /* borrowed */
	struct transport_limits limits;
	struct transport_events events;
	void *arg;
	struct secure_context *secure;	 /* borrowed; may be NULL */
	struct listeners *listeners;	 /* owned */
	struct conn *by_id, *by_peer;	 /* tables; by_id owns the living */
	struct source *sources, *called; /* owned; tables: whence they came,
					    and where we called */
	struct conn *dirty; /* DL list: flush at the end of the turn */
	struct conn *again; /* DL list: may have more to read */
	struct conn *dead;  /* DL list; owned */
	struct loop_hook flush;
	struct loop_timer wake; /* queued outside a turn */
	struct loop_timer again_timer;
	struct loop_timer burial;
	uint64_t last_id;
	size_t count;
	unsigned char scratch[CONN_READ_BYTES];
};

/* Ends it now; on_lost follows in the timer phase. why is static. */
void conn_close(struct conn *c, const char *why);
void conn_mark_dirty(struct conn *c);
void conn_mark_again(struct conn *c);

/* The one that a request to that hop can use; NULL: none. */
struct conn *connpeer_find(const struct conn_set *s, const struct hop *to);
/* It is found from now on, unless another one is before it. */
void connpeer_add(struct conn *c);
/* No new request finds it any more. */
void connpeer_remove(struct conn *c);

/* Sees to the timer after a deadline may have come nearer. */
void conntimer_arm(struct conn *c);

/* loop_watch_fn of a connection. */
void connio_ready(void *arg, unsigned events);
/* Accepted, or connect() came through at once: what comes next. */
void connio_begin(struct conn *c);
/* Appends, within the limit of the queue. */
bool connio_append(struct conn *c, struct str bytes);
/* Reads what may be there, though the loop has not said so. */
void connio_read(struct conn *c);
/* Writes what waits; ends a connection that is through. */
void connio_flush(struct conn *c);
/* What the loop shall watch for, as things stand. */
unsigned connio_wanted(const struct conn *c);

/* Where the next bytes that are read go, and how many at most. */
unsigned char *conninput_room(struct conn *c, size_t *cap);
/* n bytes have been read to there: each whole message is told. */
void conninput_take(struct conn *c, size_t n);
/* The peer sends no more. */
void conninput_end(struct conn *c);

#endif
