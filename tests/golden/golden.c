/* golden DIRECTION RULES STANZA REQUEST: one pair, see README.md. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "mapping/address.h"
#include "mapping/datetime.h"
#include "mapping/message.h"
#include "sip/reader.h"
#include "sip/writer.h"
#include "xmpp/ns.h"
#include "xmpp/stream.h"

enum { FILE_MAX_BYTES = 65536, CHUNK_BYTES = 65536 };

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct str domains[] = { STR("example.com"), STR("example.org") };
static const struct address_plan rfc = {
	.contacts = CONTACT_TRANSPARENT,
	.users = USER_TRANSPARENT,
	.component = STR("example.net"),
	.xmpp_domains = domains,
	.xmpp_domain_count = COUNT(domains),
};
static const struct address_plan fixed = {
	.contacts = CONTACT_FIXED,
	.users = USER_FIXED,
	.component = STR("sip.example.com"),
	.sip_domain = STR("example.net"),
	.user_host = STR("xmpp.example.net"),
	.xmpp_domains = domains,
	.xmpp_domain_count = COUNT(domains),
};
static const struct address_plan escaped = {
	.contacts = CONTACT_ESCAPED,
	.users = USER_ESCAPED,
	.component = STR("sip.example.com"),
	.user_host = STR("gw.example.com"),
	.xmpp_domains = domains,
	.xmpp_domain_count = COUNT(domains),
};

static const struct message_rules normal = {
	.type = MESSAGE_NORMAL,
	.thread = THREAD_CALL_ID,
	.delay_after_s = 60,
	.body_max_bytes = FILE_MAX_BYTES,
	.wants_headline = true,
};
/* The RFC's own examples have no <thread/>. */
static const struct message_rules without_thread = {
	.type = MESSAGE_NORMAL,
	.thread = THREAD_NONE,
	.delay_after_s = 60,
	.body_max_bytes = FILE_MAX_BYTES,
};
static const struct message_rules chat = {
	.type = MESSAGE_CHAT,
	.thread = THREAD_CONVERSATION,
	.delay_after_s = 60,
	.body_max_bytes = FILE_MAX_BYTES,
};

static const struct message_rules rich = {
	.type = MESSAGE_CHAT,
	.thread = THREAD_NONE,
	.delay_after_s = 60,
	.body_max_bytes = FILE_MAX_BYTES,
	.wants_receipts = true,
	.wants_xhtml = true,
	.edited_mark = STR("(edited)"),
	.retracted_mark = STR("(retracted an earlier message)"),
};

static const struct {
	const char *name;
	const struct address_plan *plan;
	const struct message_rules *rules;
	bool wants_html, wants_cpim; /* x2s: what the contact understands */
} setups[] = {
	{ "rfc", &rfc, &normal, false, false },
	{ "rfc-threadless", &rfc, &without_thread, false, false },
	{ "fixed", &fixed, &normal, false, false },
	{ "fixed-chat", &fixed, &chat, false, false },
	{ "escaped", &escaped, &normal, false, false },
	{ "rich", &fixed, &rich, false, false },
	{ "rich-html", &fixed, &rich, true, false },
	{ "rich-cpim", &fixed, &rich, false, true },
};

enum { NOW_S = 1420070400 }; /* 2015-01-01 */

struct pair {
	struct arena a;
	struct env env;
	struct str xml, sip; /* as they are in the files */
	bool wants_html, wants_cpim;
};

static void die(const char *what, const char *more)
{
	fprintf(stderr, "golden: %s: %s\n", what, more);
	exit(1);
}

static struct str file_read(struct arena *a, const char *path)
{
	char *p = arena_alloc(a, FILE_MAX_BYTES);
	FILE *in = fopen(path, "r");
	size_t n;

	if (in == NULL)
		die("cannot open", path);
	n = fread(p, 1, FILE_MAX_BYTES, in);
	fclose(in);
	if (n == FILE_MAX_BYTES)
		die("too large", path);
	if (n > 0 && p[n - 1] == '\n')
		n--;
	return (struct str){ p, n };
}

/* CRLF behind the lines of the header section. */
static struct str wire_of(struct pair *t)
{
	struct str rest = t->sip, line, out;
	struct strbuf b;

	strbuf_init(&b, 2 * FILE_MAX_BYTES);
	do {
		line = str_cut(&rest, '\n');
		strbuf_add(&b, line);
		strbuf_addlit(&b, "\r\n");
	} while (line.n > 0 && rest.p != NULL);
	/* Without a body, the empty line may be missing in the file. */
	if (line.n > 0)
		strbuf_addlit(&b, "\r\n");
	strbuf_add(&b, rest);
	out = str_dup(&t->a, strbuf_str(&b));
	strbuf_fini(&b);
	return out;
}

static struct xml *tree_of(struct pair *t, struct str text)
{
	static const struct stream_limits limits = { FILE_MAX_BYTES, 32, 64 };
	const char *why;
	struct str doc = str_fmt(&t->a, "<x xmlns='%s'>%.*s</x>", NS_COMPONENT,
				 STR_ARG(text));
	struct xml *root = stream_document(&t->a, doc, &limits, &why);

	if (root == NULL)
		die("stanza", why);
	return root;
}

static const struct xml *document(struct arena *a, struct str text)
{
	static const struct stream_limits limits = { FILE_MAX_BYTES, 32, 64 };
	const char *why;

	return stream_document(a, text, &limits, &why);
}

/* The blanks between elements go. */
static void tidy(struct xml *x)
{
	struct xml **link = &x->child, *last = NULL;
	bool has_elements = false;

	for (struct xml *c = x->child; c != NULL; c = c->next)
		has_elements |= c->name.n > 0;
	while (*link != NULL) {
		struct xml *c = *link;

		if (has_elements && c->name.n == 0 &&
		    str_trim(c->text).n == 0) {
			*link = c->next;
			continue;
		}
		if (c->name.n > 0)
			tidy(c);
		last = c;
		link = &c->next;
	}
	x->last = last;
}

static int attr_order(const void *x, const void *y)
{
	const struct xml_attr *const *a = x, *const *b = y;
	size_t n = (*a)->name.n < (*b)->name.n ? (*a)->name.n : (*b)->name.n;
	int order = memcmp((*a)->name.p, (*b)->name.p, n);

	return order != 0 ? order : (*a)->name.n < (*b)->name.n ? -1 : 1;
}

enum { ATTRS_MAX = 64 };

static void sort_attrs(struct xml *x)
{
	struct xml_attr *all[ATTRS_MAX], **link = &x->attrs;
	size_t n = 0;

	for (struct xml_attr *at = x->attrs; at != NULL && n < ATTRS_MAX;
	     at = at->next)
		all[n++] = at;
	qsort(all, n, sizeof(all[0]), attr_order);
	for (size_t i = 0; i < n; i++) {
		*link = all[i];
		link = &all[i]->next;
	}
	*link = NULL;
	for (struct xml *c = x->child; c != NULL; c = c->next) {
		if (c->name.n > 0)
			sort_attrs(c);
	}
}

static struct str canonical(struct pair *t, struct str stanza)
{
	struct xml *root = tree_of(t, stanza);
	struct strbuf b;
	struct str out;

	tidy(root);
	sort_attrs(root);
	strbuf_init(&b, 2 * FILE_MAX_BYTES);
	xml_write(&b, root, STR_NONE);
	out = str_dup(&t->a, strbuf_str(&b));
	strbuf_fini(&b);
	return out;
}

static int compare(const char *what, struct str got, struct str want)
{
	if (str_eq(got, want))
		return 0;
	fprintf(stderr, "%s differs\n--- got\n%.*s\n--- want\n%.*s\n", what,
		STR_ARG(got), STR_ARG(want));
	return 1;
}

static void request_of(struct pair *t, struct reading *out)
{
	static const struct hop source = {
		.transport = TRANSPORT_TCP, .peer.in = { .sin_family = AF_INET }
	};

	reading_init(out, &t->a, wire_of(t), &source);
	if (out->kind != READING_REQUEST)
		die("request", out->why != NULL ? out->why : "not one");
}

static struct stanza stanza_of(struct pair *t)
{
	struct xml *root = tree_of(t, t->xml);
	struct stanza s;
	struct fault why;
	bool wanted;

	tidy(root);
	if (!stanza_read(&t->a, xml_child(root, NULL, NULL), &s, &why, &wanted))
		die("stanza", str_dupz(&t->a, why.text));
	return s;
}

/* The request without its Via lines. */
static struct str without_via(struct pair *t, struct str wire)
{
	struct str rest = wire, line, out;
	struct strbuf b;

	strbuf_init(&b, 2 * FILE_MAX_BYTES);
	do {
		line = str_cut(&rest, '\n');
		if (!str_istarts(line, "Via:")) {
			strbuf_add(&b, line);
			strbuf_addc(&b, '\n');
		}
	} while (line.n > 1);
	strbuf_add(&b, rest);
	out = str_dup(&t->a, strbuf_str(&b));
	strbuf_fini(&b);
	return out;
}

/* As the gateway does for a contact who understands it. */
static void enrich(struct pair *t, const struct extras *x, struct draft *d)
{
	unsigned wishes = 0;

	if (t->wants_html && x->html != NULL)
		message_add_html(&t->a, x->html, STR_LIT("boundary"), d);
	if (x->wants_receipt)
		wishes |= CPIM_POSITIVE | CPIM_NEGATIVE;
	if (x->is_markable)
		wishes |= CPIM_DISPLAY;
	if (t->wants_cpim && wishes != 0)
		message_wrap(&t->a, STR_LIT("m1"), wishes,
			     datetime_write_stamp(&t->a, NOW_S), d);
}

static int to_sip(struct pair *t)
{
	struct stanza s = stanza_of(t);
	struct reading want;
	struct strbuf b;
	struct draft d;
	struct fault why = { .text = STR("nothing to send") };
	struct extras x;
	int failed;

	request_of(t, &want);
	t->env.call_id = want.request.call_id;
	t->env.tag = want.request.from.tag;
	t->env.in_reply_to = want.request.in_reply_to;
	extras_read(&t->a, s.el, &x);
	if (message_to_sip(&t->a, &t->env, &s, &x, &d, &why) != MAPPED)
		die("refused", str_dupz(&t->a, why.text));
	enrich(t, &x, &d);
	strbuf_init(&b, 2 * FILE_MAX_BYTES);
	writer_line(&b, d.method, &d.target);
	writer_cseq(&b, d.cseq, d.method);
	writer_rest(&b, &d, STR_NONE);
	failed = compare("request", strbuf_str(&b), without_via(t, wire_of(t)));
	strbuf_fini(&b);
	reading_fini(&want);
	return failed;
}

static void people_of(struct pair *t, const struct request *r, struct jid *from,
		      struct jid *to)
{
	struct fault why;

	if (!address_contact_jid(&t->a, t->env.plan, &r->from.uri, from, NULL,
				 &why) ||
	    !address_user_jid(&t->a, t->env.plan, &r->target, to, NULL, &why))
		die("address", str_dupz(&t->a, why.text));
}

static int to_xmpp(struct pair *t)
{
	struct str id = stanza_of(t).id;
	struct reading in;
	struct jid from, to;
	struct stanza s;
	struct strbuf b;
	struct content c;
	struct fault why = { .text = STR("nothing to send") };
	int failed;

	request_of(t, &in);
	people_of(t, &in.request, &from, &to);
	t->env.stanza_id = id;
	if (!content_read(&t->a, &t->env, &in.request, &c, &why) ||
	    message_to_xmpp(&t->a, &t->env, &in.request, &c, &from, &to, &s) !=
		    MAPPED)
		die("refused", str_dupz(&t->a, why.text));
	strbuf_init(&b, 2 * FILE_MAX_BYTES);
	message_write(&b, &s, NULL);
	failed = compare("stanza", canonical(t, strbuf_str(&b)),
			 canonical(t, t->xml));
	strbuf_fini(&b);
	reading_fini(&in);
	return failed;
}

int main(int argc, char **argv)
{
	struct pair t = { .env = { .wall_s = NOW_S, .document = document } };
	int failed;

	if (argc != 5)
		die("usage", "golden DIRECTION RULES STANZA REQUEST");
	arena_init(&t.a, CHUNK_BYTES);
	for (size_t i = 0; i < COUNT(setups); i++) {
		if (strcmp(setups[i].name, argv[2]) == 0) {
			t.env.plan = setups[i].plan;
			t.env.rules = setups[i].rules;
			t.wants_html = setups[i].wants_html;
			t.wants_cpim = setups[i].wants_cpim;
		}
	}
	if (t.env.plan == NULL)
		die("no such rules", argv[2]);
	t.xml = file_read(&t.a, argv[3]);
	t.sip = file_read(&t.a, argv[4]);
	if (strcmp(argv[1], "x2s") == 0)
		failed = to_sip(&t);
	else if (strcmp(argv[1], "s2x") == 0)
		failed = to_xmpp(&t);
	else
		die("no such direction", argv[1]);
	arena_fini(&t.a);
	return failed;
}
