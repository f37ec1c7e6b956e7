#include "sip/dialog.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "sip/party.h"
#include "sip/writer.h"

enum {
	CSEQ_MAX = 0x7fffffff, /* RFC 3261 §8.1.1.5 */
	HOPS = 70,
	ESCAPE_BYTES = 3 /* \HH */
};

#define VERSION "d1"

/* The texts, in the order in which they are written. */
static const size_t texts[] = {
	offsetof(struct dialog, call_id),
	offsetof(struct dialog, local_tag),
	offsetof(struct dialog, remote_tag),
	offsetof(struct dialog, local_party),
	offsetof(struct dialog, remote_party),
	offsetof(struct dialog, target),
	offsetof(struct dialog, route),
	offsetof(struct dialog, source),
};
enum { TEXTS = sizeof(texts) / sizeof(texts[0]) };
_Static_assert((int)TEXTS == (int)DIALOG_TEXTS, "all of them are kept");

static struct str text_get(const struct dialog *d, size_t i)
{
	struct str s;

	memcpy(&s, (const char *)d + texts[i], sizeof(s));
	return s;
}

static void text_set(struct dialog *d, size_t i, struct str s)
{
	memcpy((char *)d + texts[i], &s, sizeof(s));
}

/* --- copies */

size_t dialog_bytes(const struct dialog *d)
{
	size_t n = sizeof(struct dialog_kept);

	for (size_t i = 0; i < TEXTS; i++)
		n += text_get(d, i).n;
	return n;
}

/* No text is longer than a message (SIP_MESSAGE_MAX_BYTES) or the limit of
 * dialog_read. */
struct dialog_kept *dialog_keep(const struct dialog *d)
{
	struct dialog_kept *k = malloc(dialog_bytes(d));
	char *p;

	if (k == NULL)
		abort();
	k->local_cseq = d->local_cseq;
	k->remote_cseq = d->remote_cseq;
	p = k->text;
	for (size_t i = 0; i < TEXTS; i++) {
		struct str s = text_get(d, i);

		assert(s.n <= UINT16_MAX);
		k->bytes[i] = (uint16_t)s.n;
		if (s.n > 0)
			memcpy(p, s.p, s.n);
		p += s.n;
	}
	return k;
}

struct dialog dialog_view(const struct dialog_kept *k)
{
	struct dialog d = { .local_cseq = k->local_cseq,
			    .remote_cseq = k->remote_cseq };
	const char *p = k->text;

	for (size_t i = 0; i < TEXTS; i++) {
		if (k->bytes[i] > 0)
			text_set(&d, i, (struct str){ p, k->bytes[i] });
		p += k->bytes[i];
	}
	return d;
}

/* --- text: fields behind tabs; what would break the line is \HH */

static void add_escaped(struct strbuf *b, struct str s)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c >= ' ' && c != '\\' && c != 0x7f) {
			strbuf_addc(b, s.p[i]);
			continue;
		}
		strbuf_addc(b, '\\');
		strbuf_addc(b, digits[c >> 4]);
		strbuf_addc(b, digits[c & 15]);
	}
}

void dialog_write(struct strbuf *b, const struct dialog *d)
{
	strbuf_addlit(b, VERSION "\t");
	strbuf_addu(b, d->local_cseq);
	strbuf_addc(b, '\t');
	strbuf_addu(b, d->remote_cseq);
	for (size_t i = 0; i < TEXTS; i++) {
		strbuf_addc(b, '\t');
		add_escaped(b, text_get(d, i));
	}
}

static bool unescape(struct arena *a, struct str s, struct str *out)
{
	char *p;
	size_t n = 0;

	*out = s;
	if (str_find(s, '\\') == s.n)
		return true;
	p = arena_alloc(a, s.n);
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] != '\\') {
			p[n++] = s.p[i];
			continue;
		}
		if (i + ESCAPE_BYTES > s.n || str_hex_value(s.p[i + 1]) > 15 ||
		    str_hex_value(s.p[i + 2]) > 15)
			return false;
		p[n++] = (char)(str_hex_value(s.p[i + 1]) << 4 |
				str_hex_value(s.p[i + 2]));
		i += ESCAPE_BYTES - 1;
	}
	*out = (struct str){ p, n };
	return true;
}

static bool cseq_cut(struct str *rest, uint32_t *out)
{
	return str_to_u32(str_cut(rest, '\t'), out) && *out <= CSEQ_MAX;
}

/* What dialog_draft would stumble over. */
static bool is_usable(struct arena *a, const struct dialog *d)
{
	struct party p;
	struct uri u;
	const char *why;

	return d->call_id.n > 0 && d->local_tag.n > 0 &&
	       party_read(a, d->local_party, &p, NULL, &why) &&
	       party_read(a, d->remote_party, &p, NULL, &why) &&
	       uri_read(d->target, &u, &why);
}

bool dialog_read(struct arena *a, struct str s, struct dialog *out)
{
	struct dialog d = { .call_id = STR_NONE };
	struct str field;

	if (!str_eqz(str_cut(&s, '\t'), VERSION) ||
	    !cseq_cut(&s, &d.local_cseq) || !cseq_cut(&s, &d.remote_cseq))
		return false;
	for (size_t i = 0; i < TEXTS; i++) {
		if (s.p == NULL || !unescape(a, str_cut(&s, '\t'), &field) ||
		    field.n > UINT16_MAX)
			return false;
		text_set(&d, i, field);
	}
	if (s.p != NULL || !is_usable(a, &d))
		return false;
	*out = d;
	return true;
}

/* --- from requests */

static void source_write(struct strbuf *b, const struct hop *h)
{
	static const char *const params[] = {
		[TRANSPORT_UDP] = ";transport=udp",
		[TRANSPORT_TCP] = ";transport=tcp",
		[TRANSPORT_TLS] = ";transport=tls"
	};

	strbuf_addlit(b, "sip:");
	endpoint_write(b, &h->peer);
	strbuf_addz(b, params[h->transport]);
}

static void target_write(struct strbuf *b, const struct request *r)
{
	struct uri u = r->has_contact ? r->contact.uri : r->from.uri;

	u.headers = STR_NONE; /* never in a Request-URI, §19.1.1 */
	uri_write(b, &u);
}

void dialog_of_request(struct arena *a, const struct request *r,
		       struct str local_tag, struct dialog *out)
{
	struct strbuf b;

	*out = (struct dialog){ .call_id = r->call_id,
				.local_tag = local_tag,
				.remote_tag = r->from.tag,
				.local_party = writer_party_text(a, &r->to),
				.remote_party = writer_party_text(a, &r->from),
				.route = r->record_route,
				.remote_cseq = r->cseq };
	strbuf_init(&b, DIALOG_MAX_BYTES);
	target_write(&b, r);
	out->target = str_dup(a, strbuf_str(&b));
	strbuf_reset(&b);
	source_write(&b, &r->source);
	out->source = str_dup(a, strbuf_str(&b));
	strbuf_fini(&b);
}

static size_t uri_bytes(const struct uri *u)
{
	return u->user.n + u->password.n + u->host.n + u->params.n +
	       u->headers.n;
}

bool dialog_fits(const struct request *r)
{
	return r->call_id.n + r->from.tag.n + r->from.display.n +
		       r->to.display.n + uri_bytes(&r->from.uri) +
		       uri_bytes(&r->to.uri) + uri_bytes(&r->contact.uri) +
		       r->record_route.n <=
	       DIALOG_MAX_BYTES / 2; /* quotes and escapes take room too */
}

/* Both that a request may move: the remote target (§12.2.2), and where it came
 * from, which a NAT changes behind everybody's back. */
static void move(struct dialog_kept **kp, struct str target, struct str source)
{
	struct dialog_kept *old = *kp;
	struct dialog d = dialog_view(old);

	if (str_eq(d.target, target) && str_eq(d.source, source))
		return;
	d.target = target;
	d.source = source;
	*kp = dialog_keep(&d);
	free(old);
}

bool dialog_accept(struct dialog_kept **kp, const struct request *r)
{
	struct dialog_kept *k = *kp;
	struct strbuf target, source;

	if (k->remote_cseq != 0 && r->cseq <= k->remote_cseq)
		return false;
	k->remote_cseq = r->cseq;
	strbuf_init(&target, URI_MAX_BYTES);
	strbuf_init(&source, URI_MAX_BYTES);
	if (r->has_contact)
		target_write(&target, r);
	source_write(&source, &r->source);
	move(kp, r->has_contact ? strbuf_str(&target) : dialog_view(k).target,
	     strbuf_str(&source));
	strbuf_fini(&target);
	strbuf_fini(&source);
	return true;
}

/* --- requests in it */

bool dialog_draft(struct arena *a, struct dialog *d, enum method m,
		  struct draft *out)
{
	struct draft draft = { .method = m,
			       .call_id = d->call_id,
			       .max_forwards = HOPS,
			       .route = d->route };
	const char *why;

	if (!party_read(a, d->local_party, &draft.from, NULL, &why) ||
	    !party_read(a, d->remote_party, &draft.to, NULL, &why) ||
	    !uri_read(d->target, &draft.target, &why))
		return false;
	draft.from.tag = d->local_tag;
	draft.to.tag = d->remote_tag;
	draft.cseq = ++d->local_cseq;
	*out = draft;
	return true;
}

struct keyed128 dialog_key(struct str call_id, struct str local_tag)
{
	struct keyed128 part[2] = {
		keyed_hash128(call_id.p, call_id.n),
		keyed_hash128(local_tag.p, local_tag.n),
	};

	return keyed_hash128(part, sizeof(part));
}
