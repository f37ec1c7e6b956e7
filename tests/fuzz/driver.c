/* Runs a fuzz target without libFuzzer:
 *   fuzz_NAME RUNS DIR    every file of DIR, then RUNS mutations of them
 *   fuzz_NAME 0 FILE      one input, such as a finding
 * The mutations depend on nothing but the files and the number of the run. An
 * input that breaks the target is left in fuzz-finding. */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "fuzz.h"

enum {
	INPUT_MAX_BYTES = 16384,
	CORPUS_MAX_FILES = 1024,
	CHANGES_MAX = 6,
	SPAN_MAX_BYTES = 64
};

static const char finding[] = "fuzz-finding";

struct input {
	uint8_t *p;
	size_t n;
};

struct corpus {
	struct input files[CORPUS_MAX_FILES];
	size_t n;
};

/* The input that runs; the handlers have no argument. */
static struct input current;

void __sanitizer_set_death_callback(void (*callback)(void))
	__attribute__((weak));

static void keep_finding(void)
{
	int fd = open(finding, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	if (fd < 0)
		return;
	if (write(fd, current.p, current.n) == (ssize_t)current.n)
		fprintf(stderr, "the input is in %s\n", finding);
	close(fd);
}

static void on_signal(int number)
{
	keep_finding();
	signal(number, SIG_DFL);
	raise(number);
}

/* A heap block of just that size, so that a read behind it is seen. */
static void run(const uint8_t *p, size_t n)
{
	uint8_t *copy = malloc(n > 0 ? n : 1);

	if (copy == NULL)
		abort();
	if (n > 0)
		memcpy(copy, p, n);
	current = (struct input){ copy, n };
	LLVMFuzzerTestOneInput(copy, n);
	free(copy);
}

static uint64_t next_random(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x * 0x2545f4914f6cdd1dU;
}

/* 0..n-1; n > 0. */
static size_t below(uint64_t *x, size_t n)
{
	return (size_t)(next_random(x) >> 11) % n;
}

static void insert(struct input *in, size_t at, const uint8_t *p, size_t n)
{
	if (n > INPUT_MAX_BYTES - in->n)
		n = INPUT_MAX_BYTES - in->n;
	memmove(in->p + at + n, in->p + at, in->n - at);
	memmove(in->p + at, p, n);
	in->n += n;
}

static void cut(struct input *in, size_t at, size_t n)
{
	if (n > in->n - at)
		n = in->n - at;
	memmove(in->p + at, in->p + at + n, in->n - at - n);
	in->n -= n;
}

/* A span of some file, or of the input itself by way of a copy. */
static void insert_span(struct input *in, const struct input *from, uint64_t *x)
{
	uint8_t span[SPAN_MAX_BYTES];
	size_t at, n;

	if (from->n == 0)
		return;
	at = below(x, from->n);
	n = 1 + below(x, SPAN_MAX_BYTES);
	if (n > from->n - at)
		n = from->n - at;
	memcpy(span, from->p + at, n);
	insert(in, below(x, in->n + 1), span, n);
}

static void change(struct input *in, const struct corpus *c, uint64_t *x)
{
	static const char odd[] = "\0\x7f\x80\xff\r\n\t <>&'\"/\\;:=@%+-,.#?()"
				  "[]{}0159aAfFzZ\xc3\xe2\xf0";
	uint8_t byte = (uint8_t)odd[below(x, sizeof(odd) - 1)];

	switch (in->n == 0 ? 0 : below(x, 8)) {
	case 0:
		insert(in, below(x, in->n + 1), &byte, 1);
		break;
	case 1:
		in->p[below(x, in->n)] = byte;
		break;
	case 2:
		in->p[below(x, in->n)] ^= (uint8_t)(1U << below(x, 8));
		break;
	case 3:
		cut(in, below(x, in->n), 1);
		break;
	case 4:
		cut(in, below(x, in->n), 1 + below(x, SPAN_MAX_BYTES));
		break;
	case 5:
		insert_span(in, in, x);
		break;
	case 6:
		insert_span(in, &c->files[below(x, c->n)], x);
		break;
	default:
		in->n = below(x, in->n + 1);
		break;
	}
}

static void mutate(const struct corpus *c, uint64_t number)
{
	uint8_t buf[INPUT_MAX_BYTES];
	struct input in = { buf, 0 };
	uint64_t x = (number + 1) * 0x9e3779b97f4a7c15U;
	const struct input *seed = &c->files[below(&x, c->n)];
	size_t changes = 1 + below(&x, CHANGES_MAX);

	insert(&in, 0, seed->p, seed->n);
	while (changes-- > 0)
		change(&in, c, &x);
	run(in.p, in.n);
}

static bool load(struct corpus *c, const char *path)
{
	struct input *in = &c->files[c->n];
	FILE *f;

	if (c->n == CORPUS_MAX_FILES)
		return false;
	f = fopen(path, "rb");
	if (f == NULL)
		return false;
	in->p = malloc(INPUT_MAX_BYTES);
	if (in->p == NULL)
		abort();
	in->n = fread(in->p, 1, INPUT_MAX_BYTES, f);
	fclose(f);
	c->n++;
	return true;
}

static bool load_all(struct corpus *c, const char *dir)
{
	struct dirent **names;
	char path[4096];
	bool ok = true;
	int i, n = scandir(dir, &names, NULL, alphasort);

	if (n < 0)
		return false;
	for (i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]->d_name);
		if (names[i]->d_name[0] != '.')
			ok = load(c, path) && ok;
		free(names[i]);
	}
	free(names);
	return ok && c->n > 0;
}

static bool is_dir(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

int main(int argc, char **argv)
{
	static struct corpus c;
	unsigned long i, runs;

	if (argc != 3) {
		fprintf(stderr, "usage: %s RUNS DIR | 0 FILE\n", argv[0]);
		return 2;
	}
	runs = strtoul(argv[1], NULL, 10);
	if (!(is_dir(argv[2]) ? load_all : load)(&c, argv[2])) {
		fprintf(stderr, "%s: nothing to read\n", argv[2]);
		return 2;
	}
	signal(SIGABRT, on_signal);
	if (__sanitizer_set_death_callback != NULL)
		__sanitizer_set_death_callback(keep_finding);
	else
		signal(SIGSEGV, on_signal);
	for (i = 0; i < c.n; i++)
		run(c.files[i].p, c.files[i].n);
	for (i = 0; i < runs; i++)
		mutate(&c, i);
	printf("%zu files, %lu mutations\n", c.n, runs);
	for (i = 0; i < c.n; i++)
		free(c.files[i].p);
	return 0;
}
