#include "gateway/admin/admin.h"
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "gateway/base/arena.h"
#include "gateway/base/log.h"
#include "sip/uri.h"
#include "xmpp/jid.h"

enum { MINUTE_S = 60, HOUR_S = 60 * MINUTE_S, DAY_S = 24 * HOUR_S };

/* --- words for people */

const char *admin_t(const struct admin_call *c, const char *en, const char *de)
{
	return c->lang == ADMIN_DE ? de : en;
}

static void add_v(struct admin_call *c, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));
static void add_v(struct admin_call *c, const char *fmt, va_list ap)
{
	char *text;
	int n = vasprintf(&text, fmt, ap);

	if (n < 0)
		abort();
	strbuf_add(c->out, (struct str){ text, (size_t)n });
	strbuf_addc(c->out, '\n');
	free(text);
}

void admin_say(struct admin_call *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_v(c, fmt, ap);
	va_end(ap);
}

void admin_row(struct admin_call *c, const char *name, const char *fmt, ...)
{
	va_list ap;

	strbuf_addz(c->out, name);
	strbuf_addlit(c->out, ": ");
	va_start(ap, fmt);
	add_v(c, fmt, ap);
	va_end(ap);
}

struct admin_later *admin_defer(struct admin_call *c)
{
	c->is_deferred = true;
	return c->defer(c);
}

void admin_usage_write(struct strbuf *b, const struct admin_command *m)
{
	const struct admin_arg *g;
	size_t i;

	strbuf_addz(b, m->name);
	for (g = m->args; g->name != NULL; g++) {
		if (g->type == ADMIN_SECRET)
			continue;
		strbuf_addz(b, g->is_optional ? " [" : " ");
		if (g->type != ADMIN_CHOICE)
			strbuf_addz(b, g->name);
		for (i = 0; g->type == ADMIN_CHOICE && g->choices[i]; i++) {
			if (i > 0)
				strbuf_addc(b, '|');
			strbuf_addz(b, g->choices[i]);
		}
		if (g->is_optional)
			strbuf_addc(b, ']');
	}
}

void admin_doc_write(struct strbuf *b)
{
	const struct admin_command *m;

	for (m = admin_commands(); m->name != NULL; m++) {
		if (m->is_personal)
			continue;
		admin_usage_write(b, m);
		strbuf_addc(b, '\n');
	}
}

struct str admin_duration(struct arena *a, unsigned long long s)
{
	if (s >= DAY_S)
		return str_fmt(a, "%llu d %llu h", s / DAY_S,
			       s % DAY_S / HOUR_S);
	if (s >= HOUR_S)
		return str_fmt(a, "%llu h %llu min", s / HOUR_S,
			       s % HOUR_S / MINUTE_S);
	if (s >= MINUTE_S)
		return str_fmt(a, "%llu min %llu s", s / MINUTE_S,
			       s % MINUTE_S);
	return str_fmt(a, "%llu s", s);
}

enum admin_lang admin_lang_read(struct str tag)
{
	bool is_de = str_istarts(tag, "de") &&
		     (tag.n == 2 || tag.p[2] == '-' || tag.p[2] == '_');

	return is_de ? ADMIN_DE : ADMIN_EN;
}

/* What a peer has chosen never steers a terminal nor breaks a stanza. */
static void make_printable(struct strbuf *out, size_t from)
{
	struct str s = strbuf_str(out);
	size_t i = from, start;
	uint32_t ch;

	while (i < s.n) {
		start = i;
		ch = str_utf8_next(s, &i);
		if ((ch < 0x20 && ch != '\n') || (ch >= 0x7f && ch < 0xa0) ||
		    (ch >= 0x202a && ch <= 0x202e) ||
		    (ch >= 0x2066 && ch <= 0x2069) ||
		    (ch == 0xFFFD && i - start == 1) || ch == 0xFFFE ||
		    ch == 0xFFFF)
			memset(out->p + start, '?', i - start);
	}
}

/* --- finding */

static const struct admin_command *find_any(struct str name)
{
	const struct admin_command *m;

	for (m = admin_commands(); m->name != NULL; m++)
		if (str_ieqz(name, m->name))
			return m;
	return NULL;
}

const struct admin_command *admin_find(struct str name, enum admin_role role)
{
	const struct admin_command *m = find_any(name);

	return m != NULL && m->who <= role ? m : NULL;
}

/* --- arguments */

static bool read_choice(struct admin_call *c, const struct admin_arg *g,
			struct str *word)
{
	size_t i;

	for (i = 0; g->choices[i] != NULL; i++)
		if (str_ieqz(*word, g->choices[i])) {
			*word = str_z(g->choices[i]);
			return true;
		}
	admin_say(c, admin_t(c, "%s cannot be '%.*s'", "%s: '%.*s' geht nicht"),
		  g->name, STR_ARG(*word));
	return false;
}

static bool read_number(struct admin_call *c, const struct admin_arg *g,
			struct str word, unsigned long *out)
{
	uint64_t v;

	if (str_to_u64(word, &v) && v >= g->min && v <= g->max) {
		*out = v;
		return true;
	}
	admin_say(c,
		  admin_t(c, "%s must be a number from %lu to %lu",
			  "%s muss eine Zahl von %lu bis %lu sein"),
		  g->name, g->min, g->max);
	return false;
}

static bool is_uri(struct str s)
{
	const char *why;
	struct uri uri;

	return uri_read(s, &uri, &why);
}

/* Bare and prepared, so that it compares. */
static bool read_jid(struct admin_call *c, const struct admin_arg *g,
		     struct str *word)
{
	const char *why;
	struct jid j;

	if (g->type == ADMIN_ADDRESS && is_uri(*word))
		return true;
	if (jid_read(c->a, *word, &j, &why)) {
		*word = jid_bare_text(c->a, &j);
		return true;
	}
	admin_say(c,
		  admin_t(c, "%s: '%.*s' is no address: %s",
			  "%s: '%.*s' ist keine Adresse: %s"),
		  g->name, STR_ARG(*word), why);
	return false;
}

static bool read_arg(struct admin_call *c, const struct admin_arg *g, size_t i)
{
	switch (g->type) {
	case ADMIN_CHOICE:
		return read_choice(c, g, &c->args[i]);
	case ADMIN_NUMBER:
		return read_number(c, g, c->args[i], &c->numbers[i]);
	case ADMIN_JID:
	case ADMIN_ADDRESS:
		return read_jid(c, g, &c->args[i]);
	case ADMIN_WORD:
	case ADMIN_TEXT:
	case ADMIN_SECRET:
		break;
	}
	return true;
}

static void say_usage(struct admin_call *c, const struct admin_command *m)
{
	strbuf_addz(c->out, admin_t(c, "usage: ", "Aufruf: "));
	admin_usage_write(c->out, m);
	strbuf_addc(c->out, '\n');
}

static bool read_args(struct admin_call *c, const struct admin_command *m,
		      const struct str *words, size_t count)
{
	const struct admin_arg *g = m->args;
	size_t i;

	memset(c->args, 0, sizeof(c->args));
	memset(c->numbers, 0, sizeof(c->numbers));
	for (i = 0; i < count; i++, g++) {
		if (g->name == NULL) {
			admin_say(c,
				  admin_t(c, "what is '%.*s'?",
					  "Was ist '%.*s'?"),
				  STR_ARG(words[i]));
			return false;
		}
		/* What a script had no value for is not "everybody". */
		if (words[i].n == 0 && !g->is_optional)
			break;
		c->args[i] = words[i];
		if (!read_arg(c, g, i))
			return false;
	}
	if (g->name != NULL && !g->is_optional) {
		admin_say(c, admin_t(c, "%s is missing: %s", "%s fehlt: %s"),
			  g->name, g->help[c->lang]);
		return false;
	}
	return true;
}

/* --- running */

static enum admin_status dispatch(struct admin_call *c,
				  const struct admin_command *m,
				  const struct str *words, size_t count)
{
	if (m->who > c->role) {
		admin_say(c, "%s",
			  admin_t(c, "this is for admins only",
				  "Das ist nur für Verwalter"));
		return ADMIN_FORBIDDEN;
	}
	if (m->is_personal && c->link == NULL) {
		admin_say(c, "%s",
			  admin_t(c, "this is for XMPP users",
				  "Das ist für XMPP-Benutzer"));
		return ADMIN_FORBIDDEN;
	}
	if (m->is_local && c->link != NULL) {
		admin_say(c, "%s",
			  admin_t(c, "only by stoxd ctl, on the gateway's host",
				  "Nur mit stoxd ctl, auf dem Rechner des "
				  "Gateways"));
		return ADMIN_FORBIDDEN;
	}
	if (!read_args(c, m, words, count)) {
		say_usage(c, m);
		return ADMIN_USAGE;
	}
	return m->fn(c) ? ADMIN_OK : ADMIN_FAILED;
}

enum admin_status admin_run(struct admin_call *c, const struct str *words,
			    size_t count)
{
	const struct admin_command *m = count > 0 ? find_any(words[0]) : NULL;
	size_t from = c->out->n;
	enum admin_status status = ADMIN_USAGE;

	if (m != NULL)
		status = dispatch(c, m, words + 1, count - 1);
	else
		admin_say(c,
			  admin_t(c, "no such command: '%.*s'; try help",
				  "Kein solcher Befehl: '%.*s'; siehe help"),
			  STR_ARG(count > 0 ? words[0] : STR_NONE));
	if (m != NULL && m->who == ADMIN_ADMIN)
		log_info("admin_command", F_Z("command", m->name),
			 F_STR("by", c->by), F_NUM("status", status));
	if (c->out->n == from && !c->is_deferred)
		admin_say(c, "%s", admin_t(c, "done", "erledigt"));
	make_printable(c->out, from);
	return status;
}

/* A word in quotes, *rest behind its first one; false: never closed. */
static bool read_quoted(struct arena *a, struct str *rest, struct str *word)
{
	char *p = arena_alloc(a, rest->n + 1);
	size_t i, n = 0;

	for (i = 0; i < rest->n && rest->p[i] != '"'; i++) {
		if (rest->p[i] == '\\' && i + 1 < rest->n)
			i++;
		p[n++] = rest->p[i];
	}
	if (i == rest->n)
		return false;
	*rest = str_from(*rest, i + 1);
	*word = (struct str){ p, n };
	return true;
}

/* What is before the first blank. */
static struct str head_word(struct str s)
{
	size_t i = 0;

	while (i < s.n && s.p[i] != ' ' && s.p[i] != '\t')
		i++;
	return str_head(s, i);
}

static bool read_word(struct arena *a, struct str *rest, struct str *word)
{
	if (rest->p[0] == '"') {
		*rest = str_from(*rest, 1);
		return read_quoted(a, rest, word);
	}
	*word = head_word(*rest);
	*rest = str_from(*rest, word->n);
	return true;
}

static bool is_group(struct str s)
{
	bool has_digit = false;

	for (size_t i = 0; i < s.n; i++) {
		bool is_digit = s.p[i] >= '0' && s.p[i] <= '9';

		if (!is_digit && strchr("()-./", s.p[i]) == NULL)
			return false;
		has_digit = has_digit || is_digit;
	}
	return has_digit;
}

/* A telephone number as people write it goes on while there are digits:
 * "+49 30 1234 Grandma". */
static void read_groups(struct str *rest, struct str *number)
{
	struct str left = str_trim(*rest), group;

	for (; left.n > 0; left = str_trim(left)) {
		group = head_word(left);
		if (!is_group(group))
			return;
		number->n = (size_t)(group.p + group.n - number->p);
		left = str_from(left, group.n);
		*rest = left;
	}
}

/* Does word i of that command take the rest of the line? */
static bool is_text(const struct admin_command *m, size_t i)
{
	size_t k;

	for (k = 1; m != NULL && m->args[k - 1].name != NULL; k++)
		if (k == i)
			return m->args[k - 1].type == ADMIN_TEXT;
	return false;
}

bool admin_words(struct arena *a, struct str line,
		 struct str words[ADMIN_WORDS_MAX], size_t *count)
{
	const struct admin_command *m = NULL;
	struct str rest = str_trim(line);
	size_t n = 0;
	bool is_number;

	for (; rest.n > 0 && n < ADMIN_WORDS_MAX; rest = str_trim(rest)) {
		is_number = rest.p[0] == '+' && is_text(m, n + 1);
		if (is_text(m, n) && rest.p[0] != '"') {
			words[n] = rest;
			rest = STR_NONE;
		} else if (!read_word(a, &rest, &words[n])) {
			return false;
		}
		if (is_number)
			read_groups(&rest, &words[n]);
		if (n++ == 0)
			m = find_any(words[0]);
	}
	*count = n;
	return true;
}

enum admin_status admin_line(struct admin_call *c, struct str line)
{
	struct str words[ADMIN_WORDS_MAX];
	size_t n;

	if (admin_words(c->a, line, words, &n))
		return admin_run(c, words, n);
	admin_say(c, "%s", admin_t(c, "a quote is not closed", "Ein \" fehlt"));
	return ADMIN_USAGE;
}
