/* room: sip */
/* runs: 20000 */
/* Messages: whatever comes is read without harm; what an answer repeats is
 * whole lines, and the answer to a request reads as its answer. */
#include "fuzz.h"
#include <string.h>
#include "sip/lines.h"
#include "sip/party.h"
#include "sip/reader.h"
#include "sip/replay.h"
#include "sip/writer.h"

enum { CHUNK_BYTES = 16384, ANSWER_MAX_BYTES = 200000 };

static void check_party(const struct party *p)
{
	FUZZ_CHECK(str_find(p->display, '\0') == p->display.n);
	FUZZ_CHECK(str_find(p->tag, ';') == p->tag.n);
}

/* Lines, each with its end, but for the last. */
static void check_lines(struct str s)
{
	FUZZ_CHECK(s.n > 0 && s.p[s.n - 1] != '\n' && s.p[0] != ' ');
	for (size_t i = 0; i < s.n; i++) {
		FUZZ_CHECK(s.p[i] != '\0');
		if (s.p[i] == '\n')
			FUZZ_CHECK(i > 0 && s.p[i - 1] == '\r' &&
				   s.p[i + 1] != ' ' && s.p[i + 1] != '\t');
		if (s.p[i] == '\r')
			FUZZ_CHECK(i + 1 < s.n && s.p[i + 1] == '\n');
	}
}

/* In what a client finds there. */
static struct str tag_of(struct arena *a, struct str answer, enum header_id id)
{
	struct lines ls;
	struct party p;
	struct str line;
	const char *why;

	FUZZ_CHECK(line_cut(&answer, &line));
	(void)lines_read(a, answer, &ls);
	FUZZ_CHECK(party_read(a, ls.first[id], &p, NULL, &why));
	return p.tag;
}

static void check_answer(struct arena *a, const struct request *req)
{
	struct hop hop = req->source;
	struct replay_key key;
	struct reading r;
	struct strbuf b;
	char tag[17];

	replay_key(req, &key);
	replay_tag(&key, tag);
	strbuf_init(&b, ANSWER_MAX_BYTES);
	writer_response(&b, 404, STR_NONE, req->echo, str_z(tag), NULL,
			STR_NONE, STR_NONE);
	FUZZ_CHECK(!b.overflow);
	reading_init(&r, a, strbuf_str(&b), &hop);
	if (req->via_count == 1 && b.n < SIP_HEADERS_MAX_BYTES) {
		FUZZ_CHECK(r.kind == READING_RESPONSE);
		FUZZ_CHECK(r.response.status == 404);
		FUZZ_CHECK(str_eq(r.response.branch, req->branch));
		FUZZ_CHECK(str_eq(r.response.call_id, req->call_id));
		FUZZ_CHECK(r.response.cseq == req->cseq);
		FUZZ_CHECK(str_eq(tag_of(a, strbuf_str(&b), HEADER_FROM),
				  req->from.tag));
		FUZZ_CHECK(
			str_eq(tag_of(a, strbuf_str(&b), HEADER_TO),
			       req->to.tag.n > 0 ? req->to.tag : str_z(tag)));
	}
	reading_fini(&r);
	strbuf_fini(&b);
}

static void check_request(struct arena *a, const struct request *req)
{
	check_lines(req->echo);
	check_party(&req->from);
	check_party(&req->to);
	check_party(&req->contact);
	FUZZ_CHECK(req->via_count > 0 && req->call_id.n > 0);
	FUZZ_CHECK(req->sent_by.n > 0);
	FUZZ_CHECK(req->max_forwards <= 255);
	check_answer(a, req);
}

static void check_reading(struct arena *a, struct str in)
{
	struct hop hop = { .transport = TRANSPORT_UDP };
	struct reading r;

	FUZZ_CHECK(endpoint_read(STR_LIT("192.0.2.1"), 5060, &hop.peer));
	reading_init(&r, a, in, &hop);
	switch (r.kind) {
	case READING_REQUEST:
		check_request(a, &r.request);
		break;
	case READING_BAD_REQUEST:
		FUZZ_CHECK(r.status >= 400 && r.why != NULL);
		check_lines(r.request.echo);
		break;
	case READING_RESPONSE:
		FUZZ_CHECK(r.response.status >= 100 && r.response.status < 700);
		break;
	case READING_DROP:
		FUZZ_CHECK(r.why != NULL);
		break;
	case READING_KEEPALIVE:
		break;
	}
	reading_fini(&r);
}

/* A stream gives the same frames however it is cut. */
static void check_frame(struct arena *a, struct str in)
{
	size_t skip = 0, n = 0, skip_again = 0, n_again = 0;
	const char *why = NULL;
	enum frame f = frame_find(in, &skip, &n, &why);

	FUZZ_CHECK(skip <= in.n);
	if (f == FRAME_BAD)
		FUZZ_CHECK(why != NULL);
	if (f != FRAME_WHOLE)
		return;
	FUZZ_CHECK(n > 0 && skip + n <= in.n && n <= SIP_MESSAGE_MAX_BYTES);
	FUZZ_CHECK(frame_find(str_head(in, skip + n), &skip_again, &n_again,
			      &why) == FRAME_WHOLE);
	FUZZ_CHECK(skip == skip_again && n == n_again);
	FUZZ_CHECK(frame_find(str_head(in, skip + n - 1), &skip_again, &n_again,
			      &why) != FRAME_WHOLE);
	check_reading(a, str_head(str_from(in, skip), n));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str in = { (const char *)data, size };
	struct arena a;

	arena_init(&a, CHUNK_BYTES);
	check_reading(&a, in);
	check_frame(&a, in);
	arena_fini(&a);
	return 0;
}
