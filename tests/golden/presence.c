/* presence DIRECTION TUPLES STANZAS NOTIFY: one pair, see README.md. */
#include "mapping/presence.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "xmpp/ns.h"
#include "xmpp/stream.h"

enum { CHUNK_BYTES = 65536, NOW_S = 1420070400 }; /* 2015-01-01 */

static const struct stream_limits limits = { PIDF_MAX_BYTES, 32, 64 };

struct pair {
	struct arena a;
	struct str stanzas, head, body; /* as they are in the files */
	bool wants_one;
};

static void die(const char *what, const char *more)
{
	fprintf(stderr, "presence: %s: %s\n", what, more);
	exit(1);
}

static struct str file_read(struct arena *a, const char *path)
{
	char *p = arena_alloc(a, PIDF_MAX_BYTES);
	FILE *in = fopen(path, "r");
	size_t n;

	if (in == NULL)
		die("cannot open", path);
	n = fread(p, 1, PIDF_MAX_BYTES, in);
	fclose(in);
	if (n > 0 && p[n - 1] == '\n')
		n--;
	return (struct str){ p, n };
}

static struct xml *document(struct pair *t, struct str text)
{
	const char *why;
	struct xml *x = stream_document(&t->a, text, &limits, &why);

	if (x == NULL)
		die("document", why);
	return x;
}

static struct str header(struct pair *t, const char *name)
{
	struct str rest = t->head, line;

	while (rest.p != NULL) {
		line = str_cut(&rest, '\n');
		if (str_istarts(line, name))
			return str_trim(str_from(line, strlen(name)));
	}
	die("no such header", name);
	return STR_NONE;
}

/* "<sip:romeo@example.net>;tag=x" */
static struct uri party(struct pair *t, const char *name)
{
	struct str rest = header(t, name);
	const char *why;
	struct uri uri;

	(void)str_cut(&rest, '<');
	if (!uri_read(str_cut(&rest, '>'), &uri, &why))
		die("URI", why);
	return uri;
}

static struct jid party_jid(struct pair *t, const char *name)
{
	struct uri uri = party(t, name);
	const char *why;
	struct jid jid;

	if (!jid_make(&t->a, uri.user, uri.host, STR_NONE, &jid, &why))
		die("JID", why);
	return jid;
}

static int compare(const char *what, struct str got, struct str want)
{
	if (str_eq(got, want))
		return 0;
	fprintf(stderr, "%s differs\n--- got\n%.*s\n--- want\n%.*s\n", what,
		STR_ARG(got), STR_ARG(want));
	return 1;
}

static struct presence_item *items_of(struct pair *t)
{
	struct presence_item *first = NULL, **end = &first;
	struct str doc = str_fmt(&t->a, "<x xmlns='%s'>%.*s</x>", NS_COMPONENT,
				 STR_ARG(t->stanzas));
	const struct xml *x;
	struct stanza s;
	struct fault why;
	bool wanted;

	for (x = xml_child(document(t, doc), NULL, NULL); x != NULL;
	     x = xml_next(x, NULL, NULL)) {
		if (!stanza_read(&t->a, x, &s, &why, &wanted))
			die("stanza", str_dupz(&t->a, why.text));
		*end = arena_new(&t->a, struct presence_item);
		presence_item_read(&t->a, &s, NOW_S, *end);
		end = &(*end)->next;
	}
	return first;
}

static int to_sip(struct pair *t)
{
	struct uri entity = party(t, "From:");
	struct strbuf b;
	struct pidf p;
	int failed;

	presence_to_pidf(&t->a, &entity, items_of(t), t->wants_one, NOW_S, &p);
	strbuf_init(&b, PIDF_MAX_BYTES);
	pidf_write(&b, &p);
	failed = compare("document", strbuf_str(&b), t->body);
	strbuf_fini(&b);
	return failed;
}

static int to_xmpp(struct pair *t)
{
	struct jid from = party_jid(t, "From:"), to = party_jid(t, "To:");
	const struct presence_item *i;
	const struct xml *extra;
	struct stanza s;
	struct pidf p;
	const char *why;
	struct strbuf b;
	int failed;

	if (!pidf_read(&t->a, document(t, t->body), &p, &why))
		die("PIDF", why);
	strbuf_init(&b, PIDF_MAX_BYTES);
	for (i = presence_from_pidf(&t->a, &p); i != NULL; i = i->next) {
		presence_item_stanza(&t->a, i, &from, &to, &s, &extra);
		presence_write(&b, &s, extra);
		if (i->next != NULL)
			strbuf_addc(&b, '\n');
	}
	failed = compare("stanzas", strbuf_str(&b), t->stanzas);
	strbuf_fini(&b);
	return failed;
}

static void request_split(struct pair *t, struct str text)
{
	const char *p = memmem(text.p, text.n, "\n\n", 2);
	uint32_t length;

	if (p == NULL)
		die("no body", "");
	t->head = str_head(text, (size_t)(p - text.p));
	t->body = str_from(text, t->head.n + 2);
	if (!str_to_u32(header(t, "Content-Length:"), &length) ||
	    length != t->body.n)
		die("Content-Length is not that of the body",
		    str_dupz(&t->a, str_fmt(&t->a, "%zu", t->body.n)));
}

int main(int argc, char **argv)
{
	struct pair t = { .wants_one = false };
	int failed = 1;

	if (argc != 5)
		die("usage", "presence DIRECTION TUPLES STANZAS NOTIFY");
	arena_init(&t.a, CHUNK_BYTES);
	t.wants_one = strcmp(argv[2], "one") == 0;
	t.stanzas = file_read(&t.a, argv[3]);
	request_split(&t, file_read(&t.a, argv[4]));
	if (strcmp(argv[1], "x2s") == 0)
		failed = to_sip(&t);
	else if (strcmp(argv[1], "s2x") == 0)
		failed = to_xmpp(&t);
	else
		die("no such direction", argv[1]);
	arena_fini(&t.a);
	return failed;
}
