#include "console.h"
#include <string.h>
#include <unistd.h>

bool console_read(struct console *c, void (*run)(void *arg, const char *line),
		  void *arg)
{
	ssize_t got =
		read(STDIN_FILENO, c->line + c->n, sizeof(c->line) - 1 - c->n);
	char *end;

	if (got <= 0)
		return false;
	c->n += (size_t)got;
	c->line[c->n] = '\0';
	while ((end = strchr(c->line, '\n')) != NULL) {
		*end = '\0';
		run(arg, c->line);
		c->n -= (size_t)(end + 1 - c->line);
		memmove(c->line, end + 1, c->n + 1);
	}
	return true;
}
