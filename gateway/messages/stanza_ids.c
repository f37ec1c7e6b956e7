#include "gateway/messages/stanza_ids.h"
#include <openssl/evp.h>
#include <stdlib.h>

/* Fetched once: fetching an algorithm costs more than hashing with it. */
struct stanza_ids {
	EVP_MD *md;
	EVP_MD_CTX *ctx;
};

struct stanza_ids *stanza_ids_create(void)
{
	struct stanza_ids *s = calloc(1, sizeof(*s));

	if (s == NULL)
		abort();
	s->md = EVP_MD_fetch(NULL, "SHA256", NULL);
	s->ctx = EVP_MD_CTX_new();
	if (s->md == NULL || s->ctx == NULL ||
	    EVP_DigestInit_ex2(s->ctx, s->md, NULL) != 1)
		abort();
	return s;
}

void stanza_ids_destroy(struct stanza_ids **sp)
{
	struct stanza_ids *s = *sp;

	if (s == NULL)
		return;
	*sp = NULL;
	EVP_MD_CTX_free(s->ctx);
	EVP_MD_free(s->md);
	free(s);
}

void stanza_ids_make(struct stanza_ids *s, const struct request *r,
		     char out[STANZA_ID_BYTES])
{
	static const char hex[] = "0123456789abcdef";
	const unsigned char seq[] = { 0,
				      (unsigned char)(r->cseq >> 24),
				      (unsigned char)(r->cseq >> 16),
				      (unsigned char)(r->cseq >> 8),
				      (unsigned char)r->cseq,
				      0 };
	unsigned char md[EVP_MAX_MD_SIZE] = { 0 };
	size_t i;

	/* With no algorithm: the context keeps its own, and its memory. Only
	 * without memory do they fail. */
	if (EVP_DigestInit_ex2(s->ctx, NULL, NULL) != 1 ||
	    EVP_DigestUpdate(s->ctx, r->call_id.p, r->call_id.n) != 1 ||
	    EVP_DigestUpdate(s->ctx, seq, sizeof(seq)) != 1 ||
	    EVP_DigestUpdate(s->ctx, r->from.tag.p, r->from.tag.n) != 1 ||
	    EVP_DigestFinal_ex(s->ctx, md, NULL) != 1)
		abort();
	for (i = 0; i < STANZA_ID_BYTES / 2; i++) {
		out[2 * i] = hex[md[i] >> 4];
		out[2 * i + 1] = hex[md[i] & 15];
	}
}
