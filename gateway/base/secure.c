#include "gateway/base/secure.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

enum { WHY_MAX_BYTES = 256, HOST_MAX_BYTES = 256 };

struct secure_context {
	SSL_CTX *ctx; /* owned */
	bool is_server;
	bool wants_peer;
};

struct secure {
	SSL *ssl;		   /* owned; NULL when it could not be made */
	bool is_up;		   /* the handshake is done */
	bool is_broken;		   /* OpenSSL forbids any further call */
	char host[HOST_MAX_BYTES]; /* the name asked for; may be "" */
	char why[WHY_MAX_BYTES];
};

/* Of secure_context_create, which has no object to keep it in. */
static _Thread_local char context_why[WHY_MAX_BYTES];

/* The oldest error of the queue: the later ones are its consequences. */
static const char *queue_text(char *buf, size_t cap)
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

/* --- contexts */

static bool context_refuse(const char *what, const char *file)
{
	char buf[WHY_MAX_BYTES];

	snprintf(context_why, sizeof(context_why), "%s %s: %.100s", what,
		 file ? file : "", queue_text(buf, sizeof(buf)));
	return false;
}

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
			return context_refuse("no certificate", NULL);
		return true;
	}
	SSL_CTX_set_default_passwd_cb(ctx, no_passphrase);
	if (SSL_CTX_use_certificate_chain_file(ctx, o->cert_file) != 1)
		return context_refuse("certificate", o->cert_file);
	if (SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1)
		return context_refuse("private key", key);
	if (SSL_CTX_check_private_key(ctx) != 1)
		return context_refuse("key and certificate do not match:", key);
	return true;
}

static bool load_trust(SSL_CTX *ctx, const struct secure_options *o)
{
	if (!o->wants_peer)
		return true;
	if (o->ca_file == NULL)
		return SSL_CTX_set_default_verify_paths(ctx) == 1 ||
		       context_refuse("the system's certificates", NULL);
	if (SSL_CTX_load_verify_locations(ctx, o->ca_file, NULL) != 1)
		return context_refuse("ca file", o->ca_file);
	if (o->is_server)
		SSL_CTX_set_client_CA_list(ctx,
					   SSL_load_client_CA_file(o->ca_file));
	return true;
}

static bool configure(SSL_CTX *ctx, const struct secure_options *o)
{
	static const unsigned char session_context[] = "stox";
	int verify = o->wants_peer ? SSL_VERIFY_PEER : SSL_VERIFY_NONE;

	if (o->wants_peer && o->is_server)
		verify |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
	SSL_CTX_set_verify(ctx, verify, NULL);
	if (SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) != 1)
		return context_refuse("TLS 1.2", NULL);
	/* Both protocols frame their messages: a stream that is cut is seen
	 * above, and many peers never send close_notify. */
	SSL_CTX_set_options(ctx, SSL_OP_IGNORE_UNEXPECTED_EOF |
					 SSL_OP_NO_COMPRESSION |
					 SSL_OP_NO_RENEGOTIATION);
	SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE |
				      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
				      SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_session_id_context(ctx, session_context,
				       sizeof(session_context) - 1);
	return load_identity(ctx, o) && load_trust(ctx, o);
}

struct secure_context *secure_context_create(const struct secure_options *o,
					     const char **why)
{
	struct secure_context *c = calloc(1, sizeof(*c));

	if (c == NULL)
		abort();
	ERR_clear_error();
	c->is_server = o->is_server;
	c->wants_peer = o->wants_peer;
	c->ctx = SSL_CTX_new(o->is_server ? TLS_server_method()
					  : TLS_client_method());
	if (c->ctx == NULL)
		context_refuse("OpenSSL", NULL);
	else if (configure(c->ctx, o))
		return c;
	*why = context_why;
	secure_context_destroy(&c);
	ERR_clear_error();
	return NULL;
}

void secure_context_destroy(struct secure_context **cp)
{
	struct secure_context *c = *cp;

	if (c == NULL)
		return;
	*cp = NULL;
	SSL_CTX_free(c->ctx);
	free(c);
}

/* --- connections */

static enum secure_result failed(struct secure *s, const char *what,
				 const char *detail)
{
	snprintf(s->why, sizeof(s->why), "%s: %.200s", what, detail);
	s->is_broken = true;
	return SECURE_FAILED;
}

static bool is_address(const char *host)
{
	unsigned char any[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, host, any) == 1 ||
	       inet_pton(AF_INET6, host, any) == 1;
}

/* The host without the brackets of an IPv6 reference or the root's dot. */
static bool set_host(struct secure *s, const char *name)
{
	size_t n = strlen(name);

	if (n > 2 && name[0] == '[' && name[n - 1] == ']') {
		name++;
		n -= 2;
	} else if (n > 1 && name[n - 1] == '.') {
		n--;
	}
	if (n == 0 || n >= sizeof(s->host))
		return false;
	memcpy(s->host, name, n);
	s->host[n] = '\0';
	return true;
}

static bool ask_for_host(struct secure *s)
{
	X509_VERIFY_PARAM *param = SSL_get0_param(s->ssl);

	if (is_address(s->host))
		return X509_VERIFY_PARAM_set1_ip_asc(param, s->host) == 1;
	X509_VERIFY_PARAM_set_hostflags(param,
					X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return SSL_set_tlsext_host_name(s->ssl, s->host) == 1 &&
	       X509_VERIFY_PARAM_set1_host(param, s->host, 0) == 1;
}

struct secure *secure_create(struct secure_context *c, int fd,
			     const char *server_name)
{
	struct secure *s = calloc(1, sizeof(*s));

	if (s == NULL)
		abort();
	ERR_clear_error();
	s->ssl = SSL_new(c->ctx);
	if (s->ssl == NULL || SSL_set_fd(s->ssl, fd) != 1) {
		failed(s, "TLS", "no memory for a connection");
		return s;
	}
	if (c->is_server) {
		SSL_set_accept_state(s->ssl);
		return s;
	}
	SSL_set_connect_state(s->ssl);
	if (server_name != NULL &&
	    (!set_host(s, server_name) || !ask_for_host(s)))
		failed(s, "TLS", "the server's name cannot be asked for");
	return s;
}

/* RFC 5246 §7.2.1: says goodbye, but does not wait for the answer. */
void secure_destroy(struct secure **sp)
{
	struct secure *s = *sp;

	if (s == NULL)
		return;
	*sp = NULL;
	ERR_clear_error();
	if (s->is_up && !s->is_broken)
		SSL_shutdown(s->ssl);
	SSL_free(s->ssl);
	ERR_clear_error();
	free(s);
}

static enum secure_result verify_failed(struct secure *s, long result)
{
	const char *text = X509_verify_cert_error_string(result);

	if (result != X509_V_ERR_HOSTNAME_MISMATCH &&
	    result != X509_V_ERR_IP_ADDRESS_MISMATCH)
		return failed(s, "the peer's certificate is refused", text);
	snprintf(s->why, sizeof(s->why),
		 "the peer's certificate is refused: it is not for %.150s",
		 s->host);
	s->is_broken = true;
	return SECURE_FAILED;
}

/* What OpenSSL means by ret, right after the call; saved_errno is of it. */
static enum secure_result result_of(struct secure *s, const char *what, int ret,
				    int saved_errno)
{
	char buf[WHY_MAX_BYTES];
	long verify;

	switch (SSL_get_error(s->ssl, ret)) {
	case SSL_ERROR_NONE:
		return SECURE_OK;
	case SSL_ERROR_WANT_READ:
		return SECURE_WANT_READ;
	case SSL_ERROR_WANT_WRITE:
		return SECURE_WANT_WRITE;
	case SSL_ERROR_ZERO_RETURN:
		return SECURE_CLOSED;
	case SSL_ERROR_SYSCALL:
		if (saved_errno == 0)
			return failed(s, what, "the peer closed it");
		return failed(s, what,
			      strerror_r(saved_errno, buf, sizeof(buf)));
	default:
		verify = SSL_get_verify_result(s->ssl);
		if (!s->is_up && verify != X509_V_OK)
			return verify_failed(s, verify);
		return failed(s, what, queue_text(buf, sizeof(buf)));
	}
}

static void begin(void)
{
	ERR_clear_error();
	errno = 0;
}

/* Where an end in order does not help the caller. */
static enum secure_result end_is_failure(struct secure *s, const char *what,
					 enum secure_result result)
{
	return result == SECURE_CLOSED ? failed(s, what, "the peer closed it")
				       : result;
}

enum secure_result secure_handshake(struct secure *s)
{
	static const char what[] = "TLS handshake";
	enum secure_result result;
	int ret;

	if (s->is_broken)
		return SECURE_FAILED;
	begin();
	ret = SSL_do_handshake(s->ssl);
	result = result_of(s, what, ret, errno);
	if (result == SECURE_OK)
		s->is_up = true;
	return end_is_failure(s, what, result);
}

enum secure_result secure_read(struct secure *s, void *p, size_t cap, size_t *n)
{
	int ret;

	*n = 0;
	if (s->is_broken)
		return SECURE_FAILED;
	if (cap == 0)
		return SECURE_OK;
	begin();
	ret = SSL_read_ex(s->ssl, p, cap, n);
	if (ret == 1)
		return SECURE_OK;
	*n = 0;
	return result_of(s, "TLS read", ret, errno);
}

enum secure_result secure_write(struct secure *s, const void *p, size_t len,
				size_t *n)
{
	static const char what[] = "TLS write";
	int ret;

	*n = 0;
	if (s->is_broken)
		return SECURE_FAILED;
	if (len == 0)
		return SECURE_OK;
	begin();
	ret = SSL_write_ex(s->ssl, p, len, n);
	if (ret == 1)
		return SECURE_OK;
	*n = 0;
	return end_is_failure(s, what, result_of(s, what, ret, errno));
}

const char *secure_why(const struct secure *s)
{
	return s->why;
}

/* --- who the peer is */

/* RFC 5922 §7.1: a subjectAltName of "sip:domain" without a user part speaks
 * for the domain, and is compared as a whole, without wildcards. */
static bool is_sip_name(const GENERAL_NAME *name, const char *domain)
{
	const char *uri;
	size_t n;

	if (name->type != GEN_URI)
		return false;
	uri = (const char *)ASN1_STRING_get0_data(
		name->d.uniformResourceIdentifier);
	n = (size_t)ASN1_STRING_length(name->d.uniformResourceIdentifier);
	return n == strlen(domain) + 4 && strncasecmp(uri, "sip:", 4) == 0 &&
	       strncasecmp(uri + 4, domain, n - 4) == 0;
}

static bool has_sip_name(X509 *cert, const char *domain)
{
	GENERAL_NAMES *names;
	bool found = false;

	if (strchr(domain, '@') != NULL)
		return false;
	names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	for (int i = 0; i < sk_GENERAL_NAME_num(names) && !found; i++)
		found = is_sip_name(sk_GENERAL_NAME_value(names, i), domain);
	GENERAL_NAMES_free(names);
	return found;
}

bool secure_peer_is(const struct secure *s, const char *domain)
{
	X509 *cert;
	bool is_it;

	if (!s->is_up || !(SSL_get_verify_mode(s->ssl) & SSL_VERIFY_PEER) ||
	    SSL_get_verify_result(s->ssl) != X509_V_OK)
		return false;
	cert = SSL_get1_peer_certificate(s->ssl);
	if (cert == NULL)
		return false;
	is_it = has_sip_name(cert, domain) ||
		X509_check_host(cert, domain, 0,
				X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS,
				NULL) == 1;
	X509_free(cert);
	ERR_clear_error();
	return is_it;
}
