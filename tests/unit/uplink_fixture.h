#ifndef STOX_TESTS_UPLINK_FIXTURE_H
#define STOX_TESTS_UPLINK_FIXTURE_H
#include "gateway/base/log.h"
#include "tests/unit/server.h"
#include "xmpp/component.h"

/* The end of a stream that the server is not content with. */
#define STREAM_ERROR(condition)                                                \
	"<stream:error><" condition                                            \
	" xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>"        \
	"</stream:stream>"

/* A real component against the server that is played by hand. */
struct fixture {
	struct loop *loop;
	struct server *server;
	struct component_options options;
	struct component *link;
	struct loop_timer nudge;
	unsigned ups, downs, stanzas;
	char why[700];	/* of the last on_down */
	char last[100]; /* id of the last stanza */
	void (*on_stanza)(struct fixture *f, const struct xml *el);
	void (*on_down)(struct fixture *f);
	void *more;
};

static inline void fixture_on_up(void *arg)
{
	struct fixture *f = arg;

	f->ups++;
	assert_int_equal(f->ups, f->downs + 1);
	assert_true(component_is_up(f->link));
	assert_string_equal(component_why(f->link), "");
}

static inline void fixture_on_down(void *arg, const char *why)
{
	struct fixture *f = arg;

	f->downs++;
	assert_int_equal(f->ups, f->downs);
	assert_false(component_is_up(f->link));
	assert_null(component_begin(f->link));
	snprintf(f->why, sizeof(f->why), "%s", why);
	if (f->on_down != NULL)
		f->on_down(f);
}

static inline void fixture_on_stanza(void *arg, const struct xml *el,
				     struct arena *a)
{
	struct fixture *f = arg;

	(void)a;
	f->stanzas++;
	snprintf(f->last, sizeof(f->last), "%.*s", STR_ARG(xml_attr(el, "id")));
	if (f->on_stanza != NULL)
		f->on_stanza(f, el);
}

static inline struct fixture *fixture_create(void)
{
	struct fixture *f = calloc(1, sizeof(*f));
	const char *why = NULL;

	assert_non_null(f);
	f->loop = loop_create(&why);
	assert_non_null(f->loop);
	f->server = server_create(f->loop);
	f->options = (struct component_options){
		.domain = STR("sip.example.com"),
		.server = STR("example.com"),
		.host = STR("127.0.0.1"),
		.port = f->server->port,
		.secret = STR("secret"),
		.backoff_min_ms = 20,
		.backoff_max_ms = 200,
		.connect_timeout_ms = 1000,
	};
	return f;
}

static inline void fixture_start(struct fixture *f)
{
	static const struct component_events events = {
		.on_up = fixture_on_up,
		.on_down = fixture_on_down,
		.on_stanza = fixture_on_stanza,
	};

	f->link = component_create(f->loop, &f->options, &events, f);
	component_start(f->link);
}

/* Turns until *count reaches n. */
static inline void fixture_wait(struct fixture *f, const unsigned *count,
				unsigned n)
{
	uint64_t end = server_clock_ms() + SERVER_PATIENCE_MS;

	while (*count < n) {
		if (server_clock_ms() >= end)
			fail_msg("%u of %u: %s", *count, n,
				 component_why(f->link));
		loop_turn(f->loop, 10);
	}
}

static inline void fixture_up(struct fixture *f)
{
	unsigned n = f->ups + 1;

	server_welcome(f->server);
	fixture_wait(f, &f->ups, n);
}

static inline void fixture_nothing(void *arg)
{
	(void)arg;
}

/* A turn in which something happens, so that what was queued goes out. */
static inline void fixture_turn(struct fixture *f)
{
	loop_timer_start(f->loop, &f->nudge, 0, fixture_nothing, NULL);
	loop_turn(f->loop, 0);
}

static inline bool fixture_write(struct fixture *f, const char *text)
{
	struct strbuf *b = component_begin(f->link);

	if (b == NULL)
		return false;
	strbuf_addz(b, text);
	return component_end(f->link);
}

static inline void fixture_destroy(struct fixture *f)
{
	loop_timer_stop(&f->nudge);
	component_destroy(&f->link);
	server_destroy(f->server);
	loop_destroy(&f->loop);
	free(f);
}

#endif
