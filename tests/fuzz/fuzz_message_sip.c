/* room: mapping */
/* runs: 200000 */
/* Stanza -> SIP: fields are plan, type, from, to, stanza language, language of
 * the body, subject, thread, delay stamp, body. No header can end early. */
#include "fields.h"
#include "fuzz.h"
#include "mapping/address.h"
#include "mapping/message.h"

static const struct message_rules rules = {
	.type = MESSAGE_NORMAL,
	.thread = THREAD_CALL_ID,
	.delay_after_s = 60,
	.body_max_bytes = 4096,
	.wants_headline = true,
};

static void check_clean(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		FUZZ_CHECK((unsigned char)s.p[i] >= ' ' && s.p[i] != 0x7F);
}

static void check(struct arena *a, const struct env *env,
		  const struct stanza *s, const struct draft *d)
{
	struct fault fault;
	struct str thread;
	struct jid jid;

	check_clean(uri_text(a, &d->target));
	check_clean(uri_text(a, &d->from.uri));
	check_clean(uri_text(a, &d->to.uri));
	check_clean(d->call_id);
	FUZZ_CHECK(d->call_id.n > 0 && d->call_id.n <= CALL_ID_MAX_BYTES);
	for (const struct header *h = d->headers; h != NULL; h = h->next) {
		check_clean(h->value);
		FUZZ_CHECK(h->value.n > 0);
	}
	FUZZ_CHECK(d->body.n > 0);
	FUZZ_CHECK(address_contact_jid(a, env->plan, &d->target, &jid, NULL,
				       &fault));
	FUZZ_CHECK(jid_eq(&jid, &s->to));
	thread = message_call_id_to_thread(a, d->call_id);
	FUZZ_CHECK(str_eq(thread, s->u.message.thread) ||
		   str_eq(d->call_id, env->call_id));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str rest = { (const char *)data, size };
	struct stanza s = { .kind = STANZA_MESSAGE };
	struct text body = { .next = NULL }, subject = { .next = NULL };
	struct env env = { .rules = &rules,
			   .call_id = STR("fresh"),
			   .tag = STR("t") };
	struct arena a;
	struct draft d;
	struct fault fault = { .status = 0 };
	const char *why;
	const struct extras x = { .state = CHAT_NONE };
	enum mapped mapped;

	arena_init(&a, 4096);
	env.plan = &fuzz_plans[fuzz_choice(fuzz_field(&rest), 4)];
	s.u.message.type = (enum message_type)fuzz_choice(fuzz_field(&rest), 5);
	if (jid_read(&a, fuzz_field(&rest), &s.from, &why) &&
	    jid_read(&a, fuzz_field(&rest), &s.to, &why)) {
		s.lang = fuzz_field(&rest);
		body.lang = fuzz_field(&rest);
		subject.s = fuzz_field(&rest);
		s.u.message.thread = fuzz_field(&rest);
		s.u.message.delay_stamp = fuzz_field(&rest);
		body.s = rest;
		s.u.message.body = &body;
		s.u.message.subject = &subject;
		mapped = message_to_sip(&a, &env, &s, &x, &d, &fault);
		if (mapped == MAPPED)
			check(&a, &env, &s, &d);
		FUZZ_CHECK((mapped == MAPPED_REFUSED) == (fault.status != 0));
	}
	arena_fini(&a);
	return 0;
}
