#ifndef STOX_GATEWAY_SERVICES_TONGUE_H
#define STOX_GATEWAY_SERVICES_TONGUE_H
#include "gateway/admin/admin.h"

/* One of two literals, by the xml:lang of who asks. */
static inline struct str tongue_text(struct str lang, const char *en,
				     const char *de)
{
	return str_z(admin_lang_read(lang) == ADMIN_DE ? de : en);
}

#endif
