#include "gateway/admin/adminwork.h"
#include "gateway/base/arena.h"
#include "said.h"

/* What help shows: to each what he may, from where he asks. The table is this
 * file's own, so that a new command changes nothing here. */
static bool nothing(struct admin_call *c)
{
	(void)c;
	return true;
}

static const char *const switches[] = { "on", "off", NULL };
static const struct admin_command table[] = {
	{ .name = "help",
	  .who = ADMIN_USER,
	  .args = { { .name = "COMMAND",
		      .type = ADMIN_WORD,
		      .is_optional = true,
		      .help = { "Of which.", "Zu welchem." } } },
	  .help = { "Help.", "Hilfe." },
	  .fn = admin_help },
	{ .name = "typing",
	  .who = ADMIN_USER,
	  .is_personal = true,
	  .args = { { .name = "STATE",
		      .type = ADMIN_CHOICE,
		      .is_optional = true,
		      .choices = switches,
		      .help = { "On or off.", "An oder aus." } } },
	  .help = { "Typing.", "Tippen." },
	  .fn = nothing },
	{ .name = "add",
	  .who = ADMIN_USER,
	  .is_personal = true,
	  .args = { { .name = "ADDRESS",
		      .type = ADMIN_WORD,
		      .help = { "Whom.", "Wen." } },
		    { .name = "NAME",
		      .type = ADMIN_TEXT,
		      .is_optional = true,
		      .help = { "What he is called.", "Wie er heisst." } } },
	  .help = { "Add.", "Dazu." },
	  .fn = nothing },
	{ .name = "status",
	  .who = ADMIN_ADMIN,
	  .help = { "Status.", "Zustand." },
	  .fn = nothing },
	{ .name = "account-add",
	  .who = ADMIN_ADMIN,
	  .is_local = true,
	  .args = { { .name = "ADDRESS",
		      .type = ADMIN_WORD,
		      .help = { "Whose.", "Wessen." } },
		    { .name = "PASSWORD",
		      .type = ADMIN_SECRET,
		      .help = { "A line.", "Eine Zeile." } } },
	  .help = { "Account.", "Konto." },
	  .fn = nothing },
	{ .name = NULL },
};

const struct admin_command *admin_commands(void)
{
	return table;
}

enum { BY_SOCKET, BY_XMPP };

#define HELP   "help [COMMAND] - Help.\n"
#define TYPING "typing [on|off] - Typing.\n"
#define ADD    "add ADDRESS [NAME] - Add.\n"
#define STATUS "status - Status.\n"
#define ACCOUNT                                                                \
	"account-add ADDRESS - Account.\n"                                     \
	"  ADDRESS: Whose.\n  PASSWORD: A line.\n"

static const struct {
	const char *line;
	int from;
	enum admin_role role;
	enum admin_lang lang;
	const char *said;
	enum admin_status status;
} cases[] = {
	{ "help", BY_XMPP, ADMIN_USER, ADMIN_EN, HELP TYPING ADD, ADMIN_OK },
	/* Personal commands are not for the socket, secrets only for it. */
	{ "help", BY_XMPP, ADMIN_ADMIN, ADMIN_EN, HELP TYPING ADD STATUS,
	  ADMIN_OK },
	{ "help", BY_SOCKET, ADMIN_ADMIN, ADMIN_EN,
	  HELP STATUS "account-add ADDRESS - Account.\n", ADMIN_OK },
	{ "HELP \"\"", BY_XMPP, ADMIN_USER, ADMIN_EN, HELP TYPING ADD,
	  ADMIN_OK },
	{ "help", BY_XMPP, ADMIN_USER, ADMIN_DE,
	  "help [COMMAND] - Hilfe.\ntyping [on|off] - Tippen.\n"
	  "add ADDRESS [NAME] - Dazu.\n",
	  ADMIN_OK },
	{ "help add", BY_XMPP, ADMIN_USER, ADMIN_EN,
	  ADD "  ADDRESS: Whom.\n  NAME: What he is called.\n", ADMIN_OK },
	{ "help TYPING", BY_XMPP, ADMIN_USER, ADMIN_DE,
	  "typing [on|off] - Tippen.\n  STATE: An oder aus.\n", ADMIN_OK },
	{ "help status", BY_XMPP, ADMIN_ADMIN, ADMIN_EN, STATUS, ADMIN_OK },
	{ "help account-add", BY_SOCKET, ADMIN_ADMIN, ADMIN_EN, ACCOUNT,
	  ADMIN_OK },
	/* A user does not hear of what is not for him. */
	{ "help status", BY_XMPP, ADMIN_USER, ADMIN_EN,
	  "no such command: 'status'\n", ADMIN_FAILED },
	{ "help ad", BY_XMPP, ADMIN_ADMIN, ADMIN_DE,
	  "Kein solcher Befehl: 'ad'\n", ADMIN_FAILED },
	{ "help \xc3\xa4\x01", BY_XMPP, ADMIN_USER, ADMIN_EN,
	  "no such command: '\xc3\xa4?'\n", ADMIN_FAILED },
};

static void test_help(void **state)
{
	struct arena a;
	struct strbuf out;

	(void)state;
	arena_init(&a, 4096);
	strbuf_init(&out, 4096);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct admin_call c = {
			.role = cases[i].role,
			.lang = cases[i].lang,
			.link = cases[i].from == BY_XMPP ? (struct link *)&a
							 : NULL,
			.a = &a,
			.out = &out,
		};

		assert_int_equal(admin_line(&c, str_z(cases[i].line)),
				 cases[i].status);
		strbuf_addc(&out, '\0');
		assert_string_equal(out.p, cases[i].said);
		strbuf_reset(&out);
	}
	strbuf_fini(&out);
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_help),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
