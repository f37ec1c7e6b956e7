#include "gateway/config/secretfile.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

static void write_file(const char *path, const char *bytes, size_t n,
		       mode_t mode)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	fclose(f);
	assert_int_equal(chmod(path, mode), 0);
}

static void test_files(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
		mode_t mode;
		enum value_result result;
		const char *expected;
	} cases[] = {
		{ "hunter2\n", 8, 0600, VALUE_OK, "hunter2" },
		{ "hunter2", 7, 0400, VALUE_OK, "hunter2" },
		{ "hunter2\r\n", 9, 0600, VALUE_OK, "hunter2" },
		{ " two words ", 11, 0600, VALUE_OK, " two words " },
		{ "hunter2\n", 8, 0640, VALUE_WARNED, "hunter2" },
		{ "hunter2\n", 8, 0604, VALUE_WARNED, "hunter2" },
		{ "", 0, 0600, VALUE_WRONG, NULL },
		{ "\n", 1, 0600, VALUE_WRONG, NULL },
		{ "a\nb\n", 4, 0600, VALUE_WRONG, NULL },
		{ "a\0b\n", 4, 0600, VALUE_WRONG, NULL },
	};
	char dir[] = "/tmp/stox-secret-XXXXXX", path[64];
	struct str secret;
	struct arena a;
	const char *why;
	size_t i;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/secret", dir);
	arena_init(&a, 1024);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unlink(path);
		write_file(path, cases[i].bytes, cases[i].n, cases[i].mode);
		secret = STR_NONE;
		assert_int_equal(
			secretfile_read(&a, str_z(path), &secret, &why),
			cases[i].result);
		if (cases[i].expected != NULL)
			assert_true(str_eqz(secret, cases[i].expected));
		else
			assert_null(secret.p);
	}
	unlink(path);
	assert_int_equal(secretfile_read(&a, str_z(dir), &secret, &why),
			 VALUE_WRONG);
	assert_string_equal(why, "is not a file");
	assert_int_equal(secretfile_read(&a, str_z(path), &secret, &why),
			 VALUE_WRONG);
	assert_non_null(strstr(why, "No such file"));
	arena_fini(&a);
	rmdir(dir);
}

static void test_length(void **state)
{
	char path[] = "/tmp/stox-secret-XXXXXX", text[SECRET_MAX_BYTES + 1];
	int fd = mkstemp(path);
	struct str secret;
	struct arena a;
	const char *why;

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	memset(text, 'x', sizeof(text));
	arena_init(&a, 1024);
	write_file(path, text, SECRET_MAX_BYTES, 0600);
	assert_int_equal(secretfile_read(&a, str_z(path), &secret, &why),
			 VALUE_OK);
	assert_int_equal(secret.n, SECRET_MAX_BYTES);
	write_file(path, text, SECRET_MAX_BYTES + 1, 0600);
	assert_int_equal(secretfile_read(&a, str_z(path), &secret, &why),
			 VALUE_WRONG);
	arena_fini(&a);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
