#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "admin_bench.h"
#include "gateway/phones/accounts.h"
#include "gateway/bridge.h"
#include "gateway/trust/door.h"
#include "gateway/phones/presentity.h"
#include "gateway/phones/registrar.h"
#include "journal.h"

/* Users of the registrar by command: with real accounts and a real door, and a
 * journal that answers when it is told to. */
static const char YAML[] =
	"components:\n"
	"  - domain: sip.example.com\n"
	"    secret: hunter2\n"
	"    sip_domain: example.net\n"
	"    registrar: { enabled: true }\n"
	"  - domain: other.example.com\n"
	"    secret: hunter2\n"
	"    sip_domain: other.example\n"
	"sip:\n"
	"  users:\n"
	"    - { uri: \"sip:fixed@example.net\", password: p }\n";

static struct bench {
	struct loop *loop;
	struct config *cfg;
	struct bridge bridge;
	struct link links[2];
	struct strbuf out;
} T;

struct link *registrar_link(struct bridge *b, struct str host)
{
	return str_eqz(host, "example.net") ? &b->links[0] : NULL;
}

void registrar_forget(struct registrar *g, struct str key)
{
	(void)g;
	line("no phones of %.*s", STR_ARG(key));
}

void presentities_forget(struct presentities *p, struct str key)
{
	(void)p;
	line("no presence of %.*s", STR_ARG(key));
}

static struct admin_later *wait_for(struct admin_call *c)
{
	(void)c;
	fail_msg("admin_defer is what handlers call");
	return NULL;
}

static int set_up(void **state)
{
	const char *why = "";
	struct strbuf errors;

	(void)state;
	T = (struct bench){ .loop = loop_create(&why) };
	assert_non_null(T.loop);
	said_open();
	strbuf_init(&T.out, 4096);
	strbuf_init(&errors, 10000);
	T.cfg = config_parse(str_z(YAML), "t.yml", &errors);
	strbuf_addc(&errors, '\0');
	if (T.cfg == NULL)
		fail_msg("%s", errors.p);
	strbuf_fini(&errors);
	T.bridge = (struct bridge){ .cfg = T.cfg,
				    .loop = T.loop,
				    .store = JOURNAL,
				    .links = T.links,
				    .link_count = 2,
				    .registrar = (struct registrar *)&T,
				    .door = door_create(T.cfg) };
	for (size_t i = 0; i < 2; i++)
		T.links[i].cfg = &T.cfg->components[i];
	admin_bench_open(&T.bridge, loop_arena(T.loop), &T.out);
	A.defer = wait_for;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	journal_fini();
	accounts_fini(&T.bridge);
	door_destroy(&T.bridge.door);
	config_destroy(&T.cfg);
	strbuf_fini(&T.out);
	loop_destroy(&T.loop);
	said_close();
	assert_int_equal(promised, 0);
	return 0;
}

static bool is_let_in(const char *text)
{
	const char *why = "";
	struct uri uri;

	if (!uri_read(str_z(text), &uri, &why))
		fail_msg("%s: %s", text, why);
	return door_knows(T.bridge.door, &uri);
}

/* Nothing is told before the row is written. */
static void test_life(void **state)
{
	(void)state;
	assert_true(command(admin_account_add, "bob@example.net", "secret"));
	assert_said("");
	assert_true(is_let_in("sip:bob@example.net"));
	commit(true);
	assert_said("done; (done)");
	assert_non_null(journal_value(STORE_ACCOUNT, "bob@example.net"));
	assert_true(command(admin_account_password, "bob@example.net", "new"));
	assert_said("");
	commit(true);
	assert_said("done; (done)");
	assert_true(command(admin_account_remove, "Bob@example.net", NULL));
	assert_said("no phones of bob@sip.example.com; "
		    "no presence of bob@sip.example.com");
	assert_false(is_let_in("sip:bob@example.net"));
	commit(true);
	assert_said("done; (done)");
	assert_null(journal_value(STORE_ACCOUNT, "bob@example.net"));
}

/* What the store does not keep is told so, in the asker's language. */
static void test_not_kept(void **state)
{
	(void)state;
	assert_true(command(admin_account_add, "bob@example.net", "secret"));
	commit(false);
	assert_said("the store has not kept it: it holds until the next "
		    "start; see the log, and try again; (not done)");
	A.lang = ADMIN_DE;
	assert_true(command(admin_account_remove, "bob@example.net", NULL));
	strbuf_reset(&SAID);
	commit(false);
	assert_said("die Datenbank hat es nicht behalten: es gilt bis zum "
		    "nächsten Start; siehe Log, und noch einmal versuchen; "
		    "(not done)");
}

/* Who cannot wait is told at once, and nobody later. */
static void test_at_once(void **state)
{
	(void)state;
	A.defer = NULL;
	assert_true(command(admin_account_add, "bob@example.net", "secret"));
	assert_false(A.is_deferred);
	commit(true);
	assert_true(command(admin_account_remove, "bob@example.net", NULL));
	strbuf_reset(&SAID);
	commit(false);
	assert_said("");
}

static const struct {
	admin_fn *fn;
	const char *who, *password, *said;
} refusals[] = {
	{ admin_account_add, "there@example.net", "x",
	  "there@example.net: is there already; see account-password" },
	{ admin_account_add, "THERE@Example.NET", "x",
	  "THERE@Example.NET: is there already; see account-password" },
	{ admin_account_add, "fixed@example.net", "x",
	  "fixed@example.net: is a user of the configuration" },
	{ admin_account_add, "bob@example.net", "",
	  "bob@example.net: a password is required" },
	{ admin_account_add, "bob@other.example", "x",
	  "bob@other.example: no domain whose phones register here" },
	{ admin_account_add, "bob@sip.example.com", "x",
	  "bob@sip.example.com: no domain whose phones register here" },
	{ admin_account_add, "example.net", "x",
	  "example.net: must be user@domain" },
	{ admin_account_add, "bob@example.net:5060", "x",
	  "bob@example.net:5060: must be user@domain" },
	{ admin_account_add, "bob@example.net;a=b", "x",
	  "bob@example.net;a=b: must be user@domain" },
	{ admin_account_password, "bob@example.net", "x",
	  "bob@example.net: is not in the store" },
	{ admin_account_password, "fixed@example.net", "x",
	  "fixed@example.net: is not in the store" },
	{ admin_account_password, "there@example.net", "",
	  "there@example.net: a password is required" },
	{ admin_account_remove, "bob@example.net", NULL,
	  "bob@example.net: there is no such user in the store" },
	{ admin_account_remove, "fixed@example.net", NULL,
	  "fixed@example.net: there is no such user in the store" },
	{ admin_account_remove, "bob@elsewhere.example", NULL,
	  "bob@elsewhere.example: no domain whose phones register here" },
};

static void test_refusals(void **state)
{
	(void)state;
	assert_true(command(admin_account_add, "there@example.net", "p"));
	commit(true);
	strbuf_reset(&SAID);
	A.is_deferred = false;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		assert_false(command(refusals[i].fn, refusals[i].who,
				     refusals[i].password));
		assert_said(refusals[i].said);
		assert_false(A.is_deferred);
		assert_int_equal(J.op_count, 0);
	}
	J.is_refusing = true;
	assert_false(command(admin_account_add, "bob@example.net", "x"));
	assert_false(command(admin_account_remove, "there@example.net", NULL));
	assert_said("bob@example.net: the store takes nothing now; "
		    "there@example.net: the store takes nothing now");
	assert_false(is_let_in("sip:bob@example.net"));
	assert_true(is_let_in("sip:there@example.net"));
}

static void test_list(void **state)
{
	static const char *const who[] = { "juliet", "bobby", "alice", "bob",
					   "zoe" };

	(void)state;
	assert_true(command(admin_accounts, NULL, NULL));
	assert_said("users in the store: 0");
	A.defer = NULL;
	for (size_t i = 0; i < sizeof(who) / sizeof(who[0]); i++) {
		char aor[64];

		snprintf(aor, sizeof(aor), "%s@example.net", who[i]);
		assert_true(command(admin_account_add, aor, "x"));
	}
	commit_all(true);
	assert_true(command(admin_accounts, NULL, NULL));
	assert_said("users in the store: 5; alice@example.net; "
		    "bob@example.net; bobby@example.net; juliet@example.net; "
		    "zoe@example.net");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_life),     TEST(test_not_kept), TEST(test_at_once),
		TEST(test_refusals), TEST(test_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
