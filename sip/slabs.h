#ifndef STOX_SIP_SLABS_H
#define STOX_SIP_SLABS_H
#include <stdbool.h>
#include <stddef.h>

/* Memory of one size straight from the kernel, for tables that come and go as
 * a whole: what one gives back the next takes, and no page is touched for the
 * first time twice (each costs a fault: where a hypervisor keeps the page
 * tables, as much as two messages). Embedded; zero is empty. */
enum { SLAB_BYTES = 256 * 1024 };

struct slab;
struct slabs {
	struct slab *spare; /* owned */
	size_t spare_count;
};

/* Page-aligned and not cleared; NULL when the kernel has none. */
void *slabs_take(struct slabs *s);
void slabs_give(struct slabs *s, void *slab);
/* Gives one spare slab back to the kernel when there are more than keep:
 * whoever calls it often never waits for many. False when there was nothing to
 * do. */
bool slabs_trim(struct slabs *s, size_t keep);

#endif
