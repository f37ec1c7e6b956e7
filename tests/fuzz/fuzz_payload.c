/* room: mapping;xmpp */
/* What a message says beside its text, or instead of it: the first byte chooses
 * type and rules, the rest is what stands in the stanza. It becomes a text that
 * SIP can carry, or its sender is told, or there is nothing in it for a person;
 * and what is found in it is in it. */
#include "fields.h"
#include "fuzz.h"
#include "mapping/edits.h"
#include "mapping/message.h"
#include "mapping/payload.h"
#include "xmpp/stream.h"

enum { CHUNK_BYTES = 16384, STANZA_MAX_BYTES = 1 << 20, RULES = 3 };

static const struct stream_limits limits = { STANZA_MAX_BYTES, 32, 64 };
static const char *const types[] = { "chat", "normal", "headline",
				     "groupchat" };

static const struct message_rules rules[RULES] = {
	{ .thread = THREAD_CALL_ID,
	  .wants_receipts = true,
	  .edited_mark = STR("edited:"),
	  .retracted_mark = STR("taken back") },
	{ .thread = THREAD_NONE },
	{ .thread = THREAD_CONVERSATION,
	  .wants_headline = true,
	  .retracted_mark = STR("taken back") },
};

static bool read_it(struct arena *a, unsigned choice, struct str inside,
		    struct stanza *s)
{
	struct str text = str_fmt(
		a,
		"<message xmlns='jabber:component:accept' id='i' type='%s' "
		"from='juliet@example.com/b' to='romeo@example.net'>%.*s"
		"</message>",
		types[choice % 4], STR_ARG(inside));
	const char *why;
	const struct xml *el = stream_document(a, text, &limits, &why);
	struct fault fault;
	bool is_wanted;

	return el != NULL && stanza_read(a, el, s, &fault, &is_wanted) &&
	       s->kind == STANZA_MESSAGE;
}

static void check_extras(struct arena *a, const struct xml *el,
			 const struct extras *x)
{
	struct extras again;

	extras_read(a, el, &again);
	FUZZ_CHECK(x->state == again.state);
	FUZZ_CHECK(x->wants_receipt == again.wants_receipt);
	FUZZ_CHECK(str_eq(x->url, again.url));
	FUZZ_CHECK(str_is_utf8(x->url) && str_is_utf8(x->url_words));
	FUZZ_CHECK(x->html == NULL || el->child != NULL);
	if (el->child == NULL) {
		FUZZ_CHECK(payload_lost(el, x) == NULL);
		FUZZ_CHECK(x->state == CHAT_NONE && !x->wants_receipt);
	}
}

static void check_text(struct arena *a, const struct draft *d)
{
	FUZZ_CHECK(d->body.n > 0);
	FUZZ_CHECK(str_is_utf8(d->body));
	FUZZ_CHECK(str_eq(xml_clean(a, d->body), d->body));
	for (const struct header *h = d->headers; h != NULL; h = h->next)
		for (size_t i = 0; i < h->value.n; i++)
			FUZZ_CHECK((unsigned char)h->value.p[i] >= ' ');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str in = { (const char *)data, size };
	struct env env = { .plan = &fuzz_plans[0],
			   .call_id = STR("fresh"),
			   .tag = STR("t") };
	unsigned choice = size > 0 ? data[0] : 0;
	struct fault fault = { .status = 0 };
	enum message_type type;
	enum mapped mapped;
	struct extras x;
	struct stanza s;
	struct arena a;
	struct draft d;

	arena_init(&a, CHUNK_BYTES);
	env.rules = &rules[choice / 4 % RULES];
	if (read_it(&a, choice, str_from(in, 1), &s)) {
		extras_read(&a, s.el, &x);
		check_extras(&a, s.el, &x);
		mapped = message_to_sip(&a, &env, &s, &x, &d, &fault);
		FUZZ_CHECK((mapped == MAPPED_REFUSED) == (fault.status != 0));
		type = s.u.message.type;
		if (mapped == MAPPED)
			check_text(&a, &d);
		/* Nothing that a person was to read is dropped in silence. */
		if (mapped == MAPPED_NOTHING && type != MESSAGE_HEADLINE) {
			FUZZ_CHECK(payload_lost(s.el, &x) == NULL);
			FUZZ_CHECK(s.u.message.body == NULL ||
				   s.u.message.body->s.n == 0);
		}
	}
	arena_fini(&a);
	return 0;
}
