#include "gateway/config/secretfile.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool secretfile_is_good(struct str secret)
{
	size_t i;

	for (i = 0; i < secret.n; i++)
		if ((unsigned char)secret.p[i] < ' ' || secret.p[i] == 0x7f)
			return false;
	return secret.n > 0 && secret.n <= SECRET_MAX_BYTES;
}

/* Non-blocking: a FIFO by that name must not stop us. */
static int open_file(struct arena *a, struct str path, struct stat *st,
		     const char **why)
{
	int fd = open(str_dupz(a, path), O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd >= 0 && fstat(fd, st) == 0 && S_ISREG(st->st_mode))
		return fd;
	*why = fd < 0 ? str_dupz(a, str_fmt(a, "cannot be read: %s",
					    strerror(errno)))
		      : "is not a file";
	if (fd >= 0)
		close(fd);
	return -1;
}

enum value_result secretfile_read(struct arena *a, struct str path,
				  struct str *out, const char **why)
{
	/* One byte more than is good, and the line's end. */
	char *buf = arena_zalloc(a, SECRET_MAX_BYTES + 3);
	struct str secret = { buf, 0 };
	struct stat st;
	ssize_t n;
	int fd = open_file(a, path, &st, why);

	if (fd < 0)
		return VALUE_WRONG;
	n = read(fd, buf, SECRET_MAX_BYTES + 3);
	close(fd);
	secret.n = n > 0 ? (size_t)n : 0;
	if (secret.n > 0 && buf[secret.n - 1] == '\n')
		secret.n--;
	if (secret.n > 0 && buf[secret.n - 1] == '\r')
		secret.n--;
	*why = "the file must hold one line of 1 to 1024 bytes";
	if (!secretfile_is_good(secret))
		return VALUE_WRONG;
	*out = secret;
	if ((st.st_mode & (S_IRWXG | S_IRWXO)) == 0)
		return VALUE_OK;
	*why = "others than its owner may use the file; chmod 600 it";
	return VALUE_WARNED;
}
