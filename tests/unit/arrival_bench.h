#ifndef STOX_TESTS_ARRIVAL_BENCH_H
#define STOX_TESTS_ARRIVAL_BENCH_H
#include "gateway/messages/arrival.h"
#include "gateway/messages/notices.h"
#include "gateway/outbox/letter.h"
#include "gateway/outbox/outbox.h"
#include "journal.h"
#include "stream_bench.h"

/* MESSAGEs of romeo, who has a telephone, on their way to juliet, between a
 * stream, a journal and a SIP side that do what they are told. "A" is the
 * answer to message A, whose stanza has an id of 32 times a. */
enum { TAKEN_MS = 300 };

/* --- what arrivals stand on */

bool notices_bounced(struct link *k, const struct stanza *s)
{
	struct arena *a = loop_arena(k->bridge->loop);

	line("lost %c %.*s %.*s", s->id.p[0] - 'a' + 'A',
	     STR_ARG(jid_text(a, &s->from)), STR_ARG(jid_text(a, &s->to)));
	return true;
}

static uint64_t bench_seq;

uint64_t outbox_number(struct outbox *o)
{
	(void)o;
	return ++bench_seq;
}

void outbox_key(char kind, uint64_t number, char out[OUTBOX_KEY_BYTES])
{
	char text[OUTBOX_KEY_BYTES + 1];

	snprintf(text, sizeof(text), "%c%016llxnnnnnnnnn", kind,
		 (unsigned long long)number);
	memcpy(out, text, OUTBOX_KEY_BYTES);
}

uint64_t outbox_key_seen(struct outbox *o, struct str key)
{
	(void)o;
	assert_int_equal(key.n, OUTBOX_KEY_BYTES);
	return ++bench_seq;
}

/* --- messages */

static inline struct str id_of(char c)
{
	static char ids[26][STANZA_ID_BYTES];

	assert_in_range(c, 'A', 'Z');
	memset(ids[c - 'A'], c - 'A' + 'a', STANZA_ID_BYTES);
	return (struct str){ ids[c - 'A'], STANZA_ID_BYTES };
}

static inline struct jid jid_of(const char *text)
{
	struct jid j;
	const char *why;

	assert_true(jid_read(loop_arena(L.loop), str_z(text), &j, &why));
	return j;
}

static inline struct stanza message_of(char c, const char *to, const char *body)
{
	static struct text text;

	text = (struct text){ .s = str_z(body) };
	return (struct stanza){ .kind = STANZA_MESSAGE,
				.from = jid_of("romeo@sip.test"),
				.to = jid_of(to),
				.id = id_of(c),
				.u.message = { .type = MESSAGE_CHAT,
					       .body = &text } };
}

#define JULIET "juliet@xmpp.test"

static inline void arrive(const char *name)
{
	struct stanza s = message_of(name[0], JULIET, name);

	arrival_send(&L.link, answer(name), &s, NULL);
}

/* The same from another source, whose name is one letter. */
static inline void arrive_from(const char *name, char source)
{
	struct stanza s = message_of(name[0], JULIET, name);
	struct answer *a = answer(name);

	a->source[0] = source;
	arrival_send(&L.link, a, &s, NULL);
}

static inline void keep(const char *name)
{
	struct stanza s = message_of(name[0], JULIET, name);

	arrival_keep(&L.link, answer(name), &s, NULL);
}

/* The bodies of what was written, in order: "AB". */
static inline const char *bodies(void)
{
	static char out[64];
	const char *at = written();
	size_t n = 0;

	for (; (at = strstr(at, "<body>")) != NULL; at++)
		out[n++] = at[6];
	out[n] = '\0';
	return out;
}

#define assert_bodies(expected) assert_string_equal(bodies(), expected)

/* An error comes back for message c; of whom, and what it says. */
static inline bool bounce(char c, const char *from, enum cond cond)
{
	struct stanza s = { .kind = STANZA_MESSAGE,
			    .from = jid_of(from),
			    .to = jid_of("romeo@sip.test"),
			    .id = id_of(c),
			    .u.message.type = MESSAGE_ERROR };

	fault_set(&s.error, 0, cond, "said so");
	return arrival_bounced(&L.link, &s);
}

static inline void link_back(void)
{
	L.is_up = true;
	arrival_send_more(&L.link);
}

/* --- life */

static inline int arrival_set_up(void **state)
{
	(void)state;
	stream_bench_open();
	bench_seq = 0;
	L.cfg.taken_timeout_ms = TAKEN_MS;
	L.cfg.queue_max_bytes = 100000;
	L.cfg.queue_max_stanzas = 100;
	L.component.outbox = (struct config_outbox){ .age_max_s = 3600,
						     .per_contact_max = 10,
						     .count_max = 20,
						     .bytes_max = 100000 };
	L.bridge.store = JOURNAL;
	return 0;
}

/* As gateway.c does: the store is closed, then the links. */
static inline void links_end(void)
{
	L.bridge.store = NULL;
	commit_all(false);
	arrival_abandon_all(&L.link);
	arrival_fini(&L.link);
	tally_fini(&L.link.kept_of);
	assert_null(L.link.arrivals);
	assert_null(L.link.turns.order);
	assert_int_equal(L.link.turns.count, 0);
	assert_null(L.link.leaving);
	assert_int_equal(L.link.leaving_count, 0);
	assert_int_equal(L.link.kept.waiting, 0);
	assert_int_equal(L.link.kept.bytes, 0);
}

static inline int arrival_tear_down(void **state)
{
	(void)state;
	links_end();
	assert_int_equal(J.unknown, 0);
	journal_fini();
	stream_bench_close();
	return 0;
}

#endif
