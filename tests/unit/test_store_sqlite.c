#include "tests/unit/store_bed.h"
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include "gateway/store/store_sqlite.h"

/* --- an admin's shell on the file */

static void sql(const char *path, const char *text)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static long long sql_number(const char *path, const char *text)
{
	sqlite3_stmt *st;
	sqlite3 *db;
	long long n;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, text, -1, &st, NULL),
			 SQLITE_OK);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	n = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	sqlite3_close(db);
	return n;
}

static void fill_file(const char *path, const char *text, size_t n)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, n, f), n);
	fclose(f);
}

/* --- what is written stays */

static void survives_a_restart(void **state)
{
	struct stat st;
	struct bed b;

	(void)state;
	bed_init(&b, STORE_SQLITE);
	bed_open(&b);
	for (long n = 0; n < 200; n++)
		bed_put_number(&b, n);
	bed_del(&b, "key7", 200);
	bed_again(&b);
	assert_int_equal(b.kept_count, 201);
	assert_int_equal(bed_load(&b, "key8").count, 199);
	assert_string_equal(bed_load(&b, "key8").value, "1 8");
	assert_int_equal(bed_load(&b, "key8").expires_at_s, 8);
	assert_string_equal(bed_load(&b, "key7").value, "");
	assert_int_equal(stat(b.path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	bed_fini(&b);
}

static void others_may_read(void **state)
{
	struct bed b;

	(void)state;
	bed_init(&b, STORE_SQLITE);
	bed_open(&b);
	bed_put(&b, "key", 5);
	bed_wait(&b, 1);
	assert_int_equal(sql_number(b.path, "SELECT count(*) FROM record"), 1);
	assert_int_equal(sql_number(b.path, "PRAGMA user_version"), 1);
	assert_int_equal(sql_number(b.path, "SELECT expires_at_s FROM record "
					    "WHERE node = 'here'"),
			 5);
	bed_put(&b, "key", 6);
	bed_wait(&b, 2);
	assert_int_equal(b.kept_count, 2);
	bed_fini(&b);
}

static void other_nodes_records_are_not_ours(void **state)
{
	struct bed b;

	(void)state;
	bed_init(&b, STORE_SQLITE);
	bed_open(&b);
	bed_put(&b, "theirs", 0);
	bed_put(&b, "both", 1);
	bed_wait(&b, 2);
	b.options.node = STR_LIT("there");
	bed_again(&b);
	assert_int_equal(bed_load(&b, NULL).count, 0);
	bed_put(&b, "ours", 2);
	bed_put(&b, "both", 3);
	bed_del(&b, "theirs", 4);
	bed_wait(&b, 5);
	assert_true(b.done[2].is_kept);
	assert_false(b.done[3].is_kept);
	assert_true(b.done[4].is_kept);
	bed_wait_well(&b, true);
	assert_int_equal(bed_logged(&b, " store_record_refused "), 1);
	assert_int_equal(bed_load(&b, NULL).count, 1);
	b.options.node = STR_LIT("here");
	bed_again(&b);
	assert_int_equal(bed_load(&b, NULL).count, 2);
	assert_string_equal(bed_load(&b, "both").value, "1 1");
	bed_fini(&b);
}

/* --- what is refused at the door, untouched, with one sentence */

static void make_newer(const char *path)
{
	sql(path, "PRAGMA application_id = 1400139640;"
		  "PRAGMA user_version = 2; CREATE TABLE record (x)");
}

static void make_foreign(const char *path)
{
	sql(path, "CREATE TABLE moz_places (x)");
}

static void make_foreign_id(const char *path)
{
	sql(path, "PRAGMA application_id = 7");
}

/* Ours by its name, but not by what is in it. */
static void make_wrong_table(const char *path)
{
	sql(path, "PRAGMA application_id = 1400139640;"
		  "PRAGMA user_version = 1; CREATE TABLE record (x)");
}

static void make_garbage(const char *path)
{
	static char text[8192];

	memset(text, 'g', sizeof(text));
	fill_file(path, text, sizeof(text));
}

static void make_short_garbage(const char *path)
{
	fill_file(path, "store:\n  backend: sqlite\n", 24);
}

static void make_folder(const char *path)
{
	assert_int_equal(mkdir(path, 0700), 0);
}

static void make_link_to_nowhere(const char *path)
{
	assert_int_equal(symlink("/nowhere/at/all", path), 0);
}

static void refuses_what_it_does_not_know(void **state)
{
	static const struct {
		void (*make)(const char *path);
		const char *why, *detail;
	} cases[] = {
		{ make_newer, "newer stoxd", "version 2" },
		{ make_foreign, "another program", "" },
		{ make_foreign_id, "another program", "" },
		{ make_garbage, "not a database", "" },
		{ make_short_garbage, "not a database", "" },
		{ make_folder, "cannot be opened", "directory" },
		{ make_link_to_nowhere, "cannot be opened", "No such file" },
	};
	struct stat before, after;
	struct bed b;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bed_init(&b, STORE_SQLITE);
		cases[i].make(b.path);
		lstat(b.path, &before);
		assert_false(bed_try(&b));
		strbuf_addc(&b.detail, '\0');
		if (strstr(b.why, cases[i].why) == NULL ||
		    strstr(b.detail.p, cases[i].detail) == NULL)
			fail_msg("case %zu: %s (%s)", i, b.why, b.detail.p);
		lstat(b.path, &after);
		assert_int_equal(before.st_size, after.st_size);
		assert_int_equal(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
		bed_fini(&b);
	}
}

static void refuses_a_table_that_is_not_ours(void **state)
{
	struct bed b;

	(void)state;
	bed_init(&b, STORE_SQLITE);
	make_wrong_table(b.path);
	assert_false(bed_try(&b));
	assert_non_null(strstr(b.why, "another program"));
	bed_fini(&b);
}

static void needs_a_path(void **state)
{
	static const struct {
		struct str path;
		const char *why;
	} cases[] = {
		{ STR(""), "path" },
		{ STR(":memory:"), "path" },
		{ STR("a\0b"), "path" },
		{ STR("/nowhere/at/all/store.db"), "folder" },
	};
	struct bed b;

	(void)state;
	bed_init(&b, STORE_SQLITE);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		b.options.path = cases[i].path;
		assert_false(bed_try(&b));
		assert_non_null(strstr(b.why, cases[i].why));
	}
	bed_fini(&b);
}

static void one_stoxd_a_file(void **state)
{
	struct bed b, second;

	(void)state;
	bed_init(&b, STORE_SQLITE);
	bed_open(&b);
	bed_init(&second, STORE_SQLITE);
	second.options.path = str_z(b.path);
	assert_false(bed_try(&second));
	assert_non_null(strstr(second.why, "in use by another stoxd"));
	bed_put(&b, "key", 0);
	bed_wait(&b, 1);
	assert_int_equal(b.kept_count, 1);
	store_close(&b.store);
	bed_open(&second);
	bed_fini(&second);
	bed_fini(&b);
}

/* Runs fn in a process of its own; what it returns is the exit code. */
static int in_child(int (*fn)(struct bed *b), struct bed *b)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(fn(b));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

/* Root may write everywhere, so not as root. */
static int open_as_nobody(struct bed *b)
{
	if (geteuid() == 0 && setuid(65534) != 0)
		return 1;
	if (bed_try(b))
		return 2;
	return strstr(b->why, "cannot be written") != NULL ||
			       strstr(b->why, "cannot be opened for writing")
		       ? 0
		       : 3;
}

static uid_t owner_of(const char *path)
{
	struct stat st;

	assert_int_equal(lstat(path, &st), 0);
	return st.st_uid;
}

static int reopen_as_nobody(struct bed *b)
{
	if (setuid(65534) != 0)
		return 1;
	return bed_try(b) ? 0 : 2;
}

/* stoxd --check by root, in the folder of the service's user. */
static void what_root_makes_is_the_folders(void **state)
{
	char target[128], lock[128], wal[128];
	struct bed b;

	(void)state;
	if (geteuid() != 0)
		skip();
	bed_init(&b, STORE_SQLITE);
	snprintf(target, sizeof(target), "%s/root", b.dir);
	snprintf(lock, sizeof(lock), "%s.lock", b.path);
	snprintf(wal, sizeof(wal), "%s-wal", b.path);
	assert_int_equal(chown(b.dir, 65534, 65534), 0);
	bed_open(&b);
	bed_put(&b, "key", 0);
	bed_wait(&b, 1);
	assert_int_equal(owner_of(b.path), 65534);
	assert_int_equal(owner_of(lock), 65534);
	assert_int_equal(owner_of(wal), 65534);
	store_close(&b.store);
	assert_int_equal(in_child(reopen_as_nobody, &b), 0);
	/* But not what a name leads to that was there before. */
	fill_file(target, "", 0);
	unlink(lock);
	assert_int_equal(symlink(target, lock), 0);
	bed_open(&b);
	assert_int_equal(owner_of(target), 0);
	unlink(target);
	bed_fini(&b);
}

/* The admin is told which it is. */
static void a_folder_that_is_not_there(void **state)
{
	struct bed b;

	(void)state;
	bed_init(&b, STORE_SQLITE);
	b.options.path = STR_LIT("/nonexistent/stox/store.db");
	assert_false(bed_try(&b));
	assert_string_equal(b.why, "the store's folder is not there");
	bed_fini(&b);
}

static void a_folder_that_is_read_only(void **state)
{
	struct bed b;

	(void)state;
	bed_init(&b, STORE_SQLITE);
	assert_int_equal(chmod(b.dir, 0555), 0);
	assert_int_equal(in_child(open_as_nobody, &b), 0);
	chmod(b.dir, 0700);
	bed_open(&b);
	bed_fini(&b);
	bed_init(&b, STORE_SQLITE);
	fill_file(b.path, "", 0);
	chmod(b.path, 0444);
	chmod(b.dir, 0777);
	assert_int_equal(in_child(open_as_nobody, &b), 0);
	bed_fini(&b);
}

/* --- migrations */

static const struct store_migration OLD[] = {
	{ 1, "PRAGMA application_id = 1400139640; PRAGMA user_version = 1;"
	     "CREATE TABLE t (a);" },
	{ 0, NULL },
};
static const struct store_migration NEW[] = {
	{ 1, "PRAGMA application_id = 1400139640; PRAGMA user_version = 1;"
	     "CREATE TABLE t (a);" },
	{ 2, "PRAGMA user_version = 2; ALTER TABLE t ADD COLUMN b DEFAULT 5;" },
	{ 3, "PRAGMA user_version = 3; UPDATE t SET b = b + 1;" },
	{ 0, NULL },
};
static const struct store_migration BROKEN[] = {
	{ 1, "PRAGMA application_id = 1400139640; PRAGMA user_version = 1;"
	     "CREATE TABLE t (a);" },
	{ 2, "PRAGMA user_version = 2; ALTER TABLE t ADD COLUMN b DEFAULT 5;" },
	{ 3, "PRAGMA user_version = 3; UPDATE nothing SET b = b + 1;" },
	{ 0, NULL },
};

static bool migrate(const char *path, const struct store_migration *m,
		    struct store_trouble *t)
{
	sqlite3 *db;
	bool is_done;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	is_done = store_sqlite_migrate(db, m, t);
	sqlite3_close(db);
	return is_done;
}

static void migrates_step_by_step(void **state)
{
	struct store_trouble t;
	struct bed b;

	(void)state;
	bed_init(&b, STORE_SQLITE);
	assert_true(migrate(b.path, OLD, &t));
	sql(b.path, "INSERT INTO t (a) VALUES (1), (2)");
	/* All or nothing. */
	assert_false(migrate(b.path, BROKEN, &t));
	assert_non_null(strstr(t.why, "up to date"));
	assert_non_null(strstr(t.detail, "nothing"));
	assert_int_equal(sql_number(b.path, "PRAGMA user_version"), 1);
	assert_int_equal(sql_number(b.path, "SELECT count(*) FROM "
					    "pragma_table_info('t')"),
			 1);
	assert_true(migrate(b.path, NEW, &t));
	assert_int_equal(sql_number(b.path, "SELECT sum(a + b) FROM t"), 15);
	assert_int_equal(sql_number(b.path, "PRAGMA user_version"), 3);
	/* Again is nothing; back is refused. */
	assert_true(migrate(b.path, NEW, &t));
	assert_int_equal(sql_number(b.path, "SELECT sum(a + b) FROM t"), 15);
	assert_false(migrate(b.path, OLD, &t));
	assert_ptr_equal(t.why, STORE_WHY_NEWER);
	bed_fini(&b);
}

/* Version 0: our name, and nothing else yet. */
static void takes_over_version_0(void **state)
{
	struct bed b;

	(void)state;
	bed_init(&b, STORE_SQLITE);
	sql(b.path, "PRAGMA application_id = 1400139640");
	bed_open(&b);
	bed_put(&b, "key", 0);
	bed_wait(&b, 1);
	assert_int_equal(b.kept_count, 1);
	assert_int_equal(sql_number(b.path, "PRAGMA user_version"), 1);
	bed_fini(&b);
}

/* --- kill -9 */

struct killing {
	int fd; /* of a pipe: each number that was reported */
	enum store_moment moment;
	uint64_t nth;
};

static void tell(void *arg, bool is_kept)
{
	struct bed_op *op = arg;
	int fd = (int)(intptr_t)op->bed->options.fault_arg;
	long number = op->number;

	if (is_kept && write(fd, &number, sizeof(number)) < 0)
		_exit(1);
	op->bed->done_count++;
	free(op);
}

static void put_and_tell(struct bed *b, long number)
{
	char key[32];

	snprintf(key, sizeof(key), "key%ld", number);
	store_put(b->store, STORE_SETTING, str_z(key), str_z(key), number, tell,
		  bed_op(b, number));
}

static void write_for_ever(struct bed *b)
{
	long number = 0;

	bed_open(b);
	for (;;) {
		while (store_waiting(b->store) < 50)
			put_and_tell(b, number++);
		loop_turn(b->loop, 100);
	}
}

struct marks {
	const bool *was_told;
	bool is_there[200000];
};

static bool mark(void *arg, struct str key, struct str value,
		 int64_t expires_at_s)
{
	struct marks *m = arg;

	(void)key;
	(void)value;
	m->is_there[expires_at_s] = true;
	return true;
}

/* Every number that came through the pipe must be in the store. */
static size_t check_told(struct bed *b, int fd)
{
	static bool was_told[200000];
	static struct marks m;
	size_t told = 0, lost = 0;
	long number;

	memset(was_told, 0, sizeof(was_told));
	memset(&m, 0, sizeof(m));
	while (read(fd, &number, sizeof(number)) == sizeof(number)) {
		was_told[number % 200000] = true;
		told++;
	}
	close(fd);
	b->options.fault_arg = NULL;
	b->options.fault = NULL;
	bed_open(b);
	assert_true(store_load(b->store, STORE_SETTING, mark, &m, &b->why));
	for (size_t i = 0; i < 200000; i++)
		lost += was_told[i] && !m.is_there[i];
	assert_int_equal(lost, 0);
	return told;
}

static void wait_readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	assert_int_equal(poll(&p, 1, BED_WAIT_MS), 1);
}

static void kill_9_keeps_what_was_reported(void **state)
{
	struct bed b;

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		int fds[2];
		pid_t pid;

		bed_init(&b, STORE_SQLITE);
		loop_destroy(&b.loop);
		assert_int_equal(pipe(fds), 0);
		pid = fork();
		if (pid == 0) {
			close(fds[0]);
			b.loop = loop_create(&b.why);
			b.options.fault_arg = (void *)(intptr_t)fds[1];
			write_for_ever(&b);
		}
		close(fds[1]);
		wait_readable(fds[0]);
		usleep(i * 37000);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		b.loop = loop_create(&b.why);
		assert_true(check_told(&b, fds[0]) > 0);
		bed_fini(&b);
	}
}

static enum store_fault kill_at(void *arg, enum store_moment m, uint64_t nth)
{
	const struct killing *k = arg;

	if (m == k->moment && nth == k->nth)
		kill(getpid(), SIGKILL);
	return STORE_FAULT_NONE;
}

static void tell_kept(void *arg, bool is_kept)
{
	const struct killing *k = arg;
	char c = 'k';

	if (is_kept && write(k->fd, &c, 1) < 0)
		_exit(1);
}

/* Five changes of one record, each after the last was reported. */
static void one_life(struct bed *b, struct killing *k)
{
	char value[16];

	b->loop = loop_create(&b->why);
	b->options.fault = kill_at;
	b->options.fault_arg = k;
	if (!bed_try(b))
		_exit(1);
	for (unsigned n = 1; n <= 5; n++) {
		snprintf(value, sizeof(value), "1 %u", n);
		store_put(b->store, STORE_SETTING, STR_LIT("key"), str_z(value),
			  0, tell_kept, k);
		while (store_waiting(b->store) > 0)
			loop_turn(b->loop, 100);
	}
	_exit(0);
}

static void kill_9_at_each_commit(void **state)
{
	static const enum store_moment moments[] = { STORE_BEFORE_WRITE,
						     STORE_AFTER_WRITE };
	(void)state;
	for (unsigned i = 0; i < 2; i++)
		for (unsigned n = 1; n <= 5; n++) {
			char text[16], want[16] = "";
			struct killing k = { .moment = moments[i], .nth = n };
			int fds[2], status;
			struct bed b;
			unsigned kept = i == 0 ? n - 1 : n;
			pid_t pid;

			bed_init(&b, STORE_SQLITE);
			loop_destroy(&b.loop);
			assert_int_equal(pipe(fds), 0);
			k.fd = fds[1];
			pid = fork();
			if (pid == 0)
				one_life(&b, &k);
			close(fds[1]);
			waitpid(pid, &status, 0);
			assert_true(WIFSIGNALED(status));
			assert_int_equal(read(fds[0], text, sizeof(text)),
					 n - 1);
			close(fds[0]);
			b.loop = loop_create(&b.why);
			bed_open(&b);
			if (kept > 0)
				snprintf(want, sizeof(want), "1 %u", kept);
			assert_string_equal(bed_load(&b, "key").value, want);
			bed_fini(&b);
		}
}

/* --- no room */

static void limit_files(rlim_t bytes)
{
	struct rlimit r;

	getrlimit(RLIMIT_FSIZE, &r);
	r.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &r), 0);
}

/* Until one is lost: how many were kept. */
static size_t fill_up(struct bed *b)
{
	static char value[16384];
	char key[32];

	for (unsigned n = 0; n < 4000; n++) {
		snprintf(key, sizeof(key), "big%u", n);
		store_put(b->store, STORE_SETTING, str_z(key),
			  (struct str){ value, sizeof(value) }, 0, bed_on_done,
			  bed_op(b, n));
		bed_wait(b, n + 1);
		if (!b->done[n].is_kept)
			return n;
	}
	fail_msg("it never was full");
	return 0;
}

static void check_full(struct bed *b, size_t kept)
{
	assert_int_equal(bed_logged(b, " store_not_well "), 1);
	assert_int_equal(bed_load(b, NULL).count, kept);
}

static void check_room_again(struct bed *b, size_t kept, uint64_t since)
{
	bed_wait_well(b, true);
	assert_true(bed_now_ms() - since < 5000);
	bed_put(b, "room", 0);
	bed_wait(b, kept + 2);
	assert_int_equal(b->kept_count, kept + 1);
	bed_again(b);
	assert_int_equal(bed_load(b, NULL).count, kept + 1);
}

/* SIGXFSZ is not ignored here: the writer must not die of it. */
static void no_room_by_limit(void **state)
{
	struct bed b;
	size_t kept;
	uint64_t since;

	(void)state;
	bed_init(&b, STORE_SQLITE);
	bed_open(&b);
	limit_files(1000000);
	kept = fill_up(&b);
	limit_files(RLIM_INFINITY);
	check_full(&b, kept);
	since = bed_now_ms();
	check_room_again(&b, kept, since);
	bed_fini(&b);
}

static void no_room_on_disk(void **state)
{
	char ballast[128];
	struct bed b;
	size_t kept;
	uint64_t since;

	(void)state;
	bed_init(&b, STORE_SQLITE);
	if (geteuid() != 0 || unshare(CLONE_NEWNS) != 0 ||
	    mount(NULL, "/", "", MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("none", b.dir, "tmpfs", 0, "size=4m") != 0) {
		bed_fini(&b);
		skip();
	}
	snprintf(ballast, sizeof(ballast), "%s/ballast", b.dir);
	fill_file(ballast, (char[1 << 20]){ 0 }, 1 << 20);
	bed_open(&b);
	kept = fill_up(&b);
	assert_true(kept > 10);
	check_full(&b, kept);
	/* It stays unwell as long as there is no room. */
	since = bed_now_ms();
	while (bed_now_ms() < since + 1500)
		loop_turn(b.loop, 50);
	assert_int_equal(unlink(ballast), 0);
	since = bed_now_ms();
	check_room_again(&b, kept, since);
	store_close(&b.store);
	umount(b.dir);
	bed_fini(&b);
}

/* --- other hands on the file */

static void a_file_that_goes_is_noticed(void **state)
{
	char other[128];
	struct bed b;

	(void)state;
	bed_init(&b, STORE_SQLITE);
	bed_open(&b);
	bed_put(&b, "key", 0);
	bed_wait(&b, 1);
	snprintf(other, sizeof(other), "%s.old", b.path);
	assert_int_equal(rename(b.path, other), 0);
	bed_put(&b, "key", 1);
	bed_wait(&b, 2);
	assert_false(b.done[1].is_kept);
	assert_int_equal(bed_logged(&b, "moved or deleted"), 1);
	assert_int_equal(rename(other, b.path), 0);
	bed_wait_well(&b, true);
	bed_fini(&b);
}

/* A shell that holds the write lock for longer than we wait. */
static void a_locked_file_is_not_well(void **state)
{
	struct bed b;
	sqlite3 *db;

	(void)state;
	bed_init(&b, STORE_SQLITE);
	bed_open(&b);
	assert_int_equal(sqlite3_open(b.path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL),
			 SQLITE_OK);
	bed_put(&b, "key", 0);
	bed_wait(&b, 1);
	assert_int_equal(b.kept_count, 0);
	assert_false(store_is_well(b.store));
	sqlite3_close(db);
	bed_wait_well(&b, true);
	bed_put(&b, "key", 1);
	bed_wait(&b, 2);
	assert_int_equal(b.kept_count, 1);
	bed_fini(&b);
}

static void a_damaged_file_does_not_load(void **state)
{
	char page[4096];
	struct bed b;
	FILE *f;

	(void)state;
	bed_init(&b, STORE_SQLITE);
	bed_open(&b);
	for (long n = 0; n < 2000; n++)
		bed_put_number(&b, n);
	store_close(&b.store);
	f = fopen(b.path, "r+");
	memset(page, 0x5a, sizeof(page));
	for (long i = 2; i < 10; i++) {
		fseek(f, i * (long)sizeof(page), SEEK_SET);
		fwrite(page, 1, sizeof(page), f);
	}
	fclose(f);
	bed_open(&b);
	assert_false(store_load(b.store, STORE_SETTING, bed_on_row,
				&(struct bed_rows){ .key = NULL }, &b.why));
	assert_non_null(strstr(b.why, "cannot be read"));
	bed_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(survives_a_restart),
		cmocka_unit_test(others_may_read),
		cmocka_unit_test(other_nodes_records_are_not_ours),
		cmocka_unit_test(refuses_what_it_does_not_know),
		cmocka_unit_test(refuses_a_table_that_is_not_ours),
		cmocka_unit_test(needs_a_path),
		cmocka_unit_test(one_stoxd_a_file),
		cmocka_unit_test(a_folder_that_is_read_only),
		cmocka_unit_test(migrates_step_by_step),
		cmocka_unit_test(takes_over_version_0),
		cmocka_unit_test(kill_9_keeps_what_was_reported),
		cmocka_unit_test(kill_9_at_each_commit),
		cmocka_unit_test(no_room_by_limit),
		cmocka_unit_test(no_room_on_disk),
		cmocka_unit_test(what_root_makes_is_the_folders),
		cmocka_unit_test(a_folder_that_is_not_there),
		cmocka_unit_test(a_file_that_goes_is_noticed),
		cmocka_unit_test(a_locked_file_is_not_well),
		cmocka_unit_test(a_damaged_file_does_not_load),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
