#include "mapping/content.h"

#include "mapping/charset.h"
#include "mapping/message.h"
#include "mapping/multipart.h"
#include "mapping/transfer.h"
#include "sip/coding.h"

static bool refuse(struct fault *why, const char *text)
{
	return fault_set(why, 415, COND_NOT_ACCEPTABLE, text);
}

static bool refuse_coding(struct fault *why, enum coding c)
{
	static const enum cond conds[] = {
		[CODING_UNKNOWN] = COND_NOT_ACCEPTABLE,
		[CODING_BROKEN] = COND_BAD_REQUEST,
		[CODING_TOO_LARGE] = COND_POLICY_VIOLATION,
	};

	return fault_set(why, coding_status(c), conds[c], coding_text(c));
}

bool content_decode(struct arena *a, struct str encoding, struct str in,
		    size_t max_bytes, struct str *out, struct fault *why)
{
	enum coding c = coding_decode(a, encoding, in, max_bytes, out);

	return c == CODING_DONE || refuse_coding(why, c);
}

static bool find_text(const struct request *r, struct str body,
		      struct part *out, struct fault *why)
{
	*out = (struct part){ .content_type = r->content_type, .body = body };
	if (str_trim(r->content_type).n == 0 ||
	    media_is(r->content_type, "text/plain"))
		return true;
	if (!multipart_is(r->content_type))
		return refuse(why, "accepted types: " MESSAGE_ACCEPT);
	if (!multipart_text(r->content_type, body, out))
		return refuse(why, "no text/plain part within");
	return true;
}

/* CRLF, and CR alone, become LF: XML would do the same to the first (XML 1.0
 * §2.11), and a CR alone is no line end to anybody in XMPP. */
static struct str unix_lines(struct arena *a, struct str s)
{
	size_t n = 0;
	char *p;

	if (str_find(s, '\r') == s.n)
		return s;
	p = arena_alloc(a, s.n);
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] != '\r')
			p[n++] = s.p[i];
		else if (i + 1 == s.n || s.p[i + 1] != '\n')
			p[n++] = '\n';
	}
	return (struct str){ p, n };
}

static bool too_large(struct fault *why)
{
	return fault_set(why, 413, COND_POLICY_VIOLATION, "message too long");
}

bool content_text(struct arena *a, const struct request *r, size_t max_bytes,
		  struct str *out, struct fault *why)
{
	struct str charset, body, text;
	struct part part;

	if (!content_decode(a, r->content_encoding, r->body, max_bytes, &body,
			    why) ||
	    !find_text(r, body, &part, why))
		return false;
	if (!transfer_decode(a, part.transfer_encoding, part.body, &text))
		return refuse(why, "Content-Transfer-Encoding not understood");
	charset = media_param(part.content_type, "charset");
	if (!charset_to_utf8(a, charset, text, &text))
		return refuse(why, "charset not known; send UTF-8");
	*out = unix_lines(a, text);
	/* Eight-bit charsets grow on their way to UTF-8. */
	return out->n <= max_bytes || too_large(why);
}
