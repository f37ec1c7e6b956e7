#include "gateway/messages/verdict.h"
#include "mapping/status.h"

/* RFC 6120 §8.3.3.17: who is there, and with whom it does not work for now. */
static void set_unreachable(struct fault *f, bool is_cut)
{
	if (is_cut)
		fault_set(f, 503, COND_REMOTE_SERVER_TIMEOUT,
			  "the connection to the SIP server broke each time");
	else
		fault_set(f, 503, COND_REMOTE_SERVER_NOT_FOUND,
			  "the SIP server cannot be reached");
}

/* RFC 7247 Table 3, with what our own stack adds to it. */
void verdict_fault(struct fault *f, const struct outcome *o)
{
	switch (o->kind) {
	case OUTCOME_ANSWERED:
		status_to_fault(f, o->status, o->reason);
		status_set_uri(f, o->redirect);
		if (o->response != NULL && o->response->retry_after_s > 0)
			f->type = ERROR_WAIT;
		break;
	case OUTCOME_TIMEOUT:
		fault_set(f, 408, COND_REMOTE_SERVER_TIMEOUT,
			  "the SIP side did not answer in time");
		break;
	case OUTCOME_NO_ROUTE:
		fault_set(f, 404, COND_REMOTE_SERVER_NOT_FOUND,
			  "the SIP domain cannot be found");
		break;
	case OUTCOME_NO_DNS:
		fault_set(f, 503, COND_REMOTE_SERVER_NOT_FOUND,
			  "DNS does not say where the SIP domain is");
		break;
	case OUTCOME_UNREACHABLE:
		set_unreachable(f, o->is_cut);
		break;
	case OUTCOME_NO_ROOM:
		fault_set(f, 503, COND_RESOURCE_CONSTRAINT,
			  "too many messages are under way to the SIP side");
		break;
	case OUTCOME_TOO_LARGE:
		fault_set(f, 513, COND_POLICY_VIOLATION,
			  "too long for the SIP side: it takes 1300 bytes "
			  "over UDP and offers no TCP");
		f->type = ERROR_MODIFY;
		break;
	}
}

bool verdict_is_taken(const struct outbox_item *it, const struct outcome *o)
{
	return o->kind == OUTCOME_ANSWERED &&
	       (o->status < 300 ||
		(o->status == 482 && it != NULL && outbox_is_uncertain(it)));
}

void verdict_of_try(const struct link *k, const struct outbox_item *it,
		    const struct outcome *o, struct outbox_verdict *v)
{
	int64_t retry_after_s =
		o->response != NULL ? o->response->retry_after_s : -1;

	*v = (struct outbox_verdict){
		.is_answered = o->kind == OUTCOME_ANSWERED,
		.retry_after_s =
			retry_after_s > 0 ? (unsigned)retry_after_s : 0,
		.fate = fate_of(o->status, retry_after_s > 0,
				k->cfg->outbox.is_404_away),
	};
	if (v->fate != FATE_TAKEN)
		verdict_fault(&v->why, o);
	/* Our own verdicts: the name of the admin's choice will be back, but a
	 * user may have mistyped any. */
	if (o->kind == OUTCOME_NO_ROUTE)
		v->fate = k->cfg->plan.contacts == CONTACT_ESCAPED
				  ? FATE_REFUSED
				  : FATE_AWAY;
	if (verdict_is_taken(it, o))
		v->fate = FATE_TAKEN;
}
