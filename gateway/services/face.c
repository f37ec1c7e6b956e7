#include "gateway/services/face.h"
#include <openssl/evp.h>
#include <stdlib.h>
#include "gateway/services/imagefile.h"
#include "xmpp/ns.h"

enum { FACES = DISCO_CONTACT + 1, ARENA_BYTES = 4096, SHA1_BYTES = 20 };

struct face {
	const struct config_about *about; /* borrowed */
	unsigned traits;		  /* enum disco_trait */
	struct arena arena;		  /* owns what follows */
	struct {
		struct xml *caps, *update; /* update: NULL without a picture */
		struct face_picture picture;
	} of[FACES];
};

void face_facts(const struct face *f, struct disco_facts *out)
{
	size_t i;

	out->name = f->about->name;
	out->version = STR_LIT(STOX_VERSION);
	out->caps_traits = f->traits;
	for (i = 0; i < DISCO_ADDRESSES; i++)
		out->addresses[i] = f->about->addresses[i];
}

/* --- pictures */

static struct str base64_of(struct arena *a, struct str bytes)
{
	unsigned char *out = arena_alloc(a, (bytes.n + 2) / 3 * 4 + 1);
	int n = EVP_EncodeBlock(out, (const unsigned char *)bytes.p,
				(int)bytes.n);

	return (struct str){ (const char *)out, (size_t)n };
}

/* XEP-0153 §2.1: the SHA-1 of the bytes, hexadecimal. */
static struct str hash_of(struct arena *a, struct str bytes)
{
	unsigned char hash[EVP_MAX_MD_SIZE];
	struct strbuf b;
	struct str out;

	if (EVP_Digest(bytes.p, bytes.n, hash, NULL, EVP_sha1(), NULL) != 1)
		abort();
	strbuf_init(&b, 2 * SHA1_BYTES);
	strbuf_addhex(&b, hash, SHA1_BYTES);
	out = str_dup(a, strbuf_str(&b));
	strbuf_fini(&b);
	return out;
}

static void picture_make(struct face *f, enum disco_who who, struct str bytes)
{
	struct arena *a = &f->arena;
	struct xml *x;

	if (bytes.n == 0)
		return;
	f->of[who].picture = (struct face_picture){
		.type = image_type(bytes),
		.base64 = base64_of(a, bytes),
		.sha1 = hash_of(a, bytes),
		.bytes = bytes.n,
	};
	x = xml_element(a, "x", NS_VCARD_UPDATE);
	xml_add_text(a, xml_add(a, x, "photo", NULL), f->of[who].picture.sha1);
	f->of[who].update = x;
}

const struct face_picture *face_picture(const struct face *f,
					enum disco_who who)
{
	return f->of[who].update != NULL ? &f->of[who].picture : NULL;
}

void face_photo(const struct face *f, enum disco_who who, struct vcard *v)
{
	v->photo_type = f->of[who].picture.type;
	v->photo = f->of[who].picture.base64;
}

/* --- presence */

/* A copy of the element itself; what is in it is shared. */
static const struct xml *put_before(struct arena *a, const struct xml *x,
				    const struct xml *behind)
{
	struct xml *copy = arena_alloc(a, sizeof(*copy));

	*copy = *x;
	copy->next = (struct xml *)behind;
	return copy;
}

const struct xml *face_add(const struct face *f, struct arena *a,
			   enum disco_who who, const struct xml *extra)
{
	if (f->of[who].update != NULL)
		extra = put_before(a, f->of[who].update, extra);
	return put_before(a, f->of[who].caps, extra);
}

/* --- life */

struct face *face_create(const struct config_about *about, unsigned traits)
{
	struct face *f = calloc(1, sizeof(*f));
	struct disco_facts facts = { .is_served = true };

	if (f == NULL)
		abort();
	f->about = about;
	f->traits = traits;
	arena_init(&f->arena, ARENA_BYTES);
	face_facts(f, &facts);
	f->of[DISCO_GATEWAY].caps =
		disco_caps(&f->arena, DISCO_GATEWAY, &facts);
	f->of[DISCO_CONTACT].caps =
		disco_caps(&f->arena, DISCO_CONTACT, &facts);
	picture_make(f, DISCO_GATEWAY, about->avatar);
	picture_make(f, DISCO_CONTACT, about->contact_avatar);
	return f;
}

void face_destroy(struct face **fp)
{
	struct face *f = *fp;

	if (f == NULL)
		return;
	*fp = NULL;
	arena_fini(&f->arena);
	free(f);
}
