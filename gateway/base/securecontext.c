#include "gateway/base/securecontext.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include "gateway/base/certificate.h"

enum { WHY_MAX_BYTES = 256 };

/* Of secure_context_create, which has no object to keep it in. */
static _Thread_local char context_why[WHY_MAX_BYTES];

const char *secure_queue_text(char *buf, size_t cap)
{
	unsigned long e = ERR_get_error();
	const char *reason = e ? ERR_reason_error_string(e) : NULL;

	if (reason != NULL)
		return reason;
	if (e == 0)
		return "unknown error";
	ERR_error_string_n(e, buf, cap);
	return buf;
}

static bool refuse(const char *what, const char *file)
{
	char buf[WHY_MAX_BYTES];

	snprintf(context_why, sizeof(context_why), "%s %.100s: %.100s", what,
		 file ? file : "", secure_queue_text(buf, sizeof(buf)));
	return false;
}

/* --- files */

/* A key with a passphrase is refused; nobody is there to type it. */
static int no_passphrase(char *buf, int size, int rwflag, void *arg)
{
	(void)buf;
	(void)size;
	(void)rwflag;
	(void)arg;
	return -1;
}

static bool load_identity(SSL_CTX *ctx, const struct secure_options *o)
{
	const char *key = o->key_file ? o->key_file : o->cert_file;

	if (o->cert_file == NULL) {
		if (o->is_server)
			return refuse("no certificate", NULL);
		return true;
	}
	SSL_CTX_set_default_passwd_cb(ctx, no_passphrase);
	if (SSL_CTX_use_certificate_chain_file(ctx, o->cert_file) != 1)
		return refuse("certificate", o->cert_file);
	if (SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1)
		return refuse("private key", key);
	if (SSL_CTX_check_private_key(ctx) != 1)
		return refuse("key and certificate do not match:", key);
	return true;
}

static bool load_store(X509_STORE *store, const char *ca_file)
{
	if (ca_file == NULL)
		return X509_STORE_set_default_paths(store) == 1 ||
		       refuse("the system's certificates", NULL);
	return X509_STORE_load_file(store, ca_file) == 1 ||
	       refuse("ca file", ca_file);
}

/* NULL when it does not load. */
static X509_STORE *store_of(const char *ca_file)
{
	X509_STORE *store = X509_STORE_new();

	if (store == NULL)
		abort();
	if (load_store(store, ca_file))
		return store;
	X509_STORE_free(store);
	return NULL;
}

/* --- OpenSSL's side of a context, all of it new */

struct fresh {
	SSL_CTX *ctx;
	X509_STORE *base;
	X509_STORE **stores; /* of each authority */
};

static void fresh_free(struct fresh *f, size_t n)
{
	SSL_CTX_free(f->ctx);
	X509_STORE_free(f->base);
	for (size_t i = 0; f->stores != NULL && i < n; i++)
		X509_STORE_free(f->stores[i]);
	free(f->stores);
	memset(f, 0, sizeof(*f));
}

/* Whom a client may choose its certificate by. */
static void name_authorities(SSL_CTX *ctx, const struct secure_context *c)
{
	STACK_OF(X509_NAME) *names = sk_X509_NAME_new_null();

	if (c->options.ca_file != NULL)
		SSL_add_file_cert_subjects_to_stack(names, c->options.ca_file);
	for (size_t i = 0; i < c->authority_count; i++)
		SSL_add_file_cert_subjects_to_stack(names,
						    c->authorities[i].ca_file);
	SSL_CTX_set_client_CA_list(ctx, names);
}

/* Which name is to be proved, a server does not know beforehand: it takes what
 * any of its authorities says, and secure.c sorts out the names afterwards. */
static bool load_trust(struct fresh *f, const struct secure_context *c)
{
	X509_STORE *store = SSL_CTX_get_cert_store(f->ctx);

	if (!c->options.wants_peer)
		return true;
	if (!load_store(store, c->options.ca_file))
		return false;
	if (c->authority_count == 0)
		goto out;
	f->base = store_of(c->options.ca_file);
	f->stores = calloc(c->authority_count, sizeof(X509_STORE *));
	if (f->stores == NULL)
		abort();
	for (size_t i = 0; i < c->authority_count; i++) {
		const char *file = c->authorities[i].ca_file;

		f->stores[i] = store_of(file);
		if (f->stores[i] == NULL)
			return false;
		if (c->options.is_server && !load_store(store, file))
			return false;
	}
out:
	if (c->options.is_server)
		name_authorities(f->ctx, c);
	return c->authority_count == 0 || f->base != NULL;
}

static void set_verify(SSL_CTX *ctx, const struct secure_options *o)
{
	int verify = o->wants_peer ? SSL_VERIFY_PEER : SSL_VERIFY_NONE;

	if (o->wants_peer && o->is_server && !o->is_peer_optional)
		verify |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
	SSL_CTX_set_verify(ctx, verify, NULL);
	SSL_CTX_set_cert_verify_callback(ctx, secure_verify, NULL);
}

static bool configure(struct fresh *f, const struct secure_context *c)
{
	static const unsigned char session_context[] = "stox";
	const struct secure_options *o = &c->options;
	SSL_CTX *ctx = f->ctx;

	set_verify(ctx, o);
	if (SSL_CTX_set_min_proto_version(
		    ctx, o->is_13_only ? TLS1_3_VERSION : TLS1_2_VERSION) != 1)
		return refuse("TLS 1.2", NULL);
	/* Both protocols frame their messages: a stream that is cut is seen
	 * above, and many peers never send close_notify. Without resumption,
	 * whoever is let in has shown its certificate under the present
	 * rules. */
	SSL_CTX_set_options(
		ctx, SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_NO_COMPRESSION |
			     SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET |
			     SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_num_tickets(ctx, 0);
	SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE |
				      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
				      SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_session_id_context(ctx, session_context,
				       sizeof(session_context) - 1);
	return load_identity(ctx, o) && load_trust(f, c);
}

/* Takes over f; what was there goes, as far as no connection holds it. */
static void adopt(struct secure_context *c, struct fresh *f)
{
	struct fresh old = { .ctx = c->ctx, .base = c->base };

	c->ctx = f->ctx;
	c->base = f->base;
	for (size_t i = 0; i < c->authority_count; i++) {
		X509_STORE_free(c->authorities[i].store);
		c->authorities[i].store = f->stores ? f->stores[i] : NULL;
	}
	free(f->stores);
	fresh_free(&old, 0);
}

bool secure_context_reload(struct secure_context *c, const char **why)
{
	struct fresh f = { 0 };
	bool is_good;

	ERR_clear_error();
	f.ctx = SSL_CTX_new(c->options.is_server ? TLS_server_method()
						 : TLS_client_method());
	is_good = f.ctx != NULL ? configure(&f, c) : refuse("OpenSSL", NULL);
	ERR_clear_error();
	if (is_good) {
		adopt(c, &f);
		return true;
	}
	*why = context_why;
	fresh_free(&f, c->authority_count);
	return false;
}

/* --- life */

static char *dup_or_null(const char *s)
{
	char *copy = s != NULL ? strdup(s) : NULL;

	if (s != NULL && copy == NULL)
		abort();
	return copy;
}

struct secure_context *secure_context_create(const struct secure_options *o,
					     const char **why)
{
	struct secure_context *c = calloc(1, sizeof(*c));

	if (c == NULL)
		abort();
	c->options = *o;
	c->options.cert_file = dup_or_null(o->cert_file);
	c->options.key_file = dup_or_null(o->key_file);
	c->options.ca_file = dup_or_null(o->ca_file);
	if (!secure_context_reload(c, why))
		secure_context_destroy(&c);
	return c;
}

static void authority_fini(struct secure_authority *a)
{
	for (size_t i = 0; i < a->name_count; i++)
		free(a->names[i]);
	free(a->names);
	free(a->ca_file);
	X509_STORE_free(a->store);
}

void secure_context_destroy(struct secure_context **cp)
{
	struct secure_context *c = *cp;

	if (c == NULL)
		return;
	*cp = NULL;
	for (size_t i = 0; i < c->authority_count; i++)
		authority_fini(&c->authorities[i]);
	free(c->authorities);
	SSL_CTX_free(c->ctx);
	X509_STORE_free(c->base);
	free((char *)c->options.cert_file);
	free((char *)c->options.key_file);
	free((char *)c->options.ca_file);
	free(c);
}

bool secure_context_trust(struct secure_context *c, const char *ca_file,
			  const char *const *names, size_t n, const char **why)
{
	struct secure_authority *a;
	size_t bytes = (c->authority_count + 1) * sizeof(*a);

	c->authorities = realloc(c->authorities, bytes);
	if (c->authorities == NULL)
		abort();
	a = &c->authorities[c->authority_count++];
	*a = (struct secure_authority){ .ca_file = dup_or_null(ca_file),
					.names = calloc(n + 1, sizeof(char *)),
					.name_count = n };
	if (a->names == NULL)
		abort();
	for (size_t i = 0; i < n; i++)
		a->names[i] = dup_or_null(names[i]);
	if (secure_context_reload(c, why))
		return true;
	authority_fini(&c->authorities[--c->authority_count]);
	return false;
}

X509_STORE *secure_context_store(const struct secure_context *c,
				 const char *name)
{
	for (size_t i = 0; i < c->authority_count; i++) {
		const struct secure_authority *a = &c->authorities[i];

		for (size_t k = 0; k < a->name_count; k++)
			if (strcasecmp(a->names[k], name) == 0)
				return a->store;
	}
	return c->base;
}

int64_t secure_context_expires_s(const struct secure_context *c)
{
	X509 *cert = SSL_CTX_get0_certificate(c->ctx);

	return cert != NULL ? certificate_expires_s(cert) : -1;
}

bool secure_context_is(const struct secure_context *c, const char *domain)
{
	X509 *cert = SSL_CTX_get0_certificate(c->ctx);

	return cert != NULL && certificate_fits(cert, domain);
}
