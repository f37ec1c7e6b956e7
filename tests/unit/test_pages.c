#include "gateway/base/pages.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

enum { PAGES = 8 };

static unsigned char *map(size_t bytes)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		fail_msg("no memory");
	/* Lest the kernel gives more than is asked for. */
	(void)madvise(p, bytes, MADV_NOHUGEPAGE);
	return p;
}

static unsigned there(unsigned char *p, size_t page)
{
	unsigned char in[PAGES];
	unsigned n = 0;

	assert_int_equal(mincore(p, PAGES * page, in), 0);
	for (size_t i = 0; i < PAGES; i++)
		n += in[i] & 1;
	return n;
}

/* Each page of it, the last one too, and none behind it. */
static void test_touches(void **state)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	unsigned char *p = map(PAGES * page);

	(void)state;
	assert_int_equal(there(p, page), 0);
	pages_touch(p, 0);
	assert_int_equal(there(p, page), 0);
	pages_touch(p + page - 1, 2);
	assert_int_equal(there(p, page), 2);
	pages_touch(p, 4 * page + 1);
	assert_int_equal(there(p, page), 5);
	for (size_t i = 0; i < PAGES * page; i++)
		assert_int_equal(p[i], 0);
	munmap(p, PAGES * page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_touches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
