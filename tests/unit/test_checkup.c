#include "checking.h"

static void test_lines(void **state)
{
	char *text, big[2 * CHECKUP_LINE_BYTES];
	size_t n;
	struct checkup k = { .out = open_memstream(&text, &n) };

	(void)state;
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	checkup_good(&k, "fine %d", 1);
	checkup_unwise(&k, "odd");
	assert_int_equal(k.wrong_count, 0);
	checkup_wrong(&k, "bad %s", "one");
	checkup_wrong(&k, "%s", big);
	assert_int_equal(k.wrong_count, 2);
	assert_string_equal(k.first_wrong, "bad one");
	assert_non_null(strstr(text, "ok       fine 1\n"
				     "warning  odd\n"
				     "WRONG    bad one\n"
				     "WRONG    xxx"));
	fclose(k.out);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
