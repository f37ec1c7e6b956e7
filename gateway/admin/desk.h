#ifndef STOX_GATEWAY_ADMIN_DESK_H
#define STOX_GATEWAY_ADMIN_DESK_H
#include "gateway/admin/admin.h"
#include "gateway/bridge.h"

/* Commands that come by XMPP: who asks, what he may, and the answer, which may
 * take a while. Chat lines (chat.h) and ad-hoc commands (adhoc.h) share it. */

/* What an answer needs to know of the question. */
struct desk_to {
	struct link *link;
	struct jid user, gateway; /* who asked, full; whom he asked */
	struct str id, lang;
	struct str thread;	  /* of a chat line */
	struct str node, session; /* of an ad-hoc command */
	enum message_type type;	  /* of a chat line */
};
/* Lines, each ended by LF; at least one. Slices live during the call. */
typedef void desk_answer_fn(const struct desk_to *to, enum admin_status status,
			    struct str text);

/* The role of who asks: admin.jids of the settings. */
enum admin_role desk_role(const struct link *k, const struct jid *user);
/* A line, or words; answer is called exactly once, now or later. */
void desk_line(const struct desk_to *to, struct str line,
	       desk_answer_fn *answer);
void desk_words(const struct desk_to *to, const struct str *words, size_t count,
		desk_answer_fn *answer);

#endif
