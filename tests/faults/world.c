/* The world goes wrong under stoxd, as the file says that STOX_WORLD_FILE
 * names: the wall clock jumps, the disk of the store takes nothing more, an
 * allocation finds no memory. Put in front of libc by LD_PRELOAD; the file is
 * mapped, so that a test changes the world while stoxd runs. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

struct world {
	int64_t clock_s;    /* added to the wall clock */
	int32_t disk_errno; /* of each write to a file named *.db* */
	int32_t slow_ms;    /* that each of them takes */
	int32_t alloc_left; /* n > 0: the n-th allocation from now fails */
	int32_t failed;	    /* that many have */
	int32_t disk_left; /* n > 0: the n-th such write from now fails, once */
};

static struct world calm, *world = &calm;

/* --- memory */

static void *(*real_malloc)(size_t);
static void *(*real_calloc)(size_t, size_t);
static void *(*real_realloc)(void *, size_t);
static void (*real_free)(void *);

/* dlsym allocates before we know by what. */
static char early[65536];
static size_t early_used;

static void *early_alloc(size_t n)
{
	void *p = early + early_used;

	n = (n + 15) & ~(size_t)15;
	if (n > sizeof(early) - early_used)
		return NULL;
	early_used += n;
	return p;
}

static int is_early(const void *p)
{
	return (const char *)p >= early &&
	       (const char *)p < early + sizeof(early);
}

static int is_out(void)
{
	if (world->alloc_left <= 0)
		return 0;
	if (__atomic_sub_fetch(&world->alloc_left, 1, __ATOMIC_SEQ_CST) != 0)
		return 0;
	__atomic_add_fetch(&world->failed, 1, __ATOMIC_SEQ_CST);
	errno = ENOMEM;
	return 1;
}

static void begin(void);

void *malloc(size_t n)
{
	begin();
	if (real_malloc == NULL)
		return early_alloc(n);
	return is_out() ? NULL : real_malloc(n);
}

void *calloc(size_t n, size_t each)
{
	begin();
	if (real_calloc == NULL)
		return early_alloc(n * each);
	return is_out() ? NULL : real_calloc(n, each);
}

void *realloc(void *p, size_t n)
{
	begin();
	if (real_realloc == NULL || is_early(p)) {
		void *q = malloc(n);

		if (q != NULL && p != NULL)
			memcpy(q, p,
			       n < sizeof(early) - (size_t)((char *)p - early)
				       ? n
				       : sizeof(early) -
						 (size_t)((char *)p - early));
		return q;
	}
	return is_out() ? NULL : real_realloc(p, n);
}

void free(void *p)
{
	if (p == NULL || is_early(p) || real_free == NULL)
		return;
	real_free(p);
}

static void *find(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

/* With the first allocation, which is before any constructor. */
static void begin(void)
{
	static int is_begun;
	void *(*m)(size_t);
	void *(*c)(size_t, size_t);
	void *(*r)(void *, size_t);

	if (is_begun)
		return;
	is_begun = 1;
	m = (void *(*)(size_t))find("malloc");
	c = (void *(*)(size_t, size_t))find("calloc");
	r = (void *(*)(void *, size_t))find("realloc");
	real_free = (void (*)(void *))find("free");
	real_malloc = m;
	real_calloc = c;
	real_realloc = r;
}

/* There is no environment any earlier. */
__attribute__((constructor(101))) static void open_world(void)
{
	const char *path = getenv("STOX_WORLD_FILE");
	void *p;
	int fd;

	begin();
	if (path == NULL)
		return;
	fd = (int)syscall(SYS_open, path, O_RDWR);
	if (fd < 0)
		return;
	p = mmap(NULL, sizeof(*world), PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		 0);
	if (p != MAP_FAILED)
		world = p;
	syscall(SYS_close, fd);
}

/* --- clock */

int clock_gettime(clockid_t id, struct timespec *out)
{
	int result = (int)syscall(SYS_clock_gettime, id, out);

	if (result == 0 &&
	    (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE))
		out->tv_sec += world->clock_s;
	return result;
}

time_t time(time_t *out)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (out != NULL)
		*out = now.tv_sec;
	return now.tv_sec;
}

int gettimeofday(struct timeval *out, void *zone)
{
	struct timespec now;

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &now);
	out->tv_sec = now.tv_sec;
	out->tv_usec = now.tv_nsec / 1000;
	return 0;
}

/* --- disk */

/* -1 and errno for a file of the store, else 0. */
static int disk(int fd)
{
	char link[64] = "/proc/self/fd/", path[512];
	char digits[16];
	size_t n = 0, at = strlen(link);
	ssize_t got;
	int error = world->disk_errno, slow = world->slow_ms;

	if (error == 0 && slow == 0 && world->disk_left <= 0)
		return 0;
	do {
		digits[n++] = (char)('0' + fd % 10);
		fd /= 10;
	} while (fd > 0 && n < sizeof(digits));
	while (n > 0)
		link[at++] = digits[--n];
	got = (ssize_t)syscall(SYS_readlink, link, path, sizeof(path) - 1);
	if (got < 0)
		return 0;
	path[got] = '\0';
	if (strstr(path, ".db") == NULL)
		return 0;
	if (slow > 0) {
		struct timespec t = { slow / 1000, slow % 1000 * 1000000L };

		nanosleep(&t, NULL);
	}
	if (world->disk_left > 0 &&
	    __atomic_sub_fetch(&world->disk_left, 1, __ATOMIC_SEQ_CST) == 0)
		error = ENOSPC;
	if (error == 0)
		return 0;
	errno = error;
	return -1;
}

ssize_t pwrite(int fd, const void *p, size_t n, off_t at)
{
	return disk(fd) ? -1 : syscall(SYS_pwrite64, fd, p, n, at);
}

ssize_t pwrite64(int fd, const void *p, size_t n, off_t at)
{
	return disk(fd) ? -1 : syscall(SYS_pwrite64, fd, p, n, at);
}

ssize_t write(int fd, const void *p, size_t n)
{
	return disk(fd) ? -1 : syscall(SYS_write, fd, p, n);
}

int fsync(int fd)
{
	return disk(fd) ? -1 : (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd)
{
	return disk(fd) ? -1 : (int)syscall(SYS_fdatasync, fd);
}

int ftruncate(int fd, off_t n)
{
	return disk(fd) ? -1 : (int)syscall(SYS_ftruncate, fd, n);
}

int ftruncate64(int fd, off_t n)
{
	return disk(fd) ? -1 : (int)syscall(SYS_ftruncate, fd, n);
}
