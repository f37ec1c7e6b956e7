#include "gateway/adminwork.h"

static const char *const levels[] = { "error", "warn", "info", "debug", NULL };

/* One row, one paragraph: clang-format would give each field a line. */
/* clang-format off */
static const struct admin_command table[] = {
	{ .name = "help", .who = ADMIN_USER,
	  .args = { { .name = "COMMAND", .type = ADMIN_WORD,
		      .is_optional = true,
		      .help = { "Of which command.", "Zu welchem Befehl." } } },
	  .help = { "Say what can be asked for.",
		    "Sagt, was es gibt." },
	  .fn = admin_help },
	{ .name = "status", .who = ADMIN_ADMIN,
	  .help = { "How the gateway is.", "Wie es dem Gateway geht." },
	  .fn = admin_status_show },
	{ .name = "links", .who = ADMIN_ADMIN,
	  .help = { "Each link to an XMPP server.",
		    "Jede Verbindung zu einem XMPP-Server." },
	  .fn = admin_links },
	{ .name = "log-level", .who = ADMIN_ADMIN,
	  .args = { { .name = "LEVEL", .type = ADMIN_CHOICE,
		      .is_optional = true, .choices = levels,
		      .help = { "What is to be logged.",
				"Was mitgeschrieben wird." } } },
	  .help = { "Show what is logged, or change it until the next reload.",
		    "Zeigt, was mitgeschrieben wird, oder ändert es bis zum "
		    "nächsten reload." },
	  .fn = admin_log_level },
	{ .name = "reload", .who = ADMIN_ADMIN,
	  .help = { "Read the settings and certificates again.",
		    "Liest Einstellungen und Zertifikate neu." },
	  .fn = admin_reload },
	{ .name = "drain", .who = ADMIN_ADMIN,
	  .help = { "End what is under way, take nothing new, and stop.",
		    "Beendet, was läuft, nimmt nichts Neues an und hört "
		    "auf." },
	  .fn = admin_drain },
	{ .name = "outbox", .who = ADMIN_ADMIN,
	  .args = { { .name = "ADDRESS", .type = ADMIN_ADDRESS,
		      .is_optional = true,
		      .help = { "Of this user or contact only.",
				"Nur für diese Person." } } },
	  .help = { "The messages that wait, by conversation.",
		    "Die wartenden Nachrichten, nach Gespräch." },
	  .fn = admin_outbox },
	{ .name = "outbox-retry", .who = ADMIN_ADMIN,
	  .args = { { .name = "ADDRESS", .type = ADMIN_ADDRESS,
		      .is_optional = true,
		      .help = { "Of this user or contact only.",
				"Nur für diese Person." } } },
	  .help = { "Try to deliver what waits, now.",
		    "Versucht jetzt, Wartendes zuzustellen." },
	  .fn = admin_outbox_retry },
	{ .name = "outbox-flush", .who = ADMIN_ADMIN,
	  .args = { { .name = "ADDRESS", .type = ADMIN_WORD,
		      .help = { "A user, a contact, or all.",
				"Eine Person, oder all." } } },
	  .help = { "Give up what waits: its senders get an error.",
		    "Gibt Wartendes auf: die Absender bekommen eine "
		    "Fehlermeldung." },
	  .fn = admin_outbox_flush },
	{ .name = NULL },
};
/* clang-format on */

const struct admin_command *admin_commands(void)
{
	return table;
}
