#ifndef STOX_TESTS_LINK_BENCH_H
#define STOX_TESTS_LINK_BENCH_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "gateway/bridge.h"
#include "xmpp/stream.h"

/* One link of sip.test for the users of xmpp.test: stanzas go in as text, and
 * what is written to it comes out as text. The link is this file's own. */
static const struct str bench_domains[] = { STR("xmpp.test") };

static struct link_bench {
	struct loop *loop;
	struct config cfg;
	struct config_component component;
	struct bridge bridge;
	struct link link;
	struct strbuf out;
	bool is_up, is_full;
} L;

struct strbuf *link_begin(struct link *k)
{
	(void)k;
	return &L.out;
}

void link_end(struct link *k)
{
	(void)k;
}

bool link_serves(const struct link *k, struct str domain)
{
	(void)k;
	return str_eqz(domain, "xmpp.test");
}

void link_refuse(struct link *k, const struct stanza *s, const struct fault *f)
{
	error_write(link_begin(k), s, f);
}

void link_result(struct link *k, const struct stanza *s,
		 const struct xml *payload)
{
	result_write(link_begin(k), s, payload);
}

struct link *link_find(struct bridge *b, struct str domain)
{
	return str_eqz(domain, "sip.test") ? &b->links[0] : NULL;
}

unsigned bridge_retry_after_s(void)
{
	return 5;
}

static inline void link_bench_open(void)
{
	const char *why = "";

	L = (struct link_bench){ .loop = loop_create(&why), .is_up = true };
	assert_non_null(L.loop);
	strbuf_init(&L.out, 1 << 20);
	L.component = (struct config_component){
		.domain = STR("sip.test"),
		.plan = { .contacts = CONTACT_FIXED,
			  .component = STR("sip.test"),
			  .sip_domain = STR("sip.example"),
			  .xmpp_domains = bench_domains,
			  .xmpp_domain_count = 1 },
	};
	L.cfg = (struct config){ .components = &L.component,
				 .component_count = 1,
				 .stanza_max_bytes = 262144,
				 .wake_per_s = 1000 };
	L.link.bridge = &L.bridge;
	L.link.cfg = &L.component;
	L.bridge.loop = L.loop;
	L.bridge.cfg = &L.cfg;
	L.bridge.links = &L.link;
	L.bridge.link_count = 1;
}

static inline void link_bench_close(void)
{
	loop_destroy(&L.loop);
	strbuf_fini(&L.out);
}

static inline struct stanza stanza_of(const char *text)
{
	static const struct stream_limits limits = { 65536, 32, 64 };
	struct arena *a = loop_arena(L.loop);
	const struct xml *el;
	const char *reason = "";
	bool is_wanted;
	struct fault why;
	struct stanza s;

	el = stream_document(a, str_z(text), &limits, &reason);
	if (el == NULL)
		fail_msg("%s: %s", text, reason);
	if (!stanza_read(a, el, &s, &why, &is_wanted))
		fail_msg("%s: %.*s", text, STR_ARG(why.text));
	return s;
}

/* What was written since the last time: NUL-terminated, until the next call. */
static inline const char *written(void)
{
	static char text[1 << 16];

	snprintf(text, sizeof(text), "%.*s", STR_ARG(strbuf_str(&L.out)));
	strbuf_reset(&L.out);
	return text;
}

/* All that was written has these words; NULL: nothing was. */
static inline void assert_written(const char *words)
{
	const char *text = written();

	if (words == NULL && text[0] != '\0')
		fail_msg("not nothing: %s", text);
	if (words != NULL && strstr(text, words) == NULL)
		fail_msg("no %s in: %s", words, text);
}

static inline void bench_turns(unsigned ms)
{
	uint64_t end;

	loop_turn(L.loop, 0);
	for (end = loop_now_ms(L.loop) + ms; loop_now_ms(L.loop) < end;)
#ifdef STOX_TESTS_CLOCK_H
		clock_turn(L.loop, 5);
#else
		loop_turn(L.loop, 5);
#endif
}

#endif
