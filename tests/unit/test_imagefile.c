#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "gateway/services/imagefile.h"

static void test_types(void **state)
{
	(void)state;
	assert_true(str_eqz(image_type(STR_LIT("\x89PNG\r\n\x1a\nrest")),
			    "image/png"));
	assert_true(
		str_eqz(image_type(STR_LIT("\xff\xd8\xff\xe0")), "image/jpeg"));
	assert_true(str_eqz(image_type(STR_LIT("GIF89a")), "image/gif"));
	assert_int_equal(image_type(STR_LIT("<svg/>")).n, 0);
	assert_int_equal(image_type(STR_NONE).n, 0);
}

/* A file of n bytes that begins like a GIF, or not. */
static bool read_back(struct arena *a, size_t n, const char *magic,
		      struct str *out, const char **why)
{
	char path[] = "/tmp/stox-image-XXXXXX";
	static char bytes[IMAGE_MAX_BYTES + 1];
	int fd = mkstemp(path);
	bool is_read;

	assert_true(fd >= 0);
	memset(bytes, 0, sizeof(bytes));
	memcpy(bytes, magic, strlen(magic));
	assert_int_equal(write(fd, bytes, n), n);
	close(fd);
	is_read = imagefile_read(a, str_z(path), out, why);
	unlink(path);
	return is_read;
}

static void test_read(void **state)
{
	struct str out;
	const char *why = NULL;
	struct arena a;

	(void)state;
	arena_init(&a, 1024);
	assert_true(read_back(&a, 100, "GIF8", &out, &why));
	assert_int_equal(out.n, 100);
	assert_true(read_back(&a, IMAGE_MAX_BYTES, "GIF8", &out, &why));
	assert_false(read_back(&a, IMAGE_MAX_BYTES + 1, "GIF8", &out, &why));
	assert_string_equal(why, "is longer than 65536 bytes");
	assert_false(read_back(&a, 100, "BM", &out, &why));
	assert_string_equal(why, "is neither PNG nor JPEG nor GIF");
	assert_false(read_back(&a, 0, "", &out, &why));
	assert_false(imagefile_read(&a, STR_LIT("/nowhere/x"), &out, &why));
	assert_string_equal(why, "cannot be read");
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
