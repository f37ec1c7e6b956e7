#include "sip/lines.h"
#include "sip/startline.h"

static bool fail(const char **why, const char *text)
{
	*why = text;
	return false;
}

static bool is_version(struct str s)
{
	return str_istarts(s, "SIP/") && s.n > 4 && s.p[4] >= '0' &&
	       s.p[4] <= '9';
}

/* Cuts the last word of the line. */
static struct str last_cut(struct str *line)
{
	size_t i = line->n;
	struct str word;

	while (i > 0 && line->p[i - 1] != ' ' && line->p[i - 1] != '\t')
		i--;
	word = str_from(*line, i);
	*line = str_head(*line, i);
	return word;
}

static bool request_read(struct str rest, struct startline *out,
			 const char **why)
{
	struct str version = last_cut(&rest);

	out->method = str_cut(&rest, ' ');
	out->target = str_trim(rest);
	out->is_version_ok = str_ieqz(version, "SIP/2.0");
	return (is_version(version) && is_token(out->method)) ||
	       fail(why, "not SIP");
}

static bool status_read(struct str rest, struct startline *out,
			const char **why)
{
	struct str version = str_cut(&rest, ' ');
	struct str code = str_cut(&rest, ' ');
	uint32_t status;

	out->is_version_ok = str_ieqz(version, "SIP/2.0");
	if (!out->is_version_ok || code.n != 3 || !str_to_u32(code, &status) ||
	    status < 100 || status > 699)
		return fail(why, "malformed status line");
	out->status = (int)status;
	out->reason = str_trim(rest);
	return true;
}

bool startline_read(struct str line, struct startline *out, const char **why)
{
	line = str_trim(line);
	*out = (struct startline){ .is_response = str_istarts(line, "SIP/") };
	return out->is_response ? status_read(line, out, why)
				: request_read(line, out, why);
}
