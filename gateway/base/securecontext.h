#ifndef STOX_BASE_SECURECONTEXT_H
#define STOX_BASE_SECURECONTEXT_H
#include <openssl/ssl.h>
#include "gateway/base/secure.h"

/* Between securecontext.c, which knows the files, and secure.c, which knows
 * the connections. */
struct secure_authority {
	char *ca_file; /* owned, as the rest */
	char **names;
	size_t name_count;
	X509_STORE *store;
};

struct secure_context {
	struct secure_options options; /* with text of our own */
	SSL_CTX *ctx;		       /* owned */
	X509_STORE *base; /* owned; of ca_file alone; NULL: not needed */
	struct secure_authority *authorities; /* owned */
	size_t authority_count;
};

/* The store that proves a name; NULL: that of ctx. */
X509_STORE *secure_context_store(const struct secure_context *c,
				 const char *name);
/* SSL_CTX_set_cert_verify_callback's: the chain, and the name (secure.c). */
int secure_verify(X509_STORE_CTX *x, void *arg);
/* The oldest error of OpenSSL's queue: the later ones are its consequences. */
const char *secure_queue_text(char *buf, size_t cap);

#endif
