#include "gateway/base/certificate.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include "gateway/base/str.h"

enum { SIP_SCHEME_BYTES = 4 };

/* --- names */

static struct str text_of(const ASN1_STRING *s)
{
	int n = ASN1_STRING_length(s);

	return (struct str){ (const char *)ASN1_STRING_get0_data(s),
			     n > 0 ? (size_t)n : 0 };
}

/* A name that a resolver could be asked for; a NUL in it is an old trick. */
static bool is_host(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c <= ' ' || c >= 0x7f || strchr("@/?;:,", c) != NULL)
			return false;
	}
	return s.n > 0 && s.n < CERTIFICATE_NAME_BYTES;
}

/* RFC 5922 §7.1: the host of "sip:host[:port][;...]"; none when it is of
 * another scheme, or a person's. */
static struct str sip_host(struct str uri)
{
	struct str host;

	if (!str_istarts(uri, "sip:") || str_find(uri, '@') < uri.n)
		return STR_NONE;
	host = str_from(uri, SIP_SCHEME_BYTES);
	host = str_head(host, str_find(host, '?'));
	host = str_head(host, str_find(host, ';'));
	return str_head(host, str_find(host, ':'));
}

struct names {
	char *text; /* owned */
	size_t bytes, count;
};

static void names_add(struct names *n, struct str s)
{
	char *at;

	if (s.n > 1 && s.p[s.n - 1] == '.')
		s.n--;
	if (!is_host(s) || n->count == CERTIFICATE_NAMES_MAX)
		return;
	n->text = realloc(n->text, n->bytes + s.n + 2);
	if (n->text == NULL)
		abort();
	at = n->text + n->bytes;
	for (size_t i = 0; i < s.n; i++)
		at[i] = (char)(s.p[i] >= 'A' && s.p[i] <= 'Z' ? s.p[i] + 32
							      : s.p[i]);
	at[s.n] = at[s.n + 1] = '\0';
	n->bytes += s.n + 1;
	n->count++;
}

static void add_alternatives(struct names *n, const GENERAL_NAMES *all,
			     int type)
{
	for (int i = 0; i < sk_GENERAL_NAME_num(all); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(all, i);

		if (name->type != type)
			continue;
		if (type == GEN_URI)
			names_add(n,
				  sip_host(text_of(
					  name->d.uniformResourceIdentifier)));
		else
			names_add(n, text_of(name->d.dNSName));
	}
}

static struct str common_name(X509 *cert)
{
	X509_NAME *subject = X509_get_subject_name(cert);
	int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
	X509_NAME_ENTRY *entry =
		at >= 0 ? X509_NAME_get_entry(subject, at) : NULL;

	return entry != NULL ? text_of(X509_NAME_ENTRY_get_data(entry))
			     : STR_NONE;
}

char *certificate_names(X509 *cert)
{
	GENERAL_NAMES *all =
		X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	struct names n = { 0 };

	add_alternatives(&n, all, GEN_URI);
	if (n.count == 0)
		add_alternatives(&n, all, GEN_DNS);
	/* Also a subjectAltName that cannot be read is one. */
	if (X509_get_ext_by_NID(cert, NID_subject_alt_name, -1) < 0)
		names_add(&n, common_name(cert));
	GENERAL_NAMES_free(all);
	ERR_clear_error();
	if (n.text == NULL)
		n.text = calloc(1, 1);
	if (n.text == NULL)
		abort();
	return n.text;
}

bool certificate_has(const char *names, const char *domain)
{
	for (; *names != '\0'; names += strlen(names) + 1)
		if (strcasecmp(names, domain) == 0)
			return true;
	return false;
}

bool certificate_fits(X509 *cert, const char *host)
{
	unsigned char any[sizeof(struct in6_addr)];
	char *names;
	bool fits;

	if (inet_pton(AF_INET, host, any) == 1 ||
	    inet_pton(AF_INET6, host, any) == 1)
		return X509_check_ip_asc(cert, host, 0) == 1;
	names = certificate_names(cert);
	fits = certificate_has(names, host);
	free(names);
	return fits;
}

/* --- for people */

static void describe_address(struct strbuf *b, const ASN1_STRING *s)
{
	char text[INET6_ADDRSTRLEN];
	int family = ASN1_STRING_length(s) == 4 ? AF_INET : AF_INET6;

	if (ASN1_STRING_length(s) != 4 && ASN1_STRING_length(s) != 16)
		return;
	if (inet_ntop(family, ASN1_STRING_get0_data(s), text, sizeof(text)))
		strbuf_addf(b, "IP:%s", text);
}

static void describe_name(struct strbuf *b, const GENERAL_NAME *name)
{
	if (b->n > 0)
		strbuf_addlit(b, ", ");
	switch (name->type) {
	case GEN_URI:
		strbuf_add(b, text_of(name->d.uniformResourceIdentifier));
		break;
	case GEN_DNS:
		strbuf_addlit(b, "DNS:");
		strbuf_add(b, text_of(name->d.dNSName));
		break;
	case GEN_IPADD:
		describe_address(b, name->d.iPAddress);
		break;
	default:
		strbuf_addlit(b, "other");
		break;
	}
}

void certificate_describe(X509 *cert, char *out, size_t cap)
{
	GENERAL_NAMES *all =
		X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	struct strbuf b;
	struct str text;

	strbuf_init(&b, 16 * CERTIFICATE_NAME_BYTES);
	for (int i = 0; i < sk_GENERAL_NAME_num(all) && b.n < cap; i++)
		describe_name(&b, sk_GENERAL_NAME_value(all, i));
	if (b.n == 0) {
		strbuf_addlit(&b, "CN=");
		strbuf_add(&b, common_name(cert));
	}
	text = str_head(strbuf_str(&b), cap - 1);
	for (size_t i = 0; i < text.n; i++)
		out[i] = (char)(text.p[i] < ' ' || text.p[i] == 0x7f
					? '?'
					: text.p[i]);
	out[text.n] = '\0';
	strbuf_fini(&b);
	GENERAL_NAMES_free(all);
	ERR_clear_error();
}

/* --- uses */

static bool is_sip_use(const ASN1_OBJECT *use)
{
	static const char *const good[] = {
		"1.3.6.1.5.5.7.3.20", /* id-kp-sipDomain */
		"1.3.6.1.5.5.7.3.1",  /* id-kp-serverAuth */
		"1.3.6.1.5.5.7.3.2",  /* id-kp-clientAuth */
		"2.5.29.37.0",	      /* any */
	};
	char text[CERTIFICATE_NAME_BYTES];
	size_t i;

	OBJ_obj2txt(text, sizeof(text), use, 1);
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (strcmp(text, good[i]) == 0)
			return true;
	return false;
}

bool certificate_is_for_sip(X509 *cert)
{
	int critical; /* -1: there is none, so for all */
	EXTENDED_KEY_USAGE *uses =
		X509_get_ext_d2i(cert, NID_ext_key_usage, &critical, NULL);
	bool is_good = uses == NULL && critical == -1;

	for (int i = 0; !is_good && i < sk_ASN1_OBJECT_num(uses); i++)
		is_good = is_sip_use(sk_ASN1_OBJECT_value(uses, i));
	EXTENDED_KEY_USAGE_free(uses);
	return is_good;
}

int64_t certificate_expires_s(X509 *cert)
{
	struct tm tm;

	if (ASN1_TIME_to_tm(X509_get0_notAfter(cert), &tm) != 1)
		return -1;
	return timegm(&tm);
}
