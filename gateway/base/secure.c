#include "gateway/base/secure.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include "gateway/base/certificate.h"
#include "gateway/base/securecontext.h"

enum { WHY_MAX_BYTES = 512, HOST_MAX_BYTES = 256, SHOWN_MAX_BYTES = 200 };

struct secure {
	struct secure_context *context; /* borrowed */
	SSL *ssl;			/* owned; NULL: could not be made */
	X509_STORE *store;		/* borrowed from context; of a client */
	char *names;	/* owned; that the peer proved; NULL: none */
	bool is_up;	/* the handshake is done */
	bool is_broken; /* OpenSSL forbids any further call */
	bool is_ended;	/* close_notify was sent */
	bool is_refusal;
	char host[HOST_MAX_BYTES];   /* the name asked for; may be "" */
	char shown[SHOWN_MAX_BYTES]; /* names in a certificate refused */
	char why[WHY_MAX_BYTES];
};

/* --- connections */

static enum secure_result failed(struct secure *s, const char *what,
				 const char *detail)
{
	snprintf(s->why, sizeof(s->why), "%s: %.300s", what, detail);
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

/* RFC 5922 has rules of its own for the name: see secure_verify. */
static bool ask_for_host(struct secure *s)
{
	X509_VERIFY_PARAM *param = SSL_get0_param(s->ssl);
	bool is_numeric = is_address(s->host);

	if (!is_numeric && SSL_set_tlsext_host_name(s->ssl, s->host) != 1)
		return false;
	if (s->context->options.is_sip)
		return true;
	if (is_numeric)
		return X509_VERIFY_PARAM_set1_ip_asc(param, s->host) == 1;
	X509_VERIFY_PARAM_set_hostflags(param,
					X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return X509_VERIFY_PARAM_set1_host(param, s->host, 0) == 1;
}

/* OpenSSL asks for the use of one direction. A SIP domain has one certificate
 * for both, so each of the chain is looked at here. */
static bool verify_chain(X509_STORE_CTX *x, bool is_sip)
{
	const STACK_OF(X509) * chain;

	if (is_sip)
		X509_VERIFY_PARAM_set_purpose(X509_STORE_CTX_get0_param(x),
					      X509_PURPOSE_ANY);
	if (X509_verify_cert(x) != 1)
		return false;
	chain = X509_STORE_CTX_get0_chain(x);
	for (int i = 0; is_sip && i < sk_X509_num(chain); i++) {
		if (certificate_is_for_sip(sk_X509_value(chain, i)))
			continue;
		X509_STORE_CTX_set_error(x, X509_V_ERR_INVALID_PURPOSE);
		return false;
	}
	return true;
}

/* Before the peer is told that all is well. arg is unused: a context serves
 * many connections. */
int secure_verify(X509_STORE_CTX *x, void *arg)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(
		x, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct secure *s = SSL_get_app_data(ssl);
	X509 *cert = X509_STORE_CTX_get0_cert(x);
	bool is_sip = s->context->options.is_sip;
	bool is_good = verify_chain(x, is_sip);

	(void)arg;
	if (is_good && is_sip && s->host[0] != '\0' &&
	    !certificate_fits(cert, s->host)) {
		X509_STORE_CTX_set_error(x, X509_V_ERR_HOSTNAME_MISMATCH);
		is_good = false;
	}
	if (!is_good && cert != NULL)
		certificate_describe(cert, s->shown, sizeof(s->shown));
	return is_good;
}

/* The peer of that name is verified by the authority that proves it. */
static bool choose_store(struct secure *s)
{
	s->store = secure_context_store(s->context, s->host);
	return s->store == NULL ||
	       SSL_set1_verify_cert_store(s->ssl, s->store) == 1;
}

struct secure *secure_create(struct secure_context *c, int fd,
			     const char *server_name)
{
	struct secure *s = calloc(1, sizeof(*s));

	if (s == NULL)
		abort();
	ERR_clear_error();
	s->context = c;
	s->ssl = SSL_new(c->ctx);
	if (s->ssl == NULL || SSL_set_fd(s->ssl, fd) != 1) {
		failed(s, "TLS", "no memory for a connection");
		return s;
	}
	SSL_set_app_data(s->ssl, s);
	if (c->options.is_server) {
		SSL_set_accept_state(s->ssl);
		return s;
	}
	SSL_set_connect_state(s->ssl);
	if (server_name != NULL &&
	    (!set_host(s, server_name) || !ask_for_host(s) || !choose_store(s)))
		failed(s, "TLS", "the server's name cannot be asked for");
	return s;
}

/* RFC 5246 §7.2.1: says goodbye, but does not wait for the answer. */
void secure_end(struct secure *s)
{
	if (!s->is_up || s->is_broken || s->is_ended)
		return;
	s->is_ended = true;
	ERR_clear_error();
	SSL_shutdown(s->ssl);
	ERR_clear_error();
}

void secure_destroy(struct secure **sp)
{
	struct secure *s = *sp;

	if (s == NULL)
		return;
	*sp = NULL;
	secure_end(s);
	SSL_free(s->ssl);
	ERR_clear_error();
	free(s->names);
	free(s);
}

static enum secure_result verify_failed(struct secure *s, long result)
{
	static const char what[] = "the peer's certificate is refused";
	const char *text = X509_verify_cert_error_string(result);

	s->is_refusal = true;
	s->is_broken = true;
	if (result == X509_V_ERR_HOSTNAME_MISMATCH ||
	    result == X509_V_ERR_IP_ADDRESS_MISMATCH)
		snprintf(s->why, sizeof(s->why),
			 "%s: it is not for %.150s but for %s", what, s->host,
			 s->shown);
	else
		snprintf(s->why, sizeof(s->why), "%s: %.150s (it is for %s)",
			 what, text, s->shown);
	return SECURE_FAILED;
}

/* The peer has said that our certificate does not do. With TLS 1.3 a client
 * hears it when its own handshake is long done. */
static bool is_our_refusal(void)
{
	static const int reasons[] = {
		SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED,
		SSL_R_TLSV1_ALERT_UNKNOWN_CA,
		SSL_R_TLSV1_ALERT_ACCESS_DENIED,
		SSL_R_SSLV3_ALERT_BAD_CERTIFICATE,
		SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE,
		SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED,
		SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED,
		SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN,
	};
	unsigned long e = ERR_peek_error();

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (ERR_GET_LIB(e) == ERR_LIB_SSL &&
		    ERR_GET_REASON(e) == reasons[i])
			return true;
	return false;
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
		s->is_refusal = is_our_refusal();
		return failed(s, what, secure_queue_text(buf, sizeof(buf)));
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

/* --- who the peer is */

/* Again, under the authority of one name alone. */
static bool verify_again(struct secure *s, X509 *cert, X509_STORE *store)
{
	X509_STORE_CTX *x = X509_STORE_CTX_new();
	bool is_good = false;

	if (x == NULL)
		abort();
	if (X509_STORE_CTX_init(x, store, cert,
				SSL_get_peer_cert_chain(s->ssl)) == 1 &&
	    X509_STORE_CTX_set_default(x, "ssl_client") == 1)
		is_good = verify_chain(x, s->context->options.is_sip);
	X509_STORE_CTX_free(x);
	return is_good;
}

/* Does what was verified prove this name? A client has asked one authority. A
 * server took the word of any, and the authority of one peer must not speak
 * for another. */
static bool is_proved(struct secure *s, X509 *cert, const char *name)
{
	X509_STORE *store = secure_context_store(s->context, name);

	if (store == NULL || !s->context->options.is_server)
		return store == s->store;
	return verify_again(s, cert, store);
}

static void keep_proved(struct secure *s, X509 *cert, const char *names)
{
	char *to = s->names;

	for (; *names != '\0'; names += strlen(names) + 1) {
		size_t n = strlen(names) + 1;

		if (!is_proved(s, cert, names))
			continue;
		memcpy(to, names, n);
		to += n;
	}
	*to = '\0';
}

static size_t names_bytes(const char *names)
{
	const char *p = names;

	while (*p != '\0')
		p += strlen(p) + 1;
	return (size_t)(p - names) + 1;
}

static void take_names(struct secure *s)
{
	X509 *cert;
	char *all;

	if (!(SSL_get_verify_mode(s->ssl) & SSL_VERIFY_PEER) ||
	    SSL_get_verify_result(s->ssl) != X509_V_OK)
		return;
	cert = SSL_get1_peer_certificate(s->ssl);
	if (cert == NULL)
		return;
	all = certificate_names(cert);
	s->names = malloc(names_bytes(all));
	if (s->names == NULL)
		abort();
	keep_proved(s, cert, all);
	free(all);
	X509_free(cert);
	ERR_clear_error();
}

const char *secure_names(const struct secure *s)
{
	return s->names != NULL ? s->names : "";
}

bool secure_peer_is(const struct secure *s, const char *domain)
{
	return certificate_has(secure_names(s), domain);
}

bool secure_is_refusal(const struct secure *s)
{
	return s->is_refusal;
}

const char *secure_why(const struct secure *s)
{
	return s->why;
}

/* --- handshake and bytes */

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
	if (result == SECURE_OK && !s->is_up) {
		s->is_up = true;
		take_names(s);
	}
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
