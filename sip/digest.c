#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>
#include "gateway/base/keyed.h"
#include "sip/digest.h"
#include "sip/party.h"

enum { CNONCE_BYTES = 20, HEX_BYTES = 65, NONCE_MAX_BYTES = 1024 };

/* The directives of one challenge that we use, unquoted. */
struct challenge {
	struct str realm, nonce, opaque, algorithm, qop;
	bool is_stale;
};

/* What stands between quotes, or could: it goes back so, and must not end
 * them. */
static bool is_quotable(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"' || (s.p[i] == '\\' && ++i == s.n))
			return false;
	}
	return true;
}

/* Cuts "name=value" off a challenge's list; commas in quotes do not count. */
static bool directive_cut(struct str *rest, struct str *name, struct str *value)
{
	struct str item = value_cut(rest);
	size_t equals = str_find(item, '=');

	if (item.n == 0)
		return false;
	*name = str_trim(str_head(item, equals));
	*value = str_trim(str_from(item, equals + 1));
	if (value->n >= 2 && value->p[0] == '"' &&
	    value->p[value->n - 1] == '"')
		*value = str_head(str_from(*value, 1), value->n - 2);
	if (!is_quotable(*value))
		*value = STR_LIT("");
	return true;
}

/* The scheme that stands before a name, "Digest realm": RFC 7235 lets several
 * challenges share one header, and a new one begins so. */
static struct str scheme_cut(struct str *name)
{
	size_t i = 0;
	struct str scheme;

	while (i < name->n && name->p[i] != ' ' && name->p[i] != '\t')
		i++;
	if (i == name->n)
		return STR_NONE;
	scheme = str_head(*name, i);
	*name = str_trim(str_from(*name, i));
	return scheme;
}

static void directive_set(struct challenge *c, struct str name,
			  struct str value)
{
	const struct {
		const char *name;
		struct str *field;
	} fields[] = {
		{ "realm", &c->realm },	  { "nonce", &c->nonce },
		{ "opaque", &c->opaque }, { "algorithm", &c->algorithm },
		{ "qop", &c->qop },
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		if (str_ieqz(name, fields[i].name) &&
		    fields[i].field->p == NULL)
			*fields[i].field = value;
	if (str_ieqz(name, "stale"))
		c->is_stale = str_ieqz(value, "true");
}

/* Takes the next Digest challenge of a header value; those of other schemes
 * are passed over. */
static bool challenge_cut(struct str *rest, struct challenge *out)
{
	struct str before = *rest;
	struct str name, value;
	bool is_ours = false;

	*out = (struct challenge){ .is_stale = false };
	while (directive_cut(rest, &name, &value)) {
		struct str scheme = scheme_cut(&name);

		if (scheme.n > 0 && is_ours) {
			*rest = before; /* where the next one begins */
			return true;
		}
		if (scheme.n > 0)
			is_ours = str_ieqz(scheme, "Digest");
		if (is_ours)
			directive_set(out, name, value);
		before = *rest;
	}
	return is_ours;
}

static bool has_word(struct str list, const char *word)
{
	while (list.n > 0)
		if (str_ieqz(str_trim(str_cut(&list, ',')), word))
			return true;
	return false;
}

/* 2: SHA-256, 1: MD5, 0: not for us (RFC 8760 §2.4: the better one first). */
static int rank(const struct challenge *c, const struct digest_account *acc)
{
	if (c->realm.p == NULL || c->nonce.n == 0 ||
	    c->nonce.n > NONCE_MAX_BYTES || c->opaque.n > NONCE_MAX_BYTES ||
	    (acc->realm.p != NULL && !str_eq(acc->realm, c->realm)) ||
	    (c->qop.p != NULL && !has_word(c->qop, "auth")))
		return 0;
	if (str_ieqz(c->algorithm, "SHA-256"))
		return 2;
	return c->algorithm.p == NULL || str_ieqz(c->algorithm, "MD5") ? 1 : 0;
}

void digest_fini(struct digest_state *s)
{
	str_free(&s->realm);
	str_free(&s->nonce);
	str_free(&s->opaque);
	*s = (struct digest_state){ .nonce_count = 0 };
}

static void state_set(struct digest_state *s, const struct challenge *c,
		      bool is_proxy, bool is_sha256)
{
	struct digest_state n = { .is_proxy = is_proxy,
				  .is_sha256 = is_sha256,
				  .has_qop = c->qop.p != NULL };

	n.realm = str_heap(c->realm);
	n.nonce = str_heap(c->nonce);
	if (c->opaque.p != NULL)
		n.opaque = str_heap(c->opaque);
	digest_fini(s);
	*s = n;
}

bool digest_take(struct digest_state *s, const struct str *challenges, size_t n,
		 bool is_proxy, const struct digest_account *acc)
{
	struct challenge best = { .is_stale = false };
	int best_rank = 0;

	for (size_t i = 0; i < n; i++) {
		struct str rest = challenges[i];
		struct challenge c;

		while (challenge_cut(&rest, &c)) {
			int r = rank(&c, acc);

			if (r <= best_rank)
				continue;
			best = c;
			best_rank = r;
		}
	}
	if (best_rank == 0)
		return false;
	state_set(s, &best, is_proxy, best_rank == 2);
	return true;
}

bool digest_is_stale(struct str challenge)
{
	struct challenge c;

	while (challenge_cut(&challenge, &c))
		if (c.is_stale)
			return true;
	return false;
}

static void hash_hex(bool is_sha256, const struct str *parts, size_t n,
		     char out[HEX_BYTES])
{
	static const char digits[] = "0123456789abcdef";
	const EVP_MD *md = is_sha256 ? EVP_sha256() : EVP_md5();
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char sum[EVP_MAX_MD_SIZE];
	unsigned bytes = 0;
	bool ok = ctx != NULL && EVP_DigestInit_ex(ctx, md, NULL) == 1;

	for (size_t i = 0; ok && i < n; i++) {
		ok = i == 0 || EVP_DigestUpdate(ctx, ":", 1) == 1;
		if (ok && parts[i].n > 0)
			ok = EVP_DigestUpdate(ctx, parts[i].p, parts[i].n) == 1;
	}
	/* A library without MD5 (FIPS) gives no sum: the answer is wrong then,
	 * and the peer says so. */
	if (ok)
		EVP_DigestFinal_ex(ctx, sum, &bytes);
	EVP_MD_CTX_free(ctx);
	for (size_t i = 0; i < bytes && i < HEX_BYTES / 2; i++) {
		out[i * 2] = digits[sum[i] >> 4];
		out[i * 2 + 1] = digits[sum[i] & 15];
	}
	out[(size_t)bytes * 2] = '\0';
}

/* RFC 7616 §3.4.1; without qop RFC 2617 §3.2.2.1, as RFC 2069 had it. */
static void respond(bool is_sha256, struct str ha1, struct str method,
		    struct str uri, struct str nonce, struct str nc,
		    struct str cnonce, struct str qop, char out[HEX_BYTES])
{
	const struct str a2[] = { method, uri };
	char h2[HEX_BYTES];

	hash_hex(is_sha256, a2, 2, h2);
	if (qop.n > 0) {
		const struct str all[] = { ha1,	   nonce, nc,
					   cnonce, qop,	  str_z(h2) };

		hash_hex(is_sha256, all, 6, out);
	} else {
		const struct str all[] = { ha1, nonce, str_z(h2) };

		hash_hex(is_sha256, all, 3, out);
	}
}

void digest_ha1(bool is_sha256, struct str username, struct str realm,
		struct str password, char out[HEX_BYTES])
{
	const struct str a1[] = { username, realm, password };

	hash_hex(is_sha256, a1, 3, out);
}

void digest_compute(bool is_sha256, struct str username, struct str realm,
		    struct str password, struct str method, struct str uri,
		    struct str nonce, struct str nc, struct str cnonce,
		    struct str qop, char out[HEX_BYTES])
{
	char h1[HEX_BYTES];

	digest_ha1(is_sha256, username, realm, password, h1);
	respond(is_sha256, str_z(h1), method, uri, nonce, nc, cnonce, qop, out);
}

/* For text of ours: quoted-string with its pairs. Control characters become
 * blanks. */
static void add_quoted(struct strbuf *b, const char *name, struct str value)
{
	strbuf_addz(b, name);
	strbuf_addlit(b, "=\"");
	for (size_t i = 0; i < value.n; i++) {
		unsigned char c = (unsigned char)value.p[i];

		if (c == '"' || c == '\\')
			strbuf_addc(b, '\\');
		strbuf_addc(b, c < ' ' || c == 0x7f ? ' ' : value.p[i]);
	}
	strbuf_addc(b, '"');
}

/* What the challenge had between its quotes goes back as it was. It came as a
 * header's value, so no line end is in it. */
static void add_verbatim(struct strbuf *b, const char *name, struct str value)
{
	strbuf_addz(b, name);
	strbuf_addlit(b, "=\"");
	strbuf_add(b, value);
	strbuf_addc(b, '"');
}

static struct str count_hex(uint32_t count, char out[8])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < 8; i++)
		out[i] = digits[count >> (28 - 4 * i) & 15];
	return (struct str){ out, 8 };
}

static void add_qop(struct strbuf *b, struct str cnonce, struct str nc)
{
	strbuf_addlit(b, ", qop=auth, ");
	add_verbatim(b, "cnonce", cnonce);
	strbuf_addlit(b, ", nc=");
	strbuf_add(b, nc);
}

void digest_write(struct strbuf *b, struct digest_state *s,
		  const struct digest_account *acc, enum method m,
		  struct str uri)
{
	char cnonce_text[CNONCE_BYTES], nc_text[8], response[HEX_BYTES];
	struct str cnonce = { cnonce_text, sizeof(cnonce_text) };
	struct str qop = s->has_qop ? STR_LIT("auth") : STR_NONE;
	struct str nc;

	keyed_token(cnonce_text, sizeof(cnonce_text));
	nc = count_hex(++s->nonce_count, nc_text);
	digest_compute(s->is_sha256, acc->username, s->realm, acc->password,
		       method_name(m), uri, s->nonce, nc, cnonce, qop,
		       response);
	strbuf_addz(b, s->is_proxy ? "Proxy-Authorization: Digest "
				   : "Authorization: Digest ");
	add_quoted(b, "username", acc->username);
	strbuf_addlit(b, ", ");
	add_verbatim(b, "realm", s->realm);
	strbuf_addlit(b, ", ");
	add_verbatim(b, "nonce", s->nonce);
	strbuf_addlit(b, ", ");
	add_quoted(b, "uri", uri);
	strbuf_addlit(b, ", ");
	add_verbatim(b, "response", str_z(response));
	strbuf_addz(b,
		    s->is_sha256 ? ", algorithm=SHA-256" : ", algorithm=MD5");
	if (s->opaque.p != NULL) {
		strbuf_addlit(b, ", ");
		add_verbatim(b, "opaque", s->opaque);
	}
	if (s->has_qop)
		add_qop(b, cnonce, nc);
	strbuf_addlit(b, "\r\n");
}

/* --- as a server */

static void credentials_set(struct digest_credentials *c, struct str name,
			    struct str value)
{
	const struct {
		const char *name;
		struct str *field;
	} fields[] = {
		{ "username", &c->username },
		{ "realm", &c->realm },
		{ "nonce", &c->nonce },
		{ "uri", &c->uri },
		{ "response", &c->response },
		{ "cnonce", &c->cnonce },
		{ "nc", &c->nc },
		{ "qop", &c->qop },
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		if (str_ieqz(name, fields[i].name) &&
		    fields[i].field->p == NULL)
			*fields[i].field = value;
	if (!str_ieqz(name, "algorithm"))
		return;
	c->is_md5 = str_ieqz(value, "MD5");
	c->is_sha256 = str_ieqz(value, "SHA-256");
}

bool digest_read(struct str *values, struct digest_credentials *out)
{
	struct digest_credentials c = { .is_md5 = true };
	struct str name, text, before = *values;
	bool is_ours = false;

	while (directive_cut(values, &name, &text)) {
		struct str scheme = scheme_cut(&name);

		if (scheme.n > 0 && is_ours) {
			*values = before; /* where the next ones begin */
			break;
		}
		if (scheme.n > 0)
			is_ours = str_ieqz(scheme, "Digest");
		if (is_ours)
			credentials_set(&c, name, text);
		before = *values;
	}
	if (is_ours)
		*out = c;
	return is_ours;
}

void digest_challenge(struct strbuf *b, struct str realm, struct str nonce,
		      bool is_sha256, bool is_stale)
{
	strbuf_addlit(b, "Digest ");
	add_quoted(b, "realm", realm);
	strbuf_addc(b, ',');
	add_verbatim(b, "nonce", nonce);
	strbuf_addz(b, is_sha256 ? ",algorithm=SHA-256" : ",algorithm=MD5");
	strbuf_addlit(b, ",qop=\"auth\"");
	if (is_stale)
		strbuf_addlit(b, ",stale=true");
}

bool digest_fits(const struct digest_credentials *c, struct str ha1,
		 struct str method)
{
	char expected[HEX_BYTES];
	size_t n;

	respond(c->is_sha256, ha1, method, c->uri, c->nonce, c->nc, c->cnonce,
		c->qop, expected);
	n = strlen(expected);
	/* No sum at all (a library without MD5) fits nothing. */
	return n > 0 && c->response.n == n &&
	       CRYPTO_memcmp(c->response.p, expected, n) == 0;
}
