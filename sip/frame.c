#include "sip/lines.h"
#include "sip/reader.h"

const char frame_too_large[] = "message too large";

/* How a stream is cut into messages, before anybody parses one: RFC 3261
 * §18.3 asks for a Content-Length there. */
struct framing {
	uint32_t body_bytes;
	bool has_length;
	const char *why; /* static; NULL: fine so far */
};

static bool is_first_line(struct str line)
{
	size_t space;

	if (str_istarts(line, "SIP/"))
		return true;
	line = str_trim(line);
	for (space = line.n; space > 0 && line.p[space - 1] != ' '; space--)
		;
	return space > 0 && str_istarts(str_from(line, space), "SIP/");
}

static void length_read(struct framing *f, struct str value)
{
	uint32_t n = 0;

	if (!str_to_u32(value, &n))
		f->why = "unreadable Content-Length";
	else if (f->has_length && f->body_bytes != n)
		f->why = "several Content-Length";
	f->has_length = true;
	f->body_bytes = n;
}

/* Content-Length or its compact form, at a glance: whatever else a line is
 * does not matter here. */
static bool may_be_length(struct str line)
{
	char c = line.p[0];

	return c == 'C' || c == 'c' || c == 'L' || c == 'l';
}

/* The header section: true when its empty line was found. */
static bool section_read(struct str *rest, struct framing *f)
{
	struct str line, value;
	enum header_id id;

	while (line_cut(rest, &line)) {
		if (line.n == 0)
			return true;
		if (may_be_length(line) && line_split(line, &id, &value) &&
		    id == HEADER_CONTENT_LENGTH)
			length_read(f, value);
	}
	return false;
}

static size_t keepalive_bytes(struct str bytes)
{
	size_t n = 0;

	while (n < bytes.n && (bytes.p[n] == '\r' || bytes.p[n] == '\n'))
		n++;
	return n;
}

static enum frame bad(const char **why, const char *text)
{
	*why = text;
	return FRAME_BAD;
}

static enum frame more(size_t header_bytes, const char **why)
{
	if (header_bytes > SIP_HEADERS_MAX_BYTES)
		return bad(why, "header section too large");
	return FRAME_MORE;
}

enum frame frame_find(struct str bytes, size_t *skip, size_t *n,
		      const char **why)
{
	struct framing f = { .why = NULL };
	struct str message, rest, line;
	size_t header_bytes;

	*skip = keepalive_bytes(bytes);
	*n = 0;
	message = rest = str_from(bytes, *skip);
	if (!line_cut(&rest, &line))
		return more(message.n, why);
	if (!is_first_line(line))
		return bad(why, "not SIP");
	/* What was read so far says nothing yet: the last line may go on. */
	if (!section_read(&rest, &f))
		return more(message.n, why);
	header_bytes = message.n - rest.n;
	if (header_bytes > SIP_HEADERS_MAX_BYTES)
		return bad(why, "header section too large");
	if (f.why != NULL)
		return bad(why, f.why);
	if (!f.has_length)
		return bad(why, "no Content-Length");
	if (f.body_bytes > SIP_MESSAGE_MAX_BYTES - header_bytes)
		return bad(why, frame_too_large);
	*n = header_bytes + f.body_bytes;
	return rest.n < f.body_bytes ? FRAME_MORE : FRAME_WHOLE;
}
