#ifndef STOX_GATEWAY_ADMIN_ADHOCFORM_H
#define STOX_GATEWAY_ADMIN_ADHOCFORM_H
#include "gateway/admin/desk.h"

/* The table of commands as XEP-0050 sees it: lists, forms and answers. */

/* disco#items of the commands that this role may give. */
struct xml *adhocform_items(struct arena *a, const struct jid *gateway,
			    enum admin_role role, enum admin_lang lang);
/* disco#info of the list, or of a command; NULL for another node. */
struct xml *adhocform_info(struct arena *a, struct str node,
			   enum admin_role role, enum admin_lang lang);
/* <command status='executing'/> with a field for each argument. */
struct xml *adhocform_question(struct arena *a, const struct desk_to *to,
			       const struct admin_command *m,
			       enum admin_lang lang);
/* <command status='completed'/>: one line as a note, several as a form. m may
 * be NULL. */
struct xml *adhocform_answer(struct arena *a, const struct desk_to *to,
			     const struct admin_command *m, bool is_done,
			     struct str text);
/* A submitted form (or NULL) as words for admin_run; how many. An argument
 * that was left out ends them. */
size_t adhocform_words(struct arena *a, const struct admin_command *m,
		       const struct xml *form,
		       struct str words[ADMIN_ARGS_MAX + 1]);

#endif
