#ifndef STOX_MAPPING_RLMI_H
#define STOX_MAPPING_RLMI_H
#include <stdint.h>
#include "gateway/base/arena.h"
#include "gateway/base/str.h"

/* The body of a NOTIFY of a list (RFC 4662 §5): multipart/related, of a
 * document that says how it stands with each of the list, and their presence
 * documents. */
enum rlmi_state { RLMI_PENDING, RLMI_ACTIVE, RLMI_TERMINATED };

struct rlmi_resource {
	struct rlmi_resource *next;
	struct str uri;
	struct str id; /* of the virtual subscription; none: there is none */
	enum rlmi_state state;
	struct str reason; /* RLMI_TERMINATED only */
	struct str body;   /* PIDF; none: not known */
};

struct rlmi {
	struct str uri; /* of the list */
	uint32_t version;
	struct rlmi_resource *resources;
	struct str token; /* random, letters and digits: the boundary, and what
			     makes the Content-IDs unique */
	struct str host;  /* of the Content-IDs */
};

struct str rlmi_content_type(struct arena *a, const struct rlmi *r);
/* Always the full state. Bodies for which b has no room are left out, and who
 * is active without one has no instance. */
void rlmi_write(struct strbuf *b, const struct rlmi *r);

#endif
