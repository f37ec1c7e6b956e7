#include "tests/unit/store_bed.h"
#include <fcntl.h>
#include <glob.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <sys/stat.h>
#include "gateway/store/store_backend.h"

/* A server of the test's own: on a socket in a folder of its own, as a user
 * who is not root. Without PostgreSQL's programs all of this is skipped. */
static struct {
	char dir[64], bin[256], conninfo[160];
	pid_t pid;
} server;

static bool find_programs(void)
{
	glob_t g;
	bool is_found;

	is_found = glob("/usr/lib/postgresql/*/bin/initdb", 0, NULL, &g) == 0;
	if (is_found)
		snprintf(server.bin, sizeof(server.bin), "%.*s",
			 (int)(strrchr(g.gl_pathv[0], '/') - g.gl_pathv[0]),
			 g.gl_pathv[0]);
	globfree(&g);
	return is_found;
}

static const struct passwd *user(void)
{
	const struct passwd *p = getpwnam("postgres");

	return p != NULL ? p : getpwnam("nobody");
}

/* Starts a program of PostgreSQL's; quiet, and not as root. */
static pid_t start(char *argv[])
{
	const struct passwd *p = user();
	char path[512];
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	snprintf(path, sizeof(path), "%s/%s", server.bin, argv[0]);
	if (geteuid() == 0 &&
	    (setgid(p->pw_gid) != 0 || setuid(p->pw_uid) != 0))
		_exit(126);
	if (chdir(server.dir) != 0 ||
	    freopen("/dev/null", "r", stdin) == NULL ||
	    freopen("log", "a", stdout) == NULL || dup2(1, 2) < 0)
		_exit(125);
	argv[0] = path; /* they look for each other beside it */
	execv(path, argv);
	_exit(127);
}

static void server_start(void)
{
	char *argv[] = {
		"postgres",	     "-D", "data", "-k", server.dir, "-c",
		"listen_addresses=", NULL
	};
	uint64_t until = bed_now_ms() + 30000;

	server.pid = start(argv);
	while (PQping(server.conninfo) != PQPING_OK && bed_now_ms() < until)
		usleep(50000);
	assert_int_equal(PQping(server.conninfo), PQPING_OK);
}

static void server_stop(void)
{
	kill(server.pid, SIGQUIT);
	waitpid(server.pid, NULL, 0);
}

static int group_setup(void **state)
{
	char *argv[] = { "initdb", "-D", "data", "-A",	 "trust",      "-U",
			 "stox",   "-N", "-E",	 "UTF8", "--locale=C", NULL };
	const struct passwd *p = user();
	int status;

	(void)state;
	if (!find_programs() || p == NULL)
		return 0;
	strcpy(server.dir, "/tmp/stox-pgsql-XXXXXX");
	assert_non_null(mkdtemp(server.dir));
	snprintf(server.conninfo, sizeof(server.conninfo),
		 "host=%s user=stox dbname=postgres", server.dir);
	if (geteuid() == 0)
		assert_int_equal(chown(server.dir, p->pw_uid, p->pw_gid), 0);
	waitpid(start(argv), &status, 0);
	assert_int_equal(status, 0);
	server_start();
	return 0;
}

static int group_teardown(void **state)
{
	(void)state;
	if (server.pid == 0)
		return 0;
	server_stop();
	bed_remove(server.dir);
	return 0;
}

/* --- an admin's shell */

static long sql(const char *text)
{
	PGconn *c = PQconnectdb(server.conninfo);
	PGresult *r = PQexec(c, text);
	long n = 0;

	if (PQresultStatus(r) != PGRES_COMMAND_OK &&
	    PQresultStatus(r) != PGRES_TUPLES_OK)
		fail_msg("%s: %s", text, PQerrorMessage(c));
	if (PQntuples(r) > 0)
		n = strtol(PQgetvalue(r, 0, 0), NULL, 10);
	PQclear(r);
	PQfinish(c);
	return n;
}

/* The process behind the only connection of stoxd. */
static pid_t backend_pid(void)
{
	return (pid_t)sql("SELECT pid FROM pg_stat_activity"
			  " WHERE application_name = 'stoxd'");
}

static void empty(void)
{
	sql("SET client_min_messages = error;"
	    "DROP TABLE IF EXISTS stox_schema, stox_record");
}

static void bed_init_pg(struct bed *b)
{
	if (server.pid == 0)
		skip();
	empty();
	bed_init(b, STORE_PGSQL);
	b->options.path = str_z(server.conninfo);
}

/* --- the same rows */

static void survives_a_restart(void **state)
{
	struct bed b;

	(void)state;
	bed_init_pg(&b);
	bed_open(&b);
	for (long n = 0; n < 500; n++)
		bed_put_number(&b, n);
	for (long n = 500; n < 600; n++)
		bed_put(&b, "often", n);
	bed_del(&b, "key7", 600);
	bed_del(&b, "never", 601);
	bed_wait(&b, 602);
	bed_check_order(&b, 0, 602, true);
	bed_again(&b);
	assert_int_equal(bed_load(&b, NULL).count, 500);
	assert_string_equal(bed_load(&b, "key8").value, "1 8");
	assert_int_equal(bed_load(&b, "key8").expires_at_s, 8);
	assert_string_equal(bed_load(&b, "key7").value, "");
	assert_int_equal(sql("SELECT count(*) FROM stox_record"
			     " WHERE node = 'here' AND kind = 3"),
			 500);
	assert_int_equal(sql("SELECT version FROM stox_schema"), 1);
	bed_fini(&b);
}

/* Only puts, only removes, both: each is a statement of its own. */
static void each_kind_of_batch(void **state)
{
	static const struct {
		const char *steps;
		size_t left;
	} cases[] = {
		{ "++++", 4 },
		{ "--", 0 },
		{ "+-+-", 4 },
		{ "-", 0 },
	};
	struct bed b;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t n = strlen(cases[i].steps), puts = 0;

		bed_init_pg(&b);
		bed_open(&b);
		store_begin(b.store);
		for (size_t k = 0; k < n; k++) {
			const char key[] = { (char)('a' + k), '\0' };

			puts += cases[i].steps[k] == '+';
			if (cases[i].steps[k] == '+')
				bed_put(&b, key, (long)k);
			else
				bed_del(&b, key, (long)k);
		}
		store_end(b.store);
		bed_wait(&b, n);
		bed_check_order(&b, 0, n, true);
		assert_int_equal(store_count(b.store).commits, 1);
		assert_int_equal(bed_load(&b, NULL).count, puts);
		bed_fini(&b);
	}
}

static void any_bytes_and_long_keys(void **state)
{
	static char key[STORE_KEY_MAX_BYTES], value[STORE_VALUE_MAX_BYTES];
	static const int64_t times[] = { 0, 1, -1, INT64_MAX, INT64_MIN };
	struct bed b;

	(void)state;
	bed_init_pg(&b);
	bed_open(&b);
	/* Nothing that a compressor could make shorter: over the limit of an
	 * index entry. */
	srandom(7);
	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (char)random();
	store_put(b.store, STORE_SETTING, (struct str){ key, sizeof(key) },
		  (struct str){ value, sizeof(value) }, 0, bed_on_done,
		  bed_op(&b, 0));
	store_put(b.store, STORE_SETTING, STR_NONE, STR_NONE, 0, bed_on_done,
		  bed_op(&b, 1));
	bed_put(&b, "i\xff\nb'\\", 2);
	bed_wait(&b, 3);
	bed_check_order(&b, 0, 3, true);
	assert_int_equal(bed_load(&b, NULL).count, 3);
	assert_string_equal(bed_load(&b, "i\xff\nb'\\").value, "1 2");
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		store_put(b.store, STORE_SETTING, STR_LIT("time"), STR_LIT("x"),
			  times[i], bed_on_done, bed_op(&b, (long)i + 3));
		bed_wait(&b, i + 4);
		assert_true(bed_load(&b, "time").expires_at_s == times[i]);
	}
	bed_fini(&b);
}

static void other_nodes_records_are_not_ours(void **state)
{
	struct bed b, there;

	(void)state;
	bed_init_pg(&b);
	bed_open(&b);
	bed_init(&there, STORE_PGSQL);
	there.options.path = b.options.path;
	there.options.node = STR_LIT("there");
	bed_open(&there);
	bed_put(&b, "both", 0);
	bed_put(&b, "theirs", 1);
	bed_wait(&b, 2);
	/* In one batch: only the one record is refused. */
	store_begin(there.store);
	bed_put(&there, "one", 0);
	store_end(there.store);
	bed_put(&there, "both", 1);
	bed_put(&there, "two", 2);
	bed_del(&there, "theirs", 3);
	bed_wait(&there, 4);
	assert_true(there.done[0].is_kept);
	assert_false(there.done[1].is_kept);
	assert_true(there.done[2].is_kept);
	assert_true(there.done[3].is_kept);
	bed_wait_well(&there, true);
	assert_int_equal(bed_load(&there, NULL).count, 2);
	assert_int_equal(bed_load(&b, NULL).count, 2);
	assert_string_equal(bed_load(&b, "both").value, "1 0");
	bed_fini(&there);
	bed_fini(&b);
}

static void one_stoxd_a_node(void **state)
{
	struct bed b, second;

	(void)state;
	bed_init_pg(&b);
	bed_open(&b);
	bed_init(&second, STORE_PGSQL);
	second.options.path = b.options.path;
	assert_false(bed_try(&second));
	assert_non_null(strstr(second.why, "in use by another stoxd"));
	store_close(&b.store);
	bed_open(&second);
	bed_fini(&second);
	bed_fini(&b);
}

/* --- what is refused at the door */

static void refuses_what_it_does_not_know(void **state)
{
	static const struct {
		const char *sql, *why;
	} cases[] = {
		{ "CREATE TABLE stox_schema (version integer);"
		  "CREATE TABLE stox_record (x integer);"
		  "INSERT INTO stox_schema VALUES (2)",
		  "newer stoxd" },
		{ "CREATE TABLE stox_record (x integer)", "another program" },
		{ "CREATE TABLE stox_schema (x integer);"
		  "CREATE TABLE stox_record (x integer)",
		  "another program" },
		{ "CREATE TABLE stox_schema (version text);"
		  "CREATE TABLE stox_record (x integer);"
		  "INSERT INTO stox_schema VALUES ('one')",
		  "another program" },
	};
	struct bed b;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bed_init_pg(&b);
		sql(cases[i].sql);
		assert_false(bed_try(&b));
		if (strstr(b.why, cases[i].why) == NULL)
			fail_msg("case %zu: %s", i, b.why);
		bed_fini(&b);
	}
}

static void refuses_conninfo_that_leads_nowhere(void **state)
{
	static const struct {
		struct str path;
		const char *detail;
	} cases[] = {
		{ STR("host=/nowhere user=stox"), "/nowhere" },
		{ STR("no such option = 1"), "no" },
		{ STR("host=127.0.0.1 port=1 user=stox"), "refused" },
	};
	struct bed b;

	(void)state;
	bed_init(&b, STORE_PGSQL);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		b.options.path = cases[i].path;
		assert_false(bed_try(&b));
		assert_non_null(strstr(b.why, "cannot be reached"));
		strbuf_addc(&b.detail, '\0');
		assert_non_null(strstr(b.detail.p, cases[i].detail));
	}
	bed_fini(&b);
}

/* The admin has made the tables, and gave us no more than we need. */
static void a_role_with_few_rights(void **state)
{
	char conninfo[200];
	struct bed b;

	(void)state;
	bed_init_pg(&b);
	bed_open(&b);
	store_close(&b.store);
	sql("SET client_min_messages = error;"
	    "DROP ROLE IF EXISTS poor; CREATE ROLE poor LOGIN;"
	    "GRANT SELECT, INSERT, UPDATE, DELETE"
	    " ON stox_schema, stox_record TO poor");
	snprintf(conninfo, sizeof(conninfo),
		 "host=%s user=poor dbname=postgres", server.dir);
	b.options.path = str_z(conninfo);
	bed_open(&b);
	bed_put(&b, "key", 0);
	bed_wait(&b, 1);
	assert_int_equal(b.kept_count, 1);
	bed_fini(&b);
	empty();
	sql("DROP ROLE poor");
}

/* --- a server that goes and comes */

static void comes_back_by_itself(void **state)
{
	struct bed b;

	(void)state;
	bed_init_pg(&b);
	bed_open(&b);
	bed_put(&b, "key", 0);
	bed_wait(&b, 1);
	server_stop();
	bed_put(&b, "key", 1);
	bed_wait(&b, 2);
	assert_false(store_is_well(b.store));
	/* At once, and without piling up. */
	for (long n = 2; n < 1000; n++)
		assert_true(bed_put(&b, "key", n));
	bed_wait(&b, 1000);
	assert_int_equal(b.kept_count, 1);
	bed_check_order(&b, 1, 999, false);
	server_start();
	bed_wait_well(&b, true);
	bed_put(&b, "key", 1000);
	bed_wait(&b, 1001);
	assert_int_equal(b.kept_count, 2);
	assert_string_equal(bed_load(&b, "key").value, "1 1000");
	bed_fini(&b);
}

/* A restart between two writes costs nothing. */
static void a_restart_in_idle_is_not_noticed(void **state)
{
	struct bed b;

	(void)state;
	bed_init_pg(&b);
	bed_open(&b);
	bed_put(&b, "key", 0);
	bed_wait(&b, 1);
	server_stop();
	server_start();
	bed_put(&b, "key", 1);
	bed_wait(&b, 2);
	assert_int_equal(b.kept_count, 2);
	bed_fini(&b);
}

/* The server does not answer: after some seconds that is a failure. It then
 * goes on, late; what it writes must not undo what was written since. */
static void a_stalled_server(void **state)
{
	struct bed b;
	uint64_t since;
	pid_t pid;

	(void)state;
	bed_init_pg(&b);
	bed_open(&b);
	bed_put(&b, "key", 0);
	bed_wait(&b, 1);
	pid = backend_pid();
	assert_true(pid > 0);
	if (kill(pid, SIGSTOP) != 0) {
		bed_fini(&b);
		skip();
	}
	since = bed_now_ms();
	bed_put(&b, "key", 1);
	bed_wait_well(&b, false);
	assert_int_equal(b.done_count, 1);
	bed_wait(&b, 2);
	assert_false(b.done[1].is_kept);
	assert_true(bed_now_ms() - since < 8000);
	/* Our own lock is still held by the one that sleeps. */
	since = bed_now_ms();
	while (bed_now_ms() - since < 700)
		loop_turn(b.loop, 50);
	assert_false(store_is_well(b.store));
	kill(pid, SIGCONT);
	bed_wait_well(&b, true);
	bed_put(&b, "key", 2);
	bed_wait(&b, 3);
	assert_true(b.done[2].is_kept);
	assert_string_equal(bed_load(&b, "key").value, "1 2");
	bed_fini(&b);
}

static void tables_that_go_and_come(void **state)
{
	struct bed b;
	uint64_t since;

	(void)state;
	bed_init_pg(&b);
	bed_open(&b);
	bed_put(&b, "key", 0);
	bed_wait(&b, 1);
	sql("ALTER TABLE stox_record RENAME TO gone;"
	    "ALTER TABLE stox_schema RENAME TO gone_too");
	bed_put(&b, "key", 1);
	bed_wait(&b, 2);
	assert_false(b.done[1].is_kept);
	/* Only a start makes new ones. */
	since = bed_now_ms();
	while (bed_now_ms() - since < 1500)
		loop_turn(b.loop, 50);
	assert_false(store_is_well(b.store));
	sql("ALTER TABLE gone RENAME TO stox_record;"
	    "ALTER TABLE gone_too RENAME TO stox_schema");
	bed_wait_well(&b, true);
	bed_put(&b, "key", 2);
	bed_wait(&b, 3);
	assert_true(b.done[2].is_kept);
	bed_fini(&b);
}

/* --- kill -9, of the server */

static void a_crash_keeps_what_was_reported(void **state)
{
	struct bed b;

	(void)state;
	bed_init_pg(&b);
	bed_open(&b);
	for (long n = 0; n < 2000; n++)
		bed_put_number(&b, n);
	while (b.done_count < 500)
		loop_turn(b.loop, 50);
	server_stop(); /* SIGQUIT: no checkpoint, recovery at the start */
	bed_wait(&b, 2000);
	server_start();
	bed_wait_well(&b, true);
	assert_true(bed_load(&b, NULL).count >= b.kept_count);
	bed_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(survives_a_restart),
		cmocka_unit_test(each_kind_of_batch),
		cmocka_unit_test(any_bytes_and_long_keys),
		cmocka_unit_test(other_nodes_records_are_not_ours),
		cmocka_unit_test(one_stoxd_a_node),
		cmocka_unit_test(refuses_what_it_does_not_know),
		cmocka_unit_test(refuses_conninfo_that_leads_nowhere),
		cmocka_unit_test(a_role_with_few_rights),
		cmocka_unit_test(comes_back_by_itself),
		cmocka_unit_test(a_restart_in_idle_is_not_noticed),
		cmocka_unit_test(a_stalled_server),
		cmocka_unit_test(tables_that_go_and_come),
		cmocka_unit_test(a_crash_keeps_what_was_reported),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
