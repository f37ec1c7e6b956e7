#ifndef STOX_TESTS_PHONE_BENCH_H
#define STOX_TESTS_PHONE_BENCH_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "gateway/outbox/outbox.h"
#include "gateway/phones/bindings.h"
#include "gateway/phones/presentity.h"
#include "gateway/phones/registrar.h"
#include "journal.h"
#include "said.h"

/* The registrar and the presence server of sip.example between fakes: a journal
 * that writes when it is told to, and an agent whose answers are lines of text.
 * What a peer is told is said as "name status contacts". */
enum { TEXT_MAX = 4096 };

struct answer {
	const char *name;
	struct str etag; /* of the last 200 to a PUBLISH */
	char text[32];
};

static struct phone_bench {
	struct config cfg;
	struct config_component component;
	struct bridge bridge;
	struct link link;
	struct loop *loop;
	bool is_stranger;
	size_t cut_conn; /* the connection that has gone; 0: none */
	uac_flow_fn *flow;
	void *flow_arg;
	size_t woken;
} T;

/* --- the agent, the door, what hears of it */

void agent_reply(struct answer *a, const struct reply *r)
{
	const struct header *h;
	struct strbuf b;

	strbuf_init(&b, TEXT_MAX);
	for (h = r->headers; h != NULL; h = h->next) {
		size_t from = str_find(h->value, '<') + 1;

		if (str_eqz(h->name, "Contact"))
			strbuf_addf(&b, " %.*s",
				    (int)(str_find(h->value, '>') - from),
				    h->value.p + from);
		else if (str_eqz(h->name, "Min-Expires") ||
			 str_eqz(h->name, "Expires") ||
			 str_eqz(h->name, "Accept") ||
			 str_eqz(h->name, "Allow-Events"))
			strbuf_addf(&b, " %.*s", STR_ARG(h->value));
		else if (str_eqz(h->name, "SIP-ETag")) {
			snprintf(a->text, sizeof(a->text), "%.*s",
				 STR_ARG(h->value));
			a->etag = str_z(a->text);
		}
	}
	line("%s %d%.*s", a->name, r->status, STR_ARG(strbuf_str(&b)));
	strbuf_fini(&b);
	assert_true((r->status == 503) == (r->retry_after_s > 0));
}

struct uac *agent_uac(struct agent *a)
{
	return (struct uac *)a;
}

struct transport_set *agent_transports(struct agent *a)
{
	return (struct transport_set *)a;
}

void uac_set_flows(struct uac *u, uac_flow_fn *fn, void *arg)
{
	(void)u;
	T.flow = fn;
	T.flow_arg = arg;
}

bool transport_keep(struct transport_set *t, const struct hop *from,
		    uint64_t ms)
{
	(void)t;
	(void)ms;
	return from->conn != T.cut_conn;
}

bool transport_is_there(struct transport_set *t, const struct hop *to)
{
	(void)t;
	return to->conn == 0 || to->conn != T.cut_conn;
}

bool door_is_user(const struct door *d, const struct request *r)
{
	(void)d;
	(void)r;
	return !T.is_stranger;
}

void outbox_online(struct outbox *o, const struct jid *contact)
{
	(void)o;
	(void)contact;
	T.woken++;
}

unsigned bridge_retry_after_s(void)
{
	return 5;
}

/* --- life */

static inline void phone_bench_open(void)
{
	const char *why = "";

	T.loop = loop_create(&why);
	assert_non_null(T.loop);
	said_open();
	T.component = (struct config_component){
		.domain = STR("sip.test"),
		.has_presence = true,
		.plan = { .contacts = CONTACT_FIXED,
			  .component = STR("sip.test"),
			  .sip_domain = STR("sip.example"),
			  .has_phones = true },
		.registrar = { .is_on = true,
			       .min_s = 60,
			       .max_s = 3600,
			       .contacts_max = 3 },
	};
	T.cfg = (struct config){ .components = &T.component,
				 .component_count = 1,
				 .bindings_max = 8 };
	T.link.bridge = &T.bridge;
	T.link.cfg = &T.component;
	T.bridge.loop = T.loop;
	T.bridge.cfg = &T.cfg;
	T.bridge.links = &T.link;
	T.bridge.link_count = 1;
	T.bridge.store = JOURNAL;
}

static inline void phone_bench_close(void)
{
	assert_int_equal(J.unknown, 0);
	journal_fini();
	loop_destroy(&T.loop);
	said_close();
	memset(&T, 0, sizeof(T));
}

/* --- what phones send */

static inline struct uri uri_of(const char *text)
{
	struct uri u;
	const char *why;

	if (!uri_read(str_z(text), &u, &why))
		fail_msg("%s: %s", text, why);
	return u;
}

/* A request of bob about himself, from connection 7. */
static inline struct request bobs(enum method m)
{
	struct request r = { .method = m,
			     .target = uri_of("sip:sip.example"),
			     .call_id = STR("call"),
			     .via_count = 1,
			     .expires_s = -1,
			     .date_s = -1 };

	r.to.uri = r.from.uri = uri_of("sip:bob@sip.example");
	r.source.transport = TRANSPORT_TCP;
	r.source.conn = 7;
	assert_true(endpoint_read(STR_LIT("192.0.2.1"), 4711, &r.source.peer));
	return r;
}

/* Turns of the loop for so long: its clock goes on. */
static inline void bench_turns(unsigned ms)
{
	uint64_t end = loop_now_ms(T.loop) + ms;

	do
		loop_turn(T.loop, 5);
	while (loop_now_ms(T.loop) < end);
}

#endif
