#ifndef BENCH_STORM_H
#define BENCH_STORM_H
#include <stdbool.h>
#include <stdint.h>
#include "console.h"
#include "datagrams.h"
#include "pipe.h"
#include "sipview.h"
#include "template.h"

/* Inside of the program storm: storm.c is its XMPP side and the course of a
 * storm, stormsip.c its SIP side. */
enum storm_kind {
	STORM_NONE,
	STORM_IN,
	STORM_OUT,
	STORM_TELL_IN,
	STORM_TELL_OUT
};

/* What is kept of a subscription; the dialog is that of a user who watches. */
enum { CALL_ID_BYTES = 48, TAG_BYTES = 32, CONTACT_BYTES = 64 };
struct subscription {
	unsigned char open; /* the storm that waits for it */
	bool has_dialog;
	unsigned cseq;
	char call_id[CALL_ID_BYTES], tag[TAG_BYTES], contact[CONTACT_BYTES];
};

struct storm {
	int listener;
	struct pipe link;
	bool is_up;
	struct datagrams udp;
	struct sockaddr_in gateway;
	struct subscription *sub; /* owned */
	uint32_t room;
	enum storm_kind kind;
	uint32_t from, next, until, window, done;
	uint64_t refused, again;
	unsigned round, stalls;
	uint64_t start_ns, moved_ns;
	struct console console;
};

void storm_room(struct storm *s, uint32_t count);
void storm_done(struct storm *s, enum storm_kind kind, uint32_t i);
/* XMPP */
void storm_user_asks(struct storm *s, uint32_t i);
void storm_user_changes(struct storm *s, uint32_t i);
/* SIP */
void storm_contact_asks(struct storm *s, uint32_t i);
void storm_contact_changes(struct storm *s, uint32_t i);
void storm_receive_sip(struct storm *s);
/* The datagram of ours that got no answer, once more. */
void storm_repeat(struct storm *s, uint32_t i);

#endif
