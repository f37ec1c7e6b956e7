#include "gateway/messages/to_xmpp.h"
#include "gateway/messages/arrival.h"
#include "gateway/messages/aside.h"
#include "gateway/messages/notices.h"
#include "gateway/messages/recent.h"
#include "gateway/messages/skills.h"
#include "gateway/messages/typing.h"
#include "gateway/outbox/outbox.h"
#include "gateway/phones/phones.h"
#include "gateway/services/nicks.h"
#include "gateway/services/privilege.h"
#include "gateway/trust/admission.h"
#include "stream_bench.h"

/* A MESSAGE from SIP, between fakes of all that it may be handed to: it goes to
 * one of them, or is answered; and each has one answer. */
static struct {
	struct fault refusal; /* of the admission; status 0: let in */
	bool has_room, must_wait, is_for_phones, is_known, is_notice_news;
	struct str is_crowded_by;     /* no room for that source */
	struct fault absence;	      /* of phones; status 0: there */
	char id[STANZA_ID_BYTES + 1]; /* of the last stanza */
} T;

bool admission_read(struct bridge *b, const struct request *r, struct arena *a,
		    struct admission *out, struct fault *why)
{
	(void)r;
	(void)a;
	*why = T.refusal;
	*out = (struct admission){
		.link = &b->links[0],
		.from = { STR("romeo"), STR("sip.test"), STR("") },
		.to = { STR("juliet"), STR("xmpp.test"), STR("") },
	};
	return T.refusal.status == 0;
}

bool admission_has_room(struct link *k, struct fault *why)
{
	(void)k;
	if (T.has_room)
		return true;
	return admission_refuse(why);
}

bool admission_refuse(struct fault *why)
{
	fault_set(why, 503, COND_REMOTE_SERVER_TIMEOUT, NULL);
	why->retry_after_s = 5;
	return false;
}

static void hand(const char *what, struct answer *a, const struct stanza *s,
		 const struct xml *extra)
{
	const struct text *body = s->u.message.body;

	line("%s %.*s%s", what, STR_ARG(body != NULL ? body->s : STR_LIT("-")),
	     extra != NULL ? " with a name" : "");
	snprintf(T.id, sizeof(T.id), "%.*s", STR_ARG(s->id));
	a->name = NULL;
}

void arrival_send(struct link *k, struct answer *a, const struct stanza *s,
		  const struct xml *extra)
{
	(void)k;
	hand("send", a, s, extra);
}

void arrival_keep(struct link *k, struct answer *a, const struct stanza *s,
		  const struct xml *extra)
{
	(void)k;
	hand("keep", a, s, extra);
}

bool arrival_must_wait(const struct link *k)
{
	(void)k;
	return T.must_wait;
}

bool arrival_has_room(const struct link *k, struct str source)
{
	(void)k;
	return T.is_crowded_by.n == 0 || !str_eq(source, T.is_crowded_by);
}

bool arrival_bounced(struct link *k, const struct stanza *s)
{
	(void)k;
	(void)s;
	return T.is_known;
}

void arrival_reply(struct bridge *b, struct answer *a, const struct reply *r)
{
	(void)b;
	agent_reply(a, r);
}

bool aside_is_id(struct str id)
{
	return str_eqz(id, "aside");
}

void notices_refused(struct link *k, const struct jid *user,
		     const struct jid *contact, struct str stanza_id)
{
	(void)k;
	line("refused %.*s %.*s %.*s", STR_ARG(user->local),
	     STR_ARG(contact->local), STR_ARG(stanza_id));
}

bool notices_bounced(struct link *k, const struct stanza *s)
{
	(void)k;
	line("bounced %.*s", STR_ARG(s->id));
	return true;
}

void notices_owe(struct link *k, const struct cpim *c, const struct stanza *s)
{
	(void)k;
	(void)c;
	(void)s;
	line("owe");
}

bool notices_from_contact(struct link *k, const struct jid *contact,
			  const struct jid *user, const struct imdn *n,
			  struct answer *a)
{
	(void)k;
	(void)contact;
	(void)user;
	(void)n;
	line("notice");
	if (T.is_notice_news)
		a->name = NULL;
	return T.is_notice_news;
}

struct str notices_stanza(struct link *k, const struct jid *contact,
			  const struct jid *user, struct str message_id)
{
	(void)k;
	(void)contact;
	(void)user;
	line("reply to %.*s", STR_ARG(message_id));
	return STR_NONE;
}

void skills_learn(struct skills *s, struct str contact, enum skill what,
		  bool knows)
{
	static const char *const names[] = { [SKILL_CPIM] = "cpim",
					     [SKILL_TYPING] = "typing",
					     [SKILL_NOTICES] = "notices" };

	(void)s;
	assert_true(knows);
	assert_true(str_eqz(contact, "romeo@sip.test"));
	line("knows %s", names[what]);
}

void typing_from_contact(struct link *k, const struct jid *contact,
			 const struct jid *user, const struct iscomposing *i)
{
	(void)k;
	(void)contact;
	(void)user;
	(void)i;
	line("types");
}

void typing_contact_spoke(struct link *k, struct arena *a,
			  const struct jid *contact, const struct jid *user,
			  struct message *m)
{
	(void)k;
	(void)a;
	(void)contact;
	(void)user;
	(void)m;
}

void privilege_name(struct link *k, const struct jid *user,
		    const struct jid *contact, struct str name)
{
	(void)k;
	(void)user;
	(void)contact;
	line("roster %.*s", STR_ARG(name));
}

bool phones_serve(struct bridge *b, const struct uri *uri)
{
	(void)b;
	(void)uri;
	return T.is_for_phones;
}

bool phones_are_there(struct bridge *b, struct link *k, const struct jid *to,
		      struct fault *why)
{
	(void)b;
	(void)k;
	(void)to;
	*why = T.absence;
	return T.absence.status == 0;
}

void outbox_online(struct outbox *o, const struct jid *contact)
{
	(void)o;
	assert_true(str_eqz(contact->local, "romeo"));
	line("online");
}

/* --- the bench */

static int set_up(void **state)
{
	(void)state;
	stream_bench_open();
	memset(&T, 0, sizeof(T));
	T.has_room = true;
	L.component.message = (struct message_rules){ .type = MESSAGE_CHAT,
						      .delay_after_s = 60,
						      .body_max_bytes = 1000 };
	L.bridge.nicks = nicks_create();
	L.bridge.recent = recent_create();
	L.bridge.ids = stanza_ids_create();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	nicks_destroy(&L.bridge.nicks);
	recent_destroy(&L.bridge.recent);
	stanza_ids_destroy(&L.bridge.ids);
	stream_bench_close();
	return 0;
}

static struct request message(const char *body)
{
	struct request r = { .method = METHOD_MESSAGE,
			     .call_id = STR("call-1"),
			     .cseq = 1,
			     .date_s = -1,
			     .expires_s = -1,
			     .max_forwards = 70,
			     .content_type = STR("text/plain"),
			     .body = str_z(body) };
	const char *why;

	assert_true(
		uri_read(STR_LIT("sip:romeo@sip.example"), &r.from.uri, &why));
	assert_true(uri_read(STR_LIT("sip:juliet@xmpp.test"), &r.target, &why));
	r.from.tag = STR_LIT("f");
	r.to.uri = r.target;
	return r;
}

static void come(struct request r)
{
	to_xmpp_message(&L.bridge, &r, answer("A"));
}

#define TYPING                                                                 \
	"<isComposing xmlns='urn:ietf:params:xml:ns:im-iscomposing'>"          \
	"<state>active</state></isComposing>"
#define NOTICE                                                                 \
	"<imdn xmlns='urn:ietf:params:xml:ns:imdn'><message-id>1</message-id>" \
	"<datetime>2026-01-02T03:04:05Z</datetime><delivery-notification>"     \
	"<status><delivered/></status></delivery-notification></imdn>"

static void test_handed_on(void **state)
{
	struct request r = message("hi");

	(void)state;
	come(r);
	assert_said("online; send hi");
	assert_int_equal(strlen(T.id), STANZA_ID_BYTES);
	assert_true(str_eqz(recent_call_id(L.bridge.recent, str_z(T.id)),
			    "call-1"));
	r.in_reply_to = STR_LIT(" call-0 ");
	come(r);
	assert_said("online; reply to call-0; send hi");
}

/* A copy has the id of the first; another message has another. */
static void test_ids(void **state)
{
	struct request r = message("hi");
	char first[sizeof(T.id)];

	(void)state;
	come(r);
	memcpy(first, T.id, sizeof(first));
	come(r);
	assert_string_equal(T.id, first);
	r.cseq++;
	come(r);
	assert_string_not_equal(T.id, first);
	strbuf_reset(&SAID);
}

static void test_refused(void **state)
{
	(void)state;
	fault_set(&T.refusal, 403, COND_FORBIDDEN, "no");
	come(message("hi"));
	assert_said("A 403"); /* and nobody is told that he is online */
	assert_true(str_eqz(S.reason, "no"));
	T.refusal.status = 503;
	T.refusal.retry_after_s = 7;
	come(message("hi"));
	assert_said("A 503 retry");
	T.refusal.status = 0;
	T.has_room = false;
	come(message("hi"));
	assert_said("online; A 503 retry");
}

/* Too many of one source wait: those of others have room. */
static void test_crowded(void **state)
{
	struct request r = message("hi");

	(void)state;
	r.source.peer.in.sin_family = AF_INET;
	memcpy(&r.source.peer.in.sin_addr, "\x7f\0\0\1", 4);
	T.is_crowded_by = (struct str){ "\x7f\0\0\1", 4 };
	come(r);
	assert_said("online; A 503 retry");
	memcpy(&r.source.peer.in.sin_addr, "\x7f\0\0\2", 4);
	come(r);
	assert_said("online; send hi");
}

/* The server is away: a text waits, if it may be kept; nothing else does. */
static void test_waits(void **state)
{
	struct request r = message("hi");

	(void)state;
	T.must_wait = true;
	T.has_room = false; /* the store has */
	come(r);
	assert_said("online; keep hi");
	r.expires_s = 1;
	come(r);
	assert_said("online; keep hi");
	r.expires_s = 0; /* RFC 3428 §7: must not be stored */
	come(r);
	assert_said("online; A 503 retry");
	T.must_wait = false;
	T.has_room = true;
	come(r);
	assert_said("online; send hi");
}

/* What a 415 says would do. */
static void test_content(void **state)
{
	struct request r = message("hi");
	char big[1002];

	(void)state;
	r.content_type = STR_LIT("image/png");
	come(r);
	strbuf_addc(&SAID, '\0');
	assert_non_null(strstr(SAID.p, "online; A 415 Accept-Encoding: "));
	assert_non_null(strstr(SAID.p, " Accept: text/plain"));
	strbuf_reset(&SAID);
	memset(big, 'x', sizeof(big));
	big[1001] = '\0';
	come(message(big));
	assert_said("online; A 413");
	big[1000] = '\0';
	come(message(big));
	strbuf_addc(&SAID, '\0');
	assert_non_null(strstr(SAID.p, "send xxx"));
	strbuf_reset(&SAID);
	come(message(""));
	assert_said("online; A 202"); /* nothing to say */
}

static void test_typing(void **state)
{
	struct request r = message(TYPING);

	(void)state;
	r.content_type = STR_LIT("application/im-iscomposing+xml");
	come(r);
	assert_said("online; knows typing; types; A 202");
	r.body = STR_LIT("<isComposing xmlns='urn:other'/>");
	come(r);
	assert_said("online; A 400");
	r.body = STR_LIT("<isComposing");
	come(r);
	assert_said("online; A 400");
}

/* A notice that is news is answered when it is kept; any other at once. */
static void test_notice(void **state)
{
	struct request r = message(NOTICE);

	(void)state;
	r.content_type = STR_LIT("message/imdn+xml");
	come(r);
	assert_said("online; knows notices; notice; A 202");
	T.is_notice_news = true;
	come(r);
	assert_said("online; knows notices; notice");
	r.body = STR_LIT("<imdn xmlns='urn:ietf:params:xml:ns:imdn'/>");
	come(r);
	assert_said("online; A 400");
}

static void test_cpim(void **state)
{
	struct request r = message("From: <sip:romeo@sip.example>\r\n"
				   "To: <sip:juliet@xmpp.test>\r\n\r\n"
				   "Content-Type: text/plain\r\n\r\nhi");

	(void)state;
	r.content_type = STR_LIT("message/cpim");
	come(r);
	assert_said("online; knows cpim; owe; send hi");
}

/* With the first message only (XEP-0172 §4.2). */
static void test_name(void **state)
{
	struct jid romeo = { STR("romeo"), STR("sip.test"), STR("") };
	struct request r = message("hi");

	(void)state;
	r.from.display = STR_LIT("Romeo");
	come(r);
	assert_said("online; send hi"); /* the admission has not noted it */
	nicks_note(L.bridge.nicks, &romeo, STR_LIT("Romeo"));
	come(r);
	assert_said("online; roster Romeo; send hi with a name");
	come(r);
	assert_said("online; send hi");
}

/* From one phone of ours to another. */
static void test_phones(void **state)
{
	(void)state;
	T.is_for_phones = true;
	come(message("hi"));
	assert_said("online; send hi");
	fault_set(&T.absence, 404, COND_ITEM_NOT_FOUND, "nobody");
	come(message("hi"));
	assert_said("online; A 404");
	fault_set(&T.absence, 480, COND_RECIPIENT_UNAVAILABLE, "away");
	come(message("hi"));
	assert_said("online; A 480");
	L.component.outbox.to_sip = true; /* it waits there for him */
	come(message("hi"));
	assert_said("online; send hi");
	T.absence.status = 404;
	come(message("hi"));
	assert_said("online; A 404");
}

static void test_bounces(void **state)
{
	struct stanza e = { .kind = STANZA_MESSAGE,
			    .from = { STR("juliet"), STR("xmpp.test"),
				      STR("") },
			    .to = { STR("romeo"), STR("sip.test"), STR("") },
			    .id = STR("m") };

	(void)state;
	T.is_known = true;
	to_xmpp_bounce(&L.link, &e);
	assert_said("refused juliet romeo m");
	T.is_known = false;
	to_xmpp_bounce(&L.link, &e);
	assert_said("bounced m");
	assert_int_equal(L.bridge.counters.bounced_late, 1);
	e.id = STR_LIT("aside"); /* nobody's message */
	to_xmpp_bounce(&L.link, &e);
	assert_said("");
	assert_int_equal(L.bridge.counters.bounced_late, 1);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_handed_on), TEST(test_ids),	 TEST(test_refused),
		TEST(test_crowded),   TEST(test_waits),	 TEST(test_content),
		TEST(test_typing),    TEST(test_notice), TEST(test_cpim),
		TEST(test_name),      TEST(test_phones), TEST(test_bounces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
