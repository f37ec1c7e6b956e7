#ifndef STOX_SIP_PUBLICATION_H
#define STOX_SIP_PUBLICATION_H
#include "gateway/base/loop.h"
#include "gateway/base/table.h"
#include "sip/publisher.h"

/* Inside of publisher: one publication, its requests and its clock. */
enum {
	PUBLISH_CALL_ID_BYTES = 24,
	PUBLISH_TAG_BYTES = 12,
	PUBLISH_ETAG_MAX_BYTES = 512,
	PUBLISH_EXPIRES_MAX_S = 7 * 86400
};

struct outgoing;

/* One Request-URI: RFC 3903 §4: no PUBLISH before the last one's end. */
struct lane {
	UT_hash_handle hh;
	struct publication *busy;    /* or NULL */
	struct publication *waiting; /* in order */
	size_t users;
	size_t n;
	char target[];
};

enum operation {
	PUBLISH_NOTHING,
	PUBLISH_PUT,
	PUBLISH_REFRESH,
	PUBLISH_REMOVE
};

struct publication {
	struct publication *prev, *next;	   /* of all */
	struct publication *lane_prev, *lane_next; /* of those that wait */
	struct publisher *publisher;		   /* borrowed */
	struct lane *lane;			   /* shared */
	struct publish_events events;
	void *arg;
	struct outgoing *flight;	  /* or NULL */
	struct loop_timer timer;	  /* refresh, or the next try */
	struct str from, next_hop, event; /* owned */
	struct str content_type, body;	  /* owned; what is to be published */
	struct str etag;		  /* owned; none */
	uint64_t until_ms;		  /* the etag's end, loop time */
	unsigned expires_s;
	uint32_t cseq;
	unsigned char wanted, sent; /* enum operation */
	unsigned char tries, raises;
	bool is_waiting; /* in the lane */
	bool is_held;	 /* the timer runs before the next try */
	bool is_current; /* what is to be published was sent, or is */
	int verdict;	 /* of our own; 0: none */
	char call_id[PUBLISH_CALL_ID_BYTES];
	char tag[PUBLISH_TAG_BYTES];
};

struct publisher {
	struct loop *loop; /* borrowed, as the next */
	struct uac *uac;
	struct lane *lanes; /* owned, as the next */
	struct publication *all;
	size_t count;
	struct publish_timing timing;
};

/* In its lane, with nothing wanted yet. target: the Request-URI's text. */
struct publication *publication_create(struct publisher *p, struct str target);
void publication_free(struct publication *u);
/* Takes it out of what waits and runs in its lane. */
void publication_leave(struct publication *u);
/* Sends what is wanted, if it may go now. */
void publication_pump(struct publication *u);
/* Replaces a text that is owned. */
void publication_text(struct str *to, struct str s);

#endif
