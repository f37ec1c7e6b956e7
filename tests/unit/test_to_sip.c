#include "gateway/messages/to_sip.h"
#include "gateway/messages/departure.h"
#include "gateway/messages/enrich.h"
#include "gateway/messages/notices.h"
#include "gateway/messages/recent.h"
#include "gateway/messages/split.h"
#include "gateway/messages/typing.h"
#include "gateway/monitor/siphealth.h"
#include "gateway/outbox/letter.h"
#include "gateway/outbox/outbox.h"
#include "gateway/phones/phones.h"
#include "stream_bench.h"

/* A message of juliet's on its way to romeo, through the real mapping and the
 * real departures; all that it is handed to is a fake that says a line. */
enum { TRIES_MAX = 8 };

struct outbox_item {
	size_t through;
};
struct outgoing {
	const char *name;
	bool is_there;
};
struct split {
	bool has_begun;
};

static struct {
	bool is_too_fast, is_for_phones, is_deaf, is_too_large, is_full;
	bool is_split, is_unsplittable, has_outbox, is_outbox_full, must_wait;
	bool wants_more;	/* it asks for more than plain text */
	const char *message_id; /* of what it became; NULL: its Call-ID */
	struct fault absence;	/* of the phones; status 0: they take it */
	struct outgoing one, plain, part;
	struct outbox_item item;
	struct str known; /* owned: the Call-ID it answers */
	char target[256], call_id[128], tag[64], date[64];
	char in_reply_to[64], next_hop[64];
	uint32_t cseq;
	uac_fn *done; /* of what was pushed, until it is told */
	void *arg;
} T;

/* --- who may send */

bool policy_admit(struct policy *p, struct str key, uint64_t now_ms)
{
	(void)p;
	(void)now_ms;
	assert_true(str_eqz(key, "juliet@xmpp.test") ||
		    str_eqz(key, "juliet@other.test"));
	return !T.is_too_fast;
}

/* --- requests */

static struct outgoing *made(struct outgoing *o, const char *name)
{
	assert_false(o->is_there);
	*o = (struct outgoing){ name, true };
	return o;
}

void outgoing_destroy(struct outgoing **op)
{
	if (*op == NULL)
		return;
	assert_true((*op)->is_there);
	(*op)->is_there = false;
	*op = NULL;
}

static void copy(char *out, size_t n, struct str s)
{
	snprintf(out, n, "%.*s", STR_ARG(s));
}

static void note_draft(const struct draft *d)
{
	struct arena *a = loop_arena(L.loop);
	const struct header *h;

	T.date[0] = T.in_reply_to[0] = '\0';
	for (h = d->headers; h != NULL; h = h->next) {
		if (str_eqz(h->name, "Date"))
			copy(T.date, sizeof(T.date), h->value);
		if (str_eqz(h->name, "In-Reply-To"))
			copy(T.in_reply_to, sizeof(T.in_reply_to), h->value);
	}
	copy(T.target, sizeof(T.target), uri_text(a, &d->target));
	copy(T.call_id, sizeof(T.call_id), d->call_id);
	copy(T.tag, sizeof(T.tag), d->from.tag);
	copy(T.next_hop, sizeof(T.next_hop), d->next_hop);
	T.cseq = d->cseq;
}

struct uac *agent_uac(struct agent *a)
{
	return (struct uac *)a;
}

struct outgoing *uac_prepare(struct uac *u, const struct draft *d)
{
	(void)u;
	note_draft(d);
	line("%.*s", STR_ARG(d->body));
	return T.is_too_large ? NULL : made(&T.one, "one");
}

bool queue_push_again(struct queue *q, const struct queue_place *place,
		      struct outgoing *o, uac_fn *fn, queue_again_fn *again,
		      void *arg)
{
	(void)q;
	assert_true(str_eqz(place->target, T.target));
	assert_true(str_eqz(place->sender, "juliet@xmpp.test"));
	assert_ptr_equal(fn, departure_done);
	assert_ptr_equal(again, departure_again);
	assert_true(o->is_there);
	if (T.is_full)
		return false;
	line("push %s", o->name);
	assert_null(T.done);
	T.done = fn;
	T.arg = arg;
	o->is_there = false;
	return true;
}

/* The SIP side answers what is under way. */
static void sip_says(int status)
{
	const struct outcome o = { .kind = OUTCOME_ANSWERED, .status = status };
	uac_fn *fn = T.done;

	assert_non_null(fn);
	T.done = NULL;
	fn(T.arg, &o);
}

void siphealth_note(struct siphealth *h, const struct outcome *o)
{
	(void)h;
	(void)o;
}

/* --- forms */

bool enrich_is_wanted(const struct link *k, const struct extras *x)
{
	(void)k;
	(void)x;
	return T.wants_more;
}

void enrich(struct link *k, const struct stanza *s, const struct extras *x,
	    struct arena *a, struct draft *d, struct enrichment *out)
{
	(void)k;
	(void)s;
	(void)a;
	assert_non_null(x);
	out->tried = 1U << SKILL_CPIM;
	out->wishes = CPIM_POSITIVE;
	out->message_id =
		T.message_id != NULL ? str_z(T.message_id) : d->call_id;
	out->plain = made(&T.plain, "plain");
	d->body = STR_LIT("rich");
}

bool enrich_is_refused(const struct outcome *o)
{
	(void)o;
	return false;
}

void skills_learn(struct skills *s, struct str contact, enum skill k,
		  bool knows)
{
	(void)s;
	(void)contact;
	(void)k;
	(void)knows;
	fail();
}

bool split_is_wanted(const struct link *k, const struct outgoing *plain)
{
	(void)k;
	assert_true(plain->is_there);
	line("split %s?", plain->name);
	return T.is_split;
}

struct split *split_create(struct link *k, struct arena *a,
			   const struct draft *d, size_t through)
{
	(void)k;
	(void)a;
	note_draft(d);
	line("split %.*s from %zu", STR_ARG(d->body), through);
	return T.is_unsplittable ? NULL : calloc(1, sizeof(struct split));
}

void split_destroy(struct split **sp)
{
	free(*sp);
	*sp = NULL;
}

struct outgoing *split_next(struct split *s)
{
	s->has_begun = true;
	return made(&T.part, "part");
}

bool split_has_begun(const struct split *s)
{
	return s->has_begun;
}

size_t split_through(const struct split *s)
{
	(void)s;
	return 0;
}

/* --- the outbox */

bool outbox_wants(const struct link *k, const struct stanza *s)
{
	(void)k;
	(void)s;
	return T.has_outbox;
}

struct outbox_item *outbox_take(struct outbox *o, const struct stanza *s,
				struct arena *a, const char *token,
				struct fault *why)
{
	(void)o;
	(void)a;
	line("take %.*s", STR_ARG(s->id));
	copy(T.call_id, sizeof(T.call_id),
	     (struct str){ token, LETTER_TOKEN_BYTES });
	if (!T.is_outbox_full)
		return &T.item;
	fault_set(why, 503, COND_RESOURCE_CONSTRAINT, "the outbox is full");
	return NULL;
}

bool outbox_begin(struct outbox_item *it)
{
	assert_ptr_equal(it, &T.item);
	return !T.must_wait;
}

void outbox_end(struct outbox_item *it, const struct outbox_verdict *v)
{
	static const char *const fates[] = { "taken", "away", "refused" };

	assert_ptr_equal(it, &T.item);
	line("kept: %s %d", fates[v->fate],
	     v->fate == FATE_TAKEN ? 0 : v->why.status);
}

bool outbox_is_safe(const struct outbox_item *it)
{
	assert_ptr_equal(it, &T.item);
	return true;
}

bool outbox_is_uncertain(const struct outbox_item *it)
{
	assert_ptr_equal(it, &T.item);
	return false;
}

void outbox_put_through(struct outbox_item *it, size_t bytes)
{
	it->through = bytes;
}

size_t outbox_through(const struct outbox_item *it)
{
	return it->through;
}

/* --- phones */

bool phones_serve(struct bridge *b, const struct uri *uri)
{
	(void)b;
	assert_true(uri->host.n > 0);
	return T.is_for_phones;
}

bool phones_may_hear(struct link *k, const struct jid *to)
{
	(void)k;
	(void)to;
	return !T.is_deaf;
}

bool phones_send(struct link *k, const struct jid *to, const struct draft *d,
		 uac_fn *fn, void *arg, struct fault *why)
{
	(void)k;
	note_draft(d);
	line("phones of %.*s: %.*s", STR_ARG(to->local), STR_ARG(d->body));
	*why = T.absence;
	if (T.absence.status != 0)
		return false;
	T.done = fn;
	T.arg = arg;
	return true;
}

/* --- what is said beside the text */

void typing_user_spoke(struct link *k, const struct stanza *s,
		       enum chat_state state)
{
	(void)k;
	(void)s;
	line("spoke %d", state);
}

void typing_from_user(struct link *k, const struct stanza *s,
		      enum chat_state state)
{
	(void)k;
	(void)s;
	line("state %d", state);
}

void notices_from_user(struct link *k, const struct stanza *s,
		       struct str received, struct str displayed)
{
	(void)k;
	(void)s;
	line("got %.*s read %.*s", STR_ARG(received), STR_ARG(displayed));
}

void notices_await(struct link *k, const struct stanza *s, unsigned wishes,
		   struct str message_id)
{
	(void)k;
	assert_int_equal(wishes, CPIM_POSITIVE);
	line("await %.*s as %s", STR_ARG(s->id),
	     str_eqz(message_id, T.call_id) ? "Call-ID" : "Message-ID");
}

/* --- the bench */

static int set_up(void **state)
{
	(void)state;
	stream_bench_open();
	memset(&T, 0, sizeof(T));
	L.bridge.circle = circle_create();
	L.bridge.recent = recent_create();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	assert_null(L.bridge.departures);
	assert_false(T.one.is_there || T.plain.is_there || T.part.is_there);
	assert_said("");
	recent_destroy(&L.bridge.recent);
	circle_destroy(&L.bridge.circle);
	stream_bench_close();
	return 0;
}

static void send_from(const char *from, const char *to, const char *more)
{
	char text[1024];
	struct stanza s;

	snprintf(text, sizeof(text),
		 "<message xmlns='jabber:component:accept' from='%s' to='%s' "
		 "id='m' %s</message>",
		 from, to, more);
	s = stanza_of(text);
	to_sip_message(&L.link, &s, loop_arena(L.loop));
}

#define BODY	      "type='chat'><body>hi</body>"
#define CHATSTATES(x) "<" x " xmlns='http://jabber.org/protocol/chatstates'/>"

static void mail(const char *more)
{
	send_from("juliet@xmpp.test/b", "romeo@sip.test", more);
}

/* How many stanzas were written, all of them errors to juliet with her id and
 * that condition. */
static void assert_errors(size_t n, const char *condition)
{
	const char *text = written(), *p;
	size_t count = 0;

	for (p = text; (p = strstr(p, "<message ")) != NULL; p++)
		count++;
	assert_int_equal(count, n);
	if (n == 0) {
		assert_string_equal(text, "");
		return;
	}
	if (strstr(text, condition) == NULL ||
	    strstr(text, "to='juliet@") == NULL ||
	    strstr(text, "/b' id='m' type='error'") == NULL)
		fail_msg("no %s to juliet: %s", condition, text);
}

/* --- the tests */

/* Each stanza: what becomes of it, and what is heard beside it. */
static void test_sorts(void **state)
{
	static const struct {
		const char *stanza, *said, *condition;
		uint64_t nothing;
	} cases[] = {
		{ BODY, "spoke 0; hi; split one?; push one", NULL, 0 },
		{ "><body>hi</body>", "spoke 0; hi; split one?; push one", NULL,
		  0 },
		{ BODY CHATSTATES("active"),
		  "spoke 1; hi; split one?; push one", NULL, 0 },
		{ "type='chat'>" CHATSTATES("composing"), "state 2", NULL, 1 },
		{ "type='chat'><received xmlns='urn:xmpp:receipts' id='r'/>",
		  "state 0; got r read ", NULL, 1 },
		{ "type='chat'><displayed xmlns='urn:xmpp:chat-markers:0' "
		  "id='d'/>",
		  "state 0; got  read d", NULL, 1 },
		{ BODY "<displayed xmlns='urn:xmpp:chat-markers:0' id='d'/>",
		  "spoke 0; got  read d; hi; split one?; push one", NULL, 0 },
		{ "type='headline'>" CHATSTATES("composing"), "", NULL, 1 },
		{ "type='headline'><body>hi</body>", "", NULL, 1 },
		{ "type='groupchat'><body>hi</body>", "",
		  "<service-unavailable", 0 },
		{ "type='error'><error type='cancel'/>", "", NULL, 1 },
		{ "type='chat'>", "state 0", NULL, 1 },
		{ "type='chat'><openpgp xmlns='urn:xmpp:openpgp:0'/>", "",
		  "<service-unavailable", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t before = L.bridge.counters.to_sip_nothing;

		mail(cases[i].stanza);
		assert_said(cases[i].said);
		assert_errors(cases[i].condition != NULL, cases[i].condition);
		assert_int_equal(L.bridge.counters.to_sip_nothing - before,
				 cases[i].nothing);
		if (T.done != NULL)
			sip_says(200);
		assert_errors(0, NULL);
	}
}

/* Who may not send at all: told so, and nothing is heard of him. */
static void test_refuses(void **state)
{
	static const struct {
		const char *from;
		bool is_draining, is_down, is_fast;
		const char *condition; /* NULL: it goes */
	} cases[] = {
		{ "juliet@other.test/b", false, false, false, "<forbidden" },
		{ "juliet@xmpp.test/b", false, false, true,
		  "<resource-constraint" },
		{ "juliet@xmpp.test/b", true, false, false,
		  "<resource-constraint" },
		/* What crosses our closing tag cannot be answered any more. */
		{ "juliet@xmpp.test/b", true, true, false, NULL },
		{ "juliet@xmpp.test/b", true, true, true,
		  "<resource-constraint" },
		{ "juliet@xmpp.test/b", false, false, false, NULL },
	};
	uint64_t refused = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		L.bridge.is_draining = cases[i].is_draining;
		L.is_up = !cases[i].is_down;
		T.is_too_fast = cases[i].is_fast;
		send_from(cases[i].from, "romeo@sip.test", BODY);
		refused += cases[i].condition != NULL;
		assert_errors(cases[i].condition != NULL, cases[i].condition);
		assert_int_equal(L.bridge.counters.to_sip_refused, refused);
		if (cases[i].condition == NULL) {
			assert_said("spoke 0; hi; split one?; push one");
			sip_says(200);
		}
		assert_said("");
	}
	assert_int_equal(L.bridge.counters.to_sip_accepted, 2);
}

/* Every message ends once, whatever the SIP side says of it. */
static void test_ends(void **state)
{
	static const struct {
		int status;
		const char *condition;
	} cases[] = {
		{ 200, NULL },
		{ 202, NULL },
		{ 404, "<item-not-found" },
		{ 480, "<recipient-unavailable" },
		{ 503, "<" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		mail(BODY);
		assert_said("spoke 0; hi; split one?; push one");
		assert_errors(0, NULL);
		sip_says(cases[i].status);
		assert_errors(cases[i].condition != NULL, cases[i].condition);
		assert_null(L.bridge.departures);
	}
}

/* Where it goes: a resource that we made up is none, others are. */
static void test_target(void **state)
{
	static const struct {
		const char *to, *target;
	} cases[] = {
		{ "romeo@sip.test", "sip:romeo@sip.example" },
		{ "romeo@sip.test/phone", "sip:romeo@sip.example;gr=phone" },
		{ "romeo@sip.test/sip-1a2b3c4d", "sip:romeo@sip.example" },
		{ "romeo@sip.test/sip-1a2b3c4x",
		  "sip:romeo@sip.example;gr=sip-1a2b3c4x" },
	};

	(void)state;
	L.component.next_hop = STR_LIT("proxy.test");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		send_from("juliet@xmpp.test/b", cases[i].to, BODY);
		assert_string_equal(T.target, cases[i].target);
		assert_string_equal(T.next_hop, "proxy.test");
		assert_int_equal(T.cseq, 1);
		assert_int_equal(strlen(T.call_id), 24);
		assert_int_equal(strlen(T.tag), 12);
		sip_says(200);
	}
	strbuf_reset(&SAID);
}

/* A contact who is a user of ours in truth, of whichever component. */
static void test_leads_back(void **state)
{
	static const struct str elsewhere[] = { STR("elsewhere.test") };
	struct config_component other = L.component;
	struct link links[2] = { L.link, L.link };
	struct uri uri;
	const char *why;

	(void)state;
	L.component.plan.contacts = other.plan.contacts = CONTACT_ESCAPED;
	other.plan.xmpp_domains = elsewhere;
	links[1].cfg = &other;
	L.bridge.links = links;
	L.bridge.link_count = 2;
	send_from("juliet@xmpp.test/b", "nurse\\40xmpp.test@sip.test", BODY);
	assert_errors(1, "<item-not-found");
	send_from("juliet@xmpp.test/b", "nurse\\40elsewhere.test@sip.test",
		  BODY);
	assert_errors(1, "<not-acceptable");
	assert_said("");
	send_from("juliet@xmpp.test/b", "nurse\\40away.test@sip.test", BODY);
	assert_said("spoke 0; hi; split one?; push one");
	sip_says(200);
	/* Unless his phones attach to us. */
	T.is_for_phones = true;
	send_from("juliet@xmpp.test/b", "nurse\\40elsewhere.test@sip.test",
		  BODY);
	assert_said("spoke 0; phones of nurse\\40elsewhere.test: hi");
	sip_says(200);
	assert_errors(0, NULL);
	L.bridge.link_count = 1;
	assert_true(uri_read(STR_LIT("sip:n@xmpp.test"), &uri, &why));
	assert_true(to_sip_leads_back(&L.bridge, &uri));
	assert_true(uri_read(STR_LIT("sip:n@elsewhere.test"), &uri, &why));
	assert_false(to_sip_leads_back(&L.bridge, &uri));
	L.bridge.links = &L.link;
}

/* What comes back through another gateway has our Call-ID as its thread. */
static void test_comes_round(void **state)
{
	static const struct str both[] = { STR("xmpp.test"),
					   STR("other.test") };
	char more[256];

	(void)state;
	L.component.plan.xmpp_domains = both;
	L.component.plan.xmpp_domain_count = 2;
	mail(BODY);
	sip_says(200);
	snprintf(more, sizeof(more), BODY "<thread>%s</thread>", T.call_id);
	strbuf_reset(&SAID);
	mail(more); /* the same user goes on with it */
	assert_said("spoke 0; hi; split one?; push one");
	sip_says(200);
	assert_errors(0, NULL);
	/* A thread of her own, and then the same by another gateway. */
	mail(BODY "<thread>t</thread>");
	assert_said("spoke 0; hi; split one?; push one");
	sip_says(200);
	send_from("juliet@other.test/b", "romeo@sip.test",
		  BODY "<thread>t</thread>");
	assert_errors(1, "<forbidden");
	assert_said("");
}

/* A reply names the Call-ID of what it answers, if we still know it. */
static void test_replies(void **state)
{
	static const char reply[] =
		BODY "<reply xmlns='urn:xmpp:reply:0' id='"
		     "abcdefghijklmnopqrstuvwxyzabcdef' to='romeo@sip.test'/>";

	(void)state;
	mail(reply);
	sip_says(200);
	assert_string_equal(T.in_reply_to, "");
	recent_put(L.bridge.recent, "abcdefghijklmnopqrstuvwxyzabcdef",
		   STR_LIT("their-call-id"));
	mail(reply);
	sip_says(200);
	assert_string_equal(T.in_reply_to, "their-call-id");
	mail(BODY);
	sip_says(200);
	assert_string_equal(T.in_reply_to, "");
	strbuf_reset(&SAID);
}

/* It cannot be sent: once told, and nothing is left of it. */
static void test_no_way(void **state)
{
	(void)state;
	T.is_full = true;
	mail(BODY);
	assert_said("spoke 0; hi; split one?");
	assert_errors(1, "<resource-constraint");
	T.wants_more = true; /* the plain form goes with it */
	mail(BODY);
	assert_said("spoke 0; rich; split plain?");
	assert_errors(1, "<resource-constraint");
	T.is_full = false;
	T.is_too_large = true;
	mail(BODY);
	assert_said("spoke 0; rich");
	assert_errors(1, "<policy-violation");
	T.wants_more = false;
	mail(BODY);
	assert_said("spoke 0; hi");
	assert_errors(1, "<policy-violation");
	assert_int_equal(L.bridge.counters.to_sip_refused, 4);
	/* And of what waits the outbox hears. */
	T.has_outbox = true;
	mail(BODY);
	assert_said("spoke 0; take m; hi; kept: refused 513");
	T.is_too_large = false;
	T.is_full = true;
	mail(BODY);
	assert_said("spoke 0; take m; hi; split one?; kept: away 503");
	assert_errors(0, NULL);
}

/* More than plain text: whichever form will be understood, its notices are. */
static void test_rich(void **state)
{
	(void)state;
	T.wants_more = true;
	mail(BODY);
	assert_said("spoke 0; rich; split plain?; push one; "
		    "await m as Call-ID");
	assert_ptr_equal(L.bridge.departures->plain, &T.plain);
	assert_int_equal(L.bridge.departures->tried, 1U << SKILL_CPIM);
	sip_says(200);
	T.message_id = "mid";
	mail(BODY);
	assert_said("spoke 0; rich; split plain?; push one; "
		    "await m as Message-ID; await m as Call-ID");
	sip_says(200);
	assert_errors(0, NULL);
}

static void test_split(void **state)
{
	(void)state;
	T.is_split = true;
	mail(BODY);
	assert_said("spoke 0; hi; split one?; split hi from 0; push one");
	assert_non_null(L.bridge.departures->split);
	sip_says(200);
	/* In parts it goes as plain text. */
	T.wants_more = true;
	mail(BODY);
	assert_said("spoke 0; rich; split plain?; split hi from 0; push one; "
		    "await m as Call-ID");
	sip_says(200);
}

/* The outbox: taken first, sent at once if it is its turn. */
static void test_outbox(void **state)
{
	(void)state;
	T.has_outbox = true;
	mail(BODY);
	assert_memory_equal(T.call_id, T.call_id, 24);
	assert_said("spoke 0; take m; hi; split one?; push one");
	assert_ptr_equal(L.bridge.departures->kept, &T.item);
	sip_says(480);
	assert_said("kept: away 480");
	T.must_wait = true;
	mail(BODY);
	assert_said("spoke 0; take m");
	assert_errors(0, NULL);
	T.is_outbox_full = true;
	mail(BODY);
	assert_said("spoke 0; take m");
	assert_errors(1, "<resource-constraint");
	/* What has no text is none of its business. */
	mail("type='chat'>" CHATSTATES("composing"));
	assert_said("state 2");
}

/* --- once more */

static void again(const char *more, uint32_t cseq)
{
	char text[1024];
	struct stanza s;
	const struct to_sip_try t = {
		.item = &T.item,
		.token = "0123456789abcdefghijklmntagtagtagtag",
		.cseq = cseq,
		.since_s = 1767225600, /* 2026-01-01 */
	};

	snprintf(text, sizeof(text),
		 "<message xmlns='jabber:component:accept' "
		 "from='juliet@xmpp.test/b' to='romeo@sip.test' id='m' "
		 "%s</message>",
		 more);
	s = stanza_of(text);
	to_sip_again(&L.link, &s, loop_arena(L.loop), &t);
}

/* To the other side it is the same request as before, later. */
static void test_again(void **state)
{
	(void)state;
	again(BODY, 7);
	assert_said("hi; split one?; push one");
	assert_string_equal(T.call_id, "0123456789abcdefghijklmn");
	assert_string_equal(T.tag, "tagtagtagtag");
	assert_int_equal(T.cseq, 7);
	assert_string_equal(T.date, "Thu, 01 Jan 2026 00:00:00 GMT");
	sip_says(200);
	assert_said("kept: taken 0");
	/* Older still: as it was written. */
	again(BODY "<delay xmlns='urn:xmpp:delay' "
		   "stamp='2025-12-31T00:00:00Z'/>",
	      8);
	assert_string_equal(T.date, "Wed, 31 Dec 2025 00:00:00 GMT");
	sip_says(503);
	assert_said("hi; split one?; push one; kept: away 503");
	/* It was admitted and heard when it came. */
	T.is_too_fast = true;
	again(BODY CHATSTATES("active"), 9);
	sip_says(403);
	assert_said("hi; split one?; push one; kept: refused 403");
	assert_errors(0, NULL);
}

/* What has begun in parts goes on in parts, from where it was. */
static void test_again_in_parts(void **state)
{
	(void)state;
	T.item.through = 500;
	T.wants_more = true;
	again(BODY, 7);
	assert_said("split hi from 500; push part");
	assert_int_equal(T.cseq, 7);
	sip_says(200);
	assert_said("kept: taken 0");
	T.is_unsplittable = true; /* the limits have changed */
	again(BODY, 7);
	assert_said("split hi from 500; kept: refused 513");
	assert_errors(0, NULL);
}

/* The configuration has changed meanwhile: it ends. */
static void test_again_refused(void **state)
{
	(void)state;
	again("type='headline'><body>hi</body>", 7);
	assert_said("kept: refused 488");
	again("type='groupchat'><body>hi</body>", 7);
	assert_said("kept: refused 403");
	L.component.plan.component = STR_LIT("elsewhere.test");
	again(BODY, 7);
	assert_said("kept: refused 404");
	assert_errors(0, NULL);
}

/* --- phones that attach to us */

static void test_phones(void **state)
{
	(void)state;
	T.is_for_phones = true;
	T.wants_more = true;
	L.component.next_hop = STR_LIT("proxy.test");
	mail(BODY);
	assert_said("spoke 0; phones of romeo: hi");
	assert_string_equal(T.next_hop, "");
	sip_says(486);
	assert_errors(1, "<recipient-unavailable");
	T.is_deaf = true; /* none is registered */
	fault_set(&T.absence, 480, COND_RECIPIENT_UNAVAILABLE, "no phone");
	mail(BODY CHATSTATES("active"));
	assert_said("phones of romeo: hi");
	assert_errors(1, "<recipient-unavailable");
	mail("type='chat'>" CHATSTATES("composing"));
	assert_said("");
	/* Of one who has no phone now it waits; not of one who does not exist.
	 */
	T.has_outbox = true;
	mail(BODY);
	assert_said("take m; phones of romeo: hi; kept: away 480");
	fault_set(&T.absence, 404, COND_ITEM_NOT_FOUND, "nobody");
	mail(BODY);
	assert_said("take m; phones of romeo: hi; kept: refused 404");
	assert_errors(0, NULL);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_sorts),	   TEST(test_refuses),
		TEST(test_ends),	   TEST(test_target),
		TEST(test_leads_back),	   TEST(test_comes_round),
		TEST(test_replies),	   TEST(test_no_way),
		TEST(test_rich),	   TEST(test_split),
		TEST(test_outbox),	   TEST(test_again),
		TEST(test_again_in_parts), TEST(test_again_refused),
		TEST(test_phones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
