#include "mapping/cpim.h"

#include "sip/sipmsg.h"

#define NS_IMDN_CPIM "urn:ietf:params:imdn"

enum { PREFIX_MAX_BYTES = 64 };

/* Cuts the next line, without its CR. */
static struct str line_cut(struct str *rest)
{
	struct str line = str_cut(rest, '\n');

	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	return line;
}

/* --- reading */

struct reading {
	struct arena *a;
	struct cpim *out;
	struct str prefix; /* of the IMDN namespace; "imdn" until it is said */
	struct fault *why;
	bool is_refused;
};

static bool hex4(struct str s, size_t i, unsigned *out)
{
	*out = 0;
	if (s.n - i < 4)
		return false;
	for (size_t end = i + 4; i < end; i++) {
		if (str_hex_value(s.p[i]) > 15)
			return false;
		*out = *out * 16 + str_hex_value(s.p[i]);
	}
	return true;
}

/* RFC 3862 §2.3.3: \uXXXX and \\ \" \' \b \t \n \r. An escape is never
 * shorter than what it stands for. */
static struct str unescape(struct arena *a, struct str s)
{
	static const char from[] = "btnr", to[] = "\b\t\n\r";
	char *p;
	size_t n = 0;
	unsigned code;

	if (str_find(s, '\\') == s.n)
		return s;
	p = arena_alloc(a, s.n);
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] != '\\' || i + 1 == s.n) {
			p[n++] = s.p[i];
			continue;
		}
		i++;
		if (s.p[i] == 'u' && hex4(s, i + 1, &code) &&
		    (code < 0xD800 || code > 0xDFFF)) {
			n += str_utf8_put(p + n, code);
			i += 4;
			continue;
		}
		p[n] = s.p[i];
		for (size_t k = 0; k < sizeof(from) - 1; k++)
			if (s.p[i] == from[k])
				p[n] = to[k];
		n++;
	}
	return (struct str){ p, n };
}

/* "NS: imdn <urn:ietf:params:imdn>" */
static void read_ns(struct reading *r, struct str value)
{
	size_t open = str_find(value, '<');
	struct str uri = str_from(value, open + 1);

	uri = str_head(uri, str_find(uri, '>'));
	if (!str_ieqz(str_trim(uri), NS_IMDN_CPIM))
		return;
	value = str_trim(str_head(value, open));
	if (value.n <= PREFIX_MAX_BYTES)
		r->prefix = value;
}

static void read_wishes(struct reading *r, struct str value)
{
	static const struct {
		const char *name;
		unsigned bit;
	} wishes[] = {
		{ "positive-delivery", CPIM_POSITIVE },
		{ "negative-delivery", CPIM_NEGATIVE },
		{ "display", CPIM_DISPLAY },
	};

	while (value.n > 0) {
		struct str wish = str_cut(&value, ',');

		/* Parameters are extensions. */
		wish = str_trim(str_head(wish, str_find(wish, ';')));
		for (size_t i = 0; i < sizeof(wishes) / sizeof(wishes[0]); i++)
			if (str_ieqz(wish, wishes[i].name))
				r->out->wishes |= wishes[i].bit;
	}
}

/* "imdn.Message-ID" with whatever prefix is declared; the usual one counts
 * undeclared too. Gives the name without it, or none. */
static struct str imdn_name(const struct reading *r, struct str name)
{
	struct str rest = name, prefix = str_cut(&rest, '.');

	if (rest.p == NULL)
		return STR_NONE;
	if (str_ieq(prefix, r->prefix) || str_ieqz(prefix, "imdn"))
		return rest;
	return STR_NONE;
}

static const char *const known_names[] = { "From",     "To",	    "cc",
					   "DateTime", "Subject",   "NS",
					   "Require",  "Message-ID" };

/* RFC 3862 §4.6: what the reader must understand. */
static void read_require(struct reading *r, struct str value)
{
	while (value.n > 0) {
		struct str name = str_trim(str_cut(&value, ','));
		bool is_known = imdn_name(r, name).n > 0 || name.n == 0;

		for (size_t i = 0;
		     i < sizeof(known_names) / sizeof(known_names[0]); i++)
			is_known |= str_ieqz(name, known_names[i]);
		if (!is_known)
			r->is_refused = !fault_set(
				r->why, 488, COND_NOT_ACCEPTABLE,
				"Require names a CPIM header that is not "
				"known here");
	}
}

static void read_subject(struct reading *r, struct str value)
{
	struct cpim_subject **end = &r->out->more_subjects;
	struct str params, text, lang = STR_NONE;

	if (str_starts(value, ";")) {
		params = str_cut(&value, ' ');
		if (str_istarts(params, ";lang="))
			lang = str_from(params, 6);
	}
	text = unescape(r->a, str_trim(value));
	if (r->out->subject.n == 0) {
		r->out->subject = text;
		r->out->subject_lang = lang;
		return;
	}
	while (*end != NULL)
		end = &(*end)->next;
	*end = arena_new(r->a, struct cpim_subject);
	(*end)->text = text;
	(*end)->lang = lang;
}

static void keep_first(struct str *out, struct str value)
{
	if (out->n == 0)
		*out = value;
}

static void read_imdn(struct reading *r, struct str name, struct str value)
{
	if (str_ieqz(name, "Disposition-Notification"))
		read_wishes(r, value);
	else if (str_ieqz(name, "Message-ID") && value.n <= CPIM_NOTE_MAX_BYTES)
		keep_first(&r->out->message_id, value);
	else if (str_ieqz(name, "Original-To") &&
		 value.n <= CPIM_NOTE_MAX_BYTES)
		keep_first(&r->out->original_to, value);
}

static void read_header(struct reading *r, struct str name, struct str value)
{
	struct str imdn = imdn_name(r, name);

	if (imdn.n > 0)
		read_imdn(r, imdn, value);
	else if (str_ieqz(name, "From"))
		keep_first(&r->out->from, value);
	else if (str_ieqz(name, "To"))
		keep_first(&r->out->to, value);
	else if (str_ieqz(name, "DateTime"))
		keep_first(&r->out->date_time, value);
	else if (str_ieqz(name, "Subject") ||
		 str_istarts(name, "Subject;lang="))
		read_subject(r, value);
	else if (str_ieqz(name, "NS"))
		read_ns(r, value);
	else if (str_ieqz(name, "Require"))
		read_require(r, value);
}

static bool is_name(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] == 0x7F)
			return false;
	return s.n > 0;
}

/* A header line "name:value". */
static bool line_split(struct str line, struct str *name, struct str *value)
{
	*value = line;
	*name = str_trim(str_cut(value, ':'));
	*value = str_trim(*value);
	return value->p != NULL && is_name(*name);
}

/* Do MIME headers begin here? If not, all of s is text. */
static bool is_mime(struct str s)
{
	struct str name, value;

	return line_split(line_cut(&s), &name, &value) &&
	       str_istarts(name, "Content-");
}

/* "\n" + text: no MIME headers, so text/plain. */
static struct str as_text(struct arena *a, struct str s)
{
	char *p = arena_alloc(a, s.n + 1);

	p[0] = '\n';
	for (size_t i = 0; i < s.n; i++)
		p[i + 1] = s.p[i];
	return (struct str){ p, s.n + 1 };
}

/* The header blocks may be preceded by empty lines and not be parted by one. */
static unsigned read_headers(struct reading *r, struct str *rest)
{
	struct str before, name, value;
	unsigned n = 0;

	while (rest->n > 0) {
		before = *rest;
		struct str line = line_cut(rest);

		if (line.n == 0 && n == 0)
			continue;
		if (line.n == 0)
			break;
		if (!line_split(line, &name, &value))
			continue; /* a folded or spoilt one */
		if (str_istarts(name, "Content-")) {
			*rest = before;
			break;
		}
		if (++n > CPIM_HEADERS_MAX) {
			r->is_refused =
				!fault_set(r->why, 400, COND_BAD_REQUEST,
					   "too many CPIM headers");
			return n;
		}
		read_header(r, name, value);
	}
	return n;
}

bool cpim_read(struct arena *a, struct str s, struct cpim *out,
	       struct fault *why)
{
	struct cpim c = { .wishes = 0 };
	struct reading r = {
		.a = a, .out = &c, .prefix = STR("imdn"), .why = why
	};
	struct str rest = s, again;

	if (str_starts(rest, "\xEF\xBB\xBF"))
		rest = str_from(rest, 3);
	if (read_headers(&r, &rest) == 0 && !is_mime(rest))
		return fault_set(why, 400, COND_BAD_REQUEST, "no CPIM headers");
	if (r.is_refused)
		return false;
	/* More than one empty line between the blocks. */
	for (again = rest; again.n > 0 && !is_mime(rest); rest = again)
		if (line_cut(&again).n > 0)
			break;
	c.content = is_mime(rest) ? rest : as_text(a, rest);
	*out = c;
	return true;
}

/* --- writing */

/* A header's value: no control characters, no lone backslash. */
static void put_escaped(struct strbuf *b, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c == '\\')
			strbuf_addlit(b, "\\\\");
		else if (c < ' ' || c == 0x7F)
			strbuf_addf(b, "\\u%04x", c);
		else
			strbuf_addc(b, (char)c);
	}
}

/* An address or a token: what would end the line is left out. */
static void put_plain(struct strbuf *b, struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] >= ' ' && s.p[i] != 0x7F)
			strbuf_addc(b, s.p[i]);
}

static void put_line(struct strbuf *b, const char *name, struct str value)
{
	if (value.n == 0)
		return;
	strbuf_addz(b, name);
	strbuf_addlit(b, ": ");
	put_plain(b, value);
	strbuf_addlit(b, "\r\n");
}

static void put_wishes(struct strbuf *b, unsigned wishes)
{
	static const char *const names[] = { "positive-delivery",
					     "negative-delivery", "display" };
	bool is_first = true;

	if (wishes == 0)
		return;
	strbuf_addlit(b, "imdn.Disposition-Notification: ");
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if ((wishes & 1U << i) == 0)
			continue;
		if (!is_first)
			strbuf_addlit(b, ", ");
		strbuf_addz(b, names[i]);
		is_first = false;
	}
	strbuf_addlit(b, "\r\n");
}

void cpim_write(struct strbuf *b, const struct cpim *c,
		const struct cpim_body *body)
{
	strbuf_addlit(b, "From: <");
	put_plain(b, c->from);
	strbuf_addlit(b, ">\r\nTo: <");
	put_plain(b, c->to);
	strbuf_addlit(b, ">\r\n");
	put_line(b, "DateTime", c->date_time);
	if (c->subject.n > 0) {
		/* RFC 3862 §2.2: one blank, but for parameters. */
		strbuf_addlit(b, "Subject:");
		if (c->subject_lang.n > 0) {
			strbuf_addlit(b, ";lang=");
			put_plain(b, c->subject_lang);
		}
		strbuf_addc(b, ' ');
		put_escaped(b, c->subject);
		strbuf_addlit(b, "\r\n");
	}
	if (c->message_id.n > 0)
		strbuf_addlit(b, "NS: imdn <" NS_IMDN_CPIM ">\r\n");
	put_line(b, "imdn.Message-ID", c->message_id);
	put_wishes(b, c->wishes);
	strbuf_addlit(b, "\r\n");
	put_line(b, "Content-Type", body->content_type);
	put_line(b, "Content-Disposition", body->disposition);
	strbuf_addf(b, "Content-Length: %zu\r\n\r\n", body->body.n);
	strbuf_add(b, body->body);
}
