#include "gateway/config/config.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "gateway/config/optionread.h"
#include "gateway/config/settle.h"

enum { ARENA_CHUNK_BYTES = 16 * 1024, READ_BYTES = 16 * 1024 };

static struct config *config_new(const char *name)
{
	struct config *c = calloc(1, sizeof(*c));

	if (c == NULL)
		abort();
	arena_init(&c->arena, ARENA_CHUNK_BYTES);
	c->path = str_dup(&c->arena, str_z(name));
	return c;
}

void config_destroy(struct config **cp)
{
	struct config *c = *cp;

	if (c == NULL)
		return;
	*cp = NULL;
	config_destroy(&c->older);
	arena_fini(&c->arena);
	free(c);
}

/* Fills c; false when there was a mistake. */
static bool fill(struct config *c, struct str yaml, struct optionread *r,
		 bool *has_inline_secret)
{
	struct yamltree *root;
	const char *why;
	unsigned line;

	root = yamltree_read(r->a, yaml, &line, &why);
	if (root != NULL && root->kind != YAMLTREE_MAP) {
		line = root->line;
		why = "the file must be a map of settings";
		root = NULL;
	}
	if (root == NULL) {
		optionread_error(r, line, STR_NONE, "%s", why);
		return false;
	}
	optionread_map(r, options_table(), root, STR_NONE, root->line, c);
	/* What follows from values needs them whole. */
	if (r->error_count == 0)
		settle_config(r, root, c, has_inline_secret);
	return r->error_count == 0;
}

static struct config *parse(struct str yaml, const char *name,
			    struct strbuf *errors, bool *has_inline_secret)
{
	struct config *c = config_new(name);
	struct optionread r = { .a = &c->arena,
				.name = name,
				.errors = errors };

	if (!fill(c, yaml, &r, has_inline_secret))
		config_destroy(&c);
	return c;
}

struct config *config_parse(struct str yaml, const char *name,
			    struct strbuf *errors)
{
	bool has_inline_secret = false;

	return parse(yaml, name, errors, &has_inline_secret);
}

/* All of the file, or its first YAMLTREE_MAX_BYTES and more. */
static bool read_all(int fd, struct strbuf *out)
{
	char buf[READ_BYTES];
	ssize_t n;

	do {
		n = read(fd, buf, sizeof(buf));
		if (n > 0)
			strbuf_add(out, (struct str){ buf, (size_t)n });
	} while (n > 0 && !out->overflow && out->n <= YAMLTREE_MAX_BYTES);
	return n >= 0;
}

static struct config *load(const char *path, int fd, struct strbuf *errors)
{
	bool has_inline_secret = false;
	struct config *c = NULL;
	struct strbuf text;
	struct stat st;

	strbuf_init(&text, YAMLTREE_MAX_BYTES + READ_BYTES);
	if (fstat(fd, &st) != 0 || S_ISDIR(st.st_mode) || !read_all(fd, &text))
		strbuf_addf(errors, "%s: cannot be read\n", path);
	else
		c = parse(strbuf_str(&text), path, errors, &has_inline_secret);
	if (c != NULL && has_inline_secret && (st.st_mode & S_IRWXO) != 0)
		strbuf_addf(errors,
			    "%s: warning: it holds a secret and everybody may "
			    "read it; chmod o= it\n",
			    path);
	strbuf_fini(&text);
	return c;
}

struct config *config_load(const char *path, struct strbuf *errors)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct config *c;

	if (fd < 0) {
		strbuf_addf(errors, "%s: cannot be opened: %s\n", path,
			    strerror(errno));
		return NULL;
	}
	c = load(path, fd, errors);
	close(fd);
	return c;
}

unsigned config_line(const struct config *c, struct str key)
{
	struct arena a;
	struct strbuf text;
	struct yamltree *root = NULL;
	const char *why;
	unsigned line = 0;
	int fd;

	arena_init(&a, ARENA_CHUNK_BYTES);
	strbuf_init(&text, YAMLTREE_MAX_BYTES + READ_BYTES);
	fd = open(str_dupz(&a, c->path), O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && read_all(fd, &text))
		root = yamltree_read(&a, strbuf_str(&text), &line, &why);
	if (fd >= 0)
		close(fd);
	if (root != NULL)
		yamltree_find(root, key, &line);
	else
		line = 0;
	strbuf_fini(&text);
	arena_fini(&a);
	return line;
}
