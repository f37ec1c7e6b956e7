#include "gateway/base/pages.h"

enum { PAGE_BYTES = 4096 }; /* or more */

/* Not read before: that alone would give the page that all zeros share. */
void pages_touch(void *p, size_t n)
{
	volatile unsigned char *at = p;

	for (size_t i = 0; i < n; i += PAGE_BYTES)
		at[i] = 0;
	if (n > 0)
		at[n - 1] = 0;
}
