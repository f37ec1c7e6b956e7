#ifndef STOX_GATEWAY_ADMIN_ADMINWORK_H
#define STOX_GATEWAY_ADMIN_ADMINWORK_H
#include "gateway/admin/admin.h"

/* The handlers of the command table, by file. */

/* adminhelp.c */
admin_fn admin_help;
/* adminstatus.c */
admin_fn admin_status_show, admin_links, admin_log_level, admin_reload,
	admin_drain;
/* adminaccounts.c */
admin_fn admin_accounts, admin_account_add, admin_account_password,
	admin_account_remove;
/* adminoutbox.c */
admin_fn admin_outbox, admin_outbox_retry, admin_outbox_flush;

/* adminpeople.c */
admin_fn admin_queues, admin_flush, admin_subscriptions, admin_drop, admin_ban,
	admin_unban, admin_bans, admin_errors, admin_trace;

/* adminuser.c */
admin_fn admin_whoami, admin_test, admin_lookup;
/* adminroster.c */
admin_fn admin_add, admin_remove;
/* adminwishes.c */
admin_fn admin_block, admin_unblock, admin_blocked, admin_watchers,
	admin_withdraw, admin_typing, admin_receipts;

#endif
