#include "sip/slabs.h"

#include <sys/mman.h>

/* In the slab itself: only a spare one has room for it. */
struct slab {
	struct slab *next;
};

void *slabs_take(struct slabs *s)
{
	struct slab *slab = s->spare;
	void *p;

	if (slab != NULL) {
		s->spare = slab->next;
		s->spare_count--;
		return slab;
	}
	p = mmap(NULL, SLAB_BYTES, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return p != MAP_FAILED ? p : NULL;
}

void slabs_give(struct slabs *s, void *slab)
{
	struct slab *spare = slab;

	spare->next = s->spare;
	s->spare = spare;
	s->spare_count++;
}

bool slabs_trim(struct slabs *s, size_t keep)
{
	struct slab *slab = s->spare;

	if (s->spare_count <= keep)
		return false;
	s->spare = slab->next;
	s->spare_count--;
	(void)munmap(slab, SLAB_BYTES);
	return true;
}
