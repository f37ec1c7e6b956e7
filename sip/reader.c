#include <stdlib.h>
#include <string.h>
#include <sofia-sip/sip.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_parser.h>
#include <sofia-sip/msg.h>
#include <sofia-sip/msg_buffer.h>
#include "sip/date.h"
#include "sip/echo.h"
#include "sip/lines.h"
#include "sip/party.h"
#include "sip/reader.h"
#include "sip/scalar.h"
#include "sip/startline.h"
#include "sip/via.h"

enum { CHALLENGES_MAX = 4 };

/* One message on its way into values. The lines are ours: they are what an
 * answer repeats, and raw values come from them. Sofia sees those values only
 * whose structure we need, so nothing else of a stranger's text reaches its
 * parsers, no long list (it recurses over them), no length and no body. */
struct work {
	struct reading *r;
	struct arena *a;
	struct startline start;
	struct lines lines;
	struct str behind;  /* the header section: the body, or more */
	struct str top_via; /* first value of the first Via line */
	struct str contact; /* the same of Contact; none for "*" */
	const sip_t *sip;   /* borrowed from r->msg; NULL: not needed */
	struct via via;	    /* of top_via */
	struct str branch, event, event_id; /* where Sofia was not needed */
};

/* The first fault is the one that is told. */
static void refuse(struct work *w, int status, const char *why)
{
	if (w->r->status != 0)
		return;
	w->r->status = status;
	w->r->why = why;
}

static void drop(struct reading *r, const char *why)
{
	r->kind = READING_DROP;
	r->why = why;
}

/* What Sofia parses, as a message of its own. */
enum { PARSED = 5, NAME_MAX_BYTES = 24 };
struct parsed {
	enum header_id id;
	struct str value;
};

static char *append(char *p, struct str s)
{
	if (s.n > 0)
		memcpy(p, s.p, s.n);
	return p + s.n;
}

static char *append_header(char *p, const struct parsed *h)
{
	if (h->value.n == 0)
		return p;
	p = append(p, header_name(h->id));
	p = append(p, STR_LIT(": "));
	p = append(p, h->value);
	return append(p, STR_LIT("\r\n"));
}

static void sofia_parse(struct work *w)
{
	static const struct str start = STR("OPTIONS sip:x SIP/2.0\r\n");
	const struct parsed parsed[PARSED] = {
		{ HEADER_VIA, w->top_via },
		{ HEADER_FROM, w->lines.first[HEADER_FROM] },
		{ HEADER_TO, w->lines.first[HEADER_TO] },
		{ HEADER_CONTACT, w->contact },
		{ HEADER_EVENT, w->lines.first[HEADER_EVENT] },
	};
	size_t room = start.n + 4; /* the empty line, Sofia's NUL */
	msg_t *msg = msg_create(sip_default_mclass(), 0);
	const sip_via_t *v;
	char *buf, *p;

	for (size_t i = 0; i < PARSED; i++)
		room += parsed[i].value.n + NAME_MAX_BYTES;
	buf = msg != NULL ? msg_buf_exact(msg, (usize_t)room) : NULL;
	if (buf == NULL)
		abort();
	p = append(buf, start);
	for (size_t i = 0; i < PARSED; i++)
		p = append_header(p, &parsed[i]);
	p = append(p, STR_LIT("\r\n"));
	msg_buf_commit(msg, (usize_t)(p - buf), 1);
	msg_extract(msg);
	w->r->msg = msg;
	w->sip = sip_object(msg);
	v = w->sip->sip_via;
	if (v != NULL)
		w->via = (struct via){ .protocol = v->v_protocol,
				       .host = v->v_host,
				       .port = v->v_port,
				       .params = v->v_params,
				       .wants_rport = v->v_rport != NULL };
}

/* Most messages have nothing that only Sofia can read. */
static bool is_plain(struct work *w)
{
	const struct str *first = w->lines.first;

	return via_event_plain(first[HEADER_EVENT], &w->event, &w->event_id) &&
	       via_is_plain_address(first[HEADER_FROM]) &&
	       via_is_plain_address(first[HEADER_TO]) &&
	       via_is_plain_address(w->contact) &&
	       via_read_plain(w->a, w->top_via, &w->via, &w->branch);
}

static void sofia_check(struct work *w)
{
	if (w->sip == NULL)
		return;
	if (w->sip->sip_via == NULL || !via_is_sound(&w->via))
		refuse(w, 400, "malformed Via");
	if (w->sip->sip_from == NULL)
		refuse(w, 400, "malformed From");
	if (w->sip->sip_to == NULL)
		refuse(w, 400, "malformed To");
	if (w->sip->sip_error != NULL && !w->start.is_response)
		refuse(w, 400, "malformed Contact or Event");
}

/* RFC 3261 §8.1.1, §20: what must be there, and what may be there but once. */
static const struct {
	enum header_id id;
	const char *missing; /* NULL: may be missing */
	const char *several;
} singles[] = {
	{ HEADER_FROM, "no From", "several From" },
	{ HEADER_TO, "no To", "several To" },
	{ HEADER_CALL_ID, "no Call-ID", "several Call-ID" },
	{ HEADER_CSEQ, "no CSeq", "several CSeq" },
	{ HEADER_MAX_FORWARDS, NULL, "several Max-Forwards" },
	{ HEADER_EVENT, NULL, "several Event" },
	{ HEADER_CONTENT_TYPE, NULL, "several Content-Type" },
	{ HEADER_SUBSCRIPTION_STATE, NULL, "several Subscription-State" },
	{ HEADER_IF_MATCH, NULL, "several SIP-If-Match" },
};

static void singles_check(struct work *w)
{
	for (size_t i = 0; i < sizeof(singles) / sizeof(*singles); i++) {
		enum header_id id = singles[i].id;

		if (w->lines.count[id] > 1)
			refuse(w, 400, singles[i].several);
		else if (singles[i].missing != NULL &&
			 w->lines.first[id].n == 0)
			refuse(w, 400, singles[i].missing);
	}
}

static void head_check(struct work *w)
{
	if (!w->lines.has_end)
		refuse(w, 400, "no empty line behind the headers");
	if (w->start.is_response)
		return; /* what names its request is all that counts */
	if (w->lines.why != NULL)
		refuse(w, 400, w->lines.why);
	singles_check(w);
}

static struct str cseq_method(struct work *w, uint32_t *number)
{
	struct str method = STR_NONE;
	const char *why;

	if (!cseq_read(w->lines.first[HEADER_CSEQ], number, &method, &why))
		refuse(w, 400, why);
	return method;
}

static struct str call_id_take(struct work *w)
{
	struct str id = w->lines.first[HEADER_CALL_ID];

	if (!is_call_id(id))
		refuse(w, 400, "malformed Call-ID");
	return id;
}

static bool address_take(struct work *w, struct str value, struct party *out)
{
	const char *why;

	if (value.n == 0)
		return false;
	if (party_read(w->a, value, out, NULL, &why))
		return true;
	refuse(w, 400, why);
	return false;
}

/* The addresses of a response are those of our request: nobody asks for them.
 * They must be some, though. */
static void addresses_check(struct work *w)
{
	struct party p;

	if (w->sip == NULL)
		return;
	address_take(w, w->lines.first[HEADER_FROM], &p);
	address_take(w, w->lines.first[HEADER_TO], &p);
}

static struct str branch_take(const struct work *w)
{
	const sip_via_t *v = w->sip != NULL ? w->sip->sip_via : NULL;

	return v != NULL ? str_z(v->v_branch) : w->branch;
}

/* RFC 3261 §18.3: without a length the body goes to the end of the datagram;
 * what is behind the said length is nothing to us. A lost line end behind an
 * empty body is no body. */
static struct str body_take(struct work *w)
{
	uint32_t n = 0;
	const char *why = NULL;

	if (!lines_length(&w->lines, &n, &why))
		return str_trim(w->behind).n > 0 ? w->behind : STR_NONE;
	if (why != NULL)
		refuse(w, 400, why);
	else if (n > w->behind.n)
		refuse(w, 400, "Content-Length larger than the message");
	return n > 0 ? str_head(w->behind, n) : STR_NONE;
}

static struct str joined(struct work *w, enum header_id id)
{
	return lines_joined(w->a, &w->lines, id);
}

static void target_take(struct work *w)
{
	struct request *req = &w->r->request;
	const char *why;

	req->target_text = w->start.target;
	if (req->target_text.n > URI_MAX_BYTES)
		refuse(w, 414, "Request-URI too long");
	else if (!uri_read(req->target_text, &req->target, &why))
		refuse(w, 400, why);
	else if (req->target.headers.n > 0) /* RFC 3261 §19.1.1 */
		refuse(w, 400, "headers in the Request-URI");
}

static void hops_take(struct work *w)
{
	struct request *req = &w->r->request;

	req->max_forwards = -1;
	if (w->lines.count[HEADER_MAX_FORWARDS] > 0 &&
	    !hops_read(w->lines.first[HEADER_MAX_FORWARDS], &req->max_forwards))
		refuse(w, 400, "Max-Forwards out of range");
}

static void event_take(struct work *w)
{
	const sip_event_t *o = w->sip != NULL ? w->sip->sip_event : NULL;

	w->r->request.event = o != NULL ? str_z(o->o_type) : w->event;
	w->r->request.event_id = o != NULL ? str_z(o->o_id) : w->event_id;
}

static void raw_take(struct work *w)
{
	struct request *req = &w->r->request;
	const struct str *first = w->lines.first;

	req->route = joined(w, HEADER_ROUTE);
	req->record_route = joined(w, HEADER_RECORD_ROUTE);
	req->require = joined(w, HEADER_REQUIRE);
	req->supported = joined(w, HEADER_SUPPORTED);
	req->contacts = joined(w, HEADER_CONTACT);
	req->path = joined(w, HEADER_PATH);
	req->accept = joined(w, HEADER_ACCEPT);
	req->language = joined(w, HEADER_LANGUAGE);
	req->in_reply_to = joined(w, HEADER_IN_REPLY_TO);
	req->asserted = joined(w, HEADER_ASSERTED);
	req->privacy = first[HEADER_PRIVACY];
	req->subscription_state = first[HEADER_SUBSCRIPTION_STATE];
	req->if_match = first[HEADER_IF_MATCH];
	req->authorization = joined(w, HEADER_AUTHORIZATION);
	req->proxy_authorization = first[HEADER_PROXY_AUTHORIZATION];
	req->subject = first[HEADER_SUBJECT];
	req->user_agent = first[HEADER_USER_AGENT];
	req->content_type = first[HEADER_CONTENT_TYPE];
	req->content_encoding = joined(w, HEADER_CONTENT_ENCODING);
	req->expires_s = delta_read(first[HEADER_EXPIRES]);
	if (!date_read(first[HEADER_DATE], &req->date_s))
		req->date_s = -1;
}

static void echo_take(struct work *w)
{
	struct request *req = &w->r->request;
	bool has_none = w->sip != NULL && w->sip->sip_via == NULL;
	const struct via *via = has_none ? NULL : &w->via;

	via_way(via, &req->sent_by_port, &req->wants_rport);
	req->echo = echo_build(w->a, &w->lines, via, &req->source.peer,
			       &req->sent_by);
}

static void request_read(struct work *w)
{
	struct request *req = &w->r->request;

	req->method_name = w->start.method;
	req->method = method_read(req->method_name);
	if (!w->start.is_version_ok)
		refuse(w, 505, "SIP version not supported");
	target_take(w);
	if (!str_eq(cseq_method(w, &req->cseq), req->method_name))
		refuse(w, 400, "method differs from that of CSeq");
	req->call_id = call_id_take(w);
	address_take(w, w->lines.first[HEADER_FROM], &req->from);
	address_take(w, w->lines.first[HEADER_TO], &req->to);
	req->has_contact = address_take(w, w->contact, &req->contact);
	hops_take(w);
	req->branch = branch_take(w);
	req->via_count = lines_values(&w->lines, HEADER_VIA);
	event_take(w);
	raw_take(w);
	req->body = body_take(w);
	if (req->body.n > 0 && req->content_type.n == 0) /* RFC 3261 §20.15 */
		refuse(w, 400, "body without Content-Type");
	echo_take(w);
}

static void challenges_take(const struct lines *ls, enum header_id id,
			    struct str out[CHALLENGES_MAX])
{
	size_t n = 0, count = ls->count[id];

	for (size_t i = 0; n < count && n < CHALLENGES_MAX; i++)
		if (ls->line[i].id == id)
			out[n++] = ls->line[i].value;
}

static void response_read(struct work *w)
{
	struct response *res = &w->r->response;
	const struct str *first = w->lines.first;

	res->status = w->start.status;
	res->reason = w->start.reason;
	if (lines_values(&w->lines, HEADER_VIA) > 1) /* RFC 3261 §8.1.3.3 */
		refuse(w, 400, "response for another hop");
	res->method = method_read(cseq_method(w, &res->cseq));
	res->call_id = call_id_take(w);
	res->branch = branch_take(w);
	addresses_check(w);
	res->contacts = joined(w, HEADER_CONTACT);
	challenges_take(&w->lines, HEADER_WWW_AUTHENTICATE,
			res->www_authenticate);
	challenges_take(&w->lines, HEADER_PROXY_AUTHENTICATE,
			res->proxy_authenticate);
	res->retry_after_s = delta_read(first[HEADER_RETRY_AFTER]);
	res->min_expires_s = delta_read(first[HEADER_MIN_EXPIRES]);
	res->expires_s = delta_read(first[HEADER_EXPIRES]);
	res->etag = first[HEADER_ETAG];
	body_take(w);
}

/* NUL may stand in a quoted pair (RFC 4475 §3.1.1.2) and nowhere else. Neither
 * Sofia nor anybody behind us can carry it: a blank takes its place. */
static struct str clean_nul(struct work *w, struct str bytes)
{
	size_t n = lines_head_bytes(bytes);
	char *p;

	if (memchr(bytes.p, '\0', n) == NULL)
		return bytes;
	p = arena_alloc(w->a, bytes.n);
	memcpy(p, bytes.p, bytes.n);
	for (size_t i = 0; i < n; i++) {
		if (p[i] != '\0')
			continue;
		if (!str_istarts(bytes, "SIP/") && (i == 0 || p[i - 1] != '\\'))
			refuse(w, 400, "NUL in a header");
		p[i] = ' ';
	}
	return (struct str){ p, bytes.n };
}

static bool head_read(struct work *w, struct str bytes, const char **why)
{
	struct str rest = memchr(bytes.p, '\0', bytes.n) != NULL
				  ? clean_nul(w, bytes)
				  : bytes;
	struct str line, list;

	*why = "not SIP";
	if (!line_cut(&rest, &line) || !startline_read(line, &w->start, why))
		return false;
	w->behind = str_from(rest, lines_read(w->a, rest, &w->lines));
	list = w->lines.first[HEADER_VIA];
	w->top_via = value_cut(&list);
	list = w->lines.first[HEADER_CONTACT];
	w->contact = value_cut(&list);
	if (str_eqz(w->contact, "*")) /* RFC 3261 §10.2.2 */
		w->contact = STR_NONE;
	return true;
}

/* RFC 3261 §17: an ACK is never answered, and a response neither. */
static enum reading_kind kind_of(const struct work *w)
{
	const struct reading *r = w->r;

	if (r->status == 0)
		return w->start.is_response ? READING_RESPONSE
					    : READING_REQUEST;
	if (w->start.is_response || r->request.method == METHOD_ACK)
		return READING_DROP;
	return READING_BAD_REQUEST;
}

static void message_read(struct work *w, struct str bytes)
{
	const char *why;

	if (!head_read(w, bytes, &why)) {
		drop(w->r, why);
		return;
	}
	if (w->top_via.n == 0) { /* nowhere to answer to */
		drop(w->r, "no Via");
		return;
	}
	/* No client has that much to say: not worth an answer's work. */
	if (bytes.n - w->behind.n > SIP_HEADERS_MAX_BYTES) {
		drop(w->r, "header section too large");
		return;
	}
	w->sip = NULL;
	if (!is_plain(w)) {
		w->branch = w->event = w->event_id = STR_NONE;
		sofia_parse(w);
	}
	head_check(w);
	if (w->start.is_response)
		response_read(w);
	else
		request_read(w);
	sofia_check(w);
	w->r->kind = kind_of(w);
}

void reading_init(struct reading *r, struct arena *a, struct str bytes,
		  const struct hop *source)
{
	struct work w;
	size_t n = 0;

	*r = (struct reading){ .kind = READING_DROP };
	r->request.source = r->response.source = *source;
	if (bytes.n > SIP_MESSAGE_MAX_BYTES) {
		drop(r, "message too large");
		return;
	}
	while (n < bytes.n && (bytes.p[n] == '\r' || bytes.p[n] == '\n'))
		n++;
	bytes = str_from(bytes, n);
	if (bytes.n == 0) {
		r->kind = READING_KEEPALIVE;
		return;
	}
	w.r = r;
	w.a = a;
	message_read(&w, bytes);
}

void reading_fini(struct reading *r)
{
	if (r->msg != NULL)
		msg_destroy(r->msg);
	r->msg = NULL;
}
