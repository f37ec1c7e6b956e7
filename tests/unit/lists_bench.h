#ifndef STOX_TESTS_LISTS_BENCH_H
#define STOX_TESTS_LISTS_BENCH_H
#include "gateway/phones/registrar.h"
#include "gateway/presence/roster_lists_inner.h"
#include "no_phones.h"
#include "roster_bench.h"

/* The roster with one list of users, friends@sip.test, for the phones of
 * sip.example. */
static const struct str bench_members[] = { STR("juliet@xmpp.test"),
					    STR("sip:nurse@xmpp.test"),
					    STR("romeo@sip.test") };
static const struct config_list bench_list = { STR("friends"), bench_members,
					       3 };

struct link *registrar_link(struct bridge *b, struct str host)
{
	return str_eqz(host, "sip.example") ? &b->links[0] : NULL;
}

static inline int lists_setup(void **state)
{
	bench_setup(state);
	T.component.plan.has_phones = true;
	T.component.registrar.lists = &bench_list;
	T.component.registrar.list_count = 1;
	T.cfg.notify_every_ms = 5000;
	T.cfg.subscriptions_per_user_max = 10;
	T.to = STR_LIT("friends@sip.test");
	return 0;
}

/* romeo's phone subscribes to a list. */
static inline bool list_subscribe(const char *name, const char *supported)
{
	const struct uri romeo = { .scheme = URI_SIP,
				   .user = STR("romeo"),
				   .host = STR("sip.example") };
	const struct uri list = { .scheme = URI_SIP,
				  .user = str_z(name),
				  .host = STR("sip.example") };
	struct request r = {
		.method = METHOD_SUBSCRIBE,
		.event = STR("presence"),
		.supported = str_z(supported),
		.event_id = STR("e"),
		.target = list,
		.from = { .uri = romeo, .tag = STR("theirs") },
		.to.uri = list,
		.call_id = STR("call"),
		.cseq = 7,
	};

	assert_true(endpoint_read(STR_LIT("192.0.2.1"), 5060, &r.source.peer));
	T.answer.status = 0;
	return lists_offer(T.bridge.roster->lists, &r, &T.answer);
}

static inline void watch_friends(unsigned expires_s)
{
	T.expires_s = expires_s;
	assert_true(list_subscribe("friends", "eventlist"));
}

/* The same in dialog i. */
static inline void renew(size_t i, unsigned expires_s)
{
	const struct notifier *n = &T.notifiers[1];

	T.notices[i].expires_s = expires_s;
	n->events->on_refresh(n->arg, &T.notices[i], &T.answer);
}

/* All that follows within a second, with the journal behind it. */
static inline void settle(void)
{
	for (int i = 0; i < 100; i++) {
		commit_all(true);
		clock_turn(T.loop, 10);
	}
}

/* What the last NOTIFY said of that member, "state reason"; "unknown" without
 * an instance. */
static inline const char *state_of(const char *uri)
{
	static char out[128];
	char key[128], state[32] = "", reason[32] = "";
	const char *at;

	snprintf(key, sizeof(key), "<resource uri='%s'>", uri);
	at = strstr(T.body, key);
	if (at == NULL)
		return "not on it";
	at += strlen(key);
	if (sscanf(at, "<instance id='%*u' state='%31[^']' reason='%31[^']'",
		   state, reason) < 1)
		return "unknown";
	snprintf(out, sizeof(out), "%s%s%s", state, reason[0] != 0 ? " " : "",
		 reason);
	return out;
}

#define assert_state(uri, expected) assert_string_equal(state_of(uri), expected)

static inline unsigned version(void)
{
	const char *at = strstr(T.body, "version=\"");

	at = at != NULL ? strstr(at + 1, "version=\"") : NULL;
	assert_non_null(at);
	return (unsigned)strtoul(at + 9, NULL, 10);
}

#define JULIET_URI "sip:juliet@xmpp.test"
#define NURSE_URI  "sip:nurse@xmpp.test"
#define ROMEO_URI  "sip:romeo@sip.example"

#endif
