#include "gateway/phones/accounts.h"
#include "sip/digest.h"
#include "store_bed.h"

/* The users in the store, with a real door and a real database. */
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
	struct bed bed;
	struct config *cfg;
	struct bridge bridge;
	struct link links[2];
	size_t kept, rows;
	char row[512];
} T;

static int set_up(void **state)
{
	struct strbuf errors;

	(void)state;
	memset(&T, 0, sizeof(T));
	bed_init(&T.bed, STORE_SQLITE);
	bed_open(&T.bed);
	strbuf_init(&errors, 10000);
	T.cfg = config_parse(str_z(YAML), "t.yml", &errors);
	strbuf_addc(&errors, '\0');
	if (T.cfg == NULL)
		fail_msg("%s", errors.p);
	strbuf_fini(&errors);
	T.bridge.cfg = T.cfg;
	T.bridge.loop = T.bed.loop;
	T.bridge.store = T.bed.store;
	T.bridge.links = T.links;
	T.bridge.link_count = 2;
	for (size_t i = 0; i < 2; i++)
		T.links[i].cfg = &T.cfg->components[i];
	T.bridge.door = door_create(T.cfg);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	accounts_fini(&T.bridge);
	assert_null(T.bridge.accounts);
	door_destroy(&T.bridge.door);
	config_destroy(&T.cfg);
	bed_fini(&T.bed);
	return 0;
}

static void on_kept(void *arg, bool is_kept)
{
	(void)arg;
	T.kept += is_kept;
}

static void wait_kept(size_t n)
{
	uint64_t until = bed_now_ms() + BED_WAIT_MS;

	while (T.kept < n && bed_now_ms() < until)
		loop_turn(T.bed.loop, 20);
	assert_int_equal(T.kept, n);
}

static void put(const char *aor, const char *password)
{
	size_t before = T.kept;
	const char *why = "";

	if (!account_put(&T.bridge, str_z(aor), str_z(password), on_kept, NULL,
			 &why))
		fail_msg("%s: %s", aor, why);
	wait_kept(before + 1);
}

static bool is_known(const char *text)
{
	struct uri u;
	const char *why;

	assert_true(uri_read(str_z(text), &u, &why));
	return door_knows(T.bridge.door, &u);
}

static bool on_row(void *arg, struct str key, struct str value,
		   int64_t expires_at_s)
{
	(void)arg;
	(void)expires_at_s;
	T.rows++;
	snprintf(T.row, sizeof(T.row), "%.*s=%.*s", STR_ARG(key),
		 STR_ARG(value));
	return true;
}

/* The only row, as it is in the database; "" when there is none. */
static const char *row(void)
{
	const char *why;

	T.rows = 0;
	T.row[0] = '\0';
	assert_true(store_load(T.bed.store, STORE_ACCOUNT, on_row, NULL, &why));
	assert_true(T.rows <= 1);
	return T.row;
}

static void start_again(void)
{
	const char *why;

	accounts_fini(&T.bridge);
	door_destroy(&T.bridge.door);
	bed_again(&T.bed);
	T.bridge.store = T.bed.store;
	T.bridge.door = door_create(T.cfg);
	assert_true(accounts_load(&T.bridge, &why));
}

/* Only hashes are kept, of the right realm, and they are there again. */
static void test_kept(void **state)
{
	char sha256[65], md5[65], expected[512];

	(void)state;
	assert_false(is_known("sip:bob@example.net"));
	put("Bob@Example.Net", "open sesame");
	assert_true(is_known("sip:bob@example.net"));
	digest_ha1(true, STR_LIT("bob"), STR_LIT("example.net"),
		   STR_LIT("open sesame"), sha256);
	digest_ha1(false, STR_LIT("bob"), STR_LIT("example.net"),
		   STR_LIT("open sesame"), md5);
	snprintf(expected, sizeof(expected),
		 "bob@example.net=1\texample.net\t%.64s\t%.32s", sha256, md5);
	assert_string_equal(row(), expected);
	start_again();
	assert_true(is_known("sip:bob@example.net"));
	assert_true(account_is_there(&T.bridge, STR_LIT("BOB@example.net")));
	/* After a reload the door is a new one. */
	door_destroy(&T.bridge.door);
	T.bridge.door = door_create(T.cfg);
	assert_false(is_known("sip:bob@example.net"));
	accounts_restore(&T.bridge);
	assert_true(is_known("sip:bob@example.net"));
	assert_true(is_known("sip:fixed@example.net"));
}

static void test_password_and_removal(void **state)
{
	char before[512];
	const char *why;

	(void)state;
	put("bob@example.net", "one");
	snprintf(before, sizeof(before), "%s", row());
	put("bob@example.net", "two");
	assert_string_not_equal(row(), before);
	assert_true(account_remove(&T.bridge, STR_LIT("bob@example.net"),
				   on_kept, NULL, &why));
	assert_false(is_known("sip:bob@example.net"));
	wait_kept(3);
	assert_string_equal(row(), "");
	assert_false(account_remove(&T.bridge, STR_LIT("bob@example.net"),
				    on_kept, NULL, &why));
	assert_string_equal(why, "there is no such user in the store");
	start_again();
	assert_false(is_known("sip:bob@example.net"));
}

static void test_refused(void **state)
{
	static const struct {
		const char *aor, *password;
	} cases[] = {
		{ "", "p" },
		{ "bob", "p" },
		{ "example.net", "p" },
		{ "@example.net", "p" },
		{ "bob@", "p" },
		{ "bob@other.example", "p" }, /* no phones register there */
		{ "bob@elsewhere.example", "p" },
		{ "bob@example.net:5060", "p" },
		{ "bob@example.net;x=y", "p" },
		{ "bob@example.net?x=y", "p" },
		{ "bob:p@example.net", "p" },
		{ "bob@example.net", "" },
		{ "fixed@example.net", "q" }, /* of the configuration */
		{ "bo b@example.net", "p" },
		{ "bob@example.net\tx", "p" },
	};
	const char *why;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		why = NULL;
		if (account_put(&T.bridge, str_z(cases[i].aor),
				str_z(cases[i].password), on_kept, NULL, &why))
			fail_msg("'%s' was taken", cases[i].aor);
		assert_non_null(why);
	}
	assert_string_equal(row(), "");
	assert_false(account_remove(&T.bridge, STR_LIT("fixed@example.net"),
				    on_kept, NULL, &why));
	assert_true(is_known("sip:fixed@example.net"));
}

static void test_hashes(void **state)
{
	static const char MD5[] = "0123456789ABCDEF0123456789abcdef";
	const char *why;

	(void)state;
	assert_true(account_put_hashes(&T.bridge, STR_LIT("bob@example.net"),
				       STR_NONE, str_z(MD5), on_kept, NULL,
				       &why));
	wait_kept(1);
	assert_string_equal(row(), "bob@example.net=1\texample.net\t-\t"
				   "0123456789abcdef0123456789abcdef");
	start_again();
	assert_true(is_known("sip:bob@example.net"));
	assert_false(account_put_hashes(&T.bridge, STR_LIT("bob@example.net"),
					str_z(MD5), STR_NONE, on_kept, NULL,
					&why));
	assert_false(account_put_hashes(&T.bridge, STR_LIT("bob@example.net"),
					STR_NONE, STR_NONE, on_kept, NULL,
					&why));
	assert_false(account_put_hashes(
		&T.bridge, STR_LIT("bob@example.net"), STR_NONE,
		STR_LIT("0123456789abcdef0123456789abcdeg"), on_kept, NULL,
		&why));
}

/* What somebody has spoilt stays, and harms nobody. */
static void test_odd_rows(void **state)
{
	static const char *const rows[][2] = {
		{ "a@example.net", "" },
		{ "b@example.net", "2\tx" },
		{ "c@example.net", "1" },
		{ "d@elsewhere.example", "1\tr\t-\t-" },
		{ "@", "1\tr\t-\t-" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_true(store_put(T.bed.store, STORE_ACCOUNT,
				      str_z(rows[i][0]), str_z(rows[i][1]), 0,
				      on_kept, NULL));
	wait_kept(sizeof(rows) / sizeof(rows[0]));
	start_again();
	assert_false(is_known("sip:b@example.net"));
	assert_false(is_known("sip:d@elsewhere.example"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_kept),     TEST(test_password_and_removal),
		TEST(test_refused),  TEST(test_hashes),
		TEST(test_odd_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
