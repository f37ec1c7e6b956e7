#include "gateway/services/imagefile.h"
#include <stdio.h>

static const struct {
	struct str magic, type;
} kinds[] = {
	{ STR("\x89PNG\r\n\x1a\n"), STR("image/png") },
	{ STR("\xff\xd8\xff"), STR("image/jpeg") },
	{ STR("GIF8"), STR("image/gif") },
};

struct str image_type(struct str bytes)
{
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (str_eq(str_head(bytes, kinds[i].magic.n), kinds[i].magic))
			return kinds[i].type;
	return STR_NONE;
}

bool imagefile_read(struct arena *a, struct str path, struct str *out,
		    const char **why)
{
	FILE *f = fopen(str_dupz(a, path), "rbe");
	char *p = arena_alloc(a, IMAGE_MAX_BYTES + 1);
	struct str bytes = { p, 0 };

	if (f == NULL) {
		*why = "cannot be read";
		return false;
	}
	bytes.n = fread(p, 1, IMAGE_MAX_BYTES + 1, f);
	fclose(f);
	if (bytes.n > IMAGE_MAX_BYTES)
		*why = "is longer than 65536 bytes";
	else if (image_type(bytes).n == 0)
		*why = "is neither PNG nor JPEG nor GIF";
	else
		*out = bytes;
	return bytes.n <= IMAGE_MAX_BYTES && image_type(bytes).n > 0;
}
