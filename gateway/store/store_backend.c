#include "gateway/store/store_backend.h"
#include <stdio.h>

const char STORE_WHY_NEWER[] =
	"the store's database was written by a newer stoxd";
const char STORE_WHY_FOREIGN[] =
	"the store's database belongs to another program";
const char STORE_WHY_IN_USE[] = "the store is in use by another stoxd";
const char STORE_WHY_OTHER_NODE[] =
	"a record of this key belongs to another node";

void store_trouble_set(struct store_trouble *t, const char *why,
		       const char *detail)
{
	t->why = why;
	snprintf(t->detail, sizeof(t->detail), "%s",
		 detail != NULL ? detail : "");
}
