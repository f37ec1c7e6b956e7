#ifndef STOX_TESTS_IDENTITY_H
#define STOX_TESTS_IDENTITY_H
/* Certificates for tests, made for each run. Include cmocka before it. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

enum { IDENTITY_PATH_BYTES = 96 };

struct identity {
	X509 *cert;
	EVP_PKEY *key;
	char cert_file[IDENTITY_PATH_BYTES], key_file[IDENTITY_PATH_BYTES];
};

static inline void add_extension(X509 *cert, int nid, const char *value)
{
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	assert_non_null(e);
	X509_add_ext(cert, e, -1);
	X509_EXTENSION_free(e);
}

static inline void write_files(struct identity *id, const char *dir,
			       const char *name)
{
	FILE *f;

	snprintf(id->cert_file, IDENTITY_PATH_BYTES, "%s/%s.crt", dir, name);
	snprintf(id->key_file, IDENTITY_PATH_BYTES, "%s/%s.key", dir, name);
	f = fopen(id->cert_file, "w");
	PEM_write_X509(f, id->cert);
	fclose(f);
	f = fopen(id->key_file, "w");
	PEM_write_PrivateKey(f, id->key, NULL, NULL, 0, NULL, NULL);
	fclose(f);
}

/* issuer NULL: signs itself. */
static inline void identity_make(struct identity *id, const char *dir,
				 const char *name, const char *alt,
				 const struct identity *issuer)
{
	static long serial;
	X509_NAME *subject;

	id->key = EVP_EC_gen("P-256");
	id->cert = X509_new();
	X509_set_version(id->cert, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(id->cert), ++serial);
	X509_gmtime_adj(X509_getm_notBefore(id->cert), -3600);
	X509_gmtime_adj(X509_getm_notAfter(id->cert), 3600);
	X509_set_pubkey(id->cert, id->key);
	subject = X509_get_subject_name(id->cert);
	X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
				   (const unsigned char *)name, -1, -1, 0);
	X509_set_issuer_name(id->cert,
			     issuer ? X509_get_subject_name(issuer->cert)
				    : subject);
	add_extension(id->cert, NID_basic_constraints,
		      alt ? "CA:FALSE" : "critical,CA:TRUE");
	if (alt)
		add_extension(id->cert, NID_subject_alt_name, alt);
	X509_sign(id->cert, issuer ? issuer->key : id->key, EVP_sha256());
	write_files(id, dir, name);
}

static inline void identity_forget(struct identity *id)
{
	unlink(id->cert_file);
	unlink(id->key_file);
	X509_free(id->cert);
	EVP_PKEY_free(id->key);
}

#endif
