/* room: mapping */
/* runs: 200000 */
/* SIP -> stanza: fields are rules, Content-Type, Content-Encoding, language,
 * subject, Call-ID, body. What comes out is text that XML can carry. */
#include "fields.h"
#include "fuzz.h"
#include "mapping/message.h"

enum { BODY_MAX_BYTES = 4096, WALL_S = 1000000000 };

static const struct message_rules rules[] = {
	{ .thread = THREAD_CALL_ID,
	  .delay_after_s = 60,
	  .body_max_bytes = BODY_MAX_BYTES,
	  .wants_xhtml = true,
	  .wants_receipts = true },
	{ .type = MESSAGE_CHAT,
	  .thread = THREAD_CONVERSATION,
	  .delay_after_s = 60,
	  .body_max_bytes = BODY_MAX_BYTES },
	{ .type = MESSAGE_CHAT,
	  .thread = THREAD_NONE,
	  .delay_after_s = 60,
	  .body_max_bytes = BODY_MAX_BYTES / 16,
	  .wants_xhtml = true },
};

static void check_text(struct arena *a, struct str s)
{
	FUZZ_CHECK(str_is_utf8(s));
	FUZZ_CHECK(str_eq(xml_clean(a, s), s));
	FUZZ_CHECK(str_find(s, '\r') == s.n);
}

static void check(struct arena *a, const struct env *env,
		  const struct stanza *s)
{
	const struct message *m = &s->u.message;

	FUZZ_CHECK(m->body != NULL && m->body->s.n > 0);
	FUZZ_CHECK(m->body->s.n <= env->rules->body_max_bytes);
	check_text(a, m->body->s);
	if (m->subject != NULL) {
		check_text(a, m->subject->s);
		FUZZ_CHECK(str_find(m->subject->s, '\n') == m->subject->s.n);
	}
	for (size_t i = 0; i < s->lang.n; i++)
		FUZZ_CHECK(s->lang.p[i] > ' ' && s->lang.p[i] != '\'');
}

static void call_id_leads_back(struct arena *a, struct str call_id)
{
	struct str thread = message_call_id_to_thread(a, call_id), back;

	/* One that is a Call-ID: it is a thread as it stands or escaped. */
	if (!message_thread_to_call_id(a, thread, &back))
		return;
	FUZZ_CHECK(back.n > 0 && back.n <= CALL_ID_MAX_BYTES);
	FUZZ_CHECK(str_eq(message_call_id_to_thread(a, back), thread));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct jid from = { STR("a"),
					 STR("sip.example.com"),
					 { NULL, 0 } };
	static const struct jid to = { STR("b"),
				       STR("example.com"),
				       { NULL, 0 } };
	struct str rest = { (const char *)data, size }, choice;
	struct env env = { .wall_s = WALL_S, .stanza_id = STR("i") };
	struct request r = { .method = METHOD_MESSAGE };
	struct fault fault = { .status = 0 };
	struct content c;
	struct stanza s;
	struct arena a;
	enum mapped mapped;

	arena_init(&a, 4096);
	choice = fuzz_field(&rest);
	env.rules = &rules[fuzz_choice(choice, 3)];
	r.date_s = choice.n > 1 ? WALL_S - (unsigned char)choice.p[1] : -1;
	r.expires_s = choice.n > 2 ? (unsigned char)choice.p[2] : -1;
	r.content_type = fuzz_field(&rest);
	r.content_encoding = fuzz_field(&rest);
	r.language = fuzz_field(&rest);
	r.subject = fuzz_field(&rest);
	r.call_id = fuzz_field(&rest);
	r.body = rest;
	mapped = MAPPED_REFUSED;
	if (content_read(&a, &env, &r, &c, &fault))
		mapped = message_to_xmpp(&a, &env, &r, &c, &from, &to, &s);
	if (mapped == MAPPED)
		check(&a, &env, &s);
	FUZZ_CHECK((mapped == MAPPED_REFUSED) == (fault.status != 0));
	call_id_leads_back(&a, r.call_id);
	arena_fini(&a);
	return 0;
}
