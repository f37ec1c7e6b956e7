#include "sip/substate.h"
#include "sip/party.h"

static const struct str names[] = {
	[SUBSTATE_ACTIVE] = STR("active"),
	[SUBSTATE_PENDING] = STR("pending"),
	[SUBSTATE_TERMINATED] = STR("terminated"),
};
enum { NAMES = sizeof(names) / sizeof(names[0]) };

static int64_t seconds_of(struct str params, const char *name)
{
	uint32_t v;

	if (!str_to_u32(param_find(params, name, NULL), &v))
		return -1;
	return v;
}

bool substate_read(struct str s, struct substate *out)
{
	size_t end = str_find(s, ';');
	struct str name = str_trim(str_head(s, end));
	struct str params = str_from(s, end + 1);

	if (name.n == 0)
		return false;
	*out = (struct substate){ .kind = SUBSTATE_PENDING };
	for (size_t i = 0; i < NAMES; i++) {
		if (str_ieq(name, names[i]))
			out->kind = (enum substate_kind)i;
	}
	out->reason = param_find(params, "reason", NULL);
	out->expires_s = seconds_of(params, "expires");
	out->retry_after_s = seconds_of(params, "retry-after");
	return true;
}

void substate_write(struct strbuf *b, const struct substate *s)
{
	strbuf_add(b, names[s->kind]);
	if (s->kind != SUBSTATE_TERMINATED) {
		strbuf_addlit(b, ";expires=");
		strbuf_addu(b, s->expires_s > 0 ? (uint64_t)s->expires_s : 0);
		return;
	}
	if (s->reason.n > 0) {
		strbuf_addlit(b, ";reason=");
		strbuf_add(b, s->reason);
	}
	if (s->retry_after_s > 0) {
		strbuf_addlit(b, ";retry-after=");
		strbuf_addu(b, (uint64_t)s->retry_after_s);
	}
}
