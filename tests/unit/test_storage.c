#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>
#include <cmocka.h>
#include "gateway/base/loop.h"
#include "gateway/store/storage.h"

static const char *why;

static struct store *open_with(struct loop *l, enum store_backend backend,
			       const char *path)
{
	struct config c = { .store_backend = backend,
			    .store_path = str_z(path),
			    .store_connection = str_z("host=/nonexistent "
						      "password=s3cret"),
			    .store_node = STR("test") };
	bool is_memory = true;
	struct store *s = storage_open(l, &c, &is_memory, &why);

	assert_false(is_memory);
	return s;
}

static void test_named(void **state)
{
	char folder[] = "/tmp/stox-storage-XXXXXX", path[64];
	struct loop *l = loop_create(&why);
	struct store *s;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/x.db", folder);
	s = open_with(l, STORE_SQLITE, path);
	assert_non_null(s);
	/* The second one on the same file is told which file it is. */
	assert_null(open_with(l, STORE_SQLITE, path));
	assert_non_null(strstr(why, path));
	store_close(&s);
	loop_destroy(&l);
	snprintf(path, sizeof(path), "rm -r %s", folder);
	assert_int_equal(system(path), 0);
}

/* A path that was named and cannot be had is an error, never memory. */
static void test_named_wrong(void **state)
{
	struct loop *l = loop_create(&why);

	(void)state;
	assert_null(open_with(l, STORE_SQLITE, "/nonexistent/x.db"));
	assert_non_null(strstr(why, "store.path /nonexistent/x.db: "));
	assert_null(open_with(l, STORE_PGSQL, NULL));
	assert_non_null(strstr(why, "store.connection"));
	assert_null(strstr(why, "s3cret"));
	loop_destroy(&l);
}

static void test_memory(void **state)
{
	struct loop *l = loop_create(&why);
	struct store *s = open_with(l, STORE_MEMORY, NULL);

	(void)state;
	assert_non_null(s);
	store_close(&s);
	loop_destroy(&l);
}

/* --- the usual place, in a file system of the test's own */

static struct store *open_usual(struct loop *l, bool *is_memory)
{
	const struct config c = { .store_backend = STORE_SQLITE,
				  .store_node = STR("test") };

	return storage_open(l, &c, is_memory, &why);
}

static void put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void check_usual(const char *folder)
{
	struct loop *l = loop_create(&why);
	struct store *s, *other;
	char path[64];
	bool is_memory;

	snprintf(path, sizeof(path), "%s/stox.db", folder);
	s = open_usual(l, &is_memory);
	assert_non_null(s);
	assert_false(is_memory);
	other = open_usual(l, &is_memory);
	assert_non_null(other);
	assert_true(is_memory);
	store_close(&other);
	store_close(&s);
	/* What is there is not given up. */
	put(path, "this is no database, but somebody's");
	assert_null(open_usual(l, &is_memory));
	assert_non_null(strstr(why, "not a database"));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("/nonexistent/stox.db", path), 0);
	s = open_usual(l, &is_memory);
	assert_non_null(s);
	assert_true(is_memory);
	store_close(&s);
	loop_destroy(&l);
}

static void test_usual(void **state)
{
	static const char folder[] = "/var/lib/stox";

	(void)state;
	if (geteuid() != 0 || unshare(CLONE_NEWNS) != 0 ||
	    mount(NULL, "/", "", MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("none", "/var/lib", "tmpfs", 0, "size=8m") != 0)
		skip();
	check_usual(folder);
	umount("/var/lib");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_named),
		cmocka_unit_test(test_named_wrong),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_usual),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
